#include "emulators/postgres/ddl/validate.h"

#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/value/bytes.h"

/* Is there a row for which the condition holds? sink: takes it; NULL: nobody wants it. */
static bool find_row(struct pg_ddl *ddl, const struct sql_relation *relation,
                     struct sql_expr **targets, uint32_t count, struct sql_expr *condition,
                     struct sql_sink *sink, bool *out_found)
{
    struct sql_sink nowhere = sql_no_sink;
    uint64_t rows = 0;
    struct sql_query *query =
        condition ? pg_inner_query(ddl, relation, targets, count, condition) : NULL;
    if (!query || !pg_inner_run(ddl, query, sink ? sink : &nowhere, 1, &rows))
        return false;
    *out_found = rows > 0;
    return true;
}

static bool has_rows(const struct sql_relation *relation)
{
    return relation->kind == SQL_RELATION_TABLE || relation->kind == SQL_RELATION_MATVIEW;
}

bool pg_validate_check(struct pg_ddl *ddl, uint32_t relation_id,
                       const struct sql_constraint *constraint)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_expr *check = constraint->check, *target = pg_inner_true(ddl);
    bool found;
    if (!has_rows(relation))
        return true;
    if (!target ||
        !find_row(ddl, relation, &target, 1, pg_inner_bool(ddl, SQL_NOT, &check, 1), NULL, &found))
        return false;
    if (!found)
        return true;
    sql_fail(ddl->env->error, "23514",
             "check constraint \"" SLICE_FMT "\" of relation \"" SLICE_FMT
             "\" is violated by some row",
             SLICE_ARG(constraint->object.name), SLICE_ARG(relation->object.name));
    ddl->env->error->constraint = arena_dup(ddl->env->error->arena, constraint->object.name);
    return pg_error_relation(ddl, relation);
}

bool pg_validate_not_null(struct pg_ddl *ddl, uint32_t relation_id, int16_t column)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_expr *target = pg_inner_true(ddl);
    bool found;
    if (!has_rows(relation))
        return true;
    if (!target ||
        !find_row(ddl, relation, &target, 1,
                  pg_inner_null_test(ddl, pg_inner_column(ddl, relation, column, 0), false), NULL,
                  &found))
        return false;
    if (!found)
        return true;
    sql_fail(ddl->env->error, "23502",
             "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" contains null values",
             SLICE_ARG(relation->columns[column - 1].name), SLICE_ARG(relation->object.name));
    ddl->env->error->column = arena_dup(ddl->env->error->arena, relation->columns[column - 1].name);
    return pg_error_relation(ddl, relation);
}

bool pg_error_relation(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    const struct sql_schema *schema = sql_find_schema_id(ddl->session, relation->object.schema);
    ddl->env->error->table = arena_dup(ddl->env->error->arena, relation->object.name);
    if (schema)
        ddl->env->error->schema = arena_dup(ddl->env->error->arena, schema->object.name);
    return false;
}

/* ---- foreign keys */

/* The first row that was found: its key as text. */
struct orphan {
    struct pg_ddl *ddl;
    const int16_t *columns;
    const struct sql_relation *table;
    struct sql_bytes text;
};

static bool keep_key(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                     uint32_t count)
{
    struct orphan *orphan = sink->ctx;
    struct sql_call call = {.env = env, .arena = orphan->ddl->arena};
    sql_bytes_add_char(&orphan->text, '(');
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_column *column = &orphan->table->columns[orphan->columns[i] - 1];
        sql_bytes_add_str(&orphan->text, i ? ", " : "");
        sql_bytes_add_slice(&orphan->text, column->name);
    }
    sql_bytes_add_str(&orphan->text, ")=(");
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_column *column = &orphan->table->columns[orphan->columns[i] - 1];
        const struct sql_type *type = sql_find_type_id(orphan->ddl->session, column->type);
        sql_bytes_add_str(&orphan->text, i ? ", " : "");
        if (values[i].null)
            sql_bytes_add_str(&orphan->text, "null");
        else if (!sql_type_output(&call, type, values[i], &orphan->text))
            return false;
    }
    sql_bytes_add_char(&orphan->text, ')');
    return true;
}

/* EXISTS (SELECT FROM inner WHERE all columns are equal), inside a query over the other table of the
 * key. from_child: the inner table is the referenced one. */
static struct sql_expr *partner(struct pg_ddl *ddl, const struct sql_constraint *key,
                                const struct sql_relation *table,
                                const struct sql_relation *referenced, bool from_child)
{
    struct sql_expr **equal = arena_array(ddl->arena, key->column_count, sizeof *equal);
    struct sql_expr *target = pg_inner_true(ddl);
    if (!equal || !target)
        return NULL;
    for (uint16_t i = 0; i < key->column_count; i++)
        equal[i] = pg_inner_operator(
            ddl, key->pf_ops[i],
            pg_inner_column(ddl, referenced, key->foreign_columns[i], from_child ? 0 : 1),
            pg_inner_column(ddl, table, key->columns[i], from_child ? 1 : 0),
            referenced->columns[key->foreign_columns[i] - 1].collation);
    struct sql_expr *all = pg_inner_bool(ddl, SQL_AND, equal, key->column_count);
    struct sql_query *query =
        all ? pg_inner_query(ddl, from_child ? referenced : table, &target, 1, all) : NULL;
    if (query)
        query->tables[0]->inherits = true;
    return pg_inner_exists(ddl, query);
}

bool pg_validate_removal(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    const struct sql_relation *table = sql_find_relation_id(ddl->session, key->relation);
    const struct sql_relation *gone = sql_find_relation_id(ddl->session, key->foreign_table);
    uint16_t count = key->column_count;
    struct sql_expr **targets = arena_array(ddl->arena, count, sizeof *targets);
    struct orphan orphan = {.ddl = ddl, .columns = key->foreign_columns, .table = gone};
    struct sql_sink sink = {.begin = sql_sink_any_columns, .row = keep_key, .ctx = &orphan};
    uint64_t rows = 0;
    if (!targets)
        return sql_fail_memory(ddl->env->error);
    sql_bytes_init(&orphan.text, ddl->arena);
    for (uint16_t i = 0; i < count; i++)
        targets[i] = pg_inner_column(ddl, gone, key->foreign_columns[i], 0);
    struct sql_expr *needed = partner(ddl, key, table, gone, false);
    struct sql_query *query = needed ? pg_inner_query(ddl, gone, targets, count, needed) : NULL;
    if (!query)
        return false;
    query->tables[0]->inherits = true;
    if (!pg_inner_run(ddl, query, &sink, 1, &rows))
        return false;
    if (!rows)
        return true;
    sql_fail(ddl->env->error, "23503",
             "removing partition \"" SLICE_FMT "\" violates foreign key constraint \"" SLICE_FMT
             "\"",
             SLICE_ARG(gone->object.name), SLICE_ARG(key->object.name));
    sql_detail(ddl->env->error,
               "Key " SLICE_FMT " is still referenced from table \"" SLICE_FMT "\".",
               SLICE_ARG(sql_bytes_slice(&orphan.text)), SLICE_ARG(table->object.name));
    ddl->env->error->constraint = arena_dup(ddl->env->error->arena, key->object.name);
    return pg_error_relation(ddl, table);
}

bool pg_validate_foreign_key(struct pg_ddl *ddl, const struct sql_constraint *key)
{
    const struct sql_relation *table = sql_find_relation_id(ddl->session, key->relation);
    const struct sql_relation *referenced = sql_find_relation_id(ddl->session, key->foreign_table);
    uint16_t count = key->column_count;
    struct sql_expr **targets = arena_array(ddl->arena, count, sizeof *targets);
    struct sql_expr **present = arena_array(ddl->arena, count + 1u, sizeof *present);
    struct orphan orphan = {.ddl = ddl, .columns = key->columns, .table = table};
    struct sql_sink sink = {.begin = sql_sink_any_columns, .row = keep_key, .ctx = &orphan};
    bool found;
    if (!has_rows(table))
        return true;
    if (!targets || !present)
        return sql_fail_memory(ddl->env->error);
    sql_bytes_init(&orphan.text, ddl->arena);
    for (uint16_t i = 0; i < count; i++) {
        targets[i] = pg_inner_column(ddl, table, key->columns[i], 0);
        present[i] = pg_inner_null_test(ddl, targets[i], true);
    }
    struct sql_expr **conditions = arena_array(ddl->arena, 2, sizeof *conditions);
    if (!conditions)
        return sql_fail_memory(ddl->env->error);
    /* MATCH FULL looks at keys that are NULL in part, too: they have no partner either. */
    conditions[0] = pg_inner_bool(ddl, key->match == 'f' ? SQL_OR : SQL_AND, present, count);
    struct sql_expr *exists = partner(ddl, key, table, referenced, true);
    conditions[1] = pg_inner_bool(ddl, SQL_NOT, &exists, 1);
    if (!find_row(ddl, table, targets, count, pg_inner_bool(ddl, SQL_AND, conditions, 2), &sink,
                  &found))
        return false;
    if (!found)
        return true;
    sql_fail(ddl->env->error, "23503",
             "insert or update on table \"" SLICE_FMT
             "\" violates foreign key constraint \"" SLICE_FMT "\"",
             SLICE_ARG(table->object.name), SLICE_ARG(key->object.name));
    sql_detail(ddl->env->error, "Key " SLICE_FMT " is not present in table \"" SLICE_FMT "\".",
               SLICE_ARG(sql_bytes_slice(&orphan.text)), SLICE_ARG(referenced->object.name));
    ddl->env->error->constraint = arena_dup(ddl->env->error->arena, key->object.name);
    return pg_error_relation(ddl, table);
}
