#include "emulators/sql/value/integer.h"

#include "common/text.h"
#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/receive.h"
#include "emulators/sql/value/text_scan.h"

static bool bad_syntax(struct sql_error *error, struct slice text, const char *type)
{
    return sql_fail(error, "22P02", "invalid input syntax for type %s: \"" SLICE_FMT "\"", type,
                    SLICE_ARG(text));
}

static bool bad_range(struct sql_error *error, struct slice text, const char *type)
{
    return sql_fail(error, "22003", "value \"" SLICE_FMT "\" is out of range for type %s",
                    SLICE_ARG(text), type);
}

/* 10, or what 0x, 0o or 0b says, which is taken off; a prefix alone is none. */
static int take_base(struct slice *in)
{
    if (in->len < 3 || in->ptr[0] != '0')
        return 10;
    uint8_t letter = ascii_lower(in->ptr[1]);
    int base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    if (base != 10)
        *in = slice_from(*in, 2);
    return base;
}

/* A digit's value; at least 16: it is none. */
static int digit_value(uint8_t c)
{
    uint8_t lower = ascii_lower(c);
    return sql_is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/* Digits are summed up as a negative number, which reaches one further; a number that is too long
 * is out of range even when something wrong follows it, as the first fault counts. */
bool sql_integer_parse(struct sql_error *error, struct slice text, int64_t min, int64_t max,
                       const char *type, int64_t *out)
{
    struct slice in = sql_skip_blanks(text);
    bool negative = in.len > 0 && in.ptr[0] == '-';
    int64_t lowest = min < -max ? min : -max;
    if (in.len > 0 && (in.ptr[0] == '-' || in.ptr[0] == '+'))
        in = slice_from(in, 1);
    size_t digits = 0;
    int64_t value = 0;
    int base = take_base(&in);
    for (; digits < in.len; digits++) {
        bool joins = in.ptr[digits] == '_' && (digits > 0 || base != 10) && digits + 1 < in.len &&
                     digit_value(in.ptr[digits + 1]) < base;
        int digit = digit_value(in.ptr[digits + joins]);
        if (digit >= base)
            break;
        digits += joins;
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_sub_overflow(value, digit, &value) || value < lowest)
            return bad_range(error, text, type);
    }
    if (digits == 0 || sql_skip_blanks(slice_from(in, digits)).len > 0)
        return bad_syntax(error, text, type);
    if (value < (negative ? min : -max))
        return bad_range(error, text, type);
    *out = negative ? value : -value;
    return true;
}

uint64_t sql_mix(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

int sql_int_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                    struct datum b)
{
    (void)call;
    (void)type;
    return (a.i > b.i) - (a.i < b.i);
}

uint64_t sql_int_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call;
    (void)type;
    return sql_mix(value.u);
}

/* One byte for sign and length, then the magnitude: 0x80 + n for n bytes of what is not negative,
 * 0x7f - n for n bytes of the rest, complemented. */
bool sql_int_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    uint64_t flip = value.i < 0 ? UINT64_MAX : 0;
    uint64_t magnitude = value.u ^ flip;
    uint8_t key[9];
    uint8_t len = 0;
    while (len < 8 && magnitude >> (8 * len))
        len++;
    key[0] = (uint8_t)(flip ? 0x7f - len : 0x80 + len);
    for (uint8_t i = 0; i < len; i++)
        key[1 + i] = (uint8_t)(value.u >> (8 * (len - 1 - i)));
    sql_bytes_add(out, key, len + 1u);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool int_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    uint8_t *at = sql_bytes_reserve(out, TEXT_INT_MAX);
    if (!at)
        return sql_fail_memory(call->env->error);
    char digits[TEXT_INT_MAX];
    size_t len = text_from_i64(digits, value.i);
    memcpy(at, digits, len);
    out->len += len;
    return true;
}

static bool integer_input(struct sql_call *call, struct slice text, int64_t min, int64_t max,
                          const char *type, struct datum *out)
{
    int64_t value;
    if (!sql_integer_parse(call->env->error, text, min, max, type, &value))
        return false;
    *out = datum_int(value);
    return true;
}

static bool int2_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return integer_input(call, text, INT16_MIN, INT16_MAX, "smallint", out);
}

static bool int4_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return integer_input(call, text, INT32_MIN, INT32_MAX, "integer", out);
}

static bool int8_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return integer_input(call, text, INT64_MIN, INT64_MAX, "bigint", out);
}

/* Object ids may be written as the negative number of the same 32 bits. */
static bool oid_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                      int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    int64_t value;
    if (!sql_integer_parse(call->env->error, text, INT32_MIN, UINT32_MAX, "oid", &value))
        return false;
    *out = datum_int((uint32_t)value);
    return true;
}

static bool receive_int(struct sql_call *call, struct slice bytes, size_t len, struct datum *out)
{
    struct sql_receive from = sql_receive_begin(bytes);
    unsigned shift = 64 - 8 * (unsigned)len;
    *out = datum_int((int64_t)(sql_receive_uint(&from, len) << shift) >> shift);
    return sql_receive_done(&from, call->env->error);
}

static bool int2_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return receive_int(call, bytes, 2, out);
}

static bool int4_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return receive_int(call, bytes, 4, out);
}

static bool int8_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    return receive_int(call, bytes, 8, out);
}

static bool oid_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                        int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    if (!receive_int(call, bytes, 4, out))
        return false;
    out->i = (uint32_t)out->i;
    return true;
}

static bool int2_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u16(out, (uint16_t)value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool int4_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u32(out, (uint32_t)value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool int8_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_u64(out, value.u);
    return !out->failed || sql_fail_memory(call->env->error);
}

/* Any beginning of a word that only that word has; `least` characters are needed. */
static bool is_beginning(struct slice text, const char *word, size_t least)
{
    return text.len >= least && text.len <= strlen(word) &&
           slice_eq_nocase(text, slice_of(word, text.len));
}

bool sql_bool_parse(struct slice text, bool *out)
{
    static const struct {
        const char *word;
        uint8_t least;
        bool value;
    } words[] = {
        {"true",  1, true },
        {"false", 1, false},
        {"yes",   1, true },
        {"no",    1, false},
        {"on",    2, true },
        {"off",   2, false},
        {"1",     1, true },
        {"0",     1, false},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (is_beginning(text, words[i].word, words[i].least)) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

static bool bool_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    bool value;
    if (!sql_bool_parse(sql_trim_blanks(text), &value))
        return bad_syntax(call->env->error, text, "boolean");
    *out = datum_bool(value);
    return true;
}

static bool bool_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_char(out, value.i ? 't' : 'f');
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool bool_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    (void)typmod;
    struct sql_receive from = sql_receive_begin(bytes);
    *out = datum_bool(sql_receive_uint(&from, 1) != 0);
    return sql_receive_done(&from, call->env->error);
}

static bool bool_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_char(out, value.i != 0);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool bool_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    return bool_send(call, type, value, out);
}

const struct sql_type_ops sql_bool_ops = {bool_input,      bool_output,          bool_receive,
                                          bool_send,       sql_int_compare,      sql_int_hash,
                                          bool_encode_key, SQL_ROW_FORM_UNSIGNED};
const struct sql_type_ops sql_int2_ops = {int2_input,         int_output,         int2_receive,
                                          int2_send,          sql_int_compare,    sql_int_hash,
                                          sql_int_encode_key, SQL_ROW_FORM_SIGNED};
const struct sql_type_ops sql_int4_ops = {int4_input,         int_output,         int4_receive,
                                          int4_send,          sql_int_compare,    sql_int_hash,
                                          sql_int_encode_key, SQL_ROW_FORM_SIGNED};
const struct sql_type_ops sql_int8_ops = {int8_input,         int_output,         int8_receive,
                                          int8_send,          sql_int_compare,    sql_int_hash,
                                          sql_int_encode_key, SQL_ROW_FORM_SIGNED};
const struct sql_type_ops sql_oid_ops = {oid_input,          int_output,           oid_receive,
                                         int4_send,          sql_int_compare,      sql_int_hash,
                                         sql_int_encode_key, SQL_ROW_FORM_UNSIGNED};
