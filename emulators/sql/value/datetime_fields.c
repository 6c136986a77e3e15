#include "emulators/sql/value/datetime_fields.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "emulators/sql/value/text_scan.h"

#define TOKEN_LEN 10

/* ---- words */

struct word {
    const char *text;
    struct sql_token token;
};

/* clang-format off */
#define UNIT(unit) {SQL_TOKEN_UNIT, unit}
#define RESERVED(word) {SQL_TOKEN_RESERVED, word}
#define MONTH(n) {SQL_TOKEN_MONTH, n}
#define WEEKDAY(n) {SQL_TOKEN_WEEKDAY, n}

static const struct word date_words[] = {
    {"-infinity", RESERVED(SQL_WORD_EARLY)}, {"infinity", RESERVED(SQL_WORD_LATE)},
    {"epoch", RESERVED(SQL_WORD_EPOCH)}, {"now", RESERVED(SQL_WORD_NOW)},
    {"today", RESERVED(SQL_WORD_TODAY)}, {"tomorrow", RESERVED(SQL_WORD_TOMORROW)},
    {"yesterday", RESERVED(SQL_WORD_YESTERDAY)}, {"allballs", RESERVED(SQL_WORD_ZULU)},
    {"ad", {SQL_TOKEN_ERA, SQL_ERA_AD}}, {"bc", {SQL_TOKEN_ERA, SQL_ERA_BC}},
    {"am", {SQL_TOKEN_MERIDIEM, SQL_MERIDIEM_AM}}, {"pm", {SQL_TOKEN_MERIDIEM, SQL_MERIDIEM_PM}},
    {"at", {SQL_TOKEN_IGNORE, 0}}, {"on", {SQL_TOKEN_IGNORE, 0}},
    {"t", {SQL_TOKEN_TIME_MARK, SQL_UNIT_TIME}}, {"dst", {SQL_TOKEN_DST, 3600}},
    {"jan", MONTH(1)}, {"january", MONTH(1)}, {"feb", MONTH(2)}, {"february", MONTH(2)},
    {"mar", MONTH(3)}, {"march", MONTH(3)}, {"apr", MONTH(4)}, {"april", MONTH(4)},
    {"may", MONTH(5)}, {"jun", MONTH(6)}, {"june", MONTH(6)}, {"jul", MONTH(7)},
    {"july", MONTH(7)}, {"aug", MONTH(8)}, {"august", MONTH(8)}, {"sep", MONTH(9)},
    {"sept", MONTH(9)}, {"september", MONTH(9)}, {"oct", MONTH(10)}, {"october", MONTH(10)},
    {"nov", MONTH(11)}, {"november", MONTH(11)}, {"dec", MONTH(12)}, {"december", MONTH(12)},
    {"sun", WEEKDAY(0)}, {"sunday", WEEKDAY(0)}, {"mon", WEEKDAY(1)}, {"monday", WEEKDAY(1)},
    {"tue", WEEKDAY(2)}, {"tues", WEEKDAY(2)}, {"tuesday", WEEKDAY(2)}, {"wed", WEEKDAY(3)},
    {"weds", WEEKDAY(3)}, {"wednesday", WEEKDAY(3)}, {"thu", WEEKDAY(4)}, {"thur", WEEKDAY(4)},
    {"thurs", WEEKDAY(4)}, {"thursday", WEEKDAY(4)}, {"fri", WEEKDAY(5)}, {"friday", WEEKDAY(5)},
    {"sat", WEEKDAY(6)}, {"saturday", WEEKDAY(6)},
    {"d", UNIT(SQL_UNIT_DAY)}, {"h", UNIT(SQL_UNIT_HOUR)}, {"m", UNIT(SQL_UNIT_MONTH)},
    {"mm", UNIT(SQL_UNIT_MINUTE)}, {"s", UNIT(SQL_UNIT_SECOND)}, {"y", UNIT(SQL_UNIT_YEAR)},
    {"j", UNIT(SQL_UNIT_JULIAN)}, {"jd", UNIT(SQL_UNIT_JULIAN)}, {"julian", UNIT(SQL_UNIT_JULIAN)},
    {"dow", UNIT(SQL_UNIT_DOW)}, {"doy", UNIT(SQL_UNIT_DOY)}, {"isodow", UNIT(SQL_UNIT_ISODOW)},
    {"isoyear", UNIT(SQL_UNIT_ISOYEAR)},
    {NULL, {SQL_TOKEN_UNKNOWN, 0}},
};

static const struct word interval_words[] = {
    {"@", {SQL_TOKEN_IGNORE, 0}}, {"ago", {SQL_TOKEN_AGO, 0}},
    {"us", UNIT(SQL_UNIT_MICROSECOND)}, {"usec", UNIT(SQL_UNIT_MICROSECOND)},
    {"usecs", UNIT(SQL_UNIT_MICROSECOND)}, {"usecond", UNIT(SQL_UNIT_MICROSECOND)},
    {"useconds", UNIT(SQL_UNIT_MICROSECOND)}, {"microsecon", UNIT(SQL_UNIT_MICROSECOND)},
    {"ms", UNIT(SQL_UNIT_MILLISECOND)}, {"msec", UNIT(SQL_UNIT_MILLISECOND)},
    {"msecs", UNIT(SQL_UNIT_MILLISECOND)}, {"msecond", UNIT(SQL_UNIT_MILLISECOND)},
    {"mseconds", UNIT(SQL_UNIT_MILLISECOND)}, {"millisecon", UNIT(SQL_UNIT_MILLISECOND)},
    {"s", UNIT(SQL_UNIT_SECOND)}, {"sec", UNIT(SQL_UNIT_SECOND)}, {"secs", UNIT(SQL_UNIT_SECOND)},
    {"second", UNIT(SQL_UNIT_SECOND)}, {"seconds", UNIT(SQL_UNIT_SECOND)},
    {"m", UNIT(SQL_UNIT_MINUTE)}, {"min", UNIT(SQL_UNIT_MINUTE)}, {"mins", UNIT(SQL_UNIT_MINUTE)},
    {"minute", UNIT(SQL_UNIT_MINUTE)}, {"minutes", UNIT(SQL_UNIT_MINUTE)},
    {"h", UNIT(SQL_UNIT_HOUR)}, {"hr", UNIT(SQL_UNIT_HOUR)}, {"hrs", UNIT(SQL_UNIT_HOUR)},
    {"hour", UNIT(SQL_UNIT_HOUR)}, {"hours", UNIT(SQL_UNIT_HOUR)},
    {"d", UNIT(SQL_UNIT_DAY)}, {"day", UNIT(SQL_UNIT_DAY)}, {"days", UNIT(SQL_UNIT_DAY)},
    {"w", UNIT(SQL_UNIT_WEEK)}, {"week", UNIT(SQL_UNIT_WEEK)}, {"weeks", UNIT(SQL_UNIT_WEEK)},
    {"mon", UNIT(SQL_UNIT_MONTH)}, {"mons", UNIT(SQL_UNIT_MONTH)},
    {"month", UNIT(SQL_UNIT_MONTH)}, {"months", UNIT(SQL_UNIT_MONTH)},
    {"qtr", UNIT(SQL_UNIT_QUARTER)}, {"quarter", UNIT(SQL_UNIT_QUARTER)},
    {"y", UNIT(SQL_UNIT_YEAR)}, {"yr", UNIT(SQL_UNIT_YEAR)}, {"yrs", UNIT(SQL_UNIT_YEAR)},
    {"year", UNIT(SQL_UNIT_YEAR)}, {"years", UNIT(SQL_UNIT_YEAR)},
    {"dec", UNIT(SQL_UNIT_DECADE)}, {"decs", UNIT(SQL_UNIT_DECADE)},
    {"decade", UNIT(SQL_UNIT_DECADE)}, {"decades", UNIT(SQL_UNIT_DECADE)},
    {"c", UNIT(SQL_UNIT_CENTURY)}, {"cent", UNIT(SQL_UNIT_CENTURY)},
    {"century", UNIT(SQL_UNIT_CENTURY)}, {"centuries", UNIT(SQL_UNIT_CENTURY)},
    {"mil", UNIT(SQL_UNIT_MILLENNIUM)}, {"mils", UNIT(SQL_UNIT_MILLENNIUM)},
    {"millennium", UNIT(SQL_UNIT_MILLENNIUM)}, {"millennia", UNIT(SQL_UNIT_MILLENNIUM)},
    {"timezone", UNIT(SQL_UNIT_ZONE)}, {"timezone_h", UNIT(SQL_UNIT_ZONE_HOUR)},
    {"timezone_m", UNIT(SQL_UNIT_ZONE_MINUTE)},
    {NULL, {SQL_TOKEN_UNKNOWN, 0}},
};
/* clang-format on */

static struct sql_token find_word(const struct word *words, const char *text)
{
    while (words->text && strncmp(words->text, text, TOKEN_LEN) != 0)
        words++;
    return words->token;
}

struct sql_token sql_token_of_date(const char *word)
{
    return find_word(date_words, word);
}

struct sql_token sql_token_of_interval(const char *word)
{
    return find_word(interval_words, word);
}

#define UNIT_ROOM 64

struct sql_token sql_token_of_unit(struct slice name)
{
    char word[UNIT_ROOM];
    size_t len = name.len < UNIT_ROOM - 1 ? name.len : UNIT_ROOM - 1;
    for (size_t i = 0; i < len; i++)
        word[i] = (char)ascii_lower(name.ptr[i]);
    word[len] = '\0';
    struct sql_token token = sql_token_of_interval(word);
    return token.kind == SQL_TOKEN_UNKNOWN ? sql_token_of_date(word) : token;
}

/* Week 1 has the year's first Thursday. */
int64_t sql_days_of_iso_week(int year, int week)
{
    int64_t fourth = sql_days_of_date(year, 1, 4);
    return fourth - (sql_weekday(fourth) + 6) % 7 + 7 * (week - 1);
}

int sql_iso_week(int64_t days, int *out_year)
{
    int month, day;
    int64_t thursday = days - (sql_weekday(days) + 6) % 7 + 3;
    sql_date_of_days(thursday, out_year, &month, &day);
    return (int)((thursday - sql_days_of_date(*out_year, 1, 1)) / 7) + 1;
}

/* ---- numbers */

bool sql_read_int(const char **at, int64_t min, int64_t max, int64_t *out)
{
    bool negative = **at == '-', fits = true;
    const char *from = *at + (**at == '-' || **at == '+');
    int64_t value = 0;
    *out = 0;
    if (!sql_is_digit((uint8_t)*from))
        return true;
    for (; sql_is_digit((uint8_t)*from); from++)
        fits = fits && !__builtin_mul_overflow(value, 10, &value) &&
               !__builtin_sub_overflow(value, *from - '0', &value);
    fits = fits && (negative || value != INT64_MIN);
    *at = from;
    *out = negative || !fits ? value : -value;
    return fits && *out >= min && *out <= max;
}

bool sql_read_fraction(const char *at, double *out)
{
    char *end;
    *out = 0;
    if (at[1] == '\0')
        return true;
    errno = 0;
    *out = strtod(at, &end);
    return *end == '\0' && errno == 0;
}

bool sql_read_fraction_usecs(const char *at, int64_t *out)
{
    double fraction;
    bool good = sql_read_fraction(at, &fraction);
    *out = (int64_t)rint(fraction * (double)SQL_USECS_PER_SEC);
    return good;
}

enum sql_date_fault sql_read_clock(const char *text, int range, int64_t *out_hour, int *out_minute,
                                   int *out_second, int64_t *out_usec)
{
    int64_t hour, minute, second = 0;
    *out_usec = 0;
    if (!sql_read_int(&text, INT64_MIN, INT64_MAX, &hour))
        return SQL_DATE_OVERFLOW;
    if (*text++ != ':')
        return SQL_DATE_BAD_FORMAT;
    if (!sql_read_int(&text, INT32_MIN, INT32_MAX, &minute))
        return SQL_DATE_OVERFLOW;
    bool minutes_first =
        *text == '.' || (*text == '\0' && range == (SQL_INTERVAL_MINUTE | SQL_INTERVAL_SECOND));
    if (*text == ':') {
        text++;
        if (!sql_read_int(&text, INT32_MIN, INT32_MAX, &second))
            return SQL_DATE_OVERFLOW;
    }
    if (*text == '.' ? !sql_read_fraction_usecs(text, out_usec) : *text != '\0')
        return SQL_DATE_BAD_FORMAT;
    if (minutes_first) {
        if (hour > INT32_MAX || hour < INT32_MIN)
            return SQL_DATE_OVERFLOW;
        second = minute;
        minute = hour;
        hour = 0;
    }
    if (hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return SQL_DATE_OVERFLOW;
    *out_hour = hour;
    *out_minute = (int)minute;
    *out_second = (int)second;
    return SQL_DATE_OK;
}

/* ---- fields */

struct split {
    const uint8_t *at, *end;
    char *put, *put_end;
};

static uint8_t peek(const struct split *s)
{
    return s->at < s->end ? *s->at : 0;
}

/* Copies a character; a text that is too long is cut, which the caller sees by put_end. */
static void copy(struct split *s)
{
    if (s->put < s->put_end)
        *s->put++ = (char)ascii_lower(*s->at);
    s->at++;
}

static bool one_of(uint8_t c, const char *set)
{
    return c && strchr(set, c);
}

static void copy_digits(struct split *s)
{
    while (sql_is_digit(peek(s)))
        copy(s);
}

static void copy_letters(struct split *s)
{
    while (sql_is_letter(peek(s)))
        copy(s);
}

static bool is_alphanumeric(uint8_t c)
{
    return sql_is_letter(c) || sql_is_digit(c);
}

/* A time, a date with one kind of separator, a decimal number, or digits alone. */
static enum sql_field_type split_digits(struct split *s)
{
    copy_digits(s);
    uint8_t separator = peek(s);
    if (separator == ':') {
        while (sql_is_digit(peek(s)) || one_of(peek(s), ":."))
            copy(s);
        return SQL_FIELD_TIME;
    }
    if (!one_of(separator, "-/."))
        return SQL_FIELD_NUMBER;
    copy(s);
    if (!sql_is_digit(peek(s))) {
        while (is_alphanumeric(peek(s)) || peek(s) == separator)
            copy(s);
        return SQL_FIELD_DATE;
    }
    copy_digits(s);
    if (peek(s) != separator)
        return separator == '.' ? SQL_FIELD_NUMBER : SQL_FIELD_DATE;
    while (sql_is_digit(peek(s)) || peek(s) == separator)
        copy(s);
    return SQL_FIELD_DATE;
}

/* A word, or what begins like one: a date such as jan-01-2000, a zone such as America/New_York or
 * EST5EDT. Words that dates know end before digits and signs. */
static enum sql_field_type split_letters(struct split *s, const char *start)
{
    copy_letters(s);
    uint8_t next = peek(s);
    bool goes_on = one_of(next, "-/.");
    if (next == '+' || sql_is_digit(next)) {
        *s->put = '\0';
        goes_on = sql_token_of_date(start).kind == SQL_TOKEN_UNKNOWN;
    }
    if (!goes_on)
        return SQL_FIELD_STRING;
    do
        copy(s);
    while (one_of(peek(s), "+-/_.:") || is_alphanumeric(peek(s)));
    return SQL_FIELD_DATE;
}

static bool split_sign(struct split *s, enum sql_field_type *out)
{
    copy(s);
    while (sql_is_blank(peek(s)))
        s->at++;
    if (sql_is_digit(peek(s)) || peek(s) == '.') {
        while (sql_is_digit(peek(s)) || one_of(peek(s), ":.-"))
            copy(s);
        *out = SQL_FIELD_ZONE;
        return true;
    }
    *out = SQL_FIELD_SPECIAL;
    if (!sql_is_letter(peek(s)))
        return false;
    copy_letters(s);
    return true;
}

enum sql_date_fault sql_fields_split(struct slice text, struct sql_fields *out)
{
    struct split s = {text.ptr, text.ptr + text.len, out->room, out->room + SQL_DATE_TEXT_MAX};
    out->count = 0;
    while (s.at < s.end) {
        uint8_t c = *s.at;
        if (sql_is_blank(c) || (sql_is_punctuation(c) && !one_of(c, ".+-"))) {
            s.at++;
            continue;
        }
        if (out->count == SQL_DATE_FIELDS_MAX)
            return SQL_DATE_BAD_FORMAT;
        char *start = s.put;
        enum sql_field_type type = SQL_FIELD_NUMBER;
        if (sql_is_digit(c)) {
            type = split_digits(&s);
        } else if (c == '.') {
            copy(&s);
            copy_digits(&s);
        } else if (sql_is_letter(c)) {
            type = split_letters(&s, start);
        } else if (!one_of(c, "+-") || !split_sign(&s, &type)) {
            return SQL_DATE_BAD_FORMAT;
        }
        if (s.put >= s.put_end)
            return SQL_DATE_BAD_FORMAT;
        *s.put++ = '\0';
        out->text[out->count] = start;
        out->type[out->count++] = type;
    }
    return SQL_DATE_OK;
}

bool sql_date_fail(struct sql_call *call, enum sql_date_fault fault, struct slice text,
                   const char *type)
{
    struct sql_error *error = call->env->error;
    switch (fault) {
    case SQL_DATE_OVERFLOW:
    case SQL_DATE_ORDER_OVERFLOW:
        sql_fail(error, "22008", "date/time field value out of range: \"" SLICE_FMT "\"",
                 SLICE_ARG(text));
        return fault == SQL_DATE_ORDER_OVERFLOW &&
               sql_hint(error, "Perhaps you need a different \"datestyle\" setting.");
    case SQL_DATE_INTERVAL_OVERFLOW:
        return sql_fail(error, "22015", "interval field value out of range: \"" SLICE_FMT "\"",
                        SLICE_ARG(text));
    case SQL_DATE_INTERVAL_RANGE: return sql_fail(error, "22008", "interval out of range");
    case SQL_DATE_ZONE_OVERFLOW:
        return sql_fail(error, "22009", "time zone displacement out of range: \"" SLICE_FMT "\"",
                        SLICE_ARG(text));
    case SQL_DATE_REPORTED: return false;
    default:
        return sql_fail(error, "22007", "invalid input syntax for type %s: \"" SLICE_FMT "\"", type,
                        SLICE_ARG(text));
    }
}
