/* Set operations whose branches have other types than the result: the leaves are brought to the
 * result's types, which analysis leaves to this step so that views are printed as they were written. */
#include "emulators/sql/analyze/rewrite.h"

static bool is_sorted_by(const struct sql_query *query, uint32_t target)
{
    return query->targets[target].sort_group || query->distinct_count || query->set_op;
}

static struct sql_expr *convert(struct analysis *a, struct sql_expr *expr, uint32_t type,
                                int32_t typmod, uint32_t collation)
{
    struct sql_expr *out;
    if (!coerce_to_target(a, expr, type, typmod, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1, &out))
        return NULL;
    if (!out) {
        sql_fail(a->env->error, "XX000", "types of a set operation do not fit");
        return NULL;
    }
    return collation == out->collation || assign_expr_collations(a, out) ? out : NULL;
}

/* SELECT columns FROM (leaf): for leaves that sort or compare what would be converted. */
static bool wrap(struct analysis *a, struct sql_table *table)
{
    struct analysis inner = analysis_inside(a);
    struct sql_query *outer = inner.query = analysis_alloc(a, sizeof *outer);
    if (!outer)
        return false;
    outer->command = SQL_SELECT;
    struct name_item *item = add_subquery(&inner, table->query, NULL, table->name, false);
    if (!item || !add_from_table(&inner, item))
        return false;
    outer->targets = analysis_alloc(a, sizeof *outer->targets * (item->column_count + 1));
    for (uint32_t i = 0; outer->targets && i < item->column_count; i++) {
        struct sql_expr *column = make_column(&inner, item, i, -1);
        if (!column)
            return false;
        outer->targets[outer->target_count++] =
            (struct sql_target){.expr = column, .name = item->column_names[i]};
    }
    table->query = outer;
    return outer->targets != NULL;
}

static bool convert_leaf(struct analysis *a, struct sql_table *table, const struct sql_set_op *top)
{
    bool wanted = false, careful = false;
    for (uint32_t i = 0, n = 0; i < table->query->target_count; i++) {
        if (table->query->targets[i].hidden)
            continue;
        if (table->query->targets[i].expr->type != top->types[n++]) {
            wanted = true;
            careful |= is_sorted_by(table->query, i);
        }
    }
    if (!wanted)
        return true;
    if (careful && !wrap(a, table))
        return false;
    for (uint32_t i = 0, n = 0; i < table->query->target_count; i++) {
        struct sql_target *target = &table->query->targets[i];
        if (target->hidden)
            continue;
        if (target->expr->type != top->types[n]) {
            target->expr =
                convert(a, target->expr, top->types[n], top->typmods[n], top->collations[n]);
            if (!target->expr)
                return false;
            table->types[n] = top->types[n];
            table->typmods[n] = top->typmods[n];
        }
        n++;
    }
    return true;
}

static bool convert_keys(struct analysis *a, struct sql_set_op *op, const struct sql_set_op *top)
{
    op->types = top->types;
    op->typmods = top->typmods;
    if (op->all)
        return true;
    op->keys = analysis_alloc(a, sizeof *op->keys * (op->column_count + 1));
    for (uint32_t i = 0; op->keys && i < op->column_count; i++) {
        struct sql_type_order order;
        if (!sort_operators(a, op->types[i], false, -1, false, &order))
            return false;
        op->keys[i] = (struct sql_sort_key){
            .sort_op = order.lt, .eq_op = order.eq, .hashable = order.hashable};
    }
    return op->keys != NULL;
}

static bool same_types(const struct sql_set_op *a, const struct sql_set_op *b)
{
    return memcmp(a->types, b->types, sizeof *a->types * a->column_count) == 0;
}

static bool convert_tree(struct analysis *a, struct sql_query *query, struct sql_set_op *op,
                         const struct sql_set_op *top)
{
    if (!analysis_stack_ok(a, -1))
        return false;
    if (op->kind == SQL_SET_LEAF)
        return convert_leaf(a, query->tables[op->table - 1], top);
    if (op != top && !same_types(op, top) && !convert_keys(a, op, top))
        return false;
    return convert_tree(a, query, op->left, top) && convert_tree(a, query, op->right, top);
}

bool rewrite_set_op(struct analysis *a, struct sql_query *query)
{
    return !query->set_op || convert_tree(a, query, query->set_op, query->set_op);
}
