/* GROUP BY and aggregates. */
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/exec/index_key.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

#define SETS_MAX 4096

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- one aggregate */

static const struct fast_aggregate {
    const char *transition;
    enum sql_fast_aggregate fast;
} fast_aggregates[] = {
    {"int8inc",           SQL_FAST_COUNT_STAR },
    {"int8inc_any",       SQL_FAST_COUNT      },
    {"int4_sum",          SQL_FAST_SUM_INT    },
    {"int2_sum",          SQL_FAST_SUM_INT    },
    {"int4larger",        SQL_FAST_MAX_INT    },
    {"int4smaller",       SQL_FAST_MIN_INT    },
    {"int8larger",        SQL_FAST_MAX_INT    },
    {"int8smaller",       SQL_FAST_MIN_INT    },
    {"int2larger",        SQL_FAST_MAX_INT    },
    {"int2smaller",       SQL_FAST_MIN_INT    },
    {"date_larger",       SQL_FAST_MAX_INT    },
    {"date_smaller",      SQL_FAST_MIN_INT    },
    {"timestamp_larger",  SQL_FAST_MAX_INT    },
    {"timestamp_smaller", SQL_FAST_MIN_INT    },
    {"float8pl",          SQL_FAST_SUM_FLOAT  },
    {"float8_accum",      SQL_FAST_FLOAT_ACCUM},
    {"booland_statefunc", SQL_FAST_BOOL_AND   },
    {"boolor_statefunc",  SQL_FAST_BOOL_OR    },
};

static enum sql_fast_aggregate fast_of(struct sql_planner *planner,
                                       const struct sql_aggregate *aggregate)
{
    const struct sql_routine *routine =
        sql_find_routine_id(planner->session, aggregate->transition);
    for (size_t i = 0; routine && i < sizeof(fast_aggregates) / sizeof(fast_aggregates[0]); i++)
        if (slice_eq_str(routine->source, fast_aggregates[i].transition))
            return fast_aggregates[i].fast;
    return SQL_FAST_NONE;
}

/* What a polymorphic state is follows from the types of the arguments, as they were declared. */
static bool state_type(struct sql_planner *planner, const struct sql_expr_aggregate *expr,
                       const struct sql_routine *routine, uint32_t state,
                       const struct sql_type **out)
{
    uint32_t directs = expr->direct.count;
    uint32_t count = routine->arg_count;
    const struct sql_type *type = sql_plan_type(planner, state);
    bool fixed = !type || type->kind != SQL_TYPE_PSEUDO ||
                 state == planner->dialect->types_of.internal || directs + expr->arg_count < count;
    *out = type;
    if (fixed)
        return true;
    uint32_t *actual = arena_array(planner->arena, count + 1u, sizeof(*actual));
    uint32_t *declared = arena_array(planner->arena, count + 1u, sizeof(*declared));
    if (!actual || !declared)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++) {
        declared[i] = routine->arg_types[i];
        actual[i] = i < directs ? expr->direct.items[i]->type : expr->args.items[i - directs]->type;
    }
    if (!sql_resolve_polymorphic(planner->env, actual, declared, count, &state))
        return false;
    *out = sql_plan_type(planner, state);
    return true;
}

static bool initial_value(struct sql_planner *planner, struct slice text,
                          const struct sql_type *type, struct datum *out)
{
    *out = datum_null();
    if (!text.ptr || !type->ops)
        return true;
    struct sql_call call = {.env = planner->env, .arena = planner->arena, .result_type = type};
    return sql_type_input(&call, type, text, -1, out);
}

/* The aggregate as frames use it that rows leave. */
static struct sql_aggregate moving_form(const struct sql_aggregate *aggregate)
{
    struct sql_aggregate form = *aggregate;
    form.transition = aggregate->moving_transition;
    form.final = aggregate->moving_final;
    form.state_type = aggregate->moving_state_type;
    form.final_extra = aggregate->moving_final_extra;
    form.initial = aggregate->moving_initial;
    return form;
}

static bool transition_sites(struct sql_plan_query *query, const struct sql_expr_aggregate *expr,
                             const struct sql_routine *routine,
                             const struct sql_aggregate *aggregate, struct sql_aggregate_call *out)
{
    struct sql_planner *planner = query->planner;
    uint32_t argc = expr->arg_count, directs = expr->direct.count;
    const struct sql_type **types = arena_zalloc(planner->arena, (argc + 2) * sizeof(*types));
    const struct sql_type **finals =
        arena_zalloc(planner->arena, (argc + directs + 2) * sizeof(*finals));
    if (!types || !finals)
        return no_memory(planner);
    for (uint32_t i = 0; i < argc; i++)
        types[1 + i] = sql_plan_type(planner, expr->args.items[i]->type);
    const struct sql_type *result = sql_plan_type(planner, expr->expr.type);
    const struct sql_type *state;
    struct sql_call_site *site;
    if (!state_type(planner, expr, routine, aggregate->state_type, &state))
        return false;
    types[0] = state;
    if (!sql_plan_site(planner, aggregate->transition, expr->input_collation, types,
                       out->ordered_set ? 1 : argc + 1, state, &site))
        return false;
    out->transition = site;
    out->strict = site->strict;
    out->internal = aggregate->state_type == planner->dialect->types_of.internal;
    out->state_by_value = state->by_value && !out->internal;
    site->variadic = expr->variadic;
    if (aggregate->inverse) {
        if (!sql_plan_site(planner, aggregate->inverse, expr->input_collation, types, argc + 1,
                           state, &site))
            return false;
        site->variadic = expr->variadic;
        out->inverse = site;
    }
    if (!initial_value(planner, aggregate->initial, state, &out->initial))
        return false;
    if (!aggregate->final)
        return true;
    finals[0] = state;
    for (uint32_t i = 0; i < directs; i++)
        finals[1 + i] = sql_plan_type(planner, expr->direct.items[i]->type);
    for (uint32_t i = 0; i < argc; i++)
        finals[1 + directs + i] = types[1 + i];
    out->final_argc = 1 + directs + (aggregate->final_extra ? argc : 0);
    if (!sql_plan_site(planner, aggregate->final, expr->input_collation, finals, out->final_argc,
                       result, &site))
        return false;
    site->variadic = expr->variadic;
    out->final = site;
    out->direct_count = directs;
    return sql_plan_registers(planner, out->final_argc, &out->final_base);
}

static bool compile_arguments(struct sql_plan_query *query, const struct sql_expr_aggregate *expr,
                              struct sql_aggregate_call *out)
{
    struct sql_planner *planner = query->planner;
    struct sql_compiler compiler;
    uint32_t reg;
    if (!sql_plan_registers(planner, 1 + expr->args.count, &out->base))
        return false;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < expr->args.count; i++)
        if (!sql_compile(&compiler, query, expr->args.items[i], out->base + 1 + i, &reg))
            return false;
    return sql_compiler_end(&compiler, 0, &out->args);
}

/* Direct arguments are computed once a group: their columns are the group's keys. */
static bool compile_direct(struct sql_plan_query *query, struct sql_aggregate_call *out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_expr_aggregate *expr = out->expr;
    struct sql_compiler compiler;
    uint32_t reg;
    if (expr->direct.count == 0)
        return true;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < expr->direct.count; i++)
        if (!sql_compile(&compiler, query, expr->direct.items[i], out->final_base + 1 + i, &reg))
            return false;
    return sql_compiler_end(&compiler, 0, &out->direct);
}

/* Rows that must be sorted first: ORDER BY; DISTINCT, then by all arguments. */
static bool order_rows(struct sql_plan_query *query, const struct sql_expr_aggregate *expr,
                       struct sql_aggregate_call *out)
{
    struct sql_planner *planner = query->planner;
    uint32_t args = expr->args.count;
    if (!expr->order_count && !expr->distinct)
        return true;
    out->order.items =
        arena_zalloc(planner->arena, (expr->order_count + args) * sizeof(*out->order.items));
    out->ordered.items = arena_zalloc(planner->arena, args * sizeof(*out->ordered.items));
    if (!out->order.items || !out->ordered.items)
        return no_memory(planner);
    for (uint32_t i = 0; i < args; i++) {
        const struct sql_type *type = sql_plan_type(planner, expr->args.items[i]->type);
        out->ordered.items[i] = (struct sql_saved){out->base + 1 + i, type && type->by_value};
    }
    out->ordered.count = args;
    for (uint32_t i = 0; i < expr->order_count; i++) {
        const struct sql_sort_key *key = &expr->order[i];
        const struct sql_expr *arg = expr->args.items[key->target];
        struct sql_key *item = &out->order.items[out->order.count++];
        if (!sql_plan_key(planner, out->base + 1 + key->target, sql_plan_type(planner, arg->type),
                          arg->collation, item))
            return false;
        sql_plan_key_order(planner, key, item);
    }
    for (uint32_t i = 0; expr->distinct && i < args; i++) {
        bool sorted = false;
        for (uint32_t k = 0; k < expr->order_count; k++)
            sorted |= expr->order[k].target == i;
        const struct sql_expr *arg = expr->args.items[i];
        if (!sorted && !sql_plan_key(planner, out->base + 1 + i, sql_plan_type(planner, arg->type),
                                     arg->collation, &out->order.items[out->order.count++]))
            return false;
    }
    return true;
}

bool sql_plan_aggregate_call(struct sql_plan_query *query, const struct sql_expr_aggregate *expr,
                             bool moves, struct sql_aggregate_call *out)
{
    struct sql_planner *planner = query->planner;
    const struct sql_routine *routine = sql_find_routine_id(planner->session, expr->function);
    if (!routine || !routine->aggregate)
        return sql_fail(planner->env->error, "42883", "aggregate with OID %u does not exist",
                        expr->function);
    const struct sql_routine **checked =
        sql_vector_add(planner->arena, &planner->aggregates, sizeof(*checked));
    if (!checked)
        return sql_fail_memory(planner->env->error);
    *checked = routine;
    moves = moves && routine->aggregate->inverse;
    struct sql_aggregate form = moves ? moving_form(routine->aggregate) : *routine->aggregate;
    if (!moves)
        form.inverse = 0;
    *out = (struct sql_aggregate_call){.expr = expr, .argc = expr->arg_count};
    out->distinct = expr->distinct;
    out->ordered_set = form.kind != 'n';
    const struct sql_type *result = sql_plan_type(planner, expr->expr.type);
    if (!transition_sites(query, expr, routine, &form, out) ||
        !compile_arguments(query, expr, out) || !order_rows(query, expr, out) ||
        !sql_plan_register(planner, result, &out->result))
        return false;
    if (!out->ordered_set && !moves)
        out->fast = fast_of(planner, &form);
    if (out->ordered_set)
        out->strict = false;
    return !expr->filter || sql_compile_expr(query, expr->filter, &out->filter);
}

/* ---- finding them */

struct finder {
    struct sql_plan_query *query;
    struct sql_vector aggregates; /* struct found */
    struct sql_vector groupings;  /* struct found */
    uint32_t depth;
    bool failed;
};

/* An aggregate, and the same in the terms of the query that it aggregates. */
struct found {
    const struct sql_expr *expr, *here;
};

static struct sql_expr *shift_column(const struct sql_expr *expr, void *ctx)
{
    const struct finder *finder = ctx;
    const struct sql_expr_column *column = (const void *)expr;
    if (expr->kind != SQL_EXPR_COLUMN || column->up < finder->depth)
        return NULL;
    struct sql_expr_column *copy = arena_alloc(finder->query->planner->arena, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *column;
    copy->up -= finder->depth;
    return &copy->expr;
}

static void add_found(struct finder *finder, struct sql_vector *list, const struct sql_expr *expr)
{
    const struct found *items = list->items;
    for (uint32_t i = 0; i < list->count; i++)
        if (items[i].expr == expr)
            return;
    struct found *item = sql_vector_add(finder->query->planner->arena, list, sizeof(*item));
    if (!item) {
        finder->failed = true;
        return;
    }
    item->expr = item->here = expr;
    if (finder->depth == 0 || expr->kind != SQL_EXPR_AGGREGATE)
        return;
    item->here = sql_expr_copy(finder->query->planner->arena, expr, shift_column, finder);
    if (!item->here)
        finder->failed = true;
}

static bool find_expr(struct sql_expr *expr, void *ctx);

static bool find_query(struct sql_query *sub, void *ctx)
{
    struct finder *finder = ctx;
    finder->depth++;
    sql_query_walk(sub, find_expr, find_query, finder);
    finder->depth--;
    return false;
}

static bool find_expr(struct sql_expr *expr, void *ctx)
{
    struct finder *finder = ctx;
    const struct sql_expr_aggregate *aggregate = (const void *)expr;
    if (expr->kind == SQL_EXPR_AGGREGATE && aggregate->up == finder->depth) {
        add_found(finder, &finder->aggregates, expr);
        return false;
    }
    if (expr->kind == SQL_EXPR_GROUPING &&
        ((const struct sql_expr_grouping *)(const void *)expr)->up == finder->depth) {
        add_found(finder, &finder->groupings, expr);
        return false;
    }
    if (expr->kind == SQL_EXPR_SUBLINK) {
        struct sql_expr_sublink *link = (void *)expr;
        find_query(link->query, ctx);
        return link->test ? find_expr(link->test, ctx) : false;
    }
    return sql_expr_walk(expr, find_expr, ctx);
}

static bool find_all(struct finder *finder)
{
    const struct sql_query *query = finder->query->query;
    for (uint32_t i = 0; i < query->target_count; i++)
        find_expr(query->targets[i].expr, finder);
    if (query->having)
        find_expr(query->having, finder);
    for (uint32_t i = 0; i < query->window_count; i++) {
        if (query->windows[i].start_offset)
            find_expr(query->windows[i].start_offset, finder);
        if (query->windows[i].end_offset)
            find_expr(query->windows[i].end_offset, finder);
    }
    return !finder->failed || no_memory(finder->query->planner);
}

/* ---- group keys */

static bool plan_keys(struct sql_plan_query *query, struct sql_node *input,
                      struct sql_node_aggregate *node)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    struct sql_compiler compiler;
    const struct sql_program *program;
    uint32_t *registers = arena_array(planner->arena, source->group_count, sizeof(*registers));
    node->keys.items =
        arena_zalloc(planner->arena, (source->group_count + 1) * sizeof(*node->keys.items));
    if (!registers || !node->keys.items)
        return no_memory(planner);
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < source->group_count; i++) {
        uint32_t index, reg;
        const struct sql_target *target =
            sql_plan_target_of(source, source->group[i].target, &index);
        if (!target)
            return sql_fail(planner->env->error, "XX000", "a group key has no target");
        /* Grouping sets leave NULL in a key's register: never a column's own. */
        if (!sql_plan_register(planner, sql_plan_type(planner, target->expr->type),
                               &registers[i]) ||
            !sql_compile(&compiler, query, target->expr, registers[i], &reg) ||
            !sql_plan_key(planner, registers[i], sql_plan_type(planner, target->expr->type),
                          target->expr->collation, &node->keys.items[i]))
            return false;
        node->keys.items[i].expr = target->expr;
        node->keys.items[i].terms = query;
    }
    node->keys.count = source->group_count;
    return sql_compiler_end(&compiler, 0, &program) && sql_plan_project(planner, input, program);
}

/* ---- grouping sets, spelled out */

struct set_list {
    struct sql_planner *planner;
    const struct sql_query *query;
    struct sql_vector sets; /* struct sql_aggregate_set */
};

static int key_number(const struct sql_query *query, uint32_t group)
{
    for (uint32_t i = 0; i < query->group_count; i++)
        if (query->group[i].target == group)
            return (int)i;
    return -1;
}

static bool add_set(struct set_list *list, const bool *present)
{
    struct sql_aggregate_set *set = sql_vector_add(list->planner->arena, &list->sets, sizeof(*set));
    bool *copy = arena_zalloc(list->planner->arena, list->query->group_count + 1);
    if (!set || !copy)
        return no_memory(list->planner);
    if (list->sets.count > SETS_MAX)
        return sql_fail(list->planner->env->error, "54001",
                        "too many grouping sets present (maximum 4096)");
    if (present)
        memcpy(copy, present, list->query->group_count);
    set->present = copy;
    return true;
}

static void mark_all(const struct sql_query *query, const struct sql_grouping_set *set, bool *into)
{
    for (uint32_t i = 0; i < set->group_count; i++) {
        int key = key_number(query, set->groups[i]);
        if (key >= 0)
            into[key] = true;
    }
    for (uint32_t i = 0; i < set->set_count; i++)
        mark_all(query, set->sets[i], into);
}

/* The sets that one element of GROUP BY stands for. */
static bool expand(struct set_list *list, const struct sql_grouping_set *set)
{
    bool *present = arena_zalloc(list->planner->arena, list->query->group_count + 1);
    if (!present)
        return no_memory(list->planner);
    switch (set->kind) {
    case SQL_GROUPING_EMPTY: return add_set(list, NULL);
    case SQL_GROUPING_SIMPLE: mark_all(list->query, set, present); return add_set(list, present);
    case SQL_GROUPING_ROLLUP:
        for (uint32_t taken = set->set_count + 1; taken-- > 0;) {
            memset(present, 0, list->query->group_count);
            for (uint32_t i = 0; i < taken; i++)
                mark_all(list->query, set->sets[i], present);
            if (!add_set(list, present))
                return false;
        }
        return true;
    case SQL_GROUPING_CUBE:
        if (set->set_count > 12)
            return sql_fail(list->planner->env->error, "54011", "CUBE is limited to 12 elements");
        for (uint32_t mask = 1u << set->set_count; mask-- > 0;) {
            memset(present, 0, list->query->group_count);
            for (uint32_t i = 0; i < set->set_count; i++)
                if (mask >> (set->set_count - 1 - i) & 1)
                    mark_all(list->query, set->sets[i], present);
            if (!add_set(list, present))
                return false;
        }
        return true;
    case SQL_GROUPING_SETS:
        for (uint32_t i = 0; i < set->set_count; i++)
            if (!expand(list, set->sets[i]))
                return false;
        return true;
    }
    return true;
}

/* Several elements of GROUP BY multiply. */
static bool multiply(struct set_list *into, const struct set_list *by)
{
    struct sql_vector old = into->sets;
    const struct sql_aggregate_set *left = old.items, *right = by->sets.items;
    uint32_t keys = into->query->group_count;
    bool *both = arena_zalloc(into->planner->arena, keys + 1);
    if (!both)
        return no_memory(into->planner);
    into->sets = (struct sql_vector){0};
    for (uint32_t l = 0; l < old.count; l++)
        for (uint32_t r = 0; r < by->sets.count; r++) {
            for (uint32_t k = 0; k < keys; k++)
                both[k] = left[l].present[k] || right[r].present[k];
            if (!add_set(into, both))
                return false;
        }
    return true;
}

static bool same_set(const struct sql_aggregate_set *a, const struct sql_aggregate_set *b,
                     uint32_t keys)
{
    return memcmp(a->present, b->present, keys) == 0;
}

static bool plan_grouping_sets(struct sql_plan_query *query, struct sql_node_aggregate *node)
{
    const struct sql_query *source = query->query;
    struct set_list all = {query->planner, source, {0}};
    if (source->grouping_set_count == 0)
        return true;
    if (!add_set(&all, NULL))
        return false;
    for (uint32_t i = 0; i < source->grouping_set_count; i++) {
        struct set_list one = {query->planner, source, {0}};
        if (!expand(&one, source->grouping_sets[i]) || !multiply(&all, &one))
            return false;
    }
    struct sql_aggregate_set *sets = all.sets.items;
    uint32_t count = 0;
    for (uint32_t i = 0; i < all.sets.count; i++) {
        bool seen = false;
        for (uint32_t k = 0; source->group_distinct && k < count; k++)
            seen |= same_set(&sets[k], &sets[i], source->group_count);
        if (!seen)
            sets[count++] = sets[i];
    }
    node->sets = sets;
    node->set_count = count;
    return true;
}

static bool plan_grouping_calls(struct sql_plan_query *query, const struct finder *finder,
                                struct sql_node_aggregate *node)
{
    struct sql_planner *planner = query->planner;
    const struct found *found = finder->groupings.items;
    node->grouping_count = finder->groupings.count;
    node->groupings = arena_zalloc(planner->arena, node->grouping_count * sizeof(*node->groupings));
    if (!node->groupings)
        return no_memory(planner);
    for (uint32_t i = 0; i < node->grouping_count; i++) {
        struct sql_grouping_call *call = &node->groupings[i];
        const struct sql_expr_grouping *grouping = (const void *)found[i].expr;
        call->count = grouping->args.count;
        call->keys = arena_array(planner->arena, call->count, sizeof(*call->keys));
        if (!call->keys)
            return no_memory(planner);
        for (uint32_t k = 0; k < call->count; k++) {
            int key = key_number(query->query, grouping->groups[k]);
            call->keys[k] = key < 0 ? 0 : (uint32_t)key;
        }
        if (!sql_plan_register(planner, sql_plan_type(planner, grouping->expr.type), &call->result))
            return false;
    }
    return true;
}

/* Aggregates that are the same expression are computed once. */
static bool plan_calls(struct sql_plan_query *query, const struct finder *finder,
                       struct sql_node_aggregate *node, uint32_t *results)
{
    struct sql_planner *planner = query->planner;
    const struct found *items = finder->aggregates.items;
    node->calls =
        arena_zalloc(planner->arena, (finder->aggregates.count + 1) * sizeof(*node->calls));
    if (!node->calls)
        return no_memory(planner);
    for (uint32_t i = 0; i < finder->aggregates.count; i++) {
        uint32_t same = 0;
        while (same < i && !sql_expr_equal(items[same].here, items[i].here))
            same++;
        if (same < i) {
            results[i] = results[same];
            continue;
        }
        struct sql_aggregate_call *call = &node->calls[node->call_count++];
        if (!sql_plan_aggregate_call(query, (const void *)items[i].here, false, call))
            return false;
        results[i] = call->result;
    }
    return true;
}

static bool plan_having(struct sql_plan_query *query, struct sql_node *node)
{
    const struct sql_expr *having = query->query->having;
    if (!having)
        return true;
    struct sql_plan_qual **quals = arena_alloc(query->planner->arena, sizeof(*quals));
    struct sql_plan_qual *qual = arena_zalloc(query->planner->arena, sizeof(*qual));
    if (!quals || !qual)
        return no_memory(query->planner);
    qual->expr = having;
    qual->query = query;
    quals[0] = qual;
    return sql_plan_filter(query->planner, node, quals, 1);
}

static bool takes_ordered_rows(const struct sql_node_aggregate *node)
{
    for (uint32_t i = 0; i < node->call_count; i++)
        if (node->calls[i].order.count || node->calls[i].distinct)
            return true;
    return false;
}

static bool check_keys(struct sql_plan_query *query, const struct sql_node_aggregate *node)
{
    const struct sql_query *source = query->query;
    struct sql_planner *planner = query->planner;
    bool hash = !takes_ordered_rows(node);
    if (!node->sets)
        return sql_plan_can_group(planner, source->group, source->group_count, hash, "GROUP BY");
    struct sql_sort_key *keys = arena_array(planner->arena, source->group_count, sizeof(*keys));
    if (!keys)
        return no_memory(planner);
    for (uint32_t s = 0; s < node->set_count; s++) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < source->group_count; i++)
            if (node->sets[s].present[i])
                keys[count++] = source->group[i];
        if (!sql_plan_can_group(planner, keys, count, hash, "GROUP BY"))
            return false;
    }
    return true;
}

/* As in PostgreSQL, aggregates that want their rows in an order have the groups sorted, too. */
static bool sort_groups(struct sql_plan_query *query, struct sql_node_aggregate *node)
{
    struct sql_planner *planner = query->planner;
    struct sql_keys keys = {.count = node->keys.count};
    if (node->sets || !keys.count || !takes_ordered_rows(node))
        return true;
    keys.items = arena_array(planner->arena, keys.count, sizeof(*keys.items));
    if (!keys.items)
        return no_memory(planner);
    for (uint32_t i = 0; i < keys.count; i++) {
        keys.items[i] = node->keys.items[i];
        sql_plan_key_order(planner, &query->query->group[i], &keys.items[i]);
    }
    return sql_plan_sort(planner, &keys, &node->node.inputs[0]);
}

bool sql_plan_grouping(struct sql_plan_query *query, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    struct finder finder = {.query = query};
    struct sql_node_aggregate *node = sql_plan_node(planner, SQL_NODE_AGGREGATE, sizeof(*node), 1);
    if (!node || !find_all(&finder))
        return false;
    node->node.inputs[0] = *out;
    uint32_t *results = arena_array(planner->arena, finder.aggregates.count, sizeof(*results));
    if (!results)
        return no_memory(planner);
    if (!plan_keys(query, *out, node) || !plan_grouping_sets(query, node) ||
        !plan_calls(query, &finder, node, results) || !plan_grouping_calls(query, &finder, node) ||
        !check_keys(query, node) || !sort_groups(query, node))
        return false;
    node->node.rows = node->keys.count ? (*out)->rows * 0.1 + 1 : 1;
    node->node.cost = (*out)->cost + (*out)->rows;
    for (uint32_t i = 0; i < node->keys.count; i++)
        if (!sql_plan_computed(query, node->keys.items[i].expr, node->keys.items[i].reg))
            return false;
    for (uint32_t i = 0; i < node->call_count; i++)
        if (!compile_direct(query, &node->calls[i]))
            return false;
    const struct found *aggregates = finder.aggregates.items;
    for (uint32_t i = 0; i < finder.aggregates.count; i++)
        if (!sql_plan_computed(query, aggregates[i].expr, results[i]))
            return false;
    const struct found *groupings = finder.groupings.items;
    for (uint32_t i = 0; i < finder.groupings.count; i++)
        if (!sql_plan_computed(query, groupings[i].expr, node->groupings[i].result))
            return false;
    *out = &node->node;
    return plan_having(query, *out);
}
