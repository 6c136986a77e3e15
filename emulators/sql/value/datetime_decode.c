/* Texts of dates and times, read field by field.
 *
 * What a number means depends on what was there before it and on the session's order of day, month
 * and year. A field of the mask that comes twice makes the text wrong. */
#include <errno.h>
#include <stdlib.h>

#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/zone.h"

#define ZONE_HOUR_MAX 15

/* What was read so far. */
enum {
    HAS_YEAR = 1,
    HAS_MONTH = 2,
    HAS_DAY = 4,
    HAS_DATE = HAS_YEAR | HAS_MONTH | HAS_DAY,
    HAS_HOUR = 8,
    HAS_MINUTE = 16,
    HAS_WHOLE_SECOND = 32,
    HAS_PART_SECOND = 64,
    HAS_SECOND = HAS_WHOLE_SECOND | HAS_PART_SECOND,
    HAS_TIME = HAS_HOUR | HAS_MINUTE | HAS_SECOND,
    HAS_DAY_OF_YEAR = 128,
    HAS_ZONE = 256,
    HAS_DST = 512,
    HAS_DST_MODIFIER = 1024,
    HAS_MERIDIEM = 2048,
    HAS_ERA = 4096,
    HAS_WEEKDAY = 8192,
};

struct decoder {
    struct sql_call *call;
    const struct sql_fields *fields;
    bool time_only;
    int at;     /* the field being read */
    int mask;   /* of the fields before */
    int found;  /* of this one */
    int prefix; /* unit that the field before named */
    bool text_month, julian, two_digits, bc;
    int meridiem;
    int day_of_year;
    const struct sql_zone *zone; /* named; its offset needs the date */
    struct slice abbreviation;   /* by which the zone was named */
    struct sql_tm tm;
    int word;
};

static int date_order(const struct decoder *d)
{
    const struct sql_format *format = d->call->env->format;
    return format ? (int)format->date_order : SQL_ORDER_MDY;
}

static enum sql_date_fault set_julian(struct decoder *d, int64_t day)
{
    if (day < 0)
        return SQL_DATE_OVERFLOW;
    sql_date_of_days(day - SQL_EPOCH_JULIAN, &d->tm.year, &d->tm.month, &d->tm.day);
    d->julian = true;
    d->found = HAS_DATE;
    return SQL_DATE_OK;
}

static void set_clock(struct decoder *d, int hour, int minute, int second, int64_t usec)
{
    d->tm.hour = hour;
    d->tm.minute = minute;
    d->tm.second = second;
    d->tm.usec = usec;
    d->found = HAS_TIME;
}

/* +hh, +hhmm, +hh:mm, +hh:mm:ss */
static enum sql_date_fault read_zone(struct decoder *d, const char *text)
{
    const char *at = text + 1;
    int64_t hours, minutes = 0, seconds = 0;
    if (*text != '+' && *text != '-')
        return SQL_DATE_BAD_FORMAT;
    if (!sql_read_int(&at, INT32_MIN, INT32_MAX, &hours))
        return SQL_DATE_ZONE_OVERFLOW;
    if (*at == ':') {
        at++;
        if (!sql_read_int(&at, INT32_MIN, INT32_MAX, &minutes))
            return SQL_DATE_ZONE_OVERFLOW;
        if (*at == ':') {
            at++;
            if (!sql_read_int(&at, INT32_MIN, INT32_MAX, &seconds))
                return SQL_DATE_ZONE_OVERFLOW;
        }
    } else if (*at == '\0' && strlen(text) > 3) {
        minutes = hours % 100;
        hours /= 100;
    }
    if (hours < 0 || hours > ZONE_HOUR_MAX || minutes < 0 || minutes > 59 || seconds < 0 ||
        seconds > 59)
        return SQL_DATE_ZONE_OVERFLOW;
    int32_t offset = (int32_t)((hours * 60 + minutes) * 60 + seconds);
    d->tm.zone = *text == '-' ? offset : -offset;
    d->found = HAS_ZONE;
    return *at == '\0' ? SQL_DATE_OK : SQL_DATE_BAD_FORMAT;
}

static enum sql_date_fault read_zone_name(struct decoder *d, const char *name, bool report)
{
    d->zone = sql_zone_find(d->call->env->arena, slice_str(name));
    d->found = HAS_ZONE;
    if (d->zone)
        return SQL_DATE_OK;
    if (!report)
        return SQL_DATE_BAD_FORMAT;
    sql_fail(d->call->env->error, "22023", "time zone \"%s\" not recognized", name);
    return SQL_DATE_REPORTED;
}

/* `len` digits as a number; there are only digits and few of them. */
static int digits_value(const char *text, size_t len)
{
    uint32_t value = 0; /* a year of too many digits is wrong in any case */
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint32_t)(text[i] - '0');
    return (int)value;
}

/* Digits run together: yymmdd or yyyymmdd while the date is wanted, hhmmss or hhmm after it, with a
 * fraction of the second. */
static enum sql_date_fault read_run(struct decoder *d, const char *text, size_t len, int mask)
{
    const char *point = memchr(text, '.', len);
    int64_t usec = 0;
    if (point) {
        double fraction = point[1] ? strtod(point, NULL) : 0;
        usec = (int64_t)(fraction * (double)SQL_USECS_PER_SEC + 0.5);
        len = (size_t)(point - text);
    } else if ((mask & HAS_DATE) != HAS_DATE && len >= 6) {
        d->tm.day = digits_value(text + len - 2, 2);
        d->tm.month = digits_value(text + len - 4, 2);
        d->tm.year = digits_value(text, len - 4);
        if (len == 6)
            d->two_digits = true;
        d->found = HAS_DATE;
        return SQL_DATE_OK;
    }
    if ((mask & HAS_TIME) == HAS_TIME || (len != 6 && len != 4))
        return SQL_DATE_BAD_FORMAT;
    set_clock(d, digits_value(text, 2), digits_value(text + 2, 2),
              len == 6 ? digits_value(text + 4, 2) : 0, usec);
    return SQL_DATE_OK;
}

/* The part of the date that the number is, by what is there already. */
static enum sql_date_fault place_number(struct decoder *d, int value, size_t len, int mask)
{
    int part = 0;
    switch (mask & HAS_DATE) {
    case 0:
        part = len >= 3 || date_order(d) == SQL_ORDER_YMD ? HAS_YEAR
               : date_order(d) == SQL_ORDER_DMY           ? HAS_DAY
                                                          : HAS_MONTH;
        break;
    case HAS_YEAR: part = HAS_MONTH; break;
    case HAS_MONTH:
        part = d->text_month && (len >= 3 || date_order(d) == SQL_ORDER_YMD) ? HAS_YEAR : HAS_DAY;
        break;
    case HAS_YEAR | HAS_MONTH:
        part = HAS_DAY;
        if (d->text_month && len >= 3 && d->two_digits) { /* the year so far was the day */
            d->tm.day = d->tm.year;
            d->tm.year = value;
            d->two_digits = false;
            d->found = HAS_DAY;
            return SQL_DATE_OK;
        }
        break;
    case HAS_DAY: part = HAS_MONTH; break;
    case HAS_MONTH | HAS_DAY: part = HAS_YEAR; break;
    default: return SQL_DATE_BAD_FORMAT;
    }
    *(part == HAS_YEAR ? &d->tm.year : part == HAS_MONTH ? &d->tm.month : &d->tm.day) = value;
    if (part == HAS_YEAR)
        d->two_digits = len <= 2;
    d->found = part;
    return SQL_DATE_OK;
}

static enum sql_date_fault read_number(struct decoder *d, const char *text, int mask)
{
    const char *end = text;
    size_t len = strlen(text);
    int64_t value;
    d->found = 0;
    if (!sql_read_int(&end, INT32_MIN, INT32_MAX, &value))
        return SQL_DATE_OVERFLOW;
    if (end == text)
        return SQL_DATE_BAD_FORMAT;
    if (*end == '.') {
        if (end - text > 2)
            return read_run(d, text, len, mask | HAS_DATE);
        if (!sql_read_fraction_usecs(end, &d->tm.usec))
            return SQL_DATE_BAD_FORMAT;
    } else if (*end != '\0') {
        return SQL_DATE_BAD_FORMAT;
    }
    if (len == 3 && (mask & HAS_DATE) == HAS_YEAR && value >= 1 && value <= 366) {
        d->found = HAS_DAY_OF_YEAR | HAS_MONTH | HAS_DAY;
        d->day_of_year = (int)value;
        return SQL_DATE_OK;
    }
    if ((mask & HAS_DATE) == HAS_DATE)
        return read_run(d, text, len, mask);
    return place_number(d, (int)value, len, mask);
}

/* ---- dates with separators: 2000-01-31, 1/31/2000, 31.Jan.2000 */

#define PART_ROOM 64

/* Takes the next part, of digits or of letters; false: there is none. */
static bool next_part(const char **at, char part[PART_ROOM])
{
    size_t len = 0;
    const char *from = *at;
    while (*from && !sql_is_letter((uint8_t)*from) && !sql_is_digit((uint8_t)*from))
        from++;
    bool digits = sql_is_digit((uint8_t)*from);
    for (; digits ? sql_is_digit((uint8_t)*from) : sql_is_letter((uint8_t)*from); from++)
        if (len + 1 < PART_ROOM)
            part[len++] = *from;
    part[len] = '\0';
    if (*from)
        from++;
    *at = from;
    return len > 0;
}

static enum sql_date_fault read_month_words(struct decoder *d, const char *text, int *mask,
                                            int *found)
{
    char part[PART_ROOM];
    while (*text) {
        if (!next_part(&text, part))
            return SQL_DATE_BAD_FORMAT;
        if (!sql_is_letter((uint8_t)part[0]))
            continue;
        struct sql_token token = sql_token_of_date(part);
        if (token.kind == SQL_TOKEN_IGNORE)
            continue;
        if (token.kind != SQL_TOKEN_MONTH || *mask & HAS_MONTH)
            return SQL_DATE_BAD_FORMAT;
        d->tm.month = token.value;
        d->text_month = true;
        *mask |= HAS_MONTH;
        *found |= HAS_MONTH;
    }
    return SQL_DATE_OK;
}

/* The month's name counts first, wherever it stands; of this field only. */
static enum sql_date_fault read_date(struct decoder *d, const char *text)
{
    char part[PART_ROOM];
    int mask = d->mask, found = 0;
    bool outer_text_month = d->text_month;
    d->text_month = false;
    enum sql_date_fault fault = read_month_words(d, text, &mask, &found);
    while (!fault && *text) {
        if (!next_part(&text, part)) {
            fault = SQL_DATE_BAD_FORMAT;
            break;
        }
        if (sql_is_letter((uint8_t)part[0]))
            continue;
        fault = read_number(d, part, mask);
        if (!fault && d->found & mask)
            fault = SQL_DATE_BAD_FORMAT;
        mask |= d->found;
        found |= d->found;
    }
    d->text_month = outer_text_month;
    d->found = found;
    if (!fault && (mask & ~(HAS_DAY_OF_YEAR | HAS_ZONE)) != HAS_DATE)
        fault = SQL_DATE_BAD_FORMAT;
    return fault;
}

/* ---- fields */

static bool clock_overflows(const struct sql_tm *tm)
{
    return tm->hour < 0 || tm->hour > 24 || tm->minute < 0 || tm->minute > 59 || tm->second < 0 ||
           tm->second > 60 || tm->usec < 0 || tm->usec > SQL_USECS_PER_SEC ||
           sql_time_of_tm(tm) > SQL_USECS_PER_DAY;
}

static enum sql_date_fault read_time(struct decoder *d, const char *text)
{
    int64_t hour;
    enum sql_date_fault fault = sql_read_clock(text, SQL_INTERVAL_FULL_RANGE, &hour, &d->tm.minute,
                                               &d->tm.second, &d->tm.usec);
    if (fault)
        return fault;
    if (hour > INT32_MAX)
        return SQL_DATE_OVERFLOW;
    d->tm.hour = (int)hour;
    d->found = HAS_TIME;
    return !d->time_only && clock_overflows(&d->tm) ? SQL_DATE_OVERFLOW : SQL_DATE_OK;
}

/* hhmmss-zz */
static enum sql_date_fault read_run_with_zone(struct decoder *d, const char *text)
{
    const char *sign = strchr(text, '-');
    if ((d->mask & HAS_TIME) == HAS_TIME || !sign)
        return SQL_DATE_BAD_FORMAT;
    enum sql_date_fault fault = read_zone(d, sign);
    if (!fault)
        fault =
            read_run(d, text, (size_t)(sign - text), d->time_only ? d->mask | HAS_DATE : d->mask);
    d->found |= HAS_ZONE;
    return fault;
}

/* J2451187-08 */
static enum sql_date_fault read_julian_with_zone(struct decoder *d, const char *text)
{
    int64_t day;
    if (!sql_read_int(&text, INT32_MIN, INT32_MAX, &day))
        return SQL_DATE_OVERFLOW;
    enum sql_date_fault fault = set_julian(d, day);
    if (!fault)
        fault = read_zone(d, text);
    d->found = HAS_DATE | HAS_TIME | HAS_ZONE;
    d->prefix = 0;
    return fault;
}

/* Something with separators: a date, or after one a zone's name or a time with a zone. */
static enum sql_date_fault read_date_field(struct decoder *d)
{
    const struct sql_fields *fields = d->fields;
    const char *text = fields->text[d->at];
    if (d->time_only) {
        int last = fields->count - 1;
        if (d->at == 0 && last > 0 &&
            (fields->type[last] == SQL_FIELD_DATE || fields->type[1] == SQL_FIELD_TIME))
            return read_date(d, text);
        return sql_is_digit((uint8_t)*text) ? read_run_with_zone(d, text)
                                            : read_zone_name(d, text, true);
    }
    if (d->prefix == SQL_UNIT_JULIAN)
        return read_julian_with_zone(d, text);
    if (d->prefix == 0 && (d->mask & (HAS_MONTH | HAS_DAY)) != (HAS_MONTH | HAS_DAY))
        return read_date(d, text);
    if (d->prefix != 0 && d->prefix != SQL_UNIT_TIME)
        return SQL_DATE_BAD_FORMAT;
    bool is_time = d->prefix != 0 || sql_is_digit((uint8_t)*text);
    d->prefix = 0;
    return is_time ? read_run_with_zone(d, text) : read_zone_name(d, text, true);
}

/* A fraction of a Julian day is the time. */
static enum sql_date_fault read_julian_fraction(struct decoder *d, const char *fraction)
{
    double part;
    if (!sql_read_fraction(fraction, &part))
        return SQL_DATE_BAD_FORMAT;
    sql_tm_of_time((int64_t)(part * (double)SQL_USECS_PER_DAY), &d->tm);
    d->found |= HAS_TIME;
    return SQL_DATE_OK;
}

/* A number whose meaning the word before it said: Y2001M02D04, J2451187, T040506. */
static enum sql_date_fault read_labelled(struct decoder *d, const char *text)
{
    const char *end = text;
    int64_t value;
    int unit = d->prefix;
    d->prefix = 0;
    if (!sql_read_int(&end, INT32_MIN, INT32_MAX, &value))
        return SQL_DATE_OVERFLOW;
    bool fraction = *end == '.';
    if (fraction ? unit != SQL_UNIT_JULIAN && unit != SQL_UNIT_TIME && unit != SQL_UNIT_SECOND
                 : *end != '\0')
        return SQL_DATE_BAD_FORMAT;
    switch (unit) {
    case SQL_UNIT_YEAR:
        d->tm.year = (int)value;
        d->found = HAS_YEAR;
        return SQL_DATE_OK;
    case SQL_UNIT_MONTH: /* after month and hour it means minutes */
        d->found = d->mask & HAS_MONTH && d->mask & HAS_HOUR ? HAS_MINUTE : HAS_MONTH;
        *(d->found == HAS_MINUTE ? &d->tm.minute : &d->tm.month) = (int)value;
        return SQL_DATE_OK;
    case SQL_UNIT_DAY:
        d->tm.day = (int)value;
        d->found = HAS_DAY;
        return SQL_DATE_OK;
    case SQL_UNIT_HOUR:
        d->tm.hour = (int)value;
        d->found = HAS_HOUR;
        return SQL_DATE_OK;
    case SQL_UNIT_MINUTE:
        d->tm.minute = (int)value;
        d->found = HAS_MINUTE;
        return SQL_DATE_OK;
    case SQL_UNIT_SECOND:
        d->tm.second = (int)value;
        d->found = fraction ? HAS_SECOND : HAS_WHOLE_SECOND;
        return fraction && !sql_read_fraction_usecs(end, &d->tm.usec) ? SQL_DATE_BAD_FORMAT
                                                                      : SQL_DATE_OK;
    case SQL_UNIT_JULIAN: {
        enum sql_date_fault fault = set_julian(d, value);
        return fault || !fraction ? fault : read_julian_fraction(d, end);
    }
    case SQL_UNIT_TIME: {
        enum sql_date_fault fault = read_run(d, text, strlen(text), d->mask | HAS_DATE);
        return fault || d->found == HAS_TIME ? fault : SQL_DATE_BAD_FORMAT;
    }
    default: return SQL_DATE_BAD_FORMAT;
    }
}

static enum sql_date_fault read_number_field(struct decoder *d)
{
    const char *text = d->fields->text[d->at];
    size_t len = strlen(text);
    const char *point = strchr(text, '.');
    if (d->prefix)
        return read_labelled(d, text);
    if (d->time_only) {
        int last = d->fields->count - 1;
        if (point && d->at == 0 && last > 0 && d->fields->type[last] == SQL_FIELD_DATE)
            return read_date(d, text);
        if (point ? point - text > 2 : len > 4)
            return read_run(d, text, len, d->mask | HAS_DATE);
        return point ? SQL_DATE_BAD_FORMAT : read_number(d, text, d->mask | HAS_DATE);
    }
    if (point && !(d->mask & HAS_DATE))
        return read_date(d, text);
    bool incomplete = !(d->mask & HAS_DATE) || !(d->mask & HAS_TIME);
    if (point ? point - text > 2 : len >= 6 && incomplete)
        return read_run(d, text, len, d->mask);
    return read_number(d, text, d->mask);
}

/* ---- words */

static void set_now(struct decoder *d)
{
    int32_t zone = d->tm.zone;
    sql_tm_of_timestamptz(d->call->env->transaction_time, sql_call_zone(d->call), &d->tm);
    d->found = HAS_TIME | (d->time_only ? 0 : HAS_DATE | HAS_ZONE);
    if (d->time_only)
        d->tm.zone = zone;
}

static void set_day(struct decoder *d, int offset)
{
    struct sql_tm now;
    sql_tm_of_timestamptz(d->call->env->transaction_time, sql_call_zone(d->call), &now);
    sql_date_of_days(sql_days_of_date(now.year, now.month, now.day) + offset, &d->tm.year,
                     &d->tm.month, &d->tm.day);
    d->found = HAS_DATE;
}

static enum sql_date_fault read_reserved(struct decoder *d, int word)
{
    if (d->time_only && word != SQL_WORD_NOW && word != SQL_WORD_ZULU)
        return SQL_DATE_BAD_FORMAT;
    switch (word) {
    case SQL_WORD_NOW: set_now(d); break;
    case SQL_WORD_YESTERDAY:
    case SQL_WORD_TODAY:
    case SQL_WORD_TOMORROW: set_day(d, word - SQL_WORD_TODAY); break;
    case SQL_WORD_ZULU:
        set_clock(d, 0, 0, 0, d->tm.usec);
        d->found |= HAS_ZONE;
        d->tm.zone = 0;
        break;
    default: d->word = word;
    }
    return SQL_DATE_OK;
}

/* A month's name after a number: the number may have been the day. */
static void set_month(struct decoder *d, int month)
{
    d->found = HAS_MONTH;
    if (d->mask & HAS_MONTH && !d->text_month && !(d->mask & HAS_DAY) && d->tm.month >= 1 &&
        d->tm.month <= 31) {
        d->tm.day = d->tm.month;
        d->found = HAS_DAY;
    }
    d->text_month = true;
    d->tm.month = month;
}

/* ISO 8601's T: a time must follow, and outside of times of day a date come before. */
static enum sql_date_fault read_time_mark(struct decoder *d)
{
    int next = d->at + 1;
    if (!d->time_only && (d->mask & HAS_DATE) != HAS_DATE)
        return SQL_DATE_BAD_FORMAT;
    if (next >= d->fields->count ||
        (d->fields->type[next] != SQL_FIELD_NUMBER && d->fields->type[next] != SQL_FIELD_TIME &&
         d->fields->type[next] != SQL_FIELD_DATE))
        return SQL_DATE_BAD_FORMAT;
    d->prefix = SQL_UNIT_TIME;
    return SQL_DATE_OK;
}

static enum sql_date_fault read_word(struct decoder *d)
{
    const char *text = d->fields->text[d->at];
    const struct sql_zone_abbreviation *zone = sql_zone_abbreviation(slice_str(text));
    if (zone && zone->zone) {
        d->abbreviation = slice_str(text);
        return read_zone_name(d, zone->zone, false);
    }
    if (zone) {
        d->tm.zone = -zone->offset;
        d->found = HAS_ZONE | (zone->dst ? HAS_DST : 0);
        return SQL_DATE_OK;
    }
    struct sql_token token = sql_token_of_date(text);
    switch (token.kind) {
    case SQL_TOKEN_IGNORE: return SQL_DATE_OK;
    case SQL_TOKEN_RESERVED: return read_reserved(d, token.value);
    case SQL_TOKEN_MONTH:
        if (d->time_only)
            return SQL_DATE_BAD_FORMAT;
        set_month(d, token.value);
        return SQL_DATE_OK;
    case SQL_TOKEN_DST:
        d->found = HAS_DST_MODIFIER | HAS_DST;
        d->tm.zone -= token.value;
        return SQL_DATE_OK;
    case SQL_TOKEN_MERIDIEM:
        d->found = HAS_MERIDIEM;
        d->meridiem = token.value;
        return SQL_DATE_OK;
    case SQL_TOKEN_ERA:
        d->found = HAS_ERA;
        d->bc = token.value == SQL_ERA_BC;
        return SQL_DATE_OK;
    case SQL_TOKEN_WEEKDAY:
        d->found = HAS_WEEKDAY;
        return d->time_only ? SQL_DATE_BAD_FORMAT : SQL_DATE_OK;
    case SQL_TOKEN_UNIT: d->prefix = token.value; return SQL_DATE_OK;
    case SQL_TOKEN_TIME_MARK: return read_time_mark(d);
    case SQL_TOKEN_UNKNOWN: return read_zone_name(d, text, false);
    default: return SQL_DATE_BAD_FORMAT;
    }
}

static enum sql_date_fault read_field(struct decoder *d)
{
    const char *text = d->fields->text[d->at];
    switch (d->fields->type[d->at]) {
    case SQL_FIELD_DATE: return read_date_field(d);
    case SQL_FIELD_TIME:
        if (d->prefix && d->prefix != SQL_UNIT_TIME)
            return SQL_DATE_BAD_FORMAT;
        d->prefix = 0;
        return read_time(d, text);
    case SQL_FIELD_ZONE: return read_zone(d, text);
    case SQL_FIELD_NUMBER: return read_number_field(d);
    default: return read_word(d);
    }
}

/* ---- all fields together */

static enum sql_date_fault check_date(struct decoder *d)
{
    struct sql_tm *tm = &d->tm;
    if (d->mask & HAS_YEAR && !d->julian) {
        if (d->two_digits && !d->bc) {
            if (tm->year < 0)
                return SQL_DATE_OVERFLOW;
            tm->year += tm->year < 70 ? 2000 : tm->year < 100 ? 1900 : 0;
        } else if (tm->year <= 0) {
            return SQL_DATE_OVERFLOW;
        }
        if (d->bc)
            tm->year = 1 - tm->year;
    }
    if (d->mask & HAS_DAY_OF_YEAR)
        sql_date_of_days(sql_days_of_date(tm->year, 1, 1) + d->day_of_year - 1, &tm->year,
                         &tm->month, &tm->day);
    if ((d->mask & HAS_MONTH && (tm->month < 1 || tm->month > 12)) ||
        (d->mask & HAS_DAY && (tm->day < 1 || tm->day > 31)))
        return SQL_DATE_ORDER_OVERFLOW;
    if ((d->mask & HAS_DATE) == HAS_DATE && tm->day > sql_days_in_month(tm->year, tm->month))
        return SQL_DATE_OVERFLOW;
    return SQL_DATE_OK;
}

static enum sql_date_fault apply_meridiem(struct decoder *d)
{
    if (d->meridiem == SQL_MERIDIEM_NONE)
        return SQL_DATE_OK;
    if (d->tm.hour > 12)
        return SQL_DATE_OVERFLOW;
    if (d->meridiem == SQL_MERIDIEM_AM && d->tm.hour == 12)
        d->tm.hour = 0;
    else if (d->meridiem == SQL_MERIDIEM_PM && d->tm.hour != 12)
        d->tm.hour += 12;
    return SQL_DATE_OK;
}

static enum sql_date_fault read_fields(struct decoder *d)
{
    for (d->at = 0; d->at < d->fields->count; d->at++) {
        d->found = 0;
        enum sql_date_fault fault = read_field(d);
        if (fault)
            return fault;
        if (d->found & d->mask)
            return SQL_DATE_BAD_FORMAT;
        d->mask |= d->found;
    }
    enum sql_date_fault fault = check_date(d);
    return fault ? fault : apply_meridiem(d);
}

/* The offset of the named zone; an abbreviation has the meaning that it had last at that time. */
static int32_t named_zone(const struct decoder *d, const struct sql_tm *tm)
{
    struct sql_zone_kind kind;
    struct sql_tm utc = *tm;
    int64_t time;
    utc.second += utc.zone = sql_zone_of_local_tm(d->zone, tm);
    if (d->abbreviation.len && sql_timestamp_of_tm(&utc, &time) &&
        sql_zone_find_abbreviation(d->zone, d->abbreviation, time, &kind))
        return -kind.offset;
    return utc.zone;
}

enum sql_date_fault sql_datetime_decode(struct sql_call *call, struct sql_fields *fields,
                                        struct sql_decoded *out)
{
    struct decoder d = {.call = call, .fields = fields};
    enum sql_date_fault fault = read_fields(&d);
    if (fault)
        return fault;
    if (d.word == SQL_WORD_NONE) {
        bool modified = (d.mask & HAS_DST_MODIFIER) != 0;
        if ((d.mask & HAS_DATE) != HAS_DATE || (modified && (d.zone || !(d.mask & HAS_ZONE))))
            return SQL_DATE_BAD_FORMAT;
        if (d.zone)
            d.tm.zone = named_zone(&d, &d.tm);
        else if (!(d.mask & HAS_ZONE))
            d.tm.zone = sql_zone_of_local_tm(sql_call_zone(call), &d.tm);
    }
    *out = (struct sql_decoded){d.tm, d.word};
    return SQL_DATE_OK;
}

/* The zone of a time of day: its date, or today, decides where summer time does. */
static enum sql_date_fault choose_zone(struct decoder *d)
{
    struct sql_tm tm = d->tm;
    bool dated = (d->mask & HAS_DATE) == HAS_DATE;
    const struct sql_zone *zone = d->zone ? d->zone : sql_call_zone(d->call);
    if (!d->zone && d->mask & HAS_ZONE)
        return SQL_DATE_OK;
    if (d->mask & HAS_DST_MODIFIER)
        return SQL_DATE_BAD_FORMAT;
    if (d->zone && !dated) {
        int32_t offset;
        if (!sql_zone_is_constant(d->zone, &offset))
            return SQL_DATE_BAD_FORMAT;
        d->tm.zone = -offset;
        return SQL_DATE_OK;
    }
    if (!dated) {
        if (d->mask & HAS_DATE)
            return SQL_DATE_BAD_FORMAT;
        sql_tm_of_timestamptz(d->call->env->transaction_time, sql_call_zone(d->call), &tm);
        tm.hour = d->tm.hour;
        tm.minute = d->tm.minute;
        tm.second = d->tm.second;
        tm.usec = d->tm.usec;
    }
    d->tm.zone = d->zone ? named_zone(d, &tm) : sql_zone_of_local_tm(zone, &tm);
    return SQL_DATE_OK;
}

enum sql_date_fault sql_time_decode(struct sql_call *call, struct sql_fields *fields,
                                    struct sql_decoded *out)
{
    struct decoder d = {.call = call, .fields = fields, .time_only = true};
    enum sql_date_fault fault = read_fields(&d);
    if (fault)
        return fault;
    if (clock_overflows(&d.tm))
        return SQL_DATE_OVERFLOW;
    if ((d.mask & HAS_TIME) != HAS_TIME)
        return SQL_DATE_BAD_FORMAT;
    fault = choose_zone(&d);
    *out = (struct sql_decoded){d.tm, SQL_WORD_NONE};
    return fault;
}
