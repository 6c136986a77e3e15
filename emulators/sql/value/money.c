#include "emulators/sql/value/money.h"

#include <math.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

#define FRACTION_DIGITS 2
#define UNIT            100

/* ---- text */

struct scan {
    struct slice rest;
};

static uint8_t peek(const struct scan *in)
{
    return in->rest.len ? in->rest.ptr[0] : 0;
}

static bool take(struct scan *in, char c)
{
    if (in->rest.len == 0 || in->rest.ptr[0] != (uint8_t)c)
        return false;
    in->rest = slice_from(in->rest, 1);
    return true;
}

static void skip_blanks(struct scan *in)
{
    in->rest = sql_skip_blanks(in->rest);
}

/* Sums up the digits as a negative number, rounded to cents. False: too large. */
static bool take_amount(struct scan *in, int64_t *out)
{
    int64_t value = 0;
    int decimals = 0;
    bool point = false;
    for (;; in->rest = slice_from(in->rest, 1)) {
        uint8_t c = peek(in);
        if (sql_is_digit(c) && decimals < FRACTION_DIGITS) {
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_sub_overflow(value, c - '0', &value))
                return false;
            decimals += point;
        } else if (c == '.' && !point) {
            point = true;
        } else if (c != ',') {
            break;
        }
    }
    int round = peek(in) >= '5' && sql_is_digit(peek(in));
    if (__builtin_sub_overflow(value, round, &value))
        return false;
    for (; decimals < FRACTION_DIGITS; decimals++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    *out = value;
    return true;
}

static bool money_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct scan in = {text};
    int64_t value;
    skip_blanks(&in);
    if (take(&in, '$'))
        skip_blanks(&in);
    bool negative = take(&in, '-') || take(&in, '(');
    if (!negative)
        take(&in, '+');
    skip_blanks(&in);
    if (take(&in, '$'))
        skip_blanks(&in);
    bool fits = take_amount(&in, &value);
    while (sql_is_digit(peek(&in)))
        in.rest = slice_from(in.rest, 1);
    while (fits && in.rest.len) {
        if (take(&in, '-'))
            negative = true;
        else if (!take(&in, ')') && !take(&in, '+') && !take(&in, '$') && !sql_is_blank(peek(&in)))
            return sql_fail(call->env->error, "22P02",
                            "invalid input syntax for type money: \"" SLICE_FMT "\"",
                            SLICE_ARG(text));
        else if (sql_is_blank(peek(&in)))
            skip_blanks(&in);
    }
    if (!fits || (!negative && value == INT64_MIN))
        return sql_fail(call->env->error, "22003",
                        "value \"" SLICE_FMT "\" is out of range for type money", SLICE_ARG(text));
    return sql_give_int(out, negative ? value : -value);
}

static bool money_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    uint64_t size = value.i < 0 ? 0 - value.u : value.u;
    uint64_t whole = size / UNIT;
    char digits[32];
    size_t at = sizeof(digits);
    int count = 0;
    do {
        if (count && count % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + whole % 10);
        whole /= 10;
        count++;
    } while (whole);
    sql_bytes_printf(out, "%s$%.*s.%02d", value.i < 0 ? "-" : "", (int)(sizeof(digits) - at),
                     digits + at, (int)(size % UNIT));
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool money_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                          int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    *out = datum_int(sql_receive_i64(&from));
    return sql_receive_done(&from, call->env->error);
}

static bool money_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u64(out, value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

/* ---- arithmetic */

static bool out_of_range(struct sql_call *call)
{
    return sql_fail(call->env->error, "22003", "money out of range");
}

static bool cash_pl(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_add_overflow(args[0].i, args[1].i, &out->i) || out_of_range(call);
}

static bool cash_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_sub_overflow(args[0].i, args[1].i, &out->i) || out_of_range(call);
}

static bool cash_mul_int(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_mul_overflow(args[0].i, args[1].i, &out->i) || out_of_range(call);
}

static bool division_by_zero(struct sql_call *call)
{
    return sql_fail(call->env->error, "22012", "division by zero");
}

static bool cash_div_int(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i == 0)
        return division_by_zero(call);
    return sql_give_int(out, args[1].i == -1 ? (int64_t)(0 - args[0].u) : args[0].i / args[1].i);
}

static bool give_rounded(struct sql_call *call, double value, struct datum *out)
{
    double rounded = rint(value);
    if (!(rounded >= -9223372036854775808.0 && rounded < 9223372036854775808.0))
        return out_of_range(call);
    return sql_give_int(out, (int64_t)rounded);
}

static bool cash_mul_float(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_rounded(call, (double)args[0].i * args[1].d, out);
}

static bool float_mul_cash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_rounded(call, args[0].d * (double)args[1].i, out);
}

static bool cash_div_float(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].d == 0)
        return division_by_zero(call);
    return give_rounded(call, (double)args[0].i / args[1].d, out);
}

static bool cash_div_cash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[1].i == 0)
        return division_by_zero(call);
    *out = datum_float((double)args[0].i / (double)args[1].i);
    return true;
}

/* ---- casts */

static bool cash_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    if (!sql_num_from_int(call->arena, args[0].i, &num) ||
        !sql_num_divide_small(call->arena, &num, UNIT, FRACTION_DIGITS, &num))
        return sql_fail_memory(call->env->error);
    return sql_num_make(call, &num, out);
}

static bool numeric_cash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num, unit;
    *out = datum_int(0);
    if (!sql_num_open(call->arena, args[0], &num) || !sql_num_from_int(call->arena, UNIT, &unit))
        return sql_fail_memory(call->env->error);
    if (num.kind != SQL_NUM_FINITE)
        return sql_fail(call->env->error, "0A000", "cannot convert %s to bigint",
                        num.kind == SQL_NUM_NAN ? "NaN" : "infinity");
    if (!sql_num_multiply(call->arena, &num, &unit, -1, &num))
        return sql_fail_memory(call->env->error);
    return sql_num_to_int(call->arena, &num, &out->i) ||
           sql_fail(call->env->error, "22003", "bigint out of range");
}

static bool int_cash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return !__builtin_mul_overflow(args[0].i, UNIT, &out->i) ||
           sql_fail(call->env->error, "22003", "bigint out of range");
}

/* ---- cash_words */

static const char *const small_words[] = {
    "zero",     "one",     "two",     "three",     "four",     "five",     "six",
    "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",   "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};
static const char *const ten_words[] = {"",      "",      "twenty",  "thirty", "forty",
                                        "fifty", "sixty", "seventy", "eighty", "ninety"};

/* A number below a thousand. */
static void add_words(struct sql_bytes *out, int value)
{
    int below = value % 100;
    if (value <= 20) {
        sql_bytes_add_str(out, small_words[value]);
        return;
    }
    if (value >= 100) {
        sql_bytes_printf(out, "%s hundred", small_words[value / 100]);
        if (below == 0)
            return;
        sql_bytes_add_str(out, below < 20 && !(below > 10 && below % 10 == 0) ? " and " : " ");
    }
    if (below % 10 == 0 && below > 10)
        sql_bytes_add_str(out, ten_words[below / 10]);
    else if (below < 20)
        sql_bytes_add_str(out, small_words[below]);
    else
        sql_bytes_printf(out, "%s %s", ten_words[below / 10], small_words[below % 10]);
}

static bool cash_words(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const struct {
        uint64_t size;
        const char *name;
    } groups[] = {
        {UINT64_C(1000000000000000), " quadrillion "},
        {UINT64_C(1000000000000),    " trillion "   },
        {UINT64_C(1000000000),       " billion "    },
        {UINT64_C(1000000),          " million "    },
        {UINT64_C(1000),             " thousand "   }
    };
    struct sql_bytes text = sql_bytes_begin(call);
    uint64_t size = args[0].i < 0 ? 0 - args[0].u : args[0].u, whole = size / UNIT;
    int cents = (int)(size % UNIT);
    if (args[0].i < 0)
        sql_bytes_add_str(&text, "minus ");
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        int group = (int)(whole / groups[i].size % 1000);
        if (group == 0)
            continue;
        add_words(&text, group);
        sql_bytes_add_str(&text, groups[i].name);
    }
    if (whole % 1000)
        add_words(&text, (int)(whole % 1000));
    if (whole == 0)
        sql_bytes_add_str(&text, "zero");
    sql_bytes_add_str(&text, whole == 1 ? " dollar and " : " dollars and ");
    add_words(&text, cents);
    sql_bytes_add_str(&text, cents == 1 ? " cent" : " cents");
    if (!text.failed)
        text.ptr[0] = (uint8_t)(text.ptr[0] - ('a' - 'A'));
    return sql_give_bytes(call, out, &text);
}

const struct sql_type_ops sql_money_ops = {money_input,       money_output,    money_receive,
                                           money_send,        sql_int_compare, sql_int_hash,
                                           sql_int_encode_key};

const struct sql_builtin sql_money_builtins[] = {
    {"cash_pl",       cash_pl       },
    {"cash_mi",       cash_mi       },
    {"cash_mul_int2", cash_mul_int  },
    {"cash_mul_int4", cash_mul_int  },
    {"cash_mul_int8", cash_mul_int  },
    {"int2_mul_cash", cash_mul_int  },
    {"int4_mul_cash", cash_mul_int  },
    {"int8_mul_cash", cash_mul_int  },
    {"cash_div_int2", cash_div_int  },
    {"cash_div_int4", cash_div_int  },
    {"cash_div_int8", cash_div_int  },
    {"cash_mul_flt4", cash_mul_float},
    {"cash_mul_flt8", cash_mul_float},
    {"flt4_mul_cash", float_mul_cash},
    {"flt8_mul_cash", float_mul_cash},
    {"cash_div_flt4", cash_div_float},
    {"cash_div_flt8", cash_div_float},
    {"cash_div_cash", cash_div_cash },
    {"cash_numeric",  cash_numeric  },
    {"numeric_cash",  numeric_cash  },
    {"int4_cash",     int_cash      },
    {"int8_cash",     int_cash      },
    {"cash_words",    cash_words    },
    {NULL,            NULL          },
};
