/* Exact numbers from and to other numbers; series, frames and buckets of them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/float.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text_scan.h"

#define FLOAT8_DIGITS 15 /* that a cast keeps */
#define FLOAT4_DIGITS 6

static bool no_memory(struct sql_call *call)
{
    return sql_fail_memory(call->env->error);
}

static bool fail(struct sql_call *call, const char *sqlstate, const char *message)
{
    return sql_fail(call->env->error, sqlstate, "%s", message);
}

static bool open_num(struct sql_call *call, struct datum value, struct sql_num *out)
{
    return sql_num_open(call->arena, value, out) || no_memory(call);
}

/* ---- to and from integers and floats */

static bool int_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return (sql_num_from_int(call->arena, args[0].i, &num) || no_memory(call)) &&
           sql_num_make(call, &num, out);
}

static bool to_integer(struct sql_call *call, struct datum value, int64_t min, int64_t max,
                       const char *type, struct datum *out)
{
    struct sql_num num;
    int64_t whole;
    if (!open_num(call, value, &num))
        return false;
    if (num.kind != SQL_NUM_FINITE)
        return sql_fail(call->env->error, "0A000", "cannot convert %s to %s",
                        num.kind == SQL_NUM_NAN ? "NaN" : "infinity", type);
    if (!sql_num_to_int(call->arena, &num, &whole) || whole < min || whole > max)
        return sql_fail(call->env->error, "22003", "%s out of range", type);
    return sql_give_int(out, whole);
}

static bool numeric_int2(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args[0], INT16_MIN, INT16_MAX, "smallint", out);
}

static bool numeric_int4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args[0], INT32_MIN, INT32_MAX, "integer", out);
}

static bool numeric_int8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_integer(call, args[0], INT64_MIN, INT64_MAX, "bigint", out);
}

static bool float8_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return sql_num_from_double(call, args[0].d, FLOAT8_DIGITS, &num) &&
           sql_num_make(call, &num, out);
}

static bool float4_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return sql_num_from_double(call, args[0].d, FLOAT4_DIGITS, &num) &&
           sql_num_make(call, &num, out);
}

/* Through the text, as its limits and errors are those of reading it. */
static bool to_float(struct sql_call *call, struct datum value, bool single, struct datum *out)
{
    struct sql_num num;
    struct sql_bytes text = sql_bytes_begin(call);
    if (!open_num(call, value, &num))
        return false;
    if (!sql_num_print(&num, &text))
        return no_memory(call);
    *out = datum_float(0);
    return sql_float_parse(call->env->error, sql_bytes_slice(&text), single, &out->d);
}

static bool numeric_float8(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_float(call, args[0], false, out);
}

static bool numeric_float4(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return to_float(call, args[0], true, out);
}

/* ---- declared precision and scale */

static bool numeric_typmod_cast(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return open_num(call, args[0], &num) && sql_num_apply_typmod(call, (int32_t)args[1].i, &num) &&
           sql_num_make(call, &num, out);
}

static bool modifier(struct sql_call *call, const struct sql_array *texts, uint32_t index,
                     int64_t *out)
{
    struct slice text = datum_slice(sql_array_get(texts, index));
    return sql_integer_parse(call->env->error, text, INT32_MIN, INT32_MAX, "integer", out);
}

static bool numerictypmodin(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array texts;
    int64_t precision, scale = 0;
    sql_array_open(args[0], &texts);
    if (texts.count < 1 || texts.count > 2)
        return fail(call, "22023", "invalid NUMERIC type modifier");
    if (!modifier(call, &texts, 0, &precision) ||
        (texts.count == 2 && !modifier(call, &texts, 1, &scale)))
        return false;
    if (precision < 1 || precision > SQL_NUM_DECLARED_MAX)
        return sql_fail(call->env->error, "22023", "NUMERIC precision %d must be between 1 and %d",
                        (int)precision, SQL_NUM_DECLARED_MAX);
    if (scale < -SQL_NUM_DECLARED_MAX || scale > SQL_NUM_DECLARED_MAX)
        return sql_fail(call->env->error, "22023", "NUMERIC scale %d must be between %d and %d",
                        (int)scale, -SQL_NUM_DECLARED_MAX, SQL_NUM_DECLARED_MAX);
    return sql_give_int(out, sql_num_typmod((int32_t)precision, (int32_t)scale));
}

static bool numerictypmodout(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    int32_t packed = (int32_t)args[0].i - 4;
    if (packed >= 0)
        sql_bytes_printf(&text, "(%d,%d)", packed >> 16 & 0xffff, ((packed & 0x7ff) ^ 1024) - 1024);
    return sql_give_bytes(call, out, &text);
}

/* ---- series */

struct num_series {
    struct sql_num next, last, step;
    struct arena *arena;
};

static bool copy_num(struct sql_call *call, struct arena *arena, struct sql_num num,
                     struct sql_num *out)
{
    struct slice digits =
        arena_dup(arena, slice_of(num.digits, (size_t)num.count * sizeof(*num.digits)));
    *out = num;
    out->digits = (const uint16_t *)(const void *)digits.ptr;
    return digits.ptr || no_memory(call);
}

static bool series_argument(struct sql_call *call, struct datum value, const char *name,
                            struct sql_num *out)
{
    struct sql_num num;
    if (!open_num(call, value, &num))
        return false;
    if (num.kind != SQL_NUM_FINITE)
        return sql_fail(call->env->error, "22023", "%s cannot be %s", name,
                        num.kind == SQL_NUM_NAN ? "NaN" : "infinity");
    return copy_num(call, call->set_arena, num, out);
}

static bool series_begin(struct sql_call *call, const struct datum *args, struct num_series **out)
{
    struct num_series *series = arena_zalloc(call->set_arena, sizeof(*series));
    if (!series)
        return no_memory(call);
    if (!series_argument(call, args[0], "start value", &series->next) ||
        !series_argument(call, args[1], "stop value", &series->last))
        return false;
    if (call->argc < 3) {
        if (!sql_num_from_int(call->set_arena, 1, &series->step))
            return no_memory(call);
    } else if (!series_argument(call, args[2], "step size", &series->step)) {
        return false;
    }
    if (series->step.count == 0)
        return fail(call, "22023", "step size cannot equal zero");
    call->set_state = *out = series;
    return true;
}

static bool generate_series(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct num_series *series = call->set_state;
    if (!series && !series_begin(call, args, &series))
        return false;
    int order = sql_num_compare(&series->next, &series->last);
    if (series->step.negative ? order < 0 : order > 0) {
        call->done = true;
        return true;
    }
    return sql_num_make(call, &series->next, out) &&
           (sql_num_add(call->set_arena, &series->next, &series->step, &series->next) ||
            no_memory(call));
}

/* ---- frames: in_range(value, base, offset, subtract, less) */

static bool in_range_special(const struct sql_num *value, const struct sql_num *base,
                             const struct sql_num *offset, bool subtract, bool less, bool *out)
{
    if (value->kind == SQL_NUM_NAN)
        *out = base->kind == SQL_NUM_NAN || !less;
    else if (base->kind == SQL_NUM_NAN)
        *out = less;
    else if (offset->kind == SQL_NUM_INFINITY)
        *out = base->kind == SQL_NUM_INFINITY && base->negative != subtract
                   ? true
                   : (value->kind == SQL_NUM_INFINITY && value->negative == subtract) ||
                         (subtract ? !less : less);
    else if (value->kind == SQL_NUM_INFINITY)
        *out = (base->kind == SQL_NUM_INFINITY && base->negative == value->negative) ||
               (value->negative ? less : !less);
    else if (base->kind == SQL_NUM_INFINITY)
        *out = base->negative ? !less : less;
    else
        return false;
    return true;
}

static bool in_range_numeric(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num value, base, offset, bound;
    bool subtract = args[3].i != 0, less = args[4].i != 0, inside;
    if (!open_num(call, args[0], &value) || !open_num(call, args[1], &base) ||
        !open_num(call, args[2], &offset))
        return false;
    if (offset.kind == SQL_NUM_NAN || offset.negative)
        return fail(call, "22013", "invalid preceding or following size in window function");
    if (in_range_special(&value, &base, &offset, subtract, less, &inside))
        return sql_give_bool(out, inside);
    bool made = subtract ? sql_num_subtract(call->arena, &base, &offset, &bound)
                         : sql_num_add(call->arena, &base, &offset, &bound);
    if (!made)
        return no_memory(call);
    int order = sql_num_compare(&value, &bound);
    return sql_give_bool(out, less ? order <= 0 : order >= 0);
}

/* ---- width_bucket(operand, low, high, count) */

/* The quotient is rounded as all are, which may lift it to the next bucket:
 * floor((x - low) * count / (high - low)) + 1 for low <= x < high or low >= x > high. */
static bool bucket_of(struct sql_call *call, const struct sql_num *x, const struct sql_num *low,
                      const struct sql_num *high, int64_t count, int64_t *out)
{
    struct sql_num distance, span, product, quotient, buckets;
    struct arena *arena = call->arena;
    if (!sql_num_subtract(arena, x, low, &distance) || !sql_num_subtract(arena, high, low, &span) ||
        !sql_num_from_int(arena, count, &buckets) ||
        !sql_num_multiply(arena, &distance, &buckets, -1, &product) ||
        !sql_num_divide(arena, &product, &span, sql_num_quotient_scale(&product, &span), true,
                        &quotient) ||
        !sql_num_floor(arena, &quotient, &quotient) || !sql_num_to_int(arena, &quotient, out))
        return no_memory(call);
    *out += 1;
    return true;
}

static bool width_bucket(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num x, low, high;
    int64_t count = args[3].i, bucket;
    if (count <= 0)
        return fail(call, "2201G", "count must be greater than zero");
    if (!open_num(call, args[0], &x) || !open_num(call, args[1], &low) ||
        !open_num(call, args[2], &high))
        return false;
    if (x.kind == SQL_NUM_NAN || low.kind == SQL_NUM_NAN || high.kind == SQL_NUM_NAN)
        return fail(call, "2201G", "operand, lower bound, and upper bound cannot be NaN");
    if (low.kind == SQL_NUM_INFINITY || high.kind == SQL_NUM_INFINITY)
        return fail(call, "2201G", "lower and upper bounds must be finite");
    int direction = sql_num_compare(&high, &low);
    if (direction == 0)
        return fail(call, "2201G", "lower bound cannot equal upper bound");
    if (sql_num_compare(&x, &low) * direction < 0)
        bucket = 0;
    else if (sql_num_compare(&x, &high) * direction >= 0)
        bucket = count + 1;
    else if (!bucket_of(call, &x, &low, &high, count, &bucket))
        return false;
    return bucket <= INT32_MAX ? sql_give_int(out, bucket)
                               : fail(call, "22003", "integer out of range");
}

const struct sql_builtin sql_numeric_cast_builtins[] = {
    {"int2_numeric",                 int_numeric        },
    {"int4_numeric",                 int_numeric        },
    {"int8_numeric",                 int_numeric        },
    {"numeric_int2",                 numeric_int2       },
    {"numeric_int4",                 numeric_int4       },
    {"numeric_int8",                 numeric_int8       },
    {"float4_numeric",               float4_numeric     },
    {"float8_numeric",               float8_numeric     },
    {"numeric_float4",               numeric_float4     },
    {"numeric_float8",               numeric_float8     },
    {"numeric",                      numeric_typmod_cast},
    {"numerictypmodin",              numerictypmodin    },
    {"numerictypmodout",             numerictypmodout   },
    {"generate_series_numeric",      generate_series    },
    {"generate_series_step_numeric", generate_series    },
    {"in_range_numeric_numeric",     in_range_numeric   },
    {"width_bucket_numeric",         width_bucket       },
    {NULL,                           NULL               },
};
