#include "emulators/sql/value/json_token.h"

%%{
    machine json_token;
    alphtype unsigned char;

    action escape   { *escapes = true; }
    action done     { complete = true; fbreak; }
    action control  { bad = SQL_JSON_TOKEN_BAD_CONTROL; fhold; fbreak; }
    action sequence { bad = SQL_JSON_TOKEN_BAD_ESCAPE; fhold; fbreak; }
    action digits   { bad = SQL_JSON_TOKEN_BAD_UNICODE; fhold; fbreak; }

    # RFC 8259 7. Characters beyond ASCII pass as they are.
    hex     = xdigit @err(digits);
    unicode = "u" hex{4};
    escaped = "\\" @escape (["\\/bfnrt] | unicode | (any - ["\\/bfnrtu]) @sequence);
    main := '"' ((any - ["\\] - 0x00..0x1f) | escaped | 0x00..0x1f @control)* '"' @done;

    write data noerror nofinal;
}%%

static enum sql_json_token scan_string(struct slice text, size_t *at, bool *escapes)
{
    const uint8_t *p = text.ptr + *at, *pe = text.ptr + text.len, *eof = NULL;
    enum sql_json_token bad = SQL_JSON_TOKEN_BAD_STRING;
    bool complete = false;
    int cs;
    (void)eof;
    (void)json_token_en_main;
    %% write init;
    %% write exec;
    /* The machine stops one character behind what it stopped for. */
    *at = (size_t)(p - text.ptr);
    return complete ? SQL_JSON_TOKEN_STRING : bad;
}

%%{
    machine json_number;
    alphtype unsigned char;

    # RFC 8259 6
    integer = "0" | [1-9] digit*;
    main := "-"? integer ("." digit+)? ([eE] [+\-]? digit+)?;

    write data noerror;
}%%

static bool is_number(struct slice word)
{
    const uint8_t *p = word.ptr, *pe = word.ptr + word.len;
    int cs;
    (void)json_number_en_main;
    %% write init;
    %% write exec;
    return p == pe && cs >= json_number_first_final;
}

/* What a reader takes for one word when it reports it. */
static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '_' || c >= 0x80;
}

static bool is_number_char(uint8_t c)
{
    return is_word(c) || c == '.' || c == '+' || c == '-';
}

static enum sql_json_token scan_word(struct slice text, size_t *at)
{
    static const struct {
        const char *word;
        enum sql_json_token token;
    } words[] = {{"true", SQL_JSON_TOKEN_TRUE},
                 {"false", SQL_JSON_TOKEN_FALSE},
                 {"null", SQL_JSON_TOKEN_NULL}};
    size_t start = *at;
    bool number = text.ptr[start] == '-' || (text.ptr[start] >= '0' && text.ptr[start] <= '9');
    while (*at < text.len && (number ? is_number_char(text.ptr[*at]) : is_word(text.ptr[*at])))
        ++*at;
    if (*at == start)
        ++*at; /* a sign that is no token */
    struct slice word = slice_of(text.ptr + start, *at - start);
    if (number)
        return is_number(word) ? SQL_JSON_TOKEN_NUMBER : SQL_JSON_TOKEN_BAD;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_eq_str(word, words[i].word))
            return words[i].token;
    return SQL_JSON_TOKEN_BAD;
}

enum sql_json_token sql_json_token(struct slice text, size_t *at, bool *escapes)
{
    static const char signs[] = "{}[]:,";
    *escapes = false;
    if (*at >= text.len)
        return SQL_JSON_TOKEN_END;
    uint8_t c = text.ptr[*at];
    const char *sign = c ? strchr(signs, (char)c) : NULL;
    if (sign) {
        ++*at;
        return (enum sql_json_token)(SQL_JSON_TOKEN_OBJECT + (sign - signs));
    }
    return c == '"' ? scan_string(text, at, escapes) : scan_word(text, at);
}
