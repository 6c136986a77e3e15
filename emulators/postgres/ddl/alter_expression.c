/* ALTER COLUMN ... DROP EXPRESSION and SET EXPRESSION: what a generated column is made of. */
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/postgres/ddl/rewrite.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/catalog/find.h"

/* ---- DROP EXPRESSION */

static bool drop_expression(struct pg_ddl *ddl, uint32_t relation_id,
                            const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_column column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (!column.generated && command->missing_ok) {
        pg_ddl_notice(ddl, "00000",
                      "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                      "\" is not a stored generated column, skipping",
                      SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
        return true;
    }
    if (!column.generated)
        return sql_fail(ddl->env->error, "55000",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                        "\" is not a stored generated column",
                        SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
    column.generated = 0;
    return pg_alter_clear_default(ddl, &column) &&
           pg_relation_replace_column(ddl, relation_id, &column) &&
           pg_alter_each_child(ddl, relation_id, drop_expression, command);
}

bool pg_alter_drop_expression(struct pg_ddl *ddl, uint32_t relation_id,
                              const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_column *column = pg_name_column(relation, command->name);
    if (ddl->only && relation->child_count)
        return sql_fail(ddl->env->error, "0A000",
                        "ALTER TABLE / DROP EXPRESSION must be applied to child tables too");
    if (column && column->inherited)
        return sql_fail(ddl->env->error, "42P16",
                        "cannot drop generation expression from inherited column");
    return drop_expression(ddl, relation_id, command);
}

/* ---- SET EXPRESSION */

static bool has_column(const int16_t *columns, uint16_t count, int16_t column)
{
    for (uint16_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* The rows have new values: what the constraint promised is looked at again. */
static bool validate(struct pg_ddl *ddl, const struct sql_relation *relation, uint32_t id,
                     int16_t column)
{
    const struct sql_constraint *found = sql_find_constraint(ddl->session, id);
    bool here = found->relation == relation->object.id, reads = false;
    if (!found->validated)
        return true;
    if (found->kind == SQL_CONSTRAINT_CHECK && here) {
        int16_t *columns;
        uint16_t count;
        if (!pg_columns_used(ddl, relation, found->check, &columns, &count))
            return false;
        return !has_column(columns, count, column) ||
               pg_validate_check(ddl, relation->object.id, found);
    }
    if (found->kind != SQL_CONSTRAINT_FOREIGN)
        return true;
    reads = here && has_column(found->columns, found->column_count, column);
    reads |= found->foreign_table == relation->object.id &&
             has_column(found->foreign_columns, found->column_count, column);
    return !reads || pg_validate_foreign_key(ddl, found);
}

static bool validate_all(struct pg_ddl *ddl, uint32_t relation_id, int16_t column)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation.constraint_count; i++)
        if (!validate(ddl, &relation, relation.constraints[i], column))
            return false;
    for (uint16_t i = 0; i < relation.referencing_count; i++)
        if (!validate(ddl, &relation, relation.referencing[i], column))
            return false;
    return true;
}

/* Every row gets the column's new value. */
static bool store_values(struct pg_ddl *ddl, const struct sql_relation *old,
                         const struct sql_column *column)
{
    struct sql_relation relation = *old;
    uint16_t count = old->column_count;
    struct sql_column *columns = arena_array(ddl->arena, count + 1u, sizeof *columns);
    struct sql_expr **values = arena_zalloc(ddl->arena, (count + 1u) * sizeof *values);
    if (!columns || !values)
        return sql_fail_memory(ddl->env->error);
    if (!pg_inner_columns(ddl, old, values))
        return false;
    memcpy(columns, old->columns, count * sizeof *columns);
    columns[column->number - 1] = *column;
    for (uint16_t i = 0; i < count; i++)
        columns[i].has_missing = false; /* every row is made anew */
    values[column->number - 1] = column->value;
    relation.columns = columns;
    return pg_alter_refuse_row_users(ddl, old) &&
           pg_events_rewrite(ddl, old->object.id, PG_REWRITE_DEFAULT) &&
           pg_rewrite(ddl, &relation, values) && validate_all(ddl, old->object.id, column->number);
}

bool pg_alter_set_expression(struct pg_ddl *ddl, uint32_t relation_id,
                             const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_column column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (!column.generated)
        return sql_fail(ddl->env->error, "55000",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                        "\" is not a generated column",
                        SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
    if (!pg_alter_clear_default(ddl, &column) ||
        !pg_column_set_default(ddl, relation, &column, command->definition, true))
        return false;
    return (relation->storage ? store_values(ddl, relation, &column)
                              : pg_relation_replace_column(ddl, relation_id, &column)) &&
           pg_column_depend_default(ddl, relation_id, &column) &&
           pg_alter_each_child(ddl, relation_id, pg_alter_set_expression, command);
}
