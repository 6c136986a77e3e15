/* Functions and operators of dates; comparisons between dates and timestamps. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"

static bool out_of_range(struct sql_call *call, const char *type)
{
    return sql_fail(call->env->error, "22008", "%s out of range", type);
}

/* ---- comparisons: all sides are brought to a timestamp, with what is beyond its range */

/* A date is before or after a whole range of timestamps, or at the start of a day. */
static int order_date_time(int64_t date, int64_t time)
{
    if (!sql_date_is_finite(date) || !sql_time_is_finite(time)) {
        int a = date == SQL_DATE_INFINITY ? 1 : date == SQL_DATE_MINUS_INFINITY ? -1 : 0;
        int b = time == SQL_TIME_INFINITY ? 1 : time == SQL_TIME_MINUS_INFINITY ? -1 : 0;
        return (a > b) - (a < b);
    }
    int64_t day = sql_floor_div(time, SQL_USECS_PER_DAY);
    if (date != day)
        return date > day ? 1 : -1;
    return sql_floor_mod(time, SQL_USECS_PER_DAY) ? -1 : 0;
}

static int order_time_time(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* A timestamp with time zone by the session's clock; beyond the range it stays where it is. */
static int64_t local_of(struct sql_call *call, int64_t time)
{
    int64_t local = time;
    if (sql_time_is_finite(time))
        sql_timestamptz_to_local(time, sql_call_zone(call), &local);
    return local;
}

static int64_t utc_of(struct sql_call *call, int64_t local)
{
    int64_t time = local;
    if (sql_time_is_finite(local))
        sql_local_to_timestamptz(local, sql_call_zone(call), &time);
    return time;
}

static int date_timestamp_order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return order_date_time(args[0].i, args[1].i);
}

static int timestamp_date_order(struct sql_call *call, const struct datum *args)
{
    (void)call;
    return -order_date_time(args[1].i, args[0].i);
}

static int date_utc_order(struct sql_call *call, int64_t date, int64_t time)
{
    int64_t midnight;
    bool in_range = sql_date_is_finite(date) &&
                    !__builtin_mul_overflow(date, SQL_USECS_PER_DAY, &midnight) &&
                    sql_timestamp_in_range(midnight);
    return in_range && sql_time_is_finite(time) ? order_time_time(utc_of(call, midnight), time)
                                                : order_date_time(date, local_of(call, time));
}

static int date_timestamptz_order(struct sql_call *call, const struct datum *args)
{
    return date_utc_order(call, args[0].i, args[1].i);
}

static int timestamptz_date_order(struct sql_call *call, const struct datum *args)
{
    return -date_utc_order(call, args[1].i, args[0].i);
}

static int timestamp_timestamptz_order(struct sql_call *call, const struct datum *args)
{
    return order_time_time(utc_of(call, args[0].i), args[1].i);
}

static int timestamptz_timestamp_order(struct sql_call *call, const struct datum *args)
{
    return order_time_time(args[0].i, utc_of(call, args[1].i));
}

SQL_COMPARISONS(date_timestamp, date_timestamp_order)
SQL_COMPARISONS(date_timestamptz, date_timestamptz_order)
SQL_COMPARISONS(timestamp_date, timestamp_date_order)
SQL_COMPARISONS(timestamptz_date, timestamptz_date_order)
SQL_COMPARISONS(timestamp_timestamptz, timestamp_timestamptz_order)
SQL_COMPARISONS(timestamptz_timestamp, timestamptz_timestamp_order)

/* ---- arithmetic */

static bool date_finite(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return sql_give_bool(out, sql_date_is_finite(args[0].i));
}

static bool add_days(struct sql_call *call, int64_t date, int64_t days, struct datum *out)
{
    *out = datum_int(date);
    if (!sql_date_is_finite(date))
        return true;
    out->i = date + days;
    return (out->i >= SQL_DATE_MIN && out->i < SQL_DATE_END) || out_of_range(call, "date");
}

static bool date_pli(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add_days(call, args[0].i, args[1].i, out);
}

static bool date_mii(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return add_days(call, args[0].i, -args[1].i, out);
}

static bool date_mi(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (!sql_date_is_finite(args[0].i) || !sql_date_is_finite(args[1].i))
        return sql_fail(call->env->error, "22008", "cannot subtract infinite dates");
    return sql_give_int(out, args[0].i - args[1].i);
}

static bool date_pl_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t time;
    *out = datum_int(0);
    return sql_date_to_timestamp(call, args[0].i, &time) &&
           sql_timestamp_add(call, time, sql_interval_open(args[1]), &out->i);
}

static bool date_mi_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t time;
    struct sql_interval back;
    *out = datum_int(0);
    return sql_date_to_timestamp(call, args[0].i, &time) &&
           sql_interval_negate(call, sql_interval_open(args[1]), &back) &&
           sql_timestamp_add(call, time, back, &out->i);
}

/* ---- casts */

static bool date_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return sql_date_to_timestamp(call, args[0].i, &out->i);
}

static bool date_timestamptz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return sql_date_to_timestamptz(call, args[0].i, &out->i);
}

static bool timestamp_date(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = datum_int(0);
    return sql_date_of_timestamp(args[0].i, &out->i);
}

static bool timestamptz_date(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return sql_date_of_timestamp(local_of(call, args[0].i), &out->i);
}

/* date + time */
static bool datetime_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    if (!sql_date_to_timestamp(call, args[0].i, &out->i))
        return false;
    if (!sql_time_is_finite(out->i))
        return true;
    out->i += args[1].i;
    return sql_timestamp_in_range(out->i) || out_of_range(call, "timestamp");
}

/* date + time with time zone */
static bool datetimetz_timestamptz(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    struct sql_timetz time = sql_timetz_open(args[1]);
    *out = datum_int(0);
    if (!sql_date_is_finite(args[0].i))
        return sql_date_to_timestamp(call, args[0].i, &out->i);
    if (args[0].i >= SQL_TIMESTAMP_END / SQL_USECS_PER_DAY + 1)
        return sql_fail(call->env->error, "22008", "date out of range for timestamp");
    out->i = args[0].i * SQL_USECS_PER_DAY + time.usecs + time.zone * SQL_USECS_PER_SEC;
    return sql_timestamp_in_range(out->i) ||
           sql_fail(call->env->error, "22008", "date out of range for timestamp");
}

const struct sql_builtin sql_date_builtins[] = {
    {"date_eq_timestamp",         date_timestamp_eq        },
    {"date_ne_timestamp",         date_timestamp_ne        },
    {"date_lt_timestamp",         date_timestamp_lt        },
    {"date_le_timestamp",         date_timestamp_le        },
    {"date_gt_timestamp",         date_timestamp_gt        },
    {"date_ge_timestamp",         date_timestamp_ge        },
    {"date_cmp_timestamp",        date_timestamp_cmp       },
    {"date_eq_timestamptz",       date_timestamptz_eq      },
    {"date_ne_timestamptz",       date_timestamptz_ne      },
    {"date_lt_timestamptz",       date_timestamptz_lt      },
    {"date_le_timestamptz",       date_timestamptz_le      },
    {"date_gt_timestamptz",       date_timestamptz_gt      },
    {"date_ge_timestamptz",       date_timestamptz_ge      },
    {"date_cmp_timestamptz",      date_timestamptz_cmp     },
    {"timestamp_eq_date",         timestamp_date_eq        },
    {"timestamp_ne_date",         timestamp_date_ne        },
    {"timestamp_lt_date",         timestamp_date_lt        },
    {"timestamp_le_date",         timestamp_date_le        },
    {"timestamp_gt_date",         timestamp_date_gt        },
    {"timestamp_ge_date",         timestamp_date_ge        },
    {"timestamp_cmp_date",        timestamp_date_cmp       },
    {"timestamptz_eq_date",       timestamptz_date_eq      },
    {"timestamptz_ne_date",       timestamptz_date_ne      },
    {"timestamptz_lt_date",       timestamptz_date_lt      },
    {"timestamptz_le_date",       timestamptz_date_le      },
    {"timestamptz_gt_date",       timestamptz_date_gt      },
    {"timestamptz_ge_date",       timestamptz_date_ge      },
    {"timestamptz_cmp_date",      timestamptz_date_cmp     },
    {"timestamp_eq_timestamptz",  timestamp_timestamptz_eq },
    {"timestamp_ne_timestamptz",  timestamp_timestamptz_ne },
    {"timestamp_lt_timestamptz",  timestamp_timestamptz_lt },
    {"timestamp_le_timestamptz",  timestamp_timestamptz_le },
    {"timestamp_gt_timestamptz",  timestamp_timestamptz_gt },
    {"timestamp_ge_timestamptz",  timestamp_timestamptz_ge },
    {"timestamp_cmp_timestamptz", timestamp_timestamptz_cmp},
    {"timestamptz_eq_timestamp",  timestamptz_timestamp_eq },
    {"timestamptz_ne_timestamp",  timestamptz_timestamp_ne },
    {"timestamptz_lt_timestamp",  timestamptz_timestamp_lt },
    {"timestamptz_le_timestamp",  timestamptz_timestamp_le },
    {"timestamptz_gt_timestamp",  timestamptz_timestamp_gt },
    {"timestamptz_ge_timestamp",  timestamptz_timestamp_ge },
    {"timestamptz_cmp_timestamp", timestamptz_timestamp_cmp},
    {"date_finite",               date_finite              },
    {"date_pli",                  date_pli                 },
    {"date_mii",                  date_mii                 },
    {"date_mi",                   date_mi                  },
    {"date_pl_interval",          date_pl_interval         },
    {"date_mi_interval",          date_mi_interval         },
    {"date_timestamp",            date_timestamp           },
    {"date_timestamptz",          date_timestamptz         },
    {"timestamp_date",            timestamp_date           },
    {"timestamptz_date",          timestamptz_date         },
    {"datetime_timestamp",        datetime_timestamp       },
    {"datetimetz_timestamptz",    datetimetz_timestamptz   },
    {NULL,                        NULL                     },
};
