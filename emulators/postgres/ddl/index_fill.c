/* Entries of a new index for the rows that are there. */
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/exec/exclusion.h"
#include "emulators/sql/exec/writer.h"
#include "emulators/sql/value/bytes.h"

#define SCAN_ROWS 64

/* A build under way. */
struct fill {
    struct pg_ddl *ddl;
    const struct sql_relation *table, *index;
    struct sql_index_keys *keys;
    struct sql_index_access access;
    struct sql_index_build *build;
    struct sql_snapshot *snapshot;
    struct datum *values;
};

static bool add_row(struct fill *fill, const struct sql_row *row, uint64_t row_id)
{
    struct slice key;
    bool skip, null;
    sql_row_read(row, fill->table->layout, fill->table->column_count, fill->values);
    if (!sql_index_key_of(&fill->access, fill->values, &key, &skip, &null))
        return false;
    bool unique = fill->index->index->unique && (!null || fill->index->index->nulls_not_distinct);
    return skip || sql_index_build_add(fill->build, key, row_id, unique);
}

static bool add_rows(struct fill *fill)
{
    struct sql_table_scan scan;
    const struct sql_row *rows[SCAN_ROWS];
    uint64_t row_ids[SCAN_ROWS];
    uint32_t count;
    if (!sql_table_scan_begin(&scan, fill->ddl->env, fill->access.use.table, fill->snapshot, false))
        return false;
    while ((count = sql_table_scan_next(&scan, rows, row_ids, SCAN_ROWS)) > 0) {
        for (uint32_t i = 0; i < count; i++)
            if (!add_row(fill, rows[i], row_ids[i]))
                return false;
        if (fill->ddl->env->check && !fill->ddl->env->check(fill->ddl->env))
            return false;
    }
    return true;
}

/* "(a, b)=(1, x)" of a row. */
static bool key_text(struct fill *fill, uint64_t row_id, struct sql_bytes *out)
{
    const struct sql_row *row = sql_table_fetch(fill->access.use.table, fill->snapshot, row_id);
    struct slice key;
    bool skip, null;
    if (!row)
        return true;
    sql_row_read(row, fill->table->layout, fill->table->column_count, fill->values);
    if (!sql_index_key_of(&fill->access, fill->values, &key, &skip, &null))
        return false;
    return sql_key_text(fill->ddl->env, &fill->access, out);
}

static bool fail_duplicate(struct fill *fill, uint64_t row_id)
{
    struct sql_error *error = fill->ddl->env->error;
    struct sql_bytes text;
    sql_bytes_init(&text, fill->ddl->arena);
    if (!key_text(fill, row_id, &text))
        return false;
    sql_fail(error, "23505", "could not create unique index \"" SLICE_FMT "\"",
             SLICE_ARG(fill->index->object.name));
    sql_detail(error, "Key " SLICE_FMT " is duplicated.", SLICE_ARG(sql_bytes_slice(&text)));
    error->constraint = arena_dup(error->arena, fill->index->object.name);
    return pg_error_relation(fill->ddl, fill->table);
}

static bool run_build(struct fill *fill)
{
    uint64_t duplicate = 0, other = 0;
    fill->build = sql_index_build_begin(fill->ddl->env, fill->access.use.tree);
    if (!fill->build)
        return false;
    if (!add_rows(fill)) {
        sql_index_build_abandon(fill->build);
        return false;
    }
    if (!sql_index_build_finish(fill->build, &duplicate, &other))
        return false;
    return !duplicate || fail_duplicate(fill, duplicate);
}

bool pg_index_fill(struct pg_ddl *ddl, uint32_t index_id)
{
    struct fill fill = {.ddl = ddl, .index = sql_find_relation_id(ddl->session, index_id)};
    fill.table = sql_find_relation_id(ddl->session, fill.index->index->table);
    struct sql_table_rows *rows = sql_table_open(ddl->env, ddl->session->database, fill.table);
    /* Expressions are read even where there is no row: their constants may have errors in them. */
    if (!rows || !sql_index_keys_make(ddl->env, ddl->arena, fill.table, fill.index, &fill.keys))
        return false;
    if (sql_table_count(rows) == 0)
        return true;
    fill.values = arena_array(ddl->arena, fill.table->column_count + 1u, sizeof *fill.values);
    if (!fill.values)
        return sql_fail_memory(ddl->env->error);
    bool exclusion = fill.index->index->exclusion;
    if (!fill.keys->stored && !exclusion)
        return true;
    sql_txn_next_command(ddl->session->txn);
    if (!sql_snapshot_take_latest(ddl->env, &fill.snapshot))
        return false;
    /* Functions of the index run as the table's owner. */
    struct sql_role_before before = sql_session_act_as(ddl->session, fill.table->object.owner,
                                                       SQL_ROLE_BORROWED | SQL_ROLE_RESTRICTED);
    bool fine = sql_index_access_open(ddl->env, ddl->arena, fill.keys, rows, &fill.access);
    if (fine) {
        fine = (!exclusion || sql_exclusion_validate(&fill.access, ddl->env)) &&
               (!fill.keys->stored || run_build(&fill));
        sql_index_access_close(&fill.access);
    }
    sql_session_act_back(ddl->session, before);
    sql_snapshot_release(fill.snapshot);
    return fine;
}
