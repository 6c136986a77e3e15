/* Lua scripts: the cache of scripts by their SHA1, the one script under way, and what may stop it.
 *
 * A script runs in one go, whatever else happens in the loop, until it is past
 * busy-reply-threshold. From then on it gives way to the loop again and again: its client takes no
 * input, other clients are answered BUSY by dispatch.c, and SCRIPT KILL or FUNCTION KILL may end it.
 * For that, an outermost command that may run scripts is executed on a fiber (common/fiber.h). Time
 * stands still for the script: its commands see the now_ms of the command that runs it.
 *
 * Two Lua states, made when they are first needed: one for EVAL, one for function libraries
 * (function.h). Their memory is the sandbox's heap. Cached scripts keep their source, so that a fork
 * has them too and compiles them when it calls them.
 *
 * Source: the Redis manual, "Scripting with Lua" and "Lua API reference". */
#ifndef PARLEL_EMULATORS_REDIS_SCRIPT_H
#define PARLEL_EMULATORS_REDIS_SCRIPT_H

#include "emulators/redis/session.h"

#define REDIS_SHA_LEN 40

/* A cached script; an item of the cache's trie. */
struct redis_script {
    uint32_t refs;
    unsigned flags; /* REDIS_SCRIPT_* of script_flags.h */
    size_t body_len;
    size_t code_at; /* where the shebang line ends */
    char sha[REDIS_SHA_LEN + 1];
    char body[];
};

/* Makes redis->scripts and redis->functions, or gives them up; false: out of memory. */
bool redis_scripting_create(struct redis *redis);
void redis_scripting_destroy(struct redis *redis);
/* Ends the script under way; forgets scripts and libraries. */
void redis_scripting_reset(struct redis *redis);
/* Ends the script under way, if there is one, before the data changes below it. */
void redis_scripting_stop(struct redis *redis);
/* A fork knows its origin's scripts. */
void redis_scripting_inherit(struct redis *child, const struct redis *parent);

/* ---- for dispatch.c and session.c */

/* May the command (or a queued one, by all their flags together) run scripts? */
static inline bool redis_runs_scripts(unsigned flags)
{
    return flags & REDIS_COMMAND_SKIP_MONITOR;
}

/* Executes an outermost command that may run scripts: redis_execute on a fiber. When the script is
 * past the threshold this returns before the command is over; the session has REDIS_SESSION_BUSY
 * then, and goes on when the script has ended. */
void redis_script_execute(struct redis_call *call);

/* The flags of a call of EVAL, FCALL and their kin as the script's own flags have them: whether it
 * writes and whether it may run without memory. */
unsigned redis_script_command_flags(struct redis *redis, const struct redis_command_info *info,
                                    const struct slice *argv, uint32_t argc);

/* A script or function runs longer than busy-reply-threshold: other clients get this error. */
bool redis_script_busy(const struct redis *redis);
const char *redis_script_busy_error(const struct redis *redis);

/* The client of the script that is past the threshold has gone. True: the session stays, without a
 * connection, until the script has ended. */
bool redis_script_orphan(struct redis_session *session);

/* ---- for the commands */

/* The 40 digits of the SHA1 and a NUL. */
void redis_sha1_hex(struct slice bytes, char out[REDIS_SHA_LEN + 1]);

/* A cached script by its SHA1 in lower case, or NULL. */
struct redis_script *redis_script_find(struct redis *redis, struct slice sha);
/* The script of this body, compiled and put into the cache when it is new. NULL: the error is
 * replied. */
struct redis_script *redis_script_load(struct redis_call *call, struct slice body);
/* Forgets all scripts and the Lua state. */
void redis_script_flush(struct redis *redis);
/* Calls a cached script and puts its reply. */
void redis_script_call(struct redis_call *call, const struct redis_script *script, uint32_t keys,
                       bool read_only);
/* SCRIPT KILL (eval) and FUNCTION KILL: puts the reply. */
void redis_script_kill(struct redis_call *call, bool eval);

/* DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what is not for scripts. */
void redis_script_allow_all(struct redis *redis, bool allow);

/* INFO: the memory of the Lua states, the number of cached scripts and the bytes of their source. */
size_t redis_script_lua_memory(const struct redis *redis);
uint64_t redis_script_count(const struct redis *redis);
size_t redis_script_cache_memory(const struct redis *redis);

#endif
