#include "emulators/postgres/syntax/parser.h"

/* opt_check_option. */
static enum ast_check_option parse_check_option(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_WITH))
        return AST_CHECK_OPTION_NONE;
    bool local = pg_accept(p, PG_KW_LOCAL);
    if (!local)
        pg_accept(p, PG_KW_CASCADED);
    pg_expect_two(p, PG_KW_CHECK, PG_KW_OPTION);
    return local ? AST_CHECK_OPTION_LOCAL : AST_CHECK_OPTION_CASCADED;
}

/* UNION ALL's node for RECURSIVE views: WITH RECURSIVE name (columns) AS (query) SELECT columns FROM
 * name. */
static struct ast_node *make_recursive(struct pg_parser *p, struct ast_relation *view,
                                       struct ast_names columns, struct ast_node *query)
{
    struct ast_select *select = PG_NEW(p, SELECT, select, -1);
    struct ast_cte *cte = PG_NEW(p, CTE, cte, -1);
    cte->name = view->name;
    cte->columns = columns;
    cte->query = query;
    select->with = PG_NEW(p, WITH, with, -1);
    select->with->recursive = true;
    pg_list_add(p, &select->with->ctes, &cte->node);
    for (uint32_t i = 0; i < columns.count; i++) {
        struct ast_target *target = PG_NEW(p, TARGET, target, -1);
        struct ast_column_ref *column = PG_NEW(p, COLUMN_REF, column_ref, -1);
        pg_list_add(p, &column->fields, pg_name_node(p, columns.items[i], -1));
        target->value = &column->node;
        pg_list_add(p, &select->targets, &target->node);
    }
    struct ast_relation *from = PG_NEW(p, RELATION, relation, -1);
    from->name = view->name;
    pg_list_add(p, &select->from, &from->node);
    return &select->node;
}

struct ast_node *pg_parse_create_view(struct pg_parser *p, enum ast_persistence persistence,
                                      bool replace)
{
    struct ast_create_view *create = PG_NEW(p, CREATE_VIEW, create_view, pg_here(p));
    bool recursive = pg_accept(p, PG_KW_RECURSIVE);
    pg_expect(p, PG_KW_VIEW);
    create->replace = replace;
    create->view = pg_parse_qualified_name(p);
    create->view->persistence = persistence;
    create->columns = recursive ? pg_parse_column_list(p) : pg_parse_opt_column_list(p);
    if (pg_accept(p, PG_KW_WITH))
        create->options = pg_parse_reloptions(p);
    pg_expect(p, PG_KW_AS);
    create->query = &pg_parse_select(p)->node;
    int32_t at = pg_here(p);
    create->check_option = parse_check_option(p);
    if (!recursive)
        return &create->node;
    create->query = make_recursive(p, create->view, create->columns, create->query);
    if (create->check_option != AST_CHECK_OPTION_NONE)
        pg_fail(p, at, "0A000", "WITH CHECK OPTION not supported on recursive views");
    return &create->node;
}

struct ast_node *pg_parse_refresh(struct pg_parser *p)
{
    struct ast_refresh_view *refresh = PG_NEW(p, REFRESH_VIEW, refresh_view, pg_here(p));
    pg_skip(p);
    pg_expect_two(p, PG_KW_MATERIALIZED, PG_KW_VIEW);
    refresh->concurrently = pg_accept(p, PG_KW_CONCURRENTLY);
    refresh->relation = pg_parse_qualified_name(p);
    refresh->skip_data = pg_parse_opt_with_no_data(p);
    return &refresh->node;
}
