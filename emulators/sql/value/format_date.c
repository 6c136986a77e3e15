/* to_char of dates, times and intervals. */
#include <stdio.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/format_pattern.h"

/* What is shown: of an interval its parts, all of which may be negative. */
struct shown {
    bool interval;
    int64_t year, month, day, hour, minute, second, usec;
    int64_t days; /* since 2000-01-01; of an interval of 30-day months */
    int64_t day_of_year;
    int32_t west;
    struct slice zone;
};

/* ---- letters: a name is shown as its keyword is written */

static void add_cased(struct sql_bytes *out, const char *name, const struct sql_pattern_node *node,
                      int pad)
{
    const uint8_t *key = node->text.ptr;
    bool upper = key[0] >= 'A' && key[0] <= 'Z' && key[1] >= 'A' && key[1] <= 'Z';
    bool lower = key[0] >= 'a';
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        uint8_t c = ascii_lower((uint8_t)name[i]);
        bool capital = c >= 'a' && c <= 'z' && (upper || (!lower && i == 0));
        sql_bytes_add_char(out, (char)(capital ? c - 32 : c));
    }
    for (; !node->fill && !node->localized && (int)len < pad; len++)
        sql_bytes_add_char(out, ' ');
}

static void add_abbreviated(struct sql_bytes *out, const char *name,
                            const struct sql_pattern_node *node)
{
    char three[4];
    snprintf(three, sizeof(three), "%.3s", name);
    add_cased(out, three, node, 0);
}

/* A number with its ordinal ending; negative ones are one wider. */
static void add_number(struct sql_bytes *out, int64_t value, int width,
                       const struct sql_pattern_node *node)
{
    size_t start = out->len;
    int padded = node->fill ? 0 : value < 0 ? width + 1 : width;
    sql_bytes_printf(out, "%0*lld", padded, (long long)value);
    if (node->ordinal && !out->failed)
        sql_bytes_add_str(out, sql_ordinal_ending(slice_of(out->ptr + start, out->len - start),
                                                  node->upper_ordinal));
}

/* ---- fields */

/* Years as people count them: there is no year 0. */
static int64_t named_year(const struct shown *s, int64_t year)
{
    return s->interval || year > 0 ? year : 1 - year;
}

static void add_year(struct sql_bytes *out, const struct shown *s, int64_t year,
                     const struct sql_pattern_node *node)
{
    static const int64_t parts[] = {0, 10, 100, 1000};
    int64_t value = named_year(s, year);
    add_number(out, node->digits < 4 ? value % parts[node->digits] : value, node->digits, node);
}

static void add_century(struct sql_bytes *out, const struct shown *s,
                        const struct sql_pattern_node *node)
{
    int64_t century = s->interval   ? s->year / 100
                      : s->year > 0 ? (s->year - 1) / 100 + 1
                                    : s->year / 100 - 1;
    add_number(out, century, century <= 99 && century >= -99 ? 2 : 0, node);
}

static void add_roman(struct sql_bytes *out, const struct shown *s,
                      const struct sql_pattern_node *node)
{
    if (s->month == 0 && s->year == 0)
        return;
    /* An interval of whole years is in its last month, a negative one counts from the year's end. */
    int64_t month = s->month > 0    ? s->month - 1
                    : s->month == 0 ? (s->year >= 0 ? 11 : 0)
                                    : 12 + s->month;
    const char *name = sql_roman_months[month];
    for (const char *c = name; *c; c++)
        sql_bytes_add_char(out, node->text.ptr[0] == 'R' ? *c : (char)(*c + 32));
    for (size_t len = strlen(name); !node->fill && len < 4; len++)
        sql_bytes_add_char(out, ' ');
}

static void add_offset(struct sql_bytes *out, const struct shown *s,
                       const struct sql_pattern_node *node)
{
    int32_t size = s->west < 0 ? -s->west : s->west;
    sql_bytes_printf(out, "%c%0*d", s->west <= 0 ? '+' : '-', node->fill ? 0 : 2, size / 3600);
    if (size / 60 % 60)
        sql_bytes_printf(out, ":%02d", size / 60 % 60);
}

static void add_zone(struct sql_bytes *out, const struct shown *s,
                     const struct sql_pattern_node *node)
{
    for (size_t i = 0; i < s->zone.len; i++)
        sql_bytes_add_char(
            out, (char)(node->text.ptr[0] == 'T' ? s->zone.ptr[i] : ascii_lower(s->zone.ptr[i])));
}

static void add_fraction(struct sql_bytes *out, const struct shown *s,
                         const struct sql_pattern_node *node)
{
    static const int units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t value = s->usec / units[node->digits];
    add_number(
        out, value, node->digits,
        &(struct sql_pattern_node){.ordinal = node->ordinal, .upper_ordinal = node->upper_ordinal});
}

/* AM, BC and the like, as written: with dots, in capitals. */
static void add_marker(struct sql_bytes *out, const struct sql_pattern_node *node,
                       const char *marker)
{
    bool dots = node->key == SQL_KEY_AD_DOTS || node->key == SQL_KEY_AM_DOTS;
    bool lower = node->text.ptr[0] >= 'a';
    for (const char *c = marker; *c; c++) {
        sql_bytes_add_char(out, (char)(lower ? *c + 32 : *c));
        if (dots)
            sql_bytes_add_char(out, '.');
    }
}

/* Fields of the clock; false: it is another field. */
static bool add_clock_field(struct sql_bytes *out, const struct shown *s,
                            const struct sql_pattern_node *node)
{
    int64_t hour12 = s->hour % 12 == 0 ? 12 : s->hour % 12;
    switch (node->key) {
    case SQL_KEY_AM_DOTS:
    case SQL_KEY_AM: add_marker(out, node, s->hour % 24 >= 12 ? "PM" : "AM"); return true;
    case SQL_KEY_HH12:
        add_number(out, hour12, s->hour >= 0 ? 2 : hour12 < 0 ? 2 : 3, node);
        return true;
    case SQL_KEY_HH24: add_number(out, s->hour, 2, node); return true;
    case SQL_KEY_MI: add_number(out, s->minute, 2, node); return true;
    case SQL_KEY_SS: add_number(out, s->second, 2, node); return true;
    case SQL_KEY_FF: add_fraction(out, s, node); return true;
    case SQL_KEY_MS:
        add_fraction(out, s,
                     &(struct sql_pattern_node){.digits = 3,
                                                .ordinal = node->ordinal,
                                                .upper_ordinal = node->upper_ordinal});
        return true;
    case SQL_KEY_US:
        add_fraction(out, s,
                     &(struct sql_pattern_node){.digits = 6,
                                                .ordinal = node->ordinal,
                                                .upper_ordinal = node->upper_ordinal});
        return true;
    case SQL_KEY_SSSS:
        add_number(out, s->hour * 3600 + s->minute * 60 + s->second, 0, node);
        return true;
    default: return false;
    }
}

/* Fields that count in numbers and make sense of intervals, too. */
static bool add_counted_field(struct sql_bytes *out, const struct shown *s,
                              const struct sql_pattern_node *node)
{
    int iso_year, week = sql_iso_week(s->days, &iso_year);
    switch (node->key) {
    case SQL_KEY_IDDD:
        add_number(out, s->days - sql_days_of_iso_week(iso_year, 1) + 1, 3, node);
        return true;
    case SQL_KEY_IW: add_number(out, week, 2, node); return true;
    case SQL_KEY_IYYY: add_year(out, s, iso_year, node); return true;
    case SQL_KEY_CC: add_century(out, s, node); return true;
    case SQL_KEY_DDD:
        add_number(out, s->day_of_year, s->day_of_year < 0 ? 2 : 3, node);
        return true;
    case SQL_KEY_DD: add_number(out, s->day, 2, node); return true;
    case SQL_KEY_MM: add_number(out, s->month, 2, node); return true;
    case SQL_KEY_RM: add_roman(out, s, node); return true;
    case SQL_KEY_Q:
        if (s->month)
            add_number(out, (s->month - 1) / 3 + 1, 0, node);
        return true;
    case SQL_KEY_WW: {
        int64_t number = (s->day_of_year - 1) / 7 + 1;
        add_number(out, number, number < 0 ? 1 : 2, node);
        return true;
    }
    case SQL_KEY_W: add_number(out, (s->day - 1) / 7 + 1, 0, node); return true;
    case SQL_KEY_J: add_number(out, s->days + SQL_EPOCH_JULIAN, 0, node); return true;
    case SQL_KEY_YCYYY: {
        int64_t year = named_year(s, s->year);
        size_t start = out->len;
        sql_bytes_printf(out, "%lld,%03lld", (long long)(year / 1000), (long long)(year % 1000));
        if (node->ordinal && !out->failed)
            sql_bytes_add_str(out, sql_ordinal_ending(slice_of(out->ptr + start, out->len - start),
                                                      node->upper_ordinal));
        return true;
    }
    case SQL_KEY_YYYY: add_year(out, s, s->year, node); return true;
    default: return false;
    }
}

/* Fields of a day of the calendar. */
static void add_calendar_field(struct sql_bytes *out, const struct shown *s,
                               const struct sql_pattern_node *node)
{
    int weekday = sql_weekday(s->days);
    switch (node->key) {
    case SQL_KEY_AD_DOTS:
    case SQL_KEY_AD: add_marker(out, node, s->year <= 0 ? "BC" : "AD"); break;
    case SQL_KEY_DAY: add_cased(out, sql_day_names[weekday], node, 9); break;
    case SQL_KEY_DY: add_abbreviated(out, sql_day_names[weekday], node); break;
    case SQL_KEY_MONTH: add_cased(out, sql_month_names[s->month - 1], node, 9); break;
    case SQL_KEY_MON: add_abbreviated(out, sql_month_names[s->month - 1], node); break;
    case SQL_KEY_D: add_number(out, weekday + 1, 0, node); break;
    case SQL_KEY_ID: add_number(out, weekday ? weekday : 7, 0, node); break;
    case SQL_KEY_OF: add_offset(out, s, node); break;
    case SQL_KEY_TZH:
        sql_bytes_printf(out, "%c%02d", s->west <= 0 ? '+' : '-',
                         (s->west < 0 ? -s->west : s->west) / 3600);
        break;
    case SQL_KEY_TZM:
        sql_bytes_printf(out, "%02d", (s->west < 0 ? -s->west : s->west) / 60 % 60);
        break;
    case SQL_KEY_TZ: add_zone(out, s, node); break;
    default: break;
    }
}

/* Months' and days' names, eras and zones belong to calendars. */
static bool fail_interval(struct sql_call *call)
{
    sql_fail(call->env->error, "22007", "invalid format specification for an interval value");
    return sql_hint(call->env->error, "Intervals are not tied to specific calendar dates.");
}

static bool format(struct sql_call *call, const struct shown *s, struct slice pattern,
                   struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    const struct sql_pattern_node *node = sql_pattern_parse(call->arena, pattern);
    if (!node)
        return sql_fail_memory(call->env->error);
    for (; node->type != SQL_NODE_END; node++) {
        if (node->type != SQL_NODE_FIELD)
            sql_bytes_add_slice(&text, node->text);
        else if (add_clock_field(&text, s, node) || add_counted_field(&text, s, node) ||
                 node->key == SQL_KEY_FX)
            continue;
        else if (s->interval)
            return fail_interval(call);
        else
            add_calendar_field(&text, s, node);
    }
    return sql_give_bytes(call, out, &text);
}

/* ---- functions */

static struct shown shown_of_tm(const struct sql_tm *tm)
{
    struct shown s = {.year = tm->year,
                      .month = tm->month,
                      .day = tm->day,
                      .hour = tm->hour,
                      .minute = tm->minute,
                      .second = tm->second,
                      .usec = tm->usec,
                      .west = tm->zone,
                      .zone = tm->zone_name};
    s.days = sql_days_of_date(tm->year, tm->month, tm->day);
    s.day_of_year = s.days - sql_days_of_date(tm->year, 1, 1) + 1;
    return s;
}

static bool timestamp_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm tm;
    if (args[1].len == 0 || !sql_time_is_finite(args[0].i))
        return sql_give_null(out);
    sql_tm_of_timestamp(args[0].i, &tm);
    struct shown s = shown_of_tm(&tm);
    return format(call, &s, datum_slice(args[1]), out);
}

static bool timestamptz_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_tm tm;
    if (args[1].len == 0 || !sql_time_is_finite(args[0].i))
        return sql_give_null(out);
    sql_tm_of_timestamptz(args[0].i, sql_call_zone(call), &tm);
    struct shown s = shown_of_tm(&tm);
    return format(call, &s, datum_slice(args[1]), out);
}

static bool interval_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_interval span = sql_interval_open(args[0]);
    if (args[1].len == 0)
        return sql_give_null(out);
    struct shown s = {.interval = true,
                      .year = span.months / 12,
                      .month = span.months % 12,
                      .day = span.days,
                      .hour = span.usecs / SQL_USECS_PER_HOUR,
                      .minute = span.usecs / SQL_USECS_PER_MINUTE % 60,
                      .second = span.usecs / SQL_USECS_PER_SEC % 60,
                      .usec = span.usecs % SQL_USECS_PER_SEC};
    s.day_of_year = span.months * INT64_C(30) + span.days;
    s.days = sql_days_of_date(s.year, s.month, s.day);
    return format(call, &s, datum_slice(args[1]), out);
}

const struct sql_builtin sql_format_builtins[] = {
    {"timestamp_to_char",   timestamp_to_char  },
    {"timestamptz_to_char", timestamptz_to_char},
    {"interval_to_char",    interval_to_char   },
    {"to_timestamp",        sql_to_timestamp   },
    {"to_date",             sql_to_date        },
    {NULL,                  NULL               },
};
