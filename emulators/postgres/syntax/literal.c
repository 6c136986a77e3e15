#include "emulators/postgres/syntax/literal.h"

#include <stdio.h>

#include "common/utf8.h"
#include "emulators/sql/value/text.h"

/* Behind a closing quote: where the next part of the literal opens, `end` if there is none. Only
 * called with literals that the lexer has recognised, where parts are apart by spaces, comments to
 * the line's end and at least one newline. */
static const uint8_t *next_part(const uint8_t *at, const uint8_t *end)
{
    while (at < end && *at != '\'') {
        if (*at == '-')
            while (at < end && *at != '\n' && *at != '\r')
                at++;
        else
            at++;
    }
    return at;
}

static bool fail_memory(struct pg_lexer *lexer)
{
    return sql_fail_memory(&lexer->failure);
}

bool pg_literal_plain(struct pg_lexer *lexer, struct slice raw, struct slice *out)
{
    uint8_t quote = raw.ptr[0];
    if (!memchr(raw.ptr + 1, quote, raw.len - 2)) {
        *out = slice_of(raw.ptr + 1, raw.len - 2);
        return true;
    }
    uint8_t *value = arena_alloc(lexer->arena, raw.len);
    if (!value)
        return fail_memory(lexer);
    const uint8_t *end = raw.ptr + raw.len;
    size_t len = 0;
    for (const uint8_t *at = raw.ptr + 1; at < end; at++) {
        if (*at == quote) {
            at++;
            if (at < end && *at != quote)
                at = next_part(at, end) + 1;
            if (at >= end)
                break;
        }
        value[len++] = *at;
    }
    *out = slice_of(value, len);
    return true;
}

/* An escaped string while it is read: `in` walks over it, out has room for all that can come. */
struct escapes {
    struct pg_lexer *lexer;
    const uint8_t *in, *end;
    uint8_t *out;
    size_t len;
    uint32_t high_surrogate; /* the first half of a pair, 0: none */
    bool suspicious;         /* bytes came by number and may not be UTF-8 */
};

static int32_t place(const struct pg_lexer *lexer, const uint8_t *p)
{
    return (int32_t)(p - lexer->text.ptr);
}

static bool is_high_surrogate(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdbff;
}

static bool is_low_surrogate(uint32_t c)
{
    return c >= 0xdc00 && c <= 0xdfff;
}

static uint32_t join_surrogates(uint32_t high, uint32_t low)
{
    return ((high & 0x3ff) << 10) + 0x10000 + (low & 0x3ff);
}

static int digit_value(uint8_t c)
{
    uint8_t lower = ascii_lower(c);
    if (lower >= '0' && lower <= '9')
        return lower - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

/* Reads at most `max` digits; returns how many there were. */
static size_t read_digits(const uint8_t *at, const uint8_t *end, size_t max, int base,
                          uint32_t *out)
{
    size_t count = 0;
    *out = 0;
    while (count < max && at + count < end && digit_value(at[count]) < base)
        *out = *out * (uint32_t)base + (uint32_t)digit_value(at[count++]);
    return count;
}

static bool fail_escape(struct escapes *e, size_t len, const char *message)
{
    pg_fail_near(&e->lexer->failure, e->lexer->text, place(e->lexer, e->in),
                 place(e->lexer, e->in) + (int32_t)len, message);
    return false;
}

/* \uXXXX, \UXXXXXXXX. */
static bool unicode_escape(struct escapes *e)
{
    size_t want = e->in[1] == 'u' ? 4 : 8;
    uint32_t c;
    if (read_digits(e->in + 2, e->end, want, 16, &c) != want) {
        sql_fail_at(&e->lexer->failure, place(e->lexer, e->in), "22025", "invalid Unicode escape");
        return sql_hint(&e->lexer->failure, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
    }
    if (is_low_surrogate(c) != (e->high_surrogate != 0))
        return fail_escape(e, want + 2, "invalid Unicode surrogate pair");
    if (e->high_surrogate) {
        c = join_surrogates(e->high_surrogate, c);
        e->high_surrogate = 0;
    }
    if (is_high_surrogate(c))
        e->high_surrogate = c;
    else if (c == 0 || c > 0x10ffff)
        return fail_escape(e, want + 2, "invalid Unicode escape value");
    else
        e->len += utf8_put(e->out + e->len, c);
    e->in += want + 2;
    return true;
}

/* All others stand for themselves, \v too. */
static uint8_t single_escape(uint8_t c)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    const char *found = c ? strchr(names, c) : NULL;
    return found ? (uint8_t)values[found - names] : c;
}

static bool numbered_escape(struct escapes *e)
{
    bool hex = e->in[1] == 'x';
    uint32_t c;
    size_t start = hex ? 2 : 1;
    size_t digits = read_digits(e->in + start, e->end, hex ? 2 : 3, hex ? 16 : 8, &c);
    e->out[e->len++] = digits ? (uint8_t)c : 'x';
    e->suspicious |= digits > 0 && ((c & 0xff) == 0 || c & 0x80);
    e->in += start + digits;
    return true;
}

static void warn_escape(struct escapes *e, const char *message, const char *hint)
{
    const struct pg_parse_options *options = e->lexer->options;
    if (!options->standard_conforming_strings && options->escape_string_warning && options->notice)
        options->notice(options->notice_context, SQL_WARNING, "22P06", place(e->lexer, e->in),
                        slice_str(message), slice_str(hint));
}

static bool escape(struct escapes *e)
{
    uint8_t c = e->in[1];
    if (c == 'u' || c == 'U')
        return unicode_escape(e);
    if (c == 'x' || (c >= '0' && c <= '7'))
        return numbered_escape(e);
    if (c == '\'' && e->lexer->options->backslash_quote == PG_BACKSLASH_QUOTE_OFF) {
        sql_fail_at(&e->lexer->failure, place(e->lexer, e->in), "22P06",
                    "unsafe use of \\' in a string literal");
        return sql_hint(
            &e->lexer->failure,
            "Use '' to write quotes in strings. \\' is insecure in client-only encodings.");
    }
    e->out[e->len++] = single_escape(c);
    e->in += 2;
    return true;
}

/* Warns once a literal of a plain string's spelling, as the server does: by its first backslash. */
static void warn_first_escape(struct escapes *e, struct slice raw)
{
    const uint8_t *slash = memchr(raw.ptr, '\\', raw.len);
    if (!slash || (raw.ptr > e->lexer->text.ptr && (raw.ptr[-1] | 0x20) == 'e'))
        return;
    if (slash[1] == '\'')
        warn_escape(e, "nonstandard use of \\' in a string literal",
                    "Use '' to write quotes in strings, or use the escape string syntax (E'...').");
    else if (slash[1] == '\\')
        warn_escape(e, "nonstandard use of \\\\ in a string literal",
                    "Use the escape string syntax for backslashes, e.g., E'\\\\'.");
    else
        warn_escape(e, "nonstandard use of escape in a string literal",
                    "Use the escape string syntax for escapes, e.g., E'\\r\\n'.");
}

bool pg_literal_escaped(struct pg_lexer *lexer, struct slice raw, struct slice *out)
{
    struct escapes e = {.lexer = lexer, .in = raw.ptr + 1, .end = raw.ptr + raw.len};
    e.out = arena_alloc(lexer->arena, raw.len);
    if (!e.out)
        return fail_memory(lexer);
    warn_first_escape(&e, raw);
    while (e.in < e.end) {
        if (e.high_surrogate && (e.in[0] != '\\' || (e.in[1] != 'u' && e.in[1] != 'U')))
            return fail_escape(&e, 1, "invalid Unicode surrogate pair");
        if (*e.in == '\\') {
            if (!escape(&e))
                return false;
            continue;
        }
        if (*e.in == '\'') {
            e.in++;
            if (e.in < e.end && *e.in != '\'') {
                e.in = next_part(e.in, e.end) + 1;
                continue;
            }
            if (e.in >= e.end)
                break;
        }
        e.out[e.len++] = *e.in++;
    }
    *out = slice_of(e.out, e.len);
    return !e.suspicious || sql_text_check(&e.lexer->failure, slice_of(e.out, e.len));
}

static bool fail_unicode(struct pg_lexer *lexer, int32_t at, const char *message)
{
    return sql_fail_at(&lexer->failure, at, "42601", "%s", message);
}

/* The code behind an escape character at in[0]: \XXXX, \+XXXXXX; returns the bytes used, 0: it is
 * neither. */
static size_t read_unicode(const uint8_t *in, const uint8_t *end, uint32_t *out)
{
    if (read_digits(in + 1, end, 4, 16, out) == 4)
        return 5;
    if (in + 1 < end && in[1] == '+' && read_digits(in + 2, end, 6, 16, out) == 6)
        return 8;
    return 0;
}

/* The quotes that pg_literal_plain took out are not counted in positions, as with the server. */
bool pg_literal_unicode(struct pg_lexer *lexer, struct slice value, uint8_t escape_char, int32_t at,
                        struct slice *out)
{
    uint8_t *made = arena_alloc(lexer->arena, value.len);
    if (!made)
        return fail_memory(lexer);
    size_t len = 0;
    uint32_t high = 0;
    const uint8_t *end = value.ptr + value.len;
    for (const uint8_t *in = value.ptr; in < end;) {
        int32_t here = at + 3 + (int32_t)(in - value.ptr);
        bool plain = *in != escape_char || (in + 1 < end && in[1] == escape_char);
        if (plain && high)
            return fail_unicode(lexer, here, "invalid Unicode surrogate pair");
        if (plain) {
            made[len++] = *in;
            in += *in == escape_char ? 2 : 1;
            continue;
        }
        uint32_t c;
        size_t used = read_unicode(in, end, &c);
        if (used == 0) {
            fail_unicode(lexer, here, "invalid Unicode escape");
            return sql_hint(&lexer->failure, "Unicode escapes must be \\XXXX or \\+XXXXXX.");
        }
        if (c == 0 || c > 0x10ffff)
            return fail_unicode(lexer, here, "invalid Unicode escape value");
        if (is_low_surrogate(c) != (high != 0))
            return fail_unicode(lexer, here, "invalid Unicode surrogate pair");
        if (high)
            c = join_surrogates(high, c);
        high = is_high_surrogate(c) ? c : 0;
        if (!high)
            len += utf8_put(made + len, c);
        in += used;
    }
    if (high)
        return fail_unicode(lexer, at + 3 + (int32_t)value.len, "invalid Unicode surrogate pair");
    *out = slice_of(made, len);
    return true;
}
