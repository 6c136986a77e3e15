/* ALTER TABLE's advice to the real server's planner and storage, which is kept and shown: SET STATISTICS,
 * CLUSTER ON; and which rules fire. */
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"

enum { STATISTICS_MAX = 10000 };

/* ---- SET STATISTICS */

/* A column by its number, which only indexes are asked for. */
static bool numbered_column(struct pg_ddl *ddl, const struct sql_relation *relation, int32_t number,
                            struct sql_column *out)
{
    struct sql_error *error = ddl->env->error;
    if (number < 1 || number > relation->column_count)
        return sql_fail(error, "42703",
                        "column number %d of relation \"" SLICE_FMT "\" does not exist", number,
                        SLICE_ARG(relation->object.name));
    *out = relation->columns[number - 1];
    if (!relation->index || relation->index->columns[number - 1] == 0)
        return true;
    if (number > relation->index->key_count)
        return sql_fail(error, "0A000",
                        "cannot alter statistics on included column \"" SLICE_FMT
                        "\" of index \"" SLICE_FMT "\"",
                        SLICE_ARG(out->name), SLICE_ARG(relation->object.name));
    sql_fail(error, "0A000",
             "cannot alter statistics on non-expression column \"" SLICE_FMT
             "\" of index \"" SLICE_FMT "\"",
             SLICE_ARG(out->name), SLICE_ARG(relation->object.name));
    return sql_hint(error, "Alter statistics on table column instead.");
}

bool pg_alter_set_statistics(struct pg_ddl *ddl, uint32_t relation_id,
                             const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    int32_t target = AST_AS(const, command->definition)->integer;
    struct sql_column column;
    if (target < -1)
        return sql_fail(ddl->env->error, "22023", "statistics target %d is too low", target);
    if (target > STATISTICS_MAX) {
        target = STATISTICS_MAX;
        pg_ddl_warning(ddl, "22023", "lowering statistics target to %d", target);
    }
    if (command->number ? !numbered_column(ddl, relation, command->number, &column)
                        : !pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    column.statistics = (int16_t)target;
    return pg_relation_replace_column(ddl, relation_id, &column);
}

/* ---- CLUSTER ON, SET WITHOUT CLUSTER */

static const struct sql_relation *find_index(struct pg_ddl *ddl,
                                             const struct sql_relation *relation, struct slice name)
{
    const struct sql_object *found = sql_find_object_name(ddl->session, pg_classes(ddl)->relation,
                                                          relation->object.schema, name);
    if (found)
        return (const void *)found;
    sql_fail(ddl->env->error, "42704",
             "index \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist", SLICE_ARG(name),
             SLICE_ARG(relation->object.name));
    return NULL;
}

static bool can_cluster(struct pg_ddl *ddl, const struct sql_relation *relation,
                        const struct sql_relation *index)
{
    struct sql_error *error = ddl->env->error;
    struct slice name = index->object.name;
    if (!index->index || index->index->table != relation->object.id)
        return sql_fail(error, "42809",
                        "\"" SLICE_FMT "\" is not an index for table \"" SLICE_FMT "\"",
                        SLICE_ARG(name), SLICE_ARG(relation->object.name));
    if (index->index->method != ddl->session->dialect->btree_method)
        return sql_fail(error, "0A000",
                        "cannot cluster on index \"" SLICE_FMT
                        "\" because access method does not support clustering",
                        SLICE_ARG(name));
    if (index->index->where)
        return sql_fail(error, "0A000", "cannot cluster on partial index \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    return index->index->valid ||
           sql_fail(error, "0A000", "cannot cluster on invalid index \"" SLICE_FMT "\"",
                    SLICE_ARG(name));
}

static bool mark(struct pg_ddl *ddl, uint32_t index_id, bool clustered)
{
    const struct sql_relation *found = sql_find_relation_id(ddl->session, index_id);
    if (!found || !found->index || found->index->clustered == clustered)
        return true;
    struct sql_relation relation = *found;
    struct sql_index index = *found->index;
    index.clustered = clustered;
    relation.index = &index;
    return sql_catalog_replace(ddl->env, &relation.object);
}

bool pg_alter_cluster(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_relation *index = NULL;
    if (command->type == AST_CLUSTER_ON &&
        (!(index = find_index(ddl, relation, command->name)) || !can_cluster(ddl, relation, index)))
        return false;
    if (relation->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "0A000",
                        "cannot mark index clustered in partitioned table");
    uint32_t wanted = index ? index->object.id : 0;
    for (uint16_t i = 0; i < relation->index_count; i++) {
        if (!mark(ddl, relation->indexes[i], relation->indexes[i] == wanted))
            return false;
        relation = sql_find_relation_id(ddl->session, relation_id);
    }
    return true;
}

/* ---- ENABLE RULE, DISABLE RULE */

bool pg_alter_rule(struct pg_ddl *ddl, uint32_t relation_id,
                   const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    enum ast_alter_table_type type = command->type;
    for (uint16_t i = 0; i < relation->rule_count; i++) {
        const struct sql_rule *found = sql_find_rule(ddl->session, relation->rules[i]);
        if (!found || !slice_eq(found->object.name, command->name))
            continue;
        struct sql_rule rule = *found;
        rule.enabled = type == AST_ENABLE_RULE_ALWAYS    ? 'A'
                       : type == AST_ENABLE_RULE_REPLICA ? 'R'
                       : type == AST_DISABLE_RULE        ? 'D'
                                                         : 'O';
        return sql_catalog_replace(ddl->env, &rule.object);
    }
    return sql_fail(ddl->env->error, "42704",
                    "rule \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(command->name), SLICE_ARG(relation->object.name));
}
