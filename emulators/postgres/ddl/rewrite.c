#include "emulators/postgres/ddl/rewrite.h"

#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/storage/index.h"

/* Where the new rows go. */
struct refill {
    struct pg_ddl *ddl;
    const struct sql_relation *relation;
    struct sql_table_rows *rows;
};

static bool refill_row(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                       uint32_t count)
{
    struct refill *refill = sink->ctx;
    struct heap *heap = refill->ddl->session->instance->heap;
    uint64_t row_id;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_column *column = &refill->relation->columns[i];
        if (column->not_null && !column->dropped && values[i].null) {
            sql_fail(env->error, "23502",
                     "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" contains null values",
                     SLICE_ARG(column->name), SLICE_ARG(refill->relation->object.name));
            env->error->column = arena_dup(env->error->arena, column->name);
            return pg_error_relation(refill->ddl, refill->relation);
        }
    }
    struct sql_row *row = sql_row_create(env, heap, refill->relation->layout, values);
    if (!row)
        return false;
    if (sql_table_insert(env, refill->rows, row, &row_id))
        return true;
    sql_row_release(heap, row);
    return false;
}

static bool reindex(struct pg_ddl *ddl, uint32_t index_id)
{
    struct sql_relation index = *sql_find_relation_id(ddl->session, index_id);
    return !index.storage ||
           (sql_storage_drop(ddl->env, ddl->session->database, index.storage) &&
            sql_btree_create(ddl->env, ddl->session->database, &index.storage) &&
            sql_catalog_replace(ddl->env, &index.object) && pg_index_fill(ddl, index.object.id));
}

bool pg_reindex_table(struct pg_ddl *ddl, uint32_t relation_id)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation->index_count; i++)
        if (!reindex(ddl, relation->indexes[i]))
            return false;
    return true;
}

/* ---- indexes over rows of another relation */

static bool has_rows_of(struct pg_ddl *ddl, const struct sql_index *index, uint32_t row_type)
{
    const struct sql_relation *table = sql_find_relation_id(ddl->session, index->table);
    uint32_t used = 0;
    for (uint16_t i = 0; table && i < index->key_count; i++) {
        int16_t column = index->columns[i];
        uint32_t type = column > 0    ? table->columns[column - 1].type
                        : column == 0 ? index->expressions.items[used++]->type
                                      : 0;
        if (pg_type_has_rows_of(ddl, type, row_type))
            return true;
    }
    return false;
}

/* Are the relation's rows anything but its own? Most are not. */
static bool are_values(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    const struct sql_type *type = sql_find_type_id(ddl->session, relation->type);
    uint32_t of_row = 0, of_array = 0, own = 1 + (relation->kind == SQL_RELATION_COMPOSITE);
    if (!type)
        return false;
    sql_edges_on(ddl->env, pg_classes(ddl)->type, type->id, &of_row);
    sql_edges_on(ddl->env, pg_classes(ddl)->type, type->array, &of_array);
    return of_row > own || of_array > 0;
}

bool pg_reindex_rows(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    uint32_t class_id = pg_classes(ddl)->relation, row_type = relation->type, id = 0;
    const struct sql_object *next;
    if (!are_values(ddl, relation))
        return true;
    while ((next = sql_next_object(ddl->session, class_id, id))) {
        const struct sql_relation *found = (const void *)next;
        id = next->id + 1;
        if (!found->index || !found->storage || !has_rows_of(ddl, found->index, row_type))
            continue;
        if (!sql_lock_relation(ddl->env, found->index->table, SQL_SHARE, SQL_WAIT_BLOCK) ||
            !reindex(ddl, id - 1))
            return false;
    }
    return true;
}

/* ---- rewriting */

static struct sql_expr *null_of(struct pg_ddl *ddl, const struct sql_column *column)
{
    struct sql_expr_const *null = arena_zalloc(ddl->arena, sizeof *null);
    if (!null)
        return NULL;
    null->expr =
        (struct sql_expr){SQL_EXPR_CONST, column->type, column->typmod, column->collation, -1};
    null->value = datum_null();
    return &null->expr;
}

/* The query that gives the new rows, over the relation as it is. */
static struct sql_query *new_rows(struct pg_ddl *ddl, const struct sql_relation *changed,
                                  struct sql_expr *const *columns)
{
    const struct sql_relation *old = sql_find_relation_id(ddl->session, changed->object.id);
    struct sql_expr **targets =
        arena_array(ddl->arena, changed->column_count + 1u, sizeof *targets);
    if (!targets) {
        sql_fail_memory(ddl->env->error);
        return NULL;
    }
    for (uint16_t i = 0; i < changed->column_count; i++) {
        targets[i] = columns[i] ? columns[i] : null_of(ddl, &changed->columns[i]);
        if (!targets[i]) {
            sql_fail_memory(ddl->env->error);
            return NULL;
        }
    }
    return pg_inner_query(ddl, old, targets, changed->column_count, NULL);
}

bool pg_rewrite(struct pg_ddl *ddl, const struct sql_relation *changed,
                struct sql_expr *const *columns)
{
    struct sql_database *database = ddl->session->database;
    struct sql_relation relation = *changed;
    struct refill refill = {.ddl = ddl};
    struct sql_sink sink = {.begin = sql_sink_any_columns, .row = refill_row, .ctx = &refill};
    struct sql_params params = {0};
    struct sql_run_options options = {0};
    struct sql_snapshot *snapshot;
    struct sql_plan *plan;
    struct sql_run *run = NULL;
    bool done;
    struct sql_query *query = new_rows(ddl, changed, columns);
    sql_txn_next_command(ddl->session->txn);
    if (!query || !sql_plan_make(ddl->env, ddl->arena, query, &params, &plan) ||
        !sql_snapshot_take_latest(ddl->env, &snapshot))
        return false;
    options.snapshot = snapshot;
    /* The run is opened on the old storage before the relation has the new one. */
    bool fine = sql_run_open(ddl->env, ddl->arena, plan, &options, &run) &&
                sql_storage_drop(ddl->env, database, relation.storage) &&
                sql_table_create(ddl->env, database, &relation.storage) &&
                sql_catalog_replace(ddl->env, &relation.object);
    if (fine) {
        refill.relation = sql_find_relation_id(ddl->session, relation.object.id);
        refill.rows = sql_table_open(ddl->env, database, refill.relation);
        fine = refill.rows && sql_run_rows(run, ddl->env, &sink, 0, &done);
    }
    if (run)
        sql_run_close(run);
    sql_snapshot_release(snapshot);
    return fine && pg_reindex_table(ddl, relation.object.id);
}
