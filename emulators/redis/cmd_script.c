/* EVAL and its kin, SCRIPT. Source: the Redis command reference, group "scripting". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/monitor.h"
#include "emulators/redis/script.h"

/* argv[2] as the number of keys among what follows; false: the error is replied. */
static bool read_key_count(struct redis_call *call, uint32_t *keys)
{
    int64_t count;
    if (!redis_arg_int(call, 2, &count))
        return false;
    if (count > (int64_t)call->argc - 3) {
        redis_reply_error(call->reply, "ERR Number of keys can't be greater than number of args");
        return false;
    }
    if (count < 0) {
        redis_reply_error(call->reply, "ERR Number of keys can't be negative");
        return false;
    }
    *keys = (uint32_t)count;
    return true;
}

static void eval_body(struct redis_call *call, bool read_only)
{
    uint32_t keys;
    redis_monitor_script(call);
    if (!read_key_count(call, &keys))
        return;
    struct redis_script *script = redis_script_load(call, call->argv[1]);
    if (script)
        redis_script_call(call, script, keys, read_only);
}

static struct redis_script *find(struct redis_call *call, struct slice sha)
{
    uint8_t lower[REDIS_SHA_LEN];
    if (sha.len != REDIS_SHA_LEN)
        return NULL;
    for (size_t i = 0; i < REDIS_SHA_LEN; i++)
        lower[i] = ascii_lower(sha.ptr[i]);
    return redis_script_find(call->redis, slice_of(lower, REDIS_SHA_LEN));
}

static void eval_cached(struct redis_call *call, bool read_only)
{
    uint32_t keys;
    redis_monitor_script(call);
    struct redis_script *script = find(call, call->argv[1]);
    if (call->argv[1].len == REDIS_SHA_LEN && !read_key_count(call, &keys))
        return;
    if (script)
        redis_script_call(call, script, keys, read_only);
    else
        redis_reply_error(call->reply, "NOSCRIPT No matching script. Please use EVAL.");
}

static void eval(struct redis_call *call)
{
    eval_body(call, false);
}

static void eval_ro(struct redis_call *call)
{
    eval_body(call, true);
}

static void evalsha(struct redis_call *call)
{
    eval_cached(call, false);
}

static void evalsha_ro(struct redis_call *call)
{
    eval_cached(call, true);
}

/* ---- SCRIPT */

static void script_load(struct redis_call *call)
{
    struct redis_script *script = redis_script_load(call, call->argv[2]);
    if (script)
        redis_reply_bulk(call->reply, slice_of(script->sha, REDIS_SHA_LEN));
}

static void script_exists(struct redis_call *call)
{
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++)
        redis_reply_int(call->reply, find(call, call->argv[i]) != NULL);
}

static void script_flush(struct redis_call *call)
{
    if (call->argc > 3 || (call->argc == 3 && !slice_is(call->argv[2], "sync") &&
                           !slice_is(call->argv[2], "async"))) {
        redis_reply_error(call->reply, "ERR SCRIPT FLUSH only support SYNC|ASYNC option");
        return;
    }
    redis_script_flush(call->redis);
    redis_reply_ok(call->reply);
}

static void script_kill(struct redis_call *call)
{
    redis_script_kill(call, true);
}

/* The debugger itself is not here: scripts of a client that asks for it run as always. */
static void script_debug(struct redis_call *call)
{
    struct slice mode = call->argv[2];
    if (slice_is(mode, "no"))
        redis_reply_ok(call->reply);
    else if (slice_is(mode, "yes") || slice_is(mode, "sync"))
        redis_reply_error(call->reply, "ERR the Lua debugger is not available on this server");
    else
        redis_reply_error(call->reply, "ERR Use SCRIPT DEBUG YES/SYNC/NO");
}

static void script_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "DEBUG (YES|SYNC|NO)",
        "    Set the debug mode for subsequent scripts executed.",
        "EXISTS <sha1> [<sha1> ...]",
        "    Return information about the existence of the scripts in the script cache.",
        "FLUSH [ASYNC|SYNC]",
        "    Flush the Lua scripts cache. Very dangerous on replicas.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the scripts cache.",
        "    * SYNC: Synchronously flush the scripts cache.",
        "KILL",
        "    Kill the currently executing Lua script.",
        "LOAD <script>",
        "    Load a script into the scripts cache without executing it.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_script_commands[] = {
    {"eval",          eval         },
    {"eval_ro",       eval_ro      },
    {"evalsha",       evalsha      },
    {"evalsha_ro",    evalsha_ro   },
    {"script|debug",  script_debug },
    {"script|exists", script_exists},
    {"script|flush",  script_flush },
    {"script|help",   script_help  },
    {"script|kill",   script_kill  },
    {"script|load",   script_load  },
    {NULL,            NULL         },
};
