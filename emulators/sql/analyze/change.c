/* UPDATE, DELETE, RETURNING, and what all changes of tables share. */
#include "emulators/sql/analyze/change.h"

/* A source of UPDATE SET (a, b) = ..., analysed once for all its columns. */
struct multi_source {
    const struct ast_node *ast;
    struct sql_query *query; /* sub-SELECT, or */
    struct sql_exprs values; /* ROW(...) */
    uint32_t number;
    struct multi_source *next;
};

bool set_result_table(struct analysis *a, const struct ast_relation *name, bool in_from,
                      uint32_t privileges)
{
    const struct sql_relation *relation = open_relation(a, name, SQL_ROW_EXCLUSIVE);
    if (!relation)
        return false;
    a->result = add_relation(a, relation, name->alias, !name->only, name->node.location);
    if (!a->result)
        return false;
    a->relation = relation;
    a->query->result_table = a->result->number;
    struct sql_table *table = a->result->table;
    table->privileges = privileges;
    table->in_from = in_from;
    size_t size = sizeof(uint64_t) * ((table->column_count + 8U) / 64 + 1);
    table->inserted_columns = analysis_alloc(a, size);
    table->updated_columns = analysis_alloc(a, size);
    return table->inserted_columns && table->updated_columns;
}

void mark_column_in(uint64_t *set, uint32_t column)
{
    set[(column + 8) / 64] |= (uint64_t)1 << ((column + 8) % 64);
}

/* ---- columns by name */

static bool is_system_name(struct slice name)
{
    for (int32_t number = SQL_COLUMN_RELATION; number < 0; number++)
        if (slice_eq(system_column_name(number), name))
            return true;
    return false;
}

bool changed_column(struct analysis *a, struct slice name, int32_t location, uint32_t *out)
{
    const struct sql_relation *relation = a->relation;
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped && slice_eq(relation->columns[i].name, name)) {
            *out = i + 1U;
            return true;
        }
    if (is_system_name(name))
        return fail_at(a, location, "0A000", "cannot assign to system column \"" SLICE_FMT "\"",
                       SLICE_ARG(name));
    return fail_at(a, location, "42703",
                   "column \"" SLICE_FMT "\" of relation \"" SLICE_FMT "\" does not exist",
                   SLICE_ARG(name), SLICE_ARG(relation->object.name));
}

struct assign_target column_target(struct analysis *a, uint32_t number,
                                   const struct ast_list *indirection, int32_t location)
{
    const struct sql_column *column = &a->relation->columns[number - 1];
    return (struct assign_target){.name = column->name,
                                  .type = column->type,
                                  .typmod = column->typmod,
                                  .collation = column->collation,
                                  .indirection = indirection,
                                  .location = location};
}

/* ---- SET */

static struct multi_source *find_source(struct analysis *a, const struct ast_multi_assign *multi)
{
    for (struct multi_source *s = a->multi; s; s = s->next)
        if (s->ast == multi->source)
            return s;
    struct multi_source *s = analysis_alloc(a, sizeof *s);
    if (!s)
        return NULL;
    s->ast = multi->source;
    s->next = a->multi;
    a->multi = s;
    uint32_t count;
    if (multi->source->kind == AST_SUBLINK &&
        ((const struct ast_sublink *)multi->source)->type == AST_SUBLINK_EXPR) {
        s->number = ++a->shared->multi_count;
        a->query->has_sublinks = true;
        s->query = analyze_subquery(a, ((const struct ast_sublink *)multi->source)->query, NULL,
                                    false, false);
        if (!s->query)
            return NULL;
        count = 0;
        for (uint32_t i = 0; i < s->query->target_count; i++)
            count += !s->query->targets[i].hidden;
    } else if (multi->source->kind == AST_ROW) {
        enum analysis_place before = a->place;
        a->place = PLACE_VALUES; /* where DEFAULT may stand */
        bool done = expand_list(a, &((const struct ast_row *)multi->source)->args, &s->values);
        a->place = before;
        if (!done)
            return NULL;
        count = s->values.count;
    } else {
        fail_at(a, ast_location(multi->source), "0A000",
                "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() "
                "expression");
        return NULL;
    }
    if (count == (uint32_t)multi->columns)
        return s;
    fail_at(a, multi->source->location, "42601",
            "number of columns does not match number of values");
    return NULL;
}

static struct sql_expr *multi_value(struct analysis *a, const struct ast_multi_assign *multi)
{
    struct multi_source *source = find_source(a, multi);
    if (!source)
        return NULL;
    uint32_t column = (uint32_t)multi->column;
    if (!source->query)
        return source->values.items[column - 1];
    const struct sql_expr *from = source->query->targets[column - 1].expr;
    struct sql_expr_sublink *link =
        (void *)make_expr(a, SQL_EXPR_SUBLINK, sizeof *link, from->type, multi->source->location);
    if (!link)
        return NULL;
    link->expr.typmod = from->typmod;
    link->expr.collation = from->collation;
    link->sublink_kind = SQL_SUBLINK_MULTI;
    link->number = source->number;
    link->column = column;
    link->query = source->query;
    return &link->expr;
}

static struct sql_expr *set_value(struct analysis *a, const struct ast_target *target)
{
    if (target->value->kind == AST_MULTI_ASSIGN)
        return multi_value(a, (const struct ast_multi_assign *)target->value);
    if (target->value->kind == AST_SET_TO_DEFAULT)
        return make_expr(a, SQL_EXPR_DEFAULT, sizeof(struct sql_expr), a->known->unknown,
                         target->value->location);
    return analyze_here(a, target->value);
}

/* SET a[1] = ..., a[2] = ...: the second is put into what the first made. */
static struct sql_target *earlier(struct sql_target *targets, uint32_t count, uint32_t column)
{
    for (uint32_t i = 0; i < count; i++)
        if (targets[i].column == column)
            return &targets[i];
    return NULL;
}

static bool set_one(struct analysis *a, const struct ast_target *ast, struct sql_expr *value,
                    struct sql_target **targets, uint32_t *count)
{
    uint32_t column;
    if (!changed_column(a, ast->name, ast->node.location, &column))
        return false;
    struct assign_target to = column_target(a, column, &ast->indirection, ast->node.location);
    struct sql_target *before = earlier(*targets, *count, column);
    if (before && !ast->indirection.count)
        return fail_at(a, -1, "42601", "multiple assignments to same column \"" SLICE_FMT "\"",
                       SLICE_ARG(ast->name));
    if (ast->indirection.count) {
        to.base =
            before ? assign_unchecked(before->expr) : make_column(a, a->result, column - 1, -1);
        if (!to.base)
            return false;
    }
    value = assign_value(a, &to, value);
    if (!value)
        return false;
    mark_column_in(a->result->table->updated_columns, column);
    if (before) {
        before->expr = value;
        return true;
    }
    if (!analysis_grow(a, targets, *count, sizeof **targets))
        return false;
    (*targets)[(*count)++] = (struct sql_target){.expr = value, .name = to.name, .column = column};
    return true;
}

bool analyze_update_targets(struct analysis *a, const struct ast_list *list,
                            struct sql_target **out, uint32_t *out_count)
{
    enum analysis_place before = a->place;
    struct sql_expr **values = analysis_alloc(a, sizeof *values * (list->count + 1));
    if (!values)
        return false;
    *out = NULL;
    *out_count = 0;
    a->place = PLACE_UPDATE_SOURCE;
    for (uint32_t i = 0; i < list->count; i++) {
        values[i] = set_value(a, (const struct ast_target *)list->items[i]);
        if (!values[i])
            return false;
    }
    a->place = PLACE_UPDATE_TARGET;
    for (uint32_t i = 0; i < list->count; i++)
        if (!set_one(a, (const struct ast_target *)list->items[i], values[i], out, out_count))
            return false;
    a->place = before;
    return true;
}

/* ---- RETURNING */

bool analyze_returning(struct analysis *a, const struct ast_list *list)
{
    if (list->count == 0)
        return true;
    struct sql_targets targets = {0};
    if (!analyze_targets(a, list, PLACE_RETURNING, &targets))
        return false;
    if (targets.count == 0)
        return fail_at(a, ast_location(list->items[0]), "42601",
                       "RETURNING must have at least one column");
    mark_origins(a, targets.items, targets.count);
    if (!resolve_unknown_targets(a, &targets))
        return false;
    a->query->returning = targets.items;
    a->query->returning_count = targets.count;
    return true;
}

/* ---- statements */

bool start_change(struct analysis *a, enum sql_command command, const struct ast_with *with)
{
    a->query = analysis_alloc(a, sizeof *a->query);
    if (!a->query)
        return false;
    a->query->command = command;
    return add_rule_tables(a, false) && (!with || analyze_with(a, with));
}

/* The items of FROM cannot use the changed table laterally. */
static bool changed_from(struct analysis *a, const struct ast_list *from)
{
    if (!add_names(a, a->result, true, true))
        return false;
    a->result->lateral_only = true;
    a->result->lateral_ok = false;
    bool done = analyze_from(a, from);
    a->result->lateral_only = false;
    a->result->lateral_ok = true;
    return done;
}

struct sql_query *analyze_update(struct analysis *a, const struct ast_update *update)
{
    if (!start_change(a, SQL_UPDATE, update->with) ||
        !set_result_table(a, update->relation, true, SQL_PRIV_UPDATE) ||
        !changed_from(a, &update->from) ||
        !analyze_where(a, update->where, PLACE_WHERE, "WHERE", &a->query->where) ||
        !analyze_returning(a, &update->returning) ||
        !analyze_update_targets(a, &update->targets, &a->query->targets, &a->query->target_count))
        return NULL;
    return assign_collations(a, a->query) ? a->query : NULL;
}

struct sql_query *analyze_delete(struct analysis *a, const struct ast_delete *del)
{
    if (!start_change(a, SQL_DELETE, del->with) ||
        !set_result_table(a, del->relation, true, SQL_PRIV_DELETE) ||
        !changed_from(a, &del->from) ||
        !analyze_where(a, del->where, PLACE_WHERE, "WHERE", &a->query->where) ||
        !analyze_returning(a, &del->returning))
        return NULL;
    return assign_collations(a, a->query) ? a->query : NULL;
}
