#include "emulators/sql/value/text.h"

#include "common/hash.h"
#include "common/utf8.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/collation.h"

uint32_t sql_char_get(struct slice text, size_t *width)
{
    const uint8_t *p = text.ptr;
    size_t len = sql_char_width(p[0]);
    *width = len <= text.len ? len : 1;
    switch (*width) {
    case 2: return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    case 3: return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    case 4:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
               (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    default: return p[0];
    }
}

size_t sql_text_length(struct slice text)
{
    const uint64_t ones = 0x0101010101010101;
    size_t i = 0, later = 0; /* bytes that are not their character's first one: 10xxxxxx */
    for (uint64_t eight; text.len - i >= sizeof(eight); i += sizeof(eight)) {
        memcpy(&eight, text.ptr + i, sizeof(eight));
        later += ((eight >> 7 & ~eight >> 6 & ones) * ones) >> 56;
    }
    for (; i < text.len; i++)
        later += (text.ptr[i] & 0xc0) == 0x80;
    return text.len - later;
}

struct slice sql_text_prefix(struct slice text, size_t count)
{
    size_t at = 0;
    while (at < text.len && count > 0) {
        at += sql_char_width(text.ptr[at]);
        count--;
    }
    return slice_of(text.ptr, at < text.len ? at : text.len);
}

struct slice sql_text_clip(struct slice text, size_t len)
{
    if (text.len <= len)
        return text;
    while (len > 0 && (text.ptr[len] & 0xc0) == 0x80)
        len--;
    return slice_of(text.ptr, len);
}

struct slice sql_text_without_blanks(struct slice text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

size_t sql_text_find(struct slice text, struct slice part)
{
    if (part.len == 0)
        return 0;
    const uint8_t *at = text.ptr;
    const uint8_t *end = text.ptr + text.len;
    while ((size_t)(end - at) >= part.len) {
        at = memchr(at, part.ptr[0], (size_t)(end - at) - part.len + 1);
        if (!at)
            return SIZE_MAX;
        if (memcmp(at, part.ptr, part.len) == 0)
            return (size_t)(at - text.ptr);
        at++;
    }
    return SIZE_MAX;
}

void sql_char_add(struct sql_bytes *out, uint32_t code)
{
    uint8_t bytes[UTF8_MAX];
    sql_bytes_add(out, bytes, utf8_put(bytes, code));
}

/* Names the bytes as far as a character of that lead would go. */
static bool fail_encoding(struct sql_error *error, struct slice rest)
{
    char shown[4 * 5 + 1];
    uint8_t lead = rest.ptr[0];
    size_t width = lead < 0xc0 || lead >= 0xf8 ? 1 : sql_char_width(lead);
    size_t used = 0;
    shown[0] = '\0';
    for (size_t i = 0; i < width && i < rest.len; i++) {
        static const char digits[] = "0123456789abcdef";
        const char byte[] = {' ', '0', 'x', digits[rest.ptr[i] >> 4], digits[rest.ptr[i] & 15]};
        memcpy(shown + used, byte, sizeof(byte));
        used += sizeof(byte);
    }
    return sql_fail(error, "22021", "invalid byte sequence for encoding \"UTF8\":%.*s", (int)used,
                    shown);
}

/* Bytes at the front, in steps of eight, that are ASCII and not NUL. */
static size_t plain_length(struct slice bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    size_t at = 0;
    for (uint64_t eight; at + sizeof(eight) <= bytes.len; at += sizeof(eight)) {
        memcpy(&eight, bytes.ptr + at, sizeof(eight));
        /* The subtraction sets a high bit where a byte is NUL. */
        if ((eight | (eight - ones)) & highs)
            break;
    }
    return at;
}

bool sql_text_check(struct sql_error *error, struct slice bytes)
{
    for (size_t at = plain_length(bytes); at < bytes.len;) {
        uint8_t c = bytes.ptr[at];
        size_t width = c < 0x80 ? c != 0 : utf8_width(slice_from(bytes, at));
        if (width == 0)
            return fail_encoding(error, slice_from(bytes, at));
        at += width;
    }
    return true;
}

int sql_text_compare(struct sql_call *call, struct slice a, struct slice b)
{
    const struct sql_collator *collator = sql_call_collator(call);
    return collator && collator->strength ? sql_collator_compare(collator, a, b)
                                          : slice_compare(a, b);
}

static bool fail_too_long(struct sql_call *call, const char *type, size_t max)
{
    return sql_fail(call->env->error, "22001", "value too long for type %s(%zu)", type, max);
}

bool sql_varchar_fit(struct sql_call *call, struct slice text, int32_t typmod, bool is_explicit,
                     struct datum *out)
{
    size_t max = typmod < SQL_TYPMOD_EXTRA ? SIZE_MAX : (size_t)typmod - SQL_TYPMOD_EXTRA;
    if (text.len > max) {
        struct slice kept = sql_text_prefix(text, max);
        struct slice lost = slice_from(text, kept.len);
        if (!is_explicit && sql_text_without_blanks(lost).len > 0)
            return fail_too_long(call, "character varying", max);
        text = kept;
    }
    return sql_give_slice(out, text);
}

bool sql_bpchar_fit(struct sql_call *call, struct slice text, int32_t typmod, bool is_explicit,
                    struct datum *out)
{
    if (typmod < SQL_TYPMOD_EXTRA)
        return sql_give_slice(out, text);
    size_t max = (size_t)typmod - SQL_TYPMOD_EXTRA;
    size_t count = sql_text_length(text);
    if (count > max) {
        struct slice kept = sql_text_prefix(text, max);
        struct slice lost = slice_from(text, kept.len);
        if (!is_explicit && sql_text_without_blanks(lost).len > 0)
            return fail_too_long(call, "character", max);
        return sql_give_slice(out, kept);
    }
    if (count == max)
        return sql_give_slice(out, text);
    struct sql_bytes bytes = sql_bytes_begin(call);
    if (sql_bytes_reserve(&bytes, text.len + max - count)) {
        sql_bytes_add_slice(&bytes, text);
        memset(bytes.ptr + bytes.len, ' ', max - count);
        bytes.len += max - count;
    }
    return sql_give_bytes(call, out, &bytes);
}

void sql_key_add_text(struct sql_bytes *out, struct slice text)
{
    sql_bytes_add_slice(out, text);
    sql_bytes_add_char(out, '\0');
}

void sql_key_add_binary(struct sql_bytes *out, struct slice bytes)
{
    while (bytes.len > 0) {
        const uint8_t *zero = memchr(bytes.ptr, 0, bytes.len);
        size_t len = zero ? (size_t)(zero - bytes.ptr) + 1 : bytes.len;
        sql_bytes_add(out, bytes.ptr, len);
        if (zero)
            sql_bytes_add_char(out, '\1');
        bytes = slice_from(bytes, len);
    }
    sql_bytes_add_u16(out, 0);
}

static bool text_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return sql_give_copy(call, out, text);
}

static bool text_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)call, (void)type;
    sql_bytes_add_slice(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool text_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    return sql_text_check(call->env->error, bytes) &&
           type->ops->input(call, type, bytes, typmod, out);
}

static int text_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                        struct datum b)
{
    (void)type;
    return sql_text_compare(call, datum_slice(a), datum_slice(b));
}

/* Texts that are not the same may be equal: their keys are. */
static uint64_t hash_text(struct sql_call *call, struct slice text)
{
    const struct sql_collator *collator = sql_call_collator(call);
    if (!collator || collator->deterministic)
        return hash_bytes(text);
    struct sql_bytes key = sql_bytes_begin(call);
    sql_collator_key(collator, text, &key);
    return hash_bytes(sql_bytes_slice(&key));
}

static uint64_t text_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)type;
    return hash_text(call, datum_slice(value));
}

static void add_key(struct sql_call *call, struct slice text, struct sql_bytes *out)
{
    const struct sql_collator *collator = sql_call_collator(call);
    if (collator && collator->strength)
        sql_collator_key(collator, text, out);
    else
        sql_key_add_text(out, text);
}

static bool text_encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                            struct sql_bytes *out)
{
    (void)type;
    add_key(call, datum_slice(value), out);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool varchar_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                          int32_t typmod, struct datum *out)
{
    (void)type;
    return sql_varchar_fit(call, text, typmod, false, out) &&
           sql_give_copy(call, out, datum_slice(*out));
}

static bool bpchar_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                         int32_t typmod, struct datum *out)
{
    (void)type;
    if (!sql_bpchar_fit(call, text, typmod, false, out))
        return false;
    return out->len > text.len || sql_give_copy(call, out, datum_slice(*out));
}

static int bpchar_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                          struct datum b)
{
    (void)type;
    return sql_text_compare(call, sql_text_without_blanks(datum_slice(a)),
                            sql_text_without_blanks(datum_slice(b)));
}

static uint64_t bpchar_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)type;
    return hash_text(call, sql_text_without_blanks(datum_slice(value)));
}

static bool bpchar_encode_key(struct sql_call *call, const struct sql_type *type,
                              struct datum value, struct sql_bytes *out)
{
    (void)type;
    add_key(call, sql_text_without_blanks(datum_slice(value)), out);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool name_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return sql_give_copy(call, out, sql_text_clip(text, SQL_NAME_MAX));
}

static bool name_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    if (!sql_text_check(call->env->error, bytes))
        return false;
    if (bytes.len > SQL_NAME_MAX) {
        sql_fail(call->env->error, "42622", "identifier too long");
        return sql_detail(call->env->error, "Identifier must be less than %d characters.",
                          SQL_NAME_MAX + 1);
    }
    return sql_give_copy(call, out, bytes);
}

static bool is_octal(uint8_t c, uint8_t max)
{
    return c >= '0' && c <= max;
}

uint8_t sql_char_from_text(struct slice text)
{
    const uint8_t *p = text.ptr;
    if (text.len == 4 && p[0] == '\\' && is_octal(p[1], '3') && is_octal(p[2], '7') &&
        is_octal(p[3], '7'))
        return (uint8_t)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
    return text.len ? p[0] : 0;
}

void sql_char_add_text(struct sql_bytes *out, uint8_t value)
{
    if (value >= 0x80)
        sql_bytes_printf(out, "\\%03o", value);
    else if (value != 0)
        sql_bytes_add_char(out, (char)value);
}

static bool char_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)call, (void)type, (void)typmod;
    return sql_give_int(out, sql_char_from_text(text));
}

static bool char_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)type;
    sql_char_add_text(out, (uint8_t)value.i);
    return !out->failed || sql_fail_memory(call->env->error);
}

static bool char_receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                         int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    if (bytes.len != 1)
        return sql_fail(call->env->error, "08P01",
                        bytes.len ? "incorrect binary data format" : "no data left in message");
    return sql_give_int(out, bytes.ptr[0]);
}

static bool char_send(struct sql_call *call, const struct sql_type *type, struct datum value,
                      struct sql_bytes *out)
{
    (void)type;
    sql_bytes_add_char(out, (char)value.i);
    return !out->failed || sql_fail_memory(call->env->error);
}

static int char_compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                        struct datum b)
{
    (void)call, (void)type;
    return (int)a.i - (int)b.i;
}

static uint64_t char_hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    (void)call, (void)type;
    uint8_t byte = (uint8_t)value.i;
    return hash_bytes(slice_of(&byte, 1));
}

static bool void_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                       int32_t typmod, struct datum *out)
{
    (void)call, (void)type, (void)text, (void)typmod;
    return sql_give_int(out, 0);
}

static bool void_output(struct sql_call *call, const struct sql_type *type, struct datum value,
                        struct sql_bytes *out)
{
    (void)call, (void)type, (void)value, (void)out;
    return true;
}

const struct sql_type_ops sql_text_ops = {text_input,   text_output, text_receive,   text_output,
                                          text_compare, text_hash,   text_encode_key};
const struct sql_type_ops sql_varchar_ops = {varchar_input,  text_output,  text_receive,
                                             text_output,    text_compare, text_hash,
                                             text_encode_key};
const struct sql_type_ops sql_bpchar_ops = {bpchar_input,     text_output,    text_receive,
                                            text_output,      bpchar_compare, bpchar_hash,
                                            bpchar_encode_key};
const struct sql_type_ops sql_name_ops = {name_input,   text_output, name_receive,   text_output,
                                          text_compare, text_hash,   text_encode_key};
const struct sql_type_ops sql_char_ops = {char_input, char_output,          char_receive,
                                          char_send,  char_compare,         char_hash,
                                          char_send,  SQL_ROW_FORM_UNSIGNED};
const struct sql_type_ops sql_cstring_ops = {text_input,   text_output, text_receive,   text_output,
                                             text_compare, text_hash,   text_encode_key};
const struct sql_type_ops sql_void_ops = {void_input, void_output, void_input, void_output,
                                          NULL,       NULL,        NULL};
