/* Functions of dates and times that are defined by others: the commuted operators, age against
 * today, OVERLAPS with lengths. Dialects that write them in SQL name them by their signature. */
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"

/* The function that has the symbol, with the arguments given. */
static bool call_symbol(struct sql_call *call, const char *symbol, const struct datum *args,
                        struct datum *out)
{
    sql_function *function = sql_builtin_find(slice_str(symbol));
    return function ? function(call, args, out)
                    : sql_fail(call->env->error, "XX000", "no function %s", symbol);
}

/* ---- b + a for a + b */

#define COMMUTED(name, symbol)                                                           \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        const struct datum swapped[] = {args[1], args[0]};                               \
        return call_symbol(call, symbol, swapped, out);                                  \
    }

COMMUTED(interval_pl_date, "date_pl_interval")
COMMUTED(interval_pl_time, "time_pl_interval")
COMMUTED(interval_pl_timetz, "timetz_pl_interval")
COMMUTED(interval_pl_timestamp, "timestamp_pl_interval")
COMMUTED(interval_pl_timestamptz, "timestamptz_pl_interval")
COMMUTED(integer_pl_date, "date_pli")
COMMUTED(timedate_pl, "datetime_timestamp")
COMMUTED(timetzdate_pl, "datetimetz_timestamptz")

/* ---- one step before another */

static bool date_part(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct datum both[] = {args[0], datum_int(0)};
    return sql_date_to_timestamp(call, args[1].i, &both[1].i) &&
           call_symbol(call, "timestamp_part", both, out);
}

static bool date_time_timestamptz(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    struct datum local;
    return call_symbol(call, "datetime_timestamp", args, &local) &&
           call_symbol(call, "timestamp_timestamptz", &local, out);
}

/* Midnight of today by the session's clock. */
static int64_t midnight(const struct sql_call *call)
{
    int64_t local;
    sql_timestamptz_to_local(call->env->transaction_time, sql_call_zone(call), &local);
    return local - sql_floor_mod(local, SQL_USECS_PER_DAY);
}

static bool age_of_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct datum both[] = {datum_int(midnight(call)), args[0]};
    return call_symbol(call, "timestamp_age", both, out);
}

static bool age_of_timestamptz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct datum both[] = {datum_int(0), args[0]};
    return (sql_local_to_timestamptz(midnight(call), sql_call_zone(call), &both[0].i) ||
            sql_fail(call->env->error, "22008", "timestamp out of range")) &&
           call_symbol(call, "timestamptz_age", both, out);
}

/* ---- OVERLAPS, where an end may be a length: the start's end is start + length */

static bool end_of(struct sql_call *call, const char *plus, struct datum start, struct datum length,
                   struct datum *out)
{
    const struct datum both[] = {start, length};
    *out = datum_null();
    return start.null || length.null || call_symbol(call, plus, both, out);
}

static bool overlaps(struct sql_call *call, const struct datum *args, const char *plus, bool first,
                     bool second, struct datum *out)
{
    struct datum all[] = {args[0], args[1], args[2], args[3]};
    return (!first || end_of(call, plus, args[0], args[1], &all[1])) &&
           (!second || end_of(call, plus, args[2], args[3], &all[3])) &&
           call_symbol(call, "overlaps_timestamp", all, out);
}

#define OVERLAPS(name, plus, first, second)                                              \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        return overlaps(call, args, plus, first, second, out);                           \
    }

OVERLAPS(overlaps_time_both, "time_pl_interval", true, true)
OVERLAPS(overlaps_time_first, "time_pl_interval", true, false)
OVERLAPS(overlaps_time_second, "time_pl_interval", false, true)
OVERLAPS(overlaps_timestamp_both, "timestamp_pl_interval", true, true)
OVERLAPS(overlaps_timestamp_first, "timestamp_pl_interval", true, false)
OVERLAPS(overlaps_timestamp_second, "timestamp_pl_interval", false, true)
OVERLAPS(overlaps_timestamptz_both, "timestamptz_pl_interval", true, true)
OVERLAPS(overlaps_timestamptz_first, "timestamptz_pl_interval", true, false)
OVERLAPS(overlaps_timestamptz_second, "timestamptz_pl_interval", false, true)

const struct sql_builtin sql_date_derived_builtins[] = {
    {"interval_pl_date(interval,date)",                        interval_pl_date           },
    {"interval_pl_time(interval,time)",                        interval_pl_time           },
    {"interval_pl_timetz(interval,timetz)",                    interval_pl_timetz         },
    {"interval_pl_timestamp(interval,timestamp)",              interval_pl_timestamp      },
    {"interval_pl_timestamptz(interval,timestamptz)",          interval_pl_timestamptz    },
    {"integer_pl_date(int4,date)",                             integer_pl_date            },
    {"timedate_pl(time,date)",                                 timedate_pl                },
    {"timetzdate_pl(timetz,date)",                             timetzdate_pl              },
    {"timestamptz(date,time)",                                 date_time_timestamptz      },
    {"date_part(text,date)",                                   date_part                  },
    {"age(timestamp)",                                         age_of_timestamp           },
    {"age(timestamptz)",                                       age_of_timestamptz         },
    {"overlaps(time,interval,time,interval)",                  overlaps_time_both         },
    {"overlaps(time,interval,time,time)",                      overlaps_time_first        },
    {"overlaps(time,time,time,interval)",                      overlaps_time_second       },
    {"overlaps(timestamp,interval,timestamp,interval)",        overlaps_timestamp_both    },
    {"overlaps(timestamp,interval,timestamp,timestamp)",       overlaps_timestamp_first   },
    {"overlaps(timestamp,timestamp,timestamp,interval)",       overlaps_timestamp_second  },
    {"overlaps(timestamptz,interval,timestamptz,interval)",    overlaps_timestamptz_both  },
    {"overlaps(timestamptz,interval,timestamptz,timestamptz)", overlaps_timestamptz_first },
    {"overlaps(timestamptz,timestamptz,timestamptz,interval)", overlaps_timestamptz_second},
    {NULL,                                                     NULL                       },
};
