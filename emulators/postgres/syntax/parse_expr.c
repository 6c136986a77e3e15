#include "emulators/postgres/syntax/parser.h"

/* Precedence climbing over a_expr and b_expr. Levels from the weakest on, as PostgreSQL 15's manual
 * lists them (4.1.6 "Operator Precedence"). */
enum level {
    LEVEL_NONE, /* no operator: the expression ends */
    LEVEL_OR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_IS, /* does not associate, like the next two */
    LEVEL_COMPARISON,
    LEVEL_PREDICATE, /* BETWEEN, IN, LIKE ... */
    LEVEL_OPERATOR,
    LEVEL_SUM,
    LEVEL_PRODUCT,
    LEVEL_POWER,
    LEVEL_AT,
    LEVEL_COLLATE,
    LEVEL_SIGN,
    LEVEL_CAST,
};

/* By kind of token; NOT is looked at by itself. */
static const uint8_t levels[PG_KW_ZONE + 1] = {
    [PG_KW_OR] = LEVEL_OR,
    [PG_KW_AND] = LEVEL_AND,
    [PG_KW_IS] = LEVEL_IS,
    [PG_KW_ISNULL] = LEVEL_IS,
    [PG_KW_NOTNULL] = LEVEL_IS,
    ['<'] = LEVEL_COMPARISON,
    ['>'] = LEVEL_COMPARISON,
    ['='] = LEVEL_COMPARISON,
    [PG_TOKEN_LESS_EQUAL] = LEVEL_COMPARISON,
    [PG_TOKEN_GREATER_EQUAL] = LEVEL_COMPARISON,
    [PG_TOKEN_NOT_EQUAL] = LEVEL_COMPARISON,
    [PG_KW_BETWEEN] = LEVEL_PREDICATE,
    [PG_KW_IN] = LEVEL_PREDICATE,
    [PG_KW_LIKE] = LEVEL_PREDICATE,
    [PG_KW_ILIKE] = LEVEL_PREDICATE,
    [PG_KW_SIMILAR] = LEVEL_PREDICATE,
    [PG_TOKEN_OPERATOR] = LEVEL_OPERATOR,
    [PG_KW_OPERATOR] = LEVEL_OPERATOR,
    ['+'] = LEVEL_SUM,
    ['-'] = LEVEL_SUM,
    ['*'] = LEVEL_PRODUCT,
    ['/'] = LEVEL_PRODUCT,
    ['%'] = LEVEL_PRODUCT,
    ['^'] = LEVEL_POWER,
    [PG_KW_AT] = LEVEL_AT,
    [PG_KW_COLLATE] = LEVEL_COLLATE,
    [PG_TOKEN_TYPECAST] = LEVEL_CAST,
};

/* What a loop over operators knows: restricted is b_expr. After an operator that does not associate
 * the next one must be weaker (ceiling). */
struct climb {
    struct pg_parser *p;
    enum level floor, ceiling;
    bool restricted;
    bool target; /* of SELECT: an operator's word may be a label without AS */
};

static struct ast_node *parse_expr(struct pg_parser *p, enum level floor, bool restricted);

static bool is_predicate(uint16_t kind)
{
    return kind == PG_KW_BETWEEN || kind == PG_KW_IN || kind == PG_KW_LIKE || kind == PG_KW_ILIKE ||
           kind == PG_KW_SIMILAR;
}

static enum level level_here(struct pg_parser *p, bool restricted)
{
    uint16_t kind = pg_at(p);
    if (kind == PG_KW_NOT)
        return !restricted && is_predicate(pg_peek(p, 1)) ? LEVEL_PREDICATE : LEVEL_NONE;
    /* SUBSTRING (a SIMILAR b ESCAPE c) has no TO. */
    if (kind == PG_KW_SIMILAR && p->in_substring && pg_peek(p, 1) != PG_KW_TO)
        return LEVEL_NONE;
    enum level level = (enum level)levels[kind];
    if (!restricted)
        return level;
    bool allowed = level == LEVEL_COMPARISON ||
                   (level >= LEVEL_OPERATOR && level != LEVEL_AT && level != LEVEL_COLLATE);
    if (kind == PG_KW_IS) {
        uint16_t next = pg_peek(p, pg_peek(p, 1) == PG_KW_NOT ? 2 : 1);
        allowed = next == PG_KW_DISTINCT || next == PG_KW_DOCUMENT;
    }
    return allowed ? level : LEVEL_NONE;
}

struct ast_operator *pg_operator(struct pg_parser *p, enum ast_operator_type type, const char *name,
                                 struct ast_node *left, struct ast_node *right, int32_t location)
{
    struct ast_operator *node = PG_NEW(p, OPERATOR, operator, location);
    node->type = type;
    if (name)
        pg_names_add(p, &node->name, slice_str(name));
    node->left = left;
    node->right = right;
    return node;
}

struct ast_node *pg_sublink(struct pg_parser *p, enum ast_sublink_type type, struct ast_node *query,
                            int32_t location)
{
    struct ast_sublink *node = PG_NEW(p, SUBLINK, sublink, location);
    node->type = type;
    node->query = query;
    return &node->node;
}

static struct ast_node *negated(struct pg_parser *p, struct ast_node *arg, int32_t location)
{
    struct ast_bool_expr *node = PG_NEW(p, BOOL_EXPR, bool_expr, location);
    node->type = AST_BOOL_NOT;
    pg_list_add(p, &node->args, arg);
    return &node->node;
}

/* AND, OR: further arguments join the node that is there. */
static struct ast_node *parse_bool(struct climb *c, struct ast_node *left, enum level level)
{
    struct pg_parser *p = c->p;
    enum ast_bool_type type = level == LEVEL_AND ? AST_BOOL_AND : AST_BOOL_OR;
    int32_t at = pg_here(p);
    pg_skip(p);
    struct ast_node *right = parse_expr(p, (enum level)(level + 1), false);
    struct ast_bool_expr *node = AST_AS(bool_expr, left);
    if (left->kind != AST_BOOL_EXPR || node->type != type) {
        node = PG_NEW(p, BOOL_EXPR, bool_expr, at);
        node->type = type;
        pg_list_add(p, &node->args, left);
    }
    pg_list_add(p, &node->args, right);
    return &node->node;
}

static struct ast_node *null_test(struct pg_parser *p, struct ast_node *arg, bool not_null,
                                  int32_t at)
{
    struct ast_null_test *node = PG_NEW(p, NULL_TEST, null_test, at);
    node->arg = arg;
    node->negated = not_null;
    return &node->node;
}

/* IS [NOT] TRUE and the like; false: another word follows. */
static bool parse_truth(struct pg_parser *p, struct ast_node *arg, bool not, int32_t at,
                        struct ast_node **out)
{
    static const struct {
        uint16_t word;
        enum ast_truth test;
    } tests[] = {
        {PG_KW_TRUE,    AST_IS_TRUE   },
        {PG_KW_FALSE,   AST_IS_FALSE  },
        {PG_KW_UNKNOWN, AST_IS_UNKNOWN}
    };
    for (size_t i = 0; i < 3; i++) {
        if (!pg_accept(p, tests[i].word))
            continue;
        struct ast_boolean_test *node = PG_NEW(p, BOOLEAN_TEST, boolean_test, at);
        node->arg = arg;
        node->test = (enum ast_truth)(tests[i].test + (not ? 1 : 0));
        *out = &node->node;
        return true;
    }
    return false;
}

/* unicode_normal_form: false: none here. */
static bool at_normal_form(uint16_t kind)
{
    return kind == PG_KW_NFC || kind == PG_KW_NFD || kind == PG_KW_NFKC || kind == PG_KW_NFKD;
}

static struct ast_node *parse_is_normalized(struct pg_parser *p, struct ast_node *arg, int32_t at)
{
    struct ast_func_call *call = pg_call_of(p, "is_normalized", at);
    pg_list_add(p, &call->args, arg);
    if (at_normal_form(pg_at(p))) {
        pg_list_add(p, &call->args, pg_string(p, pg_token(p)->text, pg_here(p)));
        pg_skip(p);
    }
    pg_expect(p, PG_KW_NORMALIZED);
    return &call->node;
}

/* IS ...; `at` is the word IS. */
static struct ast_node *parse_is(struct climb *c, struct ast_node *left)
{
    struct pg_parser *p = c->p;
    int32_t at = pg_here(p);
    pg_skip(p);
    bool not = pg_accept(p, PG_KW_NOT);
    struct ast_node *node = left;
    if (pg_accept(p, PG_KW_DISTINCT)) {
        pg_expect(p, PG_KW_FROM);
        struct ast_node *right = parse_expr(p, LEVEL_IS + 1, c->restricted);
        c->ceiling = LEVEL_IS - 1;
        return &pg_operator(p, not ? AST_OP_NOT_DISTINCT : AST_OP_DISTINCT, "=", left, right, at)
                    ->node;
    }
    if (pg_accept(p, PG_KW_DOCUMENT)) {
        struct ast_xml_expr *xml = PG_NEW(p, XML_EXPR, xml_expr, at);
        xml->type = AST_XML_IS_DOCUMENT;
        pg_list_add(p, &xml->args, left);
        node = &xml->node;
        return not ? negated(p, node, at) : node;
    }
    if (!c->restricted && pg_at_word(p, 0, "json")) {
        node = pg_parse_json_predicate(p, left, at);
        return not ? negated(p, node, at) : node;
    }
    if (pg_accept(p, PG_KW_NULL))
        return null_test(p, left, not, at);
    if (pg_at(p) == PG_KW_NORMALIZED || at_normal_form(pg_at(p))) {
        node = parse_is_normalized(p, left, at);
        return not ? negated(p, node, at) : node;
    }
    if (!parse_truth(p, left, not, at, &node))
        pg_unexpected(p);
    return node;
}

/* BETWEEN [ASYMMETRIC | SYMMETRIC] b_expr AND a_expr. */
static struct ast_node *parse_between(struct climb *c, struct ast_node *left, bool not, int32_t at)
{
    struct pg_parser *p = c->p;
    pg_skip(p);
    bool symmetric = pg_accept(p, PG_KW_SYMMETRIC);
    if (!symmetric)
        pg_accept(p, PG_KW_ASYMMETRIC);
    struct ast_list bounds = {0};
    int32_t first = pg_here(p);
    pg_list_add(p, &bounds, pg_parse_b_expr(p));
    pg_expect(p, PG_KW_AND);
    pg_list_add(p, &bounds, parse_expr(p, LEVEL_PREDICATE + 1, false));
    c->ceiling = LEVEL_PREDICATE - 1;
    enum ast_operator_type type =
        not ? (symmetric ? AST_OP_NOT_BETWEEN_SYMMETRIC : AST_OP_NOT_BETWEEN)
            : (symmetric ? AST_OP_BETWEEN_SYMMETRIC : AST_OP_BETWEEN);
    static const char *const names[] = {[AST_OP_BETWEEN] = "BETWEEN",
                                        [AST_OP_NOT_BETWEEN] = "NOT BETWEEN",
                                        [AST_OP_BETWEEN_SYMMETRIC] = "BETWEEN SYMMETRIC",
                                        [AST_OP_NOT_BETWEEN_SYMMETRIC] = "NOT BETWEEN SYMMETRIC"};
    struct ast_node *list = pg_list_node(p, bounds, first);
    return &pg_operator(p, type, names[type], left, list, at)->node;
}

/* IN (query) | IN (list). */
static struct ast_node *parse_in(struct pg_parser *p, struct ast_node *left, bool not, int32_t at)
{
    pg_skip(p);
    int32_t list_at = pg_here(p);
    bool query = pg_at(p) == '(' && (pg_starts_select(pg_peek(p, 1)) || pg_peek(p, 1) == '(');
    struct ast_list list = {0};
    if (query) {
        struct ast_node *content = pg_parse_parentheses(p);
        if (content->kind == AST_SELECT) {
            struct ast_node *node = pg_sublink(p, AST_SUBLINK_ANY, content, at);
            AST_AS(sublink, node)->test = left;
            return not ? negated(p, node, at) : node;
        }
        /* ((1), 2) came as a row, ((1)) as the expression in it. */
        if (content->kind == AST_ROW && AST_AS(row, content)->implicit &&
            content->location == list_at)
            list = AST_AS(row, content)->args;
        else
            pg_list_add(p, &list, content);
    } else {
        pg_expect(p, '(');
        list = pg_parse_expr_list(p);
        pg_expect(p, ')');
    }
    struct ast_node *items = pg_list_node(p, list, list_at);
    return &pg_operator(p, AST_OP_IN, not ? "<>" : "=", left, items, at)->node;
}

/* Behind an operator: ANY | SOME | ALL '(' query or array ')'; NULL: none of them. */
static struct ast_node *parse_quantified(struct pg_parser *p, struct ast_node *left,
                                         struct ast_names name, int32_t at)
{
    uint16_t kind = pg_at(p);
    if (kind != PG_KW_ANY && kind != PG_KW_SOME && kind != PG_KW_ALL)
        return NULL;
    pg_skip(p);
    bool all = kind == PG_KW_ALL;
    struct ast_node *content;
    if (pg_at(p) == '(' && (pg_starts_select(pg_peek(p, 1)) || pg_peek(p, 1) == '(')) {
        int32_t open = pg_here(p);
        content = pg_parse_parentheses(p);
        if (content->kind == AST_ROW && content->location == open)
            pg_unexpected(p);
    } else {
        pg_expect(p, '(');
        content = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
    if (content->kind == AST_SELECT) {
        struct ast_node *node = pg_sublink(p, all ? AST_SUBLINK_ALL : AST_SUBLINK_ANY, content, at);
        AST_AS(sublink, node)->test = left;
        AST_AS(sublink, node)->operator= name;
        return node;
    }
    struct ast_operator *node =
        pg_operator(p, all ? AST_OP_ALL : AST_OP_ANY, NULL, left, content, at);
    node->name = name;
    return &node->node;
}

/* LIKE, ILIKE, SIMILAR TO: name of the operator and of its negation. */
static const struct {
    uint16_t word;
    enum ast_operator_type type;
    const char *name, *negation, *escape;
} matches[] = {
    {PG_KW_LIKE,    AST_OP_LIKE,    "~~",  "!~~",  "like_escape"      },
    {PG_KW_ILIKE,   AST_OP_ILIKE,   "~~*", "!~~*", "like_escape"      },
    {PG_KW_SIMILAR, AST_OP_SIMILAR, "~",   "!~",   "similar_to_escape"},
};

static struct ast_node *parse_match(struct climb *c, struct ast_node *left, bool not, int32_t at)
{
    struct pg_parser *p = c->p;
    size_t row = pg_at(p) == PG_KW_LIKE ? 0 : pg_at(p) == PG_KW_ILIKE ? 1 : 2;
    pg_skip(p);
    const char *name = not ? matches[row].negation : matches[row].name;
    if (row == 2) {
        pg_expect(p, PG_KW_TO);
    } else {
        struct ast_node *quantified = parse_quantified(p, left, pg_names_of(p, name, NULL), at);
        if (quantified)
            return quantified;
    }
    struct ast_node *right = parse_expr(p, LEVEL_PREDICATE + 1, false);
    bool escape = pg_accept(p, PG_KW_ESCAPE);
    if (escape || row == 2) {
        struct ast_func_call *call = pg_call_of(p, matches[row].escape, at);
        call->sql_syntax = false;
        pg_list_add(p, &call->args, right);
        if (escape)
            pg_list_add(p, &call->args, parse_expr(p, LEVEL_PREDICATE + 1, false));
        right = &call->node;
    }
    c->ceiling = LEVEL_PREDICATE - 1;
    return &pg_operator(p, matches[row].type, name, left, right, at)->node;
}

static struct ast_node *parse_predicate(struct climb *c, struct ast_node *left)
{
    struct pg_parser *p = c->p;
    int32_t at = pg_here(p);
    bool not = pg_accept(p, PG_KW_NOT);
    if (pg_at(p) == PG_KW_BETWEEN)
        return parse_between(c, left, not, at);
    if (pg_at(p) == PG_KW_IN)
        return parse_in(p, left, not, at);
    return parse_match(c, left, not, at);
}

/* Comparisons, arithmetic and all other operators. */
static struct ast_node *parse_binary(struct climb *c, struct ast_node *left, enum level level)
{
    struct pg_parser *p = c->p;
    int32_t at = pg_here(p);
    struct ast_names name = pg_parse_qual_all_operator(p);
    struct ast_node *quantified = c->restricted ? NULL : parse_quantified(p, left, name, at);
    if (quantified)
        return quantified;
    struct ast_operator *node = PG_NEW(p, OPERATOR, operator, at);
    node->type = AST_OP;
    node->name = name;
    node->left = left;
    node->right = parse_expr(p, (enum level)(level + 1), c->restricted);
    if (level == LEVEL_COMPARISON)
        c->ceiling = LEVEL_COMPARISON - 1;
    return &node->node;
}

static struct ast_node *parse_cast(struct pg_parser *p, struct ast_node *left)
{
    struct ast_type_cast *node = PG_NEW(p, TYPE_CAST, type_cast, pg_here(p));
    pg_skip(p);
    node->arg = left;
    node->type = pg_parse_typename(p);
    return &node->node;
}

static struct ast_node *parse_at_time_zone(struct pg_parser *p, struct ast_node *left)
{
    struct ast_func_call *call = pg_call_of(p, "timezone", pg_here(p));
    pg_skip(p);
    if (!pg_accept(p, PG_KW_LOCAL)) {
        pg_expect_two(p, PG_KW_TIME, PG_KW_ZONE);
        pg_list_add(p, &call->args, parse_expr(p, LEVEL_AT + 1, false));
    }
    pg_list_add(p, &call->args, left);
    return &call->node;
}

static struct ast_node *parse_collate(struct pg_parser *p, struct ast_node *left)
{
    struct ast_collate *node = PG_NEW(p, COLLATE, collate, pg_here(p));
    pg_skip(p);
    node->arg = left;
    node->name = pg_parse_any_name(p);
    return &node->node;
}

static struct ast_node *parse_infix(struct climb *c, struct ast_node *left, enum level level)
{
    struct pg_parser *p = c->p;
    int32_t at = pg_here(p);
    switch (level) {
    case LEVEL_OR:
    case LEVEL_AND: return parse_bool(c, left, level);
    case LEVEL_IS:
        if (pg_accept(p, PG_KW_ISNULL))
            return null_test(p, left, false, at);
        if (pg_accept(p, PG_KW_NOTNULL))
            return null_test(p, left, true, at);
        return parse_is(c, left);
    case LEVEL_PREDICATE: return parse_predicate(c, left);
    case LEVEL_AT: return parse_at_time_zone(p, left);
    case LEVEL_COLLATE: return parse_collate(p, left);
    case LEVEL_CAST: return parse_cast(p, left);
    default: return parse_binary(c, left, level);
    }
}

/* Numbers take the minus into themselves. */
struct ast_node *pg_negate(struct pg_parser *p, struct ast_node *arg, int32_t location)
{
    struct ast_const *number = AST_AS(const, arg);
    if (arg->kind == AST_CONST && number->type == AST_CONST_INTEGER) {
        number->integer = (int32_t) - (int64_t)number->integer;
        arg->location = location;
        return arg;
    }
    if (arg->kind == AST_CONST && number->type == AST_CONST_FLOAT) {
        struct slice none = slice_of("", 0);
        number->text = number->text.len && number->text.ptr[0] == '-'
                           ? slice_from(number->text, 1)
                           : arena_concat(p->arena, slice_str("-"), number->text, none);
        arg->location = location;
        return arg;
    }
    return &pg_operator(p, AST_OP, "-", NULL, arg, location)->node;
}

/* Operators before their argument; else a primary. */
static struct ast_node *parse_prefix(struct pg_parser *p, bool restricted)
{
    uint16_t kind = pg_at(p);
    int32_t at = pg_here(p);
    if (kind == '-' || kind == '+') {
        pg_skip(p);
        struct ast_node *arg = parse_expr(p, LEVEL_SIGN + 1, restricted);
        return kind == '-' ? pg_negate(p, arg, at)
                           : &pg_operator(p, AST_OP, "+", NULL, arg, at)->node;
    }
    if (kind == PG_KW_NOT && !restricted) {
        pg_skip(p);
        return negated(p, parse_expr(p, LEVEL_NOT, false), at);
    }
    if (kind == PG_TOKEN_OPERATOR || (kind == PG_KW_OPERATOR && pg_peek(p, 1) == '(')) {
        struct ast_operator *node = PG_NEW(p, OPERATOR, operator, at);
        node->name = pg_parse_qual_all_operator(p);
        node->right = parse_expr(p, LEVEL_OPERATOR + 1, restricted);
        return &node->node;
    }
    return pg_parse_primary(p, restricted);
}

static struct ast_node *climb(struct climb c, struct ast_node *left)
{
    struct pg_parser *p = c.p;
    c.ceiling = LEVEL_CAST;
    for (;;) {
        enum level level = level_here(p, c.restricted);
        if (level == LEVEL_NONE || level < c.floor)
            return left;
        if (c.target && pg_is_bare_col_label(pg_token(p)) && pg_ends_target(pg_peek(p, 1)))
            return left;
        if (level > c.ceiling) {
            pg_unexpected(p);
            return left;
        }
        c.ceiling = LEVEL_CAST;
        left = parse_infix(&c, left, level);
    }
}

static struct ast_node *parse_expr(struct pg_parser *p, enum level floor, bool restricted)
{
    if (!pg_enter(p))
        return pg_null(p, -1);
    struct climb c = {.p = p, .floor = floor, .restricted = restricted};
    struct ast_node *node = climb(c, parse_prefix(p, restricted));
    pg_leave(p);
    return node;
}

struct ast_node *pg_parse_a_expr(struct pg_parser *p)
{
    return parse_expr(p, LEVEL_OR, false);
}

struct ast_node *pg_parse_b_expr(struct pg_parser *p)
{
    return parse_expr(p, LEVEL_OR, true);
}

struct ast_node *pg_parse_target_expr(struct pg_parser *p)
{
    struct climb c = {.p = p, .floor = LEVEL_OR, .target = true};
    return climb(c, parse_prefix(p, false));
}

struct ast_node *pg_parse_expr_from(struct pg_parser *p, struct ast_node *left)
{
    struct climb c = {.p = p, .floor = LEVEL_OR};
    return climb(c, left);
}

struct ast_list pg_parse_expr_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, pg_parse_a_expr(p));
    while (pg_accept(p, ','));
    return list;
}
