/* Functions that return sets, in the target list. */
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

struct finder {
    struct sql_plan_query *query;
    struct sql_vector calls; /* const struct sql_expr_call *: inner ones before outer ones */
    bool failed;
};

static bool find_sets(struct sql_expr *expr, void *ctx)
{
    struct finder *finder = ctx;
    const struct sql_expr_call *call = (const void *)expr;
    if (expr->kind == SQL_EXPR_SUBLINK || expr->kind == SQL_EXPR_AGGREGATE ||
        expr->kind == SQL_EXPR_WINDOW)
        return false;
    sql_expr_walk(expr, find_sets, ctx);
    if (expr->kind != SQL_EXPR_FUNCTION || !call->returns_set)
        return false;
    const struct sql_expr_call **item =
        sql_vector_add(finder->query->planner->arena, &finder->calls, sizeof(*item));
    if (item)
        *item = call;
    else
        finder->failed = true;
    return false;
}

static bool plan_set(struct sql_plan_query *query, const struct sql_expr_call *call,
                     struct sql_project_set *out)
{
    struct sql_planner *planner = query->planner;
    struct sql_compiler compiler;
    struct sql_call_site *site;
    const struct sql_type **types = arena_array(planner->arena, call->args.count, sizeof(*types));
    if (!types)
        return sql_fail_memory(planner->env->error);
    for (uint32_t i = 0; i < call->args.count; i++)
        types[i] = sql_plan_type(planner, call->args.items[i]->type);
    sql_compiler_begin(&compiler, planner);
    if (!sql_compile_args(&compiler, query, &call->args, &out->arg_base) ||
        !sql_compiler_end(&compiler, 0, &out->args) ||
        !sql_plan_site(planner, call->function, call->input_collation, types, call->args.count,
                       sql_plan_type(planner, call->expr.type), &site) ||
        !sql_plan_register(planner, sql_plan_type(planner, call->expr.type), &out->result))
        return false;
    site->variadic = call->variadic;
    out->site = site;
    return true;
}

/* Sets inside the arguments of other sets are a node of their own below these. */
static bool plan_level(struct sql_plan_query *query, const struct sql_expr_call **calls,
                       uint32_t count, struct sql_node **node)
{
    struct sql_planner *planner = query->planner;
    struct sql_node_project_set *set =
        sql_plan_node(planner, SQL_NODE_PROJECT_SET, sizeof(*set), 1);
    if (!set || !(set->sets = arena_zalloc(planner->arena, count * sizeof(*set->sets))))
        return sql_fail_memory(planner->env->error);
    set->node.inputs[0] = *node;
    set->node.rows = (*node)->rows * 10;
    set->node.cost = (*node)->cost + set->node.rows;
    for (uint32_t i = 0; i < count; i++)
        if (!plan_set(query, calls[i], &set->sets[set->set_count++]))
            return false;
    *node = &set->node;
    for (uint32_t i = 0; i < count; i++)
        if (!sql_plan_computed(query, &calls[i]->expr, set->sets[i].result))
            return false;
    return true;
}

static bool has_set(struct sql_expr *expr, void *ctx)
{
    const struct sql_expr_call *call = (const void *)expr;
    if (expr->kind == SQL_EXPR_FUNCTION && call->returns_set)
        return true;
    return expr->kind != SQL_EXPR_SUBLINK && sql_expr_walk(expr, has_set, ctx);
}

/* How deep sets are nested below this call. */
static uint32_t level_of(const struct sql_expr_call *call, const struct finder *finder)
{
    const struct sql_expr_call *const *calls = finder->calls.items;
    uint32_t level = 0;
    if (!sql_expr_walk((struct sql_expr *)(uintptr_t)&call->expr, has_set, NULL))
        return 0;
    for (uint32_t i = 0; i < finder->calls.count && calls[i] != call; i++)
        level = level_of(calls[i], finder) + 1 > level ? level_of(calls[i], finder) + 1 : level;
    return level;
}

bool sql_plan_sets(struct sql_plan_query *query, struct sql_node **node)
{
    struct finder finder = {.query = query};
    struct sql_planner *planner = query->planner;
    for (uint32_t i = 0; i < query->query->target_count; i++)
        find_sets(query->query->targets[i].expr, &finder);
    if (finder.failed)
        return sql_fail_memory(planner->env->error);
    const struct sql_expr_call **calls = finder.calls.items;
    const struct sql_expr_call **some =
        arena_array(planner->arena, finder.calls.count, sizeof(*some));
    if (!some)
        return sql_fail_memory(planner->env->error);
    for (uint32_t level = 0, left = finder.calls.count; left; level++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < finder.calls.count; i++)
            if (level_of(calls[i], &finder) == level)
                some[count++] = calls[i];
        left -= count;
        if (count && !plan_level(query, some, count, node))
            return false;
    }
    return true;
}
