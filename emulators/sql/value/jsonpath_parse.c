/* Recursive descent over the grammar of ISO 9075-2, 9.39. */
#include "common/fiber.h"
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/jsonpath.h"
#include "emulators/sql/value/jsonpath_token.h"
#include "emulators/sql/value/numeric.h"

enum { STACK_NEEDED = 16 * 1024 };

struct parser {
    struct sql_path_lexer lexer;
    struct sql_call *call;
    uint32_t filters; /* how many are open: @ is allowed in them */
    uint32_t subscripts;
};

static bool parse_predicate(struct parser *p, struct sql_path_node **out);
static bool parse_either(struct parser *p, struct sql_path_node **out, bool *predicate);
static bool parse_expression(struct parser *p, struct sql_path_node **out);

/* ---- tokens */

static bool is_sign(const struct parser *p, const char *sign)
{
    return p->lexer.token == SQL_PATH_TOKEN_SIGN && slice_eq_str(p->lexer.value, sign);
}

/* Keywords: true, false and null as they are, all others in any case. */
static bool is_word(const struct parser *p, const char *word)
{
    return p->lexer.token == SQL_PATH_TOKEN_NAME && slice_is(p->lexer.value, word);
}

static bool accept(struct parser *p, const char *sign, bool *there)
{
    *there = is_sign(p, sign);
    return !*there || sql_path_next(&p->lexer);
}

static bool expect(struct parser *p, const char *sign)
{
    return is_sign(p, sign) ? sql_path_next(&p->lexer) : sql_path_syntax_error(&p->lexer);
}

static bool make(struct parser *p, enum sql_path_kind kind, struct sql_path_node **out)
{
    *out = arena_zalloc(p->call->arena, sizeof(**out));
    if (!*out)
        return sql_fail_memory(p->call->env->error);
    (*out)->kind = kind;
    return true;
}

static bool make_pair(struct parser *p, enum sql_path_kind kind, struct sql_path_node *left,
                      struct sql_path_node *right, struct sql_path_node **out)
{
    if (!make(p, kind, out))
        return false;
    (*out)->left = left;
    (*out)->right = right;
    return true;
}

static bool too_deep(struct parser *p)
{
    if (fiber_stack_left() >= STACK_NEEDED)
        return false;
    sql_fail(p->call->env->error, "54001", "stack depth limit exceeded");
    return true;
}

/* ---- numbers */

static bool parse_number(struct parser *p, struct sql_path_node **out)
{
    return make(p, SQL_PATH_NUMBER, out) &&
           sql_numeric_ops.input(p->call, NULL, p->lexer.value, -1, &(*out)->number) &&
           sql_path_next(&p->lexer);
}

static bool negate(struct parser *p, struct sql_path_node *number)
{
    sql_function *minus = sql_builtin_find(slice_str("numeric_uminus"));
    return minus && minus(p->call, &number->number, &number->number);
}

/* ---- accessors */

const struct sql_path_method_form sql_path_methods[] = {
    [SQL_PATH_TYPE] = {"type",         0},
    [SQL_PATH_SIZE] = {"size",         0},
    [SQL_PATH_ABS] = {"abs",          0},
    [SQL_PATH_FLOOR] = {"floor",        0},
    [SQL_PATH_CEILING] = {"ceiling",      0},
    [SQL_PATH_DOUBLE] = {"double",       0},
    [SQL_PATH_KEYVALUE] = {"keyvalue",     0},
    [SQL_PATH_TO_BIGINT] = {"bigint",       0},
    [SQL_PATH_TO_BOOLEAN] = {"boolean",      0},
    [SQL_PATH_TO_DECIMAL] = {"decimal",      2},
    [SQL_PATH_TO_INTEGER] = {"integer",      0},
    [SQL_PATH_TO_NUMBER] = {"number",       0},
    [SQL_PATH_TO_STRING] = {"string",       0},
    [SQL_PATH_TO_DATE] = {"date",         0},
    [SQL_PATH_TO_TIME] = {"time",         1},
    [SQL_PATH_TO_TIME_TZ] = {"time_tz",      1},
    [SQL_PATH_TO_TIMESTAMP] = {"timestamp",    1},
    [SQL_PATH_TO_TIMESTAMP_TZ] = {"timestamp_tz", 1},
};

static int find_method(struct slice name)
{
    for (int i = 0; i < SQL_PATH_METHOD_COUNT; i++)
        if (slice_is(name, sql_path_methods[i].name))
            return i;
    return -1;
}

/* A whole number; signs are allowed where there may be two. */
static bool parse_method_number(struct parser *p, bool with_sign, struct sql_path_node **out)
{
    bool minus = is_sign(p, "-");
    if (with_sign && (minus || is_sign(p, "+")) && !sql_path_next(&p->lexer))
        return false;
    if (p->lexer.token != SQL_PATH_TOKEN_INTEGER)
        return sql_path_syntax_error(&p->lexer);
    return parse_number(p, out) && (!with_sign || !minus || negate(p, *out));
}

/* What stands in a method's parentheses, up to the closing one. */
static bool parse_method_numbers(struct parser *p, struct sql_path_node *node)
{
    uint8_t most = sql_path_methods[node->method].numbers;
    struct sql_path_node *numbers[2] = {NULL, NULL};
    bool more = most > 0 && !is_sign(p, ")");
    for (uint32_t count = 0; more; count++) {
        struct sql_path_node *number;
        if (!parse_method_number(p, most > 1, &number))
            return false;
        if (count < 2)
            numbers[count] = number;
        more = false;
        if (most > 1 && !accept(p, ",", &more))
            return false;
        if (count < 2 || more)
            continue;
        sql_fail(p->call->env->error, "42601", "invalid input syntax for type %s", "jsonpath");
        return sql_detail(p->call->env->error,
                          ".decimal() can only have an optional precision[,scale].");
    }
    node->left = numbers[0];
    node->right = numbers[1];
    return expect(p, ")");
}

/* Behind ".name(": a method, or datetime with its template. */
static bool parse_method(struct parser *p, struct slice name, struct sql_path_node **out)
{
    int method = find_method(name);
    if (slice_is(name, "datetime")) {
        if (!sql_path_next(&p->lexer) || !make(p, SQL_PATH_DATETIME, out))
            return false;
        if (p->lexer.token == SQL_PATH_TOKEN_STRING) {
            (*out)->text = p->lexer.value;
            if (!sql_path_next(&p->lexer))
                return false;
        }
        return expect(p, ")");
    }
    if (method < 0)
        return sql_path_syntax_error(&p->lexer);
    if (!make(p, SQL_PATH_METHOD, out))
        return false;
    (*out)->method = (enum sql_path_method)method;
    return sql_path_next(&p->lexer) && parse_method_numbers(p, *out);
}

static bool parse_level(struct parser *p, uint32_t *level)
{
    if (is_word(p, "last")) {
        *level = SQL_PATH_LEVEL_LAST;
        return sql_path_next(&p->lexer);
    }
    if (p->lexer.token != SQL_PATH_TOKEN_INTEGER)
        return sql_path_syntax_error(&p->lexer);
    uint64_t value = 0;
    for (size_t i = 0; i < p->lexer.value.len; i++) {
        value = value * 10 + (uint64_t)(p->lexer.value.ptr[i] - '0');
        if (value > INT32_MAX) {
            sql_fail(p->call->env->error, "22003",
                     "value \"" SLICE_FMT "\" is out of range for type %s",
                     SLICE_ARG(p->lexer.value), "integer");
            return false;
        }
    }
    *level = (uint32_t)value;
    return sql_path_next(&p->lexer);
}

/* .** with its levels */
static bool parse_any(struct parser *p, struct sql_path_node **out)
{
    bool levels;
    if (!sql_path_next(&p->lexer) || !make(p, SQL_PATH_ANY, out))
        return false;
    (*out)->first = 0;
    (*out)->last = SQL_PATH_LEVEL_LAST;
    if (!accept(p, "{", &levels))
        return false;
    if (!levels)
        return true;
    if (!parse_level(p, &(*out)->first))
        return false;
    (*out)->last = (*out)->first;
    if (is_word(p, "to") && (!sql_path_next(&p->lexer) || !parse_level(p, &(*out)->last)))
        return false;
    return expect(p, "}");
}

static bool parse_member(struct parser *p, struct sql_path_node **out)
{
    if (is_sign(p, "*"))
        return make(p, SQL_PATH_ANY_KEY, out) && sql_path_next(&p->lexer);
    if (is_sign(p, "**"))
        return parse_any(p, out);
    bool name = p->lexer.token == SQL_PATH_TOKEN_NAME;
    if (!name && p->lexer.token != SQL_PATH_TOKEN_STRING)
        return sql_path_syntax_error(&p->lexer);
    struct slice key = p->lexer.value;
    if (!sql_path_next(&p->lexer))
        return false;
    if (name && is_sign(p, "("))
        return parse_method(p, key, out);
    if (!make(p, SQL_PATH_KEY, out))
        return false;
    (*out)->text = key;
    return true;
}

static bool add_range(struct parser *p, struct sql_path_node *node, struct sql_path_range range)
{
    struct sql_path_range *ranges =
        arena_array(p->call->arena, node->range_count + 1, sizeof(*ranges));
    if (!ranges)
        return sql_fail_memory(p->call->env->error);
    if (node->range_count)
        memcpy(ranges, node->ranges, node->range_count * sizeof(*ranges));
    ranges[node->range_count++] = range;
    node->ranges = ranges;
    return true;
}

static bool parse_subscript(struct parser *p, struct sql_path_node **out)
{
    bool more = true;
    if (is_sign(p, "*"))
        return make(p, SQL_PATH_ANY_ARRAY, out) && sql_path_next(&p->lexer) && expect(p, "]");
    if (!make(p, SQL_PATH_INDEXES, out))
        return false;
    p->subscripts++;
    while (more) {
        struct sql_path_range range = {NULL, NULL};
        if (!parse_expression(p, &range.from))
            return false;
        if (is_word(p, "to") && (!sql_path_next(&p->lexer) || !parse_expression(p, &range.to)))
            return false;
        if (!add_range(p, *out, range) || !accept(p, ",", &more))
            return false;
    }
    p->subscripts--;
    return expect(p, "]");
}

static bool parse_filter(struct parser *p, struct sql_path_node **out)
{
    p->filters++;
    if (!make(p, SQL_PATH_FILTER, out) || !expect(p, "(") || !parse_predicate(p, &(*out)->left))
        return false;
    p->filters--;
    return expect(p, ")");
}

/* The accessors behind a node. */
static bool parse_accessors(struct parser *p, struct sql_path_node *node)
{
    while (node->next)
        node = node->next;
    for (;;) {
        bool there;
        struct sql_path_node *accessor = NULL;
        if (!accept(p, ".", &there) || (there && !parse_member(p, &accessor)))
            return false;
        if (!there && (!accept(p, "[", &there) || (there && !parse_subscript(p, &accessor))))
            return false;
        if (!there && (!accept(p, "?", &there) || (there && !parse_filter(p, &accessor))))
            return false;
        if (!there)
            return true;
        node->next = accessor;
        node = accessor;
    }
}

/* ---- expressions */

static bool parse_text(struct parser *p, enum sql_path_kind kind, struct sql_path_node **out)
{
    if (!make(p, kind, out))
        return false;
    (*out)->text = p->lexer.value;
    return sql_path_next(&p->lexer);
}

static bool parse_word(struct parser *p, struct sql_path_node **out)
{
    static const struct {
        const char *word;
        enum sql_path_kind kind;
    } constants[] = {
        {"null",  SQL_PATH_NULL },
        {"true",  SQL_PATH_TRUE },
        {"false", SQL_PATH_FALSE}
    };
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++)
        if (slice_eq_str(p->lexer.value, constants[i].word))
            return make(p, constants[i].kind, out) && sql_path_next(&p->lexer);
    if (!is_word(p, "last"))
        return sql_path_syntax_error(&p->lexer);
    if (p->subscripts == 0)
        return sql_fail(p->call->env->error, "42601", "LAST is allowed only in array subscripts");
    return make(p, SQL_PATH_LAST, out) && sql_path_next(&p->lexer);
}

static bool parse_primary(struct parser *p, struct sql_path_node **out)
{
    switch (p->lexer.token) {
    case SQL_PATH_TOKEN_INTEGER:
    case SQL_PATH_TOKEN_NUMBER: return parse_number(p, out);
    case SQL_PATH_TOKEN_STRING: return parse_text(p, SQL_PATH_STRING, out);
    case SQL_PATH_TOKEN_VARIABLE: return parse_text(p, SQL_PATH_VARIABLE, out);
    case SQL_PATH_TOKEN_NAME: return parse_word(p, out);
    default: break;
    }
    if (is_sign(p, "$"))
        return make(p, SQL_PATH_ROOT, out) && sql_path_next(&p->lexer);
    if (is_sign(p, "@")) {
        if (p->filters == 0)
            return sql_fail(p->call->env->error, "42601", "@ is not allowed in root expressions");
        return make(p, SQL_PATH_CURRENT, out) && sql_path_next(&p->lexer);
    }
    return sql_path_syntax_error(&p->lexer);
}

/* ! and EXISTS begin predicates that stand without brackets of their own. */
static bool parse_prefix_predicate(struct parser *p, struct sql_path_node **out)
{
    struct sql_path_node *inner;
    if (is_word(p, "exists")) {
        return sql_path_next(&p->lexer) && expect(p, "(") && parse_expression(p, &inner) &&
               expect(p, ")") && make_pair(p, SQL_PATH_EXISTS, inner, NULL, out);
    }
    if (!sql_path_next(&p->lexer))
        return false;
    if (is_word(p, "exists"))
        return parse_prefix_predicate(p, &inner) && make_pair(p, SQL_PATH_NOT, inner, NULL, out);
    return expect(p, "(") && parse_predicate(p, &inner) && expect(p, ")") &&
           make_pair(p, SQL_PATH_NOT, inner, NULL, out);
}

/* What stands in brackets: a predicate (IS UNKNOWN or accessors may follow) or an expression. */
static bool parse_bracketed(struct parser *p, struct sql_path_node **out, bool *predicate)
{
    if (!sql_path_next(&p->lexer) || !parse_either(p, out, predicate) || !expect(p, ")"))
        return false;
    if (*predicate && is_word(p, "is")) {
        struct sql_path_node *inner = *out;
        if (!sql_path_next(&p->lexer) || !is_word(p, "unknown"))
            return sql_path_syntax_error(&p->lexer);
        return sql_path_next(&p->lexer) && make_pair(p, SQL_PATH_IS_UNKNOWN, inner, NULL, out);
    }
    bool accessor = is_sign(p, ".") || is_sign(p, "[") || is_sign(p, "?");
    if (!accessor)
        return true;
    *predicate = false;
    return parse_accessors(p, *out);
}

static bool parse_unary(struct parser *p, struct sql_path_node **out, bool *predicate)
{
    *predicate = false;
    if (too_deep(p))
        return false;
    bool minus = is_sign(p, "-");
    if (minus || is_sign(p, "+")) {
        struct sql_path_node *inner;
        bool inner_predicate;
        if (!sql_path_next(&p->lexer) || !parse_unary(p, &inner, &inner_predicate))
            return false;
        if (inner_predicate)
            return sql_path_syntax_error(&p->lexer);
        if (inner->kind == SQL_PATH_NUMBER && !inner->next) {
            *out = inner;
            return !minus || negate(p, inner);
        }
        return make_pair(p, minus ? SQL_PATH_MINUS : SQL_PATH_PLUS, inner, NULL, out);
    }
    if (is_sign(p, "("))
        return parse_bracketed(p, out, predicate);
    if (is_sign(p, "!") || is_word(p, "exists")) {
        *predicate = true;
        return parse_prefix_predicate(p, out);
    }
    return parse_primary(p, out) && parse_accessors(p, *out);
}

/* Binary operators by how tightly they bind. */
static const struct {
    const char *sign;
    enum sql_path_kind kind;
    int rank;
} binaries[] = {
    {"+", SQL_PATH_ADD,      1},
    {"-", SQL_PATH_SUBTRACT, 1},
    {"*", SQL_PATH_MULTIPLY, 2},
    {"/", SQL_PATH_DIVIDE,   2},
    {"%", SQL_PATH_MODULO,   2},
};

static int find_binary(const struct parser *p, int rank)
{
    for (int i = 0; i < (int)(sizeof(binaries) / sizeof(binaries[0])); i++)
        if (binaries[i].rank == rank && is_sign(p, binaries[i].sign))
            return i;
    return -1;
}

static bool parse_binary(struct parser *p, int rank, struct sql_path_node **out, bool *predicate)
{
    if (rank == 3)
        return parse_unary(p, out, predicate);
    if (!parse_binary(p, rank + 1, out, predicate))
        return false;
    for (int op = find_binary(p, rank); op >= 0 && !*predicate; op = find_binary(p, rank)) {
        struct sql_path_node *right, *left = *out;
        bool right_predicate;
        if (!sql_path_next(&p->lexer) || !parse_binary(p, rank + 1, &right, &right_predicate))
            return false;
        if (right_predicate)
            return sql_path_syntax_error(&p->lexer);
        if (!make_pair(p, binaries[op].kind, left, right, out))
            return false;
    }
    return true;
}

static bool parse_expression(struct parser *p, struct sql_path_node **out)
{
    bool predicate;
    if (!parse_binary(p, 1, out, &predicate))
        return false;
    return !predicate || sql_path_syntax_error(&p->lexer);
}

/* ---- predicates */

static bool parse_starts_with(struct parser *p, struct sql_path_node *left,
                              struct sql_path_node **out)
{
    struct sql_path_node *prefix;
    bool text = p->lexer.token == SQL_PATH_TOKEN_STRING;
    if (!sql_path_next(&p->lexer) || !is_word(p, "with"))
        return sql_path_syntax_error(&p->lexer);
    if (!sql_path_next(&p->lexer))
        return false;
    text = p->lexer.token == SQL_PATH_TOKEN_STRING;
    if (!text && p->lexer.token != SQL_PATH_TOKEN_VARIABLE)
        return sql_path_syntax_error(&p->lexer);
    return parse_text(p, text ? SQL_PATH_STRING : SQL_PATH_VARIABLE, &prefix) &&
           make_pair(p, SQL_PATH_STARTS_WITH, left, prefix, out);
}

static bool check_flags(struct parser *p, struct slice flags)
{
    struct sql_error *error = p->call->env->error;
    for (size_t i = 0; i < flags.len; i++) {
        if (strchr("ismq", flags.ptr[i]))
            continue;
        if (flags.ptr[i] == 'x')
            return sql_fail(error, "0A000",
                            "XQuery \"x\" flag (expanded regular expressions) is not implemented");
        sql_fail(error, "42601", "invalid input syntax for type %s", "jsonpath");
        return sql_detail(error, "Unrecognized flag character \"%c\" in LIKE_REGEX predicate.",
                          flags.ptr[i]);
    }
    return true;
}

static bool parse_like_regex(struct parser *p, struct sql_path_node *left,
                             struct sql_path_node **out)
{
    if (!sql_path_next(&p->lexer) || !make_pair(p, SQL_PATH_LIKE_REGEX, left, NULL, out))
        return false;
    if (p->lexer.token != SQL_PATH_TOKEN_STRING)
        return sql_path_syntax_error(&p->lexer);
    (*out)->text = p->lexer.value;
    if (!sql_path_next(&p->lexer))
        return false;
    if (is_word(p, "flag")) {
        if (!sql_path_next(&p->lexer))
            return false;
        if (p->lexer.token != SQL_PATH_TOKEN_STRING)
            return sql_path_syntax_error(&p->lexer);
        (*out)->flags = p->lexer.value;
        if (!sql_path_next(&p->lexer) || !check_flags(p, (*out)->flags))
            return false;
    }
    return sql_path_regex(p->call, *out) != NULL;
}

static const struct {
    const char *sign;
    enum sql_path_kind kind;
} comparisons[] = {
    {"==", SQL_PATH_EQUAL        },
    {"!=", SQL_PATH_NOT_EQUAL    },
    {"<>", SQL_PATH_NOT_EQUAL    },
    {"<=", SQL_PATH_LESS_EQUAL   },
    {"<",  SQL_PATH_LESS         },
    {">=", SQL_PATH_GREATER_EQUAL},
    {">",  SQL_PATH_GREATER      },
};

/* A comparison or what else makes a predicate of an expression; else it stays one. */
static bool parse_comparison(struct parser *p, struct sql_path_node **out, bool *predicate)
{
    struct sql_path_node *left;
    if (!parse_binary(p, 1, out, predicate) || *predicate)
        return p->call->env->error->sqlstate[0] == '\0';
    left = *out;
    *predicate = true;
    if (is_word(p, "starts"))
        return parse_starts_with(p, left, out);
    if (is_word(p, "like_regex"))
        return parse_like_regex(p, left, out);
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        struct sql_path_node *right;
        if (is_sign(p, comparisons[i].sign))
            return sql_path_next(&p->lexer) && parse_expression(p, &right) &&
                   make_pair(p, comparisons[i].kind, left, right, out);
    }
    *predicate = false;
    return true;
}

static bool parse_logic(struct parser *p, bool conjunction, struct sql_path_node **out,
                        bool *predicate)
{
    const char *sign = conjunction ? "&&" : "||";
    bool more;
    if (conjunction ? !parse_comparison(p, out, predicate) : !parse_logic(p, true, out, predicate))
        return false;
    if (!*predicate)
        return true;
    for (;;) {
        struct sql_path_node *left = *out, *right;
        bool right_predicate;
        if (!accept(p, sign, &more))
            return false;
        if (!more)
            return true;
        if (conjunction ? !parse_comparison(p, &right, &right_predicate)
                        : !parse_logic(p, true, &right, &right_predicate))
            return false;
        if (!right_predicate)
            return sql_path_syntax_error(&p->lexer);
        if (!make_pair(p, conjunction ? SQL_PATH_AND : SQL_PATH_OR, left, right, out))
            return false;
    }
}

static bool parse_either(struct parser *p, struct sql_path_node **out, bool *predicate)
{
    return !too_deep(p) && parse_logic(p, false, out, predicate);
}

static bool parse_predicate(struct parser *p, struct sql_path_node **out)
{
    bool predicate;
    if (!parse_either(p, out, &predicate))
        return false;
    return predicate || sql_path_syntax_error(&p->lexer);
}

bool sql_path_parse(struct sql_call *call, struct slice text, struct sql_path *out)
{
    struct parser p = {
        .call = call, .lexer = {.call = call, .text = text}
    };
    bool predicate;
    *out = (struct sql_path){.strict = false};
    if (!sql_path_next(&p.lexer))
        return false;
    if (p.lexer.token == SQL_PATH_TOKEN_END)
        return sql_fail(call->env->error, "22P02",
                        "invalid input syntax for type %s: \"" SLICE_FMT "\"", "jsonpath",
                        SLICE_ARG(text));
    out->strict = is_word(&p, "strict");
    if ((out->strict || is_word(&p, "lax")) && !sql_path_next(&p.lexer))
        return false;
    if (!parse_either(&p, &out->top, &predicate))
        return false;
    return p.lexer.token == SQL_PATH_TOKEN_END || sql_path_syntax_error(&p.lexer);
}
