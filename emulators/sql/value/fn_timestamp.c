/* Functions and operators of timestamps, with and without time zone. */
#include <math.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/zone.h"

static bool out_of_range(struct sql_call *call)
{
    return sql_fail(call->env->error, "22008", "timestamp out of range");
}

static bool is_finite(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_bool(out, sql_time_is_finite(args[0].i));
}

/* ---- arithmetic */

static bool timestamp_pl_interval(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    *out = datum_int(0);
    return sql_timestamp_add(call, args[0].i, sql_interval_open(args[1]), &out->i);
}

static bool timestamp_mi_interval(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    struct sql_interval back;
    *out = datum_int(0);
    return sql_interval_negate(call, sql_interval_open(args[1]), &back) &&
           sql_timestamp_add(call, args[0].i, back, &out->i);
}

static bool timestamptz_pl_interval(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    *out = datum_int(0);
    return sql_timestamptz_add(call, args[0].i, sql_interval_open(args[1]), &out->i);
}

static bool timestamptz_mi_interval(struct sql_call *call, const struct datum *args,
                                    struct datum *out)
{
    struct sql_interval back;
    *out = datum_int(0);
    return sql_interval_negate(call, sql_interval_open(args[1]), &back) &&
           sql_timestamptz_add(call, args[0].i, back, &out->i);
}

/* Days of 24 hours, and hours of the same sign. */
static bool timestamp_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (!sql_time_is_finite(args[0].i) || !sql_time_is_finite(args[1].i))
        return sql_fail(call->env->error, "22008", "cannot subtract infinite timestamps");
    int64_t usecs = (int64_t)(args[0].u - args[1].u); /* the real server wraps, too */
    return sql_interval_make(
        call,
        (struct sql_interval){usecs % SQL_USECS_PER_DAY, (int32_t)(usecs / SQL_USECS_PER_DAY), 0},
        out);
}

/* ---- age: years, months, days and hours between two times, as one counts on fingers */

/* Makes *part non-negative by taking from the next larger one. */
static void borrow(int64_t *part, int64_t *larger, int64_t size)
{
    while (*part < 0) {
        *part += size;
        (*larger)--;
    }
}

static struct sql_interval age_of(const struct sql_tm *a, const struct sql_tm *b, bool negative)
{
    int sign = negative ? -1 : 1;
    int64_t usecs = sign * (sql_time_of_tm(a) - sql_time_of_tm(b));
    int64_t days = sign * (a->day - b->day), months = sign * (a->month - b->month);
    int64_t years = sign * (a->year - b->year);
    const struct sql_tm *earlier = negative ? a : b;
    borrow(&usecs, &days, SQL_USECS_PER_DAY);
    borrow(&days, &months, sql_days_in_month(earlier->year, earlier->month));
    borrow(&months, &years, 12);
    return (struct sql_interval){sign * usecs, (int32_t)(sign * days),
                                 (int32_t)(sign * (years * 12 + months))};
}

static bool timestamp_age(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm a, b;
    sql_tm_of_timestamp(args[0].i, &a);
    sql_tm_of_timestamp(args[1].i, &b);
    return sql_interval_make(call, age_of(&a, &b, args[0].i < args[1].i), out);
}

static bool timestamptz_age(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm a, b;
    if (!sql_time_is_finite(args[0].i) || !sql_time_is_finite(args[1].i))
        return timestamp_age(call, args, out);
    sql_tm_of_timestamptz(args[0].i, sql_call_zone(call), &a);
    sql_tm_of_timestamptz(args[1].i, sql_call_zone(call), &b);
    return sql_interval_make(call, age_of(&a, &b, args[0].i < args[1].i), out);
}

/* ---- casts and zones */

static bool timestamp_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = args[0];
    return sql_timestamp_apply_typmod(call, (int32_t)args[1].i, &out->i);
}

static bool timestamp_timestamptz(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    *out = args[0];
    return !sql_time_is_finite(args[0].i) ||
           sql_local_to_timestamptz(args[0].i, sql_call_zone(call), &out->i) || out_of_range(call);
}

static bool timestamptz_timestamp(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    *out = args[0];
    return !sql_time_is_finite(args[0].i) ||
           sql_timestamptz_to_local(args[0].i, sql_call_zone(call), &out->i) || out_of_range(call);
}

static bool shift(struct sql_call *call, int64_t time, int64_t seconds, struct datum *out)
{
    *out = datum_int(time + seconds * SQL_USECS_PER_SEC);
    return sql_timestamp_in_range(out->i) || out_of_range(call);
}

/* timestamp AT TIME ZONE name */
static bool timestamp_zone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_zone_choice choice;
    *out = args[1];
    if (!sql_time_is_finite(args[1].i))
        return true;
    return sql_zone_choose(call, datum_slice(args[0]), &choice) &&
           shift(call, args[1].i, sql_zone_choice_of_local(&choice, args[1].i), out);
}

static bool timestamptz_zone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_zone_choice choice;
    *out = args[1];
    if (!sql_time_is_finite(args[1].i))
        return true;
    return sql_zone_choose(call, datum_slice(args[0]), &choice) &&
           shift(call, args[1].i, -sql_zone_choice_at(&choice, args[1].i), out);
}

static bool timestamp_izone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int32_t west;
    *out = args[1];
    if (!sql_time_is_finite(args[1].i))
        return true;
    return sql_zone_of_interval(call, args[0], &west) && shift(call, args[1].i, west, out);
}

static bool timestamptz_izone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int32_t west;
    *out = args[1];
    if (!sql_time_is_finite(args[1].i))
        return true;
    return sql_zone_of_interval(call, args[0], &west) && shift(call, args[1].i, -west, out);
}

/* to_timestamp(seconds since 1970) */
static bool float8_timestamptz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    double seconds = args[0].d;
    if (isnan(seconds))
        return sql_fail(call->env->error, "22008", "timestamp cannot be NaN");
    if (isinf(seconds))
        return sql_give_int(out, seconds > 0 ? SQL_TIME_INFINITY : SQL_TIME_MINUS_INFINITY);
    double since = (seconds - (double)SQL_EPOCH_UNIX_DAYS * SQL_SECS_PER_DAY);
    double usecs = rint(since * (double)SQL_USECS_PER_SEC);
    if (!(usecs >= (double)SQL_TIMESTAMP_MIN && usecs < (double)SQL_TIMESTAMP_END))
        return sql_fail(call->env->error, "22008", "timestamp out of range: \"%g\"", seconds);
    return sql_give_int(out, (int64_t)usecs);
}

/* ---- date_bin(stride, time, origin) */

static bool date_bin(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval stride = sql_interval_open(args[0]);
    int64_t time = args[1].i, origin = args[2].i, width, distance;
    *out = args[1];
    if (!sql_time_is_finite(time))
        return true;
    if (!sql_time_is_finite(origin))
        return sql_fail(call->env->error, "22008", "origin out of range");
    if (stride.months)
        return sql_fail(call->env->error, "0A000",
                        "timestamps cannot be binned into intervals containing months or years");
    if (__builtin_mul_overflow(stride.days, SQL_USECS_PER_DAY, &width) ||
        __builtin_add_overflow(width, stride.usecs, &width))
        return sql_fail(call->env->error, "22008", "interval out of range");
    if (width <= 0)
        return sql_fail(call->env->error, "22008", "stride must be greater than zero");
    if (__builtin_sub_overflow(time, origin, &distance))
        return sql_fail(call->env->error, "22008", "interval out of range");
    out->i = time - sql_floor_mod(distance, width);
    return sql_timestamp_in_range(out->i) || out_of_range(call);
}

/* ---- series */

struct time_series {
    int64_t next, last;
    struct sql_interval step;
    int sign;
};

static bool series_begin(struct sql_call *call, const struct datum *args, struct time_series **out)
{
    static const struct sql_interval zero = {0};
    struct time_series *series = arena_alloc(call->set_arena, sizeof(*series));
    if (!series)
        return sql_fail_memory(call->env->error);
    *series = (struct time_series){args[0].i, args[1].i, sql_interval_open(args[2]), 0};
    series->sign = sql_interval_order(series->step, zero);
    if (series->sign == 0)
        return sql_fail(call->env->error, "22023", "step size cannot equal zero");
    call->set_state = *out = series;
    return true;
}

typedef bool add_function(struct sql_call *call, int64_t time, struct sql_interval interval,
                          int64_t *out);

static bool series_next(struct sql_call *call, const struct datum *args, add_function *add,
                        struct datum *out)
{
    struct time_series *series = call->set_state;
    if (!series && !series_begin(call, args, &series))
        return false;
    if (series->sign > 0 ? series->next > series->last : series->next < series->last) {
        call->done = true;
        return true;
    }
    *out = datum_int(series->next);
    return add(call, series->next, series->step, &series->next);
}

static bool generate_series_timestamp(struct sql_call *call, const struct datum *args,
                                      struct datum *out)
{
    return series_next(call, args, sql_timestamp_add, out);
}

static bool generate_series_timestamptz(struct sql_call *call, const struct datum *args,
                                        struct datum *out)
{
    return series_next(call, args, sql_timestamptz_add, out);
}

/* A call as in a session of that zone. It is in `arena`; NULL: failed. */
static struct sql_call *call_in_zone(struct sql_call *call, struct arena *arena, struct slice name)
{
    struct {
        struct sql_call call;
        struct sql_env env;
        struct sql_format format;
    } *there = arena_zalloc(arena, sizeof(*there));
    struct sql_zone_choice choice;
    if (!there) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    if (!sql_zone_choose(call, name, &choice))
        return NULL;
    there->format = *call->env->format;
    there->format.zone =
        choice.zone ? choice.zone : sql_zone_fixed(arena, -sql_zone_choice_at(&choice, 0));
    there->env = *call->env;
    there->env.format = &there->format;
    there->call = (struct sql_call){.env = &there->env, .arena = arena};
    return &there->call;
}

static bool timestamptz_pl_interval_at_zone(struct sql_call *call, const struct datum *args,
                                            struct datum *out)
{
    struct sql_call *there = call_in_zone(call, call->arena, datum_slice(args[2]));
    return there && timestamptz_pl_interval(there, args, out);
}

static bool timestamptz_mi_interval_at_zone(struct sql_call *call, const struct datum *args,
                                            struct datum *out)
{
    struct sql_call *there = call_in_zone(call, call->arena, datum_slice(args[2]));
    return there && timestamptz_mi_interval(there, args, out);
}

/* The zone is looked up once for all rows. */
static bool generate_series_timestamptz_at_zone(struct sql_call *call, const struct datum *args,
                                                struct datum *out)
{
    struct sql_call **there = call->set_state;
    if (!there) {
        there = arena_zalloc(call->set_arena, sizeof(*there));
        if (!there)
            return sql_fail_memory(call->env->error);
        *there = call_in_zone(call, call->set_arena, datum_slice(args[3]));
        if (!*there)
            return false;
        (*there)->set_arena = call->set_arena;
        call->set_state = there;
    }
    bool done = series_next(*there, args, sql_timestamptz_add, out);
    call->done = (*there)->done;
    return done;
}

/* ---- frames: in_range(value, base, offset, subtract, less) */

static bool in_range(struct sql_call *call, const struct datum *args, int64_t value, int64_t base,
                     add_function *add, struct datum *out)
{
    static const struct sql_interval zero = {0};
    struct sql_interval offset = sql_interval_open(args[2]);
    bool subtract = args[3].i != 0, less = args[4].i != 0;
    int64_t bound;
    if (sql_interval_order(offset, zero) < 0)
        return sql_fail(call->env->error, "22013",
                        "invalid preceding or following size in window function");
    if ((subtract && !sql_interval_negate(call, offset, &offset)) ||
        !add(call, base, offset, &bound))
        return false;
    return sql_give_bool(out, less ? value <= bound : value >= bound);
}

static bool in_range_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return in_range(call, args, args[0].i, args[1].i, sql_timestamp_add, out);
}

static bool in_range_timestamptz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return in_range(call, args, args[0].i, args[1].i, sql_timestamptz_add, out);
}

static bool in_range_date(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t value, base;
    return sql_date_to_timestamp(call, args[0].i, &value) &&
           sql_date_to_timestamp(call, args[1].i, &base) &&
           in_range(call, args, value, base, sql_timestamp_add, out);
}

const struct sql_builtin sql_timestamp_builtins[] = {
    {"timestamp_finite",                    is_finite                          },
    {"timestamp_pl_interval",               timestamp_pl_interval              },
    {"timestamp_mi_interval",               timestamp_mi_interval              },
    {"timestamptz_pl_interval",             timestamptz_pl_interval            },
    {"timestamptz_mi_interval",             timestamptz_mi_interval            },
    {"timestamp_mi",                        timestamp_mi                       },
    {"timestamp_age",                       timestamp_age                      },
    {"timestamptz_age",                     timestamptz_age                    },
    {"timestamp_scale",                     timestamp_scale                    },
    {"timestamptz_scale",                   timestamp_scale                    },
    {"timestamp_timestamptz",               timestamp_timestamptz              },
    {"timestamptz_timestamp",               timestamptz_timestamp              },
    {"timestamp_zone",                      timestamp_zone                     },
    {"timestamptz_zone",                    timestamptz_zone                   },
    {"timestamp_izone",                     timestamp_izone                    },
    {"timestamptz_izone",                   timestamptz_izone                  },
    {"float8_timestamptz",                  float8_timestamptz                 },
    {"timestamp_bin",                       date_bin                           },
    {"timestamptz_bin",                     date_bin                           },
    {"timestamp_at_local",                  timestamp_timestamptz              },
    {"timestamptz_at_local",                timestamptz_timestamp              },
    {"timestamptz_pl_interval_at_zone",     timestamptz_pl_interval_at_zone    },
    {"timestamptz_mi_interval_at_zone",     timestamptz_mi_interval_at_zone    },
    {"generate_series_timestamptz_at_zone", generate_series_timestamptz_at_zone},
    {"generate_series_timestamp",           generate_series_timestamp          },
    {"generate_series_timestamptz",         generate_series_timestamptz        },
    {"in_range_timestamp_interval",         in_range_timestamp                 },
    {"in_range_timestamptz_interval",       in_range_timestamptz               },
    {"in_range_date_interval",              in_range_date                      },
    {NULL,                                  NULL                               },
};
