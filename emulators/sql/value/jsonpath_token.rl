#include "emulators/sql/value/jsonpath_token.h"

#include "emulators/sql/value/bytes.h"
#include "emulators/sql/value/text_scan.h"

/* What a scan of one token found out. */
enum scan {
    SCAN_END,
    SCAN_SIGN,
    SCAN_NAME,
    SCAN_QUOTED,
    SCAN_VARIABLE,
    SCAN_QUOTED_VARIABLE,
    SCAN_INTEGER,
    SCAN_NUMBER,
    SCAN_JUNK,
    SCAN_OPEN, /* a quote or comment without an end */
};

%%{
    machine jsonpath_token;
    alphtype unsigned char;

    blank   = [ \t\n\r\f];
    special = [?%$.\[\]{}()|&!=<>@#,*:\-+/];
    other   = any - special - blank - ["\\];
    escape  = "\\u{" xdigit* "}" | "\\" any;
    name    = (other - digit - 0 | escape) (other | escape)*;
    quoted  = '"' ((any - ["\\]) | escape)* '"';
    integer = "0" | [1-9] digit*;
    decimal = integer "." digit* | "." digit+;
    real    = (integer | decimal) [eE] [+\-]? digit+;
    junk    = (integer | decimal | real) (other - digit | escape) | "0" digit+;
    comment = "/*" (any* - (any* "*/" any*)) "*/";

    main := |*
        (blank | comment)+                        { start = (size_t)(te - text.ptr); };
        "&&" | "||" | "==" | "!=" | "<>" | "<=" | ">=" | "**" { found = SCAN_SIGN; fbreak; };
        special                                   { found = SCAN_SIGN; fbreak; };
        name                                      { found = SCAN_NAME; fbreak; };
        quoted                                    { found = SCAN_QUOTED; fbreak; };
        "$" (other | escape)+                     { found = SCAN_VARIABLE; fbreak; };
        "$" quoted                                { found = SCAN_QUOTED_VARIABLE; fbreak; };
        integer                                   { found = SCAN_INTEGER; fbreak; };
        decimal | real                            { found = SCAN_NUMBER; fbreak; };
        junk                                      { found = SCAN_JUNK; fbreak; };
        any                                       { found = SCAN_OPEN; fbreak; };
    *|;

    write data noerror nofinal;
}%%

/* Finds the token at *at: its start and end. */
static enum scan scan_token(struct slice text, size_t at, size_t *out_start, size_t *out_end)
{
    const uint8_t *p = text.ptr + at, *pe = text.ptr + text.len, *eof = pe;
    const uint8_t *ts = NULL, *te = NULL;
    size_t start = at;
    enum scan found = SCAN_END;
    int cs, act;
    (void)act;
    (void)ts;
    (void)jsonpath_token_en_main;
    %% write init;
    %% write exec;
    *out_start = start;
    *out_end = found == SCAN_END ? text.len : (size_t)(te - text.ptr);
    if (found == SCAN_END && p < pe)
        return SCAN_OPEN;
    return found;
}

/* ---- decoding */

static bool fail_escape(struct sql_path_lexer *lexer, const char *message)
{
    return sql_fail(lexer->call->env->error, "42601", "%s of jsonpath input", message);
}

static int hex_value(uint8_t c)
{
    c = ascii_lower(c);
    if (sql_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(struct slice text, size_t *at, size_t count, uint32_t *code)
{
    *code = 0;
    for (size_t i = 0; i < count; i++, ++*at) {
        int digit = *at < text.len ? hex_value(text.ptr[*at]) : -1;
        if (digit < 0)
            return false;
        *code = *code * 16 + (uint32_t)digit;
    }
    return true;
}

/* The escape that began at `from`, as far as it was read. */
static bool fail_unicode(struct sql_path_lexer *lexer, struct slice text, size_t from, size_t at)
{
    return sql_fail(lexer->call->env->error, "42601",
                    "invalid unicode sequence at or near \"" SLICE_FMT "\" of jsonpath input",
                    SLICE_ARG(slice_of(text.ptr + from, at - from)));
}

static bool fail_surrogate(struct sql_path_lexer *lexer, const char *detail)
{
    sql_fail(lexer->call->env->error, "22P02", "invalid input syntax for type %s", "jsonpath");
    return sql_detail(lexer->call->env->error, "%s", detail);
}

/* \uXXXX and \u{X...}, with the second half of a surrogate pair. */
static bool read_unicode(struct sql_path_lexer *lexer, struct slice text, size_t *at,
                         uint32_t *code)
{
    size_t from = *at - 2;
    if (*at < text.len && text.ptr[*at] == '{') {
        size_t digits = 0;
        *code = 0;
        for (++*at; *at < text.len && text.ptr[*at] != '}'; ++*at, digits++) {
            int digit = hex_value(text.ptr[*at]);
            if (digit < 0 || digits == 6)
                return fail_unicode(lexer, text, from, *at);
            *code = *code * 16 + (uint32_t)digit;
        }
        if (digits == 0 || *at == text.len)
            return fail_unicode(lexer, text, from, *at);
        ++*at;
    } else if (!read_hex(text, at, 4, code)) {
        return fail_unicode(lexer, text, from, *at);
    }
    if (*code == 0) {
        sql_fail(lexer->call->env->error, "22P05", "unsupported Unicode escape sequence");
        return sql_detail(lexer->call->env->error, "\\u0000 cannot be converted to text.");
    }
    uint32_t low;
    if (*code >= 0xd800 && *code <= 0xdbff && text.len - *at >= 6 && text.ptr[*at] == '\\' &&
        text.ptr[*at + 1] == 'u') {
        *at += 2;
        if (!read_hex(text, at, 4, &low))
            return fail_unicode(lexer, text, from, *at);
        if (low >= 0xd800 && low <= 0xdbff)
            return fail_surrogate(lexer,
                                  "Unicode high surrogate must not follow a high surrogate.");
        if (low < 0xdc00 || low > 0xdfff)
            return fail_surrogate(lexer, "Unicode low surrogate must follow a high surrogate.");
        *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    }
    return *code < 0xd800 || *code > 0xdfff ||
           fail_surrogate(lexer, "Unicode low surrogate must follow a high surrogate.");
}

static void add_utf8(struct sql_bytes *out, uint32_t code)
{
    uint8_t bytes[4] = {(uint8_t)code};
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; len > 1 && i-- > 0; code >>= 6)
        bytes[i] = (uint8_t)(i ? 0x80 | (code & 0x3f) : leads[len] | code);
    sql_bytes_add(out, bytes, len);
}

static bool decode(struct sql_path_lexer *lexer, struct slice raw)
{
    static const char from[] = "bfnrtv", to[] = "\b\f\n\r\t\v";
    struct sql_bytes out = {.arena = lexer->call->arena};
    for (size_t at = 0; at < raw.len;) {
        uint8_t c = raw.ptr[at++];
        uint32_t code;
        if (c != '\\' || at == raw.len) {
            sql_bytes_add_char(&out, (char)c);
            continue;
        }
        c = raw.ptr[at++];
        const char *known = c ? strchr(from, (char)c) : NULL;
        if (c == 'u') {
            if (!read_unicode(lexer, raw, &at, &code))
                return false;
            add_utf8(&out, code);
        } else if (c == 'x') {
            if (!read_hex(raw, &at, 2, &code))
                return fail_escape(lexer, "invalid hexadecimal character sequence");
            add_utf8(&out, code);
        } else {
            sql_bytes_add_char(&out, known ? to[known - from] : (char)c);
        }
    }
    lexer->value = sql_bytes_slice(&out);
    return !out.failed || sql_fail_memory(lexer->call->env->error);
}

/* ---- tokens */

/* What the server's scanner looked at last: of a name the blanks that ended it, of a string its closing
 * quote, else the token. */
static struct slice last_looked_at(const struct sql_path_lexer *lexer)
{
    struct slice token = slice_of(lexer->text.ptr + lexer->start, lexer->at - lexer->start);
    size_t end = lexer->at;
    if (lexer->token == SQL_PATH_TOKEN_END)
        return slice_of(NULL, 0);
    if (token.len && token.ptr[token.len - 1] == '"')
        return slice_of(token.ptr + token.len - 1, 1);
    if (lexer->token != SQL_PATH_TOKEN_NAME)
        return token;
    while (end < lexer->text.len && lexer->text.ptr[end] && strchr(" \t\n\r\f", lexer->text.ptr[end]))
        end++;
    return slice_of(lexer->text.ptr + lexer->at, end - lexer->at);
}

bool sql_path_syntax_error(struct sql_path_lexer *lexer)
{
    struct slice near = last_looked_at(lexer);
    if (near.len == 0)
        return sql_fail(lexer->call->env->error, "42601",
                        "syntax error at end of jsonpath input");
    return sql_fail(lexer->call->env->error, "42601",
                    "syntax error at or near \"" SLICE_FMT "\" of jsonpath input",
                    SLICE_ARG(near));
}

static bool open_end(struct sql_path_lexer *lexer)
{
    const uint8_t *at = lexer->text.ptr + lexer->start;
    const char *what = *at == '/'   ? "unexpected end of comment"
                       : *at == '"' ? "unterminated quoted string"
                       : *at == '\\' ? "unexpected end after backslash"
                                     : "syntax error";
    lexer->token = SQL_PATH_TOKEN_END;
    return sql_fail(lexer->call->env->error, "42601", "%s at end of jsonpath input", what);
}

bool sql_path_next(struct sql_path_lexer *lexer)
{
    size_t end;
    enum scan found = scan_token(lexer->text, lexer->at, &lexer->start, &end);
    struct slice raw = slice_of(lexer->text.ptr + lexer->start, end - lexer->start);
    lexer->at = end;
    lexer->value = raw;
    switch (found) {
    case SCAN_END:
        lexer->token = SQL_PATH_TOKEN_END;
        return true;
    case SCAN_SIGN:
        lexer->token = SQL_PATH_TOKEN_SIGN;
        return true;
    case SCAN_INTEGER:
        lexer->token = SQL_PATH_TOKEN_INTEGER;
        return true;
    case SCAN_NUMBER:
        lexer->token = SQL_PATH_TOKEN_NUMBER;
        return true;
    case SCAN_NAME:
        lexer->token = SQL_PATH_TOKEN_NAME;
        return decode(lexer, raw);
    case SCAN_QUOTED:
        lexer->token = SQL_PATH_TOKEN_STRING;
        return decode(lexer, slice_of(raw.ptr + 1, raw.len - 2));
    case SCAN_VARIABLE:
        lexer->token = SQL_PATH_TOKEN_VARIABLE;
        return decode(lexer, slice_from(raw, 1));
    case SCAN_QUOTED_VARIABLE:
        lexer->token = SQL_PATH_TOKEN_VARIABLE;
        return decode(lexer, slice_of(raw.ptr + 2, raw.len - 3));
    case SCAN_JUNK:
        return sql_fail(lexer->call->env->error, "42601",
                        "trailing junk after numeric literal at or near \"" SLICE_FMT
                        "\" of jsonpath input",
                        SLICE_ARG(raw));
    case SCAN_OPEN:
        break;
    }
    return open_end(lexer);
}
