#include "emulators/postgres/syntax/parser.h"

/* opt_search_clause. */
static struct ast_cte_search *parse_search(struct pg_parser *p)
{
    struct ast_cte_search *search = PG_NEW(p, CTE_SEARCH, cte_search, pg_here(p));
    if (!pg_accept(p, PG_KW_SEARCH))
        return NULL;
    search->breadth_first = pg_accept(p, PG_KW_BREADTH);
    if (!search->breadth_first)
        pg_expect(p, PG_KW_DEPTH);
    pg_expect_two(p, PG_KW_FIRST, PG_KW_BY);
    search->columns = pg_parse_name_list(p);
    pg_expect(p, PG_KW_SET);
    search->sequence_column = pg_parse_col_id(p);
    return search;
}

/* opt_cycle_clause. */
static struct ast_cte_cycle *parse_cycle(struct pg_parser *p)
{
    struct ast_cte_cycle *cycle = PG_NEW(p, CTE_CYCLE, cte_cycle, pg_here(p));
    if (!pg_accept(p, PG_KW_CYCLE))
        return NULL;
    cycle->columns = pg_parse_name_list(p);
    pg_expect(p, PG_KW_SET);
    cycle->mark_column = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_TO)) {
        cycle->mark_value = pg_parse_c_expr(p);
        pg_expect(p, PG_KW_DEFAULT);
        cycle->mark_default = pg_parse_c_expr(p);
    } else {
        cycle->mark_value = pg_boolean(p, true, -1);
        cycle->mark_default = pg_boolean(p, false, -1);
    }
    pg_expect(p, PG_KW_USING);
    cycle->path_column = pg_parse_col_id(p);
    return cycle;
}

/* common_table_expr. */
static struct ast_node *parse_cte(struct pg_parser *p)
{
    struct ast_cte *cte = PG_NEW(p, CTE, cte, pg_here(p));
    cte->name = pg_parse_col_id(p);
    cte->columns = pg_parse_opt_column_list(p);
    pg_expect(p, PG_KW_AS);
    if (pg_accept(p, PG_KW_MATERIALIZED)) {
        cte->materialize = AST_MATERIALIZE_ALWAYS;
    } else if (pg_accept(p, PG_KW_NOT)) {
        pg_expect(p, PG_KW_MATERIALIZED);
        cte->materialize = AST_MATERIALIZE_NEVER;
    }
    pg_expect(p, '(');
    if (pg_enter(p)) {
        cte->query = pg_parse_preparable(p);
        pg_leave(p);
    }
    pg_expect(p, ')');
    cte->search = parse_search(p);
    cte->cycle = parse_cycle(p);
    return &cte->node;
}

struct ast_with *pg_parse_opt_with(struct pg_parser *p)
{
    if (pg_at(p) != PG_KW_WITH)
        return NULL;
    struct ast_with *with = PG_NEW(p, WITH, with, pg_here(p));
    pg_skip(p);
    with->recursive = pg_at(p) == PG_KW_RECURSIVE && pg_is_col_id(pg_token_ahead(p, 1));
    if (with->recursive)
        pg_skip(p);
    do
        pg_list_add(p, &with->ctes, parse_cte(p));
    while (pg_accept(p, ','));
    return with;
}

struct ast_node *pg_parse_preparable(struct pg_parser *p)
{
    struct ast_with *with = pg_parse_opt_with(p);
    switch (pg_at(p)) {
    case PG_KW_INSERT: return pg_parse_insert(p, with);
    case PG_KW_UPDATE: return pg_parse_update(p, with);
    case PG_KW_DELETE: return pg_parse_delete(p, with);
    case PG_KW_MERGE: return pg_parse_merge(p, with);
    default: return &pg_parse_select_after_with(p, with)->node;
    }
}
