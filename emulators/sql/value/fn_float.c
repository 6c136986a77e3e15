/* Operators of floating point numbers, and casts to and from integers. */
#include <math.h>

#include "emulators/sql/value/float.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/type_io.h"

static bool float_eq(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(sql_float_order(args[0].d, args[1].d) == 0);
    return true;
}

static bool float_ne(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(sql_float_order(args[0].d, args[1].d) != 0);
    return true;
}

static bool float_lt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(sql_float_order(args[0].d, args[1].d) < 0);
    return true;
}

static bool float_le(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(sql_float_order(args[0].d, args[1].d) <= 0);
    return true;
}

static bool float_gt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(sql_float_order(args[0].d, args[1].d) > 0);
    return true;
}

static bool float_ge(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(sql_float_order(args[0].d, args[1].d) >= 0);
    return true;
}

static bool float_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(sql_float_order(args[0].d, args[1].d));
    return true;
}

static bool float_larger(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[sql_float_order(args[0].d, args[1].d) > 0 ? 0 : 1];
    return true;
}

static bool float_smaller(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[sql_float_order(args[0].d, args[1].d) < 0 ? 0 : 1];
    return true;
}

/* Rounding a double result of two floats to float gives what float arithmetic would: a double has
 * more than twice a float's digits. */
static double narrow(double value, bool single)
{
    return single ? (double)(float)value : value;
}

static bool add(struct sql_call *call, const struct datum *args, bool single, struct datum *out)
{
    *out = datum_float(narrow(args[0].d + args[1].d, single));
    return sql_float_check(call, out->d, isinf(args[0].d) || isinf(args[1].d), true);
}

static bool subtract(struct sql_call *call, const struct datum *args, bool single,
                     struct datum *out)
{
    *out = datum_float(narrow(args[0].d - args[1].d, single));
    return sql_float_check(call, out->d, isinf(args[0].d) || isinf(args[1].d), true);
}

static bool multiply(struct sql_call *call, const struct datum *args, bool single,
                     struct datum *out)
{
    *out = datum_float(narrow(args[0].d * args[1].d, single));
    return sql_float_check(call, out->d, isinf(args[0].d) || isinf(args[1].d),
                           args[0].d == 0 || args[1].d == 0);
}

static bool divide(struct sql_call *call, const struct datum *args, bool single, struct datum *out)
{
    if (args[1].d == 0 && !isnan(args[0].d))
        return sql_fail(call->env->error, "22012", "division by zero");
    *out = datum_float(narrow(args[0].d / args[1].d, single));
    return sql_float_check(call, out->d, isinf(args[0].d), args[0].d == 0 || isinf(args[1].d));
}

static bool float4_pl(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add(call, args, true, out);
}

static bool float4_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return subtract(call, args, true, out);
}

static bool float4_mul(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return multiply(call, args, true, out);
}

static bool float4_div(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return divide(call, args, true, out);
}

static bool float8_pl(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add(call, args, false, out);
}

static bool float8_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return subtract(call, args, false, out);
}

static bool float8_mul(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return multiply(call, args, false, out);
}

static bool float8_div(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return divide(call, args, false, out);
}

static bool float_um(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_float(-args[0].d);
    return true;
}

static bool float_abs(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_float(fabs(args[0].d));
    return true;
}

/* ---- casts */

static bool to_integer(struct sql_call *call, double value, int bits, struct datum *out)
{
    static const char *const names[] = {"smallint", "integer", "bigint"};
    double rounded = rint(value);
    double limit = ldexp(1, bits - 1);
    if (!(rounded >= -limit && rounded < limit)) /* NaN is neither */
        return sql_fail(call->env->error, "22003", "%s out of range", names[bits / 32]);
    *out = datum_int((int64_t)rounded);
    return true;
}

static bool float_to_int2(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args[0].d, 16, out);
}

static bool float_to_int4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args[0].d, 32, out);
}

static bool float_to_int8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args[0].d, 64, out);
}

static bool int_to_float8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_float((double)args[0].i);
    return true;
}

static bool int_to_float4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_float((double)(float)args[0].i);
    return true;
}

static bool float8_to_float4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_float(narrow(args[0].d, true));
    return sql_float_check(call, out->d, isinf(args[0].d), args[0].d == 0);
}

/* ---- hashes, window frames */

static uint64_t stable_hash(double value, uint64_t seed)
{
    if (value == 0)
        return seed;
    uint64_t bits = UINT64_C(0x7ff8000000000000);
    if (!isnan(value))
        memcpy(&bits, &value, sizeof(bits));
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> (8 * i));
    return sql_stable_hash(slice_of(bytes, sizeof(bytes)), seed);
}

static bool hash_float(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int32_t)stable_hash(args[0].d, 0));
    return true;
}

static bool hash_float_seeded(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int64_t)stable_hash(args[0].d, args[1].u));
    return true;
}

/* in_range(value, base, offset, subtract, less). NaN is outside of all bounds but its own; an
 * infinite offset reaches from an infinite base everything. */
static bool in_range(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double value = args[0].d, base = args[1].d, offset = args[2].d;
    bool subtract_it = args[3].i != 0, less = args[4].i != 0;
    if (isnan(offset) || offset < 0)
        return sql_fail(call->env->error, "22013",
                        "invalid preceding or following size in window function");
    if (isnan(value)) {
        *out = datum_bool(isnan(base) || !less);
        return true;
    }
    if (isnan(base)) {
        *out = datum_bool(less);
        return true;
    }
    if (isinf(offset) && isinf(base) && (subtract_it ? base > 0 : base < 0)) {
        *out = datum_bool(true);
        return true;
    }
    double bound = subtract_it ? base - offset : base + offset;
    *out = datum_bool(less ? value <= bound : value >= bound);
    return true;
}

#define COMPARISONS(prefix)                                                    \
    {prefix "eq", float_eq}, {prefix "ne", float_ne}, {prefix "lt", float_lt}, \
        {prefix "le", float_le}, {prefix "gt", float_gt},                      \
    {                                                                          \
        prefix "ge", float_ge                                                  \
    }
#define ARITHMETIC8(prefix)                                                         \
    {prefix "pl", float8_pl}, {prefix "mi", float8_mi}, {prefix "mul", float8_mul}, \
    {                                                                               \
        prefix "div", float8_div                                                    \
    }

const struct sql_builtin sql_float_builtins[] = {
    COMPARISONS("float4"),
    COMPARISONS("float8"),
    COMPARISONS("float48"),
    COMPARISONS("float84"),
    ARITHMETIC8("float8"),
    ARITHMETIC8("float48"),
    ARITHMETIC8("float84"),
    {"float4pl",               float4_pl        },
    {"float4mi",               float4_mi        },
    {"float4mul",              float4_mul       },
    {"float4div",              float4_div       },
    {"btfloat4cmp",            float_cmp        },
    {"btfloat8cmp",            float_cmp        },
    {"btfloat48cmp",           float_cmp        },
    {"btfloat84cmp",           float_cmp        },
    {"float4larger",           float_larger     },
    {"float4smaller",          float_smaller    },
    {"float8larger",           float_larger     },
    {"float8smaller",          float_smaller    },
    {"float4um",               float_um         },
    {"float8um",               float_um         },
    {"float4up",               sql_call_same    },
    {"float8up",               sql_call_same    },
    {"float4abs",              float_abs        },
    {"float8abs",              float_abs        },
    {"ftod",                   sql_call_same    },
    {"dtof",                   float8_to_float4 },
    {"dtoi2",                  float_to_int2    },
    {"ftoi2",                  float_to_int2    },
    {"dtoi4",                  float_to_int4    },
    {"ftoi4",                  float_to_int4    },
    {"dtoi8",                  float_to_int8    },
    {"ftoi8",                  float_to_int8    },
    {"i2tod",                  int_to_float8    },
    {"i4tod",                  int_to_float8    },
    {"i8tod",                  int_to_float8    },
    {"i2tof",                  int_to_float4    },
    {"i4tof",                  int_to_float4    },
    {"i8tof",                  int_to_float4    },
    {"hashfloat4",             hash_float       },
    {"hashfloat8",             hash_float       },
    {"hashfloat4extended",     hash_float_seeded},
    {"hashfloat8extended",     hash_float_seeded},
    {"in_range_float4_float8", in_range         },
    {"in_range_float8_float8", in_range         },
    {NULL,                     NULL             },
};
