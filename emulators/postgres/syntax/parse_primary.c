#include "emulators/postgres/syntax/parser.h"

/* indirection_el, behind '['. */
static struct ast_node *parse_subscript(struct pg_parser *p, int32_t at)
{
    struct ast_indices *node = PG_NEW(p, INDICES, indices, at);
    if (pg_at(p) != ':')
        node->upper = pg_parse_a_expr(p);
    if (pg_accept(p, ':')) {
        node->slice = true;
        node->lower = node->upper;
        node->upper = pg_at(p) == ']' ? NULL : pg_parse_a_expr(p);
    }
    pg_expect(p, ']');
    return &node->node;
}

struct ast_list pg_parse_opt_indirection(struct pg_parser *p)
{
    struct ast_list steps = {0};
    bool star = false;
    for (;;) {
        int32_t at = pg_here(p);
        struct ast_node *step;
        if (pg_accept(p, '[')) {
            step = parse_subscript(p, at);
        } else if (pg_accept(p, '.')) {
            int32_t name_at = pg_here(p);
            bool is_star = pg_accept(p, '*');
            step = is_star ? &PG_NEW(p, STAR, star, name_at)->node
                           : pg_name_node(p, pg_parse_col_label(p), name_at);
        } else {
            break;
        }
        if (star)
            pg_fail_here(p, "improper use of \"*\"");
        star = step->kind == AST_STAR;
        pg_list_add(p, &steps, step);
    }
    return steps;
}

struct ast_node *pg_indirect(struct pg_parser *p, struct ast_node *arg)
{
    struct ast_list steps = pg_parse_opt_indirection(p);
    if (steps.count == 0)
        return arg;
    struct ast_indirection *node = PG_NEW(p, INDIRECTION, indirection, arg->location);
    node->arg = arg;
    node->steps = steps;
    return &node->node;
}

/* columnref: what stands from the first subscript on is an indirection around the column. */
static struct ast_node *make_column(struct pg_parser *p, struct ast_node *first,
                                    struct ast_list steps)
{
    struct ast_column_ref *column = PG_NEW(p, COLUMN_REF, column_ref, first->location);
    pg_list_add(p, &column->fields, first);
    uint32_t i = 0;
    while (i < steps.count && steps.items[i]->kind != AST_INDICES)
        pg_list_add(p, &column->fields, steps.items[i++]);
    if (i == steps.count)
        return &column->node;
    struct ast_indirection *node = PG_NEW(p, INDIRECTION, indirection, first->location);
    node->arg = &column->node;
    node->steps = (struct ast_list){steps.items + i, steps.count - i};
    return &node->node;
}

/* type 'text'. */
static struct ast_node *make_typed(struct pg_parser *p, struct ast_type_name *type)
{
    struct ast_type_cast *cast = PG_NEW(p, TYPE_CAST, type_cast, type->node.location);
    int32_t at = pg_here(p);
    cast->arg = pg_string(p, pg_parse_string(p), at);
    cast->type = type;
    return &cast->node;
}

/* Whether a built-in type's word begins a constant here rather than naming a column. */
static bool starts_type_constant(struct pg_parser *p)
{
    uint16_t next = pg_peek(p, 1), then = pg_peek(p, 2);
    bool zone = (next == PG_KW_WITH || next == PG_KW_WITHOUT) && then == PG_KW_TIME;
    switch (pg_at(p)) {
    case PG_KW_DOUBLE: return next == PG_KW_PRECISION;
    case PG_KW_NATIONAL: return next == PG_KW_CHARACTER || next == PG_KW_CHAR;
    case PG_KW_TIME:
    case PG_KW_TIMESTAMP: return next == PG_TOKEN_STRING || next == '(' || zone;
    case PG_KW_BIT:
    case PG_KW_CHAR:
    case PG_KW_CHARACTER:
    case PG_KW_NCHAR: return next == PG_TOKEN_STRING || next == '(' || next == PG_KW_VARYING;
    case PG_KW_BIGINT:
    case PG_KW_BOOLEAN:
    case PG_KW_DEC:
    case PG_KW_DECIMAL:
    case PG_KW_FLOAT:
    case PG_KW_INT:
    case PG_KW_INTEGER:
    case PG_KW_INTERVAL:
    case PG_KW_NUMERIC:
    case PG_KW_REAL:
    case PG_KW_SMALLINT:
    case PG_KW_VARCHAR: return next == PG_TOKEN_STRING || next == '(';
    default: return false;
    }
}

static struct ast_node *parse_type_constant(struct pg_parser *p)
{
    bool interval = pg_at(p) == PG_KW_INTERVAL;
    struct ast_type_name *type = pg_parse_builtin_type(p, true);
    struct ast_node *node = make_typed(p, type);
    if (interval && type->typmods.count == 0)
        type->typmods = pg_parse_opt_interval(p);
    return node;
}

/* A column, a call or a constant of a named type: what follows the names decides. */
static struct ast_node *parse_named(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    int32_t at = token->at;
    bool column = pg_is_col_id(token), function = pg_is_type_function_name(token);
    struct slice name = pg_parse_non_reserved_word(p);
    bool word = p->last_end - at == (int32_t)name.len;
    struct ast_node *call = word && pg_at(p) == '(' ? pg_parse_word_call(p, name, at) : NULL;
    if (call)
        return call;
    struct ast_node *first = pg_name_node(p, name, at);
    struct ast_list steps = {0};
    if (column)
        steps = pg_parse_opt_indirection(p);
    uint16_t next = pg_at(p);
    if (next != '(' && next != PG_TOKEN_STRING) {
        if (!column)
            pg_unexpected(p);
        return make_column(p, first, steps);
    }
    struct ast_names names = {0};
    pg_names_add(p, &names, name);
    for (uint32_t i = 0; i < steps.count; i++) {
        if (steps.items[i]->kind != AST_NAME)
            pg_unexpected(p);
        else
            pg_names_add(p, &names, AST_AS(name, steps.items[i])->names.items[0]);
    }
    if (!function && steps.count == 0)
        pg_unexpected(p);
    if (next == '(')
        return pg_parse_func_call(p, names, at);
    struct ast_type_name *type = PG_NEW(p, TYPE_NAME, type_name, at);
    type->names = names;
    return make_typed(p, type);
}

static struct ast_node *parse_param(struct pg_parser *p)
{
    struct ast_param *param = PG_NEW(p, PARAM, param, pg_here(p));
    param->number = pg_token(p)->integer;
    pg_skip(p);
    return pg_indirect(p, &param->node);
}

/* A number or string of the current token. */
static struct ast_node *parse_const(struct pg_parser *p, enum ast_const_type type)
{
    const struct pg_token *token = pg_token(p);
    struct ast_const *node = PG_NEW(p, CONST, const, token->at);
    node->type = type;
    node->integer = type == AST_CONST_INTEGER ? token->integer : 0;
    node->text = token->text;
    pg_skip(p);
    return &node->node;
}

/* ROW (...), and what may be a row in parentheses. */
static struct ast_row *parse_explicit_row(struct pg_parser *p)
{
    struct ast_row *row = PG_NEW(p, ROW, row, pg_here(p));
    pg_expect_two(p, PG_KW_ROW, '(');
    if (pg_at(p) != ')')
        row->args = pg_parse_expr_list(p);
    pg_expect(p, ')');
    return row;
}

/* row OVERLAPS row, where one was read. */
static struct ast_node *opt_overlaps(struct pg_parser *p, struct ast_row *left)
{
    int32_t at = pg_here(p);
    if (!pg_accept(p, PG_KW_OVERLAPS))
        return &left->node;
    struct ast_row *right;
    int32_t right_at = pg_here(p);
    if (pg_at(p) == PG_KW_ROW) {
        right = parse_explicit_row(p);
    } else {
        struct ast_node *node = pg_at(p) == '(' ? pg_parse_parentheses(p) : pg_null(p, -1);
        if (node->kind != AST_ROW || node->location != right_at)
            pg_unexpected(p);
        right = node->kind == AST_ROW ? AST_AS(row, node) : left;
    }
    if (left->args.count != 2)
        pg_fail(p, left->node.location, "42601",
                "wrong number of parameters on left side of OVERLAPS expression");
    if (right->args.count != 2)
        pg_fail(p, right_at, "42601",
                "wrong number of parameters on right side of OVERLAPS expression");
    struct ast_func_call *call = pg_call_of(p, "overlaps", at);
    for (uint32_t i = 0; i < left->args.count; i++)
        pg_list_add(p, &call->args, left->args.items[i]);
    for (uint32_t i = 0; i < right->args.count; i++)
        pg_list_add(p, &call->args, right->args.items[i]);
    return &call->node;
}

/* An expression in parentheses, or several: an implicit row. Behind the first one, if it was read. */
static struct ast_node *finish_parentheses(struct pg_parser *p, struct ast_node *first, int32_t at)
{
    if (pg_at(p) != ',') {
        pg_expect(p, ')');
        return first;
    }
    struct ast_row *row = PG_NEW(p, ROW, row, at);
    row->implicit = true;
    pg_list_add(p, &row->args, first);
    while (pg_accept(p, ','))
        pg_list_add(p, &row->args, pg_parse_a_expr(p));
    pg_expect(p, ')');
    return &row->node;
}

static struct ast_node *finish_primary(struct pg_parser *p, struct ast_node *content, int32_t at);

static struct ast_node *parse_inner(struct pg_parser *p, int32_t at)
{
    if (pg_starts_select(pg_at(p)) && (pg_at(p) != PG_KW_VALUES || pg_peek(p, 1) == '(')) {
        struct ast_select *query = pg_parse_select(p);
        pg_expect(p, ')');
        return &query->node;
    }
    if (pg_at(p) != '(')
        return finish_parentheses(p, pg_parse_a_expr(p), at);
    int32_t inner_at = pg_here(p);
    struct ast_node *inner = pg_parse_parentheses(p);
    if (inner->kind == AST_SELECT && (pg_at(p) == ')' || pg_continues_select(pg_at(p)))) {
        struct ast_select *query = pg_parse_select_from(p, AST_AS(select, inner));
        pg_expect(p, ')');
        return &query->node;
    }
    struct ast_node *left = finish_primary(p, inner, inner_at);
    return finish_parentheses(p, pg_parse_expr_from(p, left), at);
}

struct ast_node *pg_parse_parentheses(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    pg_expect(p, '(');
    if (!pg_enter(p))
        return pg_null(p, at);
    struct ast_node *node = parse_inner(p, at);
    pg_leave(p);
    return node;
}

/* What was in parentheses as a primary: `at` is where they opened. */
static struct ast_node *finish_primary(struct pg_parser *p, struct ast_node *content, int32_t at)
{
    if (content->kind == AST_SELECT)
        return pg_indirect(p, pg_sublink(p, AST_SUBLINK_EXPR, content, at));
    if (content->kind == AST_ROW && AST_AS(row, content)->implicit && content->location == at)
        return opt_overlaps(p, AST_AS(row, content));
    return pg_indirect(p, content);
}

/* DEFAULT and UNIQUE (query) are a_exprs without being c_exprs. */
static struct ast_node *parse_a_expr_only(struct pg_parser *p)
{
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_DEFAULT))
        return &PG_NEW(p, SET_TO_DEFAULT, set_to_default, at)->node;
    if (!pg_accept(p, PG_KW_UNIQUE)) {
        pg_unexpected(p);
        return pg_null(p, at);
    }
    pg_parse_select_with_parens(p);
    pg_fail(p, at, "0A000", "UNIQUE predicate is not yet implemented");
    return pg_null(p, at);
}

struct ast_node *pg_parse_primary(struct pg_parser *p, bool restricted)
{
    uint16_t kind = pg_at(p);
    int32_t at = pg_here(p);
    switch (kind) {
    case PG_TOKEN_INTEGER: return parse_const(p, AST_CONST_INTEGER);
    case PG_TOKEN_FLOAT: return parse_const(p, AST_CONST_FLOAT);
    case PG_TOKEN_STRING: return parse_const(p, AST_CONST_STRING);
    case PG_TOKEN_BITS: return parse_const(p, AST_CONST_BIT_STRING);
    case PG_TOKEN_PARAM: return parse_param(p);
    case PG_KW_TRUE: pg_skip(p); return pg_boolean(p, true, at);
    case PG_KW_FALSE: pg_skip(p); return pg_boolean(p, false, at);
    case PG_KW_NULL: pg_skip(p); return pg_null(p, at);
    case '(': return finish_primary(p, pg_parse_parentheses(p), at);
    case PG_TOKEN_IDENT: return parse_named(p);
    case PG_KW_ROW:
        if (pg_peek(p, 1) != '(')
            break;
        struct ast_row *row = parse_explicit_row(p);
        return restricted ? &row->node : opt_overlaps(p, row);
    default: break;
    }
    struct ast_node *special = pg_parse_special(p);
    if (special)
        return special;
    if (starts_type_constant(p))
        return parse_type_constant(p);
    if (pg_is_non_reserved_word(pg_token(p)))
        return parse_named(p);
    if (!restricted)
        return parse_a_expr_only(p);
    pg_unexpected(p);
    return pg_null(p, at);
}

struct ast_node *pg_parse_c_expr(struct pg_parser *p)
{
    return pg_parse_primary(p, true);
}
