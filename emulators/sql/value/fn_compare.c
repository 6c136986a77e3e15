#include "emulators/sql/value/fn_compare.h"

/* Types whose datum is an integer: one function serves them all, and all pairs of them. */

static bool int_eq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i == args[1].i);
    return true;
}

static bool int_ne(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i != args[1].i);
    return true;
}

static bool int_lt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i < args[1].i);
    return true;
}

static bool int_le(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i <= args[1].i);
    return true;
}

static bool int_gt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i > args[1].i);
    return true;
}

static bool int_ge(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i >= args[1].i);
    return true;
}

static bool int_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((args[0].i > args[1].i) - (args[0].i < args[1].i));
    return true;
}

/* Of the shortest integers it is the difference, which users see. */
static bool int2_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(args[0].i - args[1].i);
    return true;
}

static bool int_larger(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[args[0].i > args[1].i ? 0 : 1];
    return true;
}

static bool int_smaller(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[args[0].i < args[1].i ? 0 : 1];
    return true;
}

/* Types with a compare operation, which takes values of one type. */

static int compared(struct sql_call *call, const struct datum *args)
{
    const struct sql_type *type = call->arg_types[0];
    return type->ops->compare(call, type, args[0], args[1]);
}

bool sql_call_eq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_bool(compared(call, args) == 0);
    return true;
}

bool sql_call_ne(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_bool(compared(call, args) != 0);
    return true;
}

bool sql_call_lt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_bool(compared(call, args) < 0);
    return true;
}

bool sql_call_le(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_bool(compared(call, args) <= 0);
    return true;
}

bool sql_call_gt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_bool(compared(call, args) > 0);
    return true;
}

bool sql_call_ge(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_bool(compared(call, args) >= 0);
    return true;
}

bool sql_call_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int order = compared(call, args);
    *out = datum_int((order > 0) - (order < 0));
    return true;
}

bool sql_call_larger(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[compared(call, args) > 0 ? 0 : 1];
    return true;
}

bool sql_call_smaller(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[compared(call, args) < 0 ? 0 : 1];
    return true;
}

#define INT_COMPARISONS(prefix)                                                                 \
    {prefix "eq", int_eq}, {prefix "ne", int_ne}, {prefix "lt", int_lt}, {prefix "le", int_le}, \
        {prefix "gt", int_gt},                                                                  \
    {                                                                                           \
        prefix "ge", int_ge                                                                     \
    }
#define COMPARISONS(prefix)                                                             \
    {prefix "eq", sql_call_eq}, {prefix "ne", sql_call_ne}, {prefix "lt", sql_call_lt}, \
        {prefix "le", sql_call_le}, {prefix "gt", sql_call_gt},                         \
    {                                                                                   \
        prefix "ge", sql_call_ge                                                        \
    }
#define CHOICE(larger, smaller) \
    {larger, int_larger},       \
    {                           \
        smaller, int_smaller    \
    }

const struct sql_builtin sql_compare_builtins[] = {
    INT_COMPARISONS("bool"),
    INT_COMPARISONS("int2"),
    INT_COMPARISONS("int4"),
    INT_COMPARISONS("int8"),
    INT_COMPARISONS("int24"),
    INT_COMPARISONS("int28"),
    INT_COMPARISONS("int42"),
    INT_COMPARISONS("int48"),
    INT_COMPARISONS("int82"),
    INT_COMPARISONS("int84"),
    INT_COMPARISONS("oid"),
    INT_COMPARISONS("cash_"),
    INT_COMPARISONS("date_"),
    INT_COMPARISONS("time_"),
    INT_COMPARISONS("timestamp_"),
    COMPARISONS("timetz_"),
    COMPARISONS("interval_"),
    {"btboolcmp",        int_cmp         },
    {"btint2cmp",        int2_cmp        },
    {"btint4cmp",        int_cmp         },
    {"btint8cmp",        int_cmp         },
    {"btint24cmp",       int_cmp         },
    {"btint28cmp",       int_cmp         },
    {"btint42cmp",       int_cmp         },
    {"btint48cmp",       int_cmp         },
    {"btint82cmp",       int_cmp         },
    {"btint84cmp",       int_cmp         },
    {"btoidcmp",         int_cmp         },
    {"cash_cmp",         int_cmp         },
    {"date_cmp",         int_cmp         },
    {"time_cmp",         int_cmp         },
    {"timestamp_cmp",    int_cmp         },
    {"timetz_cmp",       sql_call_cmp    },
    {"interval_cmp",     sql_call_cmp    },
    CHOICE("int2larger", "int2smaller"),
    CHOICE("int4larger", "int4smaller"),
    CHOICE("int8larger", "int8smaller"),
    CHOICE("oidlarger", "oidsmaller"),
    CHOICE("cashlarger", "cashsmaller"),
    CHOICE("date_larger", "date_smaller"),
    CHOICE("time_larger", "time_smaller"),
    CHOICE("timestamp_larger", "timestamp_smaller"),
    {"timetz_larger",    sql_call_larger },
    {"timetz_smaller",   sql_call_smaller},
    {"interval_larger",  sql_call_larger },
    {"interval_smaller", sql_call_smaller},
    {NULL,               NULL            },
};
