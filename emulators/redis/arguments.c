#include "emulators/redis/arguments.h"

#include "common/text.h"

#include <math.h>

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

const char *redis_printable(struct arena *arena, struct slice bytes, size_t max)
{
    struct slice copy = arena_dup(arena, slice_of(bytes.ptr, bytes.len < max ? bytes.len : max));
    return copy.ptr ? (const char *)copy.ptr : "";
}
