/* Texts of intervals: "1 year 2 mons -3 days 04:05:06", "1-2 3 4:05", "@ 1 minute ago", and ISO
 * 8601's "P1Y2M3DT4H5M6S" and "P0001-02-03T04:05:06". */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/text_scan.h"

#define DAYS_PER_MONTH 30

/* What was added up; years turn into months at the end. */
struct total {
    int64_t usecs;
    int32_t days, months, years;
};

/* ---- sums with their overflows; false: too large */

static bool add_months(struct total *to, int64_t count, int64_t months)
{
    int64_t product, sum;
    if (__builtin_mul_overflow(count, months, &product) || product != (int32_t)product ||
        __builtin_add_overflow(product, (int64_t)to->months, &sum) || sum != (int32_t)sum)
        return false;
    to->months = (int32_t)sum;
    return true;
}

static bool add_days(struct total *to, int64_t count, int64_t days)
{
    int64_t product, sum;
    if (__builtin_mul_overflow(count, days, &product) || product != (int32_t)product ||
        __builtin_add_overflow(product, (int64_t)to->days, &sum) || sum != (int32_t)sum)
        return false;
    to->days = (int32_t)sum;
    return true;
}

/* A part of a unit of so many microseconds, rounded. */
static bool add_fraction_usecs(struct total *to, double fraction, int64_t unit)
{
    double usecs = fraction * (double)unit;
    int64_t whole = (int64_t)usecs;
    double rest = usecs - (double)whole;
    whole += rest > 0.5 ? 1 : rest < -0.5 ? -1 : 0;
    return !__builtin_add_overflow(to->usecs, whole, &to->usecs);
}

static bool add_usecs(struct total *to, int64_t count, double fraction, int64_t unit)
{
    int64_t product;
    return !__builtin_mul_overflow(count, unit, &product) &&
           !__builtin_add_overflow(to->usecs, product, &to->usecs) &&
           add_fraction_usecs(to, fraction, unit);
}

static bool add_fraction_days(struct total *to, double fraction, int days)
{
    double part = fraction * days;
    int whole = (int)part;
    return add_days(to, whole, 1) && add_fraction_usecs(to, part - whole, SQL_USECS_PER_DAY);
}

static bool add_years(struct total *to, int64_t count, double fraction, int years)
{
    int64_t product, sum;
    if (__builtin_mul_overflow(count, (int64_t)years, &product) || product != (int32_t)product ||
        __builtin_add_overflow(product, (int64_t)to->years, &sum) || sum != (int32_t)sum)
        return false;
    to->years = (int32_t)sum;
    return add_months(to, (int64_t)rint(fraction * years * 12), 1);
}

static enum sql_date_fault give_total(const struct total *total, struct sql_interval *out)
{
    int64_t months = total->years * INT64_C(12) + total->months;
    *out = (struct sql_interval){total->usecs, total->days, (int32_t)months};
    return months == (int32_t)months ? SQL_DATE_OK : SQL_DATE_INTERVAL_RANGE;
}

static bool add_unit(struct total *to, int unit, int64_t count, double fraction)
{
    switch (unit) {
    case SQL_UNIT_MICROSECOND: return add_usecs(to, count, fraction, 1);
    case SQL_UNIT_MILLISECOND: return add_usecs(to, count, fraction, 1000);
    case SQL_UNIT_SECOND: return add_usecs(to, count, fraction, SQL_USECS_PER_SEC);
    case SQL_UNIT_MINUTE: return add_usecs(to, count, fraction, SQL_USECS_PER_MINUTE);
    case SQL_UNIT_HOUR: return add_usecs(to, count, fraction, SQL_USECS_PER_HOUR);
    case SQL_UNIT_DAY:
        return add_days(to, count, 1) && add_fraction_usecs(to, fraction, SQL_USECS_PER_DAY);
    case SQL_UNIT_WEEK: return add_days(to, count, 7) && add_fraction_days(to, fraction, 7);
    case SQL_UNIT_MONTH:
        return add_months(to, count, 1) && add_fraction_days(to, fraction, DAYS_PER_MONTH);
    case SQL_UNIT_YEAR: return add_years(to, count, fraction, 1);
    case SQL_UNIT_DECADE: return add_years(to, count, fraction, 10);
    case SQL_UNIT_CENTURY: return add_years(to, count, fraction, 100);
    default: return add_years(to, count, fraction, 1000);
    }
}

/* ---- fields, read from the last to the first, so that units are known before their numbers */

struct reader {
    const struct sql_fields *fields;
    int range;
    bool all_negative;    /* a leading minus is the whole interval's (SQL standard) */
    int unit;             /* of the next number; SQL_UNIT_NONE: as the range says */
    unsigned mask, found; /* bits of units */
    bool ago;
    struct total sum;
};

#define BIT(unit)   (1u << (unit))
#define TIME_BITS   (BIT(SQL_UNIT_HOUR) | BIT(SQL_UNIT_MINUTE) | SECOND_BITS)
#define SECOND_BITS (BIT(SQL_UNIT_SECOND) | BIT(SQL_UNIT_MILLISECOND) | BIT(SQL_UNIT_MICROSECOND))

static enum sql_date_fault read_clock(struct reader *r, const char *text, bool negative)
{
    int64_t hour, usec;
    int minute, second;
    enum sql_date_fault fault = sql_read_clock(text, r->range, &hour, &minute, &second, &usec);
    if (fault)
        return fault;
    struct total clock = {0};
    if (!add_usecs(&clock, hour, 0, SQL_USECS_PER_HOUR) ||
        !add_usecs(&clock, minute, 0, SQL_USECS_PER_MINUTE) ||
        !add_usecs(&clock, second, 0, SQL_USECS_PER_SEC) || !add_usecs(&clock, usec, 0, 1))
        return SQL_DATE_OVERFLOW;
    r->sum.usecs = negative || (r->all_negative && clock.usecs > 0) ? -clock.usecs : clock.usecs;
    r->found = TIME_BITS;
    r->unit = SQL_UNIT_DAY;
    return SQL_DATE_OK;
}

/* The unit of a last number that has none: the range's smallest. */
static int unit_of_range(int range)
{
    if (range == SQL_INTERVAL_YEAR)
        return SQL_UNIT_YEAR;
    if (range == SQL_INTERVAL_MONTH || range == (SQL_INTERVAL_YEAR | SQL_INTERVAL_MONTH))
        return SQL_UNIT_MONTH;
    if (range == SQL_INTERVAL_DAY)
        return SQL_UNIT_DAY;
    if (range & SQL_INTERVAL_SECOND)
        return SQL_UNIT_SECOND;
    return range & SQL_INTERVAL_MINUTE ? SQL_UNIT_MINUTE : SQL_UNIT_HOUR;
}

static enum sql_date_fault read_number(struct reader *r, const char *text)
{
    const char *end = text;
    bool negative = *text == '-';
    double fraction = 0;
    int64_t count, months;
    if (r->unit == SQL_UNIT_NONE)
        r->unit = unit_of_range(r->range);
    if (!sql_read_int(&end, INT64_MIN, INT64_MAX, &count))
        return SQL_DATE_OVERFLOW;
    if (*end == '-') { /* years-months */
        end++;
        if (!sql_read_int(&end, 0, 11, &months))
            return SQL_DATE_OVERFLOW;
        if (*end != '\0')
            return SQL_DATE_BAD_FORMAT;
        r->unit = SQL_UNIT_MONTH;
        if (__builtin_mul_overflow(count, 12, &count) ||
            __builtin_add_overflow(count, negative ? -months : months, &count))
            return SQL_DATE_OVERFLOW;
    } else if (*end == '.') {
        if (!sql_read_fraction(end, &fraction))
            return SQL_DATE_BAD_FORMAT;
        fraction = negative ? -fraction : fraction;
    } else if (*end != '\0') {
        return SQL_DATE_BAD_FORMAT;
    }
    if (r->all_negative) {
        count = count > 0 ? -count : count;
        fraction = fraction > 0 ? -fraction : fraction;
    }
    if (r->unit == SQL_UNIT_QUARTER || r->unit > SQL_UNIT_MILLENNIUM)
        return SQL_DATE_BAD_FORMAT;
    r->found = r->unit == SQL_UNIT_SECOND && fraction != 0 ? SECOND_BITS : BIT(r->unit);
    if (!add_unit(&r->sum, r->unit, count, fraction))
        return SQL_DATE_OVERFLOW;
    if (r->unit == SQL_UNIT_HOUR)
        r->unit = SQL_UNIT_DAY;
    return SQL_DATE_OK;
}

static enum sql_date_fault read_word(struct reader *r, const char *text)
{
    struct sql_token token = sql_token_of_interval(text);
    switch (token.kind) {
    case SQL_TOKEN_IGNORE: return SQL_DATE_OK;
    case SQL_TOKEN_UNIT: r->unit = token.value; return SQL_DATE_OK;
    case SQL_TOKEN_AGO:
        r->ago = true;
        r->unit = SQL_UNIT_JULIAN; /* none that a number may have: one must follow */
        return SQL_DATE_OK;
    default: return SQL_DATE_BAD_FORMAT;
    }
}

static enum sql_date_fault read_field(struct reader *r, int at)
{
    const char *text = r->fields->text[at];
    switch (r->fields->type[at]) {
    case SQL_FIELD_TIME: return read_clock(r, text, false);
    case SQL_FIELD_ZONE:
        if (strchr(text + 1, ':') && read_clock(r, text + 1, *text == '-') == SQL_DATE_OK)
            return SQL_DATE_OK;
        return read_number(r, text);
    case SQL_FIELD_DATE:
    case SQL_FIELD_NUMBER: return read_number(r, text);
    default: return read_word(r, text);
    }
}

static bool leading_minus_is_all(struct sql_call *call, const struct sql_fields *fields)
{
    const struct sql_format *format = call->env->format;
    if (!format || format->interval_style != SQL_INTERVAL_STANDARD || fields->count == 0 ||
        fields->text[0][0] != '-')
        return false;
    for (int i = 1; i < fields->count; i++)
        if (fields->text[i][0] == '-' || fields->text[i][0] == '+')
            return false;
    return true;
}

static enum sql_date_fault read_fields(struct sql_call *call, struct slice text, int range,
                                       struct sql_interval *out)
{
    struct sql_fields fields;
    enum sql_date_fault fault = sql_fields_split(text, &fields);
    if (fault)
        return fault;
    struct reader r = {.fields = &fields, .range = range};
    r.all_negative = leading_minus_is_all(call, &fields);
    for (int i = fields.count - 1; i >= 0; i--) {
        r.found = 0;
        fault = read_field(&r, i);
        if (fault)
            return fault;
        if (r.found & r.mask)
            return SQL_DATE_BAD_FORMAT;
        r.mask |= r.found;
    }
    if (r.mask == 0)
        return SQL_DATE_BAD_FORMAT;
    if (r.ago) {
        if (r.sum.usecs == INT64_MIN || r.sum.days == INT32_MIN || r.sum.months == INT32_MIN ||
            r.sum.years == INT32_MIN)
            return SQL_DATE_OVERFLOW;
        r.sum = (struct total){-r.sum.usecs, -r.sum.days, -r.sum.months, -r.sum.years};
    }
    return give_total(&r.sum, out);
}

/* ---- ISO 8601 */

/* A number with a fraction, as whole and part; *at is moved behind it. */
static enum sql_date_fault iso_number(const char **at, int64_t *out_whole, double *out_part)
{
    char *end;
    const char *from = *at;
    if (!sql_is_digit((uint8_t)*from) && *from != '-' && *from != '.')
        return SQL_DATE_BAD_FORMAT;
    errno = 0;
    double value = strtod(from, &end);
    if (end == from || errno)
        return SQL_DATE_BAD_FORMAT;
    *at = end;
    if (isnan(value) || value < -1.0e15 || value > 1.0e15)
        return SQL_DATE_OVERFLOW;
    *out_whole = (int64_t)value;
    *out_part = value - (double)*out_whole;
    return SQL_DATE_OK;
}

static size_t integer_width(const char *text)
{
    size_t len = *text == '-';
    while (sql_is_digit((uint8_t)text[len]))
        len++;
    return len - (*text == '-');
}

/* Pyyyymmdd, Pyyyy-mm-dd, or parts of the latter, after the year. */
static enum sql_date_fault iso_date(struct total *sum, const char **at, const char *field,
                                    int64_t whole, double part)
{
    int64_t value;
    double rest;
    enum sql_date_fault fault;
    if (**at != '-') {
        if (integer_width(field) == 8) {
            bool fits = add_years(sum, whole / 10000, 0, 1) &&
                        add_months(sum, whole / 100 % 100, 1) && add_days(sum, whole % 100, 1) &&
                        add_fraction_usecs(sum, part, SQL_USECS_PER_DAY);
            return fits ? SQL_DATE_OK : SQL_DATE_OVERFLOW;
        }
        return add_years(sum, whole, part, 1) ? SQL_DATE_OK : SQL_DATE_OVERFLOW;
    }
    if (!add_years(sum, whole, part, 1))
        return SQL_DATE_OVERFLOW;
    ++*at;
    if ((fault = iso_number(at, &value, &rest)))
        return fault;
    if (!add_unit(sum, SQL_UNIT_MONTH, value, rest))
        return SQL_DATE_OVERFLOW;
    if (**at == '\0' || **at == 'T')
        return SQL_DATE_OK;
    if (*(*at)++ != '-')
        return SQL_DATE_BAD_FORMAT;
    if ((fault = iso_number(at, &value, &rest)))
        return fault;
    if (!add_unit(sum, SQL_UNIT_DAY, value, rest))
        return SQL_DATE_OVERFLOW;
    return **at == '\0' || **at == 'T' ? SQL_DATE_OK : SQL_DATE_BAD_FORMAT;
}

/* hhmmss, hh:mm:ss or parts of it, after the hour. */
static enum sql_date_fault iso_time(struct total *sum, const char **at, const char *field,
                                    int64_t whole, double part)
{
    int64_t value;
    double rest;
    enum sql_date_fault fault;
    if (**at == '\0' && integer_width(field) == 6) {
        bool fits = add_usecs(sum, whole / 10000, 0, SQL_USECS_PER_HOUR) &&
                    add_usecs(sum, whole / 100 % 100, 0, SQL_USECS_PER_MINUTE) &&
                    add_usecs(sum, whole % 100, 0, SQL_USECS_PER_SEC) &&
                    add_fraction_usecs(sum, part, 1);
        return fits ? SQL_DATE_OK : SQL_DATE_OVERFLOW;
    }
    if (!add_unit(sum, SQL_UNIT_HOUR, whole, part))
        return SQL_DATE_OVERFLOW;
    for (int unit = SQL_UNIT_MINUTE; **at; unit--) {
        if (unit < SQL_UNIT_SECOND || *(*at)++ != ':')
            return SQL_DATE_BAD_FORMAT;
        if ((fault = iso_number(at, &value, &rest)))
            return fault;
        if (!add_unit(sum, unit, value, rest))
            return SQL_DATE_OVERFLOW;
    }
    return SQL_DATE_OK;
}

static int iso_unit(char letter, bool time)
{
    switch (letter) {
    case 'Y': return time ? SQL_UNIT_NONE : SQL_UNIT_YEAR;
    case 'M': return time ? SQL_UNIT_MINUTE : SQL_UNIT_MONTH;
    case 'W': return time ? SQL_UNIT_NONE : SQL_UNIT_WEEK;
    case 'D': return time ? SQL_UNIT_NONE : SQL_UNIT_DAY;
    case 'H': return time ? SQL_UNIT_HOUR : SQL_UNIT_NONE;
    case 'S': return time ? SQL_UNIT_SECOND : SQL_UNIT_NONE;
    default: return SQL_UNIT_NONE;
    }
}

static enum sql_date_fault read_iso(const char *at, struct sql_interval *out)
{
    struct total sum = {0};
    bool time = false, had_field = false;
    if (at[0] != 'P' || at[1] == '\0')
        return SQL_DATE_BAD_FORMAT;
    for (at++; *at;) {
        if (*at == 'T') {
            time = true;
            had_field = false;
            at++;
            continue;
        }
        const char *field = at;
        int64_t whole;
        double part;
        enum sql_date_fault fault = iso_number(&at, &whole, &part);
        if (fault)
            return fault;
        int unit = iso_unit(*at, time);
        if (unit != SQL_UNIT_NONE) {
            at++;
            had_field = true;
            if (!add_unit(&sum, unit, whole, part))
                return SQL_DATE_OVERFLOW;
            continue;
        }
        /* The alternative form has no letters, and only it. */
        if (had_field || (!time && *at != '\0' && *at != 'T' && *at != '-') ||
            (time && *at != '\0' && *at != ':'))
            return SQL_DATE_BAD_FORMAT;
        fault = time ? iso_time(&sum, &at, field, whole, part)
                     : iso_date(&sum, &at, field, whole, part);
        if (fault)
            return fault;
    }
    return give_total(&sum, out);
}

enum sql_date_fault sql_interval_decode(struct sql_call *call, struct slice text, int range,
                                        struct sql_interval *out)
{
    enum sql_date_fault fault = read_fields(call, text, range, out);
    if (fault == SQL_DATE_BAD_FORMAT && text.len && text.ptr[0] == 'P') {
        struct slice copy = arena_dup(call->arena, text); /* followed by a NUL */
        if (!copy.ptr) {
            sql_fail_memory(call->env->error);
            return SQL_DATE_REPORTED;
        }
        fault = read_iso((const char *)copy.ptr, out);
    }
    return fault == SQL_DATE_OVERFLOW ? SQL_DATE_INTERVAL_OVERFLOW : fault;
}
