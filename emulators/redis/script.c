#include "emulators/redis/script.h"

#include <mbedtls/sha1.h>

#include "common/assert.h"
#include "common/hash.h"
#include "emulators/redis/cluster.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/function.h"
#include "emulators/redis/script_lua.h"
#include "emulators/redis/script_run.h"

/* Lua's C functions may nest 200 deep with 8 KiB of buffer each; untouched pages cost nothing. */
#define FIBER_STACK_BYTES (4u << 20)
#define FIBERS_IDLE       1u

/* ---- the cache */

static struct slice script_sha(const void *item)
{
    const struct redis_script *script = item;
    return slice_of(script->sha, REDIS_SHA_LEN);
}

static uint64_t script_hash(const void *item)
{
    return hash_bytes(script_sha(item));
}

static bool script_equal(const void *item, struct slice key)
{
    return slice_eq(script_sha(item), key);
}

static size_t script_size(const struct redis_script *script)
{
    return sizeof(*script) + script->body_len;
}

static void script_release(struct heap *heap, void *item)
{
    heap_free(heap, item, script_size(item));
}

static const struct trie_type script_type = {script_hash, script_equal, script_release};

void redis_sha1_hex(struct slice bytes, char out[REDIS_SHA_LEN + 1])
{
    uint8_t digest[REDIS_SHA_LEN / 2];
    mbedtls_sha1_ret(bytes.ptr, bytes.len, digest);
    text_to_hex(out, digest, sizeof(digest));
    out[REDIS_SHA_LEN] = 0;
}

struct redis_script *redis_script_find(struct redis *redis, struct slice sha)
{
    return trie_find(&redis->scripts->cache, &script_type, hash_bytes(sha), sha);
}

static struct redis_script *script_create(struct heap *heap, struct slice body, const char *sha,
                                          const struct redis_shebang *shebang)
{
    struct redis_script *script = heap_alloc(heap, sizeof(*script) + body.len);
    if (!script)
        return NULL;
    *script = (struct redis_script){
        .refs = 1, .flags = shebang->flags, .body_len = body.len, .code_at = shebang->len};
    memcpy(script->sha, sha, REDIS_SHA_LEN + 1);
    if (body.len)
        memcpy(script->body, body.ptr, body.len);
    return script;
}

static lua_State *eval_state(struct redis *redis)
{
    struct redis_scripts *scripts = redis->scripts;
    if (!scripts->lua)
        scripts->lua = redis_lua_create(scripts, REDIS_LUA_EVAL);
    return scripts->lua;
}

/* Compiles the script unless that was done before in this instance. */
static bool compile(struct redis_call *call, const struct redis_script *script)
{
    struct slice error;
    lua_State *lua = eval_state(call->redis);
    struct slice code =
        slice_of(script->body + script->code_at, script->body_len - script->code_at);
    if (!lua) {
        redis_reply_oom(call->reply);
        return false;
    }
    if (redis_lua_has(lua, script) ||
        redis_lua_compile(lua, script, code, "@user_script", call->arena, &error))
        return true;
    redis_reply_errorf(call->reply, "ERR Error compiling script (new function): " SLICE_FMT,
                       SLICE_ARG(error));
    return false;
}

struct redis_script *redis_script_load(struct redis_call *call, struct slice body)
{
    struct redis_scripts *scripts = call->redis->scripts;
    struct heap *heap = call->redis->host.heap;
    struct redis_shebang shebang;
    struct slice error;
    char sha[REDIS_SHA_LEN + 1];
    redis_sha1_hex(body, sha);
    struct redis_script *script = redis_script_find(call->redis, slice_of(sha, REDIS_SHA_LEN));
    if (script)
        return script;
    if (!redis_shebang_of_script(body, call->arena, &shebang, &error)) {
        redis_reply_errorf(call->reply, "ERR " SLICE_FMT, SLICE_ARG(error));
        return NULL;
    }
    script = script_create(heap, body, sha, &shebang);
    if (!script) {
        redis_reply_oom(call->reply);
        return NULL;
    }
    if (!compile(call, script)) {
        script_release(heap, script);
        return NULL;
    }
    if (!trie_insert(&scripts->cache, &script_type, heap, script_hash(script), script)) {
        redis_lua_forget(scripts->lua, script);
        script_release(heap, script);
        redis_reply_oom(call->reply);
        return NULL;
    }
    scripts->cache_memory += script_size(script);
    return script;
}

void redis_script_flush(struct redis *redis)
{
    struct redis_scripts *scripts = redis->scripts;
    trie_clear(&scripts->cache, &script_type, redis->host.heap);
    scripts->cache_memory = 0;
    redis_lua_close(scripts->lua);
    scripts->lua = NULL;
}

/* ---- a run */

bool redis_script_may_run(struct redis_call *call, unsigned script_flags, bool read_only)
{
    struct redis *redis = call->redis;
    if (script_flags & REDIS_SCRIPT_COMPATIBLE)
        return true;
    const char *error = NULL;
    if (script_flags & REDIS_SCRIPT_NO_CLUSTER && redis->config.cluster_enabled)
        error = "ERR Can not run script on cluster, 'no-cluster' flag is set.";
    else if (read_only && !(script_flags & REDIS_SCRIPT_NO_WRITES))
        error = "ERR Can not execute a script with write flag using *_ro command.";
    else if (!(script_flags & (REDIS_SCRIPT_ALLOW_OOM | REDIS_SCRIPT_NO_WRITES)) &&
             redis->config.maxmemory && !redis_evict(redis))
        error = "OOM allow-oom flag is not set on the script, can not run it when used memory > "
                "'maxmemory'";
    if (error)
        redis_reply_error(call->reply, error);
    return !error;
}

static unsigned run_flags(struct redis *redis, unsigned script_flags, bool read_only)
{
    unsigned flags = 0;
    bool compatible = script_flags & REDIS_SCRIPT_COMPATIBLE;
    if (read_only || (!compatible && script_flags & REDIS_SCRIPT_NO_WRITES))
        flags |= REDIS_RUN_READ_ONLY;
    if (!compatible && script_flags & REDIS_SCRIPT_ALLOW_OOM)
        flags |= REDIS_RUN_ALLOW_OOM;
    if (compatible || script_flags & REDIS_SCRIPT_ALLOW_CROSS_SLOT)
        flags |= REDIS_RUN_ALLOW_CROSS_SLOT;
    if (redis->config.maxmemory && !redis_evict(redis))
        flags |= REDIS_RUN_NO_MEMORY;
    return flags;
}

/* The slot of the keys that were declared, all in one by dispatch.c's check. */
static int64_t declared_slot(const struct redis_script_run *run)
{
    if (!run->redis->config.cluster_enabled || run->keys == 0)
        return -1;
    return redis_cluster_slot(run->call->argv[3]);
}

/* A SELECT in the script is the script's own. */
void redis_script_run(struct redis_script_run *run, lua_State *lua, unsigned script_flags,
                      bool read_only)
{
    struct redis_session *session = run->call->session;
    struct redis_scripts *scripts = run->redis->scripts;
    int db = session->db;
    ASSERT(!scripts->run);
    run->flags |= run_flags(run->redis, script_flags, read_only);
    run->resp = 2;
    run->slot = declared_slot(run);
    run->started_us = reactor_monotonic_us();
    scripts->run = run;
    redis_lua_run(lua, run);
    scripts->run = NULL;
    session->db = db;
    outq_done(&scripts->reply);
    arena_reset(&scripts->arena);
}

void redis_script_call(struct redis_call *call, const struct redis_script *script, uint32_t keys,
                       bool read_only)
{
    struct redis_script_run run = {
        .redis = call->redis,
        .call = call,
        .name = script->sha,
        .code = script,
        .keys = keys,
        .flags = REDIS_RUN_EVAL,
    };
    if (compile(call, script) && redis_script_may_run(call, script->flags, read_only))
        redis_script_run(&run, eval_state(call->redis), script->flags, read_only);
}

/* ---- past the threshold */

bool redis_script_busy(const struct redis *redis)
{
    const struct redis_script_run *run = redis->scripts->run;
    return run && run->flags & REDIS_RUN_BUSY;
}

static const char *busy_error(const struct redis_script_run *run)
{
    return run->flags & REDIS_RUN_EVAL
               ? "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN "
                 "NOSAVE."
               : "BUSY Redis is busy running a script. You can only call FUNCTION KILL or "
                 "SHUTDOWN NOSAVE.";
}

const char *redis_script_busy_error(const struct redis *redis)
{
    return busy_error(redis->scripts->run);
}

void redis_script_kill(struct redis_call *call, bool eval)
{
    struct redis_script_run *run = call->redis->scripts->run;
    if (!run) {
        redis_reply_error(call->reply, "NOTBUSY No scripts in execution right now.");
    } else if (run->flags & REDIS_RUN_DIRTY) {
        redis_reply_error(call->reply,
                          "UNKILLABLE Sorry the script already executed write commands against the "
                          "dataset. You can either wait the script termination or kill the server "
                          "in a hard way using the SHUTDOWN NOSAVE command.");
    } else if (eval != (bool)(run->flags & REDIS_RUN_EVAL)) {
        redis_reply_error(call->reply, busy_error(run));
    } else {
        run->flags |= REDIS_RUN_KILLED;
        redis_reply_ok(call->reply);
    }
}

/* The caller's frame will be gone when the script goes on: what the command still needs of it is
 * copied, and its client takes no input meanwhile. */
static bool detach(struct redis_scripts *scripts)
{
    struct redis_call *call = scripts->host.call;
    struct redis_session *session = call->session;
    if (!scripts->redis->host.reactor || !session->transport)
        return false;
    scripts->host.command =
        redis_queued_create(scripts->redis->host.heap, call->info, call->argv, call->argc);
    if (!scripts->host.command)
        return false;
    call->argv = scripts->host.command->argv;
    scripts->host.muted = session->reply.out == &session->discarded;
    session->flags |= REDIS_SESSION_BUSY;
    return true;
}

/* A script that cannot give way, because nothing could take its place or end it, is ended here. */
bool redis_script_interrupt(struct redis_script_run *run)
{
    struct redis_scripts *scripts = run->redis->scripts;
    if (!(run->flags & REDIS_RUN_BUSY)) {
        int64_t elapsed_ms = (reactor_monotonic_us() - run->started_us) / 1000;
        if (elapsed_ms < run->redis->config.busy_reply_threshold_ms)
            return run->flags & REDIS_RUN_KILLED;
        run->flags |= REDIS_RUN_BUSY;
        if (!scripts->host.call || !detach(scripts))
            run->flags |= REDIS_RUN_KILLED;
    }
    if (!(run->flags & REDIS_RUN_KILLED))
        fiber_yield();
    return run->flags & REDIS_RUN_KILLED;
}

/* ---- the fiber */

static void finish_detached(struct redis_scripts *scripts, struct redis_session *session)
{
    redis_queued_destroy(scripts->redis->host.heap, scripts->host.command);
    scripts->host.command = NULL;
    session->flags &= ~(unsigned)REDIS_SESSION_BUSY;
    if (!session->transport) {
        redis_session_destroy(session);
        return;
    }
    arena_reset(&session->arena);
    redis_session_served(session);
}

static void fiber_entry(void *arg)
{
    struct redis_scripts *scripts = arg;
    struct redis_call call = *scripts->host.call;
    scripts->host.call = &call;
    redis_execute(&call);
    scripts->host.call = NULL;
}

/* The client may not want the reply: see dispatch.c's dispatch_muted. */
static bool resume(struct redis_scripts *scripts)
{
    struct redis_call *call = scripts->host.call;
    struct redis_session *session = call->session;
    struct outq *out = session->reply.out;
    struct fiber *fiber = scripts->fiber;
    if (scripts->host.muted)
        session->reply.out = &session->discarded;
    scripts->fiber = NULL;
    if (fiber_resume(fiber))
        scripts->fiber = fiber;
    session->reply.out = out;
    if (scripts->fiber)
        return true;
    finish_detached(scripts, session);
    return false;
}

static bool take_turn(struct reactor_idle *idle)
{
    struct redis_scripts *scripts =
        (struct redis_scripts *)((char *)idle - offsetof(struct redis_scripts, idle));
    return resume(scripts);
}

static struct fiber *start_fiber(struct redis_call *call)
{
    struct redis_scripts *scripts = call->redis->scripts;
    if (scripts->host.call || !call->redis->host.reactor || !call->session->transport)
        return NULL;
    if (!scripts->fibers)
        scripts->fibers = fiber_pool_create(FIBER_STACK_BYTES, FIBERS_IDLE);
    return scripts->fibers ? fiber_create(scripts->fibers, fiber_entry, scripts) : NULL;
}

void redis_script_execute(struct redis_call *call)
{
    struct redis_scripts *scripts = call->redis->scripts;
    struct fiber *fiber = start_fiber(call);
    if (!fiber) {
        redis_execute(call);
        return;
    }
    scripts->host = (struct redis_script_host){.call = call};
    if (fiber_resume(fiber)) {
        scripts->fiber = fiber;
        reactor_idle_start(call->redis->host.reactor, &scripts->idle);
    }
}

bool redis_script_orphan(struct redis_session *session)
{
    if (!(session->flags & REDIS_SESSION_BUSY))
        return false;
    session->transport = NULL;
    session->reply.out = &session->discarded;
    session->flags |= REDIS_SESSION_CLOSING;
    return true;
}

/* ---- the instance's part */

bool redis_scripting_create(struct redis *redis)
{
    struct redis_scripts *scripts = heap_zalloc(redis->host.heap, sizeof(*scripts));
    if (!scripts)
        return false;
    scripts->redis = redis;
    scripts->idle.run = take_turn;
    redis->scripts = scripts;
    redis->functions = redis_functions_create(redis);
    return redis->functions != NULL;
}

void redis_scripting_stop(struct redis *redis)
{
    struct redis_scripts *scripts = redis->scripts;
    while (scripts && scripts->fiber) {
        scripts->run->flags |= REDIS_RUN_KILLED;
        if (!resume(scripts))
            reactor_idle_stop(redis->host.reactor, &scripts->idle);
    }
}

void redis_scripting_destroy(struct redis *redis)
{
    struct redis_scripts *scripts = redis->scripts;
    if (!scripts)
        return;
    redis_functions_destroy(redis);
    redis_script_flush(redis);
    fiber_pool_destroy(scripts->fibers);
    outq_done(&scripts->reply);
    arena_done(&scripts->arena);
    heap_free(redis->host.heap, scripts, sizeof(*scripts));
    redis->scripts = NULL;
}

void redis_scripting_reset(struct redis *redis)
{
    redis_scripting_stop(redis);
    redis_script_flush(redis);
    redis_functions_flush(redis);
}

void redis_scripting_inherit(struct redis *child, const struct redis *parent)
{
    child->scripts->cache = trie_share(&parent->scripts->cache);
    child->scripts->cache_memory = parent->scripts->cache_memory;
}

void redis_script_allow_all(struct redis *redis, bool allow)
{
    redis->scripts->allows_all = allow;
}

size_t redis_script_lua_memory(const struct redis *redis)
{
    return redis_lua_memory(redis->scripts->lua);
}

uint64_t redis_script_count(const struct redis *redis)
{
    return redis->scripts->cache.count;
}

size_t redis_script_cache_memory(const struct redis *redis)
{
    return redis->scripts->cache_memory;
}

/* ---- flags of a call, before it is executed */

static unsigned command_flags(unsigned flags, unsigned script_flags)
{
    flags &= ~(unsigned)(REDIS_COMMAND_STALE | REDIS_COMMAND_DENYOOM | REDIS_COMMAND_WRITE |
                         REDIS_COMMAND_MAY_REPLICATE);
    if (!(script_flags & (REDIS_SCRIPT_ALLOW_OOM | REDIS_SCRIPT_NO_WRITES)))
        flags |= REDIS_COMMAND_DENYOOM;
    if (!(script_flags & REDIS_SCRIPT_NO_WRITES))
        flags |= REDIS_COMMAND_WRITE;
    if (script_flags & REDIS_SCRIPT_ALLOW_STALE)
        flags |= REDIS_COMMAND_STALE;
    return flags;
}

/* The flags of an EVAL's or EVALSHA's script; REDIS_SCRIPT_COMPATIBLE when nothing is known. */
static unsigned flags_of_script(struct redis *redis, bool by_sha, struct slice arg)
{
    struct redis_script *script = NULL;
    struct redis_shebang shebang;
    struct slice error;
    struct arena *arena = &redis->scripts->arena;
    if (by_sha) {
        script = redis_script_find(redis, arg);
        return script ? script->flags : REDIS_SCRIPT_COMPATIBLE;
    }
    bool ok = redis_shebang_of_script(arg, arena, &shebang, &error);
    arena_reset(arena);
    return ok ? shebang.flags : REDIS_SCRIPT_COMPATIBLE;
}

unsigned redis_script_command_flags(struct redis *redis, const struct redis_command_info *info,
                                    const struct slice *argv, uint32_t argc)
{
    unsigned script_flags;
    if (!redis_runs_scripts(info->flags) || argc < 3 || redis_script_busy(redis))
        return info->flags;
    if (info->name[0] == 'f') {
        const struct redis_function *function = redis_function_find(redis, argv[1]);
        script_flags = function ? function->flags : REDIS_SCRIPT_COMPATIBLE;
    } else {
        script_flags = flags_of_script(redis, strncmp(info->name, "evalsha", 7) == 0, argv[1]);
    }
    return script_flags & REDIS_SCRIPT_COMPATIBLE ? info->flags
                                                  : command_flags(info->flags, script_flags);
}
