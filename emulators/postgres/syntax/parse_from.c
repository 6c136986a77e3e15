#include "emulators/postgres/syntax/parser.h"

/* FROM: relations, subqueries, functions and joins of them. */

static struct ast_node *parse_table_primary(struct pg_parser *p);

/* opt_alias_clause. */
static struct ast_alias *parse_opt_alias(struct pg_parser *p)
{
    struct ast_alias *alias = PG_NEW(p, ALIAS, alias, pg_here(p));
    if (!pg_accept(p, PG_KW_AS) && !pg_is_col_id(pg_token(p)))
        return NULL;
    alias->name = pg_parse_col_id(p);
    alias->columns = pg_parse_opt_column_list(p);
    return alias;
}

/* TableFuncElementList in parentheses. */
struct ast_list pg_parse_column_definitions(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_column_def *column = PG_NEW(p, COLUMN_DEF, column_def, pg_here(p));
        column->name = pg_parse_col_id(p);
        column->type = pg_parse_typename(p);
        column->collate = pg_parse_opt_collate_clause(p);
        pg_list_add(p, &list, &column->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* func_alias_clause. */
static void parse_func_alias(struct pg_parser *p, struct ast_from_function *from)
{
    int32_t at = pg_here(p);
    bool as = pg_accept(p, PG_KW_AS);
    if (as && pg_at(p) == '(') {
        from->column_defs = pg_parse_column_definitions(p);
        return;
    }
    if (!as && !pg_is_col_id(pg_token(p)))
        return;
    from->alias = PG_NEW(p, ALIAS, alias, at);
    from->alias->name = pg_parse_col_id(p);
    if (pg_at(p) != '(')
        return;
    uint16_t next = pg_peek(p, 2);
    if (next == ',' || next == ')')
        from->alias->columns = pg_parse_column_list(p);
    else
        from->column_defs = pg_parse_column_definitions(p);
}

static struct ast_node *function_item(struct pg_parser *p, struct ast_node *call)
{
    struct ast_from_function_item *item =
        PG_NEW(p, FROM_FUNCTION_ITEM, from_function_item, call->location);
    item->call = call;
    return &item->node;
}

/* opt_ordinality and the alias. */
static struct ast_node *finish_function(struct pg_parser *p, struct ast_from_function *from)
{
    from->ordinality = pg_accept_two(p, PG_KW_WITH, PG_KW_ORDINALITY);
    parse_func_alias(p, from);
    return &from->node;
}

static struct ast_node *parse_rows_from(struct pg_parser *p)
{
    struct ast_from_function *from = PG_NEW(p, FROM_FUNCTION, from_function, pg_here(p));
    from->rows_from = true;
    pg_expect_two(p, PG_KW_ROWS, PG_KW_FROM);
    pg_expect(p, '(');
    do {
        struct ast_node *item = function_item(p, pg_parse_func_expr_windowless(p));
        if (pg_accept(p, PG_KW_AS))
            AST_AS(from_function_item, item)->column_defs = pg_parse_column_definitions(p);
        pg_list_add(p, &from->functions, item);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return finish_function(p, from);
}

static struct ast_node *from_call(struct pg_parser *p, struct ast_node *call)
{
    struct ast_from_function *from = PG_NEW(p, FROM_FUNCTION, from_function, call->location);
    pg_list_add(p, &from->functions, function_item(p, call));
    return finish_function(p, from);
}

/* xmltable_column_el's options: each at most once. */
static void parse_xml_column_options(struct pg_parser *p, struct ast_xml_table_column *column)
{
    bool null_given = false;
    for (;;) {
        int32_t at = pg_here(p);
        if (pg_accept(p, PG_KW_DEFAULT)) {
            if (column->default_value)
                pg_fail(p, at, "42601", "only one DEFAULT value is allowed");
            column->default_value = pg_parse_b_expr(p);
        } else if (pg_accept(p, PG_KW_NOT) || pg_at(p) == PG_KW_NULL) {
            column->not_null = p->last_end > at;
            pg_expect(p, PG_KW_NULL);
            if (null_given)
                pg_fail(p, at, "42601",
                        "conflicting or redundant NULL / NOT NULL declarations for column "
                        "\"" SLICE_FMT "\"",
                        SLICE_ARG(column->name));
            null_given = true;
        } else if (pg_at(p) == PG_TOKEN_IDENT) {
            bool path = slice_eq_str(pg_token(p)->text, "path");
            struct slice word = pg_token(p)->text;
            pg_skip(p);
            struct ast_node *value = pg_parse_b_expr(p);
            if (slice_eq_str(word, "__pg__is_not_null"))
                pg_fail(p, at, "42601", "option name \"" SLICE_FMT "\" cannot be used in XMLTABLE",
                        SLICE_ARG(word));
            else if (!path)
                pg_fail(p, at, "42601", "unrecognized column option \"" SLICE_FMT "\"",
                        SLICE_ARG(word));
            else if (column->path)
                pg_fail(p, at, "42601", "only one PATH value per column is allowed");
            column->path = value;
        } else {
            return;
        }
    }
}

static struct ast_node *parse_xml_column(struct pg_parser *p)
{
    struct ast_xml_table_column *column = PG_NEW(p, XML_TABLE_COLUMN, xml_table_column, pg_here(p));
    column->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_FOR)) {
        pg_expect(p, PG_KW_ORDINALITY);
        column->for_ordinality = true;
        return &column->node;
    }
    column->type = pg_parse_typename(p);
    parse_xml_column_options(p, column);
    return &column->node;
}

/* xml_namespace_list. */
static struct ast_list parse_xml_namespaces(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect_two(p, PG_KW_XMLNAMESPACES, '(');
    do {
        struct ast_target *target = PG_NEW(p, TARGET, target, pg_here(p));
        bool is_default = pg_accept(p, PG_KW_DEFAULT);
        target->value = pg_parse_b_expr(p);
        if (!is_default) {
            pg_expect(p, PG_KW_AS);
            target->name = pg_parse_col_label(p);
        }
        pg_list_add(p, &list, &target->node);
    } while (pg_accept(p, ','));
    pg_expect_two(p, ')', ',');
    return list;
}

static struct ast_node *parse_xml_table(struct pg_parser *p)
{
    struct ast_from_xml_table *from = PG_NEW(p, FROM_XML_TABLE, from_xml_table, pg_here(p));
    pg_expect_two(p, PG_KW_XMLTABLE, '(');
    if (pg_at(p) == PG_KW_XMLNAMESPACES)
        from->namespaces = parse_xml_namespaces(p);
    from->row = pg_parse_c_expr(p);
    from->document = pg_parse_xmlexists_argument(p);
    pg_expect(p, PG_KW_COLUMNS);
    do
        pg_list_add(p, &from->columns, parse_xml_column(p));
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    from->alias = parse_opt_alias(p);
    return &from->node;
}

static struct ast_node *parse_json_table(struct pg_parser *p)
{
    struct ast_from_json_table *from = pg_parse_json_table(p);
    from->alias = parse_opt_alias(p);
    return &from->node;
}

/* A query in parentheses, which was read. */
static struct ast_node *finish_subquery(struct pg_parser *p, struct ast_node *query, int32_t at)
{
    struct ast_from_subquery *from = PG_NEW(p, FROM_SUBQUERY, from_subquery, at);
    from->query = query;
    from->alias = parse_opt_alias(p);
    return &from->node;
}

/* TABLESAMPLE. */
static struct ast_node *opt_sample(struct pg_parser *p, struct ast_node *relation)
{
    int32_t at = pg_here(p);
    if (!pg_accept(p, PG_KW_TABLESAMPLE))
        return relation;
    struct ast_from_sample *sample = PG_NEW(p, FROM_SAMPLE, from_sample, at);
    sample->relation = relation;
    sample->node.location = pg_here(p);
    sample->method = pg_parse_func_name(p);
    pg_expect(p, '(');
    sample->args = pg_parse_expr_list(p);
    pg_expect(p, ')');
    if (pg_accept(p, PG_KW_REPEATABLE)) {
        pg_expect(p, '(');
        sample->repeatable = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
    return &sample->node;
}

static struct ast_node *finish_relation(struct pg_parser *p, struct ast_relation *relation)
{
    relation->alias = parse_opt_alias(p);
    return opt_sample(p, &relation->node);
}

/* A relation or a function: what follows the name decides. */
static struct ast_node *parse_named(struct pg_parser *p)
{
    const struct pg_token *token = pg_token(p);
    int32_t at = token->at;
    bool column = pg_is_col_id(token), function = pg_is_type_function_name(token);
    struct ast_names names = {0};
    pg_names_add(p, &names, pg_parse_non_reserved_word(p));
    while (column && pg_accept(p, '.'))
        pg_names_add(p, &names, pg_parse_col_label(p));
    if (pg_at(p) == '(' && (function || names.count > 1))
        return from_call(p, &pg_parse_application(p, names, at)->node);
    if (!column)
        pg_unexpected(p);
    if (names.count > 3)
        pg_fail(p, at, "42601", "improper qualified name (too many dotted names): " SLICE_FMT,
                SLICE_ARG(pg_names_text(p, names)));
    pg_accept(p, '*');
    return finish_relation(p, pg_relation_of_names(p, names, at));
}

static void set_lateral(struct pg_parser *p, struct ast_node *item)
{
    switch (item->kind) {
    case AST_FROM_SUBQUERY: AST_AS(from_subquery, item)->lateral = true; return;
    case AST_FROM_FUNCTION: AST_AS(from_function, item)->lateral = true; return;
    case AST_FROM_XML_TABLE: AST_AS(from_xml_table, item)->lateral = true; return;
    case AST_FROM_JSON_TABLE: AST_AS(from_json_table, item)->lateral = true; return;
    default: pg_unexpected(p);
    }
}

static bool is_join_word(uint16_t kind)
{
    return kind == PG_KW_JOIN || kind == PG_KW_CROSS || kind == PG_KW_NATURAL ||
           kind == PG_KW_INNER || kind == PG_KW_LEFT || kind == PG_KW_RIGHT || kind == PG_KW_FULL;
}

/* [INNER | LEFT | RIGHT | FULL [OUTER]] JOIN. */
static enum ast_join_type parse_join_type(struct pg_parser *p)
{
    uint16_t kind = pg_at(p);
    enum ast_join_type type = kind == PG_KW_LEFT    ? AST_JOIN_LEFT
                              : kind == PG_KW_RIGHT ? AST_JOIN_RIGHT
                              : kind == PG_KW_FULL  ? AST_JOIN_FULL
                                                    : AST_JOIN_INNER;
    if (kind == PG_KW_INNER || type != AST_JOIN_INNER)
        pg_skip(p);
    if (type != AST_JOIN_INNER)
        pg_accept(p, PG_KW_OUTER);
    pg_expect(p, PG_KW_JOIN);
    return type;
}

/* join_qual. */
static void parse_join_condition(struct pg_parser *p, struct ast_join *join)
{
    if (!pg_accept(p, PG_KW_USING)) {
        pg_expect(p, PG_KW_ON);
        join->on = pg_parse_a_expr(p);
        return;
    }
    join->using_columns = pg_parse_column_list(p);
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_AS)) {
        join->using_alias = PG_NEW(p, ALIAS, alias, at);
        join->using_alias->name = pg_parse_col_id(p);
    }
}

/* One join whose left side was read. Joins without a condition of their own take the next item only;
 * others take the joins up to their condition: a JOIN b JOIN c ON .. ON .. */
static struct ast_node *parse_join(struct pg_parser *p, struct ast_node *left)
{
    struct ast_join *join = PG_NEW(p, JOIN, join, left->location);
    join->left = left;
    if (pg_accept(p, PG_KW_CROSS)) {
        pg_expect(p, PG_KW_JOIN);
        join->right = parse_table_primary(p);
        return &join->node;
    }
    join->natural = pg_accept(p, PG_KW_NATURAL);
    join->type = parse_join_type(p);
    join->right = parse_table_primary(p);
    if (join->natural || !pg_enter(p))
        return &join->node;
    while (is_join_word(pg_at(p)))
        join->right = parse_join(p, join->right);
    parse_join_condition(p, join);
    pg_leave(p);
    return &join->node;
}

static struct ast_node *parse_joins(struct pg_parser *p, struct ast_node *left)
{
    while (is_join_word(pg_at(p)))
        left = parse_join(p, left);
    return left;
}

static struct ast_node *parse_parentheses(struct pg_parser *p);

/* What stood in parentheses as an item of FROM, with its alias. */
static struct ast_node *finish_item(struct pg_parser *p, struct ast_node *content, int32_t at)
{
    if (content->kind == AST_SELECT)
        return finish_subquery(p, content, at);
    if (content->kind == AST_JOIN)
        AST_AS(join, content)->alias = parse_opt_alias(p);
    return content;
}

/* '(' query ')', which gives the ast_select, or '(' joined_table ')'. */
static struct ast_node *parse_parentheses(struct pg_parser *p)
{
    struct ast_node *content;
    pg_expect(p, '(');
    if (!pg_enter(p))
        return &PG_NEW(p, JOIN, join, -1)->node;
    if (pg_starts_select(pg_at(p)) && (pg_at(p) != PG_KW_VALUES || pg_peek(p, 1) == '(')) {
        content = &pg_parse_select(p)->node;
    } else if (pg_at(p) == '(') {
        int32_t at = pg_here(p);
        content = parse_parentheses(p);
        if (content->kind == AST_SELECT && (pg_at(p) == ')' || pg_continues_select(pg_at(p))))
            content = &pg_parse_select_from(p, AST_AS(select, content))->node;
        else
            content = parse_joins(p, finish_item(p, content, at));
    } else {
        content = pg_parse_table_ref(p);
    }
    /* Only joins stand in parentheses, and they get a name behind them. */
    bool join = content->kind == AST_JOIN && !AST_AS(join, content)->alias;
    if (!join && content->kind != AST_SELECT)
        pg_unexpected(p);
    pg_expect(p, ')');
    pg_leave(p);
    return content;
}

static struct ast_node *parse_table_primary(struct pg_parser *p)
{
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    if (kind == PG_KW_LATERAL) {
        pg_skip(p);
        if (pg_at(p) == PG_KW_LATERAL)
            pg_unexpected(p);
        struct ast_node *item = parse_table_primary(p);
        set_lateral(p, item);
        return item;
    }
    if (kind == '(') {
        int32_t at = pg_here(p);
        return finish_item(p, parse_parentheses(p), at);
    }
    if (kind == PG_KW_ONLY)
        return finish_relation(p, pg_parse_relation_expr(p));
    if (kind == PG_KW_ROWS && next == PG_KW_FROM)
        return parse_rows_from(p);
    if (kind == PG_KW_XMLTABLE && next == '(')
        return parse_xml_table(p);
    if (next == '(' && pg_at_word(p, 0, "json_table"))
        return parse_json_table(p);
    struct ast_node *special = pg_parse_special_call(p);
    return special ? from_call(p, special) : parse_named(p);
}

struct ast_node *pg_parse_table_ref(struct pg_parser *p)
{
    return parse_joins(p, parse_table_primary(p));
}

struct ast_list pg_parse_from_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, pg_parse_table_ref(p));
    while (pg_accept(p, ','));
    return list;
}

struct ast_relation *pg_parse_relation_expr_opt_alias(struct pg_parser *p)
{
    struct ast_relation *relation = pg_parse_relation_expr(p);
    int32_t at = pg_here(p);
    bool as = pg_accept(p, PG_KW_AS);
    if (as || (pg_is_col_id(pg_token(p)) && pg_at(p) != PG_KW_SET)) {
        relation->alias = PG_NEW(p, ALIAS, alias, at);
        relation->alias->name = pg_parse_col_id(p);
    }
    return relation;
}
