#include "emulators/sql/value/numeric.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/integer.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

#define BASE     SQL_NUM_BASE
#define DIGITS   SQL_NUM_BASE_DIGITS
#define HEAD_LEN 4
/* Kinds in the head's upper bits. */
#define HEAD_NEGATIVE  0x4000u
#define HEAD_SPECIAL   0x8000u
#define HEAD_SCALE     0x3fffu
#define EXPONENT_LIMIT (INT_MAX / 2)
#define TYPMOD_HEAD    4
#define DOUBLE_ROOM    512

/* ---- flat form */

bool sql_num_open(struct arena *arena, struct datum value, struct sql_num *out)
{
    uint16_t head;
    int16_t weight;
    memcpy(&head, value.ptr, sizeof(head));
    memcpy(&weight, value.ptr + 2, sizeof(weight));
    *out = (struct sql_num){.negative = (head & HEAD_NEGATIVE) != 0};
    if (head & HEAD_SPECIAL) {
        out->kind = (enum sql_num_kind)(head & HEAD_SCALE);
        return true;
    }
    out->weight = weight;
    out->scale = head & HEAD_SCALE;
    out->count = (int32_t)((value.len - HEAD_LEN) / sizeof(uint16_t));
    const uint8_t *at = value.ptr + HEAD_LEN;
    static const uint16_t none = 0;
    if (out->count == 0) {
        out->digits = &none;
        return true;
    }
    if ((uintptr_t)at % sizeof(uint16_t) == 0) {
        out->digits = (const uint16_t *)(const void *)at;
        return true;
    }
    uint16_t *digits = arena_array(arena, (size_t)out->count, sizeof(*digits));
    if (digits)
        memcpy(digits, at, (size_t)out->count * sizeof(*digits));
    out->digits = digits;
    return digits != NULL;
}

static bool fail_overflow(struct sql_call *call)
{
    return sql_fail(call->env->error, "22003", "value overflows numeric format");
}

bool sql_num_make(struct sql_call *call, const struct sql_num *num, struct datum *out)
{
    struct sql_num made = *num;
    uint16_t head = made.negative ? HEAD_NEGATIVE : 0;
    if (made.kind != SQL_NUM_FINITE) {
        made = (struct sql_num){0};
        head = (uint16_t)(head | HEAD_SPECIAL | (unsigned)num->kind);
    } else {
        sql_num_strip(&made);
        if (made.weight != (int16_t)made.weight || made.scale > SQL_NUM_SCALE_MAX)
            return fail_overflow(call);
        head = (uint16_t)((made.negative ? HEAD_NEGATIVE : 0) | (unsigned)made.scale);
    }
    size_t digits_len = (size_t)made.count * sizeof(uint16_t);
    uint8_t *flat = arena_alloc(call->arena, HEAD_LEN + digits_len);
    if (!flat)
        return sql_fail_memory(call->env->error);
    int16_t weight = (int16_t)made.weight;
    memcpy(flat, &head, sizeof(head));
    memcpy(flat + 2, &weight, sizeof(weight));
    if (digits_len)
        memcpy(flat + HEAD_LEN, made.digits, digits_len);
    *out = datum_bytes(slice_of(flat, HEAD_LEN + digits_len));
    return true;
}

bool sql_call_give_num(struct sql_call *call, const struct sql_num *num, struct datum *out)
{
    return sql_num_make(call, num, out);
}

/* ---- text */

/* The parts of a number's text. */
struct number_text {
    struct slice whole, fraction;
    int64_t exponent;
};

static struct slice take_digits(struct slice *rest)
{
    size_t len = 0;
    while (len < rest->len && sql_is_digit(rest->ptr[len]))
        len++;
    struct slice digits = slice_of(rest->ptr, len);
    *rest = slice_from(*rest, len);
    return digits;
}

static bool take_char(struct slice *rest, char c)
{
    if (rest->len == 0 || ascii_lower(rest->ptr[0]) != (uint8_t)c)
        return false;
    *rest = slice_from(*rest, 1);
    return true;
}

/* Splits the text without its sign; false: it is no number. */
static bool split_number(struct slice *rest, struct number_text *out)
{
    *out = (struct number_text){0};
    out->whole = take_digits(rest);
    if (take_char(rest, '.'))
        out->fraction = take_digits(rest);
    if (out->whole.len + out->fraction.len == 0)
        return false;
    if (!take_char(rest, 'e'))
        return true;
    bool negative = take_char(rest, '-');
    if (!negative)
        take_char(rest, '+');
    struct slice digits = take_digits(rest);
    for (size_t i = 0; i < digits.len && out->exponent < EXPONENT_LIMIT; i++)
        out->exponent = out->exponent * 10 + (digits.ptr[i] - '0');
    if (negative)
        out->exponent = -out->exponent;
    return digits.len > 0;
}

/* Decimal digits, `at` places behind the decimal point of the first, into digits of base 10000. */
static bool group_digits(struct arena *arena, const struct number_text *text, struct sql_num *out)
{
    size_t len = text->whole.len + text->fraction.len;
    int64_t point = (int64_t)text->whole.len + text->exponent; /* decimal digits before the point */
    int64_t weight = point > 0 ? (point + DIGITS - 1) / DIGITS - 1 : -(-point / DIGITS) - 1;
    size_t offset = (size_t)((weight + 1) * DIGITS - point); /* zeros before the first digit */
    size_t count = (len + offset + DIGITS - 1) / DIGITS;
    uint16_t *digits = arena_zalloc(arena, count * sizeof(*digits));
    if (!digits)
        return false;
    static const uint16_t place[] = {1000, 100, 10, 1};
    for (size_t i = 0; i < len; i++) {
        uint8_t c =
            i < text->whole.len ? text->whole.ptr[i] : text->fraction.ptr[i - text->whole.len];
        size_t at = i + offset;
        digits[at / DIGITS] = (uint16_t)(digits[at / DIGITS] + (c - '0') * place[at % DIGITS]);
    }
    int64_t scale = (int64_t)text->fraction.len - text->exponent;
    *out = (struct sql_num){.weight = (int32_t)weight,
                            .scale = scale > 0 ? (int32_t)scale : 0,
                            .count = (int32_t)count,
                            .digits = digits};
    return true;
}

static bool special_word(struct slice text, bool negative, bool has_sign, struct sql_num *out)
{
    *out = (struct sql_num){.negative = negative};
    if (slice_is(text, "inf") || slice_is(text, "infinity"))
        out->kind = SQL_NUM_INFINITY;
    else if (slice_is(text, "nan") && !has_sign)
        out->kind = SQL_NUM_NAN;
    return out->kind != SQL_NUM_FINITE;
}

bool sql_num_parse(struct sql_call *call, struct slice text, struct sql_num *out)
{
    struct slice rest = sql_trim_blanks(text);
    bool negative = take_char(&rest, '-');
    bool has_sign = negative || take_char(&rest, '+');
    struct number_text parts;
    if (special_word(rest, negative, has_sign, out))
        return true;
    if (!sql_num_plain(call->arena, &rest))
        return sql_fail_memory(call->env->error);
    if (!split_number(&rest, &parts) || rest.len > 0)
        return sql_fail(call->env->error, "22P02",
                        "invalid input syntax for type numeric: \"" SLICE_FMT "\"",
                        SLICE_ARG(text));
    if (parts.exponent >= EXPONENT_LIMIT || parts.exponent <= -EXPONENT_LIMIT)
        return fail_overflow(call);
    if (!group_digits(call->arena, &parts, out))
        return sql_fail_memory(call->env->error);
    out->negative = negative;
    sql_num_strip(out);
    return true;
}

/* Four decimal digits. */
static void put_digit(uint8_t at[DIGITS], uint16_t digit)
{
    for (int i = DIGITS - 1; i >= 0; i--, digit /= 10)
        at[i] = (uint8_t)('0' + digit % 10);
}

bool sql_num_print(const struct sql_num *num, struct sql_bytes *out)
{
    if (num->kind != SQL_NUM_FINITE) {
        sql_bytes_add_str(out, num->kind == SQL_NUM_NAN ? "NaN"
                               : num->negative          ? "-Infinity"
                                                        : "Infinity");
        return !out->failed;
    }
    size_t whole = num->weight >= 0 ? (size_t)num->weight + 1 : 0;
    size_t fraction = ((size_t)num->scale + DIGITS - 1) / DIGITS;
    uint8_t *at = sql_bytes_reserve(out, (whole + fraction + 1) * DIGITS + 2);
    if (!at)
        return false;
    uint8_t *start = at;
    if (num->negative)
        *at++ = '-';
    for (size_t i = 0; i < whole; i++, at += DIGITS)
        put_digit(at, (int32_t)i < num->count ? num->digits[i] : 0);
    uint8_t *first = start + num->negative;
    size_t zeros = 0;
    while (first + zeros + 1 < at && first[zeros] == '0')
        zeros++;
    memmove(first, first + zeros, (size_t)(at - first) - zeros);
    at -= zeros;
    if (whole == 0)
        *at++ = '0';
    if (num->scale > 0) {
        *at++ = '.';
        uint8_t *point = at;
        for (size_t i = 0; i < fraction; i++, at += DIGITS) {
            int32_t index = num->weight + 1 + (int32_t)i;
            put_digit(at, index >= 0 && index < num->count ? num->digits[index] : 0);
        }
        at = point + num->scale;
    }
    out->len += (size_t)(at - start);
    return true;
}

/* ---- declared precision and scale: typmod is (precision << 16 | scale of 11 bits) + 4 */

int32_t sql_num_typmod(int32_t precision, int32_t scale)
{
    return (int32_t)((uint32_t)precision << 16 | ((uint32_t)scale & 0x7ff)) + TYPMOD_HEAD;
}

static void read_typmod(int32_t typmod, int32_t *out_precision, int32_t *out_scale)
{
    int32_t packed = typmod - TYPMOD_HEAD;
    *out_precision = packed >> 16 & 0xffff;
    *out_scale = ((packed & 0x7ff) ^ 1024) - 1024;
}

/* Decimal digits before the point, negative for zeros behind it. */
static int32_t decimal_weight(const struct sql_num *num)
{
    int32_t digits = (num->weight + 1) * DIGITS;
    for (uint16_t first = num->digits[0]; first < BASE / 10; first = (uint16_t)(first * 10))
        digits--;
    return digits;
}

bool sql_num_apply_typmod(struct sql_call *call, int32_t typmod, struct sql_num *num)
{
    int32_t precision, scale;
    struct sql_error *error = call->env->error;
    if (typmod < TYPMOD_HEAD || num->kind == SQL_NUM_NAN)
        return true;
    read_typmod(typmod, &precision, &scale);
    if (num->kind == SQL_NUM_INFINITY) {
        sql_fail(error, "22003", "numeric field overflow");
        return sql_detail(error,
                          "A field with precision %d, scale %d cannot hold an infinite value.",
                          precision, scale);
    }
    if (!sql_num_round(call->arena, num, scale, num))
        return sql_fail_memory(error);
    int32_t digits = precision - scale;
    if (num->count == 0 || decimal_weight(num) <= digits)
        return true;
    sql_fail(error, "22003", "numeric field overflow");
    return sql_detail(
        error,
        "A field with precision %d, scale %d must round to an absolute value less than %s%d.",
        precision, scale, digits ? "10^" : "", digits ? digits : 1);
}

/* ---- other numbers */

bool sql_num_from_int(struct arena *arena, int64_t value, struct sql_num *out)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    enum { COUNT = 5 }; /* 20 decimal digits */
    uint16_t *digits = arena_array(arena, COUNT, sizeof(*digits));
    if (!digits)
        return false;
    for (int i = COUNT - 1; i >= 0; i--, magnitude /= BASE)
        digits[i] = (uint16_t)(magnitude % BASE);
    *out = (struct sql_num){
        .negative = value < 0, .weight = COUNT - 1, .count = COUNT, .digits = digits};
    sql_num_strip(out);
    return true;
}

bool sql_num_to_int(struct arena *arena, const struct sql_num *num, int64_t *out)
{
    struct sql_num whole;
    if (num->kind != SQL_NUM_FINITE || num->weight > 4 || !sql_num_round(arena, num, 0, &whole))
        return false;
    int64_t value = 0; /* negative: the range is one larger there */
    for (int32_t i = 0; i <= whole.weight && whole.count; i++)
        if (__builtin_mul_overflow(value, BASE, &value) ||
            __builtin_sub_overflow(value, i < whole.count ? whole.digits[i] : 0, &value))
            return false;
    if (!whole.negative && value == INT64_MIN)
        return false;
    *out = whole.negative ? value : -value;
    return true;
}

bool sql_num_to_double(struct arena *arena, const struct sql_num *num, double *out)
{
    struct sql_bytes text;
    sql_bytes_init(&text, arena);
    sql_num_print(num, &text);
    sql_bytes_add_char(&text, '\0');
    if (text.failed)
        return false;
    *out = strtod((const char *)text.ptr, NULL);
    return true;
}

bool sql_num_from_double(struct sql_call *call, double value, int digits, struct sql_num *out)
{
    *out = (struct sql_num){.kind = isnan(value) ? SQL_NUM_NAN : SQL_NUM_INFINITY,
                            .negative = value < 0};
    if (!isfinite(value))
        return true;
    char text[DOUBLE_ROOM];
    int len = snprintf(text, sizeof(text), "%.*g", digits, value);
    return sql_num_parse(call, slice_of(text, (size_t)len), out);
}

/* ---- operations of the type */

static bool numeric_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                          int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_num num;
    return sql_num_parse(call, text, &num) && sql_num_apply_typmod(call, typmod, &num) &&
           sql_num_make(call, &num, out);
}

static bool numeric_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                           struct sql_bytes *out)
{
    (void)type;
    struct sql_num num;
    return (sql_num_open(call->arena, value, &num) && sql_num_print(&num, out)) ||
           sql_fail_memory(call->env->error);
}

/* Signs of the binary form. */
enum {
    WIRE_POSITIVE,
    WIRE_NEGATIVE = 0x4000,
    WIRE_NAN = 0xc000,
    WIRE_INF = 0xd000,
    WIRE_NEG_INF = 0xf000
};
#define WIRE_INF_SCALE 0x20 /* what the server sends for the infinities, and nobody reads */

static bool bad_binary(struct sql_call *call, const char *what)
{
    return sql_fail(call->env->error, "22P03", "invalid %s in external \"numeric\" value", what);
}

static bool receive_sign(struct sql_call *call, uint16_t sign, struct sql_num *num)
{
    switch (sign) {
    case WIRE_POSITIVE: return true;
    case WIRE_NEGATIVE: num->negative = true; return true;
    case WIRE_NAN: num->kind = SQL_NUM_NAN; return true;
    case WIRE_NEG_INF:
        num->negative = true;
        num->kind = SQL_NUM_INFINITY;
        return true;
    case WIRE_INF: num->kind = SQL_NUM_INFINITY; return true;
    default: return bad_binary(call, "sign");
    }
}

static bool numeric_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                            int32_t typmod, struct datum *out)
{
    (void)type;
    struct sql_receive from = sql_receive_begin(bytes);
    struct sql_num num = {0};
    uint32_t count = (uint32_t)sql_receive_uint(&from, 2);
    num.weight = sql_receive_i16(&from);
    if (!receive_sign(call, (uint16_t)sql_receive_uint(&from, 2), &num))
        return false;
    num.scale = (int32_t)sql_receive_uint(&from, 2);
    if (num.scale > SQL_NUM_SCALE_MAX)
        return bad_binary(call, "scale");
    uint16_t *digits = arena_array(call->arena, count, sizeof(*digits));
    if (!digits)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++) {
        digits[i] = (uint16_t)sql_receive_uint(&from, 2);
        if (digits[i] >= BASE)
            return bad_binary(call, "digit");
    }
    if (!sql_receive_done(&from, call->env->error))
        return false;
    num.count = (int32_t)count;
    num.digits = digits;
    if (num.kind == SQL_NUM_FINITE) {
        sql_num_strip(&num);
        if (!sql_num_truncate(call->arena, &num, num.scale, &num))
            return sql_fail_memory(call->env->error);
    }
    return sql_num_apply_typmod(call, typmod, &num) && sql_num_make(call, &num, out);
}

static bool numeric_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    struct sql_num num;
    if (!sql_num_open(call->arena, value, &num))
        return sql_fail_memory(call->env->error);
    static const uint16_t signs[][2] = {
        {WIRE_POSITIVE, WIRE_NEGATIVE},
        {WIRE_NAN,      WIRE_NAN     },
        {WIRE_INF,      WIRE_NEG_INF }
    };
    sql_bytes_add_u16(out, (uint16_t)num.count);
    sql_bytes_add_u16(out, (uint16_t)num.weight);
    sql_bytes_add_u16(out, signs[num.kind][num.negative]);
    sql_bytes_add_u16(out, num.kind == SQL_NUM_INFINITY ? WIRE_INF_SCALE : (uint16_t)num.scale);
    for (int32_t i = 0; i < num.count; i++)
        sql_bytes_add_u16(out, num.digits[i]);
    return !out->failed || sql_fail_memory(call->env->error);
}

/* Compares the magnitudes of two finite numbers that are not zero. */
static int compare_digits(struct datum a, struct datum b)
{
    int16_t weights[2];
    memcpy(&weights[0], a.ptr + 2, sizeof(weights[0]));
    memcpy(&weights[1], b.ptr + 2, sizeof(weights[1]));
    if (weights[0] != weights[1])
        return weights[0] > weights[1] ? 1 : -1;
    for (uint32_t at = HEAD_LEN; at < a.len && at < b.len; at += sizeof(uint16_t)) {
        uint16_t digits[2];
        memcpy(&digits[0], a.ptr + at, sizeof(digits[0]));
        memcpy(&digits[1], b.ptr + at, sizeof(digits[1]));
        if (digits[0] != digits[1])
            return digits[0] > digits[1] ? 1 : -1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

/* -Infinity, negative, zero, positive, Infinity, NaN. */
static int class_of(struct datum value)
{
    uint16_t head;
    memcpy(&head, value.ptr, sizeof(head));
    int sign = head & HEAD_NEGATIVE ? -1 : 1;
    if (!(head & HEAD_SPECIAL))
        return value.len > HEAD_LEN ? sign : 0;
    return (head & HEAD_SCALE) == SQL_NUM_NAN ? 3 : 2 * sign;
}

/* On the flat form, as sorts compare often and take no memory for it. */
static int numeric_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                           struct datum b)
{
    (void)call;
    (void)type;
    int class = class_of(a), other = class_of(b);
    if (class != other)
        return class > other ? 1 : -1;
    return class == 1 ? compare_digits(a, b) : class == -1 ? compare_digits(b, a) : 0;
}

static uint64_t numeric_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)type;
    struct sql_num num = {0};
    if (!sql_num_open(call->arena, value, &num))
        return 0;
    uint64_t hash =
        sql_mix((uint64_t)num.kind << 33 | (uint64_t)num.negative << 32 | (uint32_t)num.weight);
    for (int32_t i = 0; i < num.count; i++)
        hash = sql_mix(hash ^ num.digits[i]);
    return hash;
}

/* First byte of a key, in the values' order. */
enum { KEY_NEG_INF = 1, KEY_NEGATIVE, KEY_ZERO, KEY_POSITIVE, KEY_INF, KEY_NAN };

static uint8_t key_class(const struct sql_num *num)
{
    static const uint8_t infinities[] = {KEY_INF, KEY_NEG_INF};
    if (num->kind == SQL_NUM_FINITE)
        return (uint8_t)(KEY_ZERO + sql_num_sign(num));
    return num->kind == SQL_NUM_NAN ? KEY_NAN : infinities[num->negative];
}

/* Class, weight, digits plus one, a zero for the end; all but the class turned round below zero. */
static bool numeric_encode_key(struct sql_call *call, const struct sql_type *type,
                               struct datum value, struct sql_bytes *out)
{
    (void)type;
    struct sql_num num;
    if (!sql_num_open(call->arena, value, &num))
        return sql_fail_memory(call->env->error);
    uint8_t class = key_class(&num);
    uint16_t flip = num.negative ? 0xffff : 0;
    sql_bytes_add_char(out, (char)class);
    if (class == KEY_POSITIVE || class == KEY_NEGATIVE) {
        sql_bytes_add_u16(out, (uint16_t)(num.weight + 0x8000) ^ flip);
        for (int32_t i = 0; i < num.count; i++)
            sql_bytes_add_u16(out, (uint16_t)(num.digits[i] + 1) ^ flip);
        sql_bytes_add_u16(out, flip);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_numeric_ops = {numeric_input,     numeric_output,  numeric_receive,
                                             numeric_send,      numeric_compare, numeric_hash,
                                             numeric_encode_key};
