/* POSIX descriptions of zones: "CET-1CEST,M3.5.0,M10.5.0/3". */
#include "emulators/sql/value/calendar.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/zone_data.h"

#define HOURS_MAX (24 * 7) /* of a change; RFC 8536 allows a week either way */

struct scan {
    struct slice rest;
};

static bool take(struct scan *in, char c)
{
    if (in->rest.len == 0 || in->rest.ptr[0] != (uint8_t)c)
        return false;
    in->rest = slice_from(in->rest, 1);
    return true;
}

/* <+03>, or what ends before digits, signs and commas; even nothing. */
static bool take_name(struct scan *in, struct slice *out)
{
    bool quoted = take(in, '<');
    size_t len = 0;
    while (len < in->rest.len &&
           (quoted ? in->rest.ptr[len] != '>'
                   : !sql_is_digit(in->rest.ptr[len]) && !strchr("+-,", in->rest.ptr[len])))
        len++;
    *out = slice_of(in->rest.ptr, len);
    in->rest = slice_from(in->rest, len);
    return !quoted || (len > 0 && take(in, '>'));
}

static bool take_number(struct scan *in, int max, int *out)
{
    size_t digits = 0;
    *out = 0;
    for (; digits < in->rest.len && sql_is_digit(in->rest.ptr[digits]) && *out <= max; digits++)
        *out = *out * 10 + (in->rest.ptr[digits] - '0');
    in->rest = slice_from(in->rest, digits);
    return digits > 0 && *out <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct scan *in, int32_t *out)
{
    int hours, minutes = 0, seconds = 0;
    bool negative = take(in, '-');
    if (!negative)
        take(in, '+');
    if (!take_number(in, HOURS_MAX, &hours) || (take(in, ':') && !take_number(in, 59, &minutes)) ||
        (take(in, ':') && !take_number(in, 60, &seconds)))
        return false;
    int32_t total = hours * 3600 + minutes * 60 + seconds;
    *out = negative ? -total : total;
    return true;
}

static bool take_change(struct scan *in, struct sql_zone_change *out)
{
    *out = (struct sql_zone_change){.seconds = 2 * 3600};
    if (take(in, 'M')) {
        out->kind = SQL_CHANGE_WEEKDAY;
        if (!take_number(in, 12, &out->month) || !take(in, '.') ||
            !take_number(in, 5, &out->week) || !take(in, '.') || !take_number(in, 6, &out->day) ||
            out->month == 0 || out->week == 0)
            return false;
    } else {
        out->kind = take(in, 'J') ? SQL_CHANGE_NO_LEAP : SQL_CHANGE_DAY;
        if (!take_number(in, 365, &out->day) || (out->kind == SQL_CHANGE_NO_LEAP && out->day == 0))
            return false;
    }
    return !take(in, '/') || take_time(in, &out->seconds);
}

/* Summer time without rules is that of the United States since 2007. */
static void american_rule(struct sql_zone_rule *rule)
{
    rule->start = (struct sql_zone_change){SQL_CHANGE_WEEKDAY, 3, 2, 0, 2 * 3600};
    rule->end = (struct sql_zone_change){SQL_CHANGE_WEEKDAY, 11, 1, 0, 2 * 3600};
}

bool sql_zone_parse_rule(struct slice text, struct sql_zone_rule *out)
{
    struct scan in = {text};
    int32_t west;
    *out = (struct sql_zone_rule){0};
    if (!take_name(&in, &out->standard.abbreviation) || !take_time(&in, &west))
        return false;
    out->standard.offset = -west;
    if (in.rest.len == 0)
        return true;
    out->changes = out->summer.dst = true;
    if (!take_name(&in, &out->summer.abbreviation) || out->summer.abbreviation.len == 0)
        return false;
    out->summer.offset = out->standard.offset + 3600;
    if (in.rest.len && in.rest.ptr[0] != ',' && in.rest.ptr[0] != ';') {
        if (!take_time(&in, &west))
            return false;
        out->summer.offset = -west;
    }
    if (in.rest.len == 0) {
        american_rule(out);
        return true;
    }
    return (take(&in, ',') || take(&in, ';')) && take_change(&in, &out->start) && take(&in, ',') &&
           take_change(&in, &out->end) && in.rest.len == 0;
}

/* Unix time of the change in that year, by a clock `offset` ahead of UTC. */
static int64_t change_time(const struct sql_zone_change *change, int64_t year, int32_t offset)
{
    int64_t days;
    if (change->kind == SQL_CHANGE_WEEKDAY) {
        int64_t first = sql_days_of_date(year, change->month, 1);
        days = first + (change->day - sql_weekday(first) + 7) % 7 + 7 * (change->week - 1);
        if (days >= first + sql_days_in_month(year, change->month))
            days -= 7;
    } else {
        bool skips = change->kind == SQL_CHANGE_NO_LEAP;
        bool after_leap_day = skips && sql_is_leap_year(year) && change->day >= 60;
        days = sql_days_of_date(year, 1, 1) + change->day - skips + after_leap_day;
    }
    return (days + SQL_EPOCH_UNIX_DAYS) * SQL_SECS_PER_DAY + change->seconds - offset;
}

struct sql_zone_kind sql_zone_rule_at(const struct sql_zone_rule *rule, int64_t unix_time,
                                      int64_t *out_next)
{
    *out_next = INT64_MAX;
    if (!rule->changes)
        return rule->standard;
    int year, month, day;
    sql_date_of_days(sql_floor_div(unix_time, SQL_SECS_PER_DAY) - SQL_EPOCH_UNIX_DAYS, &year,
                     &month, &day);
    int64_t last = INT64_MIN;
    bool summer = false;
    for (int64_t y = year - 1; y <= year + 1; y++) {
        int64_t start = change_time(&rule->start, y, rule->standard.offset);
        int64_t end = change_time(&rule->end, y, rule->summer.offset);
        const int64_t times[] = {start, end};
        for (int i = 0; i < 2; i++) {
            if (times[i] <= unix_time && times[i] > last) {
                last = times[i];
                summer = i == 0;
            }
            if (times[i] > unix_time && times[i] < *out_next)
                *out_next = times[i];
        }
    }
    return summer ? rule->summer : rule->standard;
}
