/* GROUP BY: keys, grouping sets, GROUPING(). */
#include "emulators/sql/analyze/analysis.h"

#define GROUPING_ARGS_MAX 31

struct grouping {
    struct analysis *a;
    struct sql_targets *targets;
    bool old_rules;
};

/* The number of the group that an expression is, made a key when it is none yet. */
static bool group_expression(struct grouping *g, const struct ast_node *node, uint32_t *out)
{
    struct analysis *a = g->a;
    struct sql_query *q = a->query;
    uint32_t index;
    if (!find_target(a, g->targets, node, PLACE_GROUP_BY, g->old_rules, &index))
        return false;
    struct sql_target *target = &g->targets->items[index];
    uint32_t group = target->sort_group;
    for (uint32_t i = 0; group && i < q->group_count; i++)
        if (q->group[i].target == group) {
            *out = group;
            return true;
        }
    /* Grouped as it is sorted, one sort is enough for both. */
    for (uint32_t i = 0; group && i < q->order_count; i++)
        if (q->order[i].target == group) {
            if (!analysis_grow(a, &q->group, q->group_count, sizeof *q->group))
                return false;
            q->group[q->group_count++] = q->order[i];
            *out = group;
            return true;
        }
    if (!add_group_key(a, g->targets, index, ast_location(node), &q->group, &q->group_count))
        return false;
    *out = g->targets->items[index].sort_group;
    return true;
}

static struct sql_grouping_set *make_set(struct analysis *a, enum sql_grouping_kind kind,
                                         int32_t location)
{
    struct sql_grouping_set *set = analysis_alloc(a, sizeof *set);
    if (set) {
        set->kind = kind;
        set->location = location;
    }
    return set;
}

static bool add_group(struct analysis *a, struct sql_grouping_set *set, uint32_t group)
{
    for (uint32_t i = 0; i < set->group_count; i++)
        if (set->groups[i] == group)
            return true;
    if (!analysis_grow(a, &set->groups, set->group_count, sizeof *set->groups))
        return false;
    set->groups[set->group_count++] = group;
    return true;
}

static bool is_implicit_row(const struct ast_node *node)
{
    return node->kind == AST_ROW && ((const struct ast_row *)node)->implicit;
}

/* (a, b) within a set: one element of several expressions. */
static bool group_simple(struct grouping *g, const struct ast_node *node,
                         struct sql_grouping_set *set)
{
    if (!is_implicit_row(node)) {
        uint32_t group;
        return group_expression(g, node, &group) && add_group(g->a, set, group);
    }
    const struct ast_list *args = &((const struct ast_row *)node)->args;
    for (uint32_t i = 0; i < args->count; i++)
        if (!group_simple(g, args->items[i], set))
            return false;
    return true;
}

static struct sql_grouping_set *grouping_set(struct grouping *g, const struct ast_node *node);

static bool add_set(struct grouping *g, struct sql_grouping_set *to, const struct ast_node *node)
{
    struct sql_grouping_set *set = grouping_set(g, node);
    if (!set || !analysis_grow(g->a, &to->sets, to->set_count, sizeof *to->sets))
        return false;
    to->sets[to->set_count++] = set;
    return true;
}

static struct sql_grouping_set *grouping_set(struct grouping *g, const struct ast_node *node)
{
    static const enum sql_grouping_kind kinds[] = {
        [AST_GROUPING_EMPTY] = SQL_GROUPING_EMPTY,
        [AST_GROUPING_ROLLUP] = SQL_GROUPING_ROLLUP,
        [AST_GROUPING_CUBE] = SQL_GROUPING_CUBE,
        [AST_GROUPING_SETS] = SQL_GROUPING_SETS,
    };
    if (!analysis_stack_ok(g->a, node->location))
        return NULL;
    const struct ast_grouping_set *ast = (const struct ast_grouping_set *)node;
    bool simple = node->kind != AST_GROUPING_SET;
    struct sql_grouping_set *set =
        make_set(g->a, simple ? SQL_GROUPING_SIMPLE : kinds[ast->type], node->location);
    if (!set || (simple && !group_simple(g, node, set)))
        return NULL;
    if (!simple && ast->type == AST_GROUPING_CUBE && ast->content.count > 12) {
        fail_at(g->a, node->location, "54011", "CUBE is limited to 12 elements");
        return NULL;
    }
    for (uint32_t i = 0; !simple && i < ast->content.count; i++)
        if (!add_set(g, set, ast->content.items[i]))
            return NULL;
    return set;
}

/* Plain GROUP BY a, (b, c). */
static bool group_plain(struct grouping *g, const struct ast_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t group;
        if (is_implicit_row(list->items[i])) {
            if (!group_plain(g, &((const struct ast_row *)list->items[i])->args))
                return false;
        } else if (!group_expression(g, list->items[i], &group)) {
            return false;
        }
    }
    return true;
}

static bool has_sets(const struct ast_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i]->kind == AST_GROUPING_SET)
            return true;
    return false;
}

bool analyze_group(struct analysis *a, const struct ast_select *select, struct sql_targets *targets)
{
    struct grouping g = {a, targets, true};
    const struct ast_list *list = &select->group_by;
    struct sql_query *q = a->query;
    q->group_distinct = select->group_distinct;
    if (!has_sets(list))
        return group_plain(&g, list);
    for (uint32_t i = 0; i < list->count; i++) {
        struct sql_grouping_set *set = grouping_set(&g, list->items[i]);
        if (!set ||
            !analysis_grow(a, &q->grouping_sets, q->grouping_set_count, sizeof *q->grouping_sets))
            return false;
        q->grouping_sets[q->grouping_set_count++] = set;
    }
    return true;
}

struct sql_expr *analyze_grouping_call(struct analysis *a, const struct ast_grouping_call *call)
{
    if (call->args.count > GROUPING_ARGS_MAX) {
        fail_at(a, call->node.location, "54023", "GROUPING must have fewer than 32 arguments");
        return NULL;
    }
    struct sql_expr_grouping *grouping = (void *)make_expr(a, SQL_EXPR_GROUPING, sizeof *grouping,
                                                           a->known->int4, call->node.location);
    if (!grouping || !analyze_list(a, &call->args, a->place, &grouping->args) ||
        !aggregate_level(a, &grouping->args, NULL, NULL, call->node.location, true, &grouping->up))
        return NULL;
    return &grouping->expr;
}
