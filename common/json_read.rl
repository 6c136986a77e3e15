#include "common/json.h"
#include "common/text.h"

#include <stdio.h>

/* What may come next. */
enum expects {
    EXPECTS_VALUE,
    EXPECTS_VALUE_OR_END, /* behind '[' */
    EXPECTS_KEY,          /* behind ',' in an object */
    EXPECTS_KEY_OR_END,   /* behind '{' */
    EXPECTS_COLON,
    EXPECTS_COMMA_OR_END,
    EXPECTS_NOTHING
};

static const char *const expected[] = {
    [EXPECTS_VALUE] = "a value",
    [EXPECTS_VALUE_OR_END] = "a value or ']'",
    [EXPECTS_KEY] = "a member's name",
    [EXPECTS_KEY_OR_END] = "a member's name or '}'",
    [EXPECTS_COLON] = "':'",
    [EXPECTS_COMMA_OR_END] = "',' or the end of the object or array",
    [EXPECTS_NOTHING] = "the end of the text",
};

static bool fail(struct json_reader *r, size_t at, const char *message)
{
    r->error_at = at;
    snprintf(r->error, sizeof(r->error), "%s", message);
    return false;
}

static bool fail_expected(struct json_reader *r, size_t at)
{
    const char *what = expected[r->expects];
    r->error_at = at;
    if (at >= r->in.len)
        snprintf(r->error, sizeof(r->error), "expected %s, got the end", what);
    else if (r->in.ptr[at] > ' ' && r->in.ptr[at] < 0x7f)
        snprintf(r->error, sizeof(r->error), "expected %s, got '%c'", what, r->in.ptr[at]);
    else
        snprintf(r->error, sizeof(r->error), "expected %s, got byte 0x%02x", what, r->in.ptr[at]);
    return false;
}

/* A token as the machine finds it; a comma and a colon are tokens here. */
struct lexeme {
    char first;   /* '"' a string, '0' a number, else the token's first byte; 0 the end */
    bool escaped; /* a string with a backslash */
    size_t at, len;
};

%%{
    machine json;
    alphtype unsigned char;

    action start { out->at = (size_t)(p - r->in.ptr); out->first = (char)fc; }
    action escape { out->escaped = true; }
    action done { fbreak; }
    action behind { fhold; fbreak; }

    # RFC 8259, sections 2, 3, 6 and 7; UTF-8 as RFC 3629, section 4.
    tail   = 0x80..0xbf;
    wide   = 0xc2..0xdf tail
           | 0xe0 0xa0..0xbf tail | 0xe1..0xec tail tail
           | 0xed 0x80..0x9f tail | 0xee..0xef tail tail
           | 0xf0 0x90..0xbf tail tail | 0xf1..0xf3 tail tail tail
           | 0xf4 0x80..0x8f tail tail;
    plain  = ( 0x20..0x7f - ["\\] ) | wide;
    escape = "\\" @escape ( ["\\/bfnrt] | "u" xdigit xdigit xdigit xdigit );
    string = '"' ( plain | escape )* '"' @done;
    number = "-"? ( "0" | [1-9] digit* ) ( "." digit+ )? ( [eE] [+\-]? digit+ )?;
    # A number ends where something else begins, or the text.
    numbers = number ( ( any - [0-9.eE+\-] ) @behind )?;
    word   = ( "true" | "false" | "null" ) @done;
    mark   = [{}\[\],:] @done;
    main  := [ \t\r\n]* ( ( string | numbers | word | mark ) >start );
    write data noerror noentry;
}%%

static const char *describe(char first)
{
    switch (first) {
    case '"': return "malformed string: a control character, a wrong escape, or not UTF-8";
    case '0': return "malformed number";
    default: return "malformed word: expected true, false or null";
    }
}

static bool scan(struct json_reader *r, struct lexeme *out)
{
    const uint8_t *p = r->in.ptr + r->at, *pe = r->in.ptr + r->in.len;
    int cs = json_start;
    *out = (struct lexeme){.at = SIZE_MAX};
    if (p < pe) {
        %% write exec;
    }
    if (out->first == '-' || (out->first >= '0' && out->first <= '9'))
        out->first = '0';
    size_t at = (size_t)(p - r->in.ptr);
    if (out->at == SIZE_MAX) { /* nothing but blanks, or no token's first byte */
        out->at = at;
        return at == r->in.len || fail_expected(r, at);
    }
    if (cs < json_first_final)
        return fail(r, at, at == r->in.len ? "unfinished at the end" : describe(out->first));
    out->len = at - out->at;
    r->at = at;
    return true;
}

/* ---- strings */

static bool read_unicode(const uint8_t *hex, uint32_t *code)
{
    uint8_t bytes[2];
    if (!text_from_hex(slice_of(hex, 4), bytes))
        return false;
    *code = (uint32_t)bytes[0] << 8 | bytes[1];
    return true;
}

/* Decodes the escape at *s, whose shape the machine has checked; false for half a surrogate pair. */
static bool unescape(const uint8_t **s, const uint8_t *end, uint8_t **to)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const uint8_t *from = *s + 1;
    uint32_t code, low;
    if (*from != 'u') {
        *(*to)++ = (uint8_t)bytes[strchr(letters, *from) - letters];
        *s = from + 1;
        return true;
    }
    if (!read_unicode(from + 1, &code))
        return false;
    from += 5;
    if (code >= 0xd800 && code < 0xe000) {
        if (code >= 0xdc00 || end - from < 6 || from[0] != '\\' || from[1] != 'u' ||
            !read_unicode(from + 2, &low) || low < 0xdc00 || low >= 0xe000)
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        from += 6;
    }
    *to += utf8_put(*to, code);
    *s = from;
    return true;
}

/* The text between the quotes. Unescaped it is never longer. */
static bool read_string(struct json_reader *r, const struct lexeme *lexeme, struct slice *out)
{
    struct slice raw = slice_of(r->in.ptr + lexeme->at + 1, lexeme->len - 2);
    const uint8_t *s = raw.ptr, *end = raw.ptr + raw.len;
    *out = raw;
    if (!lexeme->escaped)
        return true;
    uint8_t *text = arena_alloc(r->arena, raw.len), *to = text;
    if (!text)
        return fail(r, lexeme->at, "out of memory");
    while (s < end) {
        if (*s != '\\')
            *to++ = *s++;
        else if (!unescape(&s, end, &to))
            return fail(r, (size_t)(s - r->in.ptr), "half of a surrogate pair");
    }
    *out = slice_of(text, (size_t)(to - text));
    return true;
}

/* ---- grammar */

static enum expects behind_value(const struct json_reader *r)
{
    return r->depth ? EXPECTS_COMMA_OR_END : EXPECTS_NOTHING;
}

static bool open_container(struct json_reader *r, size_t at, enum json_kind kind)
{
    if (r->depth == JSON_DEPTH_MAX)
        return fail(r, at, "nested too deeply");
    r->open[r->depth++] = (uint8_t)kind;
    r->expects = kind == JSON_OBJECT ? EXPECTS_KEY_OR_END : EXPECTS_VALUE_OR_END;
    return true;
}

static bool close_container(struct json_reader *r, size_t at, enum json_kind kind)
{
    bool may_end = r->expects == EXPECTS_COMMA_OR_END || r->expects == EXPECTS_KEY_OR_END ||
                   r->expects == EXPECTS_VALUE_OR_END;
    if (!may_end || r->open[r->depth - 1] != kind)
        return fail_expected(r, at);
    r->depth--;
    r->expects = behind_value(r);
    return true;
}

static bool read_key(struct json_reader *r, const struct lexeme *lexeme, struct json_token *out)
{
    if (lexeme->first != '"')
        return fail_expected(r, lexeme->at);
    out->kind = JSON_KEY;
    r->expects = EXPECTS_COLON;
    return read_string(r, lexeme, &out->text);
}

static bool read_value(struct json_reader *r, const struct lexeme *lexeme, struct json_token *out)
{
    switch (lexeme->first) {
    case '{': out->kind = JSON_OBJECT; return open_container(r, lexeme->at, JSON_OBJECT);
    case '[': out->kind = JSON_ARRAY; return open_container(r, lexeme->at, JSON_ARRAY);
    case '"': out->kind = JSON_STRING; break;
    case '0': out->kind = JSON_NUMBER; break;
    case 't': out->kind = JSON_TRUE; break;
    case 'f': out->kind = JSON_FALSE; break;
    case 'n': out->kind = JSON_NULL; break;
    default: return fail_expected(r, lexeme->at);
    }
    r->expects = behind_value(r);
    return out->kind != JSON_STRING || read_string(r, lexeme, &out->text);
}

/* Punctuation between values: true when it was some, and the next token is to be read. */
static bool step_between(struct json_reader *r, const struct lexeme *lexeme)
{
    if (lexeme->first == ',' && r->expects == EXPECTS_COMMA_OR_END) {
        r->expects = r->open[r->depth - 1] == JSON_OBJECT ? EXPECTS_KEY : EXPECTS_VALUE;
        return true;
    }
    if (lexeme->first == ':' && r->expects == EXPECTS_COLON) {
        r->expects = EXPECTS_VALUE;
        return true;
    }
    return false;
}

void json_reader_init(struct json_reader *r, struct slice in, struct arena *arena)
{
    *r = (struct json_reader){.in = in, .arena = arena, .located = {1, 1}};
}

bool json_next(struct json_reader *r, struct json_token *out)
{
    struct lexeme lexeme;
    if (r->error[0])
        return false;
    do {
        if (!scan(r, &lexeme))
            return false;
    } while (step_between(r, &lexeme));
    struct json_token token = {.text = slice_of(r->in.ptr + lexeme.at, lexeme.len),
                               .at = lexeme.at};
    bool ok;
    if (lexeme.first == 0)
        ok = r->expects == EXPECTS_NOTHING || fail_expected(r, lexeme.at);
    else if (lexeme.first == '}' || lexeme.first == ']') {
        bool object = lexeme.first == '}';
        token.kind = object ? JSON_OBJECT_END : JSON_ARRAY_END;
        ok = close_container(r, lexeme.at, object ? JSON_OBJECT : JSON_ARRAY);
    } else if (r->expects == EXPECTS_KEY || r->expects == EXPECTS_KEY_OR_END)
        ok = read_key(r, &lexeme, &token);
    else if (r->expects == EXPECTS_VALUE || r->expects == EXPECTS_VALUE_OR_END)
        ok = read_value(r, &lexeme, &token);
    else
        ok = fail_expected(r, lexeme.at);
    if (ok)
        *out = token;
    return ok;
}

bool json_skip(struct json_reader *r, const struct json_token *first)
{
    struct json_token token = *first;
    if (token.kind == JSON_KEY && !json_next(r, &token))
        return false;
    if (token.kind != JSON_OBJECT && token.kind != JSON_ARRAY)
        return true;
    for (uint32_t outer = r->depth - 1; r->depth > outer;)
        if (!json_next(r, &token))
            return false;
    return true;
}

const char *json_error(const struct json_reader *r, size_t *out_at)
{
    if (!r->error[0])
        return NULL;
    *out_at = r->error_at;
    return r->error;
}

struct utf8_position json_position(struct json_reader *r, size_t at)
{
    if (at > r->in.len)
        at = r->in.len;
    if (at < r->located_at) {
        r->located_at = 0;
        r->located = (struct utf8_position){1, 1};
    }
    utf8_advance(&r->located, slice_of(r->in.ptr + r->located_at, at - r->located_at));
    r->located_at = at;
    return r->located;
}
