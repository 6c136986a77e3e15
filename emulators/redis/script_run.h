/* The parts of the script engine for each other: the run of one script, and what its Lua code needs.
 *
 * The engine of an instance (struct redis_scripts) is what both of its Lua states are given as their
 * allocator's ud, so that C functions called from Lua find it with redis_scripts_of. There is one
 * run at a time. */
#ifndef PARLEL_EMULATORS_REDIS_SCRIPT_RUN_H
#define PARLEL_EMULATORS_REDIS_SCRIPT_RUN_H

#include <lua.h>

#include "emulators/redis/script.h"
#include "emulators/redis/script_flags.h"
#include "emulators/redis/session.h"

enum redis_run_flags {
    REDIS_RUN_EVAL = 1 << 0, /* a script, not a function */
    REDIS_RUN_READ_ONLY = 1 << 1,
    REDIS_RUN_ALLOW_OOM = 1 << 2,
    REDIS_RUN_ALLOW_CROSS_SLOT = 1 << 3,
    REDIS_RUN_NO_MEMORY = 1 << 4, /* memory was short when it began */
    REDIS_RUN_DIRTY = 1 << 5,     /* a write command was called */
    REDIS_RUN_BUSY = 1 << 6,      /* past busy-reply-threshold */
    REDIS_RUN_KILLED = 1 << 7
};

struct redis_script_run {
    struct redis *redis;
    struct redis_call *call; /* EVAL, FCALL, ... */
    const char *name;        /* the SHA1, or the function's name */
    const void *code;        /* struct redis_script or redis_function: see redis_lua_run */
    uint32_t keys;           /* argv[3..3+keys) of the call are keys, the rest arguments */
    unsigned flags;          /* enum redis_run_flags */
    int resp;                /* of the replies that the script sees */
    int64_t slot;            /* cluster: of the keys used so far; -1: none */
    int64_t started_us;      /* monotonic */
};

/* The outermost command that runs scripts, on a fiber of its own. */
struct redis_script_host {
    struct redis_call *call;      /* on the fiber's stack; NULL: none */
    struct redis_queued *command; /* its arguments, once the loop has gone on */
    bool muted;                   /* the client does not want the reply */
};

struct redis_scripts {
    struct redis *redis;
    struct trie cache; /* SHA1 -> struct redis_script */
    size_t cache_memory;
    lua_State *lua;               /* of EVAL; NULL until it is needed */
    struct redis_script_run *run; /* NULL: none */
    struct redis_script_host host;
    struct fiber_pool *fibers;     /* NULL until they are needed */
    struct fiber *fiber;           /* that waits for its next turn; NULL: none */
    struct reactor_idle idle;      /* gives it that turn */
    bool allows_all;               /* DEBUG SET-DISABLE-DENY-SCRIPTS */
    struct arena arena;            /* of one redis.call */
    struct outq reply;             /* of one redis.call */
    int64_t load_deadline_us;      /* of FUNCTION LOAD, monotonic */
    struct redis_library *loading; /* that registers its functions; NULL: none */
    bool reloading;                /* it has registered them before, in another Lua state */
};

struct redis_scripts *redis_scripts_of(lua_State *lua);

/* A script is about to run: whether its flags allow it here. False: the error is replied. */
bool redis_script_may_run(struct redis_call *call, unsigned script_flags, bool read_only);

/* Runs what run->code says with the call's keys and arguments, and puts the reply. */
void redis_script_run(struct redis_script_run *run, lua_State *lua, unsigned script_flags,
                      bool read_only);

/* From the count hook: gives way when the run is past the threshold. True: it is to end. */
bool redis_script_interrupt(struct redis_script_run *run);

/* ---- redis.call (script_call.c) */

/* Checks the command and executes it; its reply is in scripts->reply. False: it was refused, *error
 * is the text with its code. */
bool redis_script_command(struct redis_script_run *run, struct slice *argv, uint32_t argc,
                          struct slice *error);
/* redis.acl_check_cmd: 1 allowed, 0 not, -1 no such command. */
int redis_script_acl_check(struct redis_script_run *run, const struct slice *argv, uint32_t argc);

#endif
