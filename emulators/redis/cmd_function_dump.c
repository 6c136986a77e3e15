/* FUNCTION DUMP and RESTORE: all libraries in one payload of RDB's form. */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/function.h"
#include "emulators/redis/rdb.h"

/* What stood before a library in the previews of 7.0. */
#define OPCODE_PREVIEW 246

static void function_dump(struct redis_call *call)
{
    struct outq payload;
    struct trie_iter iter;
    const struct redis_library *library;
    outq_init(&payload);
    trie_iter_init(&iter, &redis_functions_data(call->redis)->libraries);
    while ((library = trie_iter_next(&iter))) {
        rdb_put_byte(&payload, RDB_FUNCTION_2);
        rdb_put_string(&payload, library->code);
    }
    rdb_put_footer(&payload);
    struct slice bytes = outq_flatten(&payload);
    if (bytes.ptr)
        redis_reply_bulk(call->reply, bytes);
    else
        redis_reply_oom(call->reply);
    outq_done(&payload);
}

enum policy { POLICY_APPEND, POLICY_REPLACE, POLICY_FLUSH };

static bool read_policy(struct redis_call *call, enum policy *policy)
{
    *policy = POLICY_APPEND;
    if (call->argc < 4 || slice_is(call->argv[3], "append"))
        return true;
    if (slice_is(call->argv[3], "replace"))
        *policy = POLICY_REPLACE;
    else if (slice_is(call->argv[3], "flush"))
        *policy = POLICY_FLUSH;
    else
        redis_reply_error(call->reply, "ERR Wrong restore policy given, value should be either "
                                       "FLUSH, APPEND or REPLACE.");
    return *policy != POLICY_APPEND;
}

/* Reads one library into data. */
static bool read_library(struct redis_call *call, struct rdb_reader *reader,
                         struct redis_function_data *data, struct slice *error)
{
    const char *text = NULL;
    uint8_t opcode = rdb_get_byte(reader);
    if (opcode == OPCODE_PREVIEW) {
        text = "failed loading the given functions payload";
    } else if (opcode != RDB_FUNCTION_2) {
        text = "given type is not a function";
    } else {
        struct slice code = rdb_get_string(reader);
        if (reader->ok)
            return redis_library_load(call->redis, data, code, false, 0, call->arena, error);
        text = "Failed loading library payload";
    }
    *error = slice_str(text);
    return false;
}

/* Puts what was read in place of the libraries of now, or beside them. */
static bool apply(struct redis_call *call, struct redis_function_data *data, enum policy policy,
                  struct slice *error)
{
    if (policy == POLICY_FLUSH) {
        redis_functions_replace(call->redis, data);
        return true;
    }
    struct redis_function_data joined = redis_functions_share(call->redis);
    bool ok = redis_libraries_join(call->redis, &joined, data, policy == POLICY_REPLACE,
                                   call->arena, error);
    if (ok)
        redis_functions_replace(call->redis, &joined);
    redis_functions_release(call->redis, &joined);
    return ok;
}

static void function_restore(struct redis_call *call)
{
    enum policy policy;
    struct rdb_reader reader;
    struct slice error;
    struct redis_function_data data = {0};
    if (call->argc > 4) {
        redis_reply_errorf(call->reply,
                           "ERR unknown subcommand or wrong number of arguments for '%s'. Try "
                           "FUNCTION HELP.",
                           redis_printable(call->arena, call->argv[1], 128));
        return;
    }
    if (!read_policy(call, &policy))
        return;
    if (!rdb_open(&reader, call->argv[2], call->arena)) {
        redis_reply_error(call->reply, "ERR DUMP payload version or checksum are wrong");
        return;
    }
    bool ok = true;
    while (ok && reader.at < reader.end)
        ok = read_library(call, &reader, &data, &error);
    if (ok && apply(call, &data, policy, &error)) {
        call->redis->stats.dirty++;
        redis_reply_ok(call->reply);
    } else {
        redis_reply_errorf(call->reply, "ERR " SLICE_FMT, SLICE_ARG(error));
    }
    redis_functions_release(call->redis, &data);
}

const struct redis_command redis_function_dump_commands[] = {
    {"function|dump",    function_dump   },
    {"function|restore", function_restore},
    {NULL,               NULL            },
};
