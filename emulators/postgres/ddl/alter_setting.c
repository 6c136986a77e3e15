/* ALTER TABLE's commands that tune: statistics, storage, clustering, replica identity, options. They are
 * checked and kept to be shown. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/tablespace.h"
#include "emulators/postgres/ddl/view.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_expr.h"

#define STATISTICS_MAX 10000

/* ---- columns */

/* A column of an index is named by number, one of a table by name. */
static bool statistics_column(struct pg_ddl *ddl, const struct sql_relation *relation,
                              const struct ast_alter_table_command *command, struct sql_column *out)
{
    if (!command->number)
        return pg_alter_get_column(ddl, relation->object.id, command->name, out);
    if (!relation->index)
        return sql_fail(ddl->env->error, "0A000", "cannot refer to non-index column by number");
    if (command->number > relation->column_count)
        return sql_fail(ddl->env->error, "42703",
                        "column number %d of relation \"" SLICE_FMT "\" does not exist",
                        command->number, SLICE_ARG(relation->object.name));
    *out = relation->columns[command->number - 1];
    return true;
}

static bool check_index_column(struct pg_ddl *ddl, const struct sql_relation *index,
                               const struct sql_column *column)
{
    uint16_t at = (uint16_t)(column->number - 1);
    bool included = index->index && at >= index->index->key_count;
    if (!index->index || (!included && !index->index->columns[at]))
        return true;
    sql_fail(ddl->env->error, "0A000",
             "cannot alter statistics on %s column \"" SLICE_FMT "\" of index \"" SLICE_FMT "\"",
             included ? "included" : "non-expression", SLICE_ARG(column->name),
             SLICE_ARG(index->object.name));
    return included || sql_hint(ddl->env->error, "Alter statistics on table column instead.");
}

bool pg_alter_column_statistics(struct pg_ddl *ddl, uint32_t relation_id,
                                const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    int32_t target = AST_AS(const, command->definition)->integer;
    struct sql_column column;
    if (target < -1)
        return sql_fail(ddl->env->error, "22023", "statistics target %d is too low", target);
    if (target > STATISTICS_MAX) {
        pg_ddl_warning(ddl, "22023", "lowering statistics target to %d", STATISTICS_MAX);
        target = STATISTICS_MAX;
    }
    if (!statistics_column(ddl, relation, command, &column) ||
        !check_index_column(ddl, relation, &column))
        return false;
    column.statistics = (int16_t)target;
    return !ddl->env->error->sqlstate[0] && pg_relation_replace_column(ddl, relation_id, &column) &&
           pg_alter_each_child(ddl, relation_id, pg_alter_column_statistics, command);
}

static char storage_letter(struct slice word)
{
    return slice_is(word, "plain")      ? 'p'
           : slice_is(word, "external") ? 'e'
           : slice_is(word, "extended") ? 'x'
           : slice_is(word, "main")     ? 'm'
                                        : 0;
}

bool pg_column_set_storage(struct pg_ddl *ddl, struct sql_column *column, struct slice word)
{
    char usual = pg_type_storage(ddl->session, column->type);
    char storage = slice_is(word, "default") ? usual : storage_letter(word);
    if (!storage)
        return sql_fail(ddl->env->error, "22023", "invalid storage type \"" SLICE_FMT "\"",
                        SLICE_ARG(word));
    if (storage != 'p' && usual == 'p')
        return sql_fail(ddl->env->error, "0A000",
                        "column data type " SLICE_FMT " can only have storage PLAIN",
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, column->type)));
    column->storage = storage;
    return true;
}

bool pg_alter_storage(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    struct slice word = AST_AS(const, command->definition)->text;
    struct sql_column column;
    return pg_alter_get_column(ddl, relation_id, command->name, &column) &&
           pg_column_set_storage(ddl, &column, word) &&
           pg_relation_replace_column(ddl, relation_id, &column) &&
           pg_alter_each_child(ddl, relation_id, pg_alter_storage, command);
}

bool pg_alter_compression(struct pg_ddl *ddl, uint32_t relation_id,
                          const struct ast_alter_table_command *command)
{
    struct slice word = AST_AS(const, command->definition)->text;
    struct sql_column column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (!pg_column_set_compression(ddl, &column, word))
        return false;
    return pg_relation_replace_column(ddl, relation_id, &column) &&
           pg_alter_each_child(ddl, relation_id, pg_alter_compression, command);
}

/* ---- options */

bool pg_alter_options(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    const struct ast_list *list = &AST_AS(list_node, command->definition)->list;
    struct slice of = relation.kind == SQL_RELATION_PARTITIONED ? slice_str("partitioned")
                      : relation.index
                          ? sql_find_method_id(ddl->session, relation.index->method).name
                          : slice_str("heap");
    return pg_options_merge(ddl, list, command->type == AST_RESET_OPTIONS, &relation.options,
                            &relation.option_count) &&
           (relation.kind == SQL_RELATION_VIEW
                ? pg_view_options(ddl, &relation)
                : pg_options_check(ddl, of, relation.options, relation.option_count)) &&
           sql_catalog_replace(ddl->env, &relation.object);
}

bool pg_alter_column_options(struct pg_ddl *ddl, uint32_t relation_id,
                             const struct ast_alter_table_command *command)
{
    const struct ast_list *list = &AST_AS(list_node, command->definition)->list;
    struct sql_column column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    return pg_options_merge(ddl, list, command->type == AST_RESET_COLUMN_OPTIONS, &column.options,
                            &column.option_count) &&
           pg_options_check(ddl, slice_str("column"), column.options, column.option_count) &&
           pg_relation_replace_column(ddl, relation_id, &column);
}

/* ---- indexes of the table */

static const struct sql_relation *find_index(struct pg_ddl *ddl,
                                             const struct sql_relation *relation, struct slice name)
{
    const struct sql_relation *found = (const void *)sql_find_object_name(
        ddl->session, pg_classes(ddl)->relation, relation->object.schema, name);
    if (found && found->index && found->index->table == relation->object.id)
        return found;
    if (found)
        sql_fail(ddl->env->error, "42809",
                 "\"" SLICE_FMT "\" is not an index for table \"" SLICE_FMT "\"", SLICE_ARG(name),
                 SLICE_ARG(relation->object.name));
    else
        sql_fail(ddl->env->error, "42704",
                 "index \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist",
                 SLICE_ARG(name), SLICE_ARG(relation->object.name));
    return NULL;
}

/* One index of the table is marked, the others are not (chosen 0: none is). */
static bool mark_index(struct pg_ddl *ddl, const struct sql_relation *relation, uint32_t chosen,
                       bool identity)
{
    for (uint16_t i = 0; i < relation->index_count; i++) {
        struct sql_relation index = *sql_find_relation_id(ddl->session, relation->indexes[i]);
        struct sql_index parts = *index.index;
        bool *mark = identity ? &parts.replica_identity : &parts.clustered;
        bool wanted = index.object.id == chosen;
        if (*mark == wanted)
            continue;
        *mark = wanted;
        index.index = &parts;
        if (!sql_catalog_replace(ddl->env, &index.object))
            return false;
    }
    return true;
}

const struct sql_relation *pg_cluster_index(struct pg_ddl *ddl, const struct sql_relation *relation,
                                            struct slice name)
{
    struct sql_error *error = ddl->env->error;
    const struct sql_dialect *dialect = ddl->session->dialect;
    const struct sql_relation *index = find_index(ddl, relation, name);
    if (!index)
        return NULL;
    uint32_t method = index->index->method;
    bool orders = true;
    for (uint32_t i = 0; i < dialect->methods_count; i++)
        if (dialect->methods[i].id == method && method != dialect->btree_method &&
            strcmp(dialect->methods[i].name, "gist") != 0)
            orders = false;
    if (!orders)
        sql_fail(error, "0A000",
                 "cannot cluster on index \"" SLICE_FMT
                 "\" because access method does not support clustering",
                 SLICE_ARG(name));
    else if (index->index->where)
        sql_fail(error, "0A000", "cannot cluster on partial index \"" SLICE_FMT "\"",
                 SLICE_ARG(name));
    else if (!index->index->valid)
        sql_fail(error, "0A000", "cannot cluster on invalid index \"" SLICE_FMT "\"",
                 SLICE_ARG(name));
    else
        return index;
    return NULL;
}

bool pg_cluster_mark(struct pg_ddl *ddl, const struct sql_relation *relation, struct slice name)
{
    const struct sql_relation *index = pg_cluster_index(ddl, relation, name);
    return index && mark_index(ddl, relation, index->object.id, false);
}

bool pg_alter_cluster(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    bool on = command->type == AST_CLUSTER_ON;
    if (on && !find_index(ddl, relation, command->name))
        return false;
    if (relation->kind == SQL_RELATION_PARTITIONED)
        return sql_fail(ddl->env->error, "0A000",
                        "cannot mark index clustered in partitioned table");
    return on ? pg_cluster_mark(ddl, relation, command->name) : mark_index(ddl, relation, 0, false);
}

static bool check_identity(struct pg_ddl *ddl, const struct sql_relation *relation,
                           const struct sql_relation *index)
{
    const struct sql_index *parts = index->index;
    struct sql_error *error = ddl->env->error;
    const char *kind = !parts->unique             ? "non-unique"
                       : !parts->immediate        ? "non-immediate"
                       : parts->expressions.count ? "expression"
                       : parts->where             ? "partial"
                                                  : NULL;
    if (kind)
        return sql_fail(error, parts->unique ? "0A000" : "42809",
                        "cannot use %s index \"" SLICE_FMT "\" as replica identity", kind,
                        SLICE_ARG(index->object.name));
    for (uint16_t i = 0; i < parts->key_count; i++) {
        const struct sql_column *column = &relation->columns[parts->columns[i] - 1];
        if (!column->not_null)
            return sql_fail(error, "42809",
                            "index \"" SLICE_FMT
                            "\" cannot be used as replica identity because column \"" SLICE_FMT
                            "\" is nullable",
                            SLICE_ARG(index->object.name), SLICE_ARG(column->name));
    }
    return true;
}

bool pg_alter_replica_identity(struct pg_ddl *ddl, uint32_t relation_id,
                               const struct ast_alter_table_command *command)
{
    struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    const struct ast_replica_identity *ast = AST_AS(replica_identity, command->definition);
    const struct sql_relation *index = NULL;
    if (ast->type == AST_REPLICA_INDEX && (!(index = find_index(ddl, &relation, ast->index)) ||
                                           !check_identity(ddl, &relation, index)))
        return false;
    relation.replica_identity = (char)ast->type;
    return mark_index(ddl, &relation, index ? index->object.id : 0, true) &&
           sql_catalog_replace(ddl->env, &relation.object);
}

/* ---- where it is kept */

bool pg_alter_tablespace(struct pg_ddl *ddl, uint32_t relation_id,
                         const struct ast_alter_table_command *command)
{
    return pg_tablespace_move(ddl, relation_id, command->name);
}

/* ---- rules and triggers */

static char enabled_letter(enum ast_alter_table_type type)
{
    switch (type) {
    case AST_ENABLE_TRIGGER_ALWAYS:
    case AST_ENABLE_RULE_ALWAYS: return 'A';
    case AST_ENABLE_TRIGGER_REPLICA:
    case AST_ENABLE_RULE_REPLICA: return 'R';
    case AST_DISABLE_TRIGGER:
    case AST_DISABLE_TRIGGER_ALL:
    case AST_DISABLE_TRIGGER_USER:
    case AST_DISABLE_RULE: return 'D';
    default: return 'O';
    }
}

bool pg_alter_rule(struct pg_ddl *ddl, uint32_t relation_id,
                   const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation->rule_count; i++) {
        struct sql_rule rule = *sql_find_rule(ddl->session, relation->rules[i]);
        if (!slice_eq(rule.object.name, command->name))
            continue;
        rule.enabled = enabled_letter(command->type);
        return sql_catalog_replace(ddl->env, &rule.object);
    }
    return sql_fail(ddl->env->error, "42704",
                    "rule \"" SLICE_FMT "\" for relation \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(command->name), SLICE_ARG(relation->object.name));
}

/* The trigger, and its parts on partitions. */
static bool enable_trigger(struct pg_ddl *ddl, const struct sql_trigger *found, char enabled)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, found->relation);
    struct sql_trigger trigger = *found;
    trigger.enabled = enabled;
    if (!sql_catalog_replace(ddl->env, &trigger.object))
        return false;
    for (uint16_t i = 0; !ddl->only && i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(ddl->session, relation->children[i]);
        for (uint16_t j = 0; j < child->trigger_count; j++) {
            const struct sql_trigger *part = sql_find_trigger(ddl->session, child->triggers[j]);
            if (part && part->parent == trigger.object.id && !enable_trigger(ddl, part, enabled))
                return false;
        }
    }
    return true;
}

bool pg_alter_trigger(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    bool named = command->name.ptr != NULL, found = false;
    for (uint16_t i = 0; i < relation->trigger_count; i++) {
        const struct sql_trigger *trigger = sql_find_trigger(ddl->session, relation->triggers[i]);
        if (named && !slice_eq(trigger->object.name, command->name))
            continue;
        found = true;
        if (!enable_trigger(ddl, trigger, enabled_letter(command->type)))
            return false;
    }
    return found || !named ||
           sql_fail(ddl->env->error, "42704",
                    "trigger \"" SLICE_FMT "\" for table \"" SLICE_FMT "\" does not exist",
                    SLICE_ARG(command->name), SLICE_ARG(relation->object.name));
}
