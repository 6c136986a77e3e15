/* What concerns the server as a whole: TIME, SHUTDOWN, LOLWUT, MODULE. Source: the Redis command
 * reference, group "server". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/script.h"
#include "emulators/redis/session.h"
#include "emulators/redis/version.h"

static void time_(struct redis_call *call)
{
    int64_t now_us = clock_now_us(call->redis->host.clock);
    redis_reply_array(call->reply, 2);
    redis_reply_bulk_int(call->reply, now_us / 1000000);
    redis_reply_bulk_int(call->reply, now_us % 1000000);
}

/* ---- SHUTDOWN */

enum shutdown_option {
    SHUTDOWN_NOSAVE = 1,
    SHUTDOWN_SAVE = 2,
    SHUTDOWN_NOW = 4,
    SHUTDOWN_FORCE = 8,
    SHUTDOWN_ABORT = 16
};

/* 0 with the error replied when the words make no sense together; *out_options otherwise. */
static bool parse_shutdown(struct redis_call *call, unsigned *out_options)
{
    static const char *const words[] = {"nosave", "save", "now", "force", "abort"};
    const unsigned both = SHUTDOWN_NOSAVE | SHUTDOWN_SAVE;
    unsigned options = 0;
    for (uint32_t i = 1; i < call->argc; i++) {
        unsigned option = 0;
        for (unsigned w = 0; w < sizeof(words) / sizeof(words[0]); w++)
            if (slice_is(call->argv[i], words[w]))
                option = 1u << w;
        options |= option;
        if (!option) {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    if ((options & both) == both || (options & SHUTDOWN_ABORT && options != SHUTDOWN_ABORT)) {
        redis_reply_syntax(call->reply);
        return false;
    }
    *out_options = options;
    return true;
}

/* As far as clients can tell the server is gone and has been started again with its data. */
static void shutdown(struct redis_call *call)
{
    unsigned options;
    if (!parse_shutdown(call, &options))
        return;
    if (options & SHUTDOWN_ABORT) {
        redis_reply_error(call->reply, "ERR No shutdown in progress.");
        return;
    }
    redis_scripting_stop(call->redis);
    for (struct redis_session *s = call->redis->first_session; s; s = s->next)
        redis_session_kill(s, true);
}

/* ---- */

static void lolwut(struct redis_call *call)
{
    int64_t version;
    if (call->argc >= 3 && slice_is(call->argv[1], "version") && !redis_arg_int(call, 2, &version))
        return;
    redis_reply_verbatim(call->reply, "txt", slice_str("Redis ver. " REDIS_VERSION "\n"));
}

static void module_list(struct redis_call *call)
{
    redis_reply_array(call->reply, 0);
}

/* Modules are shared objects made for redis-server: none can be loaded here. */
static void module_refused(struct redis_call *call)
{
    redis_reply_not_enabled(call, "MODULE", "enable-module-command");
}

static void module_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "LIST",
        "    Return a list of loaded modules.",
        "LOAD <path> [<arg> ...]",
        "    Load a module library from <path>, passing to it any optional arguments.",
        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        "    Load a module library from <path>, while passing it module configurations and optional arguments.",
        "UNLOAD <name>",
        "    Unload a module.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_server_commands[] = {
    {"time",          time_         },
    {"shutdown",      shutdown      },
    {"lolwut",        lolwut        },
    {"module|list",   module_list   },
    {"module|load",   module_refused},
    {"module|loadex", module_refused},
    {"module|unload", module_refused},
    {"module|help",   module_help   },
    {NULL,            NULL          },
};
