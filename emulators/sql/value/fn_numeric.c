/* Functions and operators of exact numbers. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/type_io.h"

#define FACTORIAL_MAX 32177 /* more has too many digits */

static const uint16_t one_digit[] = {1};
static const struct sql_num one = {.count = 1, .digits = one_digit};

static bool no_memory(struct sql_call *call)
{
    return sql_fail_memory(call->env->error);
}

static bool fail(struct sql_call *call, const char *sqlstate, const char *message)
{
    return sql_fail(call->env->error, sqlstate, "%s", message);
}

static bool open_one(struct sql_call *call, struct datum value, struct sql_num *out)
{
    return sql_num_open(call->arena, value, out) || no_memory(call);
}

static bool open_two(struct sql_call *call, const struct datum *args, struct sql_num out[2])
{
    return open_one(call, args[0], &out[0]) && open_one(call, args[1], &out[1]);
}

/* The number if it was made. */
static bool give(struct sql_call *call, bool made, const struct sql_num *num, struct datum *out)
{
    return made ? sql_num_make(call, num, out) : no_memory(call);
}

static bool give_special(struct sql_call *call, enum sql_num_kind kind, bool negative,
                         struct datum *out)
{
    return sql_num_make(call, &(struct sql_num){.kind = kind, .negative = negative}, out);
}

static bool any_special(const struct sql_num n[2])
{
    return n[0].kind != SQL_NUM_FINITE || n[1].kind != SQL_NUM_FINITE;
}

static bool any_nan(const struct sql_num n[2])
{
    return n[0].kind == SQL_NUM_NAN || n[1].kind == SQL_NUM_NAN;
}

/* ---- comparison */

static int order(struct sql_call *call, const struct datum *args)
{
    return sql_numeric_ops.compare(call, NULL, args[0], args[1]);
}

SQL_COMPARISONS(numeric, order)
SQL_CHOICES(numeric, order)

/* ---- arithmetic */

/* Infinities of the same sign add up. */
static bool add_special(struct sql_call *call, const struct sql_num n[2], bool second_negative,
                        struct datum *out)
{
    if (any_nan(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    if (n[0].kind == SQL_NUM_FINITE)
        return give_special(call, SQL_NUM_INFINITY, second_negative, out);
    if (n[1].kind == SQL_NUM_INFINITY && n[0].negative != second_negative)
        return give_special(call, SQL_NUM_NAN, false, out);
    return give_special(call, SQL_NUM_INFINITY, n[0].negative, out);
}

static bool numeric_add(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], sum;
    if (!open_two(call, args, n))
        return false;
    if (any_special(n))
        return add_special(call, n, n[1].negative, out);
    return give(call, sql_num_add(call->arena, &n[0], &n[1], &sum), &sum, out);
}

static bool numeric_sub(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], difference;
    if (!open_two(call, args, n))
        return false;
    if (any_special(n))
        return add_special(call, n, !n[1].negative, out);
    bool made = sql_num_subtract(call->arena, &n[0], &n[1], &difference);
    return give(call, made, &difference, out);
}

static bool numeric_mul(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], product;
    if (!open_two(call, args, n))
        return false;
    if (any_special(n)) {
        bool nan = any_nan(n) || sql_num_is_zero(&n[0]) || sql_num_is_zero(&n[1]);
        return give_special(call, nan ? SQL_NUM_NAN : SQL_NUM_INFINITY,
                            !nan && n[0].negative != n[1].negative, out);
    }
    int32_t scale = n[0].scale + n[1].scale > SQL_NUM_SCALE_MAX ? SQL_NUM_SCALE_MAX : -1;
    bool made = sql_num_multiply(call->arena, &n[0], &n[1], scale, &product);
    return give(call, made, &product, out);
}

static bool division_by_zero(struct sql_call *call)
{
    return fail(call, "22012", "division by zero");
}

static bool divide_special(struct sql_call *call, const struct sql_num n[2], struct datum *out)
{
    if (any_nan(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    if (n[0].kind == SQL_NUM_FINITE)
        return sql_num_make(call, &(struct sql_num){0}, out);
    if (sql_num_is_zero(&n[1]))
        return division_by_zero(call);
    if (n[1].kind == SQL_NUM_INFINITY)
        return give_special(call, SQL_NUM_NAN, false, out);
    return give_special(call, SQL_NUM_INFINITY, n[0].negative != n[1].negative, out);
}

static bool numeric_div(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], quotient;
    if (!open_two(call, args, n))
        return false;
    if (any_special(n))
        return divide_special(call, n, out);
    if (n[1].count == 0)
        return division_by_zero(call);
    int32_t scale = sql_num_quotient_scale(&n[0], &n[1]);
    bool made = sql_num_divide(call->arena, &n[0], &n[1], scale, true, &quotient);
    return give(call, made, &quotient, out);
}

static bool numeric_div_trunc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], quotient;
    if (!open_two(call, args, n))
        return false;
    if (any_special(n))
        return divide_special(call, n, out);
    if (n[1].count == 0)
        return division_by_zero(call);
    bool made = sql_num_divide(call->arena, &n[0], &n[1], 0, false, &quotient);
    return give(call, made, &quotient, out);
}

static bool numeric_mod(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], rest;
    if (!open_two(call, args, n))
        return false;
    if (any_nan(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    if (sql_num_is_zero(&n[1]))
        return division_by_zero(call);
    if (n[0].kind == SQL_NUM_INFINITY)
        return give_special(call, SQL_NUM_NAN, false, out);
    if (n[1].kind == SQL_NUM_INFINITY)
        return sql_num_make(call, &n[0], out);
    bool made = sql_num_remainder(call->arena, &n[0], &n[1], &rest);
    return give(call, made, &rest, out);
}

static bool numeric_inc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num, sum;
    if (!open_one(call, args[0], &num))
        return false;
    if (num.kind != SQL_NUM_FINITE)
        return sql_num_make(call, &num, out);
    return give(call, sql_num_add(call->arena, &num, &one, &sum), &sum, out);
}

static bool numeric_abs(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    num.negative = false;
    return sql_num_make(call, &num, out);
}

static bool numeric_uminus(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    num.negative = sql_num_sign(&num) > 0;
    return sql_num_make(call, &num, out);
}

static bool numeric_sign(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num, sign;
    if (!open_one(call, args[0], &num))
        return false;
    if (num.kind == SQL_NUM_NAN)
        return sql_num_make(call, &num, out);
    bool made = sql_num_from_int(call->arena, sql_num_sign(&num), &sign);
    return give(call, made, &sign, out);
}

/* ---- rounding */

/* Within what any number can have, and one digit more before the point, as rounding may carry. */
static int32_t wanted_scale(int64_t scale, int32_t carry)
{
    const int32_t before = (INT16_MAX + 1) * SQL_NUM_BASE_DIGITS + carry;
    return (int32_t)(scale < -before             ? -before
                     : scale > SQL_NUM_SCALE_MAX ? SQL_NUM_SCALE_MAX
                                                 : scale);
}

static bool numeric_round(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    bool made = num.kind != SQL_NUM_FINITE ||
                sql_num_round(call->arena, &num, wanted_scale(args[1].i, 1), &num);
    return give(call, made, &num, out);
}

static bool numeric_trunc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    bool made = num.kind != SQL_NUM_FINITE ||
                sql_num_truncate(call->arena, &num, wanted_scale(args[1].i, 0), &num);
    return give(call, made, &num, out);
}

static bool round_to_whole(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct datum both[] = {args[0], datum_int(0)};
    return numeric_round(call, both, out);
}

static bool trunc_to_whole(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct datum both[] = {args[0], datum_int(0)};
    return numeric_trunc(call, both, out);
}

static bool numeric_floor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    bool made = num.kind != SQL_NUM_FINITE || sql_num_floor(call->arena, &num, &num);
    return give(call, made, &num, out);
}

static bool numeric_ceil(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    if (num.kind != SQL_NUM_FINITE)
        return sql_num_make(call, &num, out);
    num.negative = num.count && !num.negative;
    bool made = sql_num_floor(call->arena, &num, &num);
    num.negative = num.count && !num.negative;
    return give(call, made, &num, out);
}

static bool numeric_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    *out = num.kind == SQL_NUM_FINITE ? datum_int(num.scale) : datum_null();
    return true;
}

static bool numeric_min_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    *out = num.kind == SQL_NUM_FINITE ? datum_int(sql_num_min_scale(&num)) : datum_null();
    return true;
}

static bool numeric_trim_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!open_one(call, args[0], &num))
        return false;
    num.scale = sql_num_min_scale(&num);
    return sql_num_make(call, &num, out);
}

/* ---- divisors, factorials */

static bool gcd(struct arena *arena, struct sql_num a, struct sql_num b, struct sql_num *out)
{
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    a.negative = b.negative = false;
    while (b.count) {
        struct sql_num rest;
        if (!sql_num_remainder(arena, &a, &b, &rest))
            return false;
        a = b;
        b = rest;
    }
    *out = a;
    out->scale = scale;
    return true;
}

static bool numeric_gcd(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], divisor;
    if (!open_two(call, args, n))
        return false;
    if (any_special(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    return give(call, gcd(call->arena, n[0], n[1], &divisor), &divisor, out);
}

static bool numeric_lcm(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], divisor, multiple = {0};
    if (!open_two(call, args, n))
        return false;
    if (any_special(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    int32_t scale = n[0].scale > n[1].scale ? n[0].scale : n[1].scale;
    bool made = n[0].count == 0 || n[1].count == 0 ||
                (gcd(call->arena, n[0], n[1], &divisor) &&
                 sql_num_divide(call->arena, &n[0], &divisor, 0, false, &multiple) &&
                 sql_num_multiply(call->arena, &multiple, &n[1], scale, &multiple));
    multiple.negative = false;
    multiple.scale = scale;
    return give(call, made, &multiple, out);
}

static bool numeric_fac(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].i < 0)
        return fail(call, "22003", "factorial of a negative number is undefined");
    if (args[0].i > FACTORIAL_MAX)
        return fail(call, "22003", "value overflows numeric format");
    struct sql_num product = one, factor;
    for (int64_t i = 2; i <= args[0].i; i++) {
        if (!sql_call_check(call))
            return false;
        if (!sql_num_from_int(call->arena, i, &factor) ||
            !sql_num_multiply(call->arena, &product, &factor, 0, &product))
            return no_memory(call);
    }
    return sql_num_make(call, &product, out);
}

/* ---- roots and powers */

static int32_t clamp_scale(int32_t scale, int32_t least)
{
    scale = scale > least ? scale : least;
    scale = scale > 0 ? scale : 0;
    return scale < SQL_NUM_DECLARED_MAX ? scale : SQL_NUM_DECLARED_MAX;
}

static bool numeric_sqrt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num, root;
    if (!open_one(call, args[0], &num))
        return false;
    if (num.negative)
        return fail(call, "2201F", "cannot take square root of a negative number");
    if (num.kind != SQL_NUM_FINITE)
        return sql_num_make(call, &num, out);
    int32_t weight = num.weight * SQL_NUM_BASE_DIGITS / 2 + 1; /* about, decimal, of the root */
    int32_t scale = clamp_scale(SQL_NUM_DIGITS_WANTED - weight, num.scale);
    return sql_num_square_root(call, &num, scale, &root) && sql_num_make(call, &root, out);
}

static bool numeric_exp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num, result;
    double value;
    if (!open_one(call, args[0], &num))
        return false;
    if (num.kind != SQL_NUM_FINITE)
        return num.negative ? sql_num_make(call, &(struct sql_num){0}, out)
                            : sql_num_make(call, &num, out);
    if (!sql_num_to_double(call->arena, &num, &value))
        return no_memory(call);
    value *= 0.434294481903252;
    value = value > SQL_NUM_RESULT_SCALE    ? SQL_NUM_RESULT_SCALE
            : value < -SQL_NUM_RESULT_SCALE ? -SQL_NUM_RESULT_SCALE
                                            : value;
    int32_t scale = clamp_scale(SQL_NUM_DIGITS_WANTED - (int32_t)value, num.scale);
    return sql_num_exp(call, &num, scale, &result) && sql_num_make(call, &result, out);
}

/* Logarithms are of positive numbers. */
static bool check_logarithm(struct sql_call *call, const struct sql_num *num)
{
    if (sql_num_is_zero(num))
        return fail(call, "2201E", "cannot take logarithm of zero");
    return sql_num_sign(num) >= 0 ||
           fail(call, "2201E", "cannot take logarithm of a negative number");
}

static bool numeric_ln(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num, result;
    if (!open_one(call, args[0], &num) || !check_logarithm(call, &num))
        return false;
    if (num.kind != SQL_NUM_FINITE)
        return sql_num_make(call, &num, out);
    int32_t scale = clamp_scale(SQL_NUM_DIGITS_WANTED - sql_num_ln_weight(&num), num.scale);
    return sql_num_ln(call, &num, scale, &result) && sql_num_make(call, &result, out);
}

/* log(base, num) */
static bool numeric_log(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], result;
    if (!open_two(call, args, n))
        return false;
    if (any_nan(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    if (!check_logarithm(call, &n[0]) || !check_logarithm(call, &n[1]))
        return false;
    if (any_special(n)) {
        if (n[0].kind == n[1].kind)
            return give_special(call, SQL_NUM_NAN, false, out);
        return n[0].kind == SQL_NUM_FINITE ? give_special(call, SQL_NUM_INFINITY, false, out)
                                           : sql_num_make(call, &(struct sql_num){0}, out);
    }
    return sql_num_log(call, &n[0], &n[1], &result) && sql_num_make(call, &result, out);
}

static bool numeric_log10(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num ten;
    struct datum both[] = {datum_null(), args[0]};
    return (sql_num_from_int(call->arena, 10, &ten) || no_memory(call)) &&
           sql_num_make(call, &ten, &both[0]) && numeric_log(call, both, out);
}

static bool is_odd(const struct sql_num *num)
{
    return num->count > 0 && num->count == num->weight + 1 && num->digits[num->count - 1] % 2;
}

static bool give_int(struct sql_call *call, int64_t value, struct datum *out)
{
    struct sql_num num;
    return give(call, sql_num_from_int(call->arena, value, &num), &num, out);
}

/* With an infinity, as POSIX's pow has it. */
static bool power_special(struct sql_call *call, const struct sql_num n[2], struct datum *out)
{
    const struct sql_num *base = &n[0], *exponent = &n[1];
    struct sql_num size = *base;
    size.negative = false;
    bool base_is_one = base->kind == SQL_NUM_FINITE && sql_num_compare(base, &one) == 0;
    if (base_is_one || sql_num_is_zero(exponent))
        return give_int(call, 1, out);
    if (any_nan(n))
        return give_special(call, SQL_NUM_NAN, false, out);
    if (exponent->kind == SQL_NUM_INFINITY) {
        int order_of_size = sql_num_compare(&size, &one);
        if (order_of_size == 0)
            return give_int(call, 1, out);
        bool grows = (order_of_size > 0) != exponent->negative;
        return grows ? give_special(call, SQL_NUM_INFINITY, false, out) : give_int(call, 0, out);
    }
    if (exponent->negative)
        return give_int(call, 0, out);
    return give_special(call, SQL_NUM_INFINITY, base->negative && is_odd(exponent), out);
}

static bool numeric_power(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num n[2], result;
    if (!open_two(call, args, n))
        return false;
    if (!any_nan(n)) {
        if (sql_num_is_zero(&n[0]) && sql_num_sign(&n[1]) < 0)
            return fail(call, "2201F", "zero raised to a negative power is undefined");
        if (n[0].negative && n[1].kind == SQL_NUM_FINITE && !sql_num_is_whole(&n[1]))
            return fail(call, "2201F",
                        "a negative number raised to a non-integer power yields a complex result");
    }
    if (any_special(n))
        return power_special(call, n, out);
    return sql_num_power(call, &n[0], &n[1], &result) && sql_num_make(call, &result, out);
}

/* ---- hashes */

/* Of the digits without zeros at the ends, and of the weight. */
static bool stable_hash(struct sql_call *call, struct datum value, uint64_t seed, uint64_t *out)
{
    struct sql_num num;
    if (!open_one(call, value, &num))
        return false;
    if (num.kind != SQL_NUM_FINITE || num.count == 0) {
        *out = num.kind != SQL_NUM_FINITE ? seed : seed - 1;
        return true;
    }
    uint8_t *bytes = arena_array(call->arena, (size_t)num.count, 2);
    if (!bytes)
        return no_memory(call);
    for (int32_t i = 0; i < num.count; i++) {
        bytes[2 * i] = (uint8_t)num.digits[i];
        bytes[2 * i + 1] = (uint8_t)(num.digits[i] >> 8);
    }
    uint64_t hash = sql_stable_hash(slice_of(bytes, 2 * (size_t)num.count), seed);
    *out = hash ^ (uint64_t)(int64_t)num.weight;
    return true;
}

static bool hash_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint64_t hash;
    if (!stable_hash(call, args[0], 0, &hash))
        return false;
    *out = datum_int((int32_t)hash);
    return true;
}

static bool hash_numeric_extended(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    uint64_t hash;
    if (!stable_hash(call, args[0], args[1].u, &hash))
        return false;
    *out = datum_int((int64_t)hash);
    return true;
}

const struct sql_builtin sql_numeric_builtins[] = {
    {"numeric_eq",            numeric_eq           },
    {"numeric_ne",            numeric_ne           },
    {"numeric_lt",            numeric_lt           },
    {"numeric_le",            numeric_le           },
    {"numeric_gt",            numeric_gt           },
    {"numeric_ge",            numeric_ge           },
    {"numeric_cmp",           numeric_cmp          },
    {"numeric_larger",        numeric_larger       },
    {"numeric_smaller",       numeric_smaller      },
    {"numeric_add",           numeric_add          },
    {"numeric_sub",           numeric_sub          },
    {"numeric_mul",           numeric_mul          },
    {"numeric_div",           numeric_div          },
    {"numeric_div_trunc",     numeric_div_trunc    },
    {"numeric_mod",           numeric_mod          },
    {"numeric_inc",           numeric_inc          },
    {"numeric_abs",           numeric_abs          },
    {"numeric_uminus",        numeric_uminus       },
    {"numeric_uplus",         sql_call_same        },
    {"numeric_sign",          numeric_sign         },
    {"numeric_round",         numeric_round        },
    {"numeric_trunc",         numeric_trunc        },
    {"numeric_floor",         numeric_floor        },
    {"numeric_ceil",          numeric_ceil         },
    {"numeric_scale",         numeric_scale        },
    {"numeric_min_scale",     numeric_min_scale    },
    {"numeric_trim_scale",    numeric_trim_scale   },
    {"numeric_gcd",           numeric_gcd          },
    {"numeric_lcm",           numeric_lcm          },
    {"numeric_fac",           numeric_fac          },
    {"numeric_sqrt",          numeric_sqrt         },
    {"numeric_exp",           numeric_exp          },
    {"numeric_ln",            numeric_ln           },
    {"log(numeric)",          numeric_log10        },
    {"log10(numeric)",        numeric_log10        },
    {"round(numeric)",        round_to_whole       },
    {"trunc(numeric)",        trunc_to_whole       },
    {"numeric_log",           numeric_log          },
    {"numeric_power",         numeric_power        },
    {"hash_numeric",          hash_numeric         },
    {"hash_numeric_extended", hash_numeric_extended},
    {NULL,                    NULL                 },
};
