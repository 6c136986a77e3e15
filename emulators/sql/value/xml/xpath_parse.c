/* Grammar: XML Path Language (XPath) 1.0, sections 2 and 3. */
#include "common/fiber.h"
#include "common/text.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"
#include "emulators/sql/value/xml/xpath_tree.h"

enum { STACK_NEEDED = 8 * 1024, DEPTH_MAX = 400, ARGS_MAX = 64 };

enum token_kind {
    TOKEN_END,
    TOKEN_NAME, /* prefix and name; `*` for what a wildcard means */
    TOKEN_NUMBER,
    TOKEN_LITERAL,
    TOKEN_VARIABLE,
    TOKEN_OPERATOR, /* op */
    TOKEN_SIGN,     /* one of ( ) [ ] @ , and those of more characters below */
    TOKEN_DOTS,
    TOKEN_DOUBLE_COLON,
    TOKEN_DOUBLE_SLASH,
    TOKEN_BAD,
};

struct token {
    enum token_kind kind;
    char sign;
    enum xpath_op op;
    double number;
    struct slice prefix, text;
};

struct parser {
    struct arena *arena;
    struct slice text;
    size_t at;
    struct token token; /* the next one */
    bool after_operand; /* so that * and names are operators (section 3.7) */
    unsigned depth;
    const char *problem;
};

static void *fail(struct parser *p, const char *problem)
{
    if (!p->problem)
        p->problem = problem;
    p->token.kind = TOKEN_BAD;
    return NULL;
}

/* ---- tokens */

static bool is_name_byte(uint8_t c, bool first)
{
    return sql_is_letter(c) || c == '_' || c >= 0x80 ||
           (!first && (sql_is_digit(c) || c == '-' || c == '.'));
}

static struct slice take_name(struct parser *p)
{
    size_t start = p->at;
    while (p->at < p->text.len && is_name_byte(p->text.ptr[p->at], p->at == start))
        p->at++;
    return slice_of(p->text.ptr + start, p->at - start);
}

static uint8_t byte_at(const struct parser *p, size_t ahead)
{
    return p->at + ahead < p->text.len ? p->text.ptr[p->at + ahead] : 0;
}

static const struct {
    const char *text;
    enum xpath_op op;
} word_operators[] = {
    {"and", XPATH_AND   },
    {"or",  XPATH_OR    },
    {"div", XPATH_DIVIDE},
    {"mod", XPATH_MODULO},
};

static void lex_word_operator(struct parser *p, struct token *t)
{
    struct slice name = take_name(p);
    t->kind = TOKEN_BAD;
    for (size_t i = 0; i < sizeof word_operators / sizeof *word_operators; i++)
        if (slice_eq_str(name, word_operators[i].text)) {
            t->kind = TOKEN_OPERATOR;
            t->op = word_operators[i].op;
        }
}

static void lex_name(struct parser *p, struct token *t)
{
    t->kind = TOKEN_NAME;
    t->text = take_name(p);
    if (byte_at(p, 0) != ':' || byte_at(p, 1) == ':')
        return;
    if (byte_at(p, 1) != '*' && !is_name_byte(byte_at(p, 1), true))
        return;
    p->at++;
    t->prefix = t->text;
    if (byte_at(p, 0) == '*')
        t->text = slice_of(p->text.ptr + p->at++, 1);
    else
        t->text = take_name(p);
}

static void lex_number(struct parser *p, struct token *t)
{
    size_t start = p->at;
    while (sql_is_digit(byte_at(p, 0)) || byte_at(p, 0) == '.')
        p->at++;
    struct slice digits = slice_of(p->text.ptr + start, p->at - start);
    t->kind = text_to_double(digits, &t->number) ? TOKEN_NUMBER : TOKEN_BAD;
}

static void lex_literal(struct parser *p, struct token *t)
{
    uint8_t quote = p->text.ptr[p->at++];
    struct slice rest = slice_from(p->text, p->at);
    const uint8_t *end = rest.len ? memchr(rest.ptr, quote, rest.len) : NULL;
    if (!end) {
        fail(p, "Unfinished literal");
        t->kind = TOKEN_BAD;
        return;
    }
    t->kind = TOKEN_LITERAL;
    t->text = slice_of(rest.ptr, (size_t)(end - rest.ptr));
    p->at += t->text.len + 1;
}

/* What begins with signs, the longest first. */
static const struct {
    const char *text;
    enum token_kind kind;
    enum xpath_op op;
} signs[] = {
    {"//", TOKEN_DOUBLE_SLASH, 0             },
    {"::", TOKEN_DOUBLE_COLON, 0             },
    {"..", TOKEN_DOTS,         0             },
    {"!=", TOKEN_OPERATOR,     XPATH_NE      },
    {"<=", TOKEN_OPERATOR,     XPATH_LE      },
    {">=", TOKEN_OPERATOR,     XPATH_GE      },
    {"=",  TOKEN_OPERATOR,     XPATH_EQ      },
    {"<",  TOKEN_OPERATOR,     XPATH_LT      },
    {">",  TOKEN_OPERATOR,     XPATH_GT      },
    {"+",  TOKEN_OPERATOR,     XPATH_ADD     },
    {"-",  TOKEN_OPERATOR,     XPATH_SUBTRACT},
    {"|",  TOKEN_OPERATOR,     XPATH_UNION   },
    {"/",  TOKEN_SIGN,         0             },
    {"(",  TOKEN_SIGN,         0             },
    {")",  TOKEN_SIGN,         0             },
    {"[",  TOKEN_SIGN,         0             },
    {"]",  TOKEN_SIGN,         0             },
    {"@",  TOKEN_SIGN,         0             },
    {",",  TOKEN_SIGN,         0             },
    {".",  TOKEN_SIGN,         0             },
};

static void lex_sign(struct parser *p, struct token *t)
{
    struct slice rest = slice_from(p->text, p->at);
    t->kind = TOKEN_BAD;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t len = strlen(signs[i].text);
        if (rest.len < len || memcmp(rest.ptr, signs[i].text, len) != 0)
            continue;
        t->kind = signs[i].kind;
        t->op = signs[i].op;
        t->sign = signs[i].text[0];
        p->at += len;
        return;
    }
}

static void lex(struct parser *p, struct token *t)
{
    uint8_t c = byte_at(p, 0);
    if (p->at == p->text.len)
        t->kind = TOKEN_END;
    else if (p->after_operand && (is_name_byte(c, true)))
        lex_word_operator(p, t);
    else if (c == '*') {
        p->at++;
        t->kind = p->after_operand ? TOKEN_OPERATOR : TOKEN_NAME;
        t->op = XPATH_MULTIPLY;
        t->text = slice_str("*");
    } else if (is_name_byte(c, true))
        lex_name(p, t);
    else if (sql_is_digit(c) || (c == '.' && sql_is_digit(byte_at(p, 1))))
        lex_number(p, t);
    else if (c == '"' || c == '\'')
        lex_literal(p, t);
    else if (c == '$') {
        p->at++;
        lex_name(p, t);
        t->kind = t->text.len ? TOKEN_VARIABLE : TOKEN_BAD;
    } else
        lex_sign(p, t);
}

static void advance(struct parser *p)
{
    struct token t = {.kind = TOKEN_BAD};
    if (p->problem)
        return;
    while (p->at < p->text.len && strchr(" \t\r\n", byte_at(p, 0)) && byte_at(p, 0))
        p->at++;
    lex(p, &t);
    p->token = t;
    switch (t.kind) {
    case TOKEN_NAME:
    case TOKEN_NUMBER:
    case TOKEN_LITERAL:
    case TOKEN_VARIABLE:
    case TOKEN_DOTS: p->after_operand = true; break;
    case TOKEN_SIGN: p->after_operand = t.sign == ')' || t.sign == ']' || t.sign == '.'; break;
    default: p->after_operand = false; break;
    }
    if (t.kind == TOKEN_BAD)
        fail(p, "Invalid expression");
}

static bool at_sign(const struct parser *p, char sign)
{
    return p->token.kind == TOKEN_SIGN && p->token.sign == sign;
}

static bool accept(struct parser *p, char sign)
{
    bool there = at_sign(p, sign);
    if (there)
        advance(p);
    return there;
}

static void expect(struct parser *p, char sign, const char *problem)
{
    if (!accept(p, sign))
        fail(p, problem);
}

/* The byte behind the token, blanks aside. */
static uint8_t peek(const struct parser *p, size_t ahead)
{
    size_t at = 0;
    while (byte_at(p, at) && strchr(" \t\r\n", byte_at(p, at)))
        at++;
    return byte_at(p, at + ahead);
}

/* ---- nodes */

static struct sql_xpath *make(struct parser *p, enum xpath_op op)
{
    struct sql_xpath *node = arena_zalloc(p->arena, sizeof *node);
    if (!node)
        return fail(p, "Memory allocation failed");
    node->op = op;
    return node;
}

static struct sql_xpath *make_pair(struct parser *p, enum xpath_op op, struct sql_xpath *left,
                                   struct sql_xpath *right)
{
    struct sql_xpath *node = make(p, op);
    struct sql_xpath **args = arena_array(p->arena, 2, sizeof *args);
    if (!node || !args)
        return fail(p, "Memory allocation failed");
    args[0] = left;
    args[1] = right;
    node->args = args;
    node->arg_count = right ? 2 : 1;
    return node;
}

static struct sql_xpath *parse_expr(struct parser *p);

/* [expr]... */
static void parse_predicates(struct parser *p, struct xpath_step *step)
{
    struct sql_xpath *list[ARGS_MAX];
    while (!p->problem && at_sign(p, '[')) {
        if (step->predicate_count == ARGS_MAX) {
            fail(p, "Too many predicates");
            return;
        }
        advance(p);
        list[step->predicate_count++] = parse_expr(p);
        expect(p, ']', "Invalid predicate");
    }
    step->predicates = arena_array(p->arena, step->predicate_count, sizeof *list);
    if (!step->predicates)
        fail(p, "Memory allocation failed");
    else if (step->predicate_count)
        memcpy(step->predicates, list, step->predicate_count * sizeof *list);
}

/* ---- steps */

static const char *const axis_names[] = {
    [XPATH_ANCESTOR] = "ancestor",
    [XPATH_ANCESTOR_OR_SELF] = "ancestor-or-self",
    [XPATH_ATTRIBUTE] = "attribute",
    [XPATH_CHILD] = "child",
    [XPATH_DESCENDANT] = "descendant",
    [XPATH_DESCENDANT_OR_SELF] = "descendant-or-self",
    [XPATH_FOLLOWING] = "following",
    [XPATH_FOLLOWING_SIBLING] = "following-sibling",
    [XPATH_NAMESPACE] = "namespace",
    [XPATH_PARENT] = "parent",
    [XPATH_PRECEDING] = "preceding",
    [XPATH_PRECEDING_SIBLING] = "preceding-sibling",
    [XPATH_SELF] = "self",
};

static const struct {
    const char *name;
    enum xpath_test test;
} node_types[] = {
    {"node",                   XPATH_ANY_NODE},
    {"text",                   XPATH_TEXT    },
    {"comment",                XPATH_COMMENT },
    {"processing-instruction", XPATH_PI      },
};

static bool find_node_type(struct slice name, enum xpath_test *out)
{
    for (size_t i = 0; i < sizeof node_types / sizeof *node_types; i++)
        if (slice_eq_str(name, node_types[i].name)) {
            *out = node_types[i].test;
            return true;
        }
    return false;
}

static void parse_axis(struct parser *p, struct xpath_step *step)
{
    step->axis = XPATH_CHILD;
    if (accept(p, '@')) {
        step->axis = XPATH_ATTRIBUTE;
        return;
    }
    if (p->token.kind != TOKEN_NAME || peek(p, 0) != ':' || peek(p, 1) != ':')
        return;
    size_t axis = 0, count = sizeof axis_names / sizeof *axis_names;
    while (axis < count && !slice_eq_str(p->token.text, axis_names[axis]))
        axis++;
    if (axis == count) {
        fail(p, "Invalid axis");
        return;
    }
    step->axis = (enum xpath_axis)axis;
    advance(p);
    advance(p);
}

static void parse_node_type(struct parser *p, struct xpath_step *step)
{
    advance(p);
    advance(p);
    if (step->test == XPATH_PI && p->token.kind == TOKEN_LITERAL) {
        step->name = p->token.text;
        advance(p);
    }
    expect(p, ')', "Expected )");
}

static void parse_node_test(struct parser *p, struct xpath_step *step)
{
    struct token t = p->token;
    if (t.kind != TOKEN_NAME) {
        fail(p, "Invalid expression");
        return;
    }
    if (t.prefix.len == 0 && peek(p, 0) == '(' && find_node_type(t.text, &step->test)) {
        parse_node_type(p, step);
        return;
    }
    bool any = slice_eq_str(t.text, "*");
    step->test = !any ? XPATH_NAME : t.prefix.len ? XPATH_NAMESPACED : XPATH_ANY_NAME;
    step->prefix = t.prefix;
    step->name = t.text;
    advance(p);
}

static struct xpath_step *new_step(struct parser *p, enum xpath_axis axis)
{
    struct xpath_step *step = arena_zalloc(p->arena, sizeof *step);
    if (!step)
        return fail(p, "Memory allocation failed");
    step->axis = axis;
    step->test = XPATH_ANY_NODE;
    return step;
}

static struct xpath_step *parse_step(struct parser *p)
{
    if (at_sign(p, '.') || p->token.kind == TOKEN_DOTS) {
        struct xpath_step *dots =
            new_step(p, p->token.kind == TOKEN_DOTS ? XPATH_PARENT : XPATH_SELF);
        advance(p);
        return dots;
    }
    struct xpath_step *step = new_step(p, XPATH_CHILD);
    if (!step)
        return NULL;
    parse_axis(p, step);
    parse_node_test(p, step);
    parse_predicates(p, step);
    return step;
}

static bool begins_step(const struct parser *p)
{
    return p->token.kind == TOKEN_NAME || p->token.kind == TOKEN_DOTS || at_sign(p, '.') ||
           at_sign(p, '@');
}

/* RelativeLocationPath, appended where `end` points. */
static void parse_steps(struct parser *p, struct xpath_step **end)
{
    for (;;) {
        struct xpath_step *step = parse_step(p);
        if (!step || p->problem)
            return;
        *end = step;
        end = &step->next;
        if (p->token.kind == TOKEN_DOUBLE_SLASH) {
            if (!(*end = new_step(p, XPATH_DESCENDANT_OR_SELF)))
                return;
            end = &(*end)->next;
        } else if (!at_sign(p, '/')) {
            return;
        }
        advance(p);
    }
}

static struct sql_xpath *parse_location_path(struct parser *p)
{
    struct sql_xpath *path = make(p, XPATH_PATH);
    if (!path)
        return NULL;
    struct xpath_step **end = &path->steps;
    path->absolute = at_sign(p, '/') || p->token.kind == TOKEN_DOUBLE_SLASH;
    bool anywhere = p->token.kind == TOKEN_DOUBLE_SLASH;
    if (anywhere) {
        if (!(*end = new_step(p, XPATH_DESCENDANT_OR_SELF)))
            return NULL;
        end = &(*end)->next;
    }
    if (path->absolute)
        advance(p);
    if (!path->absolute || anywhere || begins_step(p))
        parse_steps(p, end);
    return path;
}

/* ---- expressions */

static struct sql_xpath *parse_call(struct parser *p)
{
    struct sql_xpath *call = make(p, XPATH_CALL), *list[ARGS_MAX];
    if (!call)
        return NULL;
    call->text = p->token.text;
    advance(p);
    advance(p);
    while (!p->problem && !at_sign(p, ')')) {
        if (call->arg_count == ARGS_MAX)
            return fail(p, "Too many arguments");
        if (call->arg_count)
            expect(p, ',', "Expected ,");
        list[call->arg_count++] = parse_expr(p);
    }
    expect(p, ')', "Expected )");
    call->args = arena_array(p->arena, call->arg_count, sizeof *list);
    if (!call->args)
        return fail(p, "Memory allocation failed");
    if (call->arg_count)
        memcpy(call->args, list, call->arg_count * sizeof *list);
    return call;
}

static struct sql_xpath *parse_atom(struct parser *p, enum xpath_op op)
{
    struct sql_xpath *atom = make(p, op);
    if (!atom)
        return NULL;
    atom->number = p->token.number;
    atom->text = p->token.text;
    advance(p);
    return atom;
}

/* PrimaryExpr; NULL without a problem: it is a location path. */
static struct sql_xpath *parse_primary(struct parser *p)
{
    enum xpath_test type;
    switch (p->token.kind) {
    case TOKEN_NUMBER: return parse_atom(p, XPATH_NUMBER);
    case TOKEN_LITERAL: return parse_atom(p, XPATH_LITERAL);
    case TOKEN_VARIABLE: return parse_atom(p, XPATH_VARIABLE);
    case TOKEN_NAME:
        if (peek(p, 0) == '(' && p->token.prefix.len == 0 && !slice_eq_str(p->token.text, "*") &&
            !find_node_type(p->token.text, &type))
            return parse_call(p);
        return NULL;
    default: break;
    }
    if (!accept(p, '('))
        return NULL;
    struct sql_xpath *inner = parse_expr(p);
    expect(p, ')', "Expected )");
    return inner;
}

/* PathExpr. */
static struct sql_xpath *parse_path(struct parser *p)
{
    struct sql_xpath *primary = parse_primary(p);
    if (p->problem)
        return NULL;
    if (!primary)
        return parse_location_path(p);
    if (!at_sign(p, '[') && !at_sign(p, '/') && p->token.kind != TOKEN_DOUBLE_SLASH)
        return primary;
    struct sql_xpath *path = make_pair(p, XPATH_PATH, primary, NULL);
    struct xpath_step *filter = new_step(p, XPATH_SELF);
    if (!path || !filter)
        return NULL;
    filter->predicates_only = true;
    parse_predicates(p, filter);
    path->steps = filter;
    struct xpath_step **end = &filter->next;
    if (p->token.kind == TOKEN_DOUBLE_SLASH) {
        if (!(*end = new_step(p, XPATH_DESCENDANT_OR_SELF)))
            return NULL;
        end = &(*end)->next;
    } else if (!at_sign(p, '/')) {
        return path;
    }
    advance(p);
    parse_steps(p, end);
    return path;
}

/* How strongly each operator binds; the unary minus stands between * and |. */
static const unsigned strength[] = {
    [XPATH_OR] = 1,     [XPATH_AND] = 2,      [XPATH_EQ] = 3,       [XPATH_NE] = 3,
    [XPATH_LT] = 4,     [XPATH_LE] = 4,       [XPATH_GT] = 4,       [XPATH_GE] = 4,
    [XPATH_ADD] = 5,    [XPATH_SUBTRACT] = 5, [XPATH_MULTIPLY] = 6, [XPATH_DIVIDE] = 6,
    [XPATH_MODULO] = 6, [XPATH_UNION] = 8,
};
enum { STRENGTH_OF_MINUS = 7 };

static struct sql_xpath *parse_binary(struct parser *p, unsigned least);

static struct sql_xpath *parse_unary(struct parser *p)
{
    bool negative = false, any = false;
    while (p->token.kind == TOKEN_OPERATOR && p->token.op == XPATH_SUBTRACT) {
        negative = !negative;
        any = true;
        advance(p);
    }
    if (!any)
        return parse_path(p);
    struct sql_xpath *arg = parse_binary(p, STRENGTH_OF_MINUS + 1);
    struct sql_xpath *node = make_pair(p, XPATH_NEGATE, arg, NULL);
    return node && !negative ? make_pair(p, XPATH_NEGATE, node, NULL) : node;
}

static struct sql_xpath *parse_binary(struct parser *p, unsigned least)
{
    struct sql_xpath *left = parse_unary(p);
    while (!p->problem && p->token.kind == TOKEN_OPERATOR && strength[p->token.op] >= least) {
        enum xpath_op op = p->token.op;
        advance(p);
        struct sql_xpath *right = parse_binary(p, strength[op] + 1);
        if (!right)
            return NULL;
        left = make_pair(p, op, left, right);
    }
    return left;
}

static struct sql_xpath *parse_expr(struct parser *p)
{
    if (fiber_stack_left() < STACK_NEEDED || p->depth == DEPTH_MAX)
        return fail(p, "Expression is nested too deeply");
    p->depth++;
    struct sql_xpath *expr = parse_binary(p, 1);
    p->depth--;
    return expr;
}

bool sql_xpath_parse(struct arena *arena, struct slice text, const struct sql_xpath **out,
                     const char **problem)
{
    struct parser p = {.arena = arena, .text = text};
    advance(&p);
    *out = parse_expr(&p);
    if (!p.problem && p.token.kind != TOKEN_END)
        fail(&p, "Invalid expression");
    *problem = p.problem;
    return !p.problem;
}
