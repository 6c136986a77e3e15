/* Lists of results: names, `*`, and values on their way into columns. */
#include "emulators/sql/analyze/rowshape.h"

/* Results of an expansion: expressions with names. */
struct expansion {
    struct sql_exprs exprs;
    struct slice *names;
};

static bool expand_add(struct analysis *a, struct expansion *to, struct sql_expr *expr,
                       struct slice name)
{
    if (!analysis_grow(a, &to->names, to->exprs.count, sizeof *to->names) ||
        !analysis_grow(a, &to->exprs.items, to->exprs.count, sizeof *to->exprs.items))
        return false;
    to->names[to->exprs.count] = name;
    to->exprs.items[to->exprs.count++] = expr;
    return true;
}

static bool expand_append(struct analysis *a, struct expansion *to, struct name_item *item,
                          uint32_t up, int32_t location)
{
    struct sql_exprs exprs;
    struct slice *names;
    if (!expand_item(a, item, up, location, &exprs, &names))
        return false;
    for (uint32_t i = 0; i < exprs.count; i++)
        if (!expand_add(a, to, exprs.items[i], names[i]))
            return false;
    return true;
}

static bool expand_all(struct analysis *a, int32_t location, struct expansion *to)
{
    bool any = false;
    for (uint32_t i = 0; i < a->names.count; i++) {
        struct name_item *item = a->names.items[i];
        if (!item->columns_visible)
            continue;
        any = true;
        if (!expand_append(a, to, item, 0, location))
            return false;
    }
    return any || fail_at(a, location, "42601", "SELECT * with no tables specified is not valid");
}

/* (row).* */
static bool expand_row(struct analysis *a, struct sql_expr *row, struct expansion *to)
{
    struct sql_expr_column *whole = (struct sql_expr_column *)row;
    if (row->kind == SQL_EXPR_COLUMN && whole->column == 0) {
        struct analysis *level = a;
        for (uint32_t up = whole->up; up && level; up--)
            level = level->outer;
        struct name_item item = {.table = level->query->tables[whole->table - 1],
                                 .number = whole->table};
        item.column_names = item.table->columns;
        item.column_count = item.table->column_count;
        return expand_append(a, to, &item, whole->up, row->location);
    }
    struct row_shape shape;
    if (!row_shape_of(a, row, &shape))
        return false;
    if (shape.count == 0 && !is_composite(a, row->type)) {
        if (row->type == a->known->record)
            return fail_at(a, expr_location(row), "42809", "record type has not been registered");
        return fail_at(a, expr_location(row), "42809", "type " SLICE_FMT " is not composite",
                       SLICE_ARG(type_text(a, row->type)));
    }
    for (uint32_t i = 0; i < shape.count; i++) {
        if (shape.dropped[i])
            continue;
        struct sql_expr_field *field =
            (void *)make_expr(a, SQL_EXPR_FIELD, sizeof *field, shape.types[i], -1);
        if (!field)
            return false;
        field->expr.typmod = shape.typmods[i];
        field->expr.collation = shape.collations[i];
        field->arg = row;
        field->column = i + 1;
        if (!expand_add(a, to, &field->expr, shape.names[i]))
            return false;
    }
    return true;
}

static struct slice field_name(const struct ast_column_ref *ref, uint32_t i)
{
    return ((const struct ast_name *)ref->fields.items[i])->names.items[0];
}

static bool expand_reference(struct analysis *a, const struct ast_column_ref *ref,
                             struct expansion *to)
{
    uint32_t count = ref->fields.count, up;
    int32_t location = ref->node.location;
    if (count == 1)
        return expand_all(a, location, to);
    struct slice table = field_name(ref, count - 2);
    struct slice schema = count > 2 ? field_name(ref, count - 3) : (struct slice){0};
    struct name_item *item;
    if (!find_table(a, schema, table, location, &item, &up))
        return false;
    if (item)
        return expand_append(a, to, item, up, location);
    /* column.* or variable.*; the reference without its star */
    struct ast_column_ref row_ref = *ref;
    row_ref.fields.count--;
    const struct sql_scope *scope = a->shared->scope;
    struct sql_expr *row = NULL;
    if (scope && scope->resolve && count <= 3) {
        struct slice names[2] = {field_name(ref, 0), count > 2 ? field_name(ref, 1) : table};
        row = scope->resolve(scope, a->env, names, count - 1, location);
    }
    if (!row && !a->env->error->sqlstate[0])
        return fail_missing_table(a, schema, table, location);
    return row && expand_row(a, row, to);
}

static bool ends_with_star(const struct ast_list *list)
{
    return list->count && list->items[list->count - 1]->kind == AST_STAR;
}

/* Replaces x.* by its columns; *done false: the node is an ordinary expression. */
static bool expand(struct analysis *a, const struct ast_node *node, struct expansion *to,
                   bool *done)
{
    *done = true;
    if (node->kind == AST_COLUMN_REF) {
        const struct ast_column_ref *ref = (const struct ast_column_ref *)node;
        if (ends_with_star(&ref->fields))
            return expand_reference(a, ref, to);
    } else if (node->kind == AST_INDIRECTION) {
        const struct ast_indirection *ind = (const struct ast_indirection *)node;
        if (ends_with_star(&ind->steps)) {
            struct ast_indirection rest = *ind;
            rest.steps.count--;
            struct sql_expr *row =
                rest.steps.count ? analyze_indirection(a, &rest) : analyze_here(a, ind->arg);
            return row && expand_row(a, row, to);
        }
    }
    *done = false;
    return true;
}

bool expand_list(struct analysis *a, const struct ast_list *list, struct sql_exprs *out)
{
    struct expansion all = {0};
    for (uint32_t i = 0; i < list->count; i++) {
        bool done;
        if (!expand(a, list->items[i], &all, &done))
            return false;
        if (done)
            continue;
        struct sql_expr *expr;
        if (list->items[i]->kind == AST_SET_TO_DEFAULT && a->place == PLACE_VALUES)
            expr = make_expr(a, SQL_EXPR_DEFAULT, sizeof *expr, a->known->unknown,
                             list->items[i]->location);
        else
            expr = analyze_here(a, list->items[i]);
        if (!expr || !expand_add(a, &all, expr, (struct slice){0}))
            return false;
    }
    *out = all.exprs;
    return true;
}

static bool add_target(struct analysis *a, struct sql_targets *to, struct sql_expr *expr,
                       struct slice name)
{
    if (!analysis_grow(a, &to->items, to->count, sizeof *to->items))
        return false;
    to->items[to->count++] = (struct sql_target){.expr = expr, .name = name};
    return true;
}

static bool add_targets(struct analysis *a, const struct ast_target *target,
                        struct sql_targets *out)
{
    struct expansion columns = {0};
    bool done;
    if (!expand(a, target->value, &columns, &done))
        return false;
    for (uint32_t i = 0; done && i < columns.exprs.count; i++)
        if (!add_target(a, out, columns.exprs.items[i], columns.names[i]))
            return false;
    if (done)
        return true;
    struct sql_expr *expr = analyze_here(a, target->value);
    if (!expr)
        return false;
    struct slice name = target->name.ptr ? target->name : a->rules->column_name(target->value);
    return add_target(a, out, expr, name);
}

bool analyze_targets(struct analysis *a, const struct ast_list *list, enum analysis_place place,
                     struct sql_targets *out)
{
    enum analysis_place before = a->place;
    a->place = place;
    bool ok = true;
    for (uint32_t i = 0; ok && i < list->count; i++)
        ok = add_targets(a, (const struct ast_target *)list->items[i], out);
    a->place = before;
    if (ok && out->count > a->rules->targets_max)
        return fail_at(a, -1, "54011", "target lists can have at most %u entries",
                       (unsigned)a->rules->targets_max);
    return ok;
}

/* Literals that nothing gave a type are text. */
bool resolve_unknown_targets(struct analysis *a, struct sql_targets *targets)
{
    for (uint32_t i = 0; i < targets->count; i++) {
        struct sql_expr **expr = &targets->items[i].expr;
        if ((*expr)->type != a->known->unknown)
            continue;
        *expr =
            coerce_type(a, *expr, a->known->text, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
        if (!*expr)
            return false;
    }
    return true;
}

/* ---- where plain columns come from, for the description of results */

static void find_origin(struct analysis *level, const struct sql_expr *expr,
                        struct sql_target *target, unsigned depth)
{
    const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || depth > 32)
        return;
    for (uint32_t up = column->up; up && level; up--)
        level = level->outer;
    if (!level || column->column < 0)
        return;
    const struct sql_table *table = level->query->tables[column->table - 1];
    if (table->kind == SQL_TABLE_RELATION) {
        target->origin_table = column->column ? table->relation : 0;
        target->origin_column = column->column;
    } else if (table->kind == SQL_TABLE_SUBQUERY && column->column > 0) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < table->query->target_count; i++)
            if (!table->query->targets[i].hidden && ++n == (uint32_t)column->column) {
                target->origin_table = table->query->targets[i].origin_table;
                target->origin_column = table->query->targets[i].origin_column;
            }
    } else if (table->kind == SQL_TABLE_JOIN && column->column > 0 &&
               (uint32_t)column->column <= table->join_columns.count) {
        find_origin(level, table->join_columns.items[column->column - 1], target, depth + 1);
    } else if (table->kind == SQL_TABLE_CTE && column->column > 0) {
        struct sql_cte *cte;
        uint32_t up;
        if (!find_cte(level, table->cte, &cte, &up) || !cte || !cte->query)
            return;
        const struct sql_query *query = cte->query;
        const struct sql_target *targets =
            query->command == SQL_SELECT ? query->targets : query->returning;
        if ((uint32_t)column->column <=
            (query->command == SQL_SELECT ? query->target_count : query->returning_count)) {
            target->origin_table = targets[column->column - 1].origin_table;
            target->origin_column = targets[column->column - 1].origin_column;
        }
    }
}

void mark_origins(struct analysis *a, struct sql_target *targets, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        find_origin(a, targets[i].expr, &targets[i], 0);
}
