/* extract and date_part: one field of a date, time, timestamp or interval, as an exact number or as
 * a floating point one. */
#include <math.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/numeric.h"

/* A field's value: value / 10^scale. */
struct part {
    enum { PART_NUMBER, PART_NULL, PART_INFINITE, PART_JULIAN, PART_EPOCH } kind;
    int64_t value; /* of a Julian date the day, of an infinite one its sign */
    int scale;
    int64_t usecs;    /* of a Julian date: the time of the day */
    int64_t seconds;  /* of an epoch: to be added to the microseconds, which need not fit then */
    bool whole_first; /* as a float the whole part and the fraction are added */
};

#define EPOCH_SECONDS ((int64_t)SQL_EPOCH_UNIX_DAYS * SQL_SECS_PER_DAY)

static bool number(struct part *out, int64_t value)
{
    *out = (struct part){.value = value};
    return true;
}

static bool scaled(struct part *out, int64_t value, int scale)
{
    *out = (struct part){.value = value, .scale = scale};
    return true;
}

static bool seconds(struct part *out, int64_t usecs)
{
    *out = (struct part){.value = usecs, .scale = 6, .whole_first = true};
    return true;
}

/* Years are counted in tens, hundreds and thousands as people do: the 20th century ended in 2000,
 * there is no year 0. */
static int64_t century(int year, int size)
{
    return year > 0 ? (year + size - 1) / size : -((size - 1 - (year - 1)) / size);
}

static int64_t decade(int year)
{
    return year >= 0 ? year / 10 : -((8 - (year - 1)) / 10);
}

static int64_t named_year(int year)
{
    return year > 0 ? year : year - 1;
}

/* Fields of a day. */
static bool date_part_of(int unit, int64_t days, struct part *out)
{
    int year, month, day, iso_year;
    sql_date_of_days(days, &year, &month, &day);
    int week = sql_iso_week(days, &iso_year), weekday = sql_weekday(days);
    switch (unit) {
    case SQL_UNIT_DAY: return number(out, day);
    case SQL_UNIT_MONTH: return number(out, month);
    case SQL_UNIT_QUARTER: return number(out, (month - 1) / 3 + 1);
    case SQL_UNIT_WEEK: return number(out, week);
    case SQL_UNIT_YEAR: return number(out, named_year(year));
    case SQL_UNIT_DECADE: return number(out, decade(year));
    case SQL_UNIT_CENTURY: return number(out, century(year, 100));
    case SQL_UNIT_MILLENNIUM: return number(out, century(year, 1000));
    case SQL_UNIT_ISOYEAR: return number(out, named_year(iso_year));
    case SQL_UNIT_DOW: return number(out, weekday);
    case SQL_UNIT_ISODOW: return number(out, weekday ? weekday : 7);
    case SQL_UNIT_DOY: return number(out, days - sql_days_of_date(year, 1, 1) + 1);
    default: return false;
    }
}

/* Fields of a time of day. */
static bool time_part_of(int unit, int64_t usecs, struct part *out)
{
    switch (unit) {
    case SQL_UNIT_MICROSECOND: return number(out, usecs % SQL_USECS_PER_MINUTE);
    case SQL_UNIT_MILLISECOND: return scaled(out, usecs % SQL_USECS_PER_MINUTE, 3);
    case SQL_UNIT_SECOND: return seconds(out, usecs % SQL_USECS_PER_MINUTE);
    case SQL_UNIT_MINUTE: return number(out, usecs / SQL_USECS_PER_MINUTE % 60);
    case SQL_UNIT_HOUR: return number(out, usecs / SQL_USECS_PER_HOUR);
    default: return false;
    }
}

static bool zone_part_of(int unit, int32_t west, struct part *out)
{
    switch (unit) {
    case SQL_UNIT_ZONE: return number(out, -west);
    case SQL_UNIT_ZONE_HOUR: return number(out, -west / 3600);
    case SQL_UNIT_ZONE_MINUTE: return number(out, -west / 60 % 60);
    default: return false;
    }
}

static bool is_epoch(struct sql_token token)
{
    return token.kind == SQL_TOKEN_RESERVED && token.value == SQL_WORD_EPOCH;
}

/* What grows with time is infinite, what comes again and again is not known. */
static bool infinite_part(struct sql_token token, bool has_time, bool has_zone, bool negative,
                          struct part *out)
{
    struct part probe;
    bool grows = is_epoch(token);
    if (token.kind == SQL_TOKEN_UNIT) {
        grows = token.value == SQL_UNIT_YEAR || token.value == SQL_UNIT_DECADE ||
                token.value == SQL_UNIT_CENTURY || token.value == SQL_UNIT_MILLENNIUM ||
                token.value == SQL_UNIT_JULIAN || token.value == SQL_UNIT_ISOYEAR;
        if (!grows && !date_part_of(token.value, 0, &probe) &&
            !(has_time && time_part_of(token.value, 0, &probe)) &&
            !(has_zone && zone_part_of(token.value, 0, &probe)))
            return false;
    } else if (!grows) {
        return false;
    }
    *out = (struct part){.kind = grows ? PART_INFINITE : PART_NULL, .value = negative ? -1 : 1};
    return true;
}

/* ---- by type; false: the type has no such field */

static bool part_of_date(struct sql_token token, int64_t date, struct part *out)
{
    if (!sql_date_is_finite(date))
        return infinite_part(token, false, false, date < 0, out);
    if (is_epoch(token))
        return number(out, (date + SQL_EPOCH_UNIX_DAYS) * SQL_SECS_PER_DAY);
    if (token.kind != SQL_TOKEN_UNIT)
        return false;
    return token.value == SQL_UNIT_JULIAN ? number(out, date + SQL_EPOCH_JULIAN)
                                          : date_part_of(token.value, date, out);
}

static bool part_of_time(struct sql_token token, int64_t usecs, struct part *out)
{
    if (is_epoch(token))
        return scaled(out, usecs, 6);
    return token.kind == SQL_TOKEN_UNIT && time_part_of(token.value, usecs, out);
}

static bool part_of_timetz(struct sql_token token, struct sql_timetz time, struct part *out)
{
    if (is_epoch(token))
        return scaled(out, time.usecs + time.zone * SQL_USECS_PER_SEC, 6);
    return token.kind == SQL_TOKEN_UNIT && (time_part_of(token.value, time.usecs, out) ||
                                            zone_part_of(token.value, time.zone, out));
}

/* `local` is what the clock shows; the epoch counts `time`. */
static bool part_of_timestamp(struct sql_token token, int64_t time, int64_t local, struct part *out)
{
    if (is_epoch(token)) {
        *out = (struct part){.kind = PART_EPOCH, .value = time, .seconds = EPOCH_SECONDS};
        return true;
    }
    if (token.kind != SQL_TOKEN_UNIT)
        return false;
    int64_t days = sql_floor_div(local, SQL_USECS_PER_DAY);
    int64_t usecs = sql_floor_mod(local, SQL_USECS_PER_DAY);
    if (token.value == SQL_UNIT_JULIAN) {
        *out = (struct part){.kind = PART_JULIAN, .value = days + SQL_EPOCH_JULIAN, .usecs = usecs};
        return true;
    }
    return date_part_of(token.value, days, out) || time_part_of(token.value, usecs, out);
}

static bool part_of_interval(struct sql_token token, struct sql_interval span, struct part *out)
{
    int years = span.months / 12, months = span.months % 12;
    if (is_epoch(token)) { /* a year has 365.25 days */
        int64_t quarter_days =
            INT64_C(1461) * years + INT64_C(120) * months + INT64_C(4) * span.days;
        *out = (struct part){.kind = PART_EPOCH,
                             .value = span.usecs,
                             .seconds = quarter_days * (SQL_SECS_PER_DAY / 4)};
        return true;
    }
    if (token.kind != SQL_TOKEN_UNIT)
        return false;
    switch (token.value) {
    case SQL_UNIT_DAY: return number(out, span.days);
    case SQL_UNIT_MONTH: return number(out, months);
    case SQL_UNIT_QUARTER: return number(out, months / 3 + 1);
    case SQL_UNIT_YEAR: return number(out, years);
    case SQL_UNIT_DECADE: return number(out, years / 10);
    case SQL_UNIT_CENTURY: return number(out, years / 100);
    case SQL_UNIT_MILLENNIUM: return number(out, years / 1000);
    default: return time_part_of(token.value, span.usecs, out);
    }
}

/* ---- results */

static bool give_scaled(struct sql_call *call, int64_t value, int scale, struct datum *out)
{
    static const uint32_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    struct sql_num num;
    bool made = sql_num_from_int(call->arena, value, &num) &&
                sql_num_divide_small(call->arena, &num, powers[scale], scale, &num);
    return made ? sql_num_make(call, &num, out) : sql_fail_memory(call->env->error);
}

/* Day and time / 24 hours, as a division of exact numbers gives it. */
static bool give_julian(struct sql_call *call, const struct part *part, struct datum *out)
{
    struct sql_num day, time, unit;
    struct arena *arena = call->arena;
    if (!sql_num_from_int(arena, part->value, &day) ||
        !sql_num_from_int(arena, part->usecs, &time) ||
        !sql_num_from_int(arena, SQL_USECS_PER_DAY, &unit) ||
        !sql_num_divide(arena, &time, &unit, sql_num_quotient_scale(&time, &unit), true, &time) ||
        !sql_num_add(arena, &day, &time, &day))
        return sql_fail_memory(call->env->error);
    return sql_num_make(call, &day, out);
}

static bool give_epoch(struct sql_call *call, const struct part *part, struct datum *out)
{
    struct sql_num usecs, seconds;
    struct arena *arena = call->arena;
    bool made = sql_num_from_int(arena, part->value, &usecs) &&
                sql_num_divide_small(arena, &usecs, (uint32_t)SQL_USECS_PER_SEC, 6, &usecs) &&
                sql_num_from_int(arena, part->seconds, &seconds) &&
                sql_num_add(arena, &usecs, &seconds, &usecs);
    return made ? sql_num_make(call, &usecs, out) : sql_fail_memory(call->env->error);
}

static bool give_number(struct sql_call *call, const struct part *part, struct datum *out)
{
    switch (part->kind) {
    case PART_NULL: return sql_give_null(out);
    case PART_INFINITE:
        return sql_num_make(
            call, &(struct sql_num){.kind = SQL_NUM_INFINITY, .negative = part->value < 0}, out);
    case PART_JULIAN: return give_julian(call, part, out);
    case PART_EPOCH: return give_epoch(call, part, out);
    default: return give_scaled(call, part->value, part->scale, out);
    }
}

static double epoch_of(const struct part *part)
{
    int64_t usecs;
    if (__builtin_mul_overflow(part->seconds, SQL_USECS_PER_SEC, &usecs) ||
        __builtin_add_overflow(usecs, part->value, &usecs))
        return (double)part->value / (double)SQL_USECS_PER_SEC + (double)part->seconds;
    return (double)usecs / (double)SQL_USECS_PER_SEC;
}

static bool give_float(const struct part *part, struct datum *out)
{
    double power = pow(10, part->scale);
    switch (part->kind) {
    case PART_NULL: return sql_give_null(out);
    case PART_INFINITE: *out = datum_float(part->value < 0 ? -INFINITY : INFINITY); break;
    case PART_JULIAN:
        *out = datum_float((double)part->value + (double)part->usecs / (double)SQL_USECS_PER_DAY);
        break;
    case PART_EPOCH: *out = datum_float(epoch_of(part)); break;
    default:
        *out = datum_float(part->whole_first ? (double)(part->value / (int64_t)power) +
                                                   (double)(part->value % (int64_t)power) / power
                                             : (double)part->value / power);
    }
    return true;
}

/* The field was found or not: gives it, or says what is wrong with the unit. */
static bool give(struct sql_call *call, struct slice unit, const char *type, bool found, bool exact,
                 const struct part *part, struct datum *out)
{
    if (found)
        return exact ? give_number(call, part, out) : give_float(part, out);
    struct sql_token token = sql_token_of_unit(unit);
    bool undated = strncmp(type, "time ", 5) == 0 || strcmp(type, "interval") == 0;
    bool known = token.kind == SQL_TOKEN_UNIT || is_epoch(token) ||
                 (!undated && token.kind == SQL_TOKEN_RESERVED);
    /* The message shows the unit in lower case. */
    struct slice lower = arena_dup(call->arena, unit);
    for (size_t i = 0; lower.ptr && i < lower.len; i++)
        ((uint8_t *)(uintptr_t)lower.ptr)[i] = ascii_lower(lower.ptr[i]);
    return sql_fail(call->env->error, known ? "0A000" : "22023",
                    "unit \"" SLICE_FMT "\" not %s for type %s", SLICE_ARG(lower),
                    known ? "supported" : "recognized", type);
}

#define EXTRACT(name, exact, type, found)                                                \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out) \
    {                                                                                    \
        struct part part;                                                                \
        struct slice unit = datum_slice(args[0]);                                        \
        struct sql_token token = sql_token_of_unit(unit);                                \
        return give(call, unit, type, found, exact, &part, out);                         \
    }

static bool find_in_timestamp(struct sql_token token, int64_t time, struct part *out)
{
    return sql_time_is_finite(time) ? part_of_timestamp(token, time, time, out)
                                    : infinite_part(token, true, false, time < 0, out);
}

static bool find_in_timestamptz(struct sql_call *call, struct sql_token token, int64_t time,
                                struct part *out)
{
    struct sql_tm tm;
    if (!sql_time_is_finite(time))
        return infinite_part(token, true, true, time < 0, out);
    sql_tm_of_timestamptz(time, sql_call_zone(call), &tm);
    if (token.kind == SQL_TOKEN_UNIT && zone_part_of(token.value, tm.zone, out))
        return true;
    return part_of_timestamp(token, time, time - tm.zone * SQL_USECS_PER_SEC, out);
}

#define TIMESTAMP   "timestamp without time zone"
#define TIMESTAMPTZ "timestamp with time zone"
#define TIME        "time without time zone"
#define TIMETZ      "time with time zone"

EXTRACT(extract_date, true, "date", part_of_date(token, args[1].i, &part))
EXTRACT(extract_time, true, TIME, part_of_time(token, args[1].i, &part))
EXTRACT(time_part, false, TIME, part_of_time(token, args[1].i, &part))
EXTRACT(extract_timetz, true, TIMETZ, part_of_timetz(token, sql_timetz_open(args[1]), &part))
EXTRACT(timetz_part, false, TIMETZ, part_of_timetz(token, sql_timetz_open(args[1]), &part))
EXTRACT(extract_timestamp, true, TIMESTAMP, find_in_timestamp(token, args[1].i, &part))
EXTRACT(timestamp_part, false, TIMESTAMP, find_in_timestamp(token, args[1].i, &part))
EXTRACT(extract_timestamptz, true, TIMESTAMPTZ, find_in_timestamptz(call, token, args[1].i, &part))
EXTRACT(timestamptz_part, false, TIMESTAMPTZ, find_in_timestamptz(call, token, args[1].i, &part))
EXTRACT(extract_interval, true, "interval",
        part_of_interval(token, sql_interval_open(args[1]), &part))
EXTRACT(interval_part, false, "interval",
        part_of_interval(token, sql_interval_open(args[1]), &part))

const struct sql_builtin sql_extract_builtins[] = {
    {"extract_date",        extract_date       },
    {"extract_time",        extract_time       },
    {"extract_timetz",      extract_timetz     },
    {"extract_timestamp",   extract_timestamp  },
    {"extract_timestamptz", extract_timestamptz},
    {"extract_interval",    extract_interval   },
    {"time_part",           time_part          },
    {"timetz_part",         timetz_part        },
    {"timestamp_part",      timestamp_part     },
    {"timestamptz_part",    timestamptz_part   },
    {"interval_part",       interval_part      },
    {NULL,                  NULL               },
};
