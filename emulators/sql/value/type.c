#include "emulators/sql/value/type.h"

bool sql_type_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                     struct sql_bytes *out)
{
    return type->ops->output(call, type, value, out);
}

bool sql_type_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                    int32_t typmod, struct datum *out)
{
    return type->ops->input(call, type, text, typmod, out);
}
