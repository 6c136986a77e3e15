/* Window functions: for each window a sort and a node that gives all its results. */
#include "emulators/sql/exec/window.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

struct finder {
    struct sql_plan_query *query;
    struct sql_vector calls; /* const struct sql_expr_window * */
    bool failed;
};

static bool find_windows(struct sql_expr *expr, void *ctx)
{
    struct finder *finder = ctx;
    if (expr->kind == SQL_EXPR_SUBLINK)
        return false;
    if (expr->kind != SQL_EXPR_WINDOW)
        return sql_expr_walk(expr, find_windows, ctx);
    const struct sql_expr **item =
        sql_vector_add(finder->query->planner->arena, &finder->calls, sizeof(*item));
    if (item)
        *item = expr;
    else
        finder->failed = true;
    return false;
}

/* Keys of PARTITION BY or ORDER BY: their expressions are computed below. */
static bool window_keys(struct sql_plan_query *query, struct sql_compiler *compiler,
                        const struct sql_sort_key *from, uint32_t count, struct sql_keys *out)
{
    struct sql_planner *planner = query->planner;
    out->items = arena_zalloc(planner->arena, (count + 1) * sizeof(*out->items));
    if (!out->items)
        return no_memory(planner);
    out->count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index, reg;
        const struct sql_target *target = sql_plan_target_of(query->query, from[i].target, &index);
        if (!target)
            return sql_fail(planner->env->error, "XX000", "a window's key has no target");
        if (!sql_compile(compiler, query, target->expr, SQL_NO_REGISTER, &reg) ||
            !sql_plan_key(planner, reg, sql_plan_type(planner, target->expr->type),
                          target->expr->collation, &out->items[i]))
            return false;
        sql_plan_key_order(planner, &from[i], &out->items[i]);
        out->items[i].expr = target->expr;
        out->items[i].terms = query;
    }
    return true;
}

/* Do rows leave the frame at its start, and may an aggregate ask for their values once more? */
static bool rows_leave(struct sql_plan_query *query, const struct sql_expr_window *expr)
{
    const struct sql_window *window = &query->query->windows[expr->window];
    bool asks = true, is_volatile = false;
    if (window->start == SQL_UNBOUNDED_PRECEDING)
        return false;
    for (uint32_t i = 0; asks && i < expr->args.count; i++)
        asks = !sql_plan_is_costly(query->planner, expr->args.items[i], &is_volatile);
    if (asks && expr->filter)
        asks = !sql_plan_is_costly(query->planner, expr->filter, &is_volatile);
    return asks && !is_volatile;
}

static bool plan_aggregate(struct sql_plan_query *query, const struct sql_expr_window *expr,
                           struct sql_window_call *out)
{
    struct sql_expr_aggregate *aggregate = arena_zalloc(query->planner->arena, sizeof(*aggregate));
    out->aggregate = arena_zalloc(query->planner->arena, sizeof(*out->aggregate));
    if (!aggregate || !out->aggregate)
        return no_memory(query->planner);
    aggregate->expr = expr->expr;
    aggregate->expr.kind = SQL_EXPR_AGGREGATE;
    aggregate->function = expr->function;
    aggregate->input_collation = expr->input_collation;
    aggregate->args = expr->args;
    aggregate->arg_count = expr->args.count;
    aggregate->star = expr->star;
    aggregate->filter = expr->filter;
    return sql_plan_aggregate_call(query, aggregate, rows_leave(query, expr), out->aggregate);
}

static bool plan_call(struct sql_plan_query *query, const struct sql_expr_window *expr,
                      struct sql_window_call *out)
{
    struct sql_planner *planner = query->planner;
    out->expr = expr;
    out->argc = expr->args.count;
    if (!sql_plan_register(planner, sql_plan_type(planner, expr->expr.type), &out->result))
        return false;
    if (expr->aggregate)
        return plan_aggregate(query, expr, out);
    const struct sql_routine *routine = sql_find_routine_id(planner->session, expr->function);
    out->function = routine ? sql_window_function_find(routine->source) : NULL;
    if (!out->function)
        return sql_fail(planner->env->error, "0A000", "this window function is not supported");
    struct sql_compiler compiler;
    sql_compiler_begin(&compiler, planner);
    return sql_compile_args(&compiler, query, &expr->args, &out->arg_base) &&
           sql_compiler_end(&compiler, 0, &out->args);
}

static bool in_range_site(struct sql_plan_query *query, const struct sql_node_window *node,
                          uint32_t function, const struct sql_expr *offset,
                          const struct sql_call_site **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_call_site *site;
    if (!function || node->order.count == 0)
        return true;
    const struct sql_type **types = arena_array(planner->arena, 5, sizeof(*types));
    if (!types)
        return no_memory(planner);
    const struct sql_type *boolean = sql_plan_type(planner, planner->dialect->types_of.boolean);
    types[0] = types[1] = node->order.items[0].type;
    types[2] = sql_plan_type(planner, offset->type);
    types[3] = types[4] = boolean;
    if (!sql_plan_site(planner, function, node->order.items[0].collation, types, 5, boolean, &site))
        return false;
    *out = site;
    return true;
}

static bool sort_for(struct sql_planner *planner, const struct sql_node_window *window,
                     struct sql_node **node)
{
    struct sql_keys keys;
    keys.count = window->partition.count + window->order.count;
    if (keys.count == 0)
        return true;
    keys.items = arena_array(planner->arena, keys.count, sizeof(*keys.items));
    if (!keys.items)
        return no_memory(planner);
    memcpy(keys.items, window->partition.items, window->partition.count * sizeof(*keys.items));
    memcpy(keys.items + window->partition.count, window->order.items,
           window->order.count * sizeof(*keys.items));
    return sql_plan_sort(planner, &keys, node);
}

static bool check_sortable(struct sql_planner *planner, const struct sql_sort_key *keys,
                           uint32_t count, const char *clause, const char *columns)
{
    for (uint32_t i = 0; i < count; i++)
        if (!keys[i].sort_op) {
            sql_fail(planner->env->error, "0A000", "could not implement window %s", clause);
            return sql_detail(planner->env->error,
                              "Window %s columns must be of sortable datatypes.", columns);
        }
    return true;
}

static bool plan_window(struct sql_plan_query *query, const struct finder *finder, uint32_t number,
                        uint32_t count, struct sql_node **node)
{
    struct sql_planner *planner = query->planner;
    const struct sql_window *source = &query->query->windows[number];
    const struct sql_expr_window *const *calls = finder->calls.items;
    struct sql_compiler compiler;
    const struct sql_program *program;
    struct sql_node_window *window = sql_plan_node(planner, SQL_NODE_WINDOW, sizeof(*window), 1);
    if (!window || !(window->calls = arena_zalloc(planner->arena, count * sizeof(*window->calls))))
        return no_memory(planner);
    window->window = source;
    if (!check_sortable(planner, source->partition, source->partition_count, "PARTITION BY",
                        "partitioning") ||
        !check_sortable(planner, source->order, source->order_count, "ORDER BY", "ordering"))
        return false;
    sql_compiler_begin(&compiler, planner);
    if (!window_keys(query, &compiler, source->partition, source->partition_count,
                     &window->partition) ||
        !window_keys(query, &compiler, source->order, source->order_count, &window->order) ||
        !sql_compiler_end(&compiler, 0, &program) || !sql_plan_project(planner, *node, program) ||
        !sort_for(planner, window, node))
        return false;
    window->node.inputs[0] = *node;
    window->node.rows = (*node)->rows;
    window->node.cost = (*node)->cost + (*node)->rows;
    for (uint32_t i = 0; i < finder->calls.count; i++)
        if (calls[i]->window == number &&
            !plan_call(query, calls[i], &window->calls[window->call_count++]))
            return false;
    if ((source->start_offset &&
         !sql_compile_expr(query, source->start_offset, &window->start_offset)) ||
        (source->end_offset && !sql_compile_expr(query, source->end_offset, &window->end_offset)))
        return false;
    *node = &window->node;
    return in_range_site(query, window, source->start_in_range, source->start_offset,
                         &window->start_in_range) &&
           in_range_site(query, window, source->end_in_range, source->end_offset,
                         &window->end_in_range);
}

/* ---- in which order windows are computed */

/* Key number i of a window's sort: PARTITION BY's keys, then those of ORDER BY that are not among them. */
static const struct sql_sort_key *sort_key(const struct sql_window *window, uint32_t i)
{
    if (i < window->partition_count)
        return &window->partition[i];
    i -= window->partition_count;
    for (uint32_t k = 0; k < window->order_count; k++) {
        bool known = false;
        for (uint32_t p = 0; p < window->partition_count; p++)
            known |= window->partition[p].target == window->order[k].target &&
                     window->partition[p].sort_op == window->order[k].sort_op;
        if (!known && i-- == 0)
            return &window->order[k];
    }
    return NULL;
}

/* Windows that can share a sort stand together, the longer keys first; PostgreSQL orders them by the
 * same numbers, and the rows of the whole come in the order of the last one. */
static int compare_windows(const struct sql_window *a, const struct sql_window *b)
{
    for (uint32_t i = 0;; i++) {
        const struct sql_sort_key *x = sort_key(a, i), *y = sort_key(b, i);
        if (!x || !y)
            return (y != NULL) - (x != NULL);
        if (x->target != y->target)
            return x->target > y->target ? -1 : 1;
        if (x->sort_op != y->sort_op)
            return x->sort_op > y->sort_op ? -1 : 1;
        if (x->nulls_first != y->nulls_first)
            return x->nulls_first ? -1 : 1;
    }
}

/* The numbers of the windows that calls use, in the order of their computation. */
static bool order_windows(struct sql_plan_query *query, const struct finder *finder,
                          struct sql_vector *out)
{
    const struct sql_expr_window *const *calls = finder->calls.items;
    for (uint32_t w = 0; w < query->query->window_count; w++) {
        bool used = false;
        for (uint32_t i = 0; i < finder->calls.count; i++)
            used |= calls[i]->window == w;
        if (!used)
            continue;
        uint32_t *number = sql_vector_add(query->planner->arena, out, sizeof(*number));
        if (!number)
            return no_memory(query->planner);
        const struct sql_window *windows = query->query->windows;
        for (; number > (uint32_t *)out->items; number--) {
            if (compare_windows(&windows[number[-1]], &windows[w]) <= 0)
                break;
            *number = number[-1];
        }
        *number = w;
    }
    return true;
}

bool sql_plan_windows(struct sql_plan_query *query, struct sql_node **node)
{
    struct sql_planner *planner = query->planner;
    struct finder finder = {.query = query};
    struct sql_vector order = {0};
    for (uint32_t i = 0; i < query->query->target_count; i++)
        find_windows(query->query->targets[i].expr, &finder);
    if (finder.failed)
        return no_memory(planner);
    if (!order_windows(query, &finder, &order))
        return false;
    struct sql_node **done = arena_array(planner->arena, order.count + 1, sizeof(*done));
    if (!done)
        return no_memory(planner);
    for (uint32_t n = 0; n < order.count; n++) {
        if (!plan_window(query, &finder, ((uint32_t *)order.items)[n], finder.calls.count, node))
            return false;
        done[n] = *node;
    }
    /* Only now: arguments and keys of later windows may not mistake a call for another one's. */
    for (uint32_t n = 0; n < order.count; n++) {
        const struct sql_node_window *window = (const void *)done[n];
        for (uint32_t i = 0; i < window->call_count; i++)
            if (!sql_plan_computed(query, &window->calls[i].expr->expr, window->calls[i].result))
                return false;
    }
    return true;
}
