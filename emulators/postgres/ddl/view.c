/* CREATE VIEW. */
#include "emulators/postgres/ddl/view.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/handlers.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/sql/analyze/rewrite.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

/* ---- options */

static bool take_flag(struct pg_ddl *ddl, struct slice name, struct slice value, bool *out)
{
    static const char *const yes[] = {"true", "on", "yes", "1", "t", "y"};
    static const char *const no[] = {"false", "off", "no", "0", "f", "n"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (slice_eq_str(value, yes[i]) || slice_eq_str(value, no[i])) {
            *out = slice_eq_str(value, yes[i]);
            return true;
        }
    }
    return sql_fail(ddl->env->error, "22023",
                    "invalid value for boolean option \"" SLICE_FMT "\": " SLICE_FMT,
                    SLICE_ARG(name), SLICE_ARG(value));
}

static bool take_check_option(struct pg_ddl *ddl, struct slice value, char *out)
{
    if (!slice_eq_str(value, "local") && !slice_eq_str(value, "cascaded")) {
        sql_fail(ddl->env->error, "22023",
                 "invalid value for enum option \"check_option\": " SLICE_FMT, SLICE_ARG(value));
        return sql_detail(ddl->env->error, "Valid values are \"local\" and \"cascaded\".");
    }
    *out = (char)value.ptr[0];
    return true;
}

bool pg_view_options(struct pg_ddl *ddl, struct sql_relation *view)
{
    view->security_barrier = view->security_invoker = false;
    view->check_option = 0;
    for (uint16_t i = 0; i < view->option_count; i++) {
        struct slice option = view->options[i];
        size_t at = 0;
        while (at < option.len && option.ptr[at] != '=')
            at++;
        struct slice name = slice_of(option.ptr, at);
        struct slice value = slice_of(option.ptr + at + 1, option.len - at - 1);
        bool fine;
        if (slice_eq_str(name, "security_barrier"))
            fine = take_flag(ddl, name, value, &view->security_barrier);
        else if (slice_eq_str(name, "security_invoker"))
            fine = take_flag(ddl, name, value, &view->security_invoker);
        else if (slice_eq_str(name, "check_option"))
            fine = take_check_option(ddl, value, &view->check_option);
        else
            fine = sql_fail(ddl->env->error, "22023", "unrecognized parameter \"" SLICE_FMT "\"",
                            SLICE_ARG(name));
        if (!fine)
            return false;
    }
    return true;
}

/* WITH CHECK OPTION is an option of the view like the others. */
static bool read_options(struct pg_ddl *ddl, const struct ast_create_view *ast,
                         struct sql_relation *view)
{
    if (!pg_options_text(ddl, &ast->options, &view->options, &view->option_count))
        return false;
    if (ast->check_option != AST_CHECK_OPTION_NONE) {
        struct slice *options =
            pg_ddl_grow(ddl, view->options, view->option_count, sizeof *options);
        if (!options)
            return false;
        options[view->option_count++] =
            slice_str(ast->check_option == AST_CHECK_OPTION_LOCAL ? "check_option=local"
                                                                  : "check_option=cascaded");
        view->options = options;
    }
    return pg_view_options(ddl, view);
}

/* ---- the query */

static bool has_updatable_column(const struct sql_query *query)
{
    for (uint32_t i = 0; i < query->target_count; i++) {
        const struct sql_expr *expr = query->targets[i].expr;
        const struct sql_expr_column *column = (const void *)expr;
        if (!query->targets[i].hidden && expr->kind == SQL_EXPR_COLUMN && column->up == 0 &&
            column->column > 0)
            return true;
    }
    return false;
}

static bool check_query(struct pg_ddl *ddl, const struct ast_create_view *ast,
                        const struct sql_relation *view, const struct sql_query *query)
{
    struct sql_error *error = ddl->env->error;
    if (query->command == SQL_UTILITY)
        return sql_fail(error, "0A000", "views must not contain SELECT INTO");
    if (query->has_modifying_cte)
        return sql_fail(error, "0A000", "views must not contain data-modifying statements in WITH");
    if (ast->view->persistence == AST_UNLOGGED)
        return sql_fail(error, "42601",
                        "views cannot be unlogged because they do not have storage");
    if (!view->check_option)
        return true;
    const char *why = view_obstacle(query);
    if (!why && !has_updatable_column(query))
        why = "Views that have no updatable columns are not automatically updatable.";
    if (!why)
        return true;
    sql_fail(error, "0A000",
             "WITH CHECK OPTION is supported only on automatically updatable views");
    return sql_hint(error, "%s", why);
}

static bool check_names(struct pg_ddl *ddl, const struct ast_create_view *ast,
                        const struct pg_table_def *table)
{
    return ast->columns.count <= table->column_count ||
           sql_fail(ddl->env->error, "42601",
                    "CREATE VIEW specifies more column names than columns");
}

/* ---- CREATE OR REPLACE */

static bool fail_type(struct pg_ddl *ddl, const struct sql_column *old,
                      const struct sql_column *column)
{
    struct sql_bytes was, is;
    sql_bytes_init(&was, ddl->arena);
    sql_bytes_init(&is, ddl->arena);
    pg_format_type(ddl->session, &was, old->type, old->typmod, 0);
    pg_format_type(ddl->session, &is, column->type, column->typmod, 0);
    return sql_fail(
        ddl->env->error, "42P16",
        "cannot change data type of view column \"" SLICE_FMT "\" from " SLICE_FMT " to " SLICE_FMT,
        SLICE_ARG(old->name), SLICE_ARG(sql_bytes_slice(&was)), SLICE_ARG(sql_bytes_slice(&is)));
}

/* The view keeps the columns that it has; new ones may follow them. */
static bool check_columns(struct pg_ddl *ddl, const struct sql_relation *old,
                          const struct pg_table_def *table)
{
    struct sql_error *error = ddl->env->error;
    if (table->column_count < old->column_count)
        return sql_fail(error, "42P16", "cannot drop columns from view");
    for (uint16_t i = 0; i < old->column_count; i++) {
        const struct sql_column *was = &old->columns[i], *is = &table->columns[i].column;
        uint32_t schema;
        if (!slice_eq(was->name, is->name)) {
            sql_fail(error, "42P16",
                     "cannot change name of view column \"" SLICE_FMT "\" to \"" SLICE_FMT "\"",
                     SLICE_ARG(was->name), SLICE_ARG(is->name));
            return sql_hint(
                error,
                "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.");
        }
        if (was->type != is->type || was->typmod != is->typmod)
            return fail_type(ddl, was, is);
        if (was->collation != is->collation)
            return sql_fail(error, "42P16",
                            "cannot change collation of view column \"" SLICE_FMT
                            "\" from \"" SLICE_FMT "\" to \"" SLICE_FMT "\"",
                            SLICE_ARG(was->name),
                            SLICE_ARG(pg_collation_name(ddl->session, was->collation, &schema)),
                            SLICE_ARG(pg_collation_name(ddl->session, is->collation, &schema)));
    }
    return true;
}

static bool replace(struct pg_table_def *table, const struct sql_relation *old)
{
    struct pg_ddl *ddl = table->ddl;
    struct sql_relation changed = *old;
    struct sql_column *columns = arena_array(ddl->arena, table->column_count, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    if (old->kind != SQL_RELATION_VIEW)
        return sql_fail(ddl->env->error, "42809", "\"" SLICE_FMT "\" is not a view",
                        SLICE_ARG(old->object.name));
    if (!pg_name_must_own(ddl, &old->object) || !check_columns(ddl, old, table))
        return false;
    for (uint32_t i = 0; i < table->column_count; i++)
        columns[i] = i < old->column_count ? old->columns[i] : table->columns[i].column;
    changed.columns = columns;
    changed.column_count = (uint16_t)table->column_count;
    changed.view = table->relation.view;
    changed.options = table->relation.options;
    changed.option_count = table->relation.option_count;
    changed.security_barrier = table->relation.security_barrier;
    changed.security_invoker = table->relation.security_invoker;
    changed.check_option = table->relation.check_option;
    return sql_depend_clear(ddl->env, pg_whole(pg_classes(ddl)->relation, old->object.id), 0) &&
           sql_catalog_replace(ddl->env, &changed.object) && pg_row_type_update(ddl, &changed) &&
           pg_relation_depend(ddl, &changed) &&
           sql_depend_on_query(ddl->env, pg_whole(pg_classes(ddl)->relation, old->object.id),
                               changed.view, 'n');
}

/* ---- the statement */

static bool make(struct pg_table_def *table, const struct ast_create_view *ast)
{
    struct pg_ddl *ddl = table->ddl;
    const struct sql_object *old = NULL;
    bool exists = false;
    if (ast->replace) {
        if (!sql_catalog_await_name(ddl->env, pg_classes(ddl)->relation,
                                    table->relation.object.schema, ast->view->name))
            return false;
        old = sql_find_object_name(ddl->session, pg_classes(ddl)->relation,
                                   table->relation.object.schema, ast->view->name);
    }
    if (old) {
        if (!sql_lock_relation(ddl->env, old->id, SQL_ACCESS_EXCLUSIVE, SQL_WAIT_BLOCK))
            return false;
        ddl->replaced = true;
        ddl->subject = pg_whole(old->class_id, old->id);
        return replace(table, sql_find_relation_id(ddl->session, old->id));
    }
    return pg_table_name_free(ddl, table->relation.object.schema, ast->view->name, false,
                              &exists) &&
           pg_relation_make(table) &&
           sql_depend_on_query(ddl->env,
                               pg_whole(pg_classes(ddl)->relation, table->relation.object.id),
                               table->relation.view, 'n');
}

bool pg_create_view(struct pg_ddl *ddl, const struct ast_node *node)
{
    const struct ast_create_view *ast = AST_AS(create_view, node);
    struct pg_table_def table = {.ddl = ddl};
    struct sql_relation *view = &table.relation;
    struct ast_relation name = *ast->view;
    const struct sql_query *query = ddl->query->utility_query;
    view->kind = SQL_RELATION_VIEW;
    if (!read_options(ddl, ast, view) || !check_query(ddl, ast, view, query) ||
        !pg_query_columns(&table, query, &ast->columns) || !check_names(ddl, ast, &table))
        return false;
    if (name.persistence == AST_PERMANENT && pg_query_reads_temporary(ddl, query)) {
        name.persistence = AST_TEMPORARY;
        pg_ddl_notice(ddl, "00000", "view \"" SLICE_FMT "\" will be a temporary view",
                      SLICE_ARG(name.name));
    }
    if (!pg_name_creation(ddl, &name, &view->object.schema, &view->persistence))
        return false;
    view->object.owner = ddl->session->role;
    view->object.name = name.name;
    view->populated = true;
    view->view = query;
    return pg_columns_check(&table) && make(&table, ast);
}
