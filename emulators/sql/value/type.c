#include "emulators/sql/value/type.h"

#include "common/hash.h"
#include "emulators/sql/value/call.h"

/* A type of the catalog whose values the program does not know. */
static bool unsupported(struct sql_call *call, const struct sql_type *type)
{
    return sql_fail(call->env->error, "0A000", "type " SLICE_FMT " is not supported",
                    SLICE_ARG(type->name));
}

bool sql_type_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    if (!type->ops || !type->ops->output)
        return unsupported(call, type);
    return type->ops->output(call, type, value, out);
}

bool sql_type_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                    int32_t typmod, struct datum *out)
{
    if (!type->ops || !type->ops->input)
        return unsupported(call, type);
    return type->ops->input(call, type, text, typmod, out);
}

uint64_t sql_type_hash_key(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    struct sql_bytes key = sql_bytes_begin(call);
    (void)type->ops->encode_key(call, type, value, &key);
    return hash_bytes(sql_bytes_slice(&key));
}
