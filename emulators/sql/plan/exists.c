/* EXISTS with equalities between the two queries, where it became no join: a hash of all the inner rows
 * answers it once it was asked often enough. */
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

/* ---- what an expression of the inner query refers to */

struct refers {
    uint32_t depth; /* queries further in */
    bool inside, outside;
};

static bool visit_expr(struct sql_expr *expr, void *ctx);

static bool visit_query(struct sql_query *query, void *ctx)
{
    struct refers *refers = ctx;
    refers->depth++;
    sql_query_walk(query, visit_expr, visit_query, ctx);
    refers->depth--;
    return false;
}

static void note_level(struct refers *refers, uint32_t up)
{
    refers->inside |= up == refers->depth;
    refers->outside |= up > refers->depth;
}

static bool visit_expr(struct sql_expr *expr, void *ctx)
{
    if (expr->kind == SQL_EXPR_COLUMN)
        note_level(ctx, ((const struct sql_expr_column *)(const void *)expr)->up);
    if (expr->kind == SQL_EXPR_AGGREGATE)
        note_level(ctx, ((const struct sql_expr_aggregate *)(const void *)expr)->up);
    if (expr->kind == SQL_EXPR_GROUPING)
        note_level(ctx, ((const struct sql_expr_grouping *)(const void *)expr)->up);
    return sql_expr_walk_queries(expr, visit_expr, visit_query, ctx);
}

static struct refers refers_of(const struct sql_expr *expr)
{
    struct refers refers = {0};
    visit_expr((struct sql_expr *)(uintptr_t)expr, &refers);
    return refers;
}

/* ---- taking the equalities out */

struct split {
    struct sql_planner *planner;
    const struct sql_expr **outer, **inner; /* sides of the equalities */
    const struct sql_expr_call **equalities;
    uint32_t count;
    struct sql_expr **rest; /* conditions on the inner query alone */
    uint32_t rest_count;
};

/* false: it is neither an equality of the two queries nor a condition on the inner one. */
static bool split_condition(struct split *split, struct sql_expr *expr)
{
    const struct sql_expr_call *call = (const void *)expr;
    struct refers refers = refers_of(expr);
    enum sql_key_codec codec;
    bool is_volatile = false;
    sql_plan_is_costly(split->planner, expr, &is_volatile);
    if (is_volatile)
        return false;
    if (!refers.outside) {
        split->rest[split->rest_count++] = expr;
        return true;
    }
    if (!sql_plan_hash_codec(split->planner, call, &codec))
        return false;
    for (uint32_t side = 0; side < 2; side++) {
        const struct sql_expr *outer = call->args.items[side], *inner = call->args.items[1 - side];
        struct refers of_outer = refers_of(outer), of_inner = refers_of(inner);
        if (of_outer.inside || of_inner.outside || !of_inner.inside)
            continue;
        split->outer[split->count] = outer;
        split->inner[split->count] = inner;
        split->equalities[split->count++] = call;
        return true;
    }
    return false;
}

static bool is_plain(struct sql_plan_query *planned)
{
    const struct sql_query *query = planned->query;
    int64_t limit = 0;
    return query->command == SQL_SELECT && !query->set_op && !query->cte_count &&
           !query->group_count && !query->grouping_set_count && !query->having &&
           !query->has_aggregates && !query->has_windows && !query->has_sets && !query->offset &&
           !query->row_mark_count && query->from_count && query->where &&
           (!query->limit || (sql_plan_known_limit(planned, &limit) && limit > 0));
}

static bool split_where(struct split *split, struct sql_expr *where)
{
    const struct sql_expr_bool *junction = (const void *)where;
    bool several = where->kind == SQL_EXPR_BOOL && junction->op == SQL_AND;
    uint32_t count = several ? junction->args.count : 1;
    struct arena *arena = split->planner->arena;
    split->outer = arena_array(arena, count, sizeof(*split->outer));
    split->inner = arena_array(arena, count, sizeof(*split->inner));
    split->equalities = arena_array(arena, count, sizeof(*split->equalities));
    split->rest = arena_array(arena, count, sizeof(*split->rest));
    if (!split->outer || !split->inner || !split->equalities || !split->rest)
        return sql_fail_memory(split->planner->env->error);
    for (uint32_t i = 0; i < count; i++)
        if (!split_condition(split, several ? junction->args.items[i] : where)) {
            split->count = 0;
            break;
        }
    return true;
}

/* The inner query without the equalities, giving their inner sides; *out is NULL when it reads the query
 * around it otherwise too. */
static bool make_rest(const struct split *split, const struct sql_query *from,
                      struct sql_query **out)
{
    struct arena *arena = split->planner->arena;
    struct sql_query *query = arena_alloc(arena, sizeof(*query));
    struct sql_expr_bool *where = arena_zalloc(arena, sizeof(*where));
    struct sql_target *targets = arena_zalloc(arena, split->count * sizeof(*targets));
    if (!query || !where || !targets)
        return sql_fail_memory(split->planner->env->error);
    *query = *from;
    where->expr = *from->where;
    where->expr.kind = SQL_EXPR_BOOL;
    where->op = SQL_AND;
    where->args = (struct sql_exprs){split->rest, split->rest_count};
    query->where = split->rest_count == 0   ? NULL
                   : split->rest_count == 1 ? split->rest[0]
                                            : &where->expr;
    for (uint32_t i = 0; i < split->count; i++)
        targets[i].expr = (struct sql_expr *)(uintptr_t)split->inner[i];
    query->targets = targets;
    query->target_count = split->count;
    query->limit = NULL;
    query->order_count = query->distinct_count = 0;
    query->distinct_on = false;
    struct refers refers = {0};
    sql_query_walk(query, visit_expr, visit_query, &refers);
    *out = refers.outside ? NULL : query;
    return true;
}

/* ---- the hash */

static bool plan_keys(const struct split *split, struct sql_plan_query *sub,
                      struct sql_subplan *hashed)
{
    struct sql_planner *planner = split->planner;
    struct sql_compiler left;
    sql_compiler_begin(&left, planner);
    hashed->outer_keys.items = arena_zalloc(planner->arena, split->count * sizeof(struct sql_key));
    hashed->inner_keys.items = arena_zalloc(planner->arena, split->count * sizeof(struct sql_key));
    if (!hashed->outer_keys.items || !hashed->inner_keys.items)
        return sql_fail_memory(planner->env->error);
    hashed->outer_keys.count = hashed->inner_keys.count = split->count;
    for (uint32_t i = 0; i < split->count; i++) {
        struct sql_key *outer = &hashed->outer_keys.items[i], *inner = &hashed->inner_keys.items[i];
        uint32_t reg, collation = split->equalities[i]->input_collation;
        enum sql_key_codec codec;
        if (!sql_compile(&left, sub, split->outer[i], SQL_NO_REGISTER, &reg) ||
            !sql_plan_key(planner, reg, sql_plan_type(planner, split->outer[i]->type), collation,
                          outer) ||
            !sql_plan_key(planner, hashed->columns[i],
                          sql_plan_type(planner, split->inner[i]->type), collation, inner))
            return false;
        sql_plan_hash_codec(planner, split->equalities[i], &codec);
        outer->codec = inner->codec = codec;
    }
    return sql_compiler_end(&left, 0, &hashed->left);
}

bool sql_plan_exists_hash(struct sql_plan_query *inner, struct sql_subplan *subplan)
{
    struct sql_planner *planner = inner->planner;
    struct split split = {.planner = planner};
    struct sql_query *rest;
    struct sql_plan_query *sub;
    if (!is_plain(inner))
        return true;
    if (!split_where(&split, inner->query->where))
        return false;
    if (split.count == 0)
        return true;
    if (!make_rest(&split, inner->query, &rest))
        return false;
    if (!rest)
        return true;
    struct sql_subplan *hashed = sql_plan_subplan(planner);
    if (!hashed || !sql_plan_subquery(inner->parent, rest, hashed, &sub) ||
        !plan_keys(&split, sub, hashed))
        return false;
    hashed->kind = SQL_SUBLINK_EXISTS;
    hashed->hashed = true;
    subplan->alternative = hashed;
    subplan->patience = (uint64_t)(hashed->root->cost / (subplan->root->cost + 1));
    return true;
}
