/* Relations made from a query: their columns, and their rows. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/view.h"
#include "emulators/postgres/portal.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/exec/writer.h"

/* ---- columns */

static bool fail_collation(struct pg_table_def *table, const struct sql_column *column)
{
    struct pg_ddl *ddl = table->ddl;
    if (table->relation.kind == SQL_RELATION_VIEW)
        sql_fail(ddl->env->error, "42P22",
                 "could not determine which collation to use for view column \"" SLICE_FMT "\"",
                 SLICE_ARG(column->name));
    else
        sql_fail(ddl->env->error, "42P22",
                 "no collation was derived for column \"" SLICE_FMT
                 "\" with collatable type " SLICE_FMT,
                 SLICE_ARG(column->name),
                 SLICE_ARG(pg_type_text(ddl->session, ddl->arena, column->type)));
    return sql_hint(ddl->env->error, "Use the COLLATE clause to set the collation explicitly.");
}

static bool add_column(struct pg_table_def *table, const struct sql_target *target,
                       struct slice name)
{
    struct pg_ddl *ddl = table->ddl;
    const struct sql_expr *expr = target->expr;
    const struct sql_type *type = sql_find_type_id(ddl->session, expr->type);
    struct sql_column column = {
        .name = name,
        .type = expr->type,
        .typmod = expr->typmod,
        .collation = type && type->collation ? expr->collation : 0,
        .local = true,
        .storage = pg_type_storage(ddl->session, expr->type),
        .statistics = -1,
    };
    if (type && type->collation && !column.collation)
        return fail_collation(table, &column);
    return pg_column_add(table, &column) != NULL;
}

bool pg_query_columns(struct pg_table_def *table, const struct sql_query *query,
                      const struct ast_names *names)
{
    const struct sql_target *targets =
        query->command == SQL_SELECT ? query->targets : query->returning;
    uint32_t count = query->command == SQL_SELECT ? query->target_count : query->returning_count;
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].hidden)
            continue;
        struct slice name = at < names->count ? names->items[at] : targets[i].name;
        if (!add_column(table, &targets[i], name))
            return false;
        at++;
    }
    return true;
}

/* ---- does it read temporary tables? */

struct search {
    struct pg_ddl *ddl;
    bool found;
};

static bool look_in_query(struct sql_query *query, void *ctx);

static bool look_in_expr(struct sql_expr *expr, void *ctx)
{
    return sql_expr_walk_queries(expr, look_in_expr, look_in_query, ctx);
}

static bool look_in_query(struct sql_query *query, void *ctx)
{
    struct search *search = ctx;
    for (uint32_t i = 0; i < query->table_count && !search->found; i++) {
        const struct sql_table *table = query->tables[i];
        const struct sql_relation *relation =
            table->kind == SQL_TABLE_RELATION
                ? sql_find_relation_id(search->ddl->session, table->relation)
                : NULL;
        search->found = relation && relation->persistence == 't';
    }
    return search->found || sql_query_walk(query, look_in_expr, look_in_query, ctx);
}

bool pg_query_reads_temporary(struct pg_ddl *ddl, const struct sql_query *query)
{
    struct search search = {.ddl = ddl};
    look_in_query((struct sql_query *)(uintptr_t)query, &search);
    return search.found;
}

/* ---- rows */

struct filling {
    struct sql_sink sink;
    struct sql_writer *writer;
    uint64_t count;
};

static bool fill_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct filling *filling = sink->ctx;
    const struct sql_row *row;
    uint64_t row_id;
    (void)env;
    (void)count;
    filling->count++;
    return sql_writer_insert(filling->writer, values, &row_id, &row, NULL);
}

/* Opens a sink that puts the rows it gets into the relation. */
static bool open_filling(struct pg_ddl *ddl, uint32_t relation, struct filling *filling)
{
    const struct sql_relation *into = sql_find_relation_id(ddl->session, relation);
    struct sql_writer_plan *plan;
    filling->sink =
        (struct sql_sink){.begin = sql_sink_any_columns, .row = fill_row, .ctx = filling};
    return sql_writer_plan_make(ddl->env, ddl->arena, into, &plan) &&
           sql_writer_open(ddl->env, ddl->arena, plan, NULL, NULL, &filling->writer);
}

bool pg_portal_fill(struct pg_ddl *ddl, struct pg_portal *portal, uint32_t relation,
                    uint64_t *out_count)
{
    struct filling filling = {0};
    struct slice tag = {0};
    bool done;
    if (!open_filling(ddl, relation, &filling))
        return false;
    bool fine = pg_portal_run(pg_session_of(ddl->session), portal, &filling.sink, 0, &done, &tag);
    *out_count = filling.count;
    sql_writer_close(filling.writer);
    return fine;
}

static bool run_into(struct pg_ddl *ddl, const struct sql_query *query, struct filling *filling,
                     uint64_t *out_count)
{
    struct sql_params params = {0};
    struct sql_run_options options = {0};
    struct sql_plan *plan;
    struct sql_run *run;
    bool done = false;
    if (!sql_plan_make(ddl->env, ddl->arena, query, &params, &plan) ||
        !sql_run_open(ddl->env, ddl->arena, plan, &options, &run))
        return false;
    bool fine = sql_run_rows(run, ddl->env, &filling->sink, 0, &done);
    *out_count = sql_run_count(run);
    sql_run_close(run);
    return fine;
}

bool pg_query_fill(struct pg_ddl *ddl, const struct sql_query *query, uint32_t relation,
                   uint64_t *out_count)
{
    struct filling filling = {0};
    struct sql_query **queries, *copy = sql_query_copy(ddl->arena, query);
    uint32_t count;
    int tag_query;
    if (!copy)
        return sql_fail_memory(ddl->env->error);
    if (!sql_query_rewrite(ddl->env, copy, &queries, &count, &tag_query) ||
        !open_filling(ddl, relation, &filling))
        return false;
    bool fine = count == 1 && run_into(ddl, queries[0], &filling, out_count);
    sql_writer_close(filling.writer);
    return fine;
}
