/* JSON_EXISTS, JSON_VALUE, JSON_QUERY and JSON_TABLE of PostgreSQL 17. Their words stay names, as those
 * of parse_json.c do. */
#include "emulators/postgres/syntax/parser.h"

/* ---- clauses */

/* json_passing_clause_opt. */
static struct ast_list parse_opt_passing(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (!pg_accept(p, PG_KW_PASSING))
        return list;
    do {
        struct ast_target *target = PG_NEW(p, TARGET, target, pg_here(p));
        target->value = &pg_parse_json_value_expr(p)->node;
        pg_expect(p, PG_KW_AS);
        target->name = pg_parse_col_label(p);
        pg_list_add(p, &list, &target->node);
    } while (pg_accept(p, ','));
    return list;
}

/* json_wrapper_behavior. */
static enum ast_json_wrapper parse_wrapper(struct pg_parser *p)
{
    enum ast_json_wrapper wrapper = AST_JSON_WRAPPER_UNCONDITIONAL;
    if (pg_accept(p, PG_KW_WITHOUT))
        wrapper = AST_JSON_WRAPPER_NONE;
    else if (!pg_accept(p, PG_KW_WITH))
        return AST_JSON_WRAPPER_UNSPECIFIED;
    else if (pg_accept_word(p, "conditional"))
        wrapper = AST_JSON_WRAPPER_CONDITIONAL;
    else
        pg_accept_word(p, "unconditional");
    pg_accept(p, PG_KW_ARRAY);
    pg_expect(p, PG_KW_WRAPPER);
    return wrapper;
}

/* json_quotes_clause_opt. */
static enum ast_json_quotes parse_quotes(struct pg_parser *p)
{
    bool keep = pg_accept_word(p, "keep");
    if (!keep && !pg_accept_word(p, "omit"))
        return AST_JSON_QUOTES_UNSPECIFIED;
    pg_expect_word(p, "quotes");
    if (pg_accept(p, PG_KW_ON)) {
        pg_expect_word(p, "scalar");
        pg_expect_word(p, "string");
    }
    return keep ? AST_JSON_QUOTES_KEEP : AST_JSON_QUOTES_OMIT;
}

static enum ast_json_behavior_type parse_behavior_type(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_NULL))
        return AST_JSON_BEHAVIOR_NULL;
    if (pg_accept(p, PG_KW_TRUE))
        return AST_JSON_BEHAVIOR_TRUE;
    if (pg_accept(p, PG_KW_FALSE))
        return AST_JSON_BEHAVIOR_FALSE;
    if (pg_accept(p, PG_KW_UNKNOWN))
        return AST_JSON_BEHAVIOR_UNKNOWN;
    if (pg_accept_word(p, "error"))
        return AST_JSON_BEHAVIOR_ERROR;
    pg_expect_word(p, "empty");
    if (pg_accept(p, PG_KW_OBJECT))
        return AST_JSON_BEHAVIOR_EMPTY_OBJECT;
    pg_accept(p, PG_KW_ARRAY);
    return AST_JSON_BEHAVIOR_EMPTY_ARRAY;
}

/* json_behavior; NULL: there is none here. */
static struct ast_json_behavior *parse_opt_behavior(struct pg_parser *p)
{
    uint16_t kind = pg_at(p);
    if (kind != PG_KW_DEFAULT && kind != PG_KW_NULL && kind != PG_KW_TRUE && kind != PG_KW_FALSE &&
        kind != PG_KW_UNKNOWN && !pg_at_word(p, 0, "error") && !pg_at_word(p, 0, "empty"))
        return NULL;
    struct ast_json_behavior *behavior = PG_NEW(p, JSON_BEHAVIOR, json_behavior, pg_here(p));
    if (pg_accept(p, PG_KW_DEFAULT)) {
        behavior->type = AST_JSON_BEHAVIOR_DEFAULT;
        behavior->value = pg_parse_a_expr(p);
    } else {
        behavior->type = parse_behavior_type(p);
    }
    pg_expect(p, PG_KW_ON);
    return behavior;
}

/* json_on_error_clause_opt. */
static struct ast_json_behavior *parse_opt_on_error(struct pg_parser *p)
{
    struct ast_json_behavior *behavior = parse_opt_behavior(p);
    if (behavior)
        pg_expect_word(p, "error");
    return behavior;
}

/* json_behavior_clause_opt. */
static void parse_behaviors(struct pg_parser *p, struct ast_json_behavior **on_empty,
                            struct ast_json_behavior **on_error)
{
    struct ast_json_behavior *first = parse_opt_behavior(p);
    *on_empty = *on_error = NULL;
    if (!first)
        return;
    if (!pg_accept_word(p, "empty")) {
        pg_expect_word(p, "error");
        *on_error = first;
        return;
    }
    *on_empty = first;
    *on_error = parse_opt_on_error(p);
}

/* ---- expressions */

static struct ast_json_query *begin_query(struct pg_parser *p, enum ast_json_query_type type,
                                          int32_t at)
{
    struct ast_json_query *node = PG_NEW(p, JSON_QUERY, json_query, at);
    node->type = type;
    pg_expect(p, '(');
    node->context = pg_parse_json_value_expr(p);
    pg_expect(p, ',');
    node->path = pg_parse_a_expr(p);
    node->passing = parse_opt_passing(p);
    return node;
}

struct ast_node *pg_parse_json_exists(struct pg_parser *p, int32_t at)
{
    struct ast_json_query *node = begin_query(p, AST_JSON_QUERY_EXISTS, at);
    node->on_error = parse_opt_on_error(p);
    pg_expect(p, ')');
    return &node->node;
}

struct ast_node *pg_parse_json_value(struct pg_parser *p, int32_t at)
{
    struct ast_json_query *node = begin_query(p, AST_JSON_QUERY_VALUE, at);
    node->returning = pg_parse_opt_json_returning(p);
    parse_behaviors(p, &node->on_empty, &node->on_error);
    pg_expect(p, ')');
    return &node->node;
}

struct ast_node *pg_parse_json_query(struct pg_parser *p, int32_t at)
{
    struct ast_json_query *node = begin_query(p, AST_JSON_QUERY_QUERY, at);
    node->returning = pg_parse_opt_json_returning(p);
    node->wrapper = parse_wrapper(p);
    node->quotes = parse_quotes(p);
    parse_behaviors(p, &node->on_empty, &node->on_error);
    pg_expect(p, ')');
    return &node->node;
}

/* ---- JSON_TABLE */

static struct ast_list parse_columns(struct pg_parser *p);

static void parse_nested(struct pg_parser *p, struct ast_json_table_column *column)
{
    column->type = AST_JSON_COLUMN_NESTED;
    pg_skip(p);
    pg_accept_word(p, "path");
    column->path = pg_parse_string(p);
    if (pg_accept(p, PG_KW_AS)) {
        column->path_name_location = pg_here(p);
        column->path_name = pg_parse_col_id(p);
    }
    column->columns = parse_columns(p);
}

/* A column with a type, from its type on. */
static void parse_typed(struct pg_parser *p, struct ast_json_table_column *column)
{
    column->type = AST_JSON_COLUMN_REGULAR;
    column->type_name = pg_parse_typename(p);
    column->format = pg_parse_opt_json_format(p);
    if (column->format)
        column->type = AST_JSON_COLUMN_FORMATTED;
    else if (pg_accept(p, PG_KW_EXISTS))
        column->type = AST_JSON_COLUMN_EXISTS;
    if (pg_accept_word(p, "path"))
        column->path = pg_parse_string(p);
    if (column->type == AST_JSON_COLUMN_EXISTS) {
        column->on_error = parse_opt_on_error(p);
        return;
    }
    column->wrapper = parse_wrapper(p);
    column->quotes = parse_quotes(p);
    parse_behaviors(p, &column->on_empty, &column->on_error);
}

/* json_table_column_definition. */
static struct ast_node *parse_column(struct pg_parser *p)
{
    struct ast_json_table_column *column =
        PG_NEW(p, JSON_TABLE_COLUMN, json_table_column, pg_here(p));
    if (pg_at_word(p, 0, "nested") &&
        (pg_peek(p, 1) == PG_TOKEN_STRING || pg_at_word(p, 1, "path"))) {
        parse_nested(p, column);
        return &column->node;
    }
    column->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_FOR)) {
        pg_expect(p, PG_KW_ORDINALITY);
        column->type = AST_JSON_COLUMN_ORDINALITY;
    } else {
        parse_typed(p, column);
    }
    return &column->node;
}

static struct ast_list parse_columns(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect_two(p, PG_KW_COLUMNS, '(');
    if (pg_enter(p)) {
        do
            pg_list_add(p, &list, parse_column(p));
        while (pg_accept(p, ','));
        pg_leave(p);
    }
    pg_expect(p, ')');
    return list;
}

static bool is_string(const struct ast_node *node)
{
    return node->kind == AST_CONST && ((const struct ast_const *)node)->type == AST_CONST_STRING;
}

struct ast_from_json_table *pg_parse_json_table(struct pg_parser *p)
{
    struct ast_from_json_table *from = PG_NEW(p, FROM_JSON_TABLE, from_json_table, pg_here(p));
    pg_skip(p);
    pg_expect(p, '(');
    from->context = pg_parse_json_value_expr(p);
    pg_expect(p, ',');
    int32_t at = pg_here(p);
    from->path = pg_parse_a_expr(p);
    if (pg_accept(p, PG_KW_AS))
        from->path_name = pg_parse_col_id(p);
    from->passing = parse_opt_passing(p);
    from->columns = parse_columns(p);
    from->on_error = parse_opt_on_error(p);
    pg_expect(p, ')');
    if (!p->failed && !is_string(from->path))
        pg_fail(p, at, "0A000",
                "only string constants are supported in JSON_TABLE path specification");
    return from;
}
