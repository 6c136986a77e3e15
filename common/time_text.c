#include "common/time_text.h"

#include <stdio.h>

#include "common/text.h"

#define MS_MAX       1e15
#define MS_PER_DAY   86400000
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static bool scale(struct slice number, double unit_ms, int64_t *out_ms)
{
    double value;
    if (!number.len || number.ptr[number.len - 1] == 'x' || !text_to_double(number, &value))
        return false;
    value *= unit_ms;
    if (!(value > -MS_MAX && value < MS_MAX))
        return false;
    *out_ms = (int64_t)value;
    return true;
}

static size_t number_length(struct slice text)
{
    size_t len = 0;
    while (len < text.len && ((text.ptr[len] >= '0' && text.ptr[len] <= '9') ||
                              text.ptr[len] == '.' || (len == 0 && text.ptr[len] == '-')))
        len++;
    return len;
}

bool time_parse_duration(struct slice text, int64_t *out_ms)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {
        {"",   1000      },
        {"ms", 1         },
        {"s",  1000      },
        {"m",  60000     },
        {"h",  3600000   },
        {"d",  MS_PER_DAY},
    };
    size_t digits = number_length(text);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (slice_eq_str(slice_from(text, digits), units[i].name))
            return scale(slice_of(text.ptr, digits), units[i].ms, out_ms);
    return false;
}

/* ---- instants: days are counted as Howard Hinnant's "chrono-compatible low-level date algorithms" do,
 * in years that begin in March. */

static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, year_of_era = year % 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           DAYS_TO_1970;
}

struct cursor {
    struct slice rest;
    bool ok;
};

static bool take(struct cursor *c, const char *any_of)
{
    c->ok = c->ok && c->rest.len && c->rest.ptr[0] && strchr(any_of, c->rest.ptr[0]);
    if (c->ok)
        c->rest = slice_from(c->rest, 1);
    return c->ok;
}

/* Exactly `digits` decimal digits of a number within min and max. */
static int64_t take_number(struct cursor *c, size_t digits, int64_t min, int64_t max)
{
    int64_t number = 0;
    for (size_t i = 0; i < digits && c->ok; i++) {
        uint8_t digit = c->rest.len ? c->rest.ptr[0] : 0;
        if (take(c, "0123456789"))
            number = number * 10 + (digit - '0');
    }
    c->ok = c->ok && number >= min && number <= max;
    return number;
}

static int64_t take_fraction_ms(struct cursor *c)
{
    int64_t ms = 0, unit = 100;
    if (!c->ok || !c->rest.len || c->rest.ptr[0] != '.')
        return 0;
    take(c, ".");
    do {
        ms += take_number(c, 1, 0, 9) * unit;
        unit /= 10;
    } while (c->ok && c->rest.len && c->rest.ptr[0] >= '0' && c->rest.ptr[0] <= '9');
    return ms;
}

static int64_t take_offset_ms(struct cursor *c)
{
    uint8_t sign = c->ok && c->rest.len ? c->rest.ptr[0] : 0;
    if (!take(c, "Zz+-") || sign == 'Z' || sign == 'z')
        return 0;
    int64_t minutes = take_number(c, 2, 0, 23) * 60;
    take(c, ":");
    minutes += take_number(c, 2, 0, 59);
    return (sign == '-' ? -minutes : minutes) * 60000;
}

static int64_t days_of_month(int64_t year, int64_t month)
{
    return days_from_date(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
           days_from_date(year, month, 1);
}

static bool parse_rfc3339(struct slice text, int64_t *out_ms)
{
    struct cursor c = {text, true};
    int64_t year = take_number(&c, 4, 1, 9999);
    take(&c, "-");
    int64_t month = take_number(&c, 2, 1, 12);
    take(&c, "-");
    int64_t day = take_number(&c, 2, 1, c.ok ? days_of_month(year, month) : 31);
    take(&c, "Tt ");
    int64_t seconds = take_number(&c, 2, 0, 23) * 3600;
    take(&c, ":");
    seconds += take_number(&c, 2, 0, 59) * 60;
    take(&c, ":");
    seconds += take_number(&c, 2, 0, 60);
    int64_t ms = take_fraction_ms(&c);
    int64_t offset_ms = take_offset_ms(&c);
    if (!c.ok || c.rest.len)
        return false;
    *out_ms = days_from_date(year, month, day) * MS_PER_DAY + seconds * 1000 + ms - offset_ms;
    return true;
}

bool time_parse_instant(struct slice text, int64_t *out_ms)
{
    if (number_length(text) == text.len)
        return scale(text, 1000, out_ms);
    return parse_rfc3339(text, out_ms);
}

size_t time_to_text(char out[TIME_TEXT_MAX], int64_t ms)
{
    int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0), rest = ms - days * MS_PER_DAY;
    int64_t since = days + DAYS_TO_1970, era = since / 146097, day = since % 146097;
    if (since < 0 || era > 24)
        return (size_t)snprintf(out, TIME_TEXT_MAX, "%.3f", (double)ms / 1000);
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    unsigned day_of_month = (unsigned)(day_of_year - (153 * month + 2) / 5 + 1);
    unsigned month_shown = (unsigned)(month < 10 ? month + 3 : month - 9);
    unsigned shown = (unsigned)(year + era * 400 + (month_shown <= 2));
    unsigned left = (unsigned)rest;
    return (size_t)snprintf(out, TIME_TEXT_MAX, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                            shown % 10000, month_shown, day_of_month, left / 3600000,
                            left / 60000 % 60, left / 1000 % 60, left % 1000);
}
