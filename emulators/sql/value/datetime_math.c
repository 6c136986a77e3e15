/* Arithmetic of timestamps that functions of several types share; named zones. */
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime.h"
#include "emulators/sql/value/zone.h"

static bool out_of_range(struct sql_call *call)
{
    return sql_fail(call->env->error, "22008", "timestamp out of range");
}

/* Moves the parts by months; a day beyond the month's end becomes its last. False: no such year. */
static bool add_months(struct sql_tm *tm, int32_t months)
{
    int64_t total = tm->year * INT64_C(12) + tm->month - 1 + months;
    int64_t year = sql_floor_div(total, 12);
    if (year < -4713 || year > 5874898)
        return false;
    tm->year = (int)year;
    tm->month = (int)sql_floor_mod(total, 12) + 1;
    int last = sql_days_in_month(tm->year, tm->month);
    tm->day = tm->day > last ? last : tm->day;
    return true;
}

/* The parts' timestamp some days later. */
static bool add_days(const struct sql_tm *tm, int32_t days, int64_t *out)
{
    int64_t day = sql_days_of_date(tm->year, tm->month, tm->day) + days;
    return day >= SQL_DATE_MIN - 31 && day < SQL_DATE_END &&
           !__builtin_mul_overflow(day, SQL_USECS_PER_DAY, out) &&
           !__builtin_add_overflow(*out, sql_time_of_tm(tm), out);
}

bool sql_timestamp_add(struct sql_call *call, int64_t time, struct sql_interval interval,
                       int64_t *out)
{
    *out = time;
    if (!sql_time_is_finite(time))
        return true;
    if (interval.months || interval.days) {
        struct sql_tm tm;
        sql_tm_of_timestamp(time, &tm);
        if (!add_months(&tm, interval.months) || !add_days(&tm, interval.days, out))
            return out_of_range(call);
    }
    return (!__builtin_add_overflow(*out, interval.usecs, out) && sql_timestamp_in_range(*out)) ||
           out_of_range(call);
}

/* Months and days are those of the session's clock, hours pass everywhere. */
bool sql_timestamptz_add(struct sql_call *call, int64_t time, struct sql_interval interval,
                         int64_t *out)
{
    const struct sql_zone *zone = sql_call_zone(call);
    *out = time;
    if (!sql_time_is_finite(time))
        return true;
    for (int step = 0; step < 2; step++) {
        struct sql_tm tm;
        int64_t local;
        int32_t months = step ? 0 : interval.months, days = step ? interval.days : 0;
        if (!months && !days)
            continue;
        sql_tm_of_timestamptz(*out, zone, &tm);
        if (!add_months(&tm, months) || !add_days(&tm, days, &local) ||
            !sql_local_to_timestamptz(local, zone, out))
            return out_of_range(call);
    }
    return (!__builtin_add_overflow(*out, interval.usecs, out) && sql_timestamp_in_range(*out)) ||
           out_of_range(call);
}

bool sql_interval_negate(struct sql_call *call, struct sql_interval interval,
                         struct sql_interval *out)
{
    if (interval.usecs == INT64_MIN || interval.days == INT32_MIN || interval.months == INT32_MIN)
        return sql_fail(call->env->error, "22008", "interval out of range");
    *out = (struct sql_interval){-interval.usecs, -interval.days, -interval.months};
    return true;
}

bool sql_date_to_timestamp(struct sql_call *call, int64_t date, int64_t *out)
{
    if (!sql_date_is_finite(date)) {
        *out = date < 0 ? SQL_TIME_MINUS_INFINITY : SQL_TIME_INFINITY;
        return true;
    }
    if (date >= SQL_TIMESTAMP_END / SQL_USECS_PER_DAY)
        return sql_fail(call->env->error, "22008", "date out of range for timestamp");
    *out = date * SQL_USECS_PER_DAY;
    return true;
}

bool sql_date_to_timestamptz(struct sql_call *call, int64_t date, int64_t *out)
{
    int64_t local;
    if (!sql_date_to_timestamp(call, date, &local))
        return false;
    *out = local;
    return !sql_date_is_finite(date) || sql_local_to_timestamptz(local, sql_call_zone(call), out) ||
           sql_fail(call->env->error, "22008", "date out of range for timestamp");
}

bool sql_date_of_timestamp(int64_t time, int64_t *out)
{
    *out = time == SQL_TIME_INFINITY         ? SQL_DATE_INFINITY
           : time == SQL_TIME_MINUS_INFINITY ? SQL_DATE_MINUS_INFINITY
                                             : sql_floor_div(time, SQL_USECS_PER_DAY);
    return true;
}

/* ---- zones by name */

struct zone_memo {
    struct slice name;
    struct sql_zone_choice choice;
};

static bool choose(struct sql_call *call, struct slice name, struct sql_zone_choice *out)
{
    struct arena *arena = call->env->arena;
    const struct sql_zone_abbreviation *known = sql_zone_abbreviation(name);
    *out = (struct sql_zone_choice){0};
    if (known && !known->zone) {
        out->west = -known->offset;
        return true;
    }
    if (known)
        out->abbreviation = slice_str(known->name);
    out->zone = sql_zone_find(arena, known ? slice_str(known->zone) : name);
    return out->zone || sql_fail(call->env->error, "22023",
                                 "time zone \"" SLICE_FMT "\" not recognized", SLICE_ARG(name));
}

bool sql_zone_choose(struct sql_call *call, struct slice name, struct sql_zone_choice *out)
{
    struct zone_memo *memo = call->memo;
    if (memo && slice_eq(memo->name, name)) {
        *out = memo->choice;
        return true;
    }
    if (!choose(call, name, out))
        return false;
    memo = arena_alloc(call->env->arena, sizeof(*memo));
    struct slice copy = arena_dup(call->env->arena, name);
    if (memo && copy.ptr) {
        *memo = (struct zone_memo){copy, *out};
        call->memo = memo;
    }
    return true;
}

int32_t sql_zone_choice_at(const struct sql_zone_choice *choice, int64_t time)
{
    struct sql_zone_kind kind;
    if (!choice->zone)
        return choice->west;
    if (choice->abbreviation.len == 0 ||
        !sql_zone_find_abbreviation(choice->zone, choice->abbreviation, time, &kind))
        kind = sql_zone_at(choice->zone, time);
    return -kind.offset;
}

int32_t sql_zone_choice_of_local(const struct sql_zone_choice *choice, int64_t local)
{
    if (!choice->zone)
        return choice->west;
    int32_t west = -sql_zone_offset_of_local(choice->zone, local);
    return choice->abbreviation.len ? sql_zone_choice_at(choice, local + west * SQL_USECS_PER_SEC)
                                    : west;
}

bool sql_zone_of_interval(struct sql_call *call, struct datum interval, int32_t *out_west)
{
    struct sql_interval zone = sql_interval_open(interval);
    if (zone.months || zone.days) {
        struct sql_bytes text = sql_bytes_begin(call);
        sql_interval_print(call->env->format, zone, &text);
        return sql_fail(call->env->error, "22023",
                        "interval time zone \"" SLICE_FMT "\" must not include months or days",
                        SLICE_ARG(sql_bytes_slice(&text)));
    }
    *out_west = (int32_t) - (zone.usecs / SQL_USECS_PER_SEC);
    return true;
}
