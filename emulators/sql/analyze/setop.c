/* UNION, INTERSECT, EXCEPT: leaves are subqueries of the range table, columns get common types. */
#include "emulators/sql/analyze/analysis.h"

/* A node of the tree in the making: its columns as expressions. */
struct branch {
    struct sql_set_op *op;
    struct sql_target *targets; /* leaf: the subquery's own; else stand-ins, visible ones alone */
    uint32_t count;
    bool leaf;
};

static bool analyze_branch(struct analysis *a, const struct ast_select *select, bool top,
                           struct branch *out);

static bool refuse_into(struct analysis *a, const struct ast_select *select)
{
    return !select->into ||
           fail_at(a, select->into->node.location, "42601",
                   "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT");
}

static bool analyze_leaf(struct analysis *a, const struct ast_select *select, struct branch *out)
{
    if (!refuse_into(a, select))
        return false;
    struct sql_query *query = analyze_subquery(a, &select->node, NULL, false, true);
    if (!query)
        return false;
    /* Visible targets, in place: their coercion changes the subquery itself. */
    out->count = 0;
    for (uint32_t i = 0; i < query->target_count; i++)
        if (!query->targets[i].hidden)
            out->count++;
    out->targets = query->targets;
    out->leaf = true;
    struct name_item *item = add_subquery(
        a, query, NULL,
        arena_printf(a->env->arena, "*SELECT* %u", (unsigned)a->query->table_count + 1), false);
    if (!item)
        return false;
    item->table->in_from = false;
    out->op = analysis_alloc(a, sizeof *out->op);
    if (!out->op)
        return false;
    out->op->kind = SQL_SET_LEAF;
    out->op->table = item->number;
    return true;
}

static const char *op_words(const struct ast_select *select)
{
    return select->operation == AST_UNION       ? "UNION"
           : select->operation == AST_INTERSECT ? "INTERSECT"
                                                : "EXCEPT";
}

static bool is_unknown(struct analysis *a, const struct sql_expr *expr)
{
    return expr->type == a->known->unknown;
}

/* A literal of a leaf takes the common type at once; others are converted by the set operation. */
static bool settle(struct analysis *a, struct branch *side, uint32_t column, uint32_t type,
                   const char *context)
{
    struct sql_expr **expr = &side->targets[column].expr;
    if ((*expr)->type == type)
        return true;
    if (!side->leaf || (is_unknown(a, *expr) && (*expr)->kind != SQL_EXPR_CONST &&
                        (*expr)->kind != SQL_EXPR_PARAM))
        return coerce_to_common(a, expr, type, context);
    if (is_unknown(a, *expr))
        return coerce_to_common(a, expr, type, context);
    struct sql_expr *copy = *expr;
    return coerce_to_common(a, &copy, type, context);
}

static bool column_key(struct analysis *a, uint32_t type, int32_t location, bool sort,
                       struct sql_sort_key *key)
{
    struct sql_type_order order;
    if (!sort_operators(a, type, false, location, sort, &order))
        return false;
    *key =
        (struct sql_sort_key){.sort_op = order.lt, .eq_op = order.eq, .hashable = order.hashable};
    return true;
}

static bool op_room(struct analysis *a, struct sql_set_op *op, uint32_t count)
{
    op->column_count = count;
    op->types = analysis_alloc(a, sizeof *op->types * (count + 1));
    op->typmods = analysis_alloc(a, sizeof *op->typmods * (count + 1));
    op->collations = analysis_alloc(a, sizeof *op->collations * (count + 1));
    if (!op->all)
        op->keys = analysis_alloc(a, sizeof *op->keys * (count + 1));
    return op->types && op->typmods && op->collations && (op->all || op->keys);
}

static bool join_column(struct analysis *a, const struct ast_select *select, struct branch *left,
                        struct branch *right, struct branch *out, uint32_t column)
{
    const char *context = op_words(select);
    struct sql_expr *pair[2] = {left->targets[column].expr, right->targets[column].expr}, *best;
    uint32_t type;
    if (!common_type(a, pair, 2, context, &type, &best))
        return false;
    int32_t location = expr_location(best);
    if (!settle(a, left, column, type, context) || !settle(a, right, column, type, context))
        return false;
    pair[0] = left->targets[column].expr;
    pair[1] = right->targets[column].expr;
    struct sql_set_op *op = out->op;
    op->types[column] = type;
    op->typmods[column] = common_typmod(a, pair, 2, type);
    if (!assign_list_collations(a, pair, 2, op->kind == SQL_UNION && op->all,
                                &op->collations[column]))
        return false;
    if (!op->all && !column_key(a, type, location, false, &op->keys[column]))
        return false;
    struct sql_expr *stand_in = make_expr(a, SQL_EXPR_CASE_TEST, sizeof *stand_in, type, location);
    if (!stand_in)
        return false;
    stand_in->typmod = op->typmods[column];
    stand_in->collation = op->collations[column];
    out->targets[column] =
        (struct sql_target){.expr = stand_in, .name = left->targets[column].name};
    return true;
}

/* The recursive term's name means the columns of the other one, which comes first. */
static bool analyze_pair(struct analysis *a, const struct ast_select *select, bool top,
                         struct branch *left, struct branch *right)
{
    if (!analyze_branch(a, select->left, false, left))
        return false;
    if (top && a->parent_cte && a->parent_cte->recursive &&
        !set_cte_columns(a, a->parent_cte, left->targets, left->count))
        return false;
    return analyze_branch(a, select->right, false, right);
}

static bool analyze_operation(struct analysis *a, const struct ast_select *select, bool top,
                              struct branch *out)
{
    static const enum sql_set_op_kind kinds[] = {
        [AST_UNION] = SQL_UNION, [AST_INTERSECT] = SQL_INTERSECT, [AST_EXCEPT] = SQL_EXCEPT};
    struct branch left = {0}, right = {0};
    out->op = analysis_alloc(a, sizeof *out->op);
    if (!out->op || !analyze_pair(a, select, top, &left, &right))
        return false;
    if (left.count != right.count)
        return fail_at(a, right.count ? expr_location(right.targets[0].expr) : -1, "42601",
                       "each %s query must have the same number of columns", op_words(select));
    *out->op = (struct sql_set_op){
        .kind = kinds[select->operation], .all = select->all, .left = left.op, .right = right.op};
    out->count = left.count;
    out->targets = analysis_alloc(a, sizeof *out->targets * (left.count + 1));
    if (!out->targets || !op_room(a, out->op, left.count))
        return false;
    for (uint32_t i = 0; i < left.count; i++)
        if (!join_column(a, select, &left, &right, out, i))
            return false;
    return true;
}

static bool is_leaf(const struct ast_select *select)
{
    return select->operation == AST_SET_NONE || select->order_by.count || select->limit ||
           select->offset || select->locking.count || select->with;
}

static bool analyze_branch(struct analysis *a, const struct ast_select *select, bool top,
                           struct branch *out)
{
    if (!analysis_stack_ok(a, select->node.location))
        return false;
    if (select->operation != AST_SET_NONE && select->locking.count && !top)
        return fail_at(a, -1, "0A000", "FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT");
    return !top && is_leaf(select) ? analyze_leaf(a, select, out)
                                   : analyze_operation(a, select, top, out);
}

/* ---- the whole */

static uint32_t leftmost_table(const struct sql_set_op *op)
{
    while (op->kind != SQL_SET_LEAF)
        op = op->left;
    return op->table;
}

/* The result's columns, as columns of the leftmost subquery with the common types. */
static bool result_columns(struct analysis *a, const struct branch *whole,
                           struct sql_targets *targets)
{
    uint32_t table = leftmost_table(whole->op);
    for (uint32_t i = 0; i < whole->count; i++) {
        struct sql_expr_column *column =
            (void *)make_expr(a, SQL_EXPR_COLUMN, sizeof *column, whole->op->types[i],
                              whole->targets[i].expr->location);
        if (!column || !analysis_grow(a, &targets->items, targets->count, sizeof *targets->items))
            return false;
        column->expr.typmod = whole->op->typmods[i];
        column->expr.collation = whole->op->collations[i];
        column->table = table;
        column->column = (int32_t)i + 1;
        targets->items[targets->count++] =
            (struct sql_target){.expr = &column->expr, .name = whole->targets[i].name};
    }
    return true;
}

/* Only the result's columns are in sight of ORDER BY. */
static bool order_whole(struct analysis *a, const struct ast_select *select,
                        struct sql_targets *targets)
{
    struct sql_query *q = a->query;
    struct sql_table *table = analysis_alloc(a, sizeof *table);
    struct name_item *item = analysis_alloc(a, sizeof *item);
    if (!table || !item || !table_room(a, table, targets->count))
        return false;
    item->columns = analysis_alloc(a, sizeof *item->columns * (targets->count + 1));
    if (!item->columns)
        return false;
    table->kind = SQL_TABLE_JOIN; /* no system columns */
    for (uint32_t i = 0; i < targets->count; i++) {
        const struct sql_expr_column *column =
            (const struct sql_expr_column *)targets->items[i].expr;
        table->columns[i] = targets->items[i].name;
        item->columns[i] = (struct name_column){column->table, column->column, column->expr.type,
                                                column->expr.typmod, column->expr.collation};
    }
    item->table = table;
    item->column_names = table->columns;
    item->column_count = targets->count;
    struct name_list around = a->names;
    a->names = (struct name_list){0};
    uint32_t visible = targets->count;
    bool done = add_names(a, item, false, true) &&
                analyze_sort(a, &select->order_by, targets, PLACE_ORDER_BY, true, &q->order,
                             &q->order_count);
    a->names = around;
    if (!done || targets->count == visible)
        return done;
    fail_at(a, expr_location(targets->items[visible].expr), "0A000",
            "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
    sql_detail(a->env->error,
               "Only result column names can be used, not expressions or functions.");
    return sql_hint(a->env->error,
                    "Add the expression/function to every SELECT, or move the UNION into a FROM "
                    "clause.");
}

struct sql_query *analyze_set_op(struct analysis *a, const struct ast_select *select)
{
    struct sql_targets targets = {0};
    struct branch whole = {0};
    struct sql_query *q = a->query = analysis_alloc(a, sizeof *a->query);
    if (!q)
        return NULL;
    q->command = SQL_SELECT;
    if (select->locking.count) {
        static const char *const locks[] = {"", "FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE",
                                            "FOR UPDATE"};
        fail_at(a, -1, "0A000", "%s is not allowed with UNION/INTERSECT/EXCEPT",
                locks[((const struct ast_locking *)select->locking.items[0])->strength]);
        return NULL;
    }
    if (select->with && !analyze_with(a, select->with))
        return NULL;
    if (!analyze_branch(a, select, true, &whole) || !result_columns(a, &whole, &targets))
        return NULL;
    q->set_op = whole.op;
    if (!order_whole(a, select, &targets) ||
        !analyze_limit(a, select->offset, PLACE_OFFSET, "OFFSET", select->limit_option,
                       &q->offset) ||
        !analyze_limit(a, select->limit, PLACE_LIMIT, "LIMIT", select->limit_option, &q->limit))
        return NULL;
    q->with_ties = select->limit_option == AST_LIMIT_WITH_TIES;
    q->targets = targets.items;
    q->target_count = targets.count;
    return assign_collations(a, q) ? q : NULL;
}
