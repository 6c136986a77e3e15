#include "emulators/sql/value/bytea.h"

#include "common/hash.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"

static const char hex_digits[] = "0123456789abcdef";

void sql_bytea_add_hex(struct sql_bytes *out, struct slice bytes)
{
    uint8_t *at = sql_bytes_reserve(out, bytes.len * 2 + 2);
    if (!at)
        return;
    *at++ = '\\';
    *at++ = 'x';
    for (size_t i = 0; i < bytes.len; i++) {
        *at++ = (uint8_t)hex_digits[bytes.ptr[i] >> 4];
        *at++ = (uint8_t)hex_digits[bytes.ptr[i] & 15];
    }
    out->len += bytes.len * 2 + 2;
}

void sql_bytea_add_escaped(struct sql_bytes *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        if (c == '\\') {
            sql_bytes_add_str(out, "\\\\");
        } else if (c < 0x20 || c > 0x7e) {
            const char octal[] = {'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                                  (char)('0' + (c & 7))};
            sql_bytes_add(out, octal, sizeof(octal));
        } else {
            sql_bytes_add_char(out, (char)c);
        }
    }
}

/* -1: not a digit. */
static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool fail_hex_digit(struct sql_error *error, struct slice rest)
{
    struct slice shown = sql_text_prefix(rest, 1);
    return sql_fail(error, "22023", "invalid hexadecimal digit: \"%.*s\"", SLICE_ARG(shown));
}

bool sql_bytea_from_hex(struct sql_error *error, struct slice text, struct sql_bytes *out)
{
    if (!sql_bytes_reserve(out, text.len / 2 + 1))
        return sql_fail_memory(error);
    for (size_t i = 0; i < text.len; i++) {
        if (is_blank(text.ptr[i]))
            continue;
        int high = hex_value(text.ptr[i]);
        if (high < 0)
            return fail_hex_digit(error, slice_from(text, i));
        if (++i >= text.len)
            return sql_fail(error, "22023", "invalid hexadecimal data: odd number of digits");
        int low = hex_value(text.ptr[i]);
        if (low < 0)
            return fail_hex_digit(error, slice_from(text, i));
        out->ptr[out->len++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* Bytes that a backslash begins; 0: not an escape. */
static size_t unescape(struct slice rest, char *out)
{
    if (rest.len >= 2 && rest.ptr[1] == '\\') {
        *out = '\\';
        return 2;
    }
    if (rest.len < 4 || rest.ptr[1] < '0' || rest.ptr[1] > '3')
        return 0;
    if (rest.ptr[2] < '0' || rest.ptr[2] > '7' || rest.ptr[3] < '0' || rest.ptr[3] > '7')
        return 0;
    *out = (char)((rest.ptr[1] - '0') << 6 | (rest.ptr[2] - '0') << 3 | (rest.ptr[3] - '0'));
    return 4;
}

static bool bytea_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (text.len >= 2 && text.ptr[0] == '\\' && text.ptr[1] == 'x')
        return sql_bytea_from_hex(call->env->error, slice_from(text, 2), &bytes) &&
               sql_give_bytes(call, out, &bytes);
    sql_bytes_reserve(&bytes, text.len);
    for (size_t i = 0; i < text.len;) {
        char c = (char)text.ptr[i];
        size_t used = c == '\\' ? unescape(slice_from(text, i), &c) : 1;
        if (used == 0)
            return sql_fail(call->env->error, "22P02", "invalid input syntax for type bytea");
        sql_bytes_add_char(&bytes, c);
        i += used;
    }
    return sql_give_bytes(call, out, &bytes);
}

static bool bytea_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                         struct sql_bytes *out)
{
    (void)type;
    if (call->env->format && call->env->format->bytea_escape)
        sql_bytea_add_escaped(out, datum_slice(value));
    else
        sql_bytea_add_hex(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool bytea_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                          int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return sql_give_copy(call, out, bytes);
}

static bool bytea_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

static int bytea_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                         struct datum b)
{
    (void)call, (void)type;
    return slice_compare(datum_slice(a), datum_slice(b));
}

static uint64_t bytea_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    return hash_bytes(datum_slice(value));
}

static bool bytea_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                             struct sql_bytes *out)
{
    (void)type;
    sql_key_add_binary(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops sql_bytea_ops = {bytea_input,   bytea_output, bytea_receive,   bytea_send,
                                           bytea_compare, bytea_hash,   bytea_encode_key};

static bool fail_uuid(struct sql_call *call, struct slice text)
{
    return sql_fail(call->env->error, "22P02", "invalid input syntax for type uuid: \"%.*s\"",
                    SLICE_ARG(text));
}

/* 32 digits; a hyphen may follow each group of four; braces may be around all of it. */
static bool uuid_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    uint8_t *uuid = arena_alloc(call->arena, SQL_UUID_SIZE);
    if (!uuid)
        return sql_fail_memory(call->env->error);
    struct slice rest = text;
    bool braces = rest.len > 0 && rest.ptr[0] == '{';
    if (braces) {
        if (rest.ptr[rest.len - 1] != '}')
            return fail_uuid(call, text);
        rest = slice_of(rest.ptr + 1, rest.len - 2);
    }
    for (unsigned i = 0; i < SQL_UUID_SIZE; i++) {
        if (rest.len < 2 || hex_value(rest.ptr[0]) < 0 || hex_value(rest.ptr[1]) < 0)
            return fail_uuid(call, text);
        uuid[i] = (uint8_t)(hex_value(rest.ptr[0]) << 4 | hex_value(rest.ptr[1]));
        rest = slice_from(rest, 2);
        if (i % 2 == 1 && i < SQL_UUID_SIZE - 1 && rest.len > 0 && rest.ptr[0] == '-')
            rest = slice_from(rest, 1);
    }
    if (rest.len > 0)
        return fail_uuid(call, text);
    return sql_give_slice(out, slice_of(uuid, SQL_UUID_SIZE));
}

static bool uuid_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    for (unsigned i = 0; i < SQL_UUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            sql_bytes_add_char(out, '-');
        sql_bytes_add_char(out, hex_digits[value.ptr[i] >> 4]);
        sql_bytes_add_char(out, hex_digits[value.ptr[i] & 15]);
    }
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool uuid_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    if (bytes.len < SQL_UUID_SIZE)
        return sql_fail(call->env->error, "08P01", "insufficient data left in message");
    if (bytes.len > SQL_UUID_SIZE)
        return sql_fail(call->env->error, "22P03", "incorrect binary data format");
    return sql_give_copy(call, out, bytes);
}

const struct sql_type_ops sql_uuid_ops = {uuid_input,    uuid_output, uuid_receive, bytea_send,
                                          bytea_compare, bytea_hash,  bytea_send};
