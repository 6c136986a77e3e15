#include "emulators/sql/value/regex/regex_lex.h"

#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

bool regex_fail(struct sql_error *error, const char *reason)
{
    return sql_fail(error, "2201B", "invalid regular expression: %s", reason);
}

static bool take(struct slice *rest, const char *text)
{
    size_t len = strlen(text);
    if (rest->len < len || memcmp(rest->ptr, text, len) != 0)
        return false;
    *rest = slice_from(*rest, len);
    return true;
}

static bool is_basic(const struct regex_lexer *lexer)
{
    return lexer->regex->flags & SQL_REGEX_BASIC;
}

static bool is_advanced(const struct regex_lexer *lexer)
{
    return !(lexer->regex->flags & (SQL_REGEX_BASIC | SQL_REGEX_EXTENDED));
}

bool sql_regex_set_option(unsigned *flags, char letter)
{
    static const struct {
        char letter;
        unsigned cleared, set;
    } options[] = {
        {'b', SQL_REGEX_EXTENDED | SQL_REGEX_LITERAL, SQL_REGEX_BASIC         },
        {'c', SQL_REGEX_NOCASE,                       0                       },
        {'e', SQL_REGEX_BASIC | SQL_REGEX_LITERAL,    SQL_REGEX_EXTENDED      },
        {'i', 0,                                      SQL_REGEX_NOCASE        },
        {'m', 0,                                      SQL_REGEX_NEWLINE       },
        {'n', 0,                                      SQL_REGEX_NEWLINE       },
        {'p', SQL_REGEX_NEWLINE_ANCHOR,               SQL_REGEX_NEWLINE_STOPS },
        {'q', SQL_REGEX_BASIC | SQL_REGEX_EXTENDED,   SQL_REGEX_LITERAL       },
        {'s', SQL_REGEX_NEWLINE,                      0                       },
        {'t', SQL_REGEX_EXPANDED,                     0                       },
        {'w', SQL_REGEX_NEWLINE_STOPS,                SQL_REGEX_NEWLINE_ANCHOR},
        {'x', 0,                                      SQL_REGEX_EXPANDED      },
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        if (options[i].letter != letter)
            continue;
        *flags = (*flags & ~options[i].cleared) | options[i].set;
        return true;
    }
    return false;
}

/* Options in (?xyz) at the beginning. */
static bool read_options(struct regex_lexer *lexer)
{
    struct slice rest = lexer->rest;
    if (!take(&rest, "(?") || rest.len == 0 || !sql_is_letter(rest.ptr[0]))
        return true;
    while (rest.len > 0 && sql_is_letter(rest.ptr[0])) {
        if (!sql_regex_set_option(&lexer->regex->flags, (char)rest.ptr[0]))
            return regex_fail(lexer->regex->error, "invalid embedded option");
        rest = slice_from(rest, 1);
    }
    if (!take(&rest, ")"))
        return regex_fail(lexer->regex->error, "invalid embedded option");
    lexer->rest = rest;
    return true;
}

bool regex_lex_begin(struct regex_lexer *lexer, struct sql_regex *regex, struct slice pattern)
{
    *lexer = (struct regex_lexer){regex, pattern, true};
    if (regex->flags & SQL_REGEX_LITERAL)
        return true;
    if (take(&lexer->rest, "***=")) {
        regex->flags |= SQL_REGEX_LITERAL;
        return true;
    }
    if (take(&lexer->rest, "***:"))
        regex->flags &= ~(unsigned)(SQL_REGEX_BASIC | SQL_REGEX_EXTENDED);
    else if (take(&lexer->rest, "***"))
        return regex_fail(regex->error, "quantifier operand invalid");
    return !is_advanced(lexer) || read_options(lexer);
}

/* Digits of a base; as many as there are, but no more than `most` and not fewer than `least`. */
static bool read_digits(struct slice *rest, unsigned base, size_t least, size_t most, uint32_t *out)
{
    size_t count = 0;
    uint64_t value = 0;
    for (; count < most && count < rest->len; count++) {
        uint8_t c = ascii_lower(rest->ptr[count]);
        unsigned digit = sql_is_digit(c)        ? c - (unsigned)'0'
                         : c >= 'a' && c <= 'f' ? c - 'a' + 10u
                                                : 99u;
        if (digit >= base)
            break;
        value = value * base + digit;
        if (value > UINT32_MAX)
            return false;
    }
    if (count < least)
        return false;
    *rest = slice_from(*rest, count);
    *out = (uint32_t)value;
    return true;
}

/* \1 ... : a back reference where there are so many groups, an octal number otherwise. */
static enum regex_escape read_number(struct slice *rest, unsigned groups, uint32_t *code)
{
    struct slice after = *rest;
    uint32_t number = 0;
    bool small = read_digits(&after, 10, 1, 9, &number);
    if (rest->ptr[0] != '0' && small && (after.len + 1 == rest->len || number <= groups))
        return REGEX_ESCAPE_OTHER;
    after = *rest;
    if (!read_digits(rest, 8, 1, 3, code))
        return REGEX_ESCAPE_INVALID;
    if (*code > 0xff) { /* the third digit is no part of it */
        *rest = after;
        read_digits(rest, 8, 1, 2, code);
    }
    return REGEX_ESCAPE_CHAR;
}

static enum regex_escape read_hex(struct slice *rest, size_t least, size_t most, uint32_t *code)
{
    bool ok = read_digits(rest, 16, least, most, code) && *code <= REGEX_CODE_MAX;
    return ok ? REGEX_ESCAPE_CHAR : REGEX_ESCAPE_INVALID;
}

enum regex_escape regex_read_escape(struct slice *rest, unsigned groups, uint32_t *code)
{
    static const char letters[] = "abBefnrtv";
    static const char codes[] = "\a\b\\\033\f\n\r\t\v";
    size_t width;
    if (rest->len == 0)
        return REGEX_ESCAPE_INVALID;
    uint8_t c = rest->ptr[0];
    const char *letter = c ? strchr(letters, c) : NULL;
    if (c == '0' || (sql_is_digit(c) && groups != UINT32_MAX))
        return read_number(rest, groups, code);
    if (!letter && !strchr("cxuU", c) && (sql_is_letter(c) || sql_is_digit(c)))
        return strchr("AmMyYZdDsSwW123456789", c) ? REGEX_ESCAPE_OTHER : REGEX_ESCAPE_INVALID;
    *code = sql_char_get(*rest, &width);
    *rest = slice_from(*rest, width);
    if (letter)
        *code = (uint8_t)codes[letter - letters];
    switch (c) {
    case 'c':
        if (rest->len == 0)
            return REGEX_ESCAPE_INVALID;
        *code = sql_char_get(*rest, &width) & 0x1f;
        *rest = slice_from(*rest, width);
        return REGEX_ESCAPE_CHAR;
    case 'x': return read_hex(rest, 1, 255, code);
    case 'u': return read_hex(rest, 4, 4, code);
    case 'U': return read_hex(rest, 8, 8, code);
    default: return REGEX_ESCAPE_CHAR;
    }
}

static bool give(struct regex_token *out, enum regex_token_kind kind)
{
    out->kind = kind;
    return true;
}

static bool give_code(struct regex_token *out, uint32_t code)
{
    out->code = code;
    return give(out, REGEX_TOKEN_CODE);
}

static bool give_assert(struct regex_token *out, enum regex_assert assert)
{
    out->assert = assert;
    return give(out, REGEX_TOKEN_ASSERT);
}

/* The backslash is passed. */
static bool lex_escape(struct regex_lexer *lexer, struct regex_token *out)
{
    static const struct {
        char letter;
        enum regex_assert assert;
    } asserts[] = {
        {'A', REGEX_TEXT_START  },
        {'Z', REGEX_TEXT_END    },
        {'m', REGEX_WORD_START  },
        {'M', REGEX_WORD_END    },
        {'y', REGEX_WORD_EDGE   },
        {'Y', REGEX_NO_WORD_EDGE}
    };
    struct sql_regex *regex = lexer->regex;
    switch (regex_read_escape(&lexer->rest, regex->groups, &out->code)) {
    case REGEX_ESCAPE_CHAR: return give(out, REGEX_TOKEN_CODE);
    case REGEX_ESCAPE_INVALID: return regex_fail(regex->error, "invalid escape \\ sequence");
    case REGEX_ESCAPE_OTHER: break;
    }
    uint8_t c = lexer->rest.ptr[0];
    if (sql_is_digit(c)) {
        uint32_t number;
        read_digits(&lexer->rest, 10, 1, 9, &number);
        out->number = number;
        return give(out, REGEX_TOKEN_BACKREF);
    }
    lexer->rest = slice_from(lexer->rest, 1);
    for (size_t i = 0; i < sizeof(asserts) / sizeof(*asserts); i++)
        if (c == (uint8_t)asserts[i].letter)
            return give_assert(out, asserts[i].assert);
    out->number = c;
    return give(out, REGEX_TOKEN_CLASS);
}

/* A parenthesis with a question mark, both passed. */
static bool lex_special_group(struct regex_lexer *lexer, struct regex_token *out)
{
    if (take(&lexer->rest, ":"))
        return give(out, REGEX_TOKEN_PLAIN);
    out->behind = take(&lexer->rest, "<");
    out->negated = lexer->rest.len > 0 && lexer->rest.ptr[0] == '!';
    if (take(&lexer->rest, "=") || take(&lexer->rest, "!"))
        return give(out, REGEX_TOKEN_LOOK);
    return regex_fail(lexer->regex->error, "quantifier operand invalid");
}

static bool give_quantifier(struct regex_lexer *lexer, struct regex_token *out, int min, int max)
{
    out->min = min;
    out->max = max;
    out->preference = is_advanced(lexer) && take(&lexer->rest, "?") ? REGEX_SHORTER : REGEX_LONGER;
    return give(out, REGEX_TOKEN_QUANTIFIER);
}

static bool read_count(struct regex_lexer *lexer, int *out)
{
    uint32_t value;
    if (!read_digits(&lexer->rest, 10, 1, 9, &value) || value > REGEX_DUP_MAX)
        return regex_fail(lexer->regex->error, "invalid repetition count(s)");
    *out = (int)value;
    return true;
}

/* {m}, {m,}, {m,n}: the brace is passed. */
static bool lex_braces(struct regex_lexer *lexer, struct regex_token *out)
{
    const char *end = is_basic(lexer) ? "\\}" : "}";
    struct sql_error *error = lexer->regex->error;
    int min, max;
    if (!read_count(lexer, &min))
        return false;
    max = min;
    bool range = take(&lexer->rest, ",");
    if (range && lexer->rest.len > 0 && sql_is_digit(lexer->rest.ptr[0])) {
        if (!read_count(lexer, &max))
            return false;
    } else if (range) {
        max = REGEX_INFINITE;
    }
    if (lexer->rest.len == 0)
        return regex_fail(error, "braces {} not balanced");
    if (!take(&lexer->rest, end))
        return regex_fail(error, "invalid repetition count(s)");
    if (max != REGEX_INFINITE && max < min)
        return regex_fail(error, "invalid repetition count(s)");
    give_quantifier(lexer, out, min, max);
    if (!range)
        out->preference = 0; /* how many is not open */
    return true;
}

static bool at_digit(const struct regex_lexer *lexer)
{
    return lexer->rest.len > 0 && sql_is_digit(lexer->rest.ptr[0]);
}

/* Blanks and comments: (?#...) everywhere in advanced expressions, # to the line's end and blanks
 * in expanded ones. */
static void skip_comments(struct regex_lexer *lexer)
{
    bool expanded = lexer->regex->flags & SQL_REGEX_EXPANDED;
    struct slice *rest = &lexer->rest;
    for (;;) {
        char end;
        if (expanded)
            *rest = sql_skip_blanks(*rest);
        if (expanded && take(rest, "#"))
            end = '\n';
        else if (is_advanced(lexer) && take(rest, "(?#"))
            end = ')';
        else
            return;
        while (rest->len > 0 && rest->ptr[0] != (uint8_t)end)
            *rest = slice_from(*rest, 1);
        if (end == ')')
            take(rest, ")");
    }
}

static bool lex_anchor(struct regex_lexer *lexer, struct regex_token *out, bool start)
{
    bool lines = lexer->regex->flags & SQL_REGEX_NEWLINE_ANCHOR;
    if (start)
        return give_assert(out, lines ? REGEX_LINE_START : REGEX_TEXT_START);
    return give_assert(out, lines ? REGEX_LINE_END : REGEX_TEXT_END);
}

/* The backslash of a basic expression is passed. */
static bool lex_basic_escape(struct regex_lexer *lexer, struct regex_token *out)
{
    size_t width;
    if (lexer->rest.len == 0)
        return regex_fail(lexer->regex->error, "invalid escape \\ sequence");
    out->code = sql_char_get(lexer->rest, &width);
    lexer->rest = slice_from(lexer->rest, width);
    switch (out->code) {
    case '(': return give(out, REGEX_TOKEN_GROUP);
    case ')': return give(out, REGEX_TOKEN_CLOSE);
    case '{': return lex_braces(lexer, out);
    case '<': return give_assert(out, REGEX_WORD_START);
    case '>': return give_assert(out, REGEX_WORD_END);
    default: break;
    }
    if (out->code < '1' || out->code > '9')
        return give(out, REGEX_TOKEN_CODE);
    out->number = out->code - '0';
    return give(out, REGEX_TOKEN_BACKREF);
}

static bool lex_basic(struct regex_lexer *lexer, struct regex_token *out)
{
    bool at_start = lexer->at_start;
    size_t width;
    uint32_t c = sql_char_get(lexer->rest, &width);
    lexer->rest = slice_from(lexer->rest, width);
    switch (c) {
    case '*': return at_start ? give_code(out, c) : give_quantifier(lexer, out, 0, REGEX_INFINITE);
    case '[': return give(out, REGEX_TOKEN_BRACKET);
    case '.': return give(out, REGEX_TOKEN_ANY);
    case '^': return at_start ? lex_anchor(lexer, out, true) : give_code(out, c);
    case '$':
        if (lexer->rest.len == 0 ||
            (lexer->rest.len > 1 && lexer->rest.ptr[0] == '\\' && lexer->rest.ptr[1] == ')'))
            return lex_anchor(lexer, out, false);
        return give_code(out, c);
    case '\\': return lex_basic_escape(lexer, out);
    default: return give_code(out, c);
    }
}

static bool lex_extended_escape(struct regex_lexer *lexer, struct regex_token *out)
{
    size_t width;
    if (lexer->rest.len == 0)
        return regex_fail(lexer->regex->error, "invalid escape \\ sequence");
    if (is_advanced(lexer))
        return lex_escape(lexer, out);
    out->code = sql_char_get(lexer->rest, &width);
    lexer->rest = slice_from(lexer->rest, width);
    return give(out, REGEX_TOKEN_CODE);
}

static bool lex_extended(struct regex_lexer *lexer, struct regex_token *out)
{
    size_t width;
    uint32_t c = sql_char_get(lexer->rest, &width);
    lexer->rest = slice_from(lexer->rest, width);
    switch (c) {
    case '|': return give(out, REGEX_TOKEN_OR);
    case '*': return give_quantifier(lexer, out, 0, REGEX_INFINITE);
    case '+': return give_quantifier(lexer, out, 1, REGEX_INFINITE);
    case '?': return give_quantifier(lexer, out, 0, 1);
    case '{': return at_digit(lexer) ? lex_braces(lexer, out) : give_code(out, c);
    case '(':
        if (is_advanced(lexer) && take(&lexer->rest, "?"))
            return lex_special_group(lexer, out);
        return give(out, REGEX_TOKEN_GROUP);
    case ')': return give(out, REGEX_TOKEN_CLOSE);
    case '[': return give(out, REGEX_TOKEN_BRACKET);
    case '.': return give(out, REGEX_TOKEN_ANY);
    case '^': return lex_anchor(lexer, out, true);
    case '$': return lex_anchor(lexer, out, false);
    case '\\': return lex_extended_escape(lexer, out);
    default: return give_code(out, c);
    }
}

bool regex_lex(struct regex_lexer *lexer, struct regex_token *out)
{
    size_t width;
    *out = (struct regex_token){.kind = REGEX_TOKEN_END};
    if (lexer->regex->flags & SQL_REGEX_LITERAL) {
        if (lexer->rest.len == 0)
            return true;
        out->code = sql_char_get(lexer->rest, &width);
        lexer->rest = slice_from(lexer->rest, width);
        return give(out, REGEX_TOKEN_CODE);
    }
    skip_comments(lexer);
    if (lexer->rest.len == 0)
        return true;
    if (!(is_basic(lexer) ? lex_basic(lexer, out) : lex_extended(lexer, out)))
        return false;
    /* In basic expressions a star behind (, ^ or at the very beginning is a literal. */
    lexer->at_start = out->kind == REGEX_TOKEN_GROUP ||
                      (out->kind == REGEX_TOKEN_ASSERT && out->assert != REGEX_TEXT_END);
    return true;
}
