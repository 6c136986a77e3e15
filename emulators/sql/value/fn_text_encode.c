/* Bytes as text and back: encode, decode; unistr. */
#include "common/text.h"
#include "emulators/sql/value/bytea.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

#define BASE64_LINE 76 /* characters between line ends (RFC 2045) */

static void encode_base64(struct sql_bytes *out, struct slice bytes)
{
    while (bytes.len > 0) {
        size_t len = bytes.len < BASE64_LINE / 4 * 3 ? bytes.len : BASE64_LINE / 4 * 3;
        uint8_t *at = sql_bytes_reserve(out, BASE64_LINE + 1);
        if (!at)
            return;
        text_to_base64((char *)at, bytes.ptr, len);
        out->len += TEXT_BASE64_LEN(len);
        bytes = slice_from(bytes, len);
        if (bytes.len > 0)
            sql_bytes_add_char(out, '\n');
    }
}

static void encode_hex(struct sql_bytes *out, struct slice bytes)
{
    uint8_t *at = sql_bytes_reserve(out, bytes.len * 2);
    if (!at)
        return;
    text_to_hex((char *)at, bytes.ptr, bytes.len);
    out->len += bytes.len * 2;
}

/* NUL and bytes above 127 in octal, backslashes doubled. */
static void encode_escape(struct sql_bytes *out, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.ptr[i];
        if (c == 0 || c >= 0x80)
            sql_bytes_printf(out, "\\%03o", c);
        else if (c == '\\')
            sql_bytes_add_str(out, "\\\\");
        else
            sql_bytes_add_char(out, (char)c);
    }
}

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (sql_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Groups of four; '=' only at the end of the last one. */
static bool decode_base64(struct sql_error *error, struct slice text, struct sql_bytes *out)
{
    uint32_t bits = 0;
    unsigned count = 0, bytes = 3; /* how many the group has: fewer once '=' was seen */
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            continue;
        int value = base64_value(c);
        if (c == '=') {
            if (bytes == 3 && count < 2)
                return sql_fail(error, "22023", "unexpected \"=\" while decoding base64 sequence");
            bytes = bytes == 3 ? count - 1 : bytes;
            value = 0;
        } else if (value < 0) {
            struct slice shown = sql_text_prefix(slice_from(text, i), 1);
            return sql_fail(error, "22023",
                            "invalid symbol \"%.*s\" found while decoding base64 sequence",
                            SLICE_ARG(shown));
        }
        bits = bits << 6 | (uint32_t)value;
        if (++count < 4)
            continue;
        sql_bytes_add_char(out, (char)(bits >> 16));
        if (bytes > 1)
            sql_bytes_add_char(out, (char)(bits >> 8));
        if (bytes > 2)
            sql_bytes_add_char(out, (char)bits);
        bits = 0;
        count = 0;
    }
    if (count == 0)
        return true;
    sql_fail(error, "22023", "invalid base64 end sequence");
    return sql_hint(error,
                    "Input data is missing padding, is truncated, or is otherwise corrupted.");
}

static bool is_octal(uint8_t c, uint8_t max)
{
    return c >= '0' && c <= max;
}

static bool decode_escape(struct sql_error *error, struct slice text, struct sql_bytes *out)
{
    while (text.len > 0) {
        const uint8_t *p = text.ptr;
        size_t used = 1;
        char c = (char)p[0];
        if (p[0] == '\\' && text.len > 1 && p[1] == '\\') {
            used = 2;
        } else if (p[0] == '\\') {
            if (text.len < 4 || !is_octal(p[1], '3') || !is_octal(p[2], '7') ||
                !is_octal(p[3], '7'))
                return sql_fail(error, "22P02", "invalid input syntax for type bytea");
            c = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            used = 4;
        }
        sql_bytes_add_char(out, c);
        text = slice_from(text, used);
    }
    return true;
}

static const struct {
    const char *name;
    void (*encode)(struct sql_bytes *out, struct slice bytes);
    bool (*decode)(struct sql_error *error, struct slice text, struct sql_bytes *out);
} encodings[] = {
    {"hex",    encode_hex,    sql_bytea_from_hex},
    {"base64", encode_base64, decode_base64     },
    {"escape", encode_escape, decode_escape     },
};

/* -1, with the error filled, when there is none of that name. */
static int find_encoding(struct sql_call *call, struct datum name)
{
    for (size_t i = 0; i < sizeof(encodings) / sizeof(*encodings); i++)
        if (slice_is(datum_slice(name), encodings[i].name))
            return (int)i;
    struct slice shown = datum_slice(name);
    sql_fail(call->env->error, "22023", "unrecognized encoding: \"%.*s\"", SLICE_ARG(shown));
    return -1;
}

static bool encode(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    int encoding = find_encoding(call, args[1]);
    if (encoding < 0)
        return false;
    encodings[encoding].encode(&bytes, datum_slice(args[0]));
    return sql_give_bytes(call, out, &bytes);
}

static bool decode(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    int encoding = find_encoding(call, args[1]);
    return encoding >= 0 &&
           encodings[encoding].decode(call->env->error, datum_slice(args[0]), &bytes) &&
           sql_give_bytes(call, out, &bytes);
}

/* The first `count` digits as a number; false when they are not all there. */
static bool read_hex(struct slice rest, size_t count, uint32_t *out)
{
    *out = 0;
    if (rest.len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = ascii_lower(rest.ptr[i]);
        if (!sql_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
        *out = *out << 4 | (uint32_t)(sql_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/* A code point behind a backslash: XXXX, uXXXX, +XXXXXX, UXXXXXXXX. Returns its bytes, 0: none. */
static size_t read_escape(struct slice rest, uint32_t *code)
{
    static const struct {
        char letter;
        size_t digits;
    } forms[] = {
        {'u', 4},
        {'+', 6},
        {'U', 8}
    };
    if (read_hex(rest, 4, code))
        return 4;
    for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
        if (rest.len > 0 && rest.ptr[0] == (uint8_t)forms[i].letter &&
            read_hex(slice_from(rest, 1), forms[i].digits, code))
            return forms[i].digits + 1;
    return 0;
}

static bool fail_escape(struct sql_call *call)
{
    sql_fail(call->env->error, "42601", "invalid Unicode escape");
    return sql_hint(call->env->error,
                    "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
}

/* Halves of a pair must follow one another; *high keeps the first until then. */
static bool add_code(struct sql_call *call, uint32_t code, uint32_t *high, struct sql_bytes *out)
{
    bool is_high = code >= 0xd800 && code < 0xdc00;
    bool is_low = code >= 0xdc00 && code < 0xe000;
    if (code == 0 || code > 0x10ffff)
        return sql_fail(call->env->error, "22023", "invalid Unicode code point: %04X",
                        (unsigned)code);
    if (is_low != (*high != 0))
        return sql_fail(call->env->error, "42601", "invalid Unicode surrogate pair");
    if (is_high) {
        *high = code;
        return true;
    }
    if (is_low)
        code = 0x10000 + ((*high - 0xd800) << 10) + (code - 0xdc00);
    *high = 0;
    sql_char_add(out, code);
    return true;
}

static bool unistr(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct slice rest = datum_slice(args[0]);
    struct sql_bytes bytes = sql_bytes_begin(call);
    uint32_t high = 0;
    while (rest.len > 0) {
        bool escape = rest.ptr[0] == '\\';
        if (escape && rest.len > 1 && rest.ptr[1] != '\\') {
            uint32_t code;
            size_t used = read_escape(slice_from(rest, 1), &code);
            if (used == 0)
                return fail_escape(call);
            if (!add_code(call, code, &high, &bytes))
                return false;
            rest = slice_from(rest, used + 1);
            continue;
        }
        if (escape && rest.len == 1)
            return fail_escape(call);
        if (high)
            break;
        sql_bytes_add_char(&bytes, (char)rest.ptr[0]);
        rest = slice_from(rest, escape ? 2 : 1);
    }
    if (high)
        return sql_fail(call->env->error, "42601", "invalid Unicode surrogate pair");
    return sql_give_bytes(call, out, &bytes);
}

const struct sql_builtin sql_text_encode_builtins[] = {
    {"binary_encode", encode},
    {"binary_decode", decode},
    {"unistr",        unistr},
    {NULL,            NULL  },
};
