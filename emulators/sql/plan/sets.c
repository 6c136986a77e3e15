/* Functions that return sets, in the target list. */
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

struct found {
    const struct sql_expr_call *call;
    uint32_t level; /* how deep sets are nested in its arguments */
};

struct finder {
    struct sql_plan_query *query;
    struct sql_vector calls; /* struct found: inner ones before outer ones */
    uint32_t levels;         /* that the expressions walked so far need */
    bool failed;
};

static bool find_sets(struct sql_expr *expr, void *ctx)
{
    struct finder *finder = ctx;
    const struct sql_expr_call *call = (const void *)expr;
    if (expr->kind == SQL_EXPR_SUBLINK || expr->kind == SQL_EXPR_AGGREGATE ||
        expr->kind == SQL_EXPR_WINDOW || sql_find_computed(finder->query, expr))
        return false;
    if (expr->kind != SQL_EXPR_FUNCTION || !call->returns_set)
        return sql_expr_walk(expr, find_sets, ctx);
    uint32_t levels = finder->levels;
    finder->levels = 0;
    sql_expr_walk(expr, find_sets, ctx);
    struct found *item =
        sql_vector_add(finder->query->planner->arena, &finder->calls, sizeof(*item));
    if (item)
        *item = (struct found){call, finder->levels++};
    else
        finder->failed = true;
    finder->levels = levels > finder->levels ? levels : finder->levels;
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

static bool plan_levels(struct sql_plan_query *query, const struct finder *finder,
                        struct sql_node **node)
{
    struct sql_planner *planner = query->planner;
    const struct found *calls = finder->calls.items;
    const struct sql_expr_call **some =
        arena_array(planner->arena, finder->calls.count, sizeof(*some));
    if (finder->failed || !some)
        return sql_fail_memory(planner->env->error);
    for (uint32_t level = 0; level < finder->levels; level++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < finder->calls.count; i++)
            if (calls[i].level == level)
                some[count++] = calls[i].call;
        if (!plan_level(query, some, count, node))
            return false;
    }
    return true;
}

static bool is_key(const struct sql_sort_key *keys, uint32_t count, uint32_t sort_group)
{
    for (uint32_t i = 0; sort_group && i < count; i++)
        if (keys[i].target == sort_group)
            return true;
    return false;
}

static bool is_wanted(const struct sql_plan_query *query, enum sql_plan_sets_of which,
                      uint32_t target)
{
    const struct sql_query *source = query->query;
    uint32_t sort_group = source->targets[target].sort_group;
    if (which == SQL_PLAN_SETS_OF_GROUPS)
        return is_key(source->group, source->group_count, sort_group);
    if (which != SQL_PLAN_SETS_OF_WINDOWS)
        return !query->late || query->late[target] == (which == SQL_PLAN_SETS_LATE);
    for (uint32_t w = 0; w < source->window_count; w++) {
        const struct sql_window *window = &source->windows[w];
        if (is_key(window->partition, window->partition_count, sort_group) ||
            is_key(window->order, window->order_count, sort_group))
            return true;
    }
    return false;
}

bool sql_plan_sets(struct sql_plan_query *query, enum sql_plan_sets_of which,
                   struct sql_node **node)
{
    struct finder finder = {.query = query};
    if (!query->query->has_sets)
        return true;
    for (uint32_t i = 0; i < query->query->target_count; i++)
        if (is_wanted(query, which, i))
            find_sets(query->query->targets[i].expr, &finder);
    return plan_levels(query, &finder, node);
}
