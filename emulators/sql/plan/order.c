/* Which relation is joined after which, and how. Left-deep: each step joins one more relation to what
 * is there; every relation is tried as the first one, the cheapest whole is built. */
#include <math.h>

#include "emulators/sql/plan/join.h"

#define TEST_COST 0.5 /* looking at a pair in a nested loop */
#define HASH_COST 1.5 /* putting a row into a hash */

enum step_method { STEP_LOOP, STEP_INDEX, STEP_HASH, STEP_HASH_SWAPPED };

struct step {
    uint32_t rel;
    enum step_method method;
    double rows, cost;
};

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

void *sql_plan_node(struct sql_planner *planner, enum sql_node_kind kind, size_t size,
                    uint32_t count)
{
    struct sql_node *node = arena_zalloc(planner->arena, size);
    struct sql_node **inputs = arena_zalloc(planner->arena, (count + 1) * sizeof(*inputs));
    if (!node || !inputs) {
        no_memory(planner);
        return NULL;
    }
    node->kind = kind;
    node->inputs = inputs;
    node->input_count = count;
    node->rows = 1;
    return node;
}

/* ---- searching */

static bool measure_rels(struct sql_plan_problem *problem)
{
    struct sql_plan_rel *rels = problem->rels.items;
    for (uint32_t i = 0; i < problem->rels.count; i++) {
        struct sql_plan_rel *rel = &rels[i];
        struct sql_access access;
        switch (rel->kind) {
        case SQL_PLAN_REL_TABLE:
            if (!sql_access_choose(problem, rel, &problem->available, &access))
                return false;
            rel->local_rows = access.rows;
            rel->local_cost = access.cost;
            break;
        case SQL_PLAN_REL_OUTER:
            if (!sql_join_outer(problem, rel))
                return false;
            rel->local_rows = rel->rows;
            rel->local_cost = rel->node->cost;
            break;
        case SQL_PLAN_REL_NODE:
            if (!rel->node && !sql_plan_leaf(rel->query, rel->table, &rel->node))
                return false;
            rel->rows = rel->local_rows = rel->node->rows;
            rel->local_cost = rel->node->cost;
            break;
        case SQL_PLAN_REL_SEMI:
        case SQL_PLAN_REL_ANTI: rel->rows = rel->local_rows = 0; break;
        }
    }
    return true;
}

static bool is_semi(const struct sql_plan_rel *rel)
{
    return rel->kind == SQL_PLAN_REL_SEMI || rel->kind == SQL_PLAN_REL_ANTI;
}

/* What joining this relation next would cost and give. */
static bool weigh(struct sql_plan_problem *problem, const struct sql_partial *partial, uint32_t at,
                  struct step *out)
{
    struct sql_planner *planner = problem->planner;
    struct sql_plan_rel *rel = &((struct sql_plan_rel *)problem->rels.items)[at];
    struct sql_plan_qual *quals = problem->quals.items;
    struct sql_leaf_set all = partial->leaves;
    double rows = partial->rows * sql_join_clamp(rel->local_rows);
    bool hashable = false;
    struct sql_hash_pair pair;
    *out = (struct step){.rel = at, .method = STEP_LOOP};
    if (is_semi(rel)) {
        out->rows = sql_join_clamp(partial->rows * 0.5);
        out->cost = partial->cost + partial->rows;
        return true;
    }
    sql_leaf_join(&all, &rel->leaves);
    for (uint32_t i = 0; i < problem->quals.count; i++) {
        if (quals[i].used || !sql_leaf_within(&quals[i].leaves, &all) ||
            sql_leaf_within(&quals[i].leaves, &partial->leaves) ||
            !sql_leaf_overlap(&quals[i].leaves, &partial->leaves))
            continue;
        rows *= sql_join_selectivity(planner, partial, rel, &quals[i]);
        hashable |= sql_join_hash_pair(planner, &quals[i], &partial->leaves, &rel->leaves, &pair);
    }
    out->rows = sql_join_clamp(rows);
    out->cost = partial->cost + rel->local_cost + rel->local_rows * SQL_PLAN_ROW_COST +
                partial->rows * sql_join_clamp(rel->local_rows) * TEST_COST;
    bool lateral = sql_leaf_overlap(&rel->requires, &partial->leaves);
    if (hashable && !lateral) {
        bool swap = sql_join_hashes_left(partial->rows, rel->local_rows);
        double build = swap ? partial->rows : rel->local_rows;
        double cost = partial->cost + rel->local_cost + build * HASH_COST +
                      (swap ? rel->local_rows : partial->rows) * SQL_PLAN_ROW_COST +
                      out->rows * SQL_PLAN_ROW_COST;
        if (cost < out->cost) {
            out->cost = cost;
            out->method = swap ? STEP_HASH_SWAPPED : STEP_HASH;
        }
    }
    if (rel->kind == SQL_PLAN_REL_TABLE) {
        struct sql_access access;
        if (!sql_access_choose(problem, rel, &partial->leaves, &access))
            return false;
        double cost = partial->cost + partial->rows * (access.cost + SQL_PLAN_ROW_COST);
        if (sql_join_looked_up(&access) && cost < out->cost) {
            out->cost = cost;
            out->method = STEP_INDEX;
            out->rows = fmin(out->rows, sql_join_clamp(partial->rows * access.rows));
        }
    }
    return true;
}

static bool can_join(const struct sql_plan_rel *rel, const struct sql_partial *partial)
{
    return !rel->placed && sql_leaf_within(&rel->requires, &partial->leaves);
}

/* From that first relation on, always the step that costs least; semi joins as soon as they can be. */
static bool search_from(struct sql_plan_problem *problem, uint32_t first, struct step *steps,
                        double *out_cost, bool *complete)
{
    struct sql_plan_rel *rels = problem->rels.items;
    struct sql_partial partial = {.leaves = problem->available};
    *complete = false;
    for (uint32_t i = 0; i < problem->rels.count; i++)
        rels[i].placed = false;
    if (is_semi(&rels[first]) || !can_join(&rels[first], &partial))
        return true;
    steps[0] = (struct step){first, STEP_LOOP, sql_join_clamp(rels[first].local_rows),
                             rels[first].local_cost};
    for (uint32_t done = 1;; done++) {
        const struct step *last = &steps[done - 1];
        rels[last->rel].placed = true;
        sql_leaf_join(&partial.leaves, &rels[last->rel].leaves);
        partial.rows = last->rows;
        partial.cost = last->cost;
        if (done == problem->rels.count)
            break;
        bool found = false;
        for (uint32_t i = 0; i < problem->rels.count; i++) {
            struct step step;
            if (!can_join(&rels[i], &partial))
                continue;
            if (!weigh(problem, &partial, i, &step))
                return false;
            if (!found || step.cost + step.rows < steps[done].cost + steps[done].rows)
                steps[done] = step;
            found = true;
        }
        if (!found)
            return true;
    }
    *complete = true;
    *out_cost = partial.cost;
    return true;
}

/* ---- building */

static bool plan_first(struct sql_plan_problem *problem, struct sql_plan_rel *rel,
                       struct sql_node **out)
{
    struct sql_access access;
    if (rel->kind != SQL_PLAN_REL_TABLE) {
        *out = rel->node;
        return true;
    }
    return sql_access_choose(problem, rel, &problem->available, &access) &&
           sql_access_build(problem, rel, &problem->available, &access, out);
}

static bool build_semi(struct sql_plan_problem *problem, struct sql_plan_rel *rel,
                       struct sql_partial *partial)
{
    enum sql_join_method_kind join =
        rel->kind == SQL_PLAN_REL_SEMI ? SQL_JOIN_NODE_SEMI : SQL_JOIN_NODE_ANTI;
    struct sql_node *node;
    (void)problem;
    rel->right->available = problem->available;
    if (!sql_join_problem(rel->right, &rel->on, join, partial, &partial->leaves, &node))
        return false;
    node->rows = sql_join_rows(join, partial->rows, 0, 1);
    node->cost = partial->cost + partial->rows;
    partial->node = node;
    partial->rows = node->rows;
    return true;
}

/* A node's filter comes before its projection: what reads that needs a node of its own. */
static bool pass_through(struct sql_planner *planner, struct sql_node **node)
{
    struct sql_node_result *result = sql_plan_node(planner, SQL_NODE_RESULT, sizeof(*result), 1);
    if (!result)
        return false;
    result->node.inputs[0] = *node;
    result->node.rows = (*node)->rows;
    result->node.cost = (*node)->cost;
    *node = &result->node;
    return true;
}

static bool filter_rest(struct sql_plan_problem *problem, struct sql_node **in_out,
                        const struct sql_leaf_set *leaves)
{
    struct sql_plan_qual *items = problem->quals.items;
    struct sql_plan_qual **list =
        arena_array(problem->planner->arena, problem->quals.count, sizeof(*list));
    uint32_t count = 0;
    if (!list)
        return no_memory(problem->planner);
    for (uint32_t i = 0; i < problem->quals.count; i++)
        if (!items[i].used && sql_leaf_within(&items[i].leaves, leaves) &&
            (!sql_leaf_empty(&items[i].leaves) || items[i].is_volatile))
            list[count++] = &items[i];
    if (count == 0)
        return true;
    if ((*in_out)->project && !pass_through(problem->planner, in_out))
        return false;
    struct sql_node *node = *in_out;
    if (node->filter) {
        for (uint32_t i = 0; i < node->filter_count; i++)
            node->filter_quals[i]->used = false;
        struct sql_plan_qual **both =
            arena_array(problem->planner->arena, count + node->filter_count, sizeof(*both));
        if (!both)
            return no_memory(problem->planner);
        memcpy(both, node->filter_quals, node->filter_count * sizeof(*both));
        memcpy(both + node->filter_count, list, count * sizeof(*both));
        return sql_plan_filter(problem->planner, node, both, count + node->filter_count);
    }
    return sql_plan_filter(problem->planner, node, list, count);
}

static bool build_step(struct sql_plan_problem *problem, const struct step *step,
                       struct sql_partial *partial)
{
    struct sql_planner *planner = problem->planner;
    struct sql_plan_rel *rel = &((struct sql_plan_rel *)problem->rels.items)[step->rel];
    if (is_semi(rel))
        return build_semi(problem, rel, partial);
    struct sql_leaf_set all = partial->leaves;
    struct sql_node *right, *node;
    sql_leaf_join(&all, &rel->leaves);
    bool lateral = sql_leaf_overlap(&rel->requires, &partial->leaves);
    if (step->method == STEP_INDEX || lateral) {
        struct sql_access access;
        struct sql_node_join *join;
        if (rel->kind == SQL_PLAN_REL_TABLE) {
            if (!sql_access_choose(problem, rel, &partial->leaves, &access) ||
                !sql_access_build(problem, rel, &partial->leaves, &access, &right))
                return false;
        } else {
            right = rel->node;
        }
        join = sql_join_node_make(planner, SQL_NODE_NEST_LOOP, SQL_JOIN_NODE_INNER, partial->node,
                                  right);
        if (!join)
            return false;
        node = &join->node;
    } else {
        if (!plan_first(problem, rel, &right))
            return false;
        struct sql_join_sides sides = {partial->node, right, &partial->leaves, &rel->leaves};
        uint32_t count;
        struct sql_plan_qual **quals = sql_join_applicable(planner, &problem->quals, &all, &count);
        uint32_t kept = 0;
        if (!quals)
            return no_memory(planner);
        for (uint32_t i = 0; i < count; i++)
            if (!sql_leaf_empty(&quals[i]->leaves))
                quals[kept++] = quals[i];
        if (!sql_join_two(planner, SQL_JOIN_NODE_INNER, &sides, quals, kept, &node))
            return false;
    }
    node->rows = step->rows;
    node->cost = step->cost;
    partial->node = node;
    partial->rows = step->rows;
    partial->cost = step->cost;
    partial->leaves = all;
    return filter_rest(problem, &partial->node, &all);
}

/* Conditions that read no table are tested once, before anything is read. */
static bool gate(struct sql_plan_problem *problem, struct sql_node **node)
{
    struct sql_planner *planner = problem->planner;
    struct sql_leaf_set none = problem->available;
    uint32_t count;
    struct sql_plan_qual **quals = sql_join_applicable(planner, &problem->quals, &none, &count);
    if (!quals)
        return no_memory(planner);
    if (count == 0)
        return true;
    struct sql_node_result *result =
        sql_plan_node(planner, SQL_NODE_RESULT, sizeof(*result), *node ? 1 : 0);
    if (!result)
        return false;
    if (*node) {
        result->node.inputs[0] = *node;
        result->node.rows = (*node)->rows;
        result->node.cost = (*node)->cost;
    }
    for (uint32_t i = 0; i < count; i++)
        quals[i]->used = true;
    result->once_quals = quals;
    result->once_count = count;
    *node = &result->node;
    return sql_plan_quals_program(planner, quals, count, &result->once);
}

static bool plan_empty(struct sql_plan_problem *problem, struct sql_node **out)
{
    *out = sql_plan_node(problem->planner, SQL_NODE_RESULT, sizeof(struct sql_node_result), 0);
    return *out && gate(problem, out);
}

static bool choose_order(struct sql_plan_problem *problem, struct step **out)
{
    uint32_t count = problem->rels.count;
    struct step *best = arena_array(problem->planner->arena, count, sizeof(*best));
    struct step *steps = arena_array(problem->planner->arena, count, sizeof(*steps));
    double best_cost = 0, cost;
    bool found = false, complete;
    if (!best || !steps)
        return no_memory(problem->planner);
    for (uint32_t first = 0; first < count; first++) {
        if (!search_from(problem, first, steps, &cost, &complete))
            return false;
        if (!complete || (found && cost >= best_cost))
            continue;
        memcpy(best, steps, count * sizeof(*best));
        best_cost = cost;
        found = true;
    }
    *out = best;
    return found || sql_fail(problem->planner->env->error, "XX000",
                             "failed to build any %u-way joins", count);
}

bool sql_problem_plan(struct sql_plan_problem *problem, struct sql_node **out)
{
    struct sql_plan_rel *rels = problem->rels.items;
    struct step *steps;
    if (problem->rels.count == 0)
        return plan_empty(problem, out);
    if (!sql_plan_families_open(problem) || !measure_rels(problem) ||
        !choose_order(problem, &steps))
        return false;
    struct sql_plan_rel *first = &rels[steps[0].rel];
    struct sql_partial partial = {.rows = steps[0].rows, .cost = steps[0].cost};
    if (!plan_first(problem, first, &partial.node))
        return false;
    partial.leaves = problem->available;
    sql_leaf_join(&partial.leaves, &first->leaves);
    if (!filter_rest(problem, &partial.node, &partial.leaves))
        return false;
    for (uint32_t i = 1; i < problem->rels.count; i++)
        if (!build_step(problem, &steps[i], &partial))
            return false;
    *out = partial.node;
    return gate(problem, out);
}
