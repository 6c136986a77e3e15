/* ALTER TABLE's commands about columns. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/delete.h"
#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/postgres/ddl/rewrite.h"
#include "emulators/postgres/ddl/sequence.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/storage/table.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/bytes.h"

bool pg_alter_get_column(struct pg_ddl *ddl, uint32_t relation_id, struct slice name,
                         struct sql_column *out)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_column *found;
    if (pg_name_is_system_column(name) && !pg_name_column(relation, name))
        return sql_fail(ddl->env->error, "0A000", "cannot alter system column \"" SLICE_FMT "\"",
                        SLICE_ARG(name));
    if (!pg_name_require_column(ddl, relation, name, &found))
        return false;
    *out = *found;
    return true;
}

bool pg_alter_clear_default(struct pg_ddl *ddl, struct sql_column *column)
{
    uint32_t id = column->default_id;
    column->value = NULL;
    column->has_default = false;
    column->default_id = 0;
    return !id || sql_depend_clear(ddl->env, pg_whole(pg_classes(ddl)->column_default, id), 0);
}

/* With ONLY, too. */
static bool each_child_always(struct pg_ddl *ddl, uint32_t relation_id, pg_alter_command *run,
                              const struct ast_alter_table_command *command)
{
    const struct sql_relation relation = *sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation.child_count; i++)
        if (!run(ddl, relation.children[i], command))
            return false;
    return true;
}

bool pg_alter_each_child(struct pg_ddl *ddl, uint32_t relation_id, pg_alter_command *run,
                         const struct ast_alter_table_command *command)
{
    return ddl->only || each_child_always(ddl, relation_id, run, command);
}

/* ---- ADD COLUMN */

static bool is_volatile(struct sql_expr *expr, void *ctx)
{
    struct sql_session *session = ctx;
    const struct sql_expr_call *call = (const void *)expr;
    if (expr->kind == SQL_EXPR_FUNCTION) {
        const struct sql_routine *routine = sql_find_routine_id(session, call->function);
        if (!routine || routine->volatility == 'v')
            return true;
    }
    return expr->kind == SQL_EXPR_NEXT_VALUE || expr->kind == SQL_EXPR_TO_DOMAIN ||
           sql_expr_walk(expr, is_volatile, ctx);
}

static bool has_rows(struct pg_ddl *ddl, const struct sql_relation *relation)
{
    if (!relation->storage)
        return false;
    struct sql_table_rows *rows = sql_table_open(ddl->env, ddl->session->database, relation);
    return rows && sql_table_count(rows) > 0;
}

static bool is_null(const struct sql_expr *value)
{
    while (value->kind == SQL_EXPR_TO_DOMAIN || value->kind == SQL_EXPR_RELABEL)
        value = ((const struct sql_expr_convert *)value)->arg;
    return value->kind == SQL_EXPR_CONST && ((const struct sql_expr_const *)value)->value.null;
}

static bool has_constraints(struct pg_ddl *ddl, uint32_t type)
{
    const struct sql_type_object *found = sql_find_type_object(ddl->session, type);
    while (found && found->type.kind == SQL_TYPE_DOMAIN && !found->not_null &&
           !found->constraint_count)
        found = sql_find_type_object(ddl->session, found->type.base);
    return found && found->type.kind == SQL_TYPE_DOMAIN;
}

/* The relation with one more column; rows that are there get its default. */
static bool store_column(struct pg_ddl *ddl, const struct sql_relation *old,
                         struct sql_column *column)
{
    struct sql_relation relation = *old;
    uint16_t count = old->column_count;
    struct sql_column *columns = arena_array(ddl->arena, count + 1u, sizeof *columns);
    struct sql_expr **values = arena_zalloc(ddl->arena, (count + 1u) * sizeof *values);
    if (!columns || !values)
        return sql_fail_memory(ddl->env->error);
    memcpy(columns, old->columns, count * sizeof *columns);
    column->number = (int16_t)(count + 1);
    struct sql_expr *value = column->value;
    if (!value && !sql_column_default(ddl->env, column, &value))
        return false;
    bool differs = value && (column->generated || is_volatile(value, ddl->session));
    bool rewrite = differs && has_rows(ddl, old);
    if (differs && old->storage && !pg_events_rewrite(ddl, old->object.id, PG_REWRITE_DEFAULT))
        return false;
    if (value && !differs && old->storage) {
        if (!sql_evaluate(ddl->env, value, NULL, 0, &column->missing))
            return false;
        column->has_missing = !column->missing.null && has_rows(ddl, old);
    }
    /* Rows that are values elsewhere would have NULL, not what the column begins with. */
    bool begins = (value && !is_null(value)) || has_constraints(ddl, column->type);
    if (old->storage && begins && !pg_alter_refuse_row_users(ddl, old))
        return false;
    columns[count] = *column;
    relation.columns = columns;
    relation.column_count = (uint16_t)(count + 1);
    if (!rewrite)
        return sql_catalog_replace(ddl->env, &relation.object);
    values[count] = value;
    return pg_inner_columns(ddl, old, values) && pg_rewrite(ddl, &relation, values);
}

static bool column_free(struct pg_ddl *ddl, const struct sql_relation *relation,
                        const struct ast_alter_table_command *command, struct slice name,
                        bool inherited, bool *out_exists)
{
    *out_exists = pg_name_column(relation, name) != NULL;
    if (*out_exists && inherited)
        return true;
    if (pg_name_is_system_column(name))
        return sql_fail(ddl->env->error, "42701",
                        "column name \"" SLICE_FMT "\" conflicts with a system column name",
                        SLICE_ARG(name));
    if (!*out_exists)
        return true;
    if (!command->missing_ok)
        return sql_fail(ddl->env->error, "42701",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" already exists",
                        SLICE_ARG(name), SLICE_ARG(relation->object.name));
    pg_ddl_notice(ddl, "42701",
                  "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" already exists, skipping",
                  SLICE_ARG(name), SLICE_ARG(relation->object.name));
    return true;
}

/* The child has a column of that name: it is the parent's, too. */
static bool merge_column(struct pg_ddl *ddl, const struct sql_relation *child,
                         const struct ast_column_def *ast)
{
    struct sql_column column = *pg_name_column(child, ast->name), wanted = {.name = ast->name};
    struct sql_error *error = ddl->env->error;
    if (!pg_column_set_type(ddl, &wanted, ast->type, ast->collate))
        return false;
    if (column.type != wanted.type || column.typmod != wanted.typmod)
        return sql_fail(error, "42804",
                        "child table \"" SLICE_FMT "\" has different type for column \"" SLICE_FMT
                        "\"",
                        SLICE_ARG(child->object.name), SLICE_ARG(ast->name));
    if (column.collation != wanted.collation)
        return sql_fail(error, "42P21",
                        "child table \"" SLICE_FMT
                        "\" has different collation for column \"" SLICE_FMT "\"",
                        SLICE_ARG(child->object.name), SLICE_ARG(ast->name));
    column.inherited++;
    pg_ddl_notice(ddl, "00000",
                  "merging definition of column \"" SLICE_FMT "\" for child \"" SLICE_FMT "\"",
                  SLICE_ARG(ast->name), SLICE_ARG(child->object.name));
    return pg_relation_replace_column(ddl, child->object.id, &column);
}

static bool add_column(struct pg_ddl *ddl, uint32_t relation_id,
                       const struct ast_alter_table_command *command, bool inherited)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct ast_column_def *ast = AST_AS(column_def, command->definition);
    struct pg_table_def table = {.ddl = ddl, .relation = *relation};
    bool exists;
    if (!column_free(ddl, relation, command, ast->name, inherited, &exists))
        return false;
    if (exists)
        return inherited ? merge_column(ddl, relation, ast) : true;
    table.relation.object.owner = relation->object.owner;
    if (!pg_column_define(&table, ast) || !pg_columns_check(&table))
        return false;
    struct pg_column_def *def = &table.columns[0];
    struct sql_column *column = &def->column;
    if (!pg_alter_refuse_own_member(ddl, relation, column->type))
        return false;
    column->local = !inherited;
    column->inherited = inherited;
    if (def->default_ast &&
        !pg_column_set_default(ddl, relation, column, def->default_ast, column->generated != 0))
        return false;
    if (!store_column(ddl, relation, column))
        return false;
    struct sql_reference of = {pg_classes(ddl)->relation, relation_id, column->number};
    relation = sql_find_relation_id(ddl->session, relation_id);
    if (!pg_row_type_update(ddl, relation) || !pg_reindex_rows(ddl, relation) ||
        !sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, column->type), 'n') ||
        !pg_column_depend_default(ddl, relation_id, column) ||
        (def->sequence && !pg_sequence_own(ddl, def->sequence, relation_id, column->number,
                                           def->identity ? 'i' : 'a')))
        return false;
    if (column->not_null && !column->value &&
        !pg_validate_not_null(ddl, relation_id, column->number))
        return false;
    const struct sql_relation now = *sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < now.child_count; i++)
        if (!add_column(ddl, now.children[i], command, true))
            return false;
    /* Constraints go on to the children by themselves. */
    for (uint32_t i = 0; !inherited && i < table.constraint_count; i++)
        if (!pg_constraint_add(ddl, relation_id, &table.constraints[i], true))
            return false;
    return true;
}

static bool add_own_column(struct pg_ddl *ddl, uint32_t relation,
                           const struct ast_alter_table_command *command)
{
    return add_column(ddl, relation, command, false);
}

bool pg_alter_add_column(struct pg_ddl *ddl, uint32_t relation_id,
                         const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    if (relation->of_type)
        return sql_fail(ddl->env->error, "42809", "cannot add column to typed table");
    if (relation->partition_bound)
        return sql_fail(ddl->env->error, "42809", "cannot add column to a partition");
    if (ddl->only && relation->child_count)
        return sql_fail(ddl->env->error, "42P16", "column must be added to child tables too");
    const struct ast_list *constraints = &AST_AS(column_def, command->definition)->constraints;
    for (uint32_t i = 0; relation->child_count && i < constraints->count; i++)
        if (AST_AS(constraint, constraints->items[i])->type == AST_CONSTRAINT_IDENTITY)
            return sql_fail(
                ddl->env->error, "42P16",
                "cannot recursively add identity column to table that has child tables");
    return pg_alter_typed_tables(ddl, relation, add_own_column, command) &&
           add_column(ddl, relation_id, command, false);
}

/* ---- defaults, NOT NULL */

bool pg_alter_default(struct pg_ddl *ddl, uint32_t relation_id,
                      const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_column column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (column.identity) {
        sql_fail(ddl->env->error, "42601",
                 "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" is an identity column",
                 SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
        if (!command->definition)
            sql_hint(ddl->env->error,
                     "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.");
        return false;
    }
    if (column.generated) {
        sql_fail(ddl->env->error, "42601",
                 "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" is a generated column",
                 SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
        if (!command->definition)
            sql_hint(ddl->env->error,
                     "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.");
        return false;
    }
    if (!pg_alter_clear_default(ddl, &column) ||
        (command->definition &&
         !pg_column_set_default(ddl, relation, &column, command->definition, false)))
        return false;
    return pg_relation_replace_column(ddl, relation_id, &column) &&
           pg_column_depend_default(ddl, relation_id, &column) &&
           pg_alter_each_child(ddl, relation_id, pg_alter_default, command);
}

/* Keys that rows are known by have no NULLs. */
static bool check_in_no_key(struct pg_ddl *ddl, const struct sql_relation *relation,
                            const struct sql_column *column)
{
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const struct sql_index *index =
            sql_find_relation_id(ddl->session, relation->indexes[i])->index;
        if (!index->primary && !index->replica_identity)
            continue;
        for (uint16_t j = 0; j < index->key_count; j++)
            if (index->columns[j] == column->number)
                return sql_fail(ddl->env->error, "42P16", "column \"" SLICE_FMT "\" is in %s",
                                SLICE_ARG(column->name),
                                index->primary ? "a primary key"
                                               : "index used as replica identity");
    }
    return true;
}

static bool hint_only(struct pg_ddl *ddl)
{
    return sql_hint(ddl->env->error, "Do not specify the ONLY keyword.");
}

bool pg_alter_check_not_null(struct pg_ddl *ddl, const struct sql_relation *relation,
                             const struct sql_column *column)
{
    bool alone = ddl->only && relation->kind == SQL_RELATION_PARTITIONED;
    for (uint16_t i = 0; alone && i < relation->child_count; i++) {
        const struct sql_relation *child =
            sql_find_relation_id(ddl->session, relation->children[i]);
        if (pg_name_column(child, column->name)->not_null)
            continue;
        sql_fail(ddl->env->error, "42P16", "constraint must be added to child tables too");
        sql_detail(ddl->env->error,
                   "Column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                   "\" is not already NOT NULL.",
                   SLICE_ARG(column->name), SLICE_ARG(child->object.name));
        return hint_only(ddl);
    }
    return true;
}

static bool check_drop_not_null(struct pg_ddl *ddl, const struct sql_relation *relation,
                                const struct sql_column *column)
{
    if (ddl->only && relation->kind == SQL_RELATION_PARTITIONED && relation->child_count) {
        sql_fail(ddl->env->error, "42P16",
                 "cannot remove constraint from only the partitioned table when partitions exist");
        return hint_only(ddl);
    }
    const struct sql_relation *parent =
        relation->partition_bound ? sql_find_relation_id(ddl->session, relation->parents[0]) : NULL;
    const struct sql_column *above = parent ? pg_name_column(parent, column->name) : NULL;
    return !above || !above->not_null ||
           sql_fail(ddl->env->error, "42P16",
                    "column \"" SLICE_FMT "\" is marked NOT NULL in parent table",
                    SLICE_ARG(column->name));
}

bool pg_alter_not_null(struct pg_ddl *ddl, uint32_t relation_id,
                       const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_column column;
    bool set = command->type == AST_SET_NOT_NULL;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (!set && column.identity)
        return sql_fail(ddl->env->error, "42601",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                        "\" is an identity column",
                        SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
    if (!set && !check_in_no_key(ddl, relation, &column))
        return false;
    if (!(set ? pg_alter_check_not_null(ddl, relation, &column)
              : check_drop_not_null(ddl, relation, &column)))
        return false;
    if (column.not_null != set) {
        column.not_null = set;
        if (!pg_relation_replace_column(ddl, relation_id, &column) ||
            (set && !pg_validate_not_null(ddl, relation_id, column.number)))
            return false;
    }
    return pg_alter_each_child(ddl, relation_id, pg_alter_not_null, command);
}

/* ---- DROP COLUMN */

static bool drop_from_child(struct pg_ddl *ddl, uint32_t child_id,
                            const struct ast_alter_table_command *command)
{
    const struct sql_relation *child = sql_find_relation_id(ddl->session, child_id);
    const struct sql_column *found = pg_name_column(child, command->name);
    if (!found || !found->inherited)
        return true;
    struct sql_column column = *found;
    column.inherited--;
    column.local = column.local || (ddl->only && !column.inherited);
    if (column.inherited || column.local)
        return pg_relation_replace_column(ddl, child_id, &column);
    struct sql_reference object = {pg_classes(ddl)->relation, child_id, column.number};
    return pg_delete(ddl, &object, 1, command->cascade, false) &&
           pg_alter_each_child(ddl, child_id, drop_from_child, command);
}

static bool drop_own_column(struct pg_ddl *ddl, uint32_t relation_id,
                            const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_column *column = pg_name_column(relation, command->name);
    struct sql_reference object = {pg_classes(ddl)->relation, relation_id, column->number};
    return pg_delete(ddl, &object, 1, command->cascade, false) &&
           each_child_always(ddl, relation_id, drop_from_child, command);
}

bool pg_alter_drop_column(struct pg_ddl *ddl, uint32_t relation_id,
                          const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_column column;
    if (command->missing_ok && !pg_name_column(relation, command->name)) {
        pg_ddl_notice(ddl, "00000",
                      "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                      "\" does not exist, skipping",
                      SLICE_ARG(command->name), SLICE_ARG(relation->object.name));
        return true;
    }
    if (pg_name_is_system_column(command->name))
        return sql_fail(ddl->env->error, "0A000", "cannot drop system column \"" SLICE_FMT "\"",
                        SLICE_ARG(command->name));
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (column.inherited)
        return sql_fail(ddl->env->error, "42P16", "cannot drop inherited column \"" SLICE_FMT "\"",
                        SLICE_ARG(command->name));
    if (relation->of_type)
        return sql_fail(ddl->env->error, "42809", "cannot drop column from typed table");
    if (!pg_alter_refuse_partition_key(ddl, relation, &column, "drop"))
        return false;
    if (ddl->only && relation->kind == SQL_RELATION_PARTITIONED && relation->child_count) {
        sql_fail(ddl->env->error, "42P16",
                 "cannot drop column from only the partitioned table when partitions exist");
        return hint_only(ddl);
    }
    if (!pg_alter_typed_tables(ddl, relation, drop_own_column, command))
        return false;
    return drop_own_column(ddl, relation_id, command);
}

/* ---- identity */

bool pg_alter_add_identity(struct pg_ddl *ddl, uint32_t relation_id,
                           const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    struct sql_column column;
    struct slice table = relation->object.name;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &column))
        return false;
    if (!column.not_null)
        return sql_fail(ddl->env->error, "55000",
                        "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                        "\" must be declared NOT NULL before identity can be added",
                        SLICE_ARG(column.name), SLICE_ARG(table));
    if (column.identity || column.has_default)
        return sql_fail(ddl->env->error, "55000",
                        column.identity ? "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                                          "\" is already an identity column"
                                        : "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                                          "\" already has a default value",
                        SLICE_ARG(column.name), SLICE_ARG(table));
    return pg_column_add_identity(ddl, relation, &column, AST_AS(constraint, command->definition));
}

static bool require_identity(struct pg_ddl *ddl, uint32_t relation_id,
                             const struct ast_alter_table_command *command, struct sql_column *out)
{
    if (!pg_alter_get_column(ddl, relation_id, command->name, out))
        return false;
    if (out->identity || command->missing_ok)
        return true;
    return sql_fail(ddl->env->error, "55000",
                    "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                    "\" is not an identity column",
                    SLICE_ARG(out->name),
                    SLICE_ARG(sql_find_relation_id(ddl->session, relation_id)->object.name));
}

bool pg_alter_set_identity(struct pg_ddl *ddl, uint32_t relation_id,
                           const struct ast_alter_table_command *command)
{
    struct sql_column column;
    const struct ast_list *list = &AST_AS(list_node, command->definition)->list;
    struct ast_list rest = {arena_array(ddl->arena, list->count + 1u, sizeof *rest.items), 0};
    if (!rest.items)
        return sql_fail_memory(ddl->env->error);
    if (!require_identity(ddl, relation_id, command, &column))
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct ast_option *option = AST_AS(option, list->items[i]);
        if (!slice_eq_str(option->name, "generated"))
            rest.items[rest.count++] = list->items[i];
        else
            column.identity = AST_AS(const, option->value)->boolean ? 'a' : 'd';
    }
    uint32_t sequence = pg_sequence_of_column(ddl->env, relation_id, column.number, 'i');
    return pg_relation_replace_column(ddl, relation_id, &column) &&
           (!rest.count ||
            pg_sequence_change(ddl, sql_find_relation_id(ddl->session, sequence), &rest, true));
}

bool pg_alter_drop_identity(struct pg_ddl *ddl, uint32_t relation_id,
                            const struct ast_alter_table_command *command)
{
    struct sql_column column;
    if (!require_identity(ddl, relation_id, command, &column))
        return false;
    if (!column.identity) {
        const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
        pg_ddl_notice(ddl, "00000",
                      "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT
                      "\" is not an identity column, skipping",
                      SLICE_ARG(column.name), SLICE_ARG(relation->object.name));
        return true;
    }
    uint32_t sequence = pg_sequence_of_column(ddl->env, relation_id, column.number, 'i');
    struct sql_reference of = pg_whole(pg_classes(ddl)->relation, sequence);
    column.identity = 0;
    column.value = NULL;
    return sql_depend_clear(ddl->env, of, pg_classes(ddl)->relation) &&
           pg_relation_replace_column(ddl, relation_id, &column) &&
           pg_delete(ddl, &of, 1, true, true);
}
