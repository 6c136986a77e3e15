/* Functions and operators of integers and booleans: arithmetic, bits, casts between the widths. */
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/type_io.h"

static bool overflow(struct sql_call *call, const char *type)
{
    return sql_fail(call->env->error, "22003", "%s out of range", type);
}

static bool fit16(struct sql_call *call, int64_t value, struct datum *out)
{
    *out = datum_int(value);
    return value == (int16_t)value || overflow(call, "smallint");
}

static bool fit32(struct sql_call *call, int64_t value, struct datum *out)
{
    *out = datum_int(value);
    return value == (int32_t)value || overflow(call, "integer");
}

static bool division_by_zero(struct sql_call *call)
{
    return sql_fail(call->env->error, "22012", "division by zero");
}

/* Results of 2 and 4 bytes are made in 8 and cut to size; a pair of operand widths has the function
 * of its result's width. */
#define SMALL_ARITHMETIC(bits)                                                                 \
    static bool add##bits(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                          \
        return fit##bits(call, args[0].i + args[1].i, out);                                    \
    }                                                                                          \
    static bool sub##bits(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                          \
        return fit##bits(call, args[0].i - args[1].i, out);                                    \
    }                                                                                          \
    static bool mul##bits(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                          \
        return fit##bits(call, args[0].i * args[1].i, out);                                    \
    }                                                                                          \
    static bool div##bits(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                          \
        if (args[1].i == 0)                                                                    \
            return division_by_zero(call);                                                     \
        return fit##bits(call, args[0].i / args[1].i, out);                                    \
    }                                                                                          \
    static bool neg##bits(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                          \
        return fit##bits(call, -args[0].i, out);                                               \
    }                                                                                          \
    static bool abs##bits(struct sql_call *call, const struct datum *args, struct datum *out)  \
    {                                                                                          \
        return fit##bits(call, args[0].i < 0 ? -args[0].i : args[0].i, out);                   \
    }                                                                                          \
    static bool cast##bits(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                          \
        return fit##bits(call, args[0].i, out);                                                \
    }

SMALL_ARITHMETIC(16)
SMALL_ARITHMETIC(32)

static bool add64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_add_overflow(args[0].i, args[1].i, &out->i) || overflow(call, "bigint");
}

static bool sub64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_sub_overflow(args[0].i, args[1].i, &out->i) || overflow(call, "bigint");
}

static bool mul64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_mul_overflow(args[0].i, args[1].i, &out->i) || overflow(call, "bigint");
}

static bool neg64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_sub_overflow((int64_t)0, args[0].i, &out->i) || overflow(call, "bigint");
}

static bool div64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i == 0)
        return division_by_zero(call);
    if (args[1].i == -1)
        return neg64(call, args, out);
    *out = datum_int(args[0].i / args[1].i);
    return true;
}

static bool abs64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].i < 0)
        return neg64(call, args, out);
    *out = args[0];
    return true;
}

/* The smallest number by -1 traps on some processors; any number by -1 leaves nothing. */
static bool int_mod(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i == 0)
        return division_by_zero(call);
    *out = datum_int(args[1].i == -1 ? 0 : args[0].i % args[1].i);
    return true;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static bool int4_gcd(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return fit32(call, (int64_t)gcd(magnitude(args[0].i), magnitude(args[1].i)), out);
}

static bool int8_gcd(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t divisor = gcd(magnitude(args[0].i), magnitude(args[1].i));
    *out = datum_int((int64_t)divisor);
    return divisor <= INT64_MAX || overflow(call, "bigint");
}

/* Sets *out to the least common multiple; false: it is not below 2^63. */
static bool lcm(const struct datum *args, uint64_t *out)
{
    uint64_t a = magnitude(args[0].i), b = magnitude(args[1].i);
    *out = 0;
    if (a == 0 || b == 0)
        return true;
    return !__builtin_mul_overflow(a / gcd(a, b), b, out) && *out <= INT64_MAX;
}

static bool int4_lcm(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t multiple;
    return (lcm(args, &multiple) && fit32(call, (int64_t)multiple, out)) ||
           overflow(call, "integer");
}

static bool int8_lcm(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t multiple;
    bool fits = lcm(args, &multiple);
    *out = datum_int((int64_t)multiple);
    return fits || overflow(call, "bigint");
}

static bool int4_inc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return fit32(call, args[0].i + 1, out);
}

static bool int8_inc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct datum both[] = {args[0], datum_int(1)};
    return add64(call, both, out);
}

static bool int8_dec(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct datum both[] = {args[0], datum_int(1)};
    return sub64(call, both, out);
}

static bool bit_and(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(args[0].i & args[1].i);
    return true;
}

static bool bit_or(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(args[0].i | args[1].i);
    return true;
}

static bool bit_xor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(args[0].i ^ args[1].i);
    return true;
}

static bool bit_not(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(~args[0].i);
    return true;
}

/* Shifts take the count modulo the processor's width: 32 for the short ones. */
static bool shl16(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int16_t)((uint32_t)args[0].u << (args[1].u & 31)));
    return true;
}

static bool shl32(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int32_t)((uint32_t)args[0].u << (args[1].u & 31)));
    return true;
}

static bool shl64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int64_t)(args[0].u << (args[1].u & 63)));
    return true;
}

static bool shr32(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(args[0].i >> (args[1].u & 31));
    return true;
}

static bool shr64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(args[0].i >> (args[1].u & 63));
    return true;
}

static bool int8_to_oid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[0];
    return args[0].u <= UINT32_MAX || sql_fail(call->env->error, "22003", "OID out of range");
}

static bool int4_to_bool(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i != 0);
    return true;
}

static bool bool_to_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bytes(slice_str(args[0].i ? "true" : "false"));
    return true;
}

static bool bool_and(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i && args[1].i);
    return true;
}

static bool bool_or(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_bool(args[0].i || args[1].i);
    return true;
}

/* ---- all and any of the values of a moving frame */

struct bool_state {
    int64_t count, trues;
};

/* Adds the argument (sign 1) or takes it out (-1). */
static bool count_bool(struct sql_call *call, const struct datum *args, int64_t sign,
                       struct datum *out)
{
    struct bool_state *state =
        args[0].null ? arena_zalloc(call->arena, sizeof(*state)) : args[0].state;
    if (!state)
        return sql_fail_memory(call->env->error);
    *out = (struct datum){.state = state};
    state->count += args[1].null ? 0 : sign;
    state->trues += !args[1].null && args[1].i ? sign : 0;
    return true;
}

static bool bool_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return count_bool(call, args, 1, out);
}

static bool bool_accum_inv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].null)
        return sql_fail(call->env->error, "XX000", "bool_accum_inv called with NULL state");
    return count_bool(call, args, -1, out);
}

static bool bool_alltrue(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct bool_state *state = args[0].state;
    (void)call;
    *out = args[0].null || !state->count ? datum_null() : datum_bool(state->trues == state->count);
    return true;
}

static bool bool_anytrue(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct bool_state *state = args[0].state;
    (void)call;
    *out = args[0].null || !state->count ? datum_null() : datum_bool(state->trues > 0);
    return true;
}

/* Sums of short integers: not strict, NULL while nothing was summed up. */
static bool int_sum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    if (args[0].null || args[1].null)
        *out = args[0].null ? args[1] : args[0];
    else
        *out = datum_int((int64_t)(args[0].u + args[1].u));
    return true;
}

static bool to_hex(struct sql_call *call, uint64_t value, struct datum *out)
{
    struct sql_bytes text;
    sql_bytes_init(&text, call->arena);
    sql_bytes_printf(&text, "%llx", (unsigned long long)value);
    return sql_call_return_bytes(call, &text, out);
}

static bool to_hex32(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_hex(call, (uint32_t)args[0].u, out);
}

static bool to_hex64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_hex(call, args[0].u, out);
}

/* In a base that is a power of two. */
static bool to_digits(struct sql_call *call, uint64_t value, unsigned bits, struct datum *out)
{
    char digits[64];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + (value & ((1u << bits) - 1)));
        value >>= bits;
    } while (value);
    return sql_give_copy(call, out, slice_of(digits + at, sizeof(digits) - at));
}

SQL_FUNCTION(to_bin32, to_digits(call, (uint32_t)args[0].u, 1, out))
SQL_FUNCTION(to_bin64, to_digits(call, args[0].u, 1, out))
SQL_FUNCTION(to_oct32, to_digits(call, (uint32_t)args[0].u, 3, out))
SQL_FUNCTION(to_oct64, to_digits(call, args[0].u, 3, out))

static bool hash_int(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int32_t)sql_stable_hash_i64(args[0].i, 0));
    return true;
}

static bool hash_int_seeded(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int64_t)sql_stable_hash_i64(args[0].i, args[1].u));
    return true;
}

static bool hash_oid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int32_t)sql_stable_hash_u32((uint32_t)args[0].u, 0));
    return true;
}

static bool hash_oid_seeded(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int((int64_t)sql_stable_hash_u32((uint32_t)args[0].u, args[1].u));
    return true;
}

/* in_range(value, base, offset, subtract, less): is value within the frame's bound? A bound beyond
 * the integers is beyond every value. */
static bool in_range_int(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t bound;
    bool subtract = args[3].i != 0, less = args[4].i != 0;
    if (args[2].i < 0)
        return sql_fail(call->env->error, "22013",
                        "invalid preceding or following size in window function");
    bool beyond = subtract ? __builtin_sub_overflow(args[1].i, args[2].i, &bound)
                           : __builtin_add_overflow(args[1].i, args[2].i, &bound);
    if (beyond)
        *out = datum_bool(subtract ? !less : less);
    else
        *out = datum_bool(less ? args[0].i <= bound : args[0].i >= bound);
    return true;
}

struct int_series {
    int64_t next, last, step;
    bool ended; /* the next step would leave the integers */
};

static bool series_begin(struct sql_call *call, const struct datum *args, struct int_series **out)
{
    struct int_series *series = arena_alloc(call->set_arena, sizeof(*series));
    if (!series)
        return sql_fail_memory(call->env->error);
    *series = (struct int_series){args[0].i, args[1].i, call->argc > 2 ? args[2].i : 1, false};
    if (series->step == 0)
        return sql_fail(call->env->error, "22023", "step size cannot equal zero");
    call->set_state = *out = series;
    return true;
}

/* Of both widths: what leaves 4 bytes is beyond any end of 4 bytes. */
static bool generate_series(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct int_series *series = call->set_state;
    if (!series && !series_begin(call, args, &series))
        return false;
    if (series->ended ||
        (series->step > 0 ? series->next > series->last : series->next < series->last)) {
        call->done = true;
        return true;
    }
    *out = datum_int(series->next);
    series->ended = __builtin_add_overflow(series->next, series->step, &series->next);
    return true;
}

const struct sql_builtin sql_integer_builtins[] = {
    {"int2pl",                    add16          },
    {"int2mi",                    sub16          },
    {"int2mul",                   mul16          },
    {"int2div",                   div16          },
    {"int2mod",                   int_mod        },
    {"int2um",                    neg16          },
    {"int2up",                    sql_call_same  },
    {"int2abs",                   abs16          },
    {"int4pl",                    add32          },
    {"int4mi",                    sub32          },
    {"int4mul",                   mul32          },
    {"int4div",                   div32          },
    {"int4mod",                   int_mod        },
    {"int4um",                    neg32          },
    {"int4up",                    sql_call_same  },
    {"int4abs",                   abs32          },
    {"int24pl",                   add32          },
    {"int24mi",                   sub32          },
    {"int24mul",                  mul32          },
    {"int24div",                  div32          },
    {"int42pl",                   add32          },
    {"int42mi",                   sub32          },
    {"int42mul",                  mul32          },
    {"int42div",                  div32          },
    {"int8pl",                    add64          },
    {"int8mi",                    sub64          },
    {"int8mul",                   mul64          },
    {"int8div",                   div64          },
    {"int8mod",                   int_mod        },
    {"int8um",                    neg64          },
    {"int8up",                    sql_call_same  },
    {"int8abs",                   abs64          },
    {"int28pl",                   add64          },
    {"int28mi",                   sub64          },
    {"int28mul",                  mul64          },
    {"int28div",                  div64          },
    {"int48pl",                   add64          },
    {"int48mi",                   sub64          },
    {"int48mul",                  mul64          },
    {"int48div",                  div64          },
    {"int82pl",                   add64          },
    {"int82mi",                   sub64          },
    {"int82mul",                  mul64          },
    {"int82div",                  div64          },
    {"int84pl",                   add64          },
    {"int84mi",                   sub64          },
    {"int84mul",                  mul64          },
    {"int84div",                  div64          },
    {"int4gcd",                   int4_gcd       },
    {"int8gcd",                   int8_gcd       },
    {"int4lcm",                   int4_lcm       },
    {"int8lcm",                   int8_lcm       },
    {"int4inc",                   int4_inc       },
    {"int8inc",                   int8_inc       },
    {"int8inc_any",               int8_inc       },
    {"int8inc_float8_float8",     int8_inc       },
    {"int8dec",                   int8_dec       },
    {"int8dec_any",               int8_dec       },
    {"int2and",                   bit_and        },
    {"int2or",                    bit_or         },
    {"int2xor",                   bit_xor        },
    {"int2not",                   bit_not        },
    {"int2shl",                   shl16          },
    {"int2shr",                   shr32          },
    {"int4and",                   bit_and        },
    {"int4or",                    bit_or         },
    {"int4xor",                   bit_xor        },
    {"int4not",                   bit_not        },
    {"int4shl",                   shl32          },
    {"int4shr",                   shr32          },
    {"int8and",                   bit_and        },
    {"int8or",                    bit_or         },
    {"int8xor",                   bit_xor        },
    {"int8not",                   bit_not        },
    {"int8shl",                   shl64          },
    {"int8shr",                   shr64          },
    {"i2toi4",                    sql_call_same  },
    {"i4toi2",                    cast16         },
    {"int28",                     sql_call_same  },
    {"int48",                     sql_call_same  },
    {"int82",                     cast16         },
    {"int84",                     cast32         },
    {"i8tooid",                   int8_to_oid    },
    {"oidtoi8",                   sql_call_same  },
    {"bool_int4",                 sql_call_same  },
    {"int4_bool",                 int4_to_bool   },
    {"booltext",                  bool_to_text   },
    {"booland_statefunc",         bool_and       },
    {"boolor_statefunc",          bool_or        },
    {"bool_accum",                bool_accum     },
    {"bool_accum_inv",            bool_accum_inv },
    {"bool_alltrue",              bool_alltrue   },
    {"bool_anytrue",              bool_anytrue   },
    {"int2_sum",                  int_sum        },
    {"int4_sum",                  int_sum        },
    {"to_bin32",                  to_bin32       },
    {"to_bin64",                  to_bin64       },
    {"to_oct32",                  to_oct32       },
    {"to_oct64",                  to_oct64       },
    {"to_hex32",                  to_hex32       },
    {"to_hex64",                  to_hex64       },
    {"hashint2",                  hash_int       },
    {"hashint4",                  hash_int       },
    {"hashint8",                  hash_int       },
    {"hashint2extended",          hash_int_seeded},
    {"hashint4extended",          hash_int_seeded},
    {"hashint8extended",          hash_int_seeded},
    {"hashoid",                   hash_oid       },
    {"hashoidextended",           hash_oid_seeded},
    {"in_range_int2_int2",        in_range_int   },
    {"in_range_int2_int4",        in_range_int   },
    {"in_range_int2_int8",        in_range_int   },
    {"in_range_int4_int2",        in_range_int   },
    {"in_range_int4_int4",        in_range_int   },
    {"in_range_int4_int8",        in_range_int   },
    {"in_range_int8_int8",        in_range_int   },
    {"generate_series_int4",      generate_series},
    {"generate_series_step_int4", generate_series},
    {"generate_series_int8",      generate_series},
    {"generate_series_step_int8", generate_series},
    {NULL,                        NULL           },
};
