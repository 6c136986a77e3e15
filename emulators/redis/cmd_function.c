/* FUNCTION and FCALL. Source: the Redis command reference, group "scripting". DUMP and RESTORE are
 * in cmd_function_dump.c. */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/function.h"
#include "emulators/redis/monitor.h"
#include "emulators/redis/script_run.h"

#define LOAD_TIMEOUT_MS 500

/* ---- FCALL */

static void call_function(struct redis_call *call, bool read_only)
{
    int64_t keys;
    redis_monitor_script(call);
    const struct redis_function *function = redis_function_find(call->redis, call->argv[1]);
    const char *error = NULL;
    if (!function)
        error = "ERR Function not found";
    else if (!text_to_i64(call->argv[2], &keys))
        error = "ERR Bad number of keys provided";
    else if (keys > (int64_t)call->argc - 3)
        error = "ERR Number of keys can't be greater than number of args";
    else if (keys < 0)
        error = "ERR Number of keys can't be negative";
    if (error)
        redis_reply_error(call->reply, error);
    else
        redis_function_call(call, function, (uint32_t)keys, read_only);
}

static void fcall(struct redis_call *call)
{
    call_function(call, false);
}

static void fcall_ro(struct redis_call *call)
{
    call_function(call, true);
}

/* ---- changing the libraries */

static void function_load(struct redis_call *call)
{
    bool replace = false;
    struct slice error;
    for (uint32_t i = 2; i < call->argc - 1; i++) {
        if (!slice_is(call->argv[i], "replace")) {
            redis_reply_errorf(call->reply, "ERR Unknown option given: %s",
                               redis_printable(call->arena, call->argv[i], 1024));
            return;
        }
        replace = true;
    }
    struct redis_function_data data = redis_functions_share(call->redis);
    const struct redis_library *library =
        redis_library_load(call->redis, &data, call->argv[call->argc - 1], replace, LOAD_TIMEOUT_MS,
                           call->arena, &error);
    if (library) {
        redis_functions_replace(call->redis, &data);
        call->redis->stats.dirty++;
        redis_reply_bulk(call->reply, library->name);
    } else {
        redis_reply_errorf(call->reply, "ERR " SLICE_FMT, SLICE_ARG(error));
    }
    redis_functions_release(call->redis, &data);
}

static void function_delete(struct redis_call *call)
{
    if (!redis_library_find(call->redis, call->argv[2])) {
        redis_reply_error(call->reply, "ERR Library not found");
        return;
    }
    struct redis_function_data data = redis_functions_share(call->redis);
    if (redis_library_unlink(call->redis, &data, call->argv[2])) {
        redis_functions_replace(call->redis, &data);
        call->redis->stats.dirty++;
        redis_reply_ok(call->reply);
    } else {
        redis_reply_oom(call->reply);
    }
    redis_functions_release(call->redis, &data);
}

static void function_flush(struct redis_call *call)
{
    if (call->argc > 3) {
        redis_reply_errorf(call->reply,
                           "ERR unknown subcommand or wrong number of arguments for '%s'. Try "
                           "FUNCTION HELP.",
                           redis_printable(call->arena, call->argv[1], 128));
        return;
    }
    if (call->argc == 3 && !slice_is(call->argv[2], "sync") && !slice_is(call->argv[2], "async")) {
        redis_reply_error(call->reply, "ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
        return;
    }
    redis_functions_flush(call->redis);
    call->redis->stats.dirty++;
    redis_reply_ok(call->reply);
}

static void function_kill(struct redis_call *call)
{
    redis_script_kill(call, false);
}

/* ---- looking */

static void put_flags(struct redis_reply *reply, unsigned flags)
{
    redis_reply_set(reply, (uint64_t)__builtin_popcount(flags));
    for (unsigned i = 0; redis_script_flag_names[i]; i++)
        if (flags & 1u << i)
            redis_reply_simple(reply, redis_script_flag_names[i]);
}

static void put_function(struct redis_reply *reply, const struct redis_function *function)
{
    redis_reply_map(reply, 3);
    redis_reply_bulk_str(reply, "name");
    redis_reply_bulk(reply, function->name);
    redis_reply_bulk_str(reply, "description");
    if (function->description.ptr)
        redis_reply_bulk(reply, function->description);
    else
        redis_reply_null(reply);
    redis_reply_bulk_str(reply, "flags");
    put_flags(reply, function->flags);
}

static void put_library(struct redis_reply *reply, const struct redis_library *library,
                        bool with_code)
{
    redis_reply_map(reply, with_code ? 4 : 3);
    redis_reply_bulk_str(reply, "library_name");
    redis_reply_bulk(reply, library->name);
    redis_reply_bulk_str(reply, "engine");
    redis_reply_bulk_str(reply, "LUA");
    redis_reply_bulk_str(reply, "functions");
    redis_reply_array(reply, library->function_count);
    for (const struct redis_function *function = library->first; function;
         function = function->next)
        put_function(reply, function);
    if (with_code) {
        redis_reply_bulk_str(reply, "library_code");
        redis_reply_bulk(reply, library->code);
    }
}

struct list_options {
    struct slice pattern; /* ptr NULL: all */
    bool with_code;
};

static bool read_list_options(struct redis_call *call, struct list_options *options)
{
    *options = (struct list_options){0};
    for (uint32_t i = 2; i < call->argc; i++) {
        if (!options->with_code && slice_is(call->argv[i], "withcode")) {
            options->with_code = true;
        } else if (!options->pattern.ptr && slice_is(call->argv[i], "libraryname")) {
            if (i + 1 >= call->argc) {
                redis_reply_error(call->reply, "ERR library name argument was not given");
                return false;
            }
            options->pattern = call->argv[++i];
        } else {
            redis_reply_errorf(call->reply, "ERR Unknown argument %s",
                               redis_printable(call->arena, call->argv[i], 1024));
            return false;
        }
    }
    return true;
}

static void function_list(struct redis_call *call)
{
    struct list_options options;
    struct trie_iter iter;
    const struct redis_library *library;
    uint64_t count = 0;
    if (!read_list_options(call, &options))
        return;
    struct outq_mark mark = redis_reply_later(call->reply);
    trie_iter_init(&iter, &redis_functions_data(call->redis)->libraries);
    while ((library = trie_iter_next(&iter))) {
        if (options.pattern.ptr && !text_glob(options.pattern, library->name, true))
            continue;
        put_library(call->reply, library, options.with_code);
        count++;
    }
    redis_reply_array_at(call->reply, mark, count);
}

static void put_running(struct redis_reply *reply, const struct redis_script_run *run)
{
    redis_reply_map(reply, 3);
    redis_reply_bulk_str(reply, "name");
    redis_reply_bulk_str(reply, run->name);
    redis_reply_bulk_str(reply, "command");
    redis_reply_array(reply, run->call->argc);
    for (uint32_t i = 0; i < run->call->argc; i++)
        redis_reply_bulk(reply, run->call->argv[i]);
    redis_reply_bulk_str(reply, "duration_ms");
    redis_reply_int(reply, (reactor_monotonic_us() - run->started_us) / 1000);
}

static void function_stats(struct redis_call *call)
{
    struct redis_reply *reply = call->reply;
    const struct redis_script_run *run = call->redis->scripts->run;
    const struct redis_function_data *data = redis_functions_data(call->redis);
    if (run && run->flags & REDIS_RUN_EVAL) {
        redis_reply_error(reply, redis_script_busy_error(call->redis));
        return;
    }
    redis_reply_map(reply, 2);
    redis_reply_bulk_str(reply, "running_script");
    if (run)
        put_running(reply, run);
    else
        redis_reply_null(reply);
    redis_reply_bulk_str(reply, "engines");
    redis_reply_map(reply, 1);
    redis_reply_bulk_str(reply, "LUA");
    redis_reply_map(reply, 2);
    redis_reply_bulk_str(reply, "libraries_count");
    redis_reply_int(reply, (int64_t)data->libraries.count);
    redis_reply_bulk_str(reply, "functions_count");
    redis_reply_int(reply, (int64_t)data->names.count);
}

static void function_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "LOAD [REPLACE] <FUNCTION CODE>",
        "    Create a new library with the given library name and code.",
        "DELETE <LIBRARY NAME>",
        "    Delete the given library.",
        "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
        "    Return general information on all the libraries:",
        "    * Library name",
        "    * The engine used to run the Library",
        "    * Library description",
        "    * Functions list",
        "    * Library code (if WITHCODE is given)",
        "    It also possible to get only function that matches a pattern using LIBRARYNAME "
        "argument.",
        "STATS",
        "    Return information about the current function running:",
        "    * Function name",
        "    * Command used to run the function",
        "    * Duration in MS that the function is running",
        "    If no function is running, return nil",
        "    In addition, returns a list of available engines.",
        "KILL",
        "    Kill the current running function.",
        "FLUSH [ASYNC|SYNC]",
        "    Delete all the libraries.",
        "    When called without the optional mode argument, the behavior is determined by the",
        "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "    * ASYNC: Asynchronously flush the libraries.",
        "    * SYNC: Synchronously flush the libraries.",
        "DUMP",
        "    Return a serialized payload representing the current libraries, can be restored using "
        "FUNCTION RESTORE command",
        "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
        "    Restore the libraries represented by the given payload, it is possible to give a "
        "restore policy to",
        "    control how to handle existing libraries (default APPEND):",
        "    * FLUSH: delete all existing libraries.",
        "    * APPEND: appends the restored libraries to the existing libraries. On collision, "
        "abort.",
        "    * REPLACE: appends the restored libraries to the existing libraries, On collision, "
        "replace the old",
        "      libraries with the new libraries (notice that even on this option there is a chance "
        "of failure",
        "      in case of functions name collision with another library).",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_function_commands[] = {
    {"fcall",           fcall          },
    {"fcall_ro",        fcall_ro       },
    {"function|delete", function_delete},
    {"function|flush",  function_flush },
    {"function|help",   function_help  },
    {"function|kill",   function_kill  },
    {"function|list",   function_list  },
    {"function|load",   function_load  },
    {"function|stats",  function_stats },
    {NULL,              NULL           },
};
