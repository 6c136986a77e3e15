/* ALTER TABLE ... ATTACH PARTITION, DETACH PARTITION; ALTER INDEX ... ATTACH PARTITION. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/inherit.h"
#include "emulators/sql/catalog/find.h"

/* ---- may the table become a partition? */

static bool check_standing(struct pg_ddl *ddl, const struct sql_relation *parent,
                           const struct sql_relation *table)
{
    struct sql_error *error = ddl->env->error;
    struct slice name = parent->object.name;
    if (table->partition_bound)
        return sql_fail(error, "42809", "\"" SLICE_FMT "\" is already a partition",
                        SLICE_ARG(table->object.name));
    if (table->of_type)
        return sql_fail(error, "42809", "cannot attach a typed table as partition");
    if (table->parent_count)
        return sql_fail(error, "42809", "cannot attach inheritance child as partition");
    if (table->child_count && table->kind != SQL_RELATION_PARTITIONED)
        return sql_fail(error, "42809", "cannot attach inheritance parent as partition");
    if (!pg_alter_refuse_circle(ddl, table, parent))
        return false;
    if (parent->persistence != 't' && table->persistence == 't')
        return sql_fail(error, "42809",
                        "cannot attach a temporary relation as partition of permanent relation "
                        "\"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    return (parent->persistence != 't' || table->persistence == 't') ||
           sql_fail(error, "42809",
                    "cannot attach a permanent relation as partition of temporary relation "
                    "\"" SLICE_FMT "\"",
                    SLICE_ARG(name));
}

static bool check_columns(struct pg_ddl *ddl, const struct sql_relation *parent,
                          const struct sql_relation *table)
{
    for (uint16_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].dropped || pg_name_column(parent, table->columns[i].name))
            continue;
        sql_fail(ddl->env->error, "42804",
                 "table \"" SLICE_FMT "\" contains column \"" SLICE_FMT
                 "\" not found in parent \"" SLICE_FMT "\"",
                 SLICE_ARG(table->object.name), SLICE_ARG(table->columns[i].name),
                 SLICE_ARG(parent->object.name));
        return sql_detail(ddl->env->error,
                          "The new partition may contain only the columns present in parent.");
    }
    const struct sql_trigger *trigger = pg_trigger_with_transitions(ddl, table);
    if (!trigger)
        return true;
    sql_fail(ddl->env->error, "0A000",
             "trigger \"" SLICE_FMT "\" prevents table \"" SLICE_FMT "\" from becoming a partition",
             SLICE_ARG(trigger->object.name), SLICE_ARG(table->object.name));
    return sql_detail(ddl->env->error,
                      "ROW triggers with transition tables are not supported on partitions.");
}

static bool attach_table(struct pg_ddl *ddl, const struct sql_relation *parent,
                         const struct ast_partition_command *command)
{
    const struct sql_relation *table;
    uint32_t parent_id = parent->object.id;
    if (parent->kind != SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "42P17", "table \"" SLICE_FMT "\" is not partitioned",
                        SLICE_ARG(parent->object.name));
    if (!pg_name_relation(ddl, command->partition, false, SQL_ACCESS_EXCLUSIVE, &table) ||
        !pg_inherit_lock_below(ddl, table->object.id, SQL_ACCESS_EXCLUSIVE) ||
        !pg_alter_allowed(ddl, AST_ATTACH_PARTITION, table) ||
        !pg_name_must_own(ddl, &table->object) || !check_standing(ddl, parent, table) ||
        !check_columns(ddl, parent, table))
        return false;
    uint32_t id = table->object.id;
    return pg_partition_bound(ddl, id, parent, command->bound) &&
           pg_inherit_join(ddl, id, parent_id, true) &&
           pg_partition_finish(ddl, id, sql_find_relation_id(ddl->session, parent_id)) &&
           pg_partition_validate(ddl, id) &&
           pg_partition_validate_default(ddl, sql_find_relation_id(ddl->session, parent_id), id);
}

/* ---- indexes */

static bool cannot_attach(struct pg_ddl *ddl, const char *sqlstate,
                          const struct sql_relation *index, const struct sql_relation *parent)
{
    return sql_fail(ddl->env->error, sqlstate,
                    "cannot attach index \"" SLICE_FMT "\" as a partition of index \"" SLICE_FMT
                    "\"",
                    SLICE_ARG(index->object.name), SLICE_ARG(parent->object.name));
}

static bool check_place(struct pg_ddl *ddl, const struct sql_relation *parent,
                        const struct sql_relation *index)
{
    struct sql_error *error = ddl->env->error;
    const struct sql_relation *table = sql_find_relation_id(ddl->session, index->index->table);
    const struct sql_relation *whole = sql_find_relation_id(ddl->session, parent->index->table);
    for (uint16_t i = 0; i < parent->child_count; i++) {
        const struct sql_relation *other = sql_find_relation_id(ddl->session, parent->children[i]);
        if (other->index->table != table->object.id)
            continue;
        cannot_attach(ddl, "55000", index, parent);
        return sql_detail(error,
                          "Another index is already attached for partition \"" SLICE_FMT "\".",
                          SLICE_ARG(table->object.name));
    }
    if (index->parent_count) {
        cannot_attach(ddl, "55000", index, parent);
        return sql_detail(error, "Index \"" SLICE_FMT "\" is already attached to another index.",
                          SLICE_ARG(index->object.name));
    }
    if (table->partition_bound && table->parents[0] == whole->object.id)
        return true;
    cannot_attach(ddl, "55000", index, parent);
    return sql_detail(error,
                      "Index \"" SLICE_FMT
                      "\" is not an index on any partition of table \"" SLICE_FMT "\".",
                      SLICE_ARG(index->object.name), SLICE_ARG(whole->object.name));
}

static bool check_match(struct pg_ddl *ddl, const struct sql_relation *parent,
                        const struct sql_relation *index)
{
    struct sql_error *error = ddl->env->error;
    if (!pg_partition_index_fits(ddl, parent, index)) {
        cannot_attach(ddl, "42P17", index, parent);
        return sql_detail(error, "The index definitions do not match.");
    }
    if (!parent->index->constraint || index->index->constraint)
        return true;
    cannot_attach(ddl, "42P17", index, parent);
    return sql_detail(
        error,
        "The index \"" SLICE_FMT "\" belongs to a constraint in table \"" SLICE_FMT
        "\" but no constraint exists for index \"" SLICE_FMT "\".",
        SLICE_ARG(parent->object.name),
        SLICE_ARG(sql_find_relation_id(ddl->session, parent->index->table)->object.name),
        SLICE_ARG(index->object.name));
}

/* An index of a partitioned table is valid when all partitions have a valid part of it. */
static bool validate_whole(struct pg_ddl *ddl, uint32_t index_id)
{
    struct sql_relation index = *sql_find_relation_id(ddl->session, index_id);
    const struct sql_relation *table = sql_find_relation_id(ddl->session, index.index->table);
    if (index.index->valid || index.child_count != table->child_count)
        return true;
    for (uint16_t i = 0; i < index.child_count; i++)
        if (!sql_find_relation_id(ddl->session, index.children[i])->index->valid)
            return true;
    struct sql_index parts = *index.index;
    parts.valid = true;
    index.index = &parts;
    return sql_catalog_replace(ddl->env, &index.object) &&
           (!index.parent_count || validate_whole(ddl, index.parents[0]));
}

static bool attach_index(struct pg_ddl *ddl, const struct sql_relation *parent,
                         const struct ast_partition_command *command)
{
    const struct sql_relation *index;
    uint32_t parent_id = parent->object.id;
    if (command->bound)
        return sql_fail(ddl->env->error, "42P17", "\"" SLICE_FMT "\" is not a partitioned table",
                        SLICE_ARG(parent->object.name));
    if (!pg_name_relation(ddl, command->partition, false, SQL_ACCESS_EXCLUSIVE, &index))
        return false;
    if (index->kind != SQL_RELATION_INDEX && index->kind != SQL_RELATION_PARTITIONED_INDEX)
        return sql_fail(ddl->env->error, "42P17", "\"" SLICE_FMT "\" is not an index",
                        SLICE_ARG(index->object.name));
    if (index->parent_count && index->parents[0] == parent_id)
        return true;
    return check_place(ddl, parent, index) && check_match(ddl, parent, index) &&
           pg_partition_index_link(ddl, index->object.id, parent_id) &&
           validate_whole(ddl, parent_id);
}

bool pg_alter_attach(struct pg_ddl *ddl, uint32_t relation_id,
                     const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct ast_partition_command *ast = AST_AS(partition_command, command->definition);
    return relation->kind == SQL_RELATION_PARTITIONED_INDEX ? attach_index(ddl, relation, ast)
                                                            : attach_table(ddl, relation, ast);
}

/* ---- DETACH */

static bool has_default(struct pg_ddl *ddl, const struct sql_relation *parent)
{
    for (uint16_t i = 0; i < parent->child_count; i++)
        if (sql_find_relation_id(ddl->session, parent->children[i])->partition_bound->is_default)
            return true;
    return false;
}

/* Concurrently: what the partition's bound says stays as a check. */
static bool keep_bound(struct pg_ddl *ddl, uint32_t id)
{
    const struct sql_relation *partition = sql_find_relation_id(ddl->session, id);
    struct sql_constraint check = {
        .kind = SQL_CONSTRAINT_CHECK,
        .validated = true,
        .local = true,
        .relation = id,
    };
    int16_t *columns;
    if (!pg_partition_condition(ddl->env, partition, &check.check))
        return false;
    if (!check.check)
        return true;
    if (!pg_columns_used(ddl, partition, check.check, &columns, &check.column_count))
        return false;
    check.columns = columns;
    struct slice column =
        check.column_count == 1 ? partition->columns[columns[0] - 1].name : slice_of(NULL, 0);
    return pg_name_choose_constraint(ddl, partition->object.schema, partition->object.name, column,
                                     "check", &check.object.name) &&
           pg_constraint_store(ddl, &check);
}

bool pg_alter_detach(struct pg_ddl *ddl, uint32_t relation_id,
                     const struct ast_alter_table_command *command)
{
    const struct sql_relation *parent = sql_find_relation_id(ddl->session, relation_id), *table;
    const struct ast_partition_command *ast = AST_AS(partition_command, command->definition);
    struct sql_error *error = ddl->env->error;
    if (parent->kind != SQL_RELATION_PARTITIONED)
        return sql_fail(error, "42P17", "table \"" SLICE_FMT "\" is not partitioned",
                        SLICE_ARG(parent->object.name));
    if (ast->concurrently && has_default(ddl, parent))
        return sql_fail(error, "55000",
                        "cannot detach partitions concurrently when a default partition exists");
    if (!pg_name_relation(ddl, ast->partition, false, SQL_ACCESS_EXCLUSIVE, &table))
        return false;
    uint32_t id = table->object.id;
    if (command->type == AST_DETACH_PARTITION_FINALIZE) {
        sql_fail(error, "55000", "cannot complete detaching partition \"" SLICE_FMT "\"",
                 SLICE_ARG(table->object.name));
        return sql_detail(error, "There's no pending concurrent detach.");
    }
    bool kept = ast->concurrently && table->partition_bound;
    if ((kept && !keep_bound(ddl, id)) || !pg_inherit_part(ddl, id, relation_id, true) ||
        !pg_partition_leave(ddl, id))
        return false;
    struct sql_relation alone = *sql_find_relation_id(ddl->session, id);
    alone.partition_bound = NULL;
    return sql_catalog_replace(ddl->env, &alone.object);
}
