#include "emulators/redis/arguments.h"

#include <math.h>

#include "common/text.h"

bool redis_arg_int(struct redis_call *call, uint32_t at, int64_t *out)
{
    if (text_to_i64(call->argv[at], out))
        return true;
    redis_reply_not_integer(call->reply);
    return false;
}

bool redis_arg_int_in(struct redis_call *call, uint32_t at, int64_t min, int64_t max,
                      const char *error, int64_t *out)
{
    int64_t value;
    if (text_to_i64(call->argv[at], &value) && value >= min && value <= max) {
        *out = value;
        return true;
    }
    redis_reply_error(call->reply, error ? error : "ERR value is not an integer or out of range");
    return false;
}

bool redis_arg_count(struct redis_call *call, uint32_t at, int64_t *out)
{
    int64_t value;
    if (!redis_arg_int(call, at, &value))
        return false;
    if (value == INT64_MIN) {
        redis_reply_error(call->reply, "ERR value is out of range, value must between "
                                       "-9223372036854775807 and 9223372036854775807");
        return false;
    }
    *out = value;
    return true;
}

bool redis_arg_double(struct redis_call *call, uint32_t at, const char *error, double *out)
{
    double value;
    if (text_to_double(call->argv[at], &value) && !isnan(value)) {
        *out = value;
        return true;
    }
    redis_reply_error(call->reply, error ? error : "ERR value is not a valid float");
    return false;
}

/* COUNT may stand there once. */
static bool parse_mpop_count(struct redis_call *call, uint32_t at, int64_t *out)
{
    *out = 1;
    if (at == call->argc)
        return true;
    if (!slice_is(call->argv[at], "COUNT") || at + 1 == call->argc) {
        redis_reply_syntax(call->reply);
        return false;
    }
    if (!redis_arg_int_in(call, at + 1, 1, INT64_MAX, "ERR count should be greater than 0", out))
        return false;
    if (at + 2 == call->argc)
        return true;
    redis_reply_syntax(call->reply);
    return false;
}

bool redis_arg_mpop(struct redis_call *call, uint32_t at, const char *const ends[2],
                    struct redis_mpop *out)
{
    int64_t keys;
    if (!redis_arg_int_in(call, at, 1, INT64_MAX, "ERR numkeys should be greater than 0", &keys))
        return false;
    bool enough = keys <= (int64_t)call->argc - at - 2;
    uint32_t end = enough ? at + 1 + (uint32_t)keys : at;
    bool second = slice_is(call->argv[end], ends[1]);
    if (!enough || !(second || slice_is(call->argv[end], ends[0]))) {
        redis_reply_syntax(call->reply);
        return false;
    }
    out->first = at + 1;
    out->keys = (uint32_t)keys;
    out->second_end = second;
    return parse_mpop_count(call, end + 1, &out->count);
}

void redis_arg_redact(struct redis_call *call, uint32_t at)
{
    call->argv[at] = slice_str("(redacted)");
}

const char *redis_printable(struct arena *arena, struct slice bytes, size_t max)
{
    struct slice copy = arena_dup(arena, slice_of(bytes.ptr, bytes.len < max ? bytes.len : max));
    return copy.ptr ? (const char *)copy.ptr : "";
}

#define CONTAINER_NAME_MAX 32

static void container_name(const struct redis_call *call, char out[CONTAINER_NAME_MAX])
{
    size_t len = 0;
    const char *container = call->info->parent ? call->info->parent->name : call->info->name;
    for (; container[len] && len < CONTAINER_NAME_MAX - 1; len++)
        out[len] = (char)(container[len] >= 'a' && container[len] <= 'z' ? container[len] - 32
                                                                         : container[len]);
    out[len] = 0;
}

void redis_reply_arity(struct redis_call *call)
{
    redis_reply_errorf(call->reply, "ERR wrong number of arguments for '%s' command",
                       call->info->full_name);
}

void redis_reply_subcommand_syntax(struct redis_call *call)
{
    char name[CONTAINER_NAME_MAX];
    container_name(call, name);
    redis_reply_errorf(call->reply,
                       "ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
                       redis_printable(call->arena, call->argv[1], 128), name);
}

void redis_reply_help(struct redis_call *call, const char *const lines[])
{
    char name[CONTAINER_NAME_MAX];
    uint64_t count = 0;
    container_name(call, name);
    while (lines[count])
        count++;
    redis_reply_array(call->reply, count + 3);
    struct slice first = arena_printf(
        call->arena, "%s <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", name);
    resp_put_simple(call->reply->out, first);
    for (uint64_t i = 0; i < count; i++)
        redis_reply_simple(call->reply, lines[i]);
    redis_reply_simple(call->reply, "HELP");
    redis_reply_simple(call->reply, "    Prints this help.");
}

void redis_reply_not_enabled(struct redis_call *call, const char *command, const char *option)
{
    redis_reply_errorf(call->reply,
                       "ERR %s command not allowed. If the %s option is set to \"local\", you can "
                       "run it from a local connection, otherwise you need to set this option in "
                       "the configuration file, and then restart the server.",
                       command, option);
}
