/* Aggregates: which query they belong to, where they may stand, and what may stand beside them. */
#include "emulators/sql/analyze/analysis.h"

/* ---- where they may stand */

/* What a place is called in refusals; NULL: by its name. */
const char *place_words(enum analysis_place place)
{
    static const char *const words[PLACE_COUNT] = {
        [PLACE_JOIN_ON] = "JOIN conditions",
        [PLACE_JOIN_USING] = "JOIN conditions",
        [PLACE_FROM_FUNCTION] = "functions in FROM",
        [PLACE_POLICY] = "policy expressions",
        [PLACE_MERGE_WHEN] = "MERGE WHEN conditions",
        [PLACE_CHECK] = "check constraints",
        [PLACE_DOMAIN_CHECK] = "check constraints",
        [PLACE_DEFAULT] = "DEFAULT expressions",
        [PLACE_ROUTINE_DEFAULT] = "DEFAULT expressions",
        [PLACE_INDEX_EXPRESSION] = "index expressions",
        [PLACE_INDEX_PREDICATE] = "index predicates",
        [PLACE_ALTER_USING] = "transform expressions",
        [PLACE_EXECUTE_PARAMETER] = "EXECUTE parameters",
        [PLACE_TRIGGER_WHEN] = "trigger WHEN conditions",
        [PLACE_PARTITION_BOUND] = "partition bound",
        [PLACE_PARTITION_KEY] = "partition key expressions",
        [PLACE_CALL_ARGUMENT] = "CALL arguments",
        [PLACE_COPY_WHERE] = "COPY FROM WHERE conditions",
        [PLACE_GENERATED] = "column generation expressions",
    };
    return words[place] ? words[place] : place_name(place);
}

static bool aggregate_allowed(enum analysis_place place)
{
    switch (place) {
    case PLACE_NONE:
    case PLACE_OTHER:
    case PLACE_HAVING:
    case PLACE_WINDOW_PARTITION:
    case PLACE_WINDOW_ORDER:
    case PLACE_SELECT_TARGET:
    case PLACE_ORDER_BY:
    case PLACE_DISTINCT_ON: return true;
    default: return false;
    }
}

static bool window_allowed(enum analysis_place place)
{
    switch (place) {
    case PLACE_NONE:
    case PLACE_OTHER:
    case PLACE_SELECT_TARGET:
    case PLACE_ORDER_BY:
    case PLACE_DISTINCT_ON: return true;
    default: return false;
    }
}

static bool check_place(struct analysis *level, bool grouping, int32_t location)
{
    const char *what = grouping ? "grouping operations" : "aggregate functions";
    if (aggregate_allowed(level->place))
        return true;
    if (level->place == PLACE_FROM_SUBQUERY)
        return fail_at(level, location, "42803",
                       "%s are not allowed in FROM clause of their own query level", what);
    return fail_at(level, location, "42803", "%s are not allowed in %s", what,
                   place_words(level->place));
}

/* ---- whose they are */

/* The nearest query, counted from the call, whose columns or aggregates are used. */
struct levels {
    uint32_t depth;
    int64_t column, aggregate; /* -1: none */
    int32_t aggregate_location;
};

static bool visit_levels_query(struct sql_query *query, void *ctx);

static bool visit_levels(struct sql_expr *expr, void *ctx)
{
    struct levels *levels = ctx;
    int64_t up = -1, *least = NULL;
    if (expr->kind == SQL_EXPR_COLUMN) {
        up = ((struct sql_expr_column *)expr)->up;
        least = &levels->column;
    } else if (expr->kind == SQL_EXPR_AGGREGATE) {
        up = ((struct sql_expr_aggregate *)expr)->up;
        least = &levels->aggregate;
    } else if (expr->kind == SQL_EXPR_GROUPING) {
        up = ((struct sql_expr_grouping *)expr)->up;
        least = &levels->aggregate;
    }
    if (least && up >= levels->depth) {
        up -= levels->depth;
        if (*least < 0 || up < *least) {
            *least = up;
            if (least == &levels->aggregate)
                levels->aggregate_location = expr->location;
        }
    }
    return sql_expr_walk_queries(expr, visit_levels, visit_levels_query, ctx);
}

static bool visit_levels_query(struct sql_query *query, void *ctx)
{
    struct levels *levels = ctx;
    levels->depth++;
    sql_query_walk(query, visit_levels, visit_levels_query, ctx);
    levels->depth--;
    return false;
}

static void look_at_list(struct levels *levels, const struct sql_exprs *exprs)
{
    for (uint32_t i = 0; exprs && i < exprs->count; i++)
        visit_levels(exprs->items[i], levels);
}

bool aggregate_level(struct analysis *a, struct sql_exprs *args, struct sql_exprs *direct,
                     struct sql_expr *filter, int32_t location, bool grouping, uint32_t *out)
{
    struct levels levels = {.column = -1, .aggregate = -1};
    look_at_list(&levels, args);
    if (filter)
        visit_levels(filter, &levels);
    int64_t up = levels.column;
    if (up < 0 || (levels.aggregate >= 0 && levels.aggregate < up))
        up = levels.aggregate >= 0 ? levels.aggregate : up < 0 ? 0 : up;
    if (levels.aggregate >= 0 && up == levels.aggregate)
        return fail_at(a, levels.aggregate_location, "42803",
                       "aggregate function calls cannot be nested");
    struct levels own = {.column = -1, .aggregate = -1};
    look_at_list(&own, direct);
    if (own.column >= 0 && own.column < up)
        return fail_at(a, location, "42803",
                       "outer-level aggregate cannot contain a lower-level variable in its direct "
                       "arguments");
    if (own.aggregate >= 0 && own.aggregate <= up)
        return fail_at(a, own.aggregate_location, "42803",
                       "aggregate function calls cannot be nested");
    struct analysis *level = a;
    for (int64_t i = 0; i < up && level->outer; i++)
        level = level->outer;
    if (level->query)
        level->query->has_aggregates = true;
    *out = (uint32_t)up;
    return check_place(level, grouping, location);
}

/* ---- looking for them */

struct finding {
    enum sql_expr_kind kind;
    int32_t location;
};

static bool visit_find(struct sql_expr *expr, void *ctx)
{
    struct finding *finding = ctx;
    if (expr->kind == finding->kind) {
        finding->location = expr->location;
        return true;
    }
    return sql_expr_walk(expr, visit_find, ctx);
}

bool contains_window(struct sql_expr *expr, int32_t *location)
{
    struct finding finding = {SQL_EXPR_WINDOW, -1};
    bool found = visit_find(expr, &finding);
    *location = finding.location;
    return found;
}

bool contains_aggregate(struct sql_expr *expr, uint32_t up, int32_t *location)
{
    struct levels levels = {.column = -1, .aggregate = -1};
    visit_levels(expr, &levels);
    *location = levels.aggregate_location;
    return levels.aggregate >= 0 && levels.aggregate <= up;
}

bool contains_columns(struct sql_expr *expr, uint32_t up)
{
    struct levels levels = {.column = -1, .aggregate = -1};
    visit_levels(expr, &levels);
    return levels.column >= 0 && levels.column <= up;
}

/* ---- the calls themselves */

static bool check_arguments(struct analysis *a, const struct sql_exprs *args, const char *what,
                            const char *code)
{
    for (uint32_t i = 0; i < args->count; i++) {
        int32_t location;
        if (contains_window(args->items[i], &location))
            return fail_at(a, location, code,
                           strcmp(what, "window") ? "%s function calls cannot contain window "
                                                    "function calls"
                                                  : "%s function calls cannot be nested",
                           what);
        if (sql_expr_returns_set(args->items[i])) {
            fail_at(a, expr_location(args->items[i]), "0A000",
                    "%s function calls cannot contain set-returning function calls", what);
            return sql_hint(a->env->error, "You might be able to move the set-returning function "
                                           "into a LATERAL FROM item.");
        }
    }
    return true;
}

static bool distinct_keys(struct analysis *a, struct sql_targets *targets,
                          struct sql_expr_aggregate *agg, const struct ast_func_call *call)
{
    /* With DISTINCT, ORDER BY sorts by arguments alone, the rest follow. */
    for (uint32_t i = 0; i < agg->order_count; i++) {
        uint32_t at = 0;
        while (at < targets->count && targets->items[at].sort_group != agg->order[i].target)
            at++;
        if (at >= agg->arg_count)
            return fail_at(a, expr_location(targets->items[at].expr), "42P10",
                           "in an aggregate with DISTINCT, ORDER BY expressions must appear in "
                           "argument list");
    }
    for (uint32_t i = 0; i < agg->arg_count; i++) {
        struct sql_type_order order;
        bool sorted = false;
        for (uint32_t k = 0; k < agg->order_count; k++)
            sorted |= agg->order[k].target == targets->items[i].sort_group &&
                      targets->items[i].sort_group;
        if (sorted)
            continue;
        if (!sort_operators(a, targets->items[i].expr->type, false,
                            expr_location(targets->items[i].expr), true, &order) ||
            !analysis_grow(a, &agg->order, agg->order_count, sizeof *agg->order))
            return false;
        agg->order[agg->order_count++] = (struct sql_sort_key){.target = sort_group_of(targets, i),
                                                               .eq_op = order.eq,
                                                               .sort_op = order.lt,
                                                               .hashable = order.hashable};
    }
    if (agg->order_count == 0)
        return fail_at(a, call->node.location, "42601",
                       "an aggregate with DISTINCT must have at least one argument");
    return true;
}

/* Arguments and ORDER BY as one list, keys as indexes of it. */
static bool order_arguments(struct analysis *a, struct sql_expr_aggregate *agg,
                            const struct ast_func_call *call, struct sql_exprs args)
{
    struct sql_targets targets = {0};
    for (uint32_t i = 0; i < args.count; i++) {
        if (!analysis_grow(a, &targets.items, targets.count, sizeof *targets.items))
            return false;
        targets.items[targets.count++] = (struct sql_target){.expr = args.items[i]};
    }
    agg->arg_count = args.count;
    if (call->within_group) {
        for (uint32_t i = 0; i < call->order_by.count && i < args.count; i++)
            if (!add_sort_key(a, &targets, args.count - call->order_by.count + i,
                              (const struct ast_sort_by *)call->order_by.items[i], &agg->order,
                              &agg->order_count))
                return false;
    } else if (!analyze_sort(a, &call->order_by, &targets, a->place, false, &agg->order,
                             &agg->order_count)) {
        return false;
    }
    if (call->distinct && !distinct_keys(a, &targets, agg, call))
        return false;
    for (uint32_t k = 0; k < agg->order_count; k++)
        for (uint32_t i = 0; i < targets.count; i++)
            if (targets.items[i].sort_group == agg->order[k].target) {
                agg->order[k].target = i;
                break;
            }
    agg->args.items = analysis_alloc(a, sizeof(void *) * (targets.count + 1));
    if (!agg->args.items)
        return false;
    for (uint32_t i = 0; i < targets.count; i++)
        agg->args.items[agg->args.count++] = targets.items[i].expr;
    return true;
}

struct sql_expr *finish_aggregate(struct analysis *a, struct sql_expr_aggregate *agg,
                                  const struct ast_func_call *call, struct sql_exprs args)
{
    if (call->within_group && args.count > call->args.count) {
        agg->direct = (struct sql_exprs){args.items, call->args.count};
        struct ast_func_call sorted = *call;
        struct sql_exprs rest = {args.items + call->args.count, args.count - call->args.count};
        if (!order_arguments(a, agg, &sorted, rest))
            return NULL;
    } else if (!order_arguments(a, agg, call, args)) {
        return NULL;
    }
    if (call->filter && !analyze_where(a, call->filter, PLACE_FILTER, "FILTER", &agg->filter))
        return NULL;
    if (!check_arguments(a, &agg->args, "aggregate", "42803") ||
        !aggregate_level(a, &agg->args, &agg->direct, agg->filter, agg->expr.location, false,
                         &agg->up))
        return NULL;
    return &agg->expr;
}

/* ---- window functions */

struct sql_expr *finish_window(struct analysis *a, struct sql_expr_window *fn,
                               const struct ast_func_call *call)
{
    int32_t location = call->node.location;
    if (call->distinct) {
        fail_at(a, location, "0A000", "DISTINCT is not implemented for window functions");
        return NULL;
    }
    if (call->filter && !analyze_where(a, call->filter, PLACE_FILTER, "FILTER", &fn->filter))
        return NULL;
    if (!check_arguments(a, &fn->args, "window", "42P20"))
        return NULL;
    if (!window_allowed(a->place)) {
        fail_at(a, location, "42P20", "window functions are not allowed in %s",
                a->place >= PLACE_WINDOW_PARTITION && a->place <= PLACE_WINDOW_FRAME_GROUPS
                    ? "window definitions"
                    : place_words(a->place));
        return NULL;
    }
    if (!window_of(a, call->over, &fn->window))
        return NULL;
    if (a->query)
        a->query->has_windows = true;
    return &fn->expr;
}
