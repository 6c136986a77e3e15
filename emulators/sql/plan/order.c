/* Which relation is joined after which, and how. Left-deep: each step joins one more relation to what
 * is there; every relation is tried as the first one, the cheapest whole is built. */
#include <math.h>

#include "emulators/sql/plan/problem.h"

#define ROW_COST  1.0    /* giving a row */
#define TEST_COST 0.5    /* looking at a pair in a nested loop */
#define HASH_COST 1.5    /* putting a row into a hash */
#define FEW_ROWS  1000.0 /* of a hash that is made in no time */

enum step_method { STEP_LOOP, STEP_INDEX, STEP_HASH, STEP_HASH_SWAPPED };

struct step {
    uint32_t rel;
    enum step_method method;
    double rows, cost;
};

/* What is joined so far. */
struct partial {
    struct sql_node *node;
    struct sql_leaf_set leaves; /* with the available ones */
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

/* The unused conditions that can be evaluated with these leaves loaded. */
static struct sql_plan_qual **applicable(struct sql_planner *planner, struct sql_vector *quals,
                                         const struct sql_leaf_set *leaves, uint32_t *count)
{
    struct sql_plan_qual *items = quals->items;
    struct sql_plan_qual **list = arena_array(planner->arena, quals->count, sizeof(*list));
    *count = 0;
    for (uint32_t i = 0; list && i < quals->count; i++)
        if (!items[i].used && sql_leaf_within(&items[i].leaves, leaves))
            list[(*count)++] = &items[i];
    return list;
}

/* ---- hashable equalities */

struct hash_pair {
    struct sql_plan_qual *qual;
    const struct sql_expr *outer, *inner;
    enum sql_key_codec codec;
    uint32_t collation;
};

static bool find_param(struct sql_expr *expr, void *ctx)
{
    const struct sql_expr_param *param = (const void *)expr;
    if (expr->kind == SQL_EXPR_PARAM && param->param_kind == SQL_PARAM_EXEC)
        return true;
    return expr->kind != SQL_EXPR_SUBLINK && sql_expr_walk(expr, find_param, ctx);
}

static void side_reads(const struct sql_plan_qual *qual, const struct sql_expr *expr,
                       struct sql_leaf_set *out)
{
    bool is_volatile = false;
    *out = (struct sql_leaf_set){{0}};
    sql_problem_reads(qual->query, expr, out, &is_volatile);
    if (qual->sub_columns && find_param((struct sql_expr *)(uintptr_t)expr, NULL))
        sql_leaf_add(out, qual->sub_leaf);
}

static bool hash_pair(struct sql_planner *planner, struct sql_plan_qual *qual,
                      const struct sql_leaf_set *outer, const struct sql_leaf_set *inner,
                      struct hash_pair *out)
{
    const struct sql_expr_call *call = (const void *)qual->expr;
    struct sql_leaf_set sides[2];
    if (qual->is_volatile || !sql_plan_hash_codec(planner, call, &out->codec))
        return false;
    for (int i = 0; i < 2; i++)
        side_reads(qual, call->args.items[i], &sides[i]);
    for (int i = 0; i < 2; i++)
        if (!sql_leaf_empty(&sides[i]) && sql_leaf_within(&sides[i], outer) &&
            !sql_leaf_empty(&sides[!i]) && sql_leaf_within(&sides[!i], inner)) {
            out->qual = qual;
            out->outer = call->args.items[i];
            out->inner = call->args.items[!i];
            out->collation = call->input_collation;
            return true;
        }
    return false;
}

/* Of an equality between two relations: each row of the larger one finds about one row. */
static double join_selectivity(struct sql_planner *planner, const struct partial *partial,
                               const struct sql_plan_rel *rel, struct sql_plan_qual *qual)
{
    struct hash_pair pair;
    if (!hash_pair(planner, qual, &partial->leaves, &rel->leaves, &pair))
        return sql_plan_selectivity(planner, qual);
    double most = fmax(rel->rows, rel->local_rows);
    return 1.0 / fmax(most, 1.0);
}

static double clamp_rows(double rows)
{
    return rows < 1 ? 1 : rows;
}

/* ---- pushing conditions into what is joined */

static bool push_into(struct sql_plan_problem *into, struct sql_plan_qual *qual)
{
    struct sql_plan_qual *copy = sql_vector_add(into->planner->arena, &into->quals, sizeof(*copy));
    if (!copy)
        return no_memory(into->planner);
    *copy = *qual;
    qual->used = true;
    return true;
}

static bool push_outer(struct sql_plan_problem *problem, struct sql_plan_rel *rel)
{
    struct sql_plan_qual *quals = problem->quals.items;
    bool left = rel->join == SQL_JOIN_LEFT, right = rel->join == SQL_JOIN_RIGHT;
    for (uint32_t i = 0; i < problem->quals.count; i++) {
        if (quals[i].used || quals[i].is_volatile || sql_leaf_empty(&quals[i].leaves))
            continue;
        if (left && sql_leaf_within(&quals[i].leaves, &rel->left->leaves) &&
            !push_into(rel->left, &quals[i]))
            return false;
        if (right && sql_leaf_within(&quals[i].leaves, &rel->right->leaves) &&
            !push_into(rel->right, &quals[i]))
            return false;
    }
    struct sql_plan_qual *on = rel->on.items;
    for (uint32_t i = 0; i < rel->on.count; i++) {
        if (on[i].is_volatile || sql_leaf_empty(&on[i].leaves))
            continue;
        if (left && sql_leaf_within(&on[i].leaves, &rel->right->leaves) &&
            !push_into(rel->right, &on[i]))
            return false;
        if (right && sql_leaf_within(&on[i].leaves, &rel->left->leaves) &&
            !push_into(rel->left, &on[i]))
            return false;
    }
    return true;
}

/* ---- building joins */

static struct sql_node_join *join_node(struct sql_planner *planner, enum sql_node_kind kind,
                                       enum sql_join_method_kind join, struct sql_node *outer,
                                       struct sql_node *inner)
{
    struct sql_node_join *node = sql_plan_node(planner, kind, sizeof(*node), 2);
    if (!node)
        return NULL;
    node->join = join;
    node->node.inputs[0] = outer;
    node->node.inputs[1] = inner;
    return node;
}

static bool set_on(struct sql_planner *planner, struct sql_node_join *node,
                   struct sql_plan_qual **quals, uint32_t count)
{
    if (count == 0)
        return true;
    node->on_quals = quals;
    node->on_count = count;
    for (uint32_t i = 0; i < count; i++)
        quals[i]->used = true;
    return sql_plan_quals_program(planner, quals, count, &node->on);
}

static bool materialized(struct sql_planner *planner, struct sql_node *input, struct sql_node **out)
{
    struct sql_node *node = sql_plan_node(planner, SQL_NODE_MATERIALIZE, sizeof(*node), 1);
    if (!node)
        return false;
    node->inputs[0] = input;
    node->rows = input->rows;
    node->cost = input->cost + input->rows * ROW_COST;
    *out = node;
    return true;
}

static bool compile_keys(struct sql_planner *planner, const struct hash_pair *pairs, uint32_t count,
                         bool outer, struct sql_keys *keys, const struct sql_program **program)
{
    struct sql_compiler compiler;
    sql_compiler_begin(&compiler, planner);
    keys->items = arena_zalloc(planner->arena, count * sizeof(*keys->items));
    if (!keys->items)
        return no_memory(planner);
    keys->count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_expr *expr = outer ? pairs[i].outer : pairs[i].inner;
        uint32_t reg;
        compiler.sub_columns = pairs[i].qual->sub_columns;
        compiler.sub_column_count = pairs[i].qual->sub_column_count;
        if (!sql_compile(&compiler, pairs[i].qual->query, expr, SQL_NO_REGISTER, &reg) ||
            !sql_plan_key(planner, reg, sql_plan_type(planner, expr->type), pairs[i].collation,
                          &keys->items[i]))
            return false;
        keys->items[i].codec = pairs[i].codec;
        keys->items[i].expr = expr;
    }
    return sql_compiler_end(&compiler, 0, program);
}

/* Joins by a hash; pairs are the keys, rest what else must hold. */
static bool hash_join(struct sql_planner *planner, enum sql_join_method_kind join,
                      struct sql_node *outer, struct sql_node *inner, struct hash_pair *pairs,
                      uint32_t pair_count, struct sql_plan_qual **rest, uint32_t rest_count,
                      struct sql_node **out)
{
    struct sql_node_join *node = join_node(planner, SQL_NODE_HASH_JOIN, join, outer, inner);
    if (!node)
        return false;
    node->hash_quals = arena_array(planner->arena, pair_count, sizeof(*node->hash_quals));
    if (!node->hash_quals)
        return no_memory(planner);
    for (uint32_t i = 0; i < pair_count; i++) {
        node->hash_quals[i] = pairs[i].qual;
        pairs[i].qual->used = true;
    }
    node->hash_count = pair_count;
    *out = &node->node;
    return compile_keys(planner, pairs, pair_count, true, &node->outer_keys,
                        &node->outer_program) &&
           compile_keys(planner, pairs, pair_count, false, &node->inner_keys,
                        &node->inner_program) &&
           set_on(planner, node, rest, rest_count);
}

/* Sorts conditions into keys of a hash join and the others. */
static bool split_quals(struct sql_planner *planner, struct sql_plan_qual **quals, uint32_t count,
                        const struct sql_leaf_set *outer, const struct sql_leaf_set *inner,
                        struct hash_pair **pairs, uint32_t *pair_count,
                        struct sql_plan_qual ***rest, uint32_t *rest_count)
{
    *pairs = arena_array(planner->arena, count, sizeof(**pairs));
    *rest = arena_array(planner->arena, count, sizeof(**rest));
    if (!*pairs || !*rest)
        return no_memory(planner);
    *pair_count = *rest_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (hash_pair(planner, quals[i], outer, inner, &(*pairs)[*pair_count]))
            (*pair_count)++;
        else
            (*rest)[(*rest_count)++] = quals[i];
    }
    return true;
}

/* Joins a planned right side to a left one under these conditions: outer, semi and anti joins. */
struct sides {
    struct sql_node *left, *right;
    const struct sql_leaf_set *left_leaves, *right_leaves;
};

/* Is the left side the one to put into a hash, the right one to be read beside it? A hash of few rows
 * costs nothing either way; then the left side's order is worth more. */
static bool hashes_left(double left, double right)
{
    return left * 1.2 < right && right > FEW_ROWS;
}

static enum sql_join_method_kind swapped_kind(enum sql_join_method_kind join)
{
    return join == SQL_JOIN_NODE_LEFT ? SQL_JOIN_NODE_RIGHT : join;
}

static bool join_sides(struct sql_planner *planner, enum sql_join_method_kind join,
                       const struct sides *sides, struct sql_plan_qual **quals, uint32_t count,
                       struct sql_node **out)
{
    struct hash_pair *pairs;
    struct sql_plan_qual **rest;
    uint32_t pair_count, rest_count;
    if (!split_quals(planner, quals, count, sides->left_leaves, sides->right_leaves, &pairs,
                     &pair_count, &rest, &rest_count))
        return false;
    bool swap =
        (join == SQL_JOIN_NODE_LEFT || join == SQL_JOIN_NODE_INNER || join == SQL_JOIN_NODE_FULL) &&
        hashes_left(sides->left->rows, sides->right->rows);
    if (pair_count && !swap)
        return hash_join(planner, join, sides->left, sides->right, pairs, pair_count, rest,
                         rest_count, out);
    if (pair_count) {
        for (uint32_t i = 0; i < pair_count; i++) {
            const struct sql_expr *outer = pairs[i].outer;
            pairs[i].outer = pairs[i].inner;
            pairs[i].inner = outer;
        }
        return hash_join(planner, swapped_kind(join), sides->right, sides->left, pairs, pair_count,
                         rest, rest_count, out);
    }
    struct sql_node *inner;
    if (!materialized(planner, sides->right, &inner))
        return false;
    struct sql_node_join *node = join_node(planner, SQL_NODE_NEST_LOOP, join, sides->left, inner);
    if (!node)
        return false;
    *out = &node->node;
    return set_on(planner, node, quals, count);
}

/* ---- nested loops over an index: the right side reads the left's registers */

static const struct sql_plan_rel *single_table(const struct sql_plan_problem *problem)
{
    const struct sql_plan_rel *rel = problem->rels.items;
    return problem->rels.count == 1 && rel->kind == SQL_PLAN_REL_TABLE ? rel : NULL;
}

static bool looked_up(const struct sql_access *access)
{
    return (access->index && access->key_count) || access->system.column;
}

/* Would the right problem, with the join's conditions inside, be looked up by an index? */
static bool probe_index(struct sql_plan_problem *right, struct sql_vector *on,
                        const struct sql_leaf_set *left, struct sql_access *access)
{
    const struct sql_plan_rel *rel = single_table(right);
    *access = (struct sql_access){0};
    if (!rel)
        return true;
    struct sql_plan_problem probe = *right;
    struct sql_plan_qual *quals = on->items;
    probe.quals = (struct sql_vector){0};
    for (int list = 0; list < 2; list++) {
        struct sql_vector *from = list ? on : &right->quals;
        quals = from->items;
        for (uint32_t i = 0; i < from->count; i++) {
            struct sql_plan_qual *copy =
                quals[i].used ? NULL
                              : sql_vector_add(right->planner->arena, &probe.quals, sizeof(*copy));
            if (copy)
                *copy = quals[i];
        }
    }
    return sql_access_choose(&probe, rel, left, access);
}

static bool loop_by_index(struct sql_plan_problem *right, struct sql_vector *on,
                          enum sql_join_method_kind join, const struct partial *left,
                          struct sql_node **out)
{
    struct sql_plan_qual *quals = on->items;
    struct sql_node *inner;
    for (uint32_t i = 0; i < on->count; i++)
        if (!quals[i].used && !push_into(right, &quals[i]))
            return false;
    right->available = left->leaves;
    if (!sql_problem_plan(right, &inner))
        return false;
    struct sql_node_join *node =
        join_node(right->planner, SQL_NODE_NEST_LOOP, join, left->node, inner);
    *out = node ? &node->node : NULL;
    return node != NULL;
}

static bool join_problem(struct sql_plan_problem *right, struct sql_vector *on,
                         enum sql_join_method_kind join, const struct partial *left,
                         const struct sql_leaf_set *left_leaves, struct sql_node **out)
{
    struct sql_planner *planner = right->planner;
    struct sql_access access;
    bool lateral = false;
    const struct sql_plan_rel *rels = right->rels.items;
    for (uint32_t i = 0; i < right->rels.count; i++)
        lateral |= sql_leaf_overlap(&rels[i].requires, &left->leaves);
    if (join != SQL_JOIN_NODE_FULL) {
        if (!probe_index(right, on, &left->leaves, &access))
            return false;
        const struct sql_plan_rel *rel = single_table(right);
        if (lateral || (rel && looked_up(&access) &&
                        left->rows * (access.cost + 2) < rel->rows * 2 + left->rows))
            return loop_by_index(right, on, join, left, out);
    }
    struct sides sides = {
        .left = left->node, .left_leaves = left_leaves, .right_leaves = &right->leaves};
    struct sql_leaf_set all = left->leaves;
    sql_leaf_join(&all, &right->leaves);
    uint32_t count;
    if (!sql_problem_plan(right, &sides.right))
        return false;
    struct sql_plan_qual **quals = applicable(planner, on, &all, &count);
    return quals ? join_sides(planner, join, &sides, quals, count, out) : no_memory(planner);
}

static double join_rows(enum sql_join_method_kind join, double left, double right, uint32_t quals)
{
    double both = quals ? fmax(left, right) : left * right;
    switch (join) {
    case SQL_JOIN_NODE_SEMI:
    case SQL_JOIN_NODE_ANTI: return clamp_rows(left * 0.5);
    case SQL_JOIN_NODE_LEFT: return fmax(both, left);
    default: return both;
    }
}

static bool plan_outer(struct sql_plan_problem *problem, struct sql_plan_rel *rel)
{
    struct partial left = {0};
    enum sql_join_method_kind join =
        rel->join == SQL_JOIN_FULL ? SQL_JOIN_NODE_FULL : SQL_JOIN_NODE_LEFT;
    if (!push_outer(problem, rel))
        return false;
    if (rel->join == SQL_JOIN_RIGHT) {
        struct sql_plan_problem *swap = rel->left;
        rel->left = rel->right;
        rel->right = swap;
        rel->join = SQL_JOIN_LEFT;
    }
    rel->left->available = problem->available;
    sql_leaf_join(&rel->left->available, &rel->requires);
    rel->right->available = rel->left->available;
    if (!sql_problem_plan(rel->left, &left.node))
        return false;
    left.leaves = rel->left->leaves;
    sql_leaf_join(&left.leaves, &rel->left->available);
    left.rows = left.node->rows;
    if (!join_problem(rel->right, &rel->on, join, &left, &rel->left->leaves, &rel->node))
        return false;
    double right_rows = rel->node->inputs[1]->rows;
    rel->node->rows = join_rows(join, left.rows, right_rows, rel->on.count);
    rel->node->cost = left.node->cost + rel->node->inputs[1]->cost + rel->node->rows;
    rel->rows = rel->node->rows;
    return true;
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
            if (!plan_outer(problem, rel))
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
static bool weigh(struct sql_plan_problem *problem, const struct partial *partial, uint32_t at,
                  struct step *out)
{
    struct sql_planner *planner = problem->planner;
    struct sql_plan_rel *rel = &((struct sql_plan_rel *)problem->rels.items)[at];
    struct sql_plan_qual *quals = problem->quals.items;
    struct sql_leaf_set all = partial->leaves;
    double rows = partial->rows * clamp_rows(rel->local_rows);
    bool hashable = false;
    struct hash_pair pair;
    *out = (struct step){.rel = at, .method = STEP_LOOP};
    if (is_semi(rel)) {
        out->rows = clamp_rows(partial->rows * 0.5);
        out->cost = partial->cost + partial->rows;
        return true;
    }
    sql_leaf_join(&all, &rel->leaves);
    for (uint32_t i = 0; i < problem->quals.count; i++) {
        if (quals[i].used || !sql_leaf_within(&quals[i].leaves, &all) ||
            sql_leaf_within(&quals[i].leaves, &partial->leaves) ||
            !sql_leaf_overlap(&quals[i].leaves, &partial->leaves))
            continue;
        rows *= join_selectivity(planner, partial, rel, &quals[i]);
        hashable |= hash_pair(planner, &quals[i], &partial->leaves, &rel->leaves, &pair);
    }
    out->rows = clamp_rows(rows);
    out->cost = partial->cost + rel->local_cost + rel->local_rows * ROW_COST +
                partial->rows * clamp_rows(rel->local_rows) * TEST_COST;
    bool lateral = sql_leaf_overlap(&rel->requires, &partial->leaves);
    if (hashable && !lateral) {
        bool swap = hashes_left(partial->rows, rel->local_rows);
        double build = swap ? partial->rows : rel->local_rows;
        double cost = partial->cost + rel->local_cost + build * HASH_COST +
                      (swap ? rel->local_rows : partial->rows) * ROW_COST + out->rows * ROW_COST;
        if (cost < out->cost) {
            out->cost = cost;
            out->method = swap ? STEP_HASH_SWAPPED : STEP_HASH;
        }
    }
    if (rel->kind == SQL_PLAN_REL_TABLE) {
        struct sql_access access;
        if (!sql_access_choose(problem, rel, &partial->leaves, &access))
            return false;
        double cost = partial->cost + partial->rows * (access.cost + ROW_COST);
        if (looked_up(&access) && cost < out->cost) {
            out->cost = cost;
            out->method = STEP_INDEX;
            out->rows = fmin(out->rows, clamp_rows(partial->rows * access.rows));
        }
    }
    return true;
}

static bool can_join(const struct sql_plan_rel *rel, const struct partial *partial)
{
    return !rel->placed && sql_leaf_within(&rel->requires, &partial->leaves);
}

/* From that first relation on, always the step that costs least; semi joins as soon as they can be. */
static bool search_from(struct sql_plan_problem *problem, uint32_t first, struct step *steps,
                        double *out_cost, bool *complete)
{
    struct sql_plan_rel *rels = problem->rels.items;
    struct partial partial = {.leaves = problem->available};
    *complete = false;
    for (uint32_t i = 0; i < problem->rels.count; i++)
        rels[i].placed = false;
    if (is_semi(&rels[first]) || !can_join(&rels[first], &partial))
        return true;
    steps[0] =
        (struct step){first, STEP_LOOP, clamp_rows(rels[first].local_rows), rels[first].local_cost};
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
                       struct partial *partial)
{
    enum sql_join_method_kind join =
        rel->kind == SQL_PLAN_REL_SEMI ? SQL_JOIN_NODE_SEMI : SQL_JOIN_NODE_ANTI;
    struct sql_node *node;
    (void)problem;
    rel->right->available = problem->available;
    if (!join_problem(rel->right, &rel->on, join, partial, &partial->leaves, &node))
        return false;
    node->rows = join_rows(join, partial->rows, 0, 1);
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
                       struct partial *partial)
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
        join = join_node(planner, SQL_NODE_NEST_LOOP, SQL_JOIN_NODE_INNER, partial->node, right);
        if (!join)
            return false;
        node = &join->node;
    } else {
        if (!plan_first(problem, rel, &right))
            return false;
        struct sides sides = {partial->node, right, &partial->leaves, &rel->leaves};
        uint32_t count;
        struct sql_plan_qual **quals = applicable(planner, &problem->quals, &all, &count);
        uint32_t kept = 0;
        if (!quals)
            return no_memory(planner);
        for (uint32_t i = 0; i < count; i++)
            if (!sql_leaf_empty(&quals[i]->leaves))
                quals[kept++] = quals[i];
        if (!join_sides(planner, SQL_JOIN_NODE_INNER, &sides, quals, kept, &node))
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
    struct sql_plan_qual **quals = applicable(planner, &problem->quals, &none, &count);
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
    if (!measure_rels(problem) || !choose_order(problem, &steps))
        return false;
    struct sql_plan_rel *first = &rels[steps[0].rel];
    struct partial partial = {.rows = steps[0].rows, .cost = steps[0].cost};
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
