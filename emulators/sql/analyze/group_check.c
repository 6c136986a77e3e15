/* Columns beside aggregates: each must be grouped by, or follow from the primary key that is. */
#include "emulators/sql/analyze/analysis.h"

struct checking {
    struct analysis *a;
    struct sql_expr **groups; /* expressions grouped by */
    bool *common;             /* those that every grouping set has */
    uint32_t count;
    bool plain; /* all of them are columns */
    uint32_t depth;
    bool in_direct;
};

/* ---- which expressions hold in all grouping sets */

static bool everywhere(const struct sql_grouping_set *set, uint32_t group)
{
    switch (set->kind) {
    case SQL_GROUPING_SIMPLE:
        for (uint32_t i = 0; i < set->group_count; i++)
            if (set->groups[i] == group)
                return true;
        return false;
    case SQL_GROUPING_SETS:
        for (uint32_t i = 0; i < set->set_count; i++)
            if (!everywhere(set->sets[i], group))
                return false;
        return set->set_count > 0;
    default: return false; /* ROLLUP and CUBE have the empty set, too */
    }
}

static bool in_common(const struct sql_query *q, uint32_t group)
{
    for (uint32_t i = 0; i < q->grouping_set_count; i++)
        if (everywhere(q->grouping_sets[i], group))
            return true;
    return q->grouping_set_count == 0;
}

/* ---- columns */

static bool visit_query(struct sql_query *query, void *ctx);

static bool same_column(const struct sql_expr *expr, const struct sql_expr_column *column)
{
    const struct sql_expr_column *other = (const struct sql_expr_column *)expr;
    return expr->kind == SQL_EXPR_COLUMN && other->up == 0 && other->table == column->table &&
           other->column == column->column;
}

static bool is_grouped(const struct checking *c, const struct sql_expr_column *column, bool always)
{
    for (uint32_t i = 0; i < c->count; i++)
        if ((!always || c->common[i]) && same_column(c->groups[i], column))
            return true;
    return false;
}

/* All columns of the table's primary key are grouped by. */
static bool follows_from_key(const struct checking *c, uint32_t table)
{
    struct sql_table *t = c->a->query->tables[table - 1];
    const struct sql_relation *relation =
        t->kind == SQL_TABLE_RELATION ? sql_find_relation_id(c->a->session, t->relation) : NULL;
    for (uint16_t i = 0; relation && i < relation->constraint_count; i++) {
        const struct sql_constraint *key =
            sql_find_constraint(c->a->session, relation->constraints[i]);
        if (!key || key->kind != SQL_CONSTRAINT_PRIMARY || key->deferrable)
            continue;
        for (uint16_t k = 0; k < key->column_count; k++) {
            struct sql_expr_column column = {.table = table, .column = key->columns[k]};
            if (!is_grouped(c, &column, true))
                return false;
        }
        t->grouping_key = key->object.id;
        return true;
    }
    return false;
}

static bool fail_ungrouped(struct checking *c, const struct sql_expr_column *column)
{
    const struct sql_table *table = c->a->query->tables[column->table - 1];
    struct slice name = SLICE_LITERAL("*");
    if (column->column > 0)
        name = table->columns[column->column - 1];
    else if (column->column < 0)
        name = system_column_name(column->column);
    if (c->depth)
        fail_at(c->a, column->expr.location, "42803",
                "subquery uses ungrouped column \"" SLICE_FMT "." SLICE_FMT "\" from outer query",
                SLICE_ARG(table->name), SLICE_ARG(name));
    else
        fail_at(c->a, column->expr.location, "42803",
                "column \"" SLICE_FMT "." SLICE_FMT
                "\" must appear in the GROUP BY clause or be used in an aggregate function",
                SLICE_ARG(table->name), SLICE_ARG(name));
    if (c->in_direct)
        sql_detail(c->a->env->error,
                   "Direct arguments of an ordered-set aggregate must use only grouped columns.");
    return true;
}

static bool check_grouping_call(struct checking *c, struct sql_expr_grouping *call);

static bool visit(struct sql_expr *expr, void *ctx)
{
    struct checking *c = ctx;
    if (expr->kind == SQL_EXPR_CONST || expr->kind == SQL_EXPR_PARAM)
        return false;
    if (expr->kind == SQL_EXPR_AGGREGATE) {
        struct sql_expr_aggregate *agg = (struct sql_expr_aggregate *)expr;
        if (agg->up == c->depth) {
            bool before = c->in_direct, bad = false;
            c->in_direct = true;
            for (uint32_t i = 0; i < agg->direct.count && !bad; i++)
                bad = visit(agg->direct.items[i], c);
            c->in_direct = before;
            return bad;
        }
        if (agg->up > c->depth)
            return false;
    }
    if (expr->kind == SQL_EXPR_GROUPING) {
        struct sql_expr_grouping *call = (struct sql_expr_grouping *)expr;
        return call->up == c->depth && !check_grouping_call(c, call);
    }
    if (!c->plain && c->depth == 0)
        for (uint32_t i = 0; i < c->count; i++)
            if (sql_expr_equal(expr, c->groups[i]))
                return false;
    if (expr->kind == SQL_EXPR_COLUMN) {
        struct sql_expr_column *column = (struct sql_expr_column *)expr;
        if (column->up != c->depth || is_grouped(c, column, false) ||
            follows_from_key(c, column->table))
            return false;
        return fail_ungrouped(c, column);
    }
    return sql_expr_walk_queries(expr, visit, visit_query, ctx);
}

static bool visit_query(struct sql_query *query, void *ctx)
{
    struct checking *c = ctx;
    c->depth++;
    bool bad = sql_query_walk(query, visit, visit_query, ctx);
    c->depth--;
    return bad;
}

/* ---- GROUPING(...) */

static bool check_grouping_call(struct checking *c, struct sql_expr_grouping *call)
{
    struct sql_query *q = c->a->query;
    call->groups = analysis_alloc(c->a, sizeof *call->groups * (call->args.count + 1));
    if (!call->groups)
        return false;
    for (uint32_t i = 0; i < call->args.count; i++) {
        for (uint32_t t = 0; t < q->target_count && !call->groups[i]; t++) {
            bool grouped = false;
            for (uint32_t g = 0; g < q->group_count; g++)
                grouped |=
                    q->targets[t].sort_group && q->group[g].target == q->targets[t].sort_group;
            const struct sql_expr *arg = call->args.items[i];
            bool same = sql_expr_equal(q->targets[t].expr, arg);
            if (c->depth && arg->kind == SQL_EXPR_COLUMN &&
                ((const struct sql_expr_column *)arg)->up == c->depth)
                same = same_column(q->targets[t].expr, (const struct sql_expr_column *)arg);
            if (grouped && same)
                call->groups[i] = q->targets[t].sort_group;
        }
        if (!call->groups[i])
            return fail_at(c->a, expr_location(call->args.items[i]), "42803",
                           "arguments to GROUPING must be grouping expressions of the associated "
                           "query level");
    }
    return true;
}

static bool visit_grouping_query(struct sql_query *query, void *ctx);

static bool visit_grouping(struct sql_expr *expr, void *ctx)
{
    struct checking *c = ctx;
    if (expr->kind == SQL_EXPR_GROUPING && ((struct sql_expr_grouping *)expr)->up == c->depth)
        return !check_grouping_call(c, (struct sql_expr_grouping *)expr);
    return sql_expr_walk_queries(expr, visit_grouping, visit_grouping_query, ctx);
}

static bool visit_grouping_query(struct sql_query *query, void *ctx)
{
    struct checking *c = ctx;
    c->depth++;
    bool bad = sql_query_walk(query, visit_grouping, visit_grouping_query, ctx);
    c->depth--;
    return bad;
}

/* ---- columns that a join merged are what they were merged of */

static struct sql_expr *flatten_column(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    struct checking *c = ctx;
    const struct sql_expr_column *column = (const struct sql_expr_column *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up != depth || column->column < 1)
        return NULL;
    const struct sql_table *table = c->a->query->tables[column->table - 1];
    if (table->kind != SQL_TABLE_JOIN)
        return NULL;
    /* Inside subqueries the columns stand further out, but only plain ones can be said so. */
    const struct sql_expr *merged = table->join_columns.items[column->column - 1];
    if (depth && merged->kind != SQL_EXPR_COLUMN)
        return NULL;
    struct sql_expr *copy = sql_expr_change(c->a->env->arena, merged, flatten_column, ctx);
    if (copy && depth)
        ((struct sql_expr_column *)copy)->up = depth;
    return copy;
}

static struct sql_expr *flatten(struct checking *c, struct sql_expr *expr)
{
    for (uint32_t i = 0; i < c->a->query->table_count; i++)
        if (c->a->query->tables[i]->kind == SQL_TABLE_JOIN)
            return sql_expr_change(c->a->env->arena, expr, flatten_column, c);
    return expr;
}

static bool check_recursive_term(struct analysis *a)
{
    struct sql_query *q = a->query;
    for (uint32_t i = 0; q->has_aggregates && i < q->table_count; i++) {
        if (q->tables[i]->kind != SQL_TABLE_CTE || !q->tables[i]->self)
            continue;
        int32_t location = -1;
        for (uint32_t t = 0; t < q->target_count && location < 0; t++)
            contains_aggregate(q->targets[t].expr, 0, &location);
        if (q->having && location < 0)
            contains_aggregate(q->having, 0, &location);
        return fail_at(a, location, "42P19",
                       "aggregate functions are not allowed in a recursive query's recursive term");
    }
    return true;
}

static bool collect_groups(struct checking *c)
{
    struct sql_query *q = c->a->query;
    c->groups = analysis_alloc(c->a, sizeof *c->groups * (q->group_count + 1));
    c->common = analysis_alloc(c->a, q->group_count + 1U);
    c->plain = true;
    for (uint32_t i = 0; c->groups && c->common && i < q->group_count; i++)
        for (uint32_t t = 0; t < q->target_count; t++)
            if (q->targets[t].sort_group == q->group[i].target) {
                c->common[c->count] = in_common(q, q->group[i].target);
                struct sql_expr *group = flatten(c, q->targets[t].expr);
                c->groups[c->count++] = group;
                c->plain &= group && group->kind == SQL_EXPR_COLUMN;
                break;
            }
    return c->groups && c->common;
}

static bool check_expr(struct checking *c, struct sql_expr *expr)
{
    struct sql_expr *flat = flatten(c, expr);
    return flat && !visit_grouping(expr, c) && !visit(flat, c);
}

bool check_aggregates(struct analysis *a)
{
    struct sql_query *q = a->query;
    if (!q->has_aggregates && !q->group_count && !q->having && !q->grouping_set_count)
        return true;
    struct checking c = {.a = a};
    if (!check_recursive_term(a) || !collect_groups(&c))
        return false;
    for (uint32_t i = 0; i < q->target_count; i++)
        if (!check_expr(&c, q->targets[i].expr))
            return false;
    return !q->having || check_expr(&c, q->having);
}
