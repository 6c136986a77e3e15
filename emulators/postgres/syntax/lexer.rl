#include "emulators/postgres/syntax/literal.h"

static int32_t place(const struct pg_lexer *lexer, const uint8_t *p)
{
    return (int32_t)(p - lexer->text.ptr);
}

/* The token becomes an error that is shown at it. */
static void fail(struct pg_lexer *lexer, struct pg_token *out, const uint8_t *te,
                 const char *message)
{
    pg_fail_near(&lexer->failure, lexer->text, out->at, place(lexer, te), message);
    out->kind = PG_TOKEN_ERROR;
}

/* Letters of ASCII fold, others do not. */
static void take_name(struct pg_lexer *lexer, struct pg_token *out, struct slice raw)
{
    bool folds = false;
    for (size_t i = 0; i < raw.len; i++)
        folds |= raw.ptr[i] >= 'A' && raw.ptr[i] <= 'Z';
    out->text = raw;
    if (folds) {
        uint8_t *lower = arena_alloc(lexer->arena, raw.len);
        if (!lower) {
            sql_fail_memory(&lexer->failure);
            out->kind = PG_TOKEN_ERROR;
            return;
        }
        for (size_t i = 0; i < raw.len; i++)
            lower[i] = ascii_lower(raw.ptr[i]);
        out->text = slice_of(lower, raw.len);
    }
    int keyword = pg_keyword_find(out->text);
    out->kind = (uint16_t)(keyword < 0 ? PG_TOKEN_IDENT : PG_TOKEN_KEYWORD + 1 + keyword);
    if (keyword < 0)
        out->text = pg_name_cut(lexer, out->text, out->at);
}

/* A quote right behind a literal would have gone on with it, had the rest an end. */
static bool goes_on(struct pg_lexer *lexer, struct slice raw)
{
    const uint8_t *end = raw.ptr + raw.len;
    return end < lexer->text.ptr + lexer->text.len && *end == raw.ptr[0];
}

static void take_quoted_name(struct pg_lexer *lexer, struct pg_token *out, struct slice raw,
                             enum pg_token_kind kind)
{
    out->kind = (uint16_t)kind;
    if (!pg_literal_plain(lexer, raw, &out->text))
        out->kind = PG_TOKEN_ERROR;
    else if (out->text.len == 0)
        fail(lexer, out, raw.ptr + raw.len, "zero-length delimited identifier");
    else if (kind == PG_TOKEN_IDENT)
        out->text = pg_name_cut(lexer, out->text, out->at);
    if (goes_on(lexer, raw))
        fail(lexer, out, lexer->text.ptr + lexer->text.len, "unterminated quoted identifier");
}

static void take_string(struct pg_lexer *lexer, struct pg_token *out, struct slice raw,
                        enum pg_token_kind kind)
{
    out->kind = (uint16_t)(pg_literal_plain(lexer, raw, &out->text) ? kind : PG_TOKEN_ERROR);
    if (kind != PG_TOKEN_BITS && goes_on(lexer, raw))
        fail(lexer, out, lexer->text.ptr + lexer->text.len, "unterminated quoted string");
}

static void take_escaped(struct pg_lexer *lexer, struct pg_token *out, struct slice raw)
{
    out->kind = pg_literal_escaped(lexer, raw, &out->text) ? PG_TOKEN_STRING : PG_TOKEN_ERROR;
    if (goes_on(lexer, raw))
        fail(lexer, out, lexer->text.ptr + lexer->text.len, "unterminated quoted string");
}

/* B'01', X'1f': the digits behind their letter; whether they are digits is the type's affair. */
static void take_bits(struct pg_lexer *lexer, struct pg_token *out, struct slice raw)
{
    take_string(lexer, out, slice_from(raw, 1), PG_TOKEN_BITS);
    uint8_t letter = ascii_lower(raw.ptr[0]);
    struct slice none = slice_of("", 0);
    if (out->kind == PG_TOKEN_BITS)
        out->text = arena_concat(lexer->arena, slice_of(&letter, 1), out->text, none);
}

/* Numbers that an int32_t does not hold are left to numeric. */
static void take_digits(struct pg_token *out, struct slice digits, enum pg_token_kind kind)
{
    int64_t value = 0;
    for (size_t i = 0; i < digits.len && value <= INT32_MAX; i++)
        if (digits.ptr[i] != '_')
            value = value * 10 + (digits.ptr[i] - '0');
    out->kind = (uint16_t)(value > INT32_MAX && kind == PG_TOKEN_INTEGER ? PG_TOKEN_FLOAT : kind);
    out->integer = (int32_t)value;
    out->text = digits;
}

/* 0x1f, 0o17, 0b11. */
static void take_based(struct pg_token *out, struct slice digits)
{
    uint8_t letter = ascii_lower(digits.ptr[1]);
    int64_t value = 0, base = letter == 'x' ? 16 : letter == 'o' ? 8 : 2;
    for (size_t i = 2; i < digits.len && value <= INT32_MAX; i++) {
        uint8_t c = ascii_lower(digits.ptr[i]);
        if (c != '_')
            value = value * base + (c > '9' ? c - 'a' + 10 : c - '0');
    }
    out->kind = value > INT32_MAX ? PG_TOKEN_FLOAT : PG_TOKEN_INTEGER;
    out->integer = (int32_t)value;
    out->text = digits;
}

/* $tag$ ... $tag$; returns where the token ends. */
static const uint8_t *take_dollars(struct pg_lexer *lexer, struct pg_token *out, struct slice tag,
                                   const uint8_t *pe)
{
    const uint8_t *body = tag.ptr + tag.len;
    for (const uint8_t *at = body; (size_t)(pe - at) >= tag.len; at++) {
        at = memchr(at, '$', (size_t)(pe - at));
        if (!at || (size_t)(pe - at) < tag.len)
            break;
        if (memcmp(at, tag.ptr, tag.len) != 0)
            continue;
        out->kind = PG_TOKEN_STRING;
        out->text = slice_of(body, (size_t)(at - body));
        return at + tag.len;
    }
    fail(lexer, out, pe, "unterminated dollar-quoted string");
    return pe;
}

/* How many of the characters are the operator: it ends where a comment begins, and + or - end only
 * those that have a character which is in none of the standard's operators. */
static size_t operator_len(struct slice raw)
{
    size_t len = raw.len;
    for (size_t i = 0; i + 1 < len; i++)
        if (memcmp(raw.ptr + i, "--", 2) == 0 || memcmp(raw.ptr + i, "/*", 2) == 0)
            len = i;
    if (len < 2 || (raw.ptr[len - 1] != '+' && raw.ptr[len - 1] != '-'))
        return len;
    for (size_t i = 0; i < len - 1; i++)
        if (memchr("~!@#^&|`?%", raw.ptr[i], 10))
            return len;
    while (len > 1 && (raw.ptr[len - 1] == '+' || raw.ptr[len - 1] == '-'))
        len--;
    return len;
}

static const struct {
    char text[3];
    uint16_t kind;
} short_operators[] = {
    {"=>", PG_TOKEN_ARROW},      {">=", PG_TOKEN_GREATER_EQUAL}, {"<=", PG_TOKEN_LESS_EQUAL},
    {"<>", PG_TOKEN_NOT_EQUAL},  {"!=", PG_TOKEN_NOT_EQUAL},
};

/* Returns where the token ends. */
static const uint8_t *take_operator(struct pg_lexer *lexer, struct pg_token *out, struct slice raw)
{
    size_t len = operator_len(raw);
    out->kind = PG_TOKEN_OPERATOR;
    out->text = slice_of(raw.ptr, len);
    if (len == 1 && memchr("+-*/%^<>=", raw.ptr[0], 9))
        out->kind = raw.ptr[0];
    for (size_t i = 0; len == 2 && i < sizeof(short_operators) / sizeof(*short_operators); i++)
        if (memcmp(short_operators[i].text, raw.ptr, 2) == 0)
            out->kind = short_operators[i].kind;
    if (out->kind == PG_TOKEN_NOT_EQUAL)
        out->text = (struct slice)SLICE_LITERAL("<>");
    if (len > PG_NAME_LEN_MAX)
        fail(lexer, out, raw.ptr + len, "operator too long");
    return raw.ptr + len;
}

%%{
    machine pg_lexer;
    alphtype unsigned char;

    action fail_string { fail(lexer, out, pe, "unterminated quoted string"); fbreak; }

    # PostgreSQL 15, 4.1 "Lexical Structure".
    blank   = [ \t\n\r\f];
    newline = [\n\r];
    line    = "--" ( any - newline )*;
    gap     = ( [ \t\f] | line )* newline ( blank | line newline )*;
    plain   = "'" ( any - "'" | "''" )* "'";
    escaped = "'" ( any - ['\\] | "''" | "\\" any )* "'";
    quoted  = plain ( gap plain )*;
    single  = "'" ( any - "'" )* "'"; # quotes are not doubled in bits
    bits    = single ( gap single )*;
    name_start = [A-Za-z_] | 0x80..0xff;
    name    = name_start ( name_start | digit | "$" )*;
    dquoted = '"' ( any - '"' | '""' )* '"';
    tag     = "$" ( name_start ( name_start | digit )* )? "$";
    # Digits may be joined by underscores, and integers have other bases: of version 16.
    integer = digit+ ( "_" digit+ )*;
    based   = "0" ( [xX] ( "_"? xdigit )+ | [oO] ( "_"? [0-7] )+ | [bB] ( "_"? [01] )+ );
    decimal = integer? "." integer | integer ".";
    real    = ( integer | decimal ) [Ee] [+\-]? integer;
    operator = [~!@#^&|`?+\-*/%<>=]+;

    escapes := |*
        escaped ( gap escaped )* => {
            take_escaped(lexer, out, slice_of(ts, (size_t)(te - ts)));
            fbreak;
        };
        "'" => fail_string;
    *|;

    # They nest.
    comment := |*
        "/*" => { depth++; };
        "*/" => { if (--depth == 0) fgoto main; };
        any;
    *|;

    main := |*
        blank+;
        line;
        "/*" [~!@#^&|`?+\-*/%<>=]* => {
            p = ts + 1;
            out->at = place(lexer, ts);
            depth = 1;
            fgoto comment;
        };
        name => {
            out->at = place(lexer, ts);
            take_name(lexer, out, slice_of(ts, (size_t)(te - ts)));
            fbreak;
        };
        dquoted => {
            out->at = place(lexer, ts);
            take_quoted_name(lexer, out, slice_of(ts, (size_t)(te - ts)), PG_TOKEN_IDENT);
            fbreak;
        };
        [uU] "&" dquoted => {
            out->at = place(lexer, ts);
            take_quoted_name(lexer, out, slice_of(ts + 2, (size_t)(te - ts) - 2),
                             PG_TOKEN_UNICODE_IDENT);
            fbreak;
        };
        ( [uU] "&" )? '"' => {
            out->at = place(lexer, ts);
            fail(lexer, out, pe, "unterminated quoted identifier");
            fbreak;
        };
        quoted => {
            out->at = place(lexer, ts);
            if (!lexer->options->standard_conforming_strings) {
                p = ts - 1;
                fgoto escapes;
            }
            take_string(lexer, out, slice_of(ts, (size_t)(te - ts)), PG_TOKEN_STRING);
            fbreak;
        };
        "'" => {
            out->at = place(lexer, ts);
            if (lexer->options->standard_conforming_strings) {
                fail(lexer, out, pe, "unterminated quoted string");
                fbreak;
            }
            p = ts - 1;
            fgoto escapes;
        };
        [eE] "'" => {
            out->at = place(lexer, ts);
            p = ts;
            fgoto escapes;
        };
        [nN] "'" => {
            out->at = place(lexer, ts);
            out->kind = PG_KW_NCHAR;
            out->text = pg_keywords[PG_KW_NCHAR - PG_TOKEN_KEYWORD - 1].word;
            te = ts + 1;
            fbreak;
        };
        [bBxX] bits => {
            out->at = place(lexer, ts);
            take_bits(lexer, out, slice_of(ts, (size_t)(te - ts)));
            fbreak;
        };
        [bB] "'" => {
            out->at = place(lexer, ts);
            fail(lexer, out, pe, "unterminated bit string literal");
            fbreak;
        };
        [xX] "'" => {
            out->at = place(lexer, ts);
            fail(lexer, out, pe, "unterminated hexadecimal string literal");
            fbreak;
        };
        [uU] "&" quoted => {
            out->at = place(lexer, ts);
            take_string(lexer, out, slice_of(ts + 2, (size_t)(te - ts) - 2),
                        PG_TOKEN_UNICODE_STRING);
            fbreak;
        };
        [uU] "&'" => { out->at = place(lexer, ts); fail(lexer, out, pe, "unterminated quoted string"); fbreak; };
        tag => {
            out->at = place(lexer, ts);
            te = take_dollars(lexer, out, slice_of(ts, (size_t)(te - ts)), pe);
            fbreak;
        };
        "$" digit+ => {
            out->at = place(lexer, ts);
            take_digits(out, slice_of(ts + 1, (size_t)(te - ts) - 1), PG_TOKEN_PARAM);
            fbreak;
        };
        "$" digit+ name_start => {
            out->at = place(lexer, ts);
            fail(lexer, out, te, "trailing junk after parameter");
            fbreak;
        };
        integer => {
            out->at = place(lexer, ts);
            take_digits(out, slice_of(ts, (size_t)(te - ts)), PG_TOKEN_INTEGER);
            fbreak;
        };
        based => {
            out->at = place(lexer, ts);
            take_based(out, slice_of(ts, (size_t)(te - ts)));
            fbreak;
        };
        "0" [xX] "_"? => {
            out->at = place(lexer, ts);
            fail(lexer, out, te, "invalid hexadecimal integer");
            fbreak;
        };
        "0" [oO] "_"? => {
            out->at = place(lexer, ts);
            fail(lexer, out, te, "invalid octal integer");
            fbreak;
        };
        "0" [bB] "_"? => {
            out->at = place(lexer, ts);
            fail(lexer, out, te, "invalid binary integer");
            fbreak;
        };
        integer ".." => {
            out->at = place(lexer, ts);
            te -= 2;
            take_digits(out, slice_of(ts, (size_t)(te - ts)), PG_TOKEN_INTEGER);
            fbreak;
        };
        decimal | real => {
            out->at = place(lexer, ts);
            out->kind = PG_TOKEN_FLOAT;
            out->text = slice_of(ts, (size_t)(te - ts));
            fbreak;
        };
        ( integer | based | decimal | real ) name_start | ( integer | decimal ) [Ee] [+\-] => {
            out->at = place(lexer, ts);
            fail(lexer, out, te, "trailing junk after numeric literal");
            fbreak;
        };
        "::" => { out->at = place(lexer, ts); out->kind = PG_TOKEN_TYPECAST; fbreak; };
        ".." => { out->at = place(lexer, ts); out->kind = PG_TOKEN_DOT_DOT; fbreak; };
        ":=" => { out->at = place(lexer, ts); out->kind = PG_TOKEN_ASSIGN; fbreak; };
        operator => {
            out->at = place(lexer, ts);
            te = take_operator(lexer, out, slice_of(ts, (size_t)(te - ts)));
            fbreak;
        };
        any => { out->at = place(lexer, ts); out->kind = *ts; fbreak; };
    *|;

    write data noerror nofinal;
}%%

void pg_lexer_init(struct pg_lexer *lexer, struct arena *arena, struct slice text,
                   const struct pg_parse_options *options)
{
    *lexer = (struct pg_lexer){.text = text, .arena = arena, .options = options};
    sql_error_begin(&lexer->failure, arena);
}

void pg_lexer_next(struct pg_lexer *lexer, struct pg_token *out)
{
    const uint8_t *p = lexer->text.ptr + lexer->at;
    const uint8_t *pe = lexer->text.ptr + lexer->text.len;
    const uint8_t *eof = pe, *ts, *te = pe;
    int cs, act;
    uint32_t depth = 0;
    *out = (struct pg_token){.kind = PG_TOKEN_END};
    if (lexer->failure.sqlstate[0] != '\0') /* nothing is read behind an error */
        p = pe;
    if (p < pe) {
        %% write init;
        %% write exec;
    }
    if (depth > 0)
        fail(lexer, out, pe, "unterminated /* comment");
    else if (out->kind == PG_TOKEN_END) {
        out->at = (int32_t)lexer->text.len;
        te = pe;
    }
    out->end = place(lexer, te);
    lexer->at = (size_t)out->end;
}

/* The longest start of the name that fits and ends between characters. */
struct slice pg_name_cut(struct pg_lexer *lexer, struct slice name, int32_t at)
{
    if (name.len <= PG_NAME_LEN_MAX)
        return name;
    size_t len = PG_NAME_LEN_MAX;
    while (len > 0 && (name.ptr[len] & 0xc0) == 0x80)
        len--;
    struct slice cut = slice_of(name.ptr, len);
    if (lexer->options->notice) {
        struct slice message = arena_printf(
            lexer->arena, "identifier \"" SLICE_FMT "\" will be truncated to \"" SLICE_FMT "\"",
            SLICE_ARG(name), SLICE_ARG(cut));
        lexer->options->notice(lexer->options->notice_context, SQL_NOTICE, "42622", at, message,
                               (struct slice){0});
    }
    return cut;
}

void pg_fail_near(struct sql_error *error, struct slice text, int32_t at, int32_t end,
                  const char *message)
{
    if ((size_t)at >= text.len)
        sql_fail_at(error, at, "42601", "%s at end of input", message);
    else
        sql_fail_at(error, at, "42601", "%s at or near \"%.*s\"", message, (int)(end - at),
                    (const char *)text.ptr + at);
}
