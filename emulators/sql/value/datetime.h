/* Dates and times: the types' operations, their parts, and what computes with them.
 *
 * A date is days since 2000-01-01 (INT32_MIN, INT32_MAX: infinities), a timestamp microseconds since
 * then (INT64_MIN, INT64_MAX), with time zone the same in UTC; a time is microseconds since midnight.
 * All three are the datum's i. By reference are a time with time zone (int64 microseconds, int32
 * seconds west of Greenwich) and an interval (int64 microseconds, int32 days, int32 months).
 *
 * Broken-down years are astronomical (0 is 1 BC). Zones are seconds west of Greenwich here, as in the
 * binary forms of the wire. Functions that fail fill the call's error. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_DATETIME_H
#define PARLEL_EMULATORS_SQL_VALUE_DATETIME_H

#include "emulators/sql/value/calendar.h"
#include "emulators/sql/value/type.h"

struct sql_zone;

#define SQL_DATE_INFINITY         INT32_MAX
#define SQL_DATE_MINUS_INFINITY   INT32_MIN
#define SQL_TIME_INFINITY         INT64_MAX
#define SQL_TIME_MINUS_INFINITY   INT64_MIN
#define SQL_TIMESTAMP_MIN         INT64_C(-211813488000000000) /* 4714-11-24 BC */
#define SQL_TIMESTAMP_END         INT64_C(9223371331200000000) /* 294277-01-01 */
#define SQL_DATE_MIN              (-2451545)
#define SQL_DATE_END              2145031949 /* 5874898-01-01 */
#define SQL_TIME_PRECISION_MAX    6
#define SQL_INTERVAL_FULL_RANGE   0x7fff
#define SQL_INTERVAL_NO_PRECISION 0xffff

/* Bits of an interval's declared fields, in the upper half of its typmod. */
enum {
    SQL_INTERVAL_MONTH = 1 << 1,
    SQL_INTERVAL_YEAR = 1 << 2,
    SQL_INTERVAL_DAY = 1 << 3,
    SQL_INTERVAL_HOUR = 1 << 10,
    SQL_INTERVAL_MINUTE = 1 << 11,
    SQL_INTERVAL_SECOND = 1 << 12,
};

struct sql_interval {
    int64_t usecs;
    int32_t days, months;
};

struct sql_timetz {
    int64_t usecs;
    int32_t zone;
};

/* A point in time in its parts. */
struct sql_tm {
    int year, month, day;
    int hour, minute, second;
    int64_t usec; /* of the second */
    int32_t zone;
    bool dst;
    struct slice zone_name; /* abbreviation; empty: none is known */
};

extern const struct sql_type_ops sql_date_ops;
extern const struct sql_type_ops sql_time_ops;
extern const struct sql_type_ops sql_timetz_ops;
extern const struct sql_type_ops sql_timestamp_ops;
extern const struct sql_type_ops sql_timestamptz_ops;
extern const struct sql_type_ops sql_interval_ops;

extern const struct sql_builtin sql_date_builtins[];
extern const struct sql_builtin sql_date_derived_builtins[];
extern const struct sql_builtin sql_time_builtins[];
extern const struct sql_builtin sql_timestamp_builtins[];
extern const struct sql_builtin sql_interval_builtins[];
extern const struct sql_builtin sql_extract_builtins[];
extern const struct sql_builtin sql_trunc_builtins[];

/* ---- values by reference */

struct sql_interval sql_interval_open(struct datum value);
bool sql_interval_make(struct sql_call *call, struct sql_interval interval, struct datum *out);
struct sql_timetz sql_timetz_open(struct datum value);
bool sql_timetz_make(struct sql_call *call, struct sql_timetz time, struct datum *out);

/* ---- parts */

static inline bool sql_time_is_finite(int64_t time)
{
    return time != SQL_TIME_INFINITY && time != SQL_TIME_MINUS_INFINITY;
}

static inline bool sql_date_is_finite(int64_t date)
{
    return date != SQL_DATE_INFINITY && date != SQL_DATE_MINUS_INFINITY;
}

static inline bool sql_timestamp_in_range(int64_t time)
{
    return time >= SQL_TIMESTAMP_MIN && time < SQL_TIMESTAMP_END;
}

/* The session's zone; NULL: UTC. */
static inline const struct sql_zone *sql_call_zone(const struct sql_call *call)
{
    return call->env->format ? call->env->format->zone : NULL;
}

/* Parts of a finite timestamp, without zone. */
void sql_tm_of_timestamp(int64_t time, struct sql_tm *out);
/* Parts of a finite timestamp with time zone as a clock in that zone shows them. */
void sql_tm_of_timestamptz(int64_t time, const struct sql_zone *zone, struct sql_tm *out);
/* Hours, minutes, seconds of a time of day. */
void sql_tm_of_time(int64_t time, struct sql_tm *out);
/* The timestamp of the parts, their zone not regarded. False: out of range. */
bool sql_timestamp_of_tm(const struct sql_tm *tm, int64_t *out);
int64_t sql_time_of_tm(const struct sql_tm *tm);
/* The zone of a clock that shows these parts (seconds west). */
int32_t sql_zone_of_local_tm(const struct sql_zone *zone, const struct sql_tm *tm);
/* What a clock in the zone shows, and back. False: out of range. */
bool sql_timestamptz_to_local(int64_t time, const struct sql_zone *zone, int64_t *out);
bool sql_local_to_timestamptz(int64_t local, const struct sql_zone *zone, int64_t *out);

/* ---- rounding to a declared precision; typmod -1: none */

bool sql_timestamp_apply_typmod(struct sql_call *call, int32_t typmod, int64_t *time);
void sql_time_apply_typmod(int32_t typmod, int64_t *time);
bool sql_interval_apply_typmod(struct sql_call *call, int32_t typmod,
                               struct sql_interval *interval);

/* ---- computing */

bool sql_timestamp_add(struct sql_call *call, int64_t time, struct sql_interval interval,
                       int64_t *out);
bool sql_timestamptz_add(struct sql_call *call, int64_t time, struct sql_interval interval,
                         int64_t *out);
bool sql_interval_negate(struct sql_call *call, struct sql_interval interval,
                         struct sql_interval *out);
/* What lies that part of the way (0 to 1) from one interval to the other. */
bool sql_interval_between(struct sql_call *call, struct datum low, struct datum high, double part,
                          struct datum *out);
/* Months count 30 days. */
int sql_interval_order(struct sql_interval a, struct sql_interval b);
bool sql_date_to_timestamp(struct sql_call *call, int64_t date, int64_t *out);
bool sql_date_to_timestamptz(struct sql_call *call, int64_t date, int64_t *out);
bool sql_date_of_timestamp(int64_t time, int64_t *out);

/* What a zone's name, abbreviation or description stands for. */
struct sql_zone_choice {
    const struct sql_zone *zone; /* NULL with a fixed offset */
    struct slice abbreviation;   /* which of the zone's offsets is meant; empty: the time says */
    int32_t west;                /* a fixed offset */
};
/* 22023 when it is not known. The choice is kept in call->memo. */
bool sql_zone_choose(struct sql_call *call, struct slice name, struct sql_zone_choice *out);
/* The zone that an interval of hours stands for; 22023 when it has months or days. */
bool sql_zone_of_interval(struct sql_call *call, struct datum interval, int32_t *out_west);
/* Seconds west of the choice at a local time, or at a time in UTC. */
int32_t sql_zone_choice_of_local(const struct sql_zone_choice *choice, int64_t local);
int32_t sql_zone_choice_at(const struct sql_zone_choice *choice, int64_t time);

/* ---- text */

/* Appends a date (never infinite), a time of day, an interval in the session's style. */
void sql_date_print(const struct sql_format *format, const struct sql_tm *tm,
                    struct sql_bytes *out);
void sql_time_print(const struct sql_tm *tm, bool with_zone, struct sql_bytes *out);
void sql_timestamp_print(const struct sql_format *format, const struct sql_tm *tm, bool with_zone,
                         struct sql_bytes *out);
void sql_interval_print(const struct sql_format *format, struct sql_interval interval,
                        struct sql_bytes *out);

#endif
