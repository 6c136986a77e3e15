/* to_timestamp and to_date: texts read by a pattern. */
#include <limits.h>
#include <stdlib.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/datetime_fields.h"
#include "emulators/sql/value/format_pattern.h"
#include "emulators/sql/value/text_scan.h"

#define CONVENTIONS_HINT \
    "Do not mix Gregorian and ISO week date conventions in a formatting template."
#define WIDTH_HINT "If your source string is not fixed-width, try using the \"FM\" modifier."
#define HOUR_HINT  "Use the 24-hour clock, or give an hour between 1 and 12."

/* What the fields said; 0: nothing. */
struct found {
    enum sql_pattern_mode mode;
    int hour, pm, minute, second, day_seconds, milli, micro;
    int weekday; /* 1 is Sunday */
    int day, day_of_year, month, year, bc, week, week_of_month, century, julian;
    int year_digits;
    bool clock12;
    int zone_sign, zone_hour, zone_minute;
    int precision; /* of seconds, as FF said */
};

struct reader {
    struct sql_call *call;
    struct slice text, rest;
    const struct sql_pattern_node *node;
    struct found found;
    bool exact;  /* FX: no blanks are skipped */
    int skipped; /* characters more than the pattern has */
};

static const char *field_name(const struct reader *r)
{
    struct slice name = arena_dup(r->call->arena, r->node->text);
    return name.ptr ? (const char *)name.ptr : "";
}

/* ---- numbers */

static bool set_int(struct reader *r, int *field, int value)
{
    if (!field || *field == 0 || *field == value) {
        if (field)
            *field = value;
        return true;
    }
    sql_fail(r->call->env->error, "22007",
             "conflicting values for \"%s\" field in formatting string", field_name(r));
    return sql_detail(r->call->env->error,
                      "This value contradicts a previous setting for the same field type.");
}

/* The field ends where digits end: after it comes something else. */
static bool ends_with_digits(const struct sql_pattern_node *node)
{
    const struct sql_pattern_node *next = node + 1;
    if (node->ordinal || next->type == SQL_NODE_END)
        return true;
    if (next->type == SQL_NODE_FIELD)
        return !next->is_number;
    return !(next->text.len == 1 && sql_is_digit(next->text.ptr[0]));
}

static bool fail_value(struct reader *r, struct slice value)
{
    return sql_fail(r->call->env->error, "22007", "invalid value \"" SLICE_FMT "\" for \"%s\"",
                    SLICE_ARG(value), field_name(r));
}

/* As C's strtol reads a number; false: none is there. */
static bool scan_int(struct slice text, size_t *out_used, int64_t *out)
{
    size_t at = 0;
    while (at < text.len && sql_is_blank(text.ptr[at]))
        at++;
    bool negative = at < text.len && text.ptr[at] == '-';
    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
        at++;
    size_t digits = at;
    int64_t value = 0;
    for (; at < text.len && sql_is_digit(text.ptr[at]); at++)
        value = value > INT32_MAX ? value : value * 10 + (text.ptr[at] - '0');
    *out = negative ? -value : value;
    *out_used = at > digits ? at : 0;
    return at > digits;
}

static bool skip_blanks(struct reader *r)
{
    bool any = false;
    for (; r->rest.len && sql_is_blank(r->rest.ptr[0]); any = true)
        r->rest = slice_from(r->rest, 1);
    return any;
}

/* A number of `len` digits, or of any number where the pattern shows its end. *out_len are the
 * characters read. */
static bool read_int(struct reader *r, size_t len, int *field, int *out_len)
{
    struct sql_error *error = r->call->env->error;
    skip_blanks(r);
    struct slice copy = slice_of(r->rest.ptr, r->rest.len < len ? r->rest.len : len);
    size_t used;
    int64_t value;
    bool found;
    if (r->node->fill || ends_with_digits(r->node)) {
        found = scan_int(r->rest, &used, &value);
    } else {
        if (copy.len < len) {
            sql_fail(error, "22007", "source string too short for \"%s\" formatting field",
                     field_name(r));
            sql_detail(error, "Field requires %d characters, but only %d remain.", (int)len,
                       (int)copy.len);
            return sql_hint(error, WIDTH_HINT);
        }
        found = scan_int(copy, &used, &value);
        if (found && used < len) {
            fail_value(r, copy);
            sql_detail(error, "Field requires %d characters, but only %d could be parsed.",
                       (int)len, (int)used);
            return sql_hint(error, WIDTH_HINT);
        }
    }
    if (!found) {
        fail_value(r, copy);
        return sql_detail(error, "Value must be an integer.");
    }
    if (value > INT32_MAX || value < INT32_MIN) {
        sql_fail(error, "22008", "value for \"%s\" in source string is out of range",
                 field_name(r));
        return sql_detail(error, "Value must be in the range %d to %d.", INT32_MIN, INT32_MAX);
    }
    r->rest = slice_from(r->rest, used);
    *out_len = (int)used;
    return set_int(r, field, (int)value);
}

static bool read_field_int(struct reader *r, int *field)
{
    int len;
    return read_int(r, r->node->text.len, field, &len);
}

static bool read_two(struct reader *r, int *field)
{
    int len;
    return read_int(r, 2, field, &len);
}

/* Digits behind a decimal point, in units of so many places: 25 is a quarter, as 250 is. */
static bool read_fraction(struct reader *r, int digits, int places, int *field)
{
    int len;
    if (!read_int(r, (size_t)digits, field, &len))
        return false;
    for (; len < places; len++)
        *field *= 10;
    return true;
}

/* ---- words */

static bool read_word(struct reader *r, const char *const *words, int count, size_t len_max,
                      int *out_index)
{
    for (int i = 0; i < count; i++) {
        size_t len = strlen(words[i]);
        len = len_max && len > len_max ? len_max : len;
        if (r->rest.len < len ||
            !slice_eq_nocase(slice_of(r->rest.ptr, len), slice_of(words[i], len)))
            continue;
        *out_index = i;
        r->rest = slice_from(r->rest, len);
        return true;
    }
    size_t end = 0;
    while (end < r->rest.len && !sql_is_blank(r->rest.ptr[end]))
        end++;
    fail_value(r, slice_of(r->rest.ptr, end));
    return sql_detail(r->call->env->error,
                      "The given value did not match any of the allowed values for this field.");
}

static bool read_marker(struct reader *r, const char *const words[2], int *field)
{
    int index;
    return read_word(r, words, 2, 0, &index) && set_int(r, field, index);
}

static bool read_month(struct reader *r, size_t len_max)
{
    int index;
    return read_word(r, sql_month_names, 12, len_max, &index) &&
           set_int(r, &r->found.month, index + 1);
}

/* Longer numerals first: VIII begins as V does. */
static bool read_roman(struct reader *r)
{
    int best = -1;
    size_t best_len = 0;
    for (int i = 0; i < 12; i++) {
        size_t len = strlen(sql_roman_months[i]);
        if (len > best_len && r->rest.len >= len &&
            slice_is(slice_of(r->rest.ptr, len), sql_roman_months[i])) {
            best = i;
            best_len = len;
        }
    }
    int index;
    if (best < 0)
        return read_word(r, sql_roman_months, 0, 0, &index);
    r->rest = slice_from(r->rest, best_len);
    return set_int(r, &r->found.month, best + 1);
}

/* ---- years */

/* Years of one to three digits are those nearest to 2020. */
static int near_2020(int year)
{
    return year < 70     ? year + 2000
           : year < 100  ? year + 1900
           : year < 520  ? year + 2000
           : year < 1000 ? year + 1000
                         : year;
}

static bool read_year(struct reader *r)
{
    int len, year = 0;
    if (!read_int(r, r->node->digits, &year, &len))
        return false;
    if (r->node->digits < 4 && len < 4)
        year = near_2020(year);
    r->found.year_digits = r->node->digits;
    return set_int(r, &r->found.year, year);
}

static bool read_year_with_comma(struct reader *r)
{
    size_t thousands_len, rest_len;
    int64_t thousands, rest;
    if (!scan_int(r->rest, &thousands_len, &thousands) || thousands_len >= r->rest.len ||
        r->rest.ptr[thousands_len] != ',')
        return sql_fail(r->call->env->error, "22007", "invalid input string for \"Y,YYY\"");
    struct slice behind = slice_from(r->rest, thousands_len + 1);
    behind.len = behind.len > 3 ? 3 : behind.len;
    if (!scan_int(behind, &rest_len, &rest))
        return sql_fail(r->call->env->error, "22007", "invalid input string for \"Y,YYY\"");
    r->rest = slice_from(r->rest, thousands_len + 1 + rest_len);
    r->found.year_digits = 4;
    return set_int(r, &r->found.year, (int)(thousands * 1000 + rest));
}

/* ---- fields */

/* The sign may have been taken for a separator. */
static bool read_zone_hour(struct reader *r)
{
    uint8_t c = r->rest.len ? r->rest.ptr[0] : 0;
    if (c == '+' || c == '-' || c == ' ') {
        r->found.zone_sign = c == '-' ? -1 : 1;
        r->rest = slice_from(r->rest, 1);
    } else {
        r->found.zone_sign = r->skipped > 0 && r->rest.ptr[-1] == '-' ? -1 : 1;
    }
    return read_two(r, &r->found.zone_hour);
}

static bool read_weekday_number(struct reader *r)
{
    int len;
    if (r->node->key == SQL_KEY_D)
        return read_field_int(r, &r->found.weekday);
    if (!read_int(r, 1, &r->found.weekday, &len))
        return false;
    if (++r->found.weekday > 7)
        r->found.weekday = 1;
    return true;
}

static bool read_weekday_name(struct reader *r, size_t len_max)
{
    int index;
    return read_word(r, sql_day_names, 7, len_max, &index) &&
           set_int(r, &r->found.weekday, index + 1);
}

static bool read_clock_field(struct reader *r)
{
    static const char *const halves[] = {"AM", "PM"}, *const dotted[] = {"A.M.", "P.M."};
    struct found *f = &r->found;
    switch (r->node->key) {
    case SQL_KEY_AM_DOTS: f->clock12 = true; return read_marker(r, dotted, &f->pm);
    case SQL_KEY_AM: f->clock12 = true; return read_marker(r, halves, &f->pm);
    case SQL_KEY_HH12: f->clock12 = true; return read_two(r, &f->hour);
    case SQL_KEY_HH24: return read_two(r, &f->hour);
    case SQL_KEY_MI: return read_two(r, &f->minute);
    case SQL_KEY_SS: return read_two(r, &f->second);
    case SQL_KEY_MS: return read_fraction(r, 3, 3, &f->milli);
    case SQL_KEY_US: return read_fraction(r, 6, 6, &f->micro);
    case SQL_KEY_FF:
        f->precision = r->node->digits;
        return read_fraction(r, r->node->digits, 6, &f->micro);
    case SQL_KEY_SSSS: return read_field_int(r, &f->day_seconds);
    case SQL_KEY_TZH: return read_zone_hour(r);
    case SQL_KEY_TZM:
        f->zone_sign = f->zone_sign ? f->zone_sign : 1;
        return read_two(r, &f->zone_minute);
    default:
        return sql_fail(r->call->env->error, "0A000",
                        "formatting field \"%s\" is only supported in to_char", field_name(r));
    }
}

static bool read_field(struct reader *r)
{
    static const char *const eras[] = {"AD", "BC"}, *const dotted[] = {"A.D.", "B.C."};
    struct found *f = &r->found;
    int len;
    switch (r->node->key) {
    case SQL_KEY_FX: r->exact = true; return true;
    case SQL_KEY_AD_DOTS: return read_marker(r, dotted, &f->bc);
    case SQL_KEY_AD: return read_marker(r, eras, &f->bc);
    case SQL_KEY_MONTH: return read_month(r, 0);
    case SQL_KEY_MON: return read_month(r, 3);
    case SQL_KEY_MM: return read_two(r, &f->month);
    case SQL_KEY_DAY: return read_weekday_name(r, 0);
    case SQL_KEY_DY: return read_weekday_name(r, 3);
    case SQL_KEY_DDD: return read_field_int(r, &f->day_of_year);
    case SQL_KEY_IDDD: return read_int(r, 3, &f->day_of_year, &len);
    case SQL_KEY_DD: return read_two(r, &f->day);
    case SQL_KEY_D:
    case SQL_KEY_ID: return read_weekday_number(r);
    case SQL_KEY_WW:
    case SQL_KEY_IW: return read_field_int(r, &f->week);
    case SQL_KEY_W: return read_field_int(r, &f->week_of_month);
    case SQL_KEY_Q: return read_field_int(r, NULL); /* says no day */
    case SQL_KEY_CC: return read_field_int(r, &f->century);
    case SQL_KEY_YCYYY: return read_year_with_comma(r);
    case SQL_KEY_YYYY:
    case SQL_KEY_IYYY: return read_year(r);
    case SQL_KEY_RM: return read_roman(r);
    case SQL_KEY_J: return read_field_int(r, &f->julian);
    default: return read_clock_field(r);
    }
}

static bool set_mode(struct reader *r)
{
    if (r->node->mode == SQL_PATTERN_ANY)
        return true;
    if (r->found.mode != SQL_PATTERN_ANY && r->found.mode != r->node->mode) {
        sql_fail(r->call->env->error, "22007", "invalid combination of date conventions");
        return sql_hint(r->call->env->error, CONVENTIONS_HINT);
    }
    r->found.mode = r->node->mode;
    return true;
}

static void skip_character(struct reader *r)
{
    size_t len = 1;
    while (len < r->rest.len && (r->rest.ptr[len] & 0xc0) == 0x80)
        len++;
    r->rest = slice_from(r->rest, len);
}

static void count_blanks(struct reader *r)
{
    for (; r->rest.len && sql_is_blank(r->rest.ptr[0]); r->skipped++)
        r->rest = slice_from(r->rest, 1);
}

/* Text between fields: a character each. A separator or blank may also stand for nothing; other
 * text may have been skipped as blanks already. */
static void skip_between(struct reader *r)
{
    if (r->exact) {
        skip_character(r);
    } else if (r->node->type != SQL_NODE_CHAR) {
        r->skipped--;
        if (sql_is_blank(r->rest.ptr[0]) || sql_is_punctuation(r->rest.ptr[0])) {
            r->rest = slice_from(r->rest, 1);
            r->skipped++;
        }
    } else if (r->skipped > 0) {
        r->skipped--;
    } else {
        skip_character(r);
    }
}

static bool read_nodes(struct reader *r, const struct sql_pattern_node *nodes)
{
    for (r->node = nodes; r->node->type != SQL_NODE_END && r->rest.len; r->node++) {
        bool field = r->node->type == SQL_NODE_FIELD;
        if (!r->exact && (field || r->node == nodes))
            count_blanks(r);
        if (!field) {
            if (r->rest.len)
                skip_between(r);
            continue;
        }
        if (!set_mode(r) || !read_field(r))
            return false;
        if (r->node->ordinal) {
            skip_character(r);
            skip_character(r);
        }
        if (!r->exact) {
            r->skipped = 0;
            count_blanks(r);
        }
    }
    return true;
}

/* ---- from fields to a time */

enum { SET_YEAR = 1, SET_MONTH = 2, SET_DAY = 4, SET_DATE = 7 };

static bool out_of_range(struct reader *r)
{
    return sql_date_fail(r->call, SQL_DATE_OVERFLOW, r->text, "timestamp");
}

static bool combine_clock(struct reader *r, struct sql_tm *tm)
{
    const struct found *f = &r->found;
    sql_tm_of_time(f->day_seconds * SQL_USECS_PER_SEC, tm);
    tm->second = f->second ? f->second : tm->second;
    tm->minute = f->minute ? f->minute : tm->minute;
    tm->hour = f->hour ? f->hour : tm->hour;
    tm->usec = f->milli * INT64_C(1000) + f->micro;
    if (f->clock12) {
        if (tm->hour < 1 || tm->hour > 12) {
            sql_fail(r->call->env->error, "22007", "hour \"%d\" is invalid for the 12-hour clock",
                     tm->hour);
            return sql_hint(r->call->env->error, HOUR_HINT);
        }
        tm->hour = tm->hour % 12 + (f->pm ? 12 : 0);
    }
    return true;
}

/* Sums of fields must be numbers that fields may be. */
static bool fit(struct reader *r, int64_t value, int *out)
{
    if (value < INT_MIN || value > INT_MAX)
        return out_of_range(r);
    *out = (int)value;
    return true;
}

/* A year of a century, or its first; years BC count backwards. */
static bool combine_year(struct reader *r, struct sql_tm *tm, int *set)
{
    const struct found *f = &r->found;
    int64_t century = f->bc ? -(int64_t)f->century : f->century, year;
    if (f->year == 0 && f->century == 0)
        return true;
    *set |= SET_YEAR;
    if (f->year == 0) {
        year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    } else if (f->century && f->year_digits <= 2) {
        int part = f->year % 100;
        if (part)
            year = century >= 0 ? part + (century - 1) * 100 : (century + 1) * 100 - part + 1;
        else
            year = century * 100 + (century >= 0 ? 0 : 1);
    } else {
        year = f->bc ? -(int64_t)f->year : f->year;
        year += year < 0;
    }
    return fit(r, year, &tm->year);
}

static void set_days(struct sql_tm *tm, int64_t days)
{
    sql_date_of_days(days, &tm->year, &tm->month, &tm->day);
}

/* Week and day of an ISO year, or of a month. */
static bool combine_weeks(struct reader *r, struct sql_tm *tm, int *set)
{
    struct found *f = &r->found;
    if (f->week && f->mode == SQL_PATTERN_ISO_WEEK) {
        int day = f->weekday > 1 ? f->weekday - 2 : f->weekday == 1 ? 6 : 0;
        set_days(tm, sql_days_of_iso_week(tm->year, f->week) + day);
        *set |= SET_DATE;
    } else if (f->week && !fit(r, (f->week - INT64_C(1)) * 7 + 1, &f->day_of_year)) {
        return false;
    }
    return !f->week_of_month || fit(r, (f->week_of_month - INT64_C(1)) * 7 + 1, &f->day);
}

static bool combine_day_of_year(struct reader *r, struct sql_tm *tm, int *set)
{
    const struct found *f = &r->found;
    if (f->day_of_year == 0 || (tm->month > 1 && tm->day > 1))
        return true;
    if (tm->year == 0 && !f->bc)
        return sql_fail(r->call->env->error, "22007",
                        "cannot calculate day of year without year information");
    if (f->mode == SQL_PATTERN_ISO_WEEK) {
        set_days(tm, sql_days_of_iso_week(tm->year, 1) + f->day_of_year - 1);
        *set |= SET_DATE;
        return true;
    }
    int year, month, day;
    sql_date_of_days(sql_days_of_date(tm->year, 1, 1) + f->day_of_year - 1, &year, &month, &day);
    if (year > tm->year) /* beyond the year's end: no such day */
        day = 32;
    if (tm->month <= 1)
        tm->month = year > tm->year ? 12 : month;
    if (tm->day <= 1)
        tm->day = day;
    *set |= SET_MONTH | SET_DAY;
    return true;
}

static bool check_ranges(struct reader *r, const struct sql_tm *tm, int set)
{
    bool wrong = (set & SET_MONTH && (tm->month < 1 || tm->month > 12)) ||
                 (set & SET_DAY && (tm->day < 1 || tm->day > 31)) ||
                 ((set & SET_DATE) == SET_DATE && tm->month >= 1 && tm->month <= 12 &&
                  tm->day > sql_days_in_month(tm->year, tm->month)) ||
                 tm->hour < 0 || tm->hour >= 24 || tm->minute < 0 || tm->minute >= 60 ||
                 tm->second < 0 || tm->second >= 60 || tm->usec < 0 ||
                 tm->usec >= SQL_USECS_PER_SEC;
    return !wrong || out_of_range(r);
}

static bool take_zone(struct reader *r, struct sql_tm *tm)
{
    const struct found *f = &r->found;
    if (f->zone_sign &&
        (f->zone_hour < 0 || f->zone_hour > 15 || f->zone_minute < 0 || f->zone_minute >= 60))
        return sql_fail(r->call->env->error, "22009",
                        "time zone displacement out of range: \"" SLICE_FMT "\"",
                        SLICE_ARG(r->text));
    tm->zone = -f->zone_sign * (f->zone_hour * 3600 + f->zone_minute * 60);
    return true;
}

static bool combine(struct reader *r, struct sql_tm *tm)
{
    struct found *f = &r->found;
    *tm = (struct sql_tm){.month = 1, .day = 1};
    if (!combine_clock(r, tm))
        return false;
    int set = 0;
    if (!combine_year(r, tm, &set))
        return false;
    if (f->julian) {
        set_days(tm, (int64_t)f->julian - SQL_EPOCH_JULIAN);
        set |= SET_DATE;
    }
    if (!combine_weeks(r, tm, &set))
        return false;
    if (f->day) {
        tm->day = f->day;
        set |= SET_DAY;
    }
    if (f->month) {
        tm->month = f->month;
        set |= SET_MONTH;
    }
    return combine_day_of_year(r, tm, &set) && check_ranges(r, tm, set) && take_zone(r, tm);
}

static bool read_text(struct sql_call *call, const struct datum *args, struct reader *r,
                      struct sql_tm *out)
{
    *r = (struct reader){.call = call, .text = datum_slice(args[0])};
    r->rest = r->text;
    const struct sql_pattern_node *nodes = sql_pattern_parse(call->arena, datum_slice(args[1]));
    if (!nodes)
        return sql_fail_memory(call->env->error);
    return read_nodes(r, nodes) && combine(r, out);
}

bool sql_to_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct reader r;
    struct sql_tm tm;
    *out = datum_int(0);
    if (!read_text(call, args, &r, &tm))
        return false;
    if (r.found.zone_sign == 0)
        tm.zone = sql_zone_of_local_tm(sql_call_zone(call), &tm);
    tm.second += tm.zone;
    if (!sql_timestamp_of_tm(&tm, &out->i))
        return sql_fail(call->env->error, "22008", "timestamp out of range");
    return sql_timestamp_apply_typmod(call, r.found.precision ? r.found.precision : -1, &out->i);
}

static bool give_date(struct reader *r, const struct sql_tm *tm, struct datum *out)
{
    int64_t days = sql_days_of_date(tm->year, tm->month, tm->day);
    if (days < SQL_DATE_MIN || days >= SQL_DATE_END)
        return sql_fail(r->call->env->error, "22008", "date out of range: \"" SLICE_FMT "\"",
                        SLICE_ARG(r->text));
    return sql_give_int(out, days);
}

bool sql_to_date(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct reader r;
    struct sql_tm tm;
    return read_text(call, args, &r, &tm) && give_date(&r, &tm, out);
}

/* ---- as the standard has it */

static bool invalid(struct reader *r, const char *message)
{
    return sql_fail(r->call->env->error, "22007", "%s", message);
}

/* Only some separators may stand between fields; other text is quoted. */
static bool check_separators(struct sql_call *call, struct slice pattern,
                             const struct sql_pattern_node *nodes)
{
    for (const struct sql_pattern_node *node = nodes; node->type != SQL_NODE_END; node++) {
        bool quoted = false;
        if (node->type == SQL_NODE_FIELD)
            continue;
        for (const uint8_t *at = pattern.ptr; at < node->text.ptr; at++)
            quoted ^= *at == '"' && (at == pattern.ptr || at[-1] != '\\');
        if (!quoted && (node->text.len != 1 || !strchr("-./,':; ", node->text.ptr[0])))
            return sql_fail(call->env->error, "22007",
                            "invalid datetime format separator: \"" SLICE_FMT "\"",
                            SLICE_ARG(node->text));
    }
    return true;
}

static bool match_between(struct reader *r)
{
    struct slice wanted = r->node->text;
    if (r->rest.len >= wanted.len && memcmp(r->rest.ptr, wanted.ptr, wanted.len) == 0) {
        r->rest = slice_from(r->rest, wanted.len);
        return true;
    }
    return sql_fail(r->call->env->error, "22007", "unmatched format %s \"" SLICE_FMT "\"",
                    r->node->type == SQL_NODE_CHAR ? "character" : "separator", SLICE_ARG(wanted));
}

static bool read_exactly(struct reader *r, const struct sql_pattern_node *nodes)
{
    for (r->node = nodes; r->node->type != SQL_NODE_END && r->rest.len; r->node++) {
        bool field = r->node->type == SQL_NODE_FIELD;
        if (field ? !set_mode(r) || !read_field(r) : !match_between(r))
            return false;
        if (field && r->node->ordinal) {
            skip_character(r);
            skip_character(r);
        }
    }
    if (r->node->type != SQL_NODE_END)
        return invalid(r, "input string is too short for datetime format");
    r->rest = sql_skip_blanks(r->rest);
    return r->rest.len == 0 ||
           invalid(r, "trailing characters remain in input string after datetime format");
}

enum { HAS_DATE = 1, HAS_TIME = 2, HAS_ZONE = 4 };

static unsigned fields_of(const struct sql_pattern_node *nodes)
{
    unsigned has = 0;
    for (; nodes->type != SQL_NODE_END; nodes++) {
        if (nodes->type != SQL_NODE_FIELD)
            continue;
        switch (nodes->key) {
        case SQL_KEY_FX: break;
        case SQL_KEY_AM_DOTS:
        case SQL_KEY_AM:
        case SQL_KEY_FF:
        case SQL_KEY_HH24:
        case SQL_KEY_HH12:
        case SQL_KEY_MI:
        case SQL_KEY_MS:
        case SQL_KEY_SSSS:
        case SQL_KEY_SS:
        case SQL_KEY_US: has |= HAS_TIME; break;
        case SQL_KEY_OF:
        case SQL_KEY_TZH:
        case SQL_KEY_TZM:
        case SQL_KEY_TZ: has |= HAS_ZONE; break;
        default: has |= HAS_DATE; break;
        }
    }
    return has;
}

static bool give_timestamp(struct reader *r, struct sql_tm *tm, struct sql_read_time *out)
{
    tm->second += out->kind == SQL_READ_TIMESTAMPTZ ? tm->zone : 0;
    if (!sql_timestamp_of_tm(tm, &out->value.i))
        return sql_fail(r->call->env->error, "22008", "timestamp out of range");
    return sql_timestamp_apply_typmod(r->call, r->found.precision ? r->found.precision : -1,
                                      &out->value.i);
}

/* The value of the fields that the pattern has. */
static bool give_read(struct reader *r, struct sql_tm *tm, unsigned has, struct sql_read_time *out)
{
    out->value = datum_int(0);
    out->zone = tm->zone;
    switch (has) {
    case HAS_DATE: out->kind = SQL_READ_DATE; return give_date(r, tm, &out->value);
    case HAS_TIME: out->kind = SQL_READ_TIME; return sql_give_int(&out->value, sql_time_of_tm(tm));
    case HAS_TIME | HAS_ZONE:
        out->kind = SQL_READ_TIMETZ;
        return sql_timetz_make(r->call, (struct sql_timetz){sql_time_of_tm(tm), tm->zone},
                               &out->value);
    case HAS_DATE | HAS_TIME: out->kind = SQL_READ_TIMESTAMP; return give_timestamp(r, tm, out);
    case HAS_DATE | HAS_TIME | HAS_ZONE:
        out->kind = SQL_READ_TIMESTAMPTZ;
        return give_timestamp(r, tm, out);
    default:
        return invalid(r, has & HAS_DATE ? "datetime format is zoned but not timed"
                                         : "datetime format is not dated and not timed");
    }
}

bool sql_read_datetime(struct sql_call *call, struct slice text, struct slice pattern,
                       struct sql_read_time *out, bool *bad_pattern)
{
    struct reader r = {.call = call, .text = text, .rest = text};
    struct sql_tm tm;
    const struct sql_pattern_node *nodes = sql_pattern_parse(call->arena, pattern);
    *bad_pattern = false;
    if (!nodes)
        return sql_fail_memory(call->env->error);
    *bad_pattern = !check_separators(call, pattern, nodes);
    return !*bad_pattern && read_exactly(&r, nodes) && combine(&r, &tm) &&
           give_read(&r, &tm, fields_of(nodes), out);
}
