/* date_trunc; making dates and times of numbers; declared precisions of their types. */
#include <math.h>

#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/zone.h"

static bool out_of_range(struct sql_call *call, const char *type)
{
    return sql_fail(call->env->error, "22008", "%s out of range", type);
}

static bool fail_unit(struct sql_call *call, struct slice unit, const char *type)
{
    struct sql_token token = sql_token_of_unit(unit);
    /* Fields that only dates know, such as dow, are not looked for. */
    bool known = token.kind == SQL_TOKEN_UNIT && token.value < SQL_UNIT_JULIAN;
    known = known || (token.kind == SQL_TOKEN_UNIT && token.value >= SQL_UNIT_ZONE);
    struct slice lower = arena_dup(call->arena, unit);
    for (size_t i = 0; lower.ptr && i < lower.len; i++)
        ((uint8_t *)(uintptr_t)lower.ptr)[i] = ascii_lower(lower.ptr[i]);
    return sql_fail(call->env->error, known ? "0A000" : "22023",
                    "unit \"" SLICE_FMT "\" not %s for type %s", SLICE_ARG(lower),
                    known ? "supported" : "recognized", type);
}

/* ---- date_trunc */

/* First year of a century or millennium. */
static int first_year(int year, int size)
{
    return year > 0 ? (year + size - 1) / size * size - (size - 1)
                    : -((size - 1 - (year - 1)) / size) * size + 1;
}

static void truncate_year(int unit, struct sql_tm *tm)
{
    if (unit == SQL_UNIT_MILLENNIUM)
        tm->year = first_year(tm->year, 1000);
    else if (unit == SQL_UNIT_CENTURY)
        tm->year = first_year(tm->year, 100);
    else if (unit == SQL_UNIT_DECADE)
        tm->year = tm->year > 0 ? tm->year / 10 * 10 : -((8 - (tm->year - 1)) / 10) * 10;
}

/* All below the unit becomes its least. False: times are not truncated to it. */
static bool truncate_tm(int unit, struct sql_tm *tm)
{
    if (unit < SQL_UNIT_MICROSECOND || unit > SQL_UNIT_MILLENNIUM)
        return false;
    if (unit == SQL_UNIT_WEEK) {
        int64_t days = sql_days_of_date(tm->year, tm->month, tm->day);
        sql_date_of_days(days - (sql_weekday(days) + 6) % 7, &tm->year, &tm->month, &tm->day);
    }
    truncate_year(unit, tm);
    if (unit >= SQL_UNIT_YEAR)
        tm->month = 1;
    if (unit == SQL_UNIT_QUARTER)
        tm->month = (tm->month - 1) / 3 * 3 + 1;
    if (unit >= SQL_UNIT_MONTH)
        tm->day = 1;
    if (unit >= SQL_UNIT_DAY)
        tm->hour = 0;
    if (unit >= SQL_UNIT_HOUR)
        tm->minute = 0;
    if (unit >= SQL_UNIT_MINUTE)
        tm->second = 0;
    if (unit >= SQL_UNIT_SECOND)
        tm->usec = 0;
    if (unit == SQL_UNIT_MILLISECOND)
        tm->usec = tm->usec / 1000 * 1000;
    return true;
}

static int unit_of(struct slice name)
{
    struct sql_token token = sql_token_of_unit(name);
    return token.kind == SQL_TOKEN_UNIT ? token.value : SQL_UNIT_NONE;
}

static bool timestamp_trunc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm tm;
    *out = args[1];
    if (!sql_time_is_finite(args[1].i))
        return true;
    sql_tm_of_timestamp(args[1].i, &tm);
    if (!truncate_tm(unit_of(datum_slice(args[0])), &tm))
        return fail_unit(call, datum_slice(args[0]), "timestamp without time zone");
    return sql_timestamp_of_tm(&tm, &out->i) || out_of_range(call, "timestamp");
}

/* Units below a day keep the offset, so that an hour that comes twice stays the same. */
static bool trunc_in_zone(struct sql_call *call, const struct datum *args,
                          const struct sql_zone_choice *choice, struct datum *out)
{
    int unit = unit_of(datum_slice(args[0]));
    int32_t west = sql_zone_choice_at(choice, args[1].i);
    struct sql_tm tm;
    int64_t local;
    sql_tm_of_timestamp(args[1].i - west * SQL_USECS_PER_SEC, &tm);
    if (!truncate_tm(unit, &tm))
        return fail_unit(call, datum_slice(args[0]), "timestamp with time zone");
    if (!sql_timestamp_of_tm(&tm, &local))
        return out_of_range(call, "timestamp");
    if (unit >= SQL_UNIT_DAY)
        west = sql_zone_choice_of_local(choice, local);
    *out = datum_int(local + west * SQL_USECS_PER_SEC);
    return sql_timestamp_in_range(out->i) || out_of_range(call, "timestamp");
}

static bool timestamptz_trunc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const struct sql_zone_choice session = {.zone = sql_call_zone(call)};
    *out = args[1];
    return !sql_time_is_finite(args[1].i) || trunc_in_zone(call, args, &session, out);
}

static bool timestamptz_trunc_zone(struct sql_call *call, const struct datum *args,
                                   struct datum *out)
{
    struct sql_zone_choice choice;
    *out = args[1];
    return !sql_time_is_finite(args[1].i) ||
           (sql_zone_choose(call, datum_slice(args[2]), &choice) &&
            trunc_in_zone(call, args, &choice, out));
}

static bool interval_trunc(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const int64_t sizes[] = {
        [SQL_UNIT_MICROSECOND] = 1,
        [SQL_UNIT_MILLISECOND] = 1000,
        [SQL_UNIT_SECOND] = SQL_USECS_PER_SEC,
        [SQL_UNIT_MINUTE] = SQL_USECS_PER_MINUTE,
        [SQL_UNIT_HOUR] = SQL_USECS_PER_HOUR,
    };
    static const int32_t months[] = {1, 3, 12, 120, 1200, 12000}; /* from the month on */
    struct sql_interval span = sql_interval_open(args[1]);
    int unit = unit_of(datum_slice(args[0]));
    if (unit == SQL_UNIT_WEEK) {
        fail_unit(call, datum_slice(args[0]), "interval");
        return sql_detail(call->env->error, "Months usually have fractional weeks.");
    }
    if (unit < SQL_UNIT_MICROSECOND || unit > SQL_UNIT_MILLENNIUM)
        return fail_unit(call, datum_slice(args[0]), "interval");
    if (unit <= SQL_UNIT_HOUR)
        span.usecs = span.usecs / sizes[unit] * sizes[unit];
    else
        span.usecs = 0;
    if (unit >= SQL_UNIT_MONTH) {
        span.days = 0;
        span.months = span.months / months[unit - SQL_UNIT_MONTH] * months[unit - SQL_UNIT_MONTH];
    }
    return sql_interval_make(call, span, out);
}

/* ---- make_date and the like */

/* An error shows the year as it was given, or as it is counted. */
static bool make_days(struct sql_call *call, const struct datum *args, bool counted, int64_t *out)
{
    int64_t year = args[0].i, month = args[1].i, day = args[2].i;
    if (year < 0)
        year++; /* -1 is 1 BC */
    else if (year == 0)
        year = INT32_MIN;
    bool valid = year > INT32_MIN && month >= 1 && month <= 12 && day >= 1 &&
                 day <= sql_days_in_month(year, (int)month);
    if (!valid)
        return sql_fail(call->env->error, "22008", "date field value out of range: %d-%02d-%02d",
                        (int)(counted && args[0].i < 0 ? args[0].i + 1 : args[0].i), (int)month,
                        (int)day);
    *out = sql_days_of_date(year, month, day);
    if (*out < SQL_DATE_MIN || *out >= SQL_DATE_END)
        return sql_fail(call->env->error, "22008", "date out of range: %d-%02d-%02d",
                        (int)args[0].i, (int)month, (int)day);
    return true;
}

static bool make_clock(struct sql_call *call, const struct datum *args, int64_t *out)
{
    int64_t hour = args[0].i, minute = args[1].i;
    double second = args[2].d;
    bool valid = hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && second >= 0 &&
                 second <= 60 && !isnan(second);
    if (valid)
        *out = (hour * 60 + minute) * SQL_USECS_PER_MINUTE +
               (int64_t)rint(second * (double)SQL_USECS_PER_SEC);
    return (valid && *out <= SQL_USECS_PER_DAY) ||
           sql_fail(call->env->error, "22008", "time field value out of range: %d:%02d:%02g",
                    (int)hour, (int)minute, second);
}

static bool make_date(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return make_days(call, args, true, &out->i);
}

static bool make_time(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return make_clock(call, args, &out->i);
}

static bool make_local(struct sql_call *call, const struct datum *args, int64_t *out)
{
    int64_t days, clock;
    if (!make_days(call, args, false, &days) || !make_clock(call, args + 3, &clock))
        return false;
    if (__builtin_mul_overflow(days, SQL_USECS_PER_DAY, out) ||
        __builtin_add_overflow(*out, clock, out) || !sql_timestamp_in_range(*out))
        return sql_fail(call->env->error, "22008",
                        "timestamp out of range: %d-%02d-%02d %d:%02d:%02g", (int)args[0].i,
                        (int)args[1].i, (int)args[2].i, (int)args[3].i, (int)args[4].i, args[5].d);
    return true;
}

static bool make_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = datum_int(0);
    return make_local(call, args, &out->i);
}

static bool make_timestamptz(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t local;
    *out = datum_int(0);
    return make_local(call, args, &local) &&
           (sql_local_to_timestamptz(local, sql_call_zone(call), &out->i) ||
            out_of_range(call, "timestamp"));
}

/* "+hh", "+hh:mm", "+hhmm", with seconds; its seconds west. */
static bool numeric_zone(struct sql_call *call, struct slice name, int32_t *out)
{
    struct sql_fields fields;
    struct sql_decoded decoded;
    struct slice text = arena_concat(call->arena, slice_str("00:00"), name, slice_of(NULL, 0));
    bool has_sign = name.ptr[0] == '+' || name.ptr[0] == '-';
    enum sql_date_fault fault =
        text.ptr && has_sign ? sql_fields_split(text, &fields) : SQL_DATE_BAD_FORMAT;
    if (!fault)
        fault = sql_time_decode(call, &fields, &decoded);
    if (fault == SQL_DATE_ZONE_OVERFLOW)
        return sql_fail(call->env->error, "22023",
                        "numeric time zone \"" SLICE_FMT "\" out of range", SLICE_ARG(name));
    if (fault) {
        sql_fail(call->env->error, "22023",
                 "invalid input syntax for type numeric time zone: \"" SLICE_FMT "\"",
                 SLICE_ARG(name));
        return sql_hint(call->env->error, "Numeric time zones must have \"-\" or \"+\" as first "
                                          "character.");
    }
    *out = decoded.tm.zone;
    return true;
}

static bool make_timestamptz_at(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t local;
    int32_t west;
    struct sql_zone_choice choice;
    struct slice name = datum_slice(args[6]);
    if (!make_local(call, args, &local))
        return false;
    if (name.len && (sql_is_digit(name.ptr[0]) || name.ptr[0] == '+' || name.ptr[0] == '-')) {
        if (!numeric_zone(call, name, &west))
            return false;
    } else if (sql_zone_choose(call, name, &choice)) {
        west = sql_zone_choice_of_local(&choice, local);
    } else {
        return false;
    }
    *out = datum_int(local + west * SQL_USECS_PER_SEC);
    return sql_timestamp_in_range(out->i) || out_of_range(call, "timestamp");
}

/* make_interval(years, months, weeks, days, hours, minutes, seconds) */
static bool make_interval(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int64_t months = args[0].i * 12 + args[1].i, days = args[2].i * 7 + args[3].i;
    double seconds = args[6].d;
    if (!isfinite(seconds) || months != (int32_t)months || days != (int32_t)days)
        return out_of_range(call, "interval");
    int64_t usecs = args[4].i * SQL_USECS_PER_HOUR + args[5].i * SQL_USECS_PER_MINUTE +
                    (int64_t)rint(seconds * (double)SQL_USECS_PER_SEC);
    return sql_interval_make(call, (struct sql_interval){usecs, (int32_t)days, (int32_t)months},
                             out);
}

/* ---- declared precisions */

/* The only modifier, a number; what is too large is cut with a warning on the real server. */
static bool precision_in(struct sql_call *call, const struct datum *args, const char *type,
                         const char *suffix, struct datum *out)
{
    struct sql_array texts;
    int64_t precision;
    sql_array_open(args[0], &texts);
    if (texts.count != 1)
        return sql_fail(call->env->error, "22023", "invalid type modifier");
    if (!sql_integer_parse(call->env->error, datum_slice(sql_array_get(&texts, 0)), INT32_MIN,
                           INT32_MAX, "integer", &precision))
        return false;
    if (precision < 0)
        return sql_fail(call->env->error, "22023", "%s(%d)%s precision must not be negative", type,
                        (int)precision, suffix);
    return sql_give_int(out,
                        precision > SQL_TIME_PRECISION_MAX ? SQL_TIME_PRECISION_MAX : precision);
}

static bool time_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return precision_in(call, args, "TIME", "", out);
}

static bool timetz_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return precision_in(call, args, "TIME", " WITH TIME ZONE", out);
}

static bool timestamp_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return precision_in(call, args, "TIMESTAMP", "", out);
}

static bool timestamptz_typmod_in(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    return precision_in(call, args, "TIMESTAMP", " WITH TIME ZONE", out);
}

static bool precision_out(struct sql_call *call, int64_t typmod, const char *suffix,
                          struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    if (typmod >= 0)
        sql_bytes_printf(&text, "(%d)", (int)typmod);
    sql_bytes_add_str(&text, suffix);
    return sql_give_bytes(call, out, &text);
}

static bool typmod_out(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return precision_out(call, args[0].i, " without time zone", out);
}

static bool typmod_out_zone(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return precision_out(call, args[0].i, " with time zone", out);
}

/* intervaltypmodin({range, precision}) */
static bool interval_typmod_in(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array texts;
    int64_t values[2] = {SQL_INTERVAL_FULL_RANGE, SQL_INTERVAL_NO_PRECISION};
    sql_array_open(args[0], &texts);
    if (texts.count < 1 || texts.count > 2)
        return sql_fail(call->env->error, "22023", "invalid INTERVAL type modifier");
    for (uint32_t i = 0; i < texts.count; i++)
        if (!sql_integer_parse(call->env->error, datum_slice(sql_array_get(&texts, i)), INT32_MIN,
                               INT32_MAX, "integer", &values[i]))
            return false;
    if (texts.count == 1)
        return sql_give_int(out, values[0] == SQL_INTERVAL_FULL_RANGE
                                     ? -1
                                     : values[0] << 16 | SQL_INTERVAL_NO_PRECISION);
    if (values[1] < 0)
        return sql_fail(call->env->error, "22023", "INTERVAL(%d) precision must not be negative",
                        (int)values[1]);
    int64_t precision = values[1] > SQL_TIME_PRECISION_MAX ? SQL_TIME_PRECISION_MAX : values[1];
    return sql_give_int(out, values[0] << 16 | precision);
}

static bool interval_typmod_out(struct sql_call *call, const struct datum *args, struct datum *out)
{
    static const struct {
        int bit;
        const char *name;
    } fields[] = {
        {SQL_INTERVAL_YEAR,   "year"  },
        {SQL_INTERVAL_MONTH,  "month" },
        {SQL_INTERVAL_DAY,    "day"   },
        {SQL_INTERVAL_HOUR,   "hour"  },
        {SQL_INTERVAL_MINUTE, "minute"},
        {SQL_INTERVAL_SECOND, "second"}
    };
    struct sql_bytes text = sql_bytes_begin(call);
    int range = (int)(args[0].i >> 16) & 0x7fff, precision = (int)args[0].i & 0xffff;
    if (args[0].i >= 0 && range != SQL_INTERVAL_FULL_RANGE) {
        const char *first = NULL, *last = NULL;
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
            if (!(range & fields[i].bit))
                continue;
            first = first ? first : fields[i].name;
            last = fields[i].name;
        }
        sql_bytes_printf(&text, " %s", first ? first : "");
        if (first != last)
            sql_bytes_printf(&text, " to %s", last);
    }
    if (args[0].i >= 0 && precision != SQL_INTERVAL_NO_PRECISION)
        sql_bytes_printf(&text, "(%d)", precision);
    return sql_give_bytes(call, out, &text);
}

const struct sql_builtin sql_trunc_builtins[] = {
    {"timestamp_trunc",              timestamp_trunc       },
    {"timestamptz_trunc",            timestamptz_trunc     },
    {"timestamptz_trunc_zone",       timestamptz_trunc_zone},
    {"interval_trunc",               interval_trunc        },
    {"make_date",                    make_date             },
    {"make_time",                    make_time             },
    {"make_timestamp",               make_timestamp        },
    {"make_timestamptz",             make_timestamptz      },
    {"make_timestamptz_at_timezone", make_timestamptz_at   },
    {"make_interval",                make_interval         },
    {"timetypmodin",                 time_typmod_in        },
    {"timetztypmodin",               timetz_typmod_in      },
    {"timestamptypmodin",            timestamp_typmod_in   },
    {"timestamptztypmodin",          timestamptz_typmod_in },
    {"intervaltypmodin",             interval_typmod_in    },
    {"timetypmodout",                typmod_out            },
    {"timetztypmodout",              typmod_out_zone       },
    {"timestamptypmodout",           typmod_out            },
    {"timestamptztypmodout",         typmod_out_zone       },
    {"intervaltypmodout",            interval_typmod_out   },
    {NULL,                           NULL                  },
};
