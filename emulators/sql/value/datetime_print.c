/* Texts of dates, times and intervals in all styles. */
#include <stdio.h>

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/datetime.h"

static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static int style_of(const struct sql_format *format)
{
    return format ? (int)format->date_style : SQL_DATE_ISO;
}

static bool day_first(const struct sql_format *format)
{
    return format && format->date_order == SQL_ORDER_DMY;
}

/* Years are shown from 1, those before with BC. */
static int shown_year(const struct sql_tm *tm)
{
    return tm->year > 0 ? tm->year : 1 - tm->year;
}

/* Two digits at least; the hot path of ISO output. */
static uint8_t *put_two(uint8_t *at, int value)
{
    at[0] = (uint8_t)('0' + value / 10);
    at[1] = (uint8_t)('0' + value % 10);
    return at + 2;
}

static void print_iso_date(const struct sql_tm *tm, struct sql_bytes *out)
{
    int year = shown_year(tm);
    if (year > 9999) {
        sql_bytes_printf(out, "%d-%02d-%02d", year, tm->month, tm->day);
        return;
    }
    uint8_t *at = sql_bytes_reserve(out, 10);
    if (!at)
        return;
    at = put_two(at, year / 100);
    at = put_two(at, year % 100);
    *at++ = '-';
    at = put_two(at, tm->month);
    *at++ = '-';
    put_two(at, tm->day);
    out->len += 10;
}

static void print_era(const struct sql_tm *tm, struct sql_bytes *out)
{
    if (tm->year <= 0)
        sql_bytes_add_str(out, " BC");
}

void sql_date_print(const struct sql_format *format, const struct sql_tm *tm, struct sql_bytes *out)
{
    int first = day_first(format) ? tm->day : tm->month;
    int second = day_first(format) ? tm->month : tm->day;
    switch (style_of(format)) {
    case SQL_DATE_SQL:
        sql_bytes_printf(out, "%02d/%02d/%04d", first, second, shown_year(tm));
        break;
    case SQL_DATE_GERMAN:
        sql_bytes_printf(out, "%02d.%02d.%04d", tm->day, tm->month, shown_year(tm));
        break;
    case SQL_DATE_POSTGRES:
        sql_bytes_printf(out, "%02d-%02d-%04d", first, second, shown_year(tm));
        break;
    default: print_iso_date(tm, out);
    }
    print_era(tm, out);
}

/* ".ddd" without zeros at the end, or nothing. */
static void print_fraction(int64_t usec, struct sql_bytes *out)
{
    if (usec == 0)
        return;
    char digits[8];
    int len = snprintf(digits, sizeof(digits), ".%06d", (int)usec);
    while (digits[len - 1] == '0')
        len--;
    sql_bytes_add(out, digits, (size_t)len);
}

static void print_clock(const struct sql_tm *tm, struct sql_bytes *out)
{
    uint8_t *at = sql_bytes_reserve(out, 8);
    if (!at)
        return;
    at = put_two(at, tm->hour);
    *at++ = ':';
    at = put_two(at, tm->minute);
    *at++ = ':';
    put_two(at, tm->second);
    out->len += 8;
    print_fraction(tm->usec, out);
}

/* +hh, +hh:mm, +hh:mm:ss; a zone that somebody describes may be up to +168 away */
static void print_zone(int32_t west, struct sql_bytes *out)
{
    int32_t size = west < 0 ? -west : west;
    uint8_t text[10] = {west <= 0 ? '+' : '-'};
    uint8_t *at = text + 1;
    if (size >= 100 * 3600)
        *at++ = '1';
    at = put_two(at, size / 3600 % 100);
    if (size % 3600) {
        *at++ = ':';
        at = put_two(at, size / 60 % 60);
    }
    if (size % 60) {
        *at++ = ':';
        at = put_two(at, size % 60);
    }
    sql_bytes_add(out, text, (size_t)(at - text));
}

void sql_time_print(const struct sql_tm *tm, bool with_zone, struct sql_bytes *out)
{
    print_clock(tm, out);
    if (with_zone)
        print_zone(tm->zone, out);
}

/* Styles other than ISO name the zone. */
static void print_zone_name(const struct sql_tm *tm, bool spaced, struct sql_bytes *out)
{
    if (tm->zone_name.len) {
        sql_bytes_add_char(out, ' ');
        sql_bytes_add_slice(out, tm->zone_name);
        return;
    }
    if (spaced)
        sql_bytes_add_char(out, ' ');
    print_zone(tm->zone, out);
}

/* Sun Jan 31 12:00:00 2000 */
static void print_traditional(const struct sql_format *format, const struct sql_tm *tm,
                              bool with_zone, struct sql_bytes *out)
{
    int weekday = sql_weekday(sql_days_of_date(tm->year, tm->month, tm->day));
    const char *month = month_names[tm->month - 1];
    if (day_first(format))
        sql_bytes_printf(out, "%s %02d %s ", day_names[weekday], tm->day, month);
    else
        sql_bytes_printf(out, "%s %s %02d ", day_names[weekday], month, tm->day);
    print_clock(tm, out);
    sql_bytes_printf(out, " %04d", shown_year(tm));
    if (with_zone)
        print_zone_name(tm, true, out);
    print_era(tm, out);
}

void sql_timestamp_print(const struct sql_format *format, const struct sql_tm *tm, bool with_zone,
                         struct sql_bytes *out)
{
    int style = style_of(format);
    if (style == SQL_DATE_POSTGRES) {
        print_traditional(format, tm, with_zone, out);
        return;
    }
    struct sql_tm dated = *tm;
    dated.year = shown_year(tm); /* the era comes last */
    sql_date_print(format, &dated, out);
    sql_bytes_add_char(out, ' ');
    print_clock(tm, out);
    if (with_zone && style == SQL_DATE_ISO)
        print_zone(tm->zone, out);
    else if (with_zone)
        print_zone_name(tm, false, out);
    print_era(tm, out);
}

/* ---- intervals */

/* An interval's parts; all may be negative. */
struct parts {
    int64_t years, months, days, hours, minutes, seconds, usecs;
};

static struct parts parts_of(struct sql_interval interval)
{
    int64_t usecs = interval.usecs;
    return (struct parts){.years = interval.months / 12,
                          .months = interval.months % 12,
                          .days = interval.days,
                          .hours = usecs / SQL_USECS_PER_HOUR,
                          .minutes = usecs / SQL_USECS_PER_MINUTE % 60,
                          .seconds = usecs / SQL_USECS_PER_SEC % 60,
                          .usecs = usecs % SQL_USECS_PER_SEC};
}

static int64_t size_of(int64_t value)
{
    return value < 0 ? -value : value;
}

/* "1 year", "2 years"; after negative ones positive ones show their sign. */
static void print_counted(int64_t value, const char *unit, bool *first, bool *negative_before,
                          struct sql_bytes *out)
{
    if (value == 0)
        return;
    sql_bytes_printf(out, "%s%s%lld %s%s", *first ? "" : " ",
                     *negative_before && value > 0 ? "+" : "", (long long)value, unit,
                     value == 1 ? "" : "s");
    *negative_before = value < 0;
    *first = false;
}

static void print_postgres(const struct parts *p, struct sql_bytes *out)
{
    bool first = true, negative_before = false;
    print_counted(p->years, "year", &first, &negative_before, out);
    print_counted(p->months, "mon", &first, &negative_before, out);
    print_counted(p->days, "day", &first, &negative_before, out);
    if (!first && !p->hours && !p->minutes && !p->seconds && !p->usecs)
        return;
    bool negative = p->hours < 0 || p->minutes < 0 || p->seconds < 0 || p->usecs < 0;
    sql_bytes_printf(out, "%s%s%02lld:%02d:%02d", first ? "" : " ",
                     negative ? "-" : (negative_before ? "+" : ""), (long long)size_of(p->hours),
                     (int)size_of(p->minutes), (int)size_of(p->seconds));
    print_fraction(size_of(p->usecs), out);
}

/* The first part that is not zero decides whether the whole is shown as "ago". */
static void print_verbose_part(int64_t value, const char *unit, bool *zero, bool *before,
                               struct sql_bytes *out)
{
    if (value == 0)
        return;
    if (*zero) {
        *before = value < 0;
        value = size_of(value);
    } else if (*before) {
        value = -value;
    }
    sql_bytes_printf(out, " %lld %s%s", (long long)value, unit, value == 1 ? "" : "s");
    *zero = false;
}

static void print_verbose(const struct parts *p, struct sql_bytes *out)
{
    bool zero = true, before = false;
    sql_bytes_add_char(out, '@');
    print_verbose_part(p->years, "year", &zero, &before, out);
    print_verbose_part(p->months, "mon", &zero, &before, out);
    print_verbose_part(p->days, "day", &zero, &before, out);
    print_verbose_part(p->hours, "hour", &zero, &before, out);
    print_verbose_part(p->minutes, "min", &zero, &before, out);
    if (p->seconds || p->usecs) {
        bool negative = p->seconds < 0 || p->usecs < 0;
        sql_bytes_add_char(out, ' ');
        if (zero)
            before = negative;
        else if (negative != before)
            sql_bytes_add_char(out, '-');
        sql_bytes_printf(out, "%lld", (long long)size_of(p->seconds));
        print_fraction(size_of(p->usecs), out);
        sql_bytes_printf(out, " sec%s", size_of(p->seconds) != 1 || p->usecs ? "s" : "");
        zero = false;
    }
    if (zero)
        sql_bytes_add_str(out, " 0");
    if (before)
        sql_bytes_add_str(out, " ago");
}

/* The SQL standard has two kinds of intervals, of one sign each; others are shown as such parts
 * with a sign each. */
static void print_standard(const struct parts *p, struct sql_bytes *out)
{
    bool negative = p->years < 0 || p->months < 0 || p->days < 0 || p->hours < 0 ||
                    p->minutes < 0 || p->seconds < 0 || p->usecs < 0;
    bool positive = p->years > 0 || p->months > 0 || p->days > 0 || p->hours > 0 ||
                    p->minutes > 0 || p->seconds > 0 || p->usecs > 0;
    bool has_months = p->years || p->months;
    bool has_time = p->hours || p->minutes || p->seconds || p->usecs;
    if (!negative && !positive) {
        sql_bytes_add_char(out, '0');
        return;
    }
    if ((negative && positive) || (has_months && (p->days || has_time))) {
        bool time_negative = p->hours < 0 || p->minutes < 0 || p->seconds < 0 || p->usecs < 0;
        sql_bytes_printf(
            out, "%c%lld-%lld %c%lld %c%lld:%02d:%02d", p->years < 0 || p->months < 0 ? '-' : '+',
            (long long)size_of(p->years), (long long)size_of(p->months), p->days < 0 ? '-' : '+',
            (long long)size_of(p->days), time_negative ? '-' : '+', (long long)size_of(p->hours),
            (int)size_of(p->minutes), (int)size_of(p->seconds));
        print_fraction(size_of(p->usecs), out);
        return;
    }
    if (negative)
        sql_bytes_add_char(out, '-');
    if (has_months) {
        sql_bytes_printf(out, "%lld-%lld", (long long)size_of(p->years),
                         (long long)size_of(p->months));
        return;
    }
    if (p->days)
        sql_bytes_printf(out, "%lld ", (long long)size_of(p->days));
    sql_bytes_printf(out, "%lld:%02d:%02d", (long long)size_of(p->hours), (int)size_of(p->minutes),
                     (int)size_of(p->seconds));
    print_fraction(size_of(p->usecs), out);
}

static void print_iso_part(int64_t value, char unit, struct sql_bytes *out)
{
    if (value)
        sql_bytes_printf(out, "%lld%c", (long long)value, unit);
}

static void print_iso(const struct parts *p, struct sql_bytes *out)
{
    bool has_time = p->hours || p->minutes || p->seconds || p->usecs;
    if (!p->years && !p->months && !p->days && !has_time) {
        sql_bytes_add_str(out, "PT0S");
        return;
    }
    sql_bytes_add_char(out, 'P');
    print_iso_part(p->years, 'Y', out);
    print_iso_part(p->months, 'M', out);
    print_iso_part(p->days, 'D', out);
    if (!has_time)
        return;
    sql_bytes_add_char(out, 'T');
    print_iso_part(p->hours, 'H', out);
    print_iso_part(p->minutes, 'M', out);
    if (p->seconds || p->usecs) {
        if (p->seconds < 0 || p->usecs < 0)
            sql_bytes_add_char(out, '-');
        sql_bytes_printf(out, "%lld", (long long)size_of(p->seconds));
        print_fraction(size_of(p->usecs), out);
        sql_bytes_add_char(out, 'S');
    }
}

void sql_interval_print(const struct sql_format *format, struct sql_interval interval,
                        struct sql_bytes *out)
{
    static void (*const printers[])(const struct parts *, struct sql_bytes *) = {
        [SQL_INTERVAL_POSTGRES] = print_postgres,
        [SQL_INTERVAL_VERBOSE] = print_verbose,
        [SQL_INTERVAL_STANDARD] = print_standard,
        [SQL_INTERVAL_ISO] = print_iso,
    };
    const struct parts parts = parts_of(interval);
    printers[format ? (int)format->interval_style : SQL_INTERVAL_POSTGRES](&parts, out);
}
