/* ASCII armour of OpenPGP: RFC 4880 6. */
#include "common/text.h"
#include "common/utf8.h"
#include "emulators/postgres/extension/functions.h"
#include "emulators/postgres/functions/functions.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

#define BEGIN     "-----BEGIN PGP MESSAGE-----"
#define END       "-----END PGP MESSAGE-----"
#define LINE_MAX  76 /* characters of base64 */
#define CRC_SIZE  3
#define CRC_CHARS 4

static uint32_t crc24(struct slice bytes)
{
    uint32_t crc = 0xb704ce;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (uint32_t)bytes.ptr[i] << 16;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc & 0x800000 ? 0x1864cfb : 0);
    }
    return crc & 0xffffff;
}

/* ---- armor */

/* One header; what: "key" or "value". */
static bool check_part(struct sql_call *call, struct slice text, const char *what)
{
    struct sql_error *error = call->env->error;
    if (!utf8_is_ascii(text))
        return sql_fail(error, "22023", "header %s must not contain non-ASCII characters", what);
    if (*what == 'k' && sql_text_find(text, slice_str(": ")) != SIZE_MAX)
        return sql_fail(error, "22023", "header key must not contain \": \"");
    return !text.len || !memchr(text.ptr, '\n', text.len) ||
           sql_fail(error, "22023", "header %s must not contain newlines", what);
}

static bool add_headers(struct sql_call *call, const struct datum *args, struct sql_bytes *out)
{
    struct sql_error *error = call->env->error;
    struct sql_array keys, values;
    sql_array_open(args[1], &keys);
    sql_array_open(args[2], &values);
    if (keys.shape.dims > 1 || values.shape.dims > 1)
        return sql_fail(error, "2202E", "wrong number of array subscripts");
    if (keys.count != values.count)
        return sql_fail(error, "2202E", "mismatched array dimensions");
    for (uint32_t i = 0; i < keys.count; i++) {
        if (sql_array_is_null(&keys, i))
            return sql_fail(error, "22004", "null value not allowed for header key");
        if (sql_array_is_null(&values, i))
            return sql_fail(error, "22004", "null value not allowed for header value");
        struct slice key = datum_slice(sql_array_get(&keys, i));
        struct slice value = datum_slice(sql_array_get(&values, i));
        if (!check_part(call, key, "key") || !check_part(call, value, "value"))
            return false;
        sql_bytes_add_slice(out, key);
        sql_bytes_add_str(out, ": ");
        sql_bytes_add_slice(out, value);
        sql_bytes_add_char(out, '\n');
    }
    return true;
}

/* The base64 in lines, the last one ended as well. */
static bool add_base64(struct sql_call *call, struct slice data, struct sql_bytes *out)
{
    size_t len = (data.len + 2) / 3 * 4;
    char *text = arena_alloc(call->arena, len + 1);
    if (!text)
        return sql_fail_memory(call->env->error);
    text_to_base64(text, data.ptr, data.len);
    for (size_t at = 0; at < len; at += LINE_MAX) {
        sql_bytes_add(out, text + at, len - at < LINE_MAX ? len - at : LINE_MAX);
        sql_bytes_add_char(out, '\n');
    }
    return true;
}

static bool armor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice data = datum_slice(args[0]);
    struct sql_bytes text = sql_bytes_begin(call);
    uint32_t crc = crc24(data);
    const uint8_t bytes[CRC_SIZE] = {(uint8_t)(crc >> 16), (uint8_t)(crc >> 8), (uint8_t)crc};
    char check[CRC_CHARS];
    text_to_base64(check, bytes, sizeof bytes);
    sql_bytes_add_str(&text, BEGIN "\n");
    if (call->argc > 1 && !add_headers(call, args, &text))
        return false;
    sql_bytes_add_char(&text, '\n');
    if (!add_base64(call, data, &text))
        return false;
    sql_bytes_printf(&text, "=%.*s\n" END "\n", CRC_CHARS, check);
    return sql_give_bytes(call, out, &text);
}

/* ---- dearmor */

static bool corrupt(struct sql_call *call)
{
    return sql_fail(call->env->error, "39000", "Corrupt ascii-armor");
}

/* The next line without its end, which is taken off with it. */
static struct slice line(struct slice *text)
{
    const uint8_t *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
    struct slice one = slice_of(text->ptr, end ? (size_t)(end - text->ptr) : text->len);
    *text = slice_from(*text, end ? one.len + 1 : one.len);
    if (one.len && one.ptr[one.len - 1] == '\r')
        one.len--;
    return one;
}

/* Headers and body of an armour: the text between its lines. */
static bool split(struct slice text, struct slice *headers, struct slice *body)
{
    struct slice one;
    do {
        if (!text.len)
            return false;
        one = line(&text);
    } while (!pg_begins_with(one, "-----BEGIN ") || one.len < strlen("-----BEGIN -----"));
    *headers = text;
    do {
        headers->len = (size_t)(text.ptr - headers->ptr);
        if (!text.len)
            return false;
        one = line(&text);
    } while (one.len);
    *body = text;
    while (text.len) {
        body->len = (size_t)(text.ptr - body->ptr);
        if (pg_begins_with(line(&text), "-----END "))
            return true;
    }
    return false;
}

/* The body without its blanks, up to the checksum. */
static bool read_body(struct sql_call *call, struct slice body, struct slice *out,
                      struct slice *check)
{
    struct sql_bytes base64 = sql_bytes_begin(call);
    *check = slice_of(NULL, 0);
    while (body.len) {
        struct slice one = sql_trim_blanks(line(&body));
        if (one.len && one.ptr[0] == '=') {
            *check = slice_from(one, 1);
            break;
        }
        sql_bytes_add_slice(&base64, one);
    }
    *out = sql_bytes_slice(&base64);
    return !base64.failed || sql_fail_memory(call->env->error);
}

static bool dearmor(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice headers, body, base64, check;
    uint8_t crc[CRC_SIZE];
    size_t len = 0, crc_len = 0;
    if (!split(datum_slice(args[0]), &headers, &body))
        return corrupt(call);
    if (!read_body(call, body, &base64, &check))
        return false;
    uint8_t *data = arena_alloc(call->arena, base64.len + 1);
    if (!data)
        return sql_fail_memory(call->env->error);
    if (check.len != CRC_CHARS || !text_from_base64(check, crc, &crc_len) || crc_len != CRC_SIZE ||
        !text_from_base64(base64, data, &len))
        return corrupt(call);
    uint32_t wanted = (uint32_t)crc[0] << 16 | (uint32_t)crc[1] << 8 | crc[2];
    return crc24(slice_of(data, len)) == wanted ? sql_give_slice(out, slice_of(data, len))
                                                : corrupt(call);
}

/* ---- pgp_armor_headers */

static bool armor_headers(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice *rest = call->set_state, body;
    if (!rest) {
        rest = call->set_state = arena_zalloc(call->set_arena, sizeof *rest);
        if (!rest)
            return sql_fail_memory(call->env->error);
        if (!split(datum_slice(args[0]), rest, &body))
            return corrupt(call);
    }
    call->done = rest->len == 0;
    if (call->done)
        return sql_give_null(out);
    struct slice one = line(rest);
    size_t colon = sql_text_find(one, slice_str(": "));
    if (colon == SIZE_MAX)
        return corrupt(call);
    const struct datum row[] = {datum_bytes(slice_of(one.ptr, colon)),
                                datum_bytes(slice_from(one, colon + 2))};
    return pg_call_give_row(call, row, 2, out);
}

const struct sql_builtin pg_armor_functions[] = {
    {"pg_armor",          armor        },
    {"pg_dearmor",        dearmor      },
    {"pgp_armor_headers", armor_headers},
    {NULL,                NULL         },
};
