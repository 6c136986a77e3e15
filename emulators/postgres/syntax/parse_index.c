#include "emulators/postgres/syntax/parser.h"

void pg_parse_key(struct pg_parser *p, struct slice *column, struct ast_node **expression)
{
    uint16_t next = pg_peek(p, 1);
    if (pg_accept(p, '(')) {
        *expression = pg_parse_a_expr(p);
        pg_expect(p, ')');
    } else if (pg_is_col_id(pg_token(p)) && next != '(' && next != '.') {
        *column = pg_parse_col_id(p);
    } else {
        *expression = pg_parse_func_expr_windowless(p);
    }
}

/* index_elem; as an ExclusionConstraintElem it has WITH operator behind it. */
static struct ast_index_element *parse_index_element(struct pg_parser *p)
{
    struct ast_index_element *element = PG_NEW(p, INDEX_ELEMENT, index_element, pg_here(p));
    pg_parse_key(p, &element->column, &element->expression);
    element->collation = pg_parse_opt_collate(p);
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    bool nulls = kind == PG_KW_NULLS && (next == PG_KW_FIRST || next == PG_KW_LAST);
    if (pg_is_col_id(pg_token(p)) && !nulls) {
        element->op_class = pg_parse_any_name(p);
        if (pg_at(p) == '(')
            element->op_class_options = pg_parse_reloptions(p);
    }
    pg_parse_sort_order(p, &element->direction, &element->nulls);
    return element;
}

struct ast_list pg_parse_index_params(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &parse_index_element(p)->node);
    while (pg_accept(p, ','));
    return list;
}

struct ast_list pg_parse_exclusions(struct pg_parser *p)
{
    struct ast_list list = {0};
    pg_expect(p, '(');
    do {
        struct ast_index_element *element = parse_index_element(p);
        pg_expect(p, PG_KW_WITH);
        if (pg_accept(p, PG_KW_OPERATOR)) {
            pg_expect(p, '(');
            element->exclude_operator = pg_parse_any_operator(p);
            pg_expect(p, ')');
        } else {
            element->exclude_operator = pg_parse_any_operator(p);
        }
        pg_list_add(p, &list, &element->node);
    } while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* opt_include's elements: columns, though the grammar takes more. */
static struct ast_list parse_including(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (!pg_accept(p, PG_KW_INCLUDE))
        return list;
    pg_expect(p, '(');
    list = pg_parse_index_params(p);
    pg_expect(p, ')');
    return list;
}

/* opt_unique_null_treatment. */
bool pg_parse_nulls_not_distinct(struct pg_parser *p)
{
    if (pg_at(p) != PG_KW_NULLS)
        return false;
    pg_skip(p);
    bool not = pg_accept(p, PG_KW_NOT);
    pg_expect(p, PG_KW_DISTINCT);
    return not ;
}

struct ast_node *pg_parse_create_index(struct pg_parser *p)
{
    struct ast_create_index *index = PG_NEW(p, CREATE_INDEX, create_index, pg_here(p));
    index->unique = pg_accept(p, PG_KW_UNIQUE);
    pg_expect(p, PG_KW_INDEX);
    index->concurrently = pg_accept(p, PG_KW_CONCURRENTLY);
    index->if_not_exists = pg_accept_if_not_exists(p);
    if (index->if_not_exists || pg_at(p) != PG_KW_ON)
        index->name = pg_parse_col_id(p);
    pg_expect(p, PG_KW_ON);
    index->relation = pg_parse_relation_expr(p);
    if (pg_accept(p, PG_KW_USING))
        index->access_method = pg_parse_col_id(p);
    pg_expect(p, '(');
    index->elements = pg_parse_index_params(p);
    pg_expect(p, ')');
    index->including = parse_including(p);
    index->nulls_not_distinct = pg_parse_nulls_not_distinct(p);
    if (pg_accept(p, PG_KW_WITH))
        index->options = pg_parse_reloptions(p);
    if (pg_accept(p, PG_KW_TABLESPACE))
        index->tablespace = pg_parse_col_id(p);
    index->where = pg_parse_opt_where(p);
    return &index->node;
}
