/* Functions, operators and aggregates of intervals. */
#include <math.h>

#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/stable_hash.h"

#define DAYS_PER_MONTH 30

static bool out_of_range(struct sql_call *call)
{
    return sql_fail(call->env->error, "22008", "interval out of range");
}

static bool is_finite(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    (void)args;
    return sql_give_bool(out, true);
}

static bool interval_um(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval negative;
    return sql_interval_negate(call, sql_interval_open(args[0]), &negative) &&
           sql_interval_make(call, negative, out);
}

static bool add(struct sql_call *call, struct sql_interval a, struct sql_interval b,
                struct sql_interval *out)
{
    return (!__builtin_add_overflow(a.usecs, b.usecs, &out->usecs) &&
            !__builtin_add_overflow(a.days, b.days, &out->days) &&
            !__builtin_add_overflow(a.months, b.months, &out->months)) ||
           out_of_range(call);
}

static bool interval_pl(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval sum;
    return add(call, sql_interval_open(args[0]), sql_interval_open(args[1]), &sum) &&
           sql_interval_make(call, sum, out);
}

static bool interval_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval a = sql_interval_open(args[0]), b = sql_interval_open(args[1]), rest;
    if (__builtin_sub_overflow(a.usecs, b.usecs, &rest.usecs) ||
        __builtin_sub_overflow(a.days, b.days, &rest.days) ||
        __builtin_sub_overflow(a.months, b.months, &rest.months))
        return out_of_range(call);
    return sql_interval_make(call, rest, out);
}

/* ---- products: what is left of a month are days of a 30th, what is left of a day is time */

/* To microseconds of the unit, against the noise of floating point. */
static double clean(double value)
{
    return rint(value * 1000000.0) / 1000000.0;
}

static bool fits_int32(double value)
{
    return !isnan(value) && value >= -2147483648.0 && value < 2147483648.0;
}

/* The exact results of months, days and microseconds, in one interval. */
static bool cascade(struct sql_call *call, double months, double days, double usecs,
                    struct datum *out)
{
    if (!fits_int32(months) || !fits_int32(days))
        return out_of_range(call);
    struct sql_interval result = {.months = (int32_t)months, .days = (int32_t)days};
    double more_days = clean((months - result.months) * DAYS_PER_MONTH);
    double seconds = clean((days - result.days + more_days - (int)more_days) * SQL_SECS_PER_DAY);
    if (fabs(seconds) >= SQL_SECS_PER_DAY) {
        int whole = (int)(seconds / SQL_SECS_PER_DAY);
        seconds -= (double)whole * SQL_SECS_PER_DAY;
        if (__builtin_add_overflow(result.days, whole, &result.days))
            return out_of_range(call);
    }
    if (__builtin_add_overflow(result.days, (int)more_days, &result.days))
        return out_of_range(call);
    double total = rint(usecs + seconds * (double)SQL_USECS_PER_SEC);
    if (!(total >= -9223372036854775808.0 && total < 9223372036854775808.0))
        return out_of_range(call);
    result.usecs = (int64_t)total;
    return sql_interval_make(call, result, out);
}

static bool multiply(struct sql_call *call, struct sql_interval span, double factor,
                     struct datum *out)
{
    return cascade(call, span.months * factor, span.days * factor, (double)span.usecs * factor,
                   out);
}

static bool divide(struct sql_call *call, struct sql_interval span, double factor,
                   struct datum *out)
{
    if (factor == 0)
        return sql_fail(call->env->error, "22012", "division by zero");
    return cascade(call, span.months / factor, span.days / factor, (double)span.usecs / factor,
                   out);
}

static bool interval_mul(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return multiply(call, sql_interval_open(args[0]), args[1].d, out);
}

bool sql_interval_between(struct sql_call *call, struct datum low, struct datum high, double part,
                          struct datum *out)
{
    const struct datum ends[] = {high, low};
    struct datum way[2] = {datum_null(), low};
    return interval_mi(call, ends, &way[0]) &&
           multiply(call, sql_interval_open(way[0]), part, &way[0]) && interval_pl(call, way, out);
}

static bool mul_d_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return multiply(call, sql_interval_open(args[1]), args[0].d, out);
}

static bool interval_div(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return divide(call, sql_interval_open(args[0]), args[1].d, out);
}

/* ---- justification */

/* Brings days and time to one sign. */
static void align_time(struct sql_interval *span)
{
    if (span->days > 0 && span->usecs < 0) {
        span->usecs += SQL_USECS_PER_DAY;
        span->days--;
    } else if (span->days < 0 && span->usecs > 0) {
        span->usecs -= SQL_USECS_PER_DAY;
        span->days++;
    }
}

static bool days_to_months(struct sql_interval *span)
{
    int32_t months = span->days / DAYS_PER_MONTH;
    span->days -= months * DAYS_PER_MONTH;
    return !__builtin_add_overflow(span->months, months, &span->months);
}

static bool time_to_days(struct sql_interval *span)
{
    int32_t days = (int32_t)(span->usecs / SQL_USECS_PER_DAY);
    span->usecs -= days * SQL_USECS_PER_DAY;
    return !__builtin_add_overflow(span->days, days, &span->days);
}

static bool justify_hours(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval span = sql_interval_open(args[0]);
    if (!time_to_days(&span))
        return out_of_range(call);
    align_time(&span);
    return sql_interval_make(call, span, out);
}

static bool justify_days(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval span = sql_interval_open(args[0]);
    if (!days_to_months(&span))
        return out_of_range(call);
    if (span.months > 0 && span.days < 0) {
        span.days += DAYS_PER_MONTH;
        span.months--;
    } else if (span.months < 0 && span.days > 0) {
        span.days -= DAYS_PER_MONTH;
        span.months++;
    }
    return sql_interval_make(call, span, out);
}

static bool justify_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval span = sql_interval_open(args[0]);
    bool same_sign = (span.days > 0 && span.usecs > 0) || (span.days < 0 && span.usecs < 0);
    if ((same_sign && !days_to_months(&span)) || !time_to_days(&span) || !days_to_months(&span))
        return out_of_range(call);
    if (span.months > 0 && (span.days < 0 || (span.days == 0 && span.usecs < 0))) {
        span.days += DAYS_PER_MONTH;
        span.months--;
    } else if (span.months < 0 && (span.days > 0 || (span.days == 0 && span.usecs > 0))) {
        span.days -= DAYS_PER_MONTH;
        span.months++;
    }
    align_time(&span);
    return sql_interval_make(call, span, out);
}

static bool interval_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval span = sql_interval_open(args[0]);
    return sql_interval_apply_typmod(call, (int32_t)args[1].i, &span) &&
           sql_interval_make(call, span, out);
}

/* ---- hashes, frames */

/* Of the whole length in microseconds; the upper half is rarely other than the sign. */
static uint64_t hash_of(struct datum value, uint64_t seed)
{
    struct sql_interval span = sql_interval_open(value);
    uint64_t days = (uint64_t)(span.months * (int64_t)DAYS_PER_MONTH + span.days);
    return sql_stable_hash_i64((int64_t)(days * (uint64_t)SQL_USECS_PER_DAY + (uint64_t)span.usecs),
                               seed);
}

static bool interval_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)hash_of(args[0], 0));
}

static bool interval_hash_extended(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)hash_of(args[0], args[1].u));
}

/* in_range(value, base, offset, subtract, less) */
static bool in_range(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const struct sql_interval zero = {0};
    struct sql_interval offset = sql_interval_open(args[2]), bound;
    bool subtract = args[3].i != 0, less = args[4].i != 0;
    if (sql_interval_order(offset, zero) < 0)
        return sql_fail(call->env->error, "22013",
                        "invalid preceding or following size in window function");
    if ((subtract && !sql_interval_negate(call, offset, &offset)) ||
        !add(call, sql_interval_open(args[1]), offset, &bound))
        return false;
    int order = sql_interval_order(sql_interval_open(args[0]), bound);
    return sql_give_bool(out, less ? order <= 0 : order >= 0);
}

/* ---- average: the state is an array of the sum and, as microseconds, the count */

static bool open_state(struct sql_call *call, struct datum state, struct sql_interval out[2])
{
    struct sql_array array;
    sql_array_open(state, &array);
    if (array.count != 2 || array.nulls)
        return sql_fail(call->env->error, "XX000", "expected 2-element interval array");
    out[0] = sql_interval_open(sql_array_get(&array, 0));
    out[1] = sql_interval_open(sql_array_get(&array, 1));
    return true;
}

/* Intervals are of one length: the elements stand behind each other. */
static bool give_state(struct sql_call *call, struct datum state, const struct sql_interval pair[2],
                       struct datum *out)
{
    struct sql_array array;
    struct slice copy = arena_dup(call->arena, datum_slice(state));
    if (!copy.ptr)
        return sql_fail_memory(call->env->error);
    sql_array_open(datum_bytes(copy), &array);
    for (uint32_t i = 0; i < 2; i++) {
        struct datum element;
        if (!sql_interval_make(call, pair[i], &element))
            return false;
        memcpy((uint8_t *)(uintptr_t)sql_array_get(&array, i).ptr, element.ptr, element.len);
    }
    return sql_give_slice(out, copy);
}

static bool interval_accum(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval pair[2];
    if (!open_state(call, args[0], pair) ||
        !add(call, pair[0], sql_interval_open(args[1]), &pair[0]))
        return false;
    pair[1].usecs++;
    return give_state(call, args[0], pair, out);
}

static bool interval_accum_inv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval pair[2], gone = sql_interval_open(args[1]);
    if (!open_state(call, args[0], pair) || !sql_interval_negate(call, gone, &gone) ||
        !add(call, pair[0], gone, &pair[0]))
        return false;
    pair[1].usecs--;
    return give_state(call, args[0], pair, out);
}

static bool interval_avg(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval pair[2];
    if (!open_state(call, args[0], pair))
        return false;
    return pair[1].usecs == 0 ? sql_give_null(out)
                              : divide(call, pair[0], (double)pair[1].usecs, out);
}

const struct sql_builtin sql_interval_builtins[] = {
    {"interval_finite",            is_finite             },
    {"interval_um",                interval_um           },
    {"interval_pl",                interval_pl           },
    {"interval_mi",                interval_mi           },
    {"interval_mul",               interval_mul          },
    {"mul_d_interval",             mul_d_interval        },
    {"interval_div",               interval_div          },
    {"interval_justify_hours",     justify_hours         },
    {"interval_justify_days",      justify_days          },
    {"interval_justify_interval",  justify_interval      },
    {"interval_scale",             interval_scale        },
    {"interval_hash",              interval_hash         },
    {"interval_hash_extended",     interval_hash_extended},
    {"in_range_interval_interval", in_range              },
    {"interval_accum",             interval_accum        },
    {"interval_accum_inv",         interval_accum_inv    },
    {"interval_avg",               interval_avg          },
    {NULL,                         NULL                  },
};
