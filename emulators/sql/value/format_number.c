/* to_char of numbers, to_number. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/format_number_pattern.h"
#include "emulators/sql/value/format_pattern.h"
#include "emulators/sql/value/numeric.h"
#include "emulators/sql/value/text_scan.h"

#define FLOAT8_DIGITS 15
#define FLOAT4_DIGITS 6
#define ROMAN_WIDTH   15
#define FLOAT_ROOM    512

/* A number on its way into a pattern. */
struct writer {
    struct sql_number_pattern *pattern;
    struct sql_bytes *out;
    const char *number, *at; /* its digits, terminated; the next one */
    char sign;
    int blanks; /* places of the pattern before the first digit */
    int place;  /* of the pattern */
    int count;  /* places */
    bool sign_done;
    bool in_number; /* the last place held a digit */
    size_t end;     /* bytes written when the digits ran out: what follows is not shown */
    bool no_number; /* NaN or an infinity was to get an ordinal's ending */
    const char *last_relevant; /* FM: what follows is only zeros */
};

/* The last digit behind the point that is not zero, or the point; NULL without one. */
static const char *last_digit_of(const char *number)
{
    const char *point = strchr(number, '.');
    if (!point)
        return NULL;
    const char *last = point;
    for (const char *at = point + 1; *at; at++)
        if (*at != '0')
            last = at;
    return last;
}

static void begin(struct writer *w)
{
    struct sql_number_pattern *p = w->pattern;
    if (p->plus || p->minus) {
        w->sign_done = !(p->plus && !p->minus);
    } else {
        if (w->sign != '-' && p->bracket && p->fill)
            p->bracket = false;
        w->sign_done = w->sign == '+' && p->fill && !p->locale_sign;
        if (p->sign == SQL_SIGN_BEFORE && p->pre == p->sign_at)
            p->sign = SQL_SIGN_BEHIND;
    }
    w->at = w->number;
    w->end = SIZE_MAX;
    w->count = p->post + p->pre - 1;
    if (p->fill && p->decimal) {
        w->last_relevant = last_digit_of(w->number);
        if (w->last_relevant && p->zero_end > w->blanks) {
            int last = (int)strlen(w->number) - 1;
            int zero = p->zero_end - w->blanks;
            const char *kept = w->number + (zero < last ? zero : last);
            w->last_relevant = w->last_relevant < kept ? kept : w->last_relevant;
        }
    }
    if (!w->sign_done && w->blanks == 0)
        w->count++;
}

/* The zero before the point of a fraction, where 9 leaves it out. */
static bool at_leading_zero(const struct writer *w)
{
    return !w->pattern->zero && w->at == w->number && *w->number == '0' && w->pattern->post != 0;
}

static bool only_point_is_relevant(const struct writer *w)
{
    return w->last_relevant && *w->last_relevant == '.';
}

static void write_sign(struct writer *w)
{
    const struct sql_number_pattern *p = w->pattern;
    bool number_starts = w->place >= w->blanks || (p->zero && p->zero_start == w->place);
    if (w->sign_done || !number_starts || (at_leading_zero(w) && !only_point_is_relevant(w)))
        return;
    if (p->locale_sign) {
        if (p->sign != SQL_SIGN_BEFORE)
            return;
        sql_bytes_add_char(w->out, w->sign);
    } else if (p->bracket) {
        sql_bytes_add_char(w->out, w->sign == '+' ? ' ' : '<');
    } else if (w->sign == '+') {
        if (!p->fill)
            sql_bytes_add_char(w->out, ' ');
    } else {
        sql_bytes_add_char(w->out, '-');
    }
    w->sign_done = true;
}

static void write_digit(struct writer *w, bool is_zero_place)
{
    const struct sql_number_pattern *p = w->pattern;
    if (*w->at == '.') {
        if (!only_point_is_relevant(w) || p->fill)
            sql_bytes_add_char(w->out, '.');
    } else if (w->last_relevant && w->at > w->last_relevant && !is_zero_place) {
        /* a zero at the end, which FM leaves out */
    } else if (at_leading_zero(w)) {
        if (!p->fill)
            sql_bytes_add_char(w->out, ' ');
        else if (only_point_is_relevant(w))
            sql_bytes_add_char(w->out, '0');
    } else if (*w->at) {
        sql_bytes_add_char(w->out, *w->at);
        w->in_number = true;
    } else if (w->end == SIZE_MAX) {
        w->end = w->out->len;
    }
    if (*w->at)
        w->at++;
}

/* A place for a digit or the point. */
static void write_place(struct writer *w, bool is_zero_place)
{
    const struct sql_number_pattern *p = w->pattern;
    if (p->roman)
        return;
    w->in_number = false;
    write_sign(w);
    if (w->place < w->blanks && (p->zero_start > w->place || !p->zero)) {
        if (!p->fill)
            sql_bytes_add_char(w->out, ' ');
    } else if (w->place < w->blanks) {
        sql_bytes_add_char(w->out, '0');
        w->in_number = true;
    } else {
        write_digit(w, is_zero_place);
    }
    int end = w->count + (w->blanks ? 1 : 0) + (p->decimal ? 1 : 0);
    if (w->last_relevant && w->last_relevant == w->at)
        end = w->place;
    if (w->place + 1 == end) {
        if (w->sign_done && p->bracket)
            sql_bytes_add_char(w->out, w->sign == '+' ? ' ' : '>');
        else if (p->locale_sign && p->sign == SQL_SIGN_BEHIND)
            sql_bytes_add_char(w->out, w->sign);
    }
    w->place++;
}

static void write_roman(struct writer *w, const struct sql_number_node *node)
{
    size_t len = strlen(w->number);
    for (; !w->pattern->fill && len < ROMAN_WIDTH; len++)
        sql_bytes_add_char(w->out, ' ');
    for (const char *c = w->number; *c; c++)
        sql_bytes_add_char(w->out,
                           (char)(node->text.ptr[0] == 'r' ? ascii_lower((uint8_t)*c) : *c));
}

/* A sign at its own place: shown, or a blank. */
static void write_own_sign(struct writer *w, char sign)
{
    if (w->sign == sign)
        sql_bytes_add_char(w->out, sign);
    else if (!w->pattern->fill)
        sql_bytes_add_char(w->out, ' ');
}

static void write_node(struct writer *w, const struct sql_number_node *node)
{
    const struct sql_number_pattern *p = w->pattern;
    switch (node->key) {
    case SQL_NUMBER_TEXT: sql_bytes_add_slice(w->out, node->text); break;
    case SQL_NUMBER_9:
    case SQL_NUMBER_D:
    case SQL_NUMBER_POINT: write_place(w, false); break;
    case SQL_NUMBER_0: write_place(w, true); break;
    case SQL_NUMBER_COMMA:
    case SQL_NUMBER_G:
        if (w->in_number)
            sql_bytes_add_char(w->out, ',');
        else if (!p->fill)
            sql_bytes_add_char(w->out, ' ');
        break;
    case SQL_NUMBER_L: sql_bytes_add_char(w->out, ' '); break;
    case SQL_NUMBER_RN: write_roman(w, node); break;
    case SQL_NUMBER_TH:
        if (p->roman || *w->number == '#' || w->sign == '-' || p->decimal)
            break;
        if (!sql_is_digit((uint8_t)w->number[strlen(w->number) - 1]))
            w->no_number = true;
        else
            sql_bytes_add_str(w->out,
                              sql_ordinal_ending(slice_str(w->number), node->text.ptr[0] == 'T'));
        break;
    case SQL_NUMBER_MI: write_own_sign(w, '-'); break;
    case SQL_NUMBER_PL: write_own_sign(w, '+'); break;
    case SQL_NUMBER_SG: sql_bytes_add_char(w->out, w->sign); break;
    default: break;
    }
}

/* Puts a decimal text into the pattern: too many digits become #. */
static bool write_decimal(struct sql_call *call, struct sql_number_pattern *p, const char *text,
                          struct datum *out)
{
    struct sql_bytes result = sql_bytes_begin(call);
    struct writer w = {.pattern = p, .out = &result, .sign = '+', .number = text};
    if (*text == '-') {
        w.sign = '-';
        w.number++;
    }
    const char *point = strchr(w.number, '.');
    int digits = (int)(point ? (size_t)(point - w.number) : strlen(w.number));
    if (digits < p->pre) {
        w.blanks = p->pre - digits;
    } else if (digits > p->pre) {
        size_t len = (size_t)p->pre + (size_t)p->post + 1;
        char *hashes = arena_alloc(call->arena, len + 1);
        if (!hashes)
            return sql_fail_memory(call->env->error);
        memset(hashes, '#', len);
        hashes[len] = '\0';
        hashes[p->pre] = '.';
        w.number = hashes;
    }
    begin(&w);
    for (const struct sql_number_node *node = p->nodes; node->key != SQL_NUMBER_END; node++)
        write_node(&w, node);
    if (w.no_number)
        return sql_fail(call->env->error, "22P02", "\"%s\" is not a number", w.number);
    if (result.len > w.end)
        result.len = w.end;
    return sql_give_bytes(call, out, &result);
}

/* ---- Roman numerals */

static void roman_of(int64_t value, char out[ROMAN_WIDTH + 1])
{
    static const struct {
        int value;
        const char *text;
    } numerals[] = {
        {1000, "M" },
        {900,  "CM"},
        {500,  "D" },
        {400,  "CD"},
        {100,  "C" },
        {90,   "XC"},
        {50,   "L" },
        {40,   "XL"},
        {10,   "X" },
        {9,    "IX"},
        {5,    "V" },
        {4,    "IV"},
        {1,    "I" }
    };
    if (value < 1 || value > 3999) {
        memset(out, '#', ROMAN_WIDTH);
        out[ROMAN_WIDTH] = '\0';
        return;
    }
    size_t len = 0;
    for (size_t i = 0; value; i++)
        for (; value >= numerals[i].value; value -= numerals[i].value)
            len += (size_t)snprintf(out + len, ROMAN_WIDTH + 1 - len, "%s", numerals[i].text);
}

static bool write_roman_number(struct sql_call *call, struct sql_number_pattern *p, int64_t value,
                               struct datum *out)
{
    char roman[ROMAN_WIDTH + 1];
    struct sql_bytes result = sql_bytes_begin(call);
    struct sql_number_pattern plain = {.nodes = p->nodes, .fill = p->fill, .roman = true};
    struct writer w = {.pattern = &plain, .out = &result, .number = roman};
    roman_of(value, roman);
    begin(&w);
    for (const struct sql_number_node *node = p->nodes; node->key != SQL_NUMBER_END; node++)
        write_node(&w, node);
    return sql_give_bytes(call, out, &result);
}

/* ---- exponents */

static bool give_hashes(struct sql_call *call, const struct sql_number_pattern *p,
                        struct datum *out)
{
    size_t len = (size_t)p->pre + (size_t)p->post + 6;
    uint8_t *hashes = arena_alloc(call->arena, len);
    if (!hashes)
        return sql_fail_memory(call->env->error);
    memset(hashes, '#', len);
    hashes[0] = ' ';
    hashes[p->pre + 1] = '.';
    return sql_give_slice(out, slice_of(hashes, len));
}

/* d.ddde+xx of an exact number, rounded to `digits` behind the point. */
static bool write_scientific(struct sql_call *call, const struct sql_number_pattern *p,
                             const struct sql_num *num, struct datum *out)
{
    struct sql_bytes text = sql_bytes_begin(call);
    struct sql_num rounded = *num;
    int32_t exponent = 0;
    if (num->kind != SQL_NUM_FINITE)
        return give_hashes(call, p, out);
    for (int pass = 0; num->count && pass < 2; pass++) { /* rounding may carry into a new digit */
        exponent = rounded.weight * SQL_NUM_BASE_DIGITS;
        for (uint16_t digit = rounded.digits[0]; digit >= 10; digit /= 10)
            exponent++;
        if (!sql_num_round(call->arena, num, p->post - exponent, &rounded))
            return sql_fail_memory(call->env->error);
    }
    rounded.negative = false;
    rounded.scale = p->post - exponent > 0 ? p->post - exponent : 0;
    if (!sql_num_print(&rounded, &text))
        return sql_fail_memory(call->env->error);
    struct sql_bytes result = sql_bytes_begin(call);
    sql_bytes_add_char(&result, num->negative ? '-' : ' ');
    int written = 0;
    for (size_t i = 0; i < text.len && written <= p->post; i++) {
        if (text.ptr[i] == '.' || (written == 0 && text.ptr[i] == '0' && num->count))
            continue;
        sql_bytes_add_char(&result, (char)text.ptr[i]);
        if (written++ == 0 && p->post)
            sql_bytes_add_char(&result, '.');
    }
    for (; written <= p->post; written++)
        sql_bytes_add_char(&result, '0');
    sql_bytes_printf(&result, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    return sql_give_bytes(call, out, &result);
}

/* ---- functions */

static bool multiply_power(struct sql_call *call, int exponent, struct sql_num *num)
{
    struct sql_num ten, power, e;
    return (sql_num_from_int(call->arena, 10, &ten) &&
            sql_num_from_int(call->arena, exponent, &e) && sql_num_power(call, &ten, &e, &power) &&
            sql_num_multiply(call->arena, num, &power, -1, num)) ||
           sql_fail_memory(call->env->error);
}

static bool num_to_char(struct sql_call *call, struct sql_num *num, struct slice pattern,
                        struct datum *out)
{
    struct sql_number_pattern p;
    if (pattern.len == 0)
        return sql_give_null(out);
    if (!sql_number_pattern_parse(call, pattern, &p))
        return false;
    if (p.roman) {
        int64_t value;
        if (num->kind != SQL_NUM_FINITE)
            return sql_fail(call->env->error, "0A000", "cannot convert %s to integer",
                            num->kind == SQL_NUM_NAN ? "NaN" : "infinity");
        if (!sql_num_to_int(call->arena, num, &value) || value != (int32_t)value)
            return sql_fail(call->env->error, "22003", "integer out of range");
        return write_roman_number(call, &p, value, out);
    }
    if (p.scientific)
        return write_scientific(call, &p, num, out);
    if (p.times) {
        if (num->kind == SQL_NUM_FINITE && !multiply_power(call, p.multi, num))
            return false;
        p.pre += p.multi;
    }
    struct sql_bytes text = sql_bytes_begin(call);
    bool made = (num->kind != SQL_NUM_FINITE || sql_num_round(call->arena, num, p.post, num)) &&
                sql_num_print(num, &text);
    sql_bytes_add_char(&text, '\0');
    if (!made || text.failed)
        return sql_fail_memory(call->env->error);
    return write_decimal(call, &p, (const char *)text.ptr, out);
}

static bool numeric_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return (sql_num_open(call->arena, args[0], &num) || sql_fail_memory(call->env->error)) &&
           num_to_char(call, &num, datum_slice(args[1]), out);
}

static bool int_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_num num;
    return (sql_num_from_int(call->arena, args[0].i, &num) || sql_fail_memory(call->env->error)) &&
           num_to_char(call, &num, datum_slice(args[1]), out);
}

/* Floats show no more digits than they hold. */
static bool float_to_char(struct sql_call *call, double value, int digits, struct slice pattern,
                          struct datum *out)
{
    struct sql_number_pattern p;
    char text[FLOAT_ROOM];
    if (pattern.len == 0)
        return sql_give_null(out);
    if (!sql_number_pattern_parse(call, pattern, &p))
        return false;
    if (p.roman) {
        double rounded = rint(value);
        if (!(rounded >= -2147483648.0 && rounded < 2147483648.0))
            return sql_fail(call->env->error, "22003", "integer out of range");
        return write_roman_number(call, &p, (int64_t)rounded, out);
    }
    if (p.scientific) {
        if (!isfinite(value))
            return give_hashes(call, &p, out);
        struct sql_bytes result = sql_bytes_begin(call);
        snprintf(text, sizeof(text), "%+.*e", p.post, value);
        sql_bytes_add_str(&result, text);
        if (!result.failed && result.ptr[0] == '+')
            result.ptr[0] = ' ';
        return sql_give_bytes(call, out, &result);
    }
    if (p.times) {
        value *= pow(10, p.multi);
        value = digits == FLOAT4_DIGITS ? (double)(float)value : value;
        p.pre += p.multi;
    }
    int whole = snprintf(text, sizeof(text), "%.0f", fabs(value));
    if (isinf(value))
        whole = (int)strlen("Infinity");
    if (whole >= digits)
        p.post = 0;
    else if (whole + p.post > digits)
        p.post = digits - whole;
    snprintf(text, sizeof(text), "%.*f", p.post, value);
    if (isnan(value))
        snprintf(text, sizeof(text), "NaN");
    else if (isinf(value))
        snprintf(text, sizeof(text), value < 0 ? "-Infinity" : "Infinity");
    return write_decimal(call, &p, text, out);
}

static bool float4_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return float_to_char(call, args[0].d, FLOAT4_DIGITS, datum_slice(args[1]), out);
}

static bool float8_to_char(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return float_to_char(call, args[0].d, FLOAT8_DIGITS, datum_slice(args[1]), out);
}

/* ---- to_number */

struct reader {
    const struct sql_number_pattern *pattern;
    struct slice rest;
    char *put;
    char sign;          /* ' ' until one was read */
    int before, behind; /* digits read */
    bool point;
    bool in_number;
};

static uint8_t peek(const struct reader *r)
{
    return r->rest.len ? r->rest.ptr[0] : 0;
}

static void advance(struct reader *r, size_t len)
{
    r->rest = slice_from(r->rest, len);
}

/* Up to so many characters that are no part of a number. */
static void skip_other(struct reader *r, int count)
{
    while (count-- > 0 && r->rest.len && !strchr("0123456789.,+-", peek(r))) {
        advance(r, 1);
        while (r->rest.len && (peek(r) & 0xc0) == 0x80)
            advance(r, 1);
    }
}

/* A sign in front of the digits. */
static void read_leading_sign(struct reader *r)
{
    uint8_t c = peek(r);
    bool locale = r->pattern->locale_sign && r->pattern->sign == SQL_SIGN_BEFORE;
    if (c == '-' || (!locale && r->pattern->bracket && c == '<'))
        r->sign = '-';
    else if (c == '+')
        r->sign = '+';
    else
        return;
    advance(r, 1);
}

/* Signs behind the digits may stand where the pattern has another digit. */
static void read_trailing_sign(struct reader *r, bool took)
{
    const struct sql_number_pattern *p = r->pattern;
    if (r->sign != ' ' || r->before + r->behind == 0)
        return;
    if (p->locale_sign && took && r->rest.len > 1 && !sql_is_digit(r->rest.ptr[1])) {
        if (r->rest.ptr[1] == '-' || r->rest.ptr[1] == '+') {
            r->sign = (char)r->rest.ptr[1];
            advance(r, 1);
        }
    } else if (!took && !p->locale_sign && (p->plus || p->minus)) {
        if (peek(r) == '-' || peek(r) == '+')
            r->sign = (char)peek(r);
    }
}

/* A place for a digit or the point; the character read stays for the caller to step over. */
static void read_place(struct reader *r, bool digit_place)
{
    bool took = false;
    if (peek(r) == ' ')
        advance(r, 1);
    if (r->rest.len && r->sign == ' ' && digit_place && r->before + r->behind == 0)
        read_leading_sign(r);
    if (r->rest.len == 0)
        return;
    if (sql_is_digit(peek(r))) {
        if (r->point && r->behind == r->pattern->post)
            return;
        *r->put++ = (char)peek(r);
        *(r->point ? &r->behind : &r->before) += 1;
        took = true;
    } else if (r->pattern->decimal && !r->point && peek(r) == '.') {
        *r->put++ = '.';
        r->point = took = true;
    }
    read_trailing_sign(r, took);
}

static void read_node(struct reader *r, const struct sql_number_node *node)
{
    switch (node->key) {
    case SQL_NUMBER_9:
    case SQL_NUMBER_0:
        read_place(r, true);
        r->in_number = true;
        advance(r, 1);
        break;
    case SQL_NUMBER_D:
    case SQL_NUMBER_POINT:
        read_place(r, false);
        advance(r, 1);
        break;
    case SQL_NUMBER_COMMA:
    case SQL_NUMBER_G:
        if (peek(r) == ',' && (r->in_number || !r->pattern->fill))
            advance(r, 1);
        break;
    case SQL_NUMBER_L:
    case SQL_NUMBER_MI:
    case SQL_NUMBER_PL:
    case SQL_NUMBER_SG: skip_other(r, 1); break;
    case SQL_NUMBER_TH: skip_other(r, 2); break;
    case SQL_NUMBER_TEXT:
        advance(r, 1);
        while (r->rest.len && (peek(r) & 0xc0) == 0x80)
            advance(r, 1);
        break;
    default: break;
    }
}

static bool numeric_to_number(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_number_pattern p;
    struct sql_num num;
    if (args[1].len == 0)
        return sql_give_null(out);
    if (!sql_number_pattern_parse(call, datum_slice(args[1]), &p))
        return false;
    if (p.scientific)
        return sql_fail(call->env->error, "0A000", "\"EEEE\" not supported for input");
    if (p.roman)
        return sql_fail(call->env->error, "0A000", "\"RN\" not supported for input");
    char *digits = arena_alloc(call->arena, args[0].len + 3);
    if (!digits)
        return sql_fail_memory(call->env->error);
    struct reader r = {&p, datum_slice(args[0]), digits + 1, ' ', 0, 0, false, false};
    for (const struct sql_number_node *node = p.nodes; node->key != SQL_NUMBER_END && r.rest.len;
         node++)
        read_node(&r, node);
    if (r.put > digits + 1 && r.put[-1] == '.')
        r.put--;
    digits[0] = r.sign;
    int32_t typmod = sql_num_typmod(p.pre + p.multi + r.behind, r.behind);
    if (!sql_num_parse(call, slice_of(digits, (size_t)(r.put - digits)), &num) ||
        !sql_num_apply_typmod(call, typmod, &num))
        return false;
    if (p.times && !multiply_power(call, -p.multi, &num))
        return false;
    return sql_num_make(call, &num, out);
}

const struct sql_builtin sql_format_number_builtins[] = {
    {"numeric_to_char",   numeric_to_char  },
    {"int4_to_char",      int_to_char      },
    {"int8_to_char",      int_to_char      },
    {"float4_to_char",    float4_to_char   },
    {"float8_to_char",    float8_to_char   },
    {"numeric_to_number", numeric_to_number},
    {NULL,                NULL             },
};
