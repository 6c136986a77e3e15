/* Concatenation of text with any other type: the operator ||, met too often to be run as SQL. */
#include "emulators/postgres/functions/functions.h"

static bool add_text(struct sql_call *call, unsigned at, struct datum value, struct sql_bytes *out)
{
    const struct sql_type *type = sql_arg_type(call, at);
    return type && sql_type_output(call, type, value, out);
}

static bool concat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    return add_text(call, 0, args[0], &text) && add_text(call, 1, args[1], &text) &&
           sql_give_bytes(call, out, &text);
}

const struct sql_builtin pg_concat_functions[] = {
    {"anytextcat(anynonarray,text)", concat},
    {"textanycat(text,anynonarray)", concat},
    {NULL,                           NULL  },
};
