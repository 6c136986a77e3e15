#include "emulators/postgres/syntax/parser.h"

/* Expressions with words and syntax of their own: func_expr_common_subexpr, case_expr and others.
 * Each function begins at its word. */

static struct ast_node *parse_case(struct pg_parser *p)
{
    struct ast_case *node = PG_NEW(p, CASE, case, pg_here(p));
    pg_skip(p);
    if (pg_at(p) != PG_KW_WHEN)
        node->arg = pg_parse_a_expr(p);
    do {
        struct ast_case_when *when = PG_NEW(p, CASE_WHEN, case_when, pg_here(p));
        pg_expect(p, PG_KW_WHEN);
        when->condition = pg_parse_a_expr(p);
        pg_expect(p, PG_KW_THEN);
        when->result = pg_parse_a_expr(p);
        pg_list_add(p, &node->whens, &when->node);
    } while (pg_at(p) == PG_KW_WHEN);
    if (pg_accept(p, PG_KW_ELSE))
        node->otherwise = pg_parse_a_expr(p);
    pg_expect(p, PG_KW_END);
    return &node->node;
}

static struct ast_node *parse_cast_call(struct pg_parser *p)
{
    struct ast_type_cast *node = PG_NEW(p, TYPE_CAST, type_cast, pg_here(p));
    pg_skip(p);
    pg_expect(p, '(');
    node->arg = pg_parse_a_expr(p);
    pg_expect(p, PG_KW_AS);
    node->type = pg_parse_typename(p);
    pg_expect(p, ')');
    return &node->node;
}

static struct ast_node *parse_exists(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    return pg_sublink(p, AST_SUBLINK_EXISTS, &pg_parse_select_with_parens(p)->node, at);
}

/* array_expr. */
static struct ast_node *parse_array_elements(struct pg_parser *p, int32_t at)
{
    struct ast_array *node = PG_NEW(p, ARRAY, array, at);
    pg_expect(p, '[');
    if (pg_accept(p, ']') || !pg_enter(p))
        return &node->node;
    bool nested = pg_at(p) == '[';
    do
        pg_list_add(p, &node->elements,
                    nested ? parse_array_elements(p, pg_here(p)) : pg_parse_a_expr(p));
    while (pg_accept(p, ','));
    pg_expect(p, ']');
    pg_leave(p);
    return &node->node;
}

static struct ast_node *parse_array(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    if (pg_at(p) == '(')
        return pg_sublink(p, AST_SUBLINK_ARRAY, &pg_parse_select_with_parens(p)->node, at);
    return parse_array_elements(p, at);
}

/* Words of the calls below, in parentheses: one list of expressions. */
static struct ast_list parse_list_in_parentheses(struct pg_parser *p)
{
    pg_skip(p);
    pg_expect(p, '(');
    struct ast_list list = pg_parse_expr_list(p);
    pg_expect(p, ')');
    return list;
}

static struct ast_node *parse_coalesce(struct pg_parser *p)
{
    struct ast_coalesce *node = PG_NEW(p, COALESCE, coalesce, pg_here(p));
    node->args = parse_list_in_parentheses(p);
    return &node->node;
}

static struct ast_node *parse_min_max(struct pg_parser *p)
{
    struct ast_min_max *node = PG_NEW(p, MIN_MAX, min_max, pg_here(p));
    node->least = pg_at(p) == PG_KW_LEAST;
    node->args = parse_list_in_parentheses(p);
    return &node->node;
}

static struct ast_node *parse_grouping(struct pg_parser *p)
{
    struct ast_grouping_call *node = PG_NEW(p, GROUPING_CALL, grouping_call, pg_here(p));
    node->args = parse_list_in_parentheses(p);
    return &node->node;
}

static struct ast_node *parse_nullif(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_skip(p);
    pg_expect(p, '(');
    struct ast_node *left = pg_parse_a_expr(p);
    pg_expect(p, ',');
    struct ast_node *right = pg_parse_a_expr(p);
    pg_expect(p, ')');
    return &pg_operator(p, AST_OP_NULLIF, "=", left, right, at)->node;
}

/* Called without parentheses. */
static const struct {
    uint16_t word;
    enum ast_value_function_type type;
    bool precision;
} value_functions[] = {
    {PG_KW_CURRENT_DATE,      AST_VALUE_CURRENT_DATE,      false},
    {PG_KW_CURRENT_TIME,      AST_VALUE_CURRENT_TIME,      true },
    {PG_KW_CURRENT_TIMESTAMP, AST_VALUE_CURRENT_TIMESTAMP, true },
    {PG_KW_LOCALTIME,         AST_VALUE_LOCALTIME,         true },
    {PG_KW_LOCALTIMESTAMP,    AST_VALUE_LOCALTIMESTAMP,    true },
    {PG_KW_CURRENT_ROLE,      AST_VALUE_CURRENT_ROLE,      false},
    {PG_KW_CURRENT_USER,      AST_VALUE_CURRENT_USER,      false},
    {PG_KW_SESSION_USER,      AST_VALUE_SESSION_USER,      false},
    {PG_KW_USER,              AST_VALUE_USER,              false},
    {PG_KW_CURRENT_CATALOG,   AST_VALUE_CURRENT_CATALOG,   false},
    {PG_KW_CURRENT_SCHEMA,    AST_VALUE_CURRENT_SCHEMA,    false},
};

static struct ast_node *parse_value_function(struct pg_parser *p)
{
    size_t row = 0;
    while (value_functions[row].word != pg_at(p))
        row++;
    struct ast_value_function *node = PG_NEW(p, VALUE_FUNCTION, value_function, pg_here(p));
    pg_skip(p);
    node->type = value_functions[row].type;
    node->precision = -1;
    if (value_functions[row].precision && pg_accept(p, '(')) {
        node->precision = pg_parse_integer(p);
        pg_expect(p, ')');
    }
    return &node->node;
}

/* current_schema is the name of a function and may be that of a type. */
static struct ast_node *parse_current_schema(struct pg_parser *p)
{
    uint16_t next = pg_peek(p, 1);
    return next == '(' || next == PG_TOKEN_STRING ? NULL : parse_value_function(p);
}

static struct ast_func_call *open_call(struct pg_parser *p, const char *name)
{
    struct ast_func_call *call = pg_call_of(p, name, pg_here(p));
    pg_skip(p);
    pg_expect(p, '(');
    return call;
}

static struct ast_node *close_call(struct pg_parser *p, struct ast_func_call *call)
{
    pg_expect(p, ')');
    return &call->node;
}

static void add_argument(struct pg_parser *p, struct ast_func_call *call, struct ast_node *arg)
{
    pg_list_add(p, &call->args, arg);
}

static bool is_extract_field(uint16_t kind)
{
    return kind == PG_TOKEN_IDENT || kind == PG_TOKEN_STRING || kind == PG_KW_YEAR ||
           kind == PG_KW_MONTH || kind == PG_KW_DAY || kind == PG_KW_HOUR || kind == PG_KW_MINUTE ||
           kind == PG_KW_SECOND;
}

static struct ast_node *parse_extract(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "extract");
    if (is_extract_field(pg_at(p))) {
        add_argument(p, call, pg_string(p, pg_token(p)->text, pg_here(p)));
        pg_skip(p);
    } else {
        pg_unexpected(p);
    }
    pg_expect(p, PG_KW_FROM);
    add_argument(p, call, pg_parse_a_expr(p));
    return close_call(p, call);
}

static struct ast_node *parse_normalize(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "normalize");
    add_argument(p, call, pg_parse_a_expr(p));
    if (pg_accept(p, ',')) {
        uint16_t form = pg_at(p);
        if (form != PG_KW_NFC && form != PG_KW_NFD && form != PG_KW_NFKC && form != PG_KW_NFKD)
            pg_unexpected(p);
        add_argument(p, call, pg_string(p, pg_token(p)->text, pg_here(p)));
        pg_skip(p);
    }
    return close_call(p, call);
}

static struct ast_node *parse_position(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "position");
    struct ast_node *needle = pg_parse_b_expr(p);
    pg_expect(p, PG_KW_IN);
    add_argument(p, call, pg_parse_b_expr(p));
    add_argument(p, call, needle);
    return close_call(p, call);
}

/* SUBSTRING and OVERLAY are ordinary calls, too: one argument was read, or named ones begin. */
static struct ast_node *finish_plain(struct pg_parser *p, struct ast_func_call *call,
                                     const char *name)
{
    call->name = pg_names_of(p, name, NULL);
    call->sql_syntax = false;
    while (pg_accept(p, ','))
        add_argument(p, call, pg_parse_func_arg_expr(p));
    return close_call(p, call);
}

/* The first argument of such a call; false: it has a name or is none, the call is complete. */
static bool open_plain(struct pg_parser *p, struct ast_func_call *call, const char *name)
{
    struct ast_node *arg = pg_at(p) == ')' ? NULL : pg_parse_func_arg_expr(p);
    if (arg)
        add_argument(p, call, arg);
    if (arg && arg->kind != AST_NAMED_ARG)
        return true;
    finish_plain(p, call, name);
    return false;
}

static struct ast_node *parse_overlay(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "overlay");
    if (!open_plain(p, call, "overlay"))
        return &call->node;
    if (!pg_accept(p, PG_KW_PLACING))
        return finish_plain(p, call, "overlay");
    add_argument(p, call, pg_parse_a_expr(p));
    pg_expect(p, PG_KW_FROM);
    add_argument(p, call, pg_parse_a_expr(p));
    if (pg_accept(p, PG_KW_FOR))
        add_argument(p, call, pg_parse_a_expr(p));
    return close_call(p, call);
}

/* substr_list's FROM and FOR, in either order. */
static void parse_substring_range(struct pg_parser *p, struct ast_func_call *call)
{
    struct ast_node *from = NULL, *count = NULL;
    if (pg_accept(p, PG_KW_FROM)) {
        from = pg_parse_a_expr(p);
        count = pg_accept(p, PG_KW_FOR) ? pg_parse_a_expr(p) : NULL;
    } else {
        pg_expect(p, PG_KW_FOR);
        count = pg_parse_a_expr(p);
        from = pg_accept(p, PG_KW_FROM) ? pg_parse_a_expr(p) : NULL;
    }
    if (!from) { /* only a number can be meant then, not a pattern */
        struct ast_type_cast *cast = PG_NEW(p, TYPE_CAST, type_cast, -1);
        cast->arg = count;
        cast->type = pg_system_type(p, "int4", -1);
        count = &cast->node;
        from = pg_integer(p, 1, -1);
    }
    add_argument(p, call, from);
    if (count)
        add_argument(p, call, count);
}

static struct ast_node *parse_substring(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "substring");
    bool outer = p->in_substring;
    p->in_substring = true;
    bool positional = open_plain(p, call, "substring");
    p->in_substring = outer;
    if (!positional)
        return &call->node;
    if (pg_at(p) == ',' || pg_at(p) == ')')
        return finish_plain(p, call, "substring");
    if (pg_accept(p, PG_KW_SIMILAR)) {
        add_argument(p, call, pg_parse_a_expr(p));
        pg_expect(p, PG_KW_ESCAPE);
        add_argument(p, call, pg_parse_a_expr(p));
    } else {
        parse_substring_range(p, call);
    }
    return close_call(p, call);
}

static struct ast_node *parse_treat(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "");
    add_argument(p, call, pg_parse_a_expr(p));
    pg_expect(p, PG_KW_AS);
    struct ast_names type = pg_parse_typename(p)->names;
    if (type.count && call->name.count == 2)
        call->name.items[1] = type.items[type.count - 1];
    call->sql_syntax = false;
    return close_call(p, call);
}

static struct ast_node *parse_trim(struct pg_parser *p)
{
    struct ast_func_call *call = open_call(p, "btrim");
    if (pg_accept(p, PG_KW_LEADING))
        call->name = pg_names_of(p, "pg_catalog", "ltrim");
    else if (pg_accept(p, PG_KW_TRAILING))
        call->name = pg_names_of(p, "pg_catalog", "rtrim");
    else
        pg_accept(p, PG_KW_BOTH);
    if (pg_accept(p, PG_KW_FROM)) {
        call->args = pg_parse_expr_list(p);
        return close_call(p, call);
    }
    struct ast_node *first = pg_parse_a_expr(p);
    if (pg_accept(p, PG_KW_FROM)) {
        call->args = pg_parse_expr_list(p);
        add_argument(p, call, first);
        return close_call(p, call);
    }
    add_argument(p, call, first);
    while (pg_accept(p, ','))
        add_argument(p, call, pg_parse_a_expr(p));
    return close_call(p, call);
}

static struct ast_node *parse_collation_for(struct pg_parser *p)
{
    if (pg_peek(p, 1) != PG_KW_FOR)
        return NULL;
    struct ast_func_call *call = pg_call_of(p, "pg_collation_for", pg_here(p));
    pg_skip(p);
    pg_expect_two(p, PG_KW_FOR, '(');
    add_argument(p, call, pg_parse_a_expr(p));
    return close_call(p, call);
}

/* called: the word is one only before a parenthesis. */
static const struct {
    struct ast_node *(*parse)(struct pg_parser *p);
    bool called;
} specials[PG_KW_ZONE + 1] = {
    [PG_KW_ARRAY] = {parse_array,          false},
    [PG_KW_CASE] = {parse_case,           false},
    [PG_KW_CAST] = {parse_cast_call,      false},
    [PG_KW_COALESCE] = {parse_coalesce,       true },
    [PG_KW_COLLATION] = {parse_collation_for,  false},
    [PG_KW_CURRENT_CATALOG] = {parse_value_function, false},
    [PG_KW_CURRENT_DATE] = {parse_value_function, false},
    [PG_KW_CURRENT_ROLE] = {parse_value_function, false},
    [PG_KW_CURRENT_SCHEMA] = {parse_current_schema, false},
    [PG_KW_CURRENT_TIME] = {parse_value_function, false},
    [PG_KW_CURRENT_TIMESTAMP] = {parse_value_function, false},
    [PG_KW_CURRENT_USER] = {parse_value_function, false},
    [PG_KW_EXISTS] = {parse_exists,         true },
    [PG_KW_EXTRACT] = {parse_extract,        true },
    [PG_KW_GREATEST] = {parse_min_max,        true },
    [PG_KW_GROUPING] = {parse_grouping,       true },
    [PG_KW_LEAST] = {parse_min_max,        true },
    [PG_KW_LOCALTIME] = {parse_value_function, false},
    [PG_KW_LOCALTIMESTAMP] = {parse_value_function, false},
    [PG_KW_NORMALIZE] = {parse_normalize,      true },
    [PG_KW_NULLIF] = {parse_nullif,         true },
    [PG_KW_OVERLAY] = {parse_overlay,        true },
    [PG_KW_POSITION] = {parse_position,       true },
    [PG_KW_SESSION_USER] = {parse_value_function, false},
    [PG_KW_SUBSTRING] = {parse_substring,      true },
    [PG_KW_TREAT] = {parse_treat,          true },
    [PG_KW_TRIM] = {parse_trim,           true },
    [PG_KW_USER] = {parse_value_function, false},
    [PG_KW_XMLCONCAT] = {pg_parse_xml,         true },
    [PG_KW_XMLELEMENT] = {pg_parse_xml,         true },
    [PG_KW_XMLEXISTS] = {pg_parse_xml,         true },
    [PG_KW_XMLFOREST] = {pg_parse_xml,         true },
    [PG_KW_XMLPARSE] = {pg_parse_xml,         true },
    [PG_KW_XMLPI] = {pg_parse_xml,         true },
    [PG_KW_XMLROOT] = {pg_parse_xml,         true },
    [PG_KW_XMLSERIALIZE] = {pg_parse_xml,         true },
};

struct ast_node *pg_parse_special(struct pg_parser *p)
{
    uint16_t kind = pg_at(p);
    if (!specials[kind].parse || (specials[kind].called && pg_peek(p, 1) != '('))
        return NULL;
    return specials[kind].parse(p);
}

struct ast_node *pg_parse_special_call(struct pg_parser *p)
{
    switch (pg_at(p)) {
    case PG_KW_ARRAY:
    case PG_KW_CASE:
    case PG_KW_EXISTS:
    case PG_KW_GROUPING: return NULL;
    default: return pg_parse_special(p);
    }
}

struct ast_node *pg_parse_word_call(struct pg_parser *p, struct slice word, int32_t at)
{
    if (!slice_eq_str(word, "merge_action") || pg_peek(p, 1) != ')')
        return pg_parse_json_call(p, word, at);
    struct ast_value_function *node = PG_NEW(p, VALUE_FUNCTION, value_function, at);
    pg_expect_two(p, '(', ')');
    node->type = AST_VALUE_MERGE_ACTION;
    node->precision = -1;
    return &node->node;
}
