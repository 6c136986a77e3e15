/* Texts of tsqueries: the full notation, one plain word, and what people type into a search field. */
#include "emulators/postgres/text_search/lexeme_text.h"
#include "emulators/postgres/text_search/tsquery.h"
#include "emulators/sql/value/text_scan.h"

enum state { FIRST_OPERAND, OPERAND, OPERATOR };
enum token { TOKEN_END, TOKEN_WORD, TOKEN_OPERATOR, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BAD };

/* Operators whose right operand is still to come. */
struct waiting {
    enum pg_tsquery_kind kind;
    uint16_t distance;
};

struct parser {
    struct sql_call *call;
    struct pg_tsquery_maker *maker;
    struct slice text;
    size_t at;
    enum pg_tsquery_syntax syntax;
    enum state state;
    uint32_t depth; /* of parentheses */
    bool taken;     /* PLAIN: the text was given */
    bool stopped;   /* WEB: an operand is missing at the end */
    /* The latest token. */
    enum pg_tsquery_kind kind;
    uint16_t distance;
    struct slice word;
    uint8_t weights;
    bool prefix;
    /* Operands that are complete. */
    struct pg_tsquery **operands;
    uint32_t count, room;
};

static char peek(const struct parser *p)
{
    return p->at < p->text.len ? (char)p->text.ptr[p->at] : '\0';
}

static bool fail_syntax(const struct parser *p, const char *what)
{
    return sql_fail(p->call->env->error, "42601", "%s: \"" SLICE_FMT "\"", what,
                    SLICE_ARG(p->text));
}

/* ---- tokens */

static enum token an_operator(struct parser *p, enum pg_tsquery_kind kind, uint16_t distance)
{
    p->state = OPERAND;
    p->kind = kind;
    p->distance = distance;
    return TOKEN_OPERATOR;
}

/* :AB* */
static void read_modifiers(struct parser *p)
{
    if (peek(p) != ':')
        return;
    for (p->at++;; p->at++) {
        int weight = pg_ts_weight_of(peek(p));
        if (weight >= 0)
            p->weights |= (uint8_t)(1u << weight);
        else if (peek(p) == '*')
            p->prefix = true;
        else
            return;
    }
}

/* A word as the tsvector's notation has it. */
static bool read_word(struct parser *p, bool *found)
{
    struct pg_lexeme_reader reader = {.call = p->call,
                                      .text = p->text,
                                      .at = p->at,
                                      .query = true,
                                      .web = p->syntax == PG_TSQUERY_WEB};
    if (!pg_lexeme_read(&reader, found))
        return false;
    p->at = reader.at;
    p->word = reader.word;
    return true;
}

/* <-> or <N>; *found false: it is none. */
static bool read_phrase(struct parser *p, bool *found)
{
    size_t at = p->at + 1;
    uint32_t distance = 1;
    *found = false;
    if (at < p->text.len && p->text.ptr[at] == '-') {
        at++;
    } else {
        if (at >= p->text.len || !sql_is_digit(p->text.ptr[at]))
            return true;
        for (distance = 0; at < p->text.len && sql_is_digit(p->text.ptr[at]); at++)
            if (distance <= PG_TS_POSITION_MAX + 1)
                distance = distance * 10 + (uint32_t)(p->text.ptr[at] - '0');
        if (distance > PG_TS_POSITION_MAX + 1)
            return sql_fail(p->call->env->error, "22023",
                            "distance in phrase operator must be an integer value between zero "
                            "and %d inclusive",
                            PG_TS_POSITION_MAX + 1);
    }
    *found = at < p->text.len && p->text.ptr[at] == '>';
    if (*found) {
        p->at = at + 1;
        p->distance = (uint16_t)distance;
    }
    return true;
}

static bool standard_operand(struct parser *p, enum token *token)
{
    char c = peek(p);
    bool found;
    if (c == '!') {
        p->at++;
        *token = an_operator(p, PG_TSQUERY_NOT, 0);
        return true;
    }
    if (c == '(') {
        p->at++;
        p->state = OPERAND;
        p->depth++;
        *token = TOKEN_OPEN;
        return true;
    }
    if (c == ':')
        return fail_syntax(p, "syntax error in tsquery");
    if (!read_word(p, &found))
        return false;
    if (found) {
        read_modifiers(p);
        p->state = OPERATOR;
        *token = TOKEN_WORD;
        return true;
    }
    *token = TOKEN_END;
    return p->state == FIRST_OPERAND || fail_syntax(p, "no operand in tsquery");
}

static bool standard_operator(struct parser *p, enum token *token)
{
    bool phrase;
    switch (peek(p)) {
    case '&':
        p->at++;
        *token = an_operator(p, PG_TSQUERY_AND, 0);
        return true;
    case '|':
        p->at++;
        *token = an_operator(p, PG_TSQUERY_OR, 0);
        return true;
    case '<':
        if (!read_phrase(p, &phrase))
            return false;
        *token = phrase ? an_operator(p, PG_TSQUERY_PHRASE, p->distance) : TOKEN_BAD;
        return true;
    case ')':
        p->at++;
        *token = p->depth ? TOKEN_CLOSE : TOKEN_BAD;
        p->depth -= p->depth > 0;
        return true;
    case '\0': *token = p->depth ? TOKEN_BAD : TOKEN_END; return true;
    default: *token = TOKEN_BAD; return true;
    }
}

/* "or" that is an operator: a word of its own with something behind it. */
static bool web_or(const struct parser *p)
{
    size_t at = p->at + 2;
    if (at >= p->text.len || ascii_lower(p->text.ptr[p->at]) != 'o' ||
        ascii_lower(p->text.ptr[p->at + 1]) != 'r')
        return false;
    uint8_t c = p->text.ptr[at];
    if (c == '-' || c == '_' || sql_is_letter(c) || sql_is_digit(c) || c >= 0x80)
        return false;
    for (at++; at < p->text.len; at++)
        if (!sql_is_blank(p->text.ptr[at]))
            return true;
    return false;
}

static bool is_ignored(char c)
{
    return c && strchr("!&|()<", c);
}

static bool web_operand(struct parser *p, enum token *token)
{
    bool found;
    while (is_ignored(peek(p)) || sql_is_blank((uint8_t)peek(p))) {
        if (is_ignored(peek(p)))
            p->state = OPERAND;
        p->at++;
    }
    if (peek(p) == '-') {
        p->at++;
        *token = an_operator(p, PG_TSQUERY_NOT, 0);
        return true;
    }
    if (peek(p) == '"') {
        size_t start = ++p->at;
        while (p->at < p->text.len && p->text.ptr[p->at] != '"')
            p->at++;
        p->word = slice_of(p->text.ptr + start, p->at - start);
        p->at += p->at < p->text.len;
        p->state = OPERATOR;
        *token = TOKEN_WORD;
        return true;
    }
    if (!read_word(p, &found))
        return false;
    p->stopped = !found && p->state == OPERAND;
    *token = found ? TOKEN_WORD : TOKEN_END;
    if (found)
        p->state = OPERATOR;
    return true;
}

static bool web_operator(struct parser *p, enum token *token)
{
    while (is_ignored(peek(p)) || sql_is_blank((uint8_t)peek(p)))
        p->at++;
    if (peek(p) == '\0') {
        *token = TOKEN_END;
    } else if (web_or(p)) {
        p->at += 2;
        *token = an_operator(p, PG_TSQUERY_OR, 0);
    } else {
        *token = an_operator(p, PG_TSQUERY_AND, 0);
    }
    return true;
}

static bool next_token(struct parser *p, enum token *token)
{
    p->weights = 0;
    p->prefix = false;
    if (p->syntax == PG_TSQUERY_PLAIN) {
        *token = p->taken || p->text.len == 0 ? TOKEN_END : TOKEN_WORD;
        p->taken = true;
        p->word = p->text;
        return true;
    }
    while (sql_is_blank((uint8_t)peek(p)))
        p->at++;
    if (p->syntax == PG_TSQUERY_WEB)
        return p->state == OPERATOR ? web_operator(p, token) : web_operand(p, token);
    return p->state == OPERATOR ? standard_operator(p, token) : standard_operand(p, token);
}

/* ---- operators by their precedence */

static bool push(struct parser *p, struct pg_tsquery *node)
{
    if (!node)
        return false;
    if (p->count == p->room) {
        uint32_t room = p->room ? p->room * 2 : 16;
        struct pg_tsquery **operands = arena_array(p->call->arena, room, sizeof(*operands));
        if (!operands)
            return sql_fail_memory(p->call->env->error);
        if (p->count)
            memcpy(operands, p->operands, p->count * sizeof(*operands));
        p->operands = operands;
        p->room = room;
    }
    p->operands[p->count++] = node;
    return true;
}

static int precedence(enum pg_tsquery_kind kind)
{
    return kind == PG_TSQUERY_NOT      ? 4
           : kind == PG_TSQUERY_PHRASE ? 3
           : kind == PG_TSQUERY_AND    ? 2
                                       : 1;
}

static bool apply(struct parser *p, const struct waiting *op)
{
    struct pg_tsquery *right = p->operands[--p->count];
    struct pg_tsquery *left = op->kind == PG_TSQUERY_NOT ? NULL : p->operands[--p->count];
    return push(p, pg_tsquery_join(p->call, op->kind, op->distance, left, right));
}

enum { WAITING_MAX = 32 };

/* Applies what binds at least as tightly as `kind`, on the right of which it would stand. */
static bool reduce(struct parser *p, struct waiting *stack, uint32_t *depth,
                   enum pg_tsquery_kind kind)
{
    while (*depth) {
        int own = precedence(kind), other = precedence(stack[*depth - 1].kind);
        if (kind == PG_TSQUERY_NOT ? own >= other : own > other)
            return true;
        if (!apply(p, &stack[--*depth]))
            return false;
    }
    return true;
}

static bool add_word(struct parser *p)
{
    struct pg_tsquery *node;
    return p->maker->make(p->maker, p->call, p->word, p->weights, p->prefix, &node) &&
           push(p, node);
}

/* One level of parentheses. */
static bool parse_level(struct parser *p)
{
    struct waiting stack[WAITING_MAX];
    uint32_t depth = 0;
    enum token token;
    if (!pg_tsquery_check_depth(p->call))
        return false;
    for (;;) {
        if (!next_token(p, &token))
            return false;
        switch (token) {
        case TOKEN_WORD:
            if (!add_word(p))
                return false;
            break;
        case TOKEN_OPERATOR:
            if (!reduce(p, stack, &depth, p->kind))
                return false;
            if (depth == WAITING_MAX)
                return sql_fail(p->call->env->error, "XX000", "tsquery stack too small");
            stack[depth++] = (struct waiting){p->kind, p->distance};
            break;
        case TOKEN_OPEN:
            if (!parse_level(p))
                return false;
            break;
        case TOKEN_BAD: return fail_syntax(p, "syntax error in tsquery");
        case TOKEN_CLOSE:
        case TOKEN_END:
            if (p->stopped && !push(p, pg_tsquery_stop(p->call)))
                return false;
            p->stopped = false;
            return reduce(p, stack, &depth, PG_TSQUERY_OR);
        }
    }
}

bool pg_tsquery_parse(struct sql_call *call, struct slice text, enum pg_tsquery_syntax syntax,
                      struct pg_tsquery_maker *maker, struct pg_tsquery **out)
{
    struct parser p = {.call = call, .maker = maker, .text = text, .syntax = syntax};
    if (!parse_level(&p))
        return false;
    *out = p.count ? p.operands[0] : NULL;
    if (!*out)
        pg_ts_notice(call, "text-search query doesn't contain lexemes: \"" SLICE_FMT "\"",
                     SLICE_ARG(text));
    return true;
}
