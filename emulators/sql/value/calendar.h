/* The Gregorian calendar, extended to all times, and units of time.
 *
 * Days are counted from 2000-01-01, years astronomically (year 0 is 1 BC), months and days from 1. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_CALENDAR_H
#define PARLEL_EMULATORS_SQL_VALUE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define SQL_USECS_PER_SEC    INT64_C(1000000)
#define SQL_USECS_PER_MINUTE (60 * SQL_USECS_PER_SEC)
#define SQL_USECS_PER_HOUR   (3600 * SQL_USECS_PER_SEC)
#define SQL_USECS_PER_DAY    (86400 * SQL_USECS_PER_SEC)
#define SQL_SECS_PER_DAY     86400
#define SQL_EPOCH_UNIX_DAYS  10957   /* 1970-01-01 is so many days before 2000-01-01 */
#define SQL_EPOCH_JULIAN     2451545 /* Julian day of 2000-01-01 */

/* Rounded down, as days before the epoch want it. divisor > 0. */
static inline int64_t sql_floor_div(int64_t value, int64_t divisor)
{
    int64_t quotient = value / divisor;
    return quotient - (value % divisor < 0);
}

static inline int64_t sql_floor_mod(int64_t value, int64_t divisor)
{
    int64_t rest = value % divisor;
    return rest < 0 ? rest + divisor : rest;
}

static inline bool sql_is_leap_year(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline int sql_days_in_month(int64_t year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && sql_is_leap_year(year));
}

/* Months and days beyond their ranges are counted on. Years start in March here, so that the leap
 * day is their last. */
static inline int64_t sql_days_of_date(int64_t year, int64_t month, int64_t day)
{
    int64_t months = year * 12 + month - 3;
    int64_t y = sql_floor_div(months, 12);
    int64_t m = sql_floor_mod(months, 12);
    return 365 * y + sql_floor_div(y, 4) - sql_floor_div(y, 100) + sql_floor_div(y, 400) +
           (153 * m + 2) / 5 + day - 1 - 730425;
}

static inline void sql_date_of_days(int64_t days, int *out_year, int *out_month, int *out_day)
{
    int64_t since = days + 730425; /* since 0000-03-01 */
    int64_t era = sql_floor_div(since, 146097);
    int64_t of_era = sql_floor_mod(since, 146097);
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * of_year + 2) / 153;
    *out_day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *out_month = (int)(m < 10 ? m + 3 : m - 9);
    *out_year = (int)(era * 400 + y + (m >= 10));
}

/* 0 is Sunday. */
static inline int sql_weekday(int64_t days)
{
    return (int)sql_floor_mod(days + 6, 7);
}

#endif
