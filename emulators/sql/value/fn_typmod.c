/* Type modifiers of strings: from what stands in parentheses behind a type's name, and back. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/text.h"

#define LENGTH_MAX     10485760                  /* characters of char(n), varchar(n) */
#define BIT_LENGTH_MAX (8 * (int64_t)LENGTH_MAX) /* bits */

/* The single number of the modifier. */
static bool read_length(struct sql_call *call, const struct datum *args, const char *type,
                        int64_t most, int64_t *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    if (array.count != 1 || sql_array_is_null(&array, 0))
        return sql_fail(call->env->error, "22023", "invalid type modifier");
    if (!sql_integer_parse(call->env->error, datum_slice(sql_array_get(&array, 0)), INT32_MIN,
                           INT32_MAX, "integer", out))
        return false;
    if (*out < 1)
        return sql_fail(call->env->error, "22023", "length for type %s must be at least 1", type);
    if (*out > most)
        return sql_fail(call->env->error, "22023", "length for type %s cannot exceed %lld", type,
                        (long long)most);
    return true;
}

static bool read_modifier(struct sql_call *call, const struct datum *args, const char *type,
                          int64_t most, int64_t extra, struct datum *out)
{
    int64_t length;
    return read_length(call, args, type, most, &length) && sql_give_int(out, length + extra);
}

static bool bpchar_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "char", LENGTH_MAX, SQL_TYPMOD_EXTRA, out);
}

static bool varchar_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "varchar", LENGTH_MAX, SQL_TYPMOD_EXTRA, out);
}

static bool bit_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "bit", BIT_LENGTH_MAX, 0, out);
}

static bool varbit_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_modifier(call, args, "varbit", BIT_LENGTH_MAX, 0, out);
}

static bool show(struct sql_call *call, int64_t length, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    sql_bytes_reserve(&bytes, 1);
    if (length >= 0)
        sql_bytes_printf(&bytes, "(%lld)", (long long)length);
    return sql_give_bytes(call, out, &bytes);
}

static bool text_out(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t length = args[0].i - SQL_TYPMOD_EXTRA;
    return show(call, length > 0 ? length : -1, out);
}

static bool bit_out(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return show(call, args[0].i, out);
}

const struct sql_builtin sql_typmod_builtins[] = {
    {"bpchartypmodin",   bpchar_in },
    {"bpchartypmodout",  text_out  },
    {"varchartypmodin",  varchar_in},
    {"varchartypmodout", text_out  },
    {"bittypmodin",      bit_in    },
    {"bittypmodout",     bit_out   },
    {"varbittypmodin",   varbit_in },
    {"varbittypmodout",  bit_out   },
    {NULL,               NULL      },
};
