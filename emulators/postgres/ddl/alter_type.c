/* ALTER TABLE ... ALTER COLUMN ... TYPE. */
#include "emulators/postgres/catalog/describe.h"
#include "emulators/postgres/ddl/alter_table.h"
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/postgres/ddl/event_fire.h"
#include "emulators/postgres/ddl/inner_query.h"
#include "emulators/postgres/ddl/rewrite.h"
#include "emulators/postgres/ddl/validate.h"
#include "emulators/postgres/deparse/deparse.h"
#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/catalog/find.h"
#include "emulators/sql/syntax/ast_query.h"
#include "emulators/sql/value/bytes.h"

/* ---- the new value */

static bool cannot_cast(struct pg_ddl *ddl, const struct sql_column *column, uint32_t type,
                        bool is_default)
{
    struct slice text = pg_type_text(ddl->session, ddl->arena, type);
    if (is_default)
        return sql_fail(ddl->env->error, "42804",
                        "default for column \"" SLICE_FMT
                        "\" cannot be cast automatically to type " SLICE_FMT,
                        SLICE_ARG(column->name), SLICE_ARG(text));
    sql_fail(ddl->env->error, "42804",
             "column \"" SLICE_FMT "\" cannot be cast automatically to type " SLICE_FMT,
             SLICE_ARG(column->name), SLICE_ARG(text));
    struct sql_bytes full, name;
    sql_bytes_init(&full, ddl->arena);
    sql_bytes_init(&name, ddl->arena);
    pg_format_type(ddl->session, &full, type, -1, 0);
    pg_quote_name(&name, column->name);
    return sql_hint(ddl->env->error,
                    "You might need to specify \"USING " SLICE_FMT "::" SLICE_FMT "\".",
                    SLICE_ARG(sql_bytes_slice(&name)), SLICE_ARG(sql_bytes_slice(&full)));
}

/* The value of the column under its new type, over the relation as it is. */
static bool new_value(struct pg_ddl *ddl, const struct sql_relation *relation,
                      const struct sql_column *old, const struct sql_column *changed,
                      const struct ast_node *using_expression, struct sql_expr **out)
{
    if (using_expression) {
        if (!sql_analyze_expr(ddl->env, using_expression, relation, relation->object.name,
                              SQL_PLACE_ALTER_USING, NULL, out))
            return false;
    } else {
        *out = pg_inner_column(ddl, relation, old->number, 0);
        if (!*out)
            return false;
    }
    if (sql_coerce_assign(ddl->env, out, changed->type, changed->typmod, SQL_ASSIGN_VALUE,
                          changed->name))
        return true;
    sql_error_begin(ddl->env->error, ddl->env->error->arena);
    if (using_expression)
        return sql_fail(ddl->env->error, "42804",
                        "result of USING clause for column \"" SLICE_FMT
                        "\" cannot be cast automatically to type " SLICE_FMT,
                        SLICE_ARG(old->name),
                        SLICE_ARG(pg_type_text(ddl->session, ddl->arena, changed->type)));
    return cannot_cast(ddl, old, changed->type, false);
}

/* ---- who uses the column */

/* A generated column that reads this one: default_id's. */
static bool check_generated_use(struct pg_ddl *ddl, uint32_t relation_id,
                                const struct sql_column *column, uint32_t default_id)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    for (uint16_t i = 0; i < relation->column_count; i++) {
        const struct sql_column *other = &relation->columns[i];
        if (other->default_id != default_id || other == column || !other->generated ||
            other->number == column->number)
            continue;
        sql_fail(ddl->env->error, "0A000",
                 "cannot alter type of a column used by a generated column");
        return sql_detail(ddl->env->error,
                          "Column \"" SLICE_FMT "\" is used by generated column \"" SLICE_FMT "\".",
                          SLICE_ARG(column->name), SLICE_ARG(other->name));
    }
    return true;
}

static bool check_uses(struct pg_ddl *ddl, uint32_t relation_id, const struct sql_column *column)
{
    uint32_t count;
    const struct sql_class_ids *ids = pg_classes(ddl);
    const struct sql_edge **edges = sql_edges_on(ddl->env, ids->relation, relation_id, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_edge *edge = edges[i];
        const struct sql_relation *user = edge->of_class == ids->relation
                                              ? sql_find_relation_id(ddl->session, edge->of_id)
                                              : NULL;
        if (edge->on_part != column->number)
            continue;
        if (edge->of_class == ids->column_default &&
            !check_generated_use(ddl, relation_id, column, edge->of_id))
            return false;
        const char *what =
            user && (user->kind == SQL_RELATION_VIEW || user->kind == SQL_RELATION_MATVIEW)
                ? "a view or rule"
            : edge->of_class == ids->trigger ? "a trigger definition"
            : edge->of_class == ids->policy  ? "a policy definition"
                                             : NULL;
        if (!what)
            continue;
        struct slice text =
            user ? arena_printf(ddl->arena, "rule _RETURN on " SLICE_FMT,
                                SLICE_ARG(pg_describe(ddl->session, ddl->arena,
                                                      pg_whole(edge->of_class, edge->of_id))))
                 : pg_describe(ddl->session, ddl->arena, pg_whole(edge->of_class, edge->of_id));
        sql_fail(ddl->env->error, "0A000", "cannot alter type of a column used %s %s",
                 user ? "by" : "in", what);
        return sql_detail(ddl->env->error, SLICE_FMT " depends on column \"" SLICE_FMT "\"",
                          SLICE_ARG(text), SLICE_ARG(column->name));
    }
    return true;
}

/* ---- what is over the column: texts of expressions, analysed again under the new type */

struct retype {
    struct pg_ddl *ddl;
    const struct sql_relation *old;
    struct sql_relation *relation; /* the new version, not stored yet */
    const struct sql_column *column;
};

static bool reads_column(const struct retype *retype, struct sql_expr *expr, bool *out)
{
    int16_t *columns;
    uint16_t count;
    *out = false;
    if (!pg_columns_used(retype->ddl, retype->old, expr, &columns, &count))
        return false;
    for (uint16_t i = 0; i < count; i++)
        *out = *out || columns[i] == retype->column->number;
    return true;
}

static bool again(const struct retype *retype, struct sql_expr **expr, enum sql_expr_place place)
{
    struct pg_ddl *ddl = retype->ddl;
    struct sql_bytes text;
    struct ast_node *tree;
    bool reads;
    if (!*expr)
        return true;
    if (!reads_column(retype, *expr, &reads) || !reads)
        return !reads && !ddl->env->error->sqlstate[0];
    sql_bytes_init(&text, ddl->arena);
    if (!pg_deparse_expr(ddl->env, *expr, retype->old, 0, &text) ||
        !pg_parse_expression(ddl->arena, sql_bytes_slice(&text), &pg_parse_options_default, &tree,
                             ddl->env->error))
        return false;
    const struct ast_list *targets = &AST_AS(select, tree)->targets;
    return sql_analyze_expr(ddl->env, AST_AS(target, targets->items[0])->value, retype->relation,
                            retype->relation->object.name, place, NULL, expr);
}

static bool retype_check(const struct retype *retype, const struct sql_constraint *found)
{
    struct pg_ddl *ddl = retype->ddl;
    struct sql_constraint check = *found;
    struct sql_reference of = pg_whole(pg_classes(ddl)->constraint, check.object.id);
    if (!again(retype, &check.check, SQL_PLACE_CHECK))
        return false;
    return check.check == found->check ||
           (sql_catalog_replace(ddl->env, &check.object) &&
            sql_depend_on_expr(ddl->env, of, check.check, check.relation, 'n', 'a'));
}

static bool retype_constraints(const struct retype *retype)
{
    for (uint16_t i = 0; i < retype->old->constraint_count; i++) {
        const struct sql_constraint *found =
            sql_find_constraint(retype->ddl->session, retype->old->constraints[i]);
        if (found->kind == SQL_CONSTRAINT_CHECK && !retype_check(retype, found))
            return false;
    }
    return true;
}

/* An index on the column, or on an expression over it: types, classes and expressions. */
static bool retype_index(const struct retype *retype, const struct sql_relation *old)
{
    struct pg_ddl *ddl = retype->ddl;
    struct sql_relation index = *old;
    struct pg_index_def def;
    int16_t *map = arena_array(ddl->arena, retype->old->column_count + 1u, sizeof *map);
    if (!map)
        return sql_fail_memory(ddl->env->error);
    for (uint16_t j = 0; j < retype->old->column_count; j++)
        map[j] = (int16_t)(j + 1);
    if (!pg_index_copy(ddl, &index, retype->old->object.id, map, &def))
        return false;
    struct sql_index parts = def.index;
    for (uint32_t i = 0; i < parts.expressions.count; i++)
        if (!again(retype, &parts.expressions.items[i], SQL_PLACE_INDEX_EXPRESSION))
            return false;
    if (!again(retype, &parts.where, SQL_PLACE_INDEX_PREDICATE))
        return false;
    def.index = parts;
    struct sql_column *columns = arena_array(ddl->arena, index.column_count + 1u, sizeof *columns);
    if (!columns)
        return sql_fail_memory(ddl->env->error);
    memcpy(columns, index.columns, index.column_count * sizeof *columns);
    for (uint16_t j = 0; j < index.column_count; j++)
        if (!pg_index_retype_column(ddl, &def, j, retype->relation, &columns[j]))
            return false;
    parts = def.index;
    parts.id = index.object.id;
    parts.constraint = old->index->constraint;
    index.index = &parts;
    index.columns = columns;
    return sql_catalog_replace(ddl->env, &index.object);
}

static bool retype_indexes(const struct retype *retype)
{
    for (uint16_t i = 0; i < retype->old->index_count; i++)
        if (!retype_index(retype,
                          sql_find_relation_id(retype->ddl->session, retype->old->indexes[i])))
            return false;
    return true;
}

/* When the relation is stored: keys that refer from it, or to it. */
static bool retype_keys(const struct retype *retype)
{
    struct pg_ddl *ddl = retype->ddl;
    const struct sql_relation *old = retype->old;
    for (uint16_t i = 0; i < old->constraint_count; i++) {
        const struct sql_constraint *key = sql_find_constraint(ddl->session, old->constraints[i]);
        if (key->kind == SQL_CONSTRAINT_CHECK
                ? !pg_validate_check(ddl, old->object.id, key)
                : key->kind == SQL_CONSTRAINT_FOREIGN && !pg_foreign_key_retype(ddl, key))
            return false;
    }
    for (uint16_t i = 0; i < old->referencing_count; i++)
        if (!pg_foreign_key_retype(ddl, sql_find_constraint(ddl->session, old->referencing[i])))
            return false;
    return true;
}

static bool retype_default(struct pg_ddl *ddl, const struct sql_column *old,
                           struct sql_column *column)
{
    if (!column->value || column->generated || column->identity)
        return true;
    if (sql_coerce_assign(ddl->env, &column->value, column->type, column->typmod,
                          SQL_ASSIGN_DEFAULT, column->name))
        return true;
    sql_error_begin(ddl->env->error, ddl->env->error->arena);
    return cannot_cast(ddl, old, column->type, true);
}

/* ---- the command */

static bool check_command(struct pg_ddl *ddl, const struct sql_relation *relation,
                          const struct sql_column *column, const struct ast_node *expression)
{
    struct sql_error *error = ddl->env->error;
    if (column->generated && expression) {
        sql_fail(error, "42611", "cannot specify USING when altering type of generated column");
        return sql_detail(error, "Column \"" SLICE_FMT "\" is a generated column.",
                          SLICE_ARG(column->name));
    }
    if (ddl->only && relation->child_count)
        return sql_fail(error, "42P16",
                        "type of inherited column \"" SLICE_FMT
                        "\" must be changed in child tables too",
                        SLICE_ARG(column->name));
    return pg_alter_refuse_partition_key(ddl, relation, column, "alter") &&
           pg_alter_refuse_row_users(ddl, relation);
}

/* Values that stay as they are, by another type's name, are no rewriting for those who watch it. */
static bool tell_rewrite(const struct retype *retype, const struct sql_expr *value)
{
    while (value && value->kind == SQL_EXPR_RELABEL)
        value = ((const struct sql_expr_convert *)(const void *)value)->arg;
    return !retype->old->storage || !value || value->kind == SQL_EXPR_COLUMN ||
           pg_events_rewrite(retype->ddl, retype->old->object.id, PG_REWRITE_TYPE);
}

static bool store_type(const struct retype *retype, struct sql_expr **values)
{
    struct pg_ddl *ddl = retype->ddl;
    uint32_t id = retype->old->object.id;
    struct sql_reference of = {pg_classes(ddl)->relation, id, retype->column->number};
    if (!tell_rewrite(retype, values[retype->column->number - 1]) || !retype_constraints(retype) ||
        !retype_indexes(retype))
        return false;
    if (retype->old->storage ? !pg_rewrite(ddl, retype->relation, values)
                             : !sql_catalog_replace(ddl->env, &retype->relation->object))
        return false;
    return pg_row_type_update(ddl, sql_find_relation_id(ddl->session, id)) &&
           sql_depend_clear(ddl->env, of, pg_classes(ddl)->type) &&
           sql_depend(ddl->env, of, pg_whole(pg_classes(ddl)->type, retype->column->type), 'n') &&
           retype_keys(retype);
}

static bool alter_type(struct pg_ddl *ddl, uint32_t relation_id,
                       const struct ast_alter_table_command *command)
{
    const struct sql_relation *old = sql_find_relation_id(ddl->session, relation_id);
    const struct ast_column_def *ast = AST_AS(column_def, command->definition);
    const struct ast_node *using_expression =
        ast->constraints.count ? AST_AS(constraint, ast->constraints.items[0])->expression : NULL;
    struct sql_relation relation = *old;
    struct sql_column before, column;
    if (!pg_alter_get_column(ddl, relation_id, command->name, &before))
        return false;
    column = before;
    if (!check_command(ddl, old, &before, using_expression) ||
        !pg_column_set_type(ddl, &column, ast->type, ast->collate) ||
        !check_uses(ddl, relation_id, &before))
        return false;
    struct sql_column *columns = arena_array(ddl->arena, old->column_count + 1u, sizeof *columns);
    struct sql_expr **values = arena_zalloc(ddl->arena, (old->column_count + 1u) * sizeof *values);
    if (!columns || !values)
        return sql_fail_memory(ddl->env->error);
    if (!pg_inner_columns(ddl, old, values) ||
        !new_value(ddl, old, &before, &column, using_expression, &values[before.number - 1]) ||
        !retype_default(ddl, &before, &column))
        return false;
    column.has_missing = false;
    memcpy(columns, old->columns, old->column_count * sizeof *columns);
    for (uint16_t i = 0; i < old->column_count && old->storage; i++)
        columns[i].has_missing = false; /* every row is made anew */
    columns[before.number - 1] = column;
    relation.columns = columns;
    struct retype retype = {ddl, old, &relation, &column};
    return store_type(&retype, values) &&
           pg_alter_each_child(ddl, relation_id, alter_type, command);
}

bool pg_alter_type(struct pg_ddl *ddl, uint32_t relation_id,
                   const struct ast_alter_table_command *command)
{
    const struct sql_relation *relation = sql_find_relation_id(ddl->session, relation_id);
    const struct sql_column *column = pg_name_column(relation, command->name);
    if (relation->of_type)
        return sql_fail(ddl->env->error, "42809", "cannot alter column type of typed table");
    if (column && column->inherited)
        return sql_fail(ddl->env->error, "42P16", "cannot alter inherited column \"" SLICE_FMT "\"",
                        SLICE_ARG(column->name));
    return pg_alter_typed_tables(ddl, relation, alter_type, command) &&
           alter_type(ddl, relation_id, command);
}
