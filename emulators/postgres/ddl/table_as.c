/* CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW, REFRESH MATERIALIZED VIEW. */
#include "emulators/postgres/cursor_statements.h"
#include "emulators/postgres/ddl/access_method.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/ddl/view.h"
#include "emulators/postgres/portal.h"
#include "emulators/postgres/utility.h"
#include "emulators/sql/syntax/ast_utility.h"

/* ---- columns of EXECUTE */

static bool add_result_columns(struct pg_table_def *table, const struct pg_analysis *analysis,
                               const struct ast_names *names)
{
    struct sql_session *session = table->ddl->session;
    if (!analysis->column_count)
        return sql_fail(table->ddl->env->error, "42809", "prepared statement is not a SELECT");
    for (uint32_t i = 0; i < analysis->column_count; i++) {
        const struct sql_result_column *result = &analysis->columns[i];
        const struct sql_type *type = sql_find_type_id(session, result->type);
        struct sql_column column = {
            .name = i < names->count ? names->items[i] : result->name,
            .type = result->type,
            .typmod = result->typmod,
            .collation = type ? type->collation : 0,
            .local = true,
            .storage = pg_type_storage(session, result->type),
            .statistics = -1,
        };
        if (!pg_column_add(table, &column))
            return false;
    }
    return true;
}

static bool open_portal(struct pg_ddl *ddl, const struct ast_node *execute, struct pg_portal **out)
{
    struct pg_utility_call call = {
        .session = pg_session_of(ddl->session),
        .env = ddl->env,
        .tree = execute,
        .text = ddl->text,
    };
    *out = pg_execute_open(&call, AST_AS(execute, execute));
    return *out != NULL;
}

/* ---- making the relation */

static bool check_view(struct pg_ddl *ddl, const struct ast_create_table_as *ast)
{
    const struct sql_query *query = ddl->query->utility_query;
    struct sql_error *error = ddl->env->error;
    if (query->has_modifying_cte)
        return sql_fail(error, "0A000",
                        "materialized views must not use data-modifying statements in WITH");
    if (pg_query_reads_temporary(ddl, query))
        return sql_fail(error, "0A000",
                        "materialized views must not use temporary tables or views");
    if (ast->into->relation->persistence == AST_UNLOGGED)
        return sql_fail(error, "0A000", "materialized views cannot be unlogged");
    return true;
}

static bool begin(struct pg_table_def *table, const struct ast_create_table_as *ast)
{
    struct pg_ddl *ddl = table->ddl;
    struct sql_relation *relation = &table->relation;
    const struct ast_into *into = ast->into;
    relation->kind = ast->materialized_view ? SQL_RELATION_MATVIEW : SQL_RELATION_TABLE;
    relation->object.owner = ddl->session->role;
    relation->object.name = into->relation->name;
    relation->populated = !ast->materialized_view || !into->skip_data;
    relation->view = ast->materialized_view ? ddl->query->utility_query : NULL;
    if (into->on_commit != AST_ON_COMMIT_NOOP && relation->persistence != 't')
        return sql_fail(ddl->env->error, "42P16", "ON COMMIT can only be used on temporary tables");
    relation->on_commit = pg_table_on_commit_of(into->on_commit);
    return pg_table_method_choose(ddl, into->access_method, relation) &&
           pg_options_text(ddl, &into->options, &relation->options, &relation->option_count) &&
           pg_options_check(ddl, slice_str("heap"), relation->options, relation->option_count) &&
           pg_tablespace_choose(ddl, into->tablespace, 0, false, &relation->tablespace);
}

static bool add_columns(struct pg_table_def *table, const struct ast_create_table_as *ast,
                        const struct pg_portal *portal)
{
    const struct ast_names *names = &ast->into->columns;
    bool fine = portal ? add_result_columns(table, portal->analysis, names)
                       : pg_query_columns(table, table->ddl->query->utility_query, names);
    if (!fine)
        return false;
    if (names->count > table->column_count)
        return sql_fail(table->ddl->env->error, "42601", "too many column names were specified");
    return pg_columns_check(table);
}

static bool make(struct pg_table_def *table, const struct ast_create_table_as *ast,
                 struct pg_portal *portal)
{
    struct pg_ddl *ddl = table->ddl;
    uint64_t count = 0;
    if (!begin(table, ast) || !add_columns(table, ast, portal) || !pg_relation_make(table))
        return false;
    uint32_t id = table->relation.object.id;
    if (table->relation.view &&
        !sql_depend_on_query(ddl->env, pg_whole(pg_classes(ddl)->relation, id),
                             table->relation.view, 'n'))
        return false;
    if (table->relation.on_commit != PG_ON_COMMIT_PRESERVE && !pg_table_on_commit(ddl, id))
        return false;
    if (ast->into->skip_data)
        return true;
    if (!(portal ? pg_portal_fill(ddl, portal, id, &count)
                 : pg_query_fill(ddl, ddl->query->utility_query, id, &count)))
        return false;
    ddl->tag = arena_printf(ddl->arena, "SELECT %llu", (unsigned long long)count);
    return true;
}

bool pg_create_table_as(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_table_as *ast = AST_AS(create_table_as, node);
    struct pg_table_def table = {.ddl = ddl};
    struct pg_portal *portal = NULL;
    bool exists;
    if (ast->materialized_view && !check_view(ddl, ast))
        return false;
    if (!pg_name_creation(ddl, ast->into->relation, &table.relation.object.schema,
                          &table.relation.persistence) ||
        !pg_table_name_free(ddl, table.relation.object.schema, ast->into->relation->name,
                            ast->if_not_exists, &exists))
        return false;
    if (exists)
        return true;
    if (ast->query->kind == AST_EXECUTE && !open_portal(ddl, ast->query, &portal))
        return false;
    bool fine = make(&table, ast, portal);
    if (portal)
        pg_portal_close(pg_session_of(ddl->session), portal);
    return fine;
}

/* ---- REFRESH MATERIALIZED VIEW */

/* A unique index over columns of all rows, by which old and new rows could be compared. */
static bool has_usable_index(struct pg_ddl *ddl, const struct sql_relation *view)
{
    for (uint16_t i = 0; i < view->index_count; i++) {
        const struct sql_relation *relation = sql_find_relation_id(ddl->session, view->indexes[i]);
        const struct sql_index *index = relation ? relation->index : NULL;
        if (index && index->unique && index->immediate && !index->where &&
            !index->expressions.count)
            return true;
    }
    return false;
}

static bool check_refresh(struct pg_ddl *ddl, const struct ast_refresh_view *ast,
                          const struct sql_relation *view)
{
    struct sql_error *error = ddl->env->error;
    if (view->kind != SQL_RELATION_MATVIEW)
        return sql_fail(error, "0A000", "\"" SLICE_FMT "\" is not a materialized view",
                        SLICE_ARG(view->object.name));
    if (!pg_name_must_own(ddl, &view->object))
        return false;
    if (!ast->concurrently)
        return true;
    if (!view->populated)
        return sql_fail(error, "0A000",
                        "CONCURRENTLY cannot be used when the materialized view is not populated");
    if (ast->skip_data)
        return sql_fail(error, "42601",
                        "CONCURRENTLY and WITH NO DATA options cannot be used together");
    if (has_usable_index(ddl, view))
        return true;
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, view->object.schema);
    sql_fail(error, "55000",
             "cannot refresh materialized view \"" SLICE_FMT "." SLICE_FMT "\" concurrently",
             SLICE_ARG(schema->object.name), SLICE_ARG(view->object.name));
    return sql_hint(error, "Create a unique index with no WHERE clause on one or more columns of "
                           "the materialized view.");
}

bool pg_refresh_view(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_refresh_view *ast = AST_AS(refresh_view, node);
    const struct sql_relation *view;
    uint64_t count;
    if (!pg_name_relation(ddl, ast->relation, false,
                          ast->concurrently ? SQL_EXCLUSIVE : SQL_ACCESS_EXCLUSIVE, &view) ||
        !check_refresh(ddl, ast, view))
        return false;
    uint32_t id = view->object.id;
    if (view->populated == ast->skip_data) {
        struct sql_relation changed = *view;
        changed.populated = !ast->skip_data;
        if (!sql_catalog_replace(ddl->env, &changed.object))
            return false;
    }
    if (!pg_table_empty(ddl, id))
        return false;
    if (ast->skip_data)
        return true;
    view = sql_find_relation_id(ddl->session, id);
    struct sql_role_before before = sql_session_act_as(ddl->session, view->object.owner,
                                                       SQL_ROLE_BORROWED | SQL_ROLE_RESTRICTED);
    bool fine = pg_query_fill(ddl, view->view, id, &count);
    sql_session_act_back(ddl->session, before);
    return fine;
}
