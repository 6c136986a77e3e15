/* Functions and operators of times of day; OVERLAPS. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/stable_hash.h"
#include "emulators/sql/value/zone.h"

/* A time of day after some hours: days are dropped. */
static int64_t of_day(int64_t usecs)
{
    return sql_floor_mod(usecs, SQL_USECS_PER_DAY);
}

static bool time_pl_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out,
                        of_day(args[0].i + sql_interval_open(args[1]).usecs % SQL_USECS_PER_DAY));
}

static bool time_mi_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out,
                        of_day(args[0].i - sql_interval_open(args[1]).usecs % SQL_USECS_PER_DAY));
}

static bool timetz_pl_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_timetz time = sql_timetz_open(args[0]);
    time.usecs = of_day(time.usecs + sql_interval_open(args[1]).usecs % SQL_USECS_PER_DAY);
    return sql_timetz_make(call, time, out);
}

static bool timetz_mi_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_timetz time = sql_timetz_open(args[0]);
    time.usecs = of_day(time.usecs - sql_interval_open(args[1]).usecs % SQL_USECS_PER_DAY);
    return sql_timetz_make(call, time, out);
}

static bool time_mi_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_interval_make(call, (struct sql_interval){.usecs = args[0].i - args[1].i}, out);
}

/* ---- casts */

static bool time_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_interval_make(call, (struct sql_interval){.usecs = args[0].i}, out);
}

static bool interval_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, of_day(sql_interval_open(args[0]).usecs));
}

static bool time_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    sql_time_apply_typmod((int32_t)args[1].i, &out->i);
    return true;
}

static bool timetz_scale(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_timetz time = sql_timetz_open(args[0]);
    sql_time_apply_typmod((int32_t)args[1].i, &time.usecs);
    return sql_timetz_make(call, time, out);
}

/* With the zone that the session's clock has at that time of today. */
static bool time_timetz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm tm;
    sql_tm_of_timestamptz(call->env->transaction_time, sql_call_zone(call), &tm);
    sql_tm_of_time(args[0].i, &tm);
    return sql_timetz_make(
        call, (struct sql_timetz){args[0].i, sql_zone_of_local_tm(sql_call_zone(call), &tm)}, out);
}

static bool timetz_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, sql_timetz_open(args[0]).usecs);
}

static bool timestamp_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = sql_time_is_finite(args[0].i) ? datum_int(of_day(args[0].i)) : datum_null();
    return true;
}

static bool timestamptz_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t local;
    if (!sql_time_is_finite(args[0].i))
        return sql_give_null(out);
    sql_timestamptz_to_local(args[0].i, sql_call_zone(call), &local);
    return sql_give_int(out, of_day(local));
}

static bool timestamptz_timetz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm tm;
    if (!sql_time_is_finite(args[0].i))
        return sql_give_null(out);
    sql_tm_of_timestamptz(args[0].i, sql_call_zone(call), &tm);
    return sql_timetz_make(call, (struct sql_timetz){sql_time_of_tm(&tm), tm.zone}, out);
}

/* ---- zones */

static bool move_to_zone(struct sql_call *call, struct sql_timetz time, int32_t zone,
                         struct datum *out)
{
    time.usecs = of_day(time.usecs + (time.zone - zone) * SQL_USECS_PER_SEC);
    time.zone = zone;
    return sql_timetz_make(call, time, out);
}

/* timetz AT TIME ZONE name: the offset that the zone has now. */
static bool timetz_zone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_zone_choice choice;
    return sql_zone_choose(call, datum_slice(args[0]), &choice) &&
           move_to_zone(call, sql_timetz_open(args[1]),
                        sql_zone_choice_at(&choice, call->env->transaction_time), out);
}

static bool timetz_at_local(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_zone_choice local = {.zone = sql_call_zone(call)};
    return move_to_zone(call, sql_timetz_open(args[0]),
                        sql_zone_choice_at(&local, call->env->transaction_time), out);
}

static bool timetz_izone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int32_t west;
    return sql_zone_of_interval(call, args[0], &west) &&
           move_to_zone(call, sql_timetz_open(args[1]), west, out);
}

/* ---- OVERLAPS: a start or end that is NULL is unknown, and may not decide */

typedef int order_function(struct datum a, struct datum b);

static int order_int(struct datum a, struct datum b)
{
    return (a.i > b.i) - (a.i < b.i);
}

static int order_timetz(struct datum a, struct datum b)
{
    return sql_timetz_ops.compare(NULL, NULL, a, b);
}

/* Puts the earlier end first; a lone known end is the start. False: both are NULL. */
static bool sort_ends(struct datum ends[2], order_function *order)
{
    if (ends[0].null && ends[1].null)
        return false;
    if (ends[0].null || (!ends[1].null && order(ends[0], ends[1]) > 0)) {
        struct datum swap = ends[0];
        ends[0] = ends[1];
        ends[1] = swap;
    }
    return true;
}

static bool overlaps(const struct datum *args, order_function *order, struct datum *out)
{
    struct datum a[2] = {args[0], args[1]}, b[2] = {args[2], args[3]};
    if (!sort_ends(a, order) || !sort_ends(b, order))
        return sql_give_null(out);
    int starts = order(a[0], b[0]);
    if (starts == 0)
        return a[1].null || b[1].null ? sql_give_null(out) : sql_give_bool(out, true);
    const struct datum *first = starts < 0 ? a : b, *second = starts < 0 ? b : a;
    if (first[1].null)
        return sql_give_null(out);
    if (order(second[0], first[1]) < 0)
        return sql_give_bool(out, true);
    return second[1].null ? sql_give_null(out) : sql_give_bool(out, false);
}

static bool overlaps_int(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return overlaps(args, order_int, out);
}

static bool overlaps_timetz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return overlaps(args, order_timetz, out);
}

/* ---- frames: in_range(value, base, offset, subtract, less) */

static bool frame_offset(struct sql_call *call, struct datum offset, int64_t *out)
{
    *out = sql_interval_open(offset).usecs;
    return *out >= 0 || sql_fail(call->env->error, "22013",
                                 "invalid preceding or following size in window function");
}

static bool in_range_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t offset, bound;
    bool subtract = args[3].i != 0, less = args[4].i != 0;
    if (!frame_offset(call, args[2], &offset))
        return false;
    if (__builtin_add_overflow(args[1].i, subtract ? -offset : offset, &bound))
        return sql_give_bool(out, less);
    return sql_give_bool(out, less ? args[0].i <= bound : args[0].i >= bound);
}

static bool in_range_timetz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t offset;
    struct datum bound;
    bool subtract = args[3].i != 0, less = args[4].i != 0;
    if (!frame_offset(call, args[2], &offset))
        return false;
    struct sql_timetz base = sql_timetz_open(args[1]);
    if (__builtin_add_overflow(base.usecs, subtract ? -offset : offset, &base.usecs))
        return sql_give_bool(out, less);
    if (!sql_timetz_make(call, base, &bound))
        return false;
    int order = order_timetz(args[0], bound);
    return sql_give_bool(out, less ? order <= 0 : order >= 0);
}

/* ---- hashes */

static bool time_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)sql_stable_hash_i64(args[0].i, 0));
}

static bool time_hash_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)sql_stable_hash_i64(args[0].i, args[1].u));
}

static uint64_t hash_of_timetz(struct datum value, uint64_t seed)
{
    struct sql_timetz time = sql_timetz_open(value);
    return sql_stable_hash_i64(time.usecs, seed) ^ sql_stable_hash_u32((uint32_t)time.zone, seed);
}

static bool timetz_hash(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int32_t)hash_of_timetz(args[0], 0));
}

static bool timetz_hash_extended(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_int(out, (int64_t)hash_of_timetz(args[0], args[1].u));
}

const struct sql_builtin sql_time_builtins[] = {
    {"time_pl_interval",         time_pl_interval    },
    {"time_mi_interval",         time_mi_interval    },
    {"timetz_pl_interval",       timetz_pl_interval  },
    {"timetz_mi_interval",       timetz_mi_interval  },
    {"time_mi_time",             time_mi_time        },
    {"time_interval",            time_interval       },
    {"interval_time",            interval_time       },
    {"time_scale",               time_scale          },
    {"timetz_scale",             timetz_scale        },
    {"time_timetz",              time_timetz         },
    {"timetz_time",              timetz_time         },
    {"timestamp_time",           timestamp_time      },
    {"timestamptz_time",         timestamptz_time    },
    {"timestamptz_timetz",       timestamptz_timetz  },
    {"timetz_at_local",          timetz_at_local     },
    {"timetz_zone",              timetz_zone         },
    {"timetz_izone",             timetz_izone        },
    {"overlaps_time",            overlaps_int        },
    {"overlaps_timestamp",       overlaps_int        },
    {"overlaps_timetz",          overlaps_timetz     },
    {"in_range_time_interval",   in_range_time       },
    {"in_range_timetz_interval", in_range_timetz     },
    {"time_hash",                time_hash           },
    {"time_hash_extended",       time_hash_extended  },
    {"timestamp_hash",           time_hash           },
    {"timestamp_hash_extended",  time_hash_extended  },
    {"timetz_hash",              timetz_hash         },
    {"timetz_hash_extended",     timetz_hash_extended},
    {NULL,                       NULL                },
};
