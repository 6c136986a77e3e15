/* Two inputs become one: conditions that go to either side, equalities to hash by, inner rows looked up by
 * an index. */
#include "emulators/sql/plan/join.h"

#include <math.h>

#define FEW_ROWS 1000.0 /* of a hash that is made in no time */

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* The unused conditions that can be evaluated with these leaves loaded. */
struct sql_plan_qual **sql_join_applicable(struct sql_planner *planner, struct sql_vector *quals,
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

bool sql_join_hash_pair(struct sql_planner *planner, struct sql_plan_qual *qual,
                        const struct sql_leaf_set *outer, const struct sql_leaf_set *inner,
                        struct sql_hash_pair *out)
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
double sql_join_selectivity(struct sql_planner *planner, const struct sql_partial *partial,
                            const struct sql_plan_rel *rel, struct sql_plan_qual *qual)
{
    struct sql_hash_pair pair;
    if (!sql_join_hash_pair(planner, qual, &partial->leaves, &rel->leaves, &pair))
        return sql_plan_selectivity(planner, qual);
    double most = fmax(rel->rows, rel->local_rows);
    return 1.0 / fmax(most, 1.0);
}

double sql_join_clamp(double rows)
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

struct sql_node_join *sql_join_node_make(struct sql_planner *planner, enum sql_node_kind kind,
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
    node->cost = input->cost + input->rows * SQL_PLAN_ROW_COST;
    *out = node;
    return true;
}

static bool compile_keys(struct sql_planner *planner, const struct sql_hash_pair *pairs,
                         uint32_t count, bool outer, struct sql_keys *keys,
                         const struct sql_program **program)
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
                      struct sql_node *outer, struct sql_node *inner, struct sql_hash_pair *pairs,
                      uint32_t pair_count, struct sql_plan_qual **rest, uint32_t rest_count,
                      struct sql_node **out)
{
    struct sql_node_join *node =
        sql_join_node_make(planner, SQL_NODE_HASH_JOIN, join, outer, inner);
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
                        struct sql_hash_pair **pairs, uint32_t *pair_count,
                        struct sql_plan_qual ***rest, uint32_t *rest_count)
{
    *pairs = arena_array(planner->arena, count, sizeof(**pairs));
    *rest = arena_array(planner->arena, count, sizeof(**rest));
    if (!*pairs || !*rest)
        return no_memory(planner);
    *pair_count = *rest_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (sql_join_hash_pair(planner, quals[i], outer, inner, &(*pairs)[*pair_count]))
            (*pair_count)++;
        else
            (*rest)[(*rest_count)++] = quals[i];
    }
    return true;
}

/* Is the left side the one to put into a hash, the right one to be read beside it? A hash of few rows
 * costs nothing either way; then the left side's order is worth more. */
bool sql_join_hashes_left(double left, double right)
{
    return left * 1.2 < right && right > FEW_ROWS;
}

static enum sql_join_method_kind swapped_kind(enum sql_join_method_kind join)
{
    return join == SQL_JOIN_NODE_LEFT ? SQL_JOIN_NODE_RIGHT : join;
}

bool sql_join_two(struct sql_planner *planner, enum sql_join_method_kind join,
                  const struct sql_join_sides *sides, struct sql_plan_qual **quals, uint32_t count,
                  struct sql_node **out)
{
    struct sql_hash_pair *pairs;
    struct sql_plan_qual **rest;
    uint32_t pair_count, rest_count;
    if (!split_quals(planner, quals, count, sides->left_leaves, sides->right_leaves, &pairs,
                     &pair_count, &rest, &rest_count))
        return false;
    bool swap =
        (join == SQL_JOIN_NODE_LEFT || join == SQL_JOIN_NODE_INNER || join == SQL_JOIN_NODE_FULL) &&
        sql_join_hashes_left(sides->left->rows, sides->right->rows);
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
    struct sql_node_join *node =
        sql_join_node_make(planner, SQL_NODE_NEST_LOOP, join, sides->left, inner);
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

bool sql_join_looked_up(const struct sql_access *access)
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
                          enum sql_join_method_kind join, const struct sql_partial *left,
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
        sql_join_node_make(right->planner, SQL_NODE_NEST_LOOP, join, left->node, inner);
    *out = node ? &node->node : NULL;
    return node != NULL;
}

bool sql_join_problem(struct sql_plan_problem *right, struct sql_vector *on,
                      enum sql_join_method_kind join, const struct sql_partial *left,
                      const struct sql_leaf_set *left_leaves, struct sql_node **out)
{
    struct sql_planner *planner = right->planner;
    struct sql_access access;
    bool lateral = false;
    const struct sql_plan_rel *rels = right->rels.items;
    for (uint32_t i = 0; i < right->rels.count; i++)
        lateral |= sql_leaf_overlap(&rels[i].requires, &left->leaves);
    if (!sql_plan_families_open(right))
        return false;
    if (join != SQL_JOIN_NODE_FULL) {
        if (!probe_index(right, on, &left->leaves, &access))
            return false;
        const struct sql_plan_rel *rel = single_table(right);
        if (lateral || (rel && sql_join_looked_up(&access) &&
                        left->rows * (access.cost + 2) < rel->rows * 2 + left->rows))
            return loop_by_index(right, on, join, left, out);
    }
    struct sql_join_sides sides = {
        .left = left->node, .left_leaves = left_leaves, .right_leaves = &right->leaves};
    struct sql_leaf_set all = left->leaves;
    sql_leaf_join(&all, &right->leaves);
    uint32_t count;
    if (!sql_problem_plan(right, &sides.right))
        return false;
    struct sql_plan_qual **quals = sql_join_applicable(planner, on, &all, &count);
    return quals ? sql_join_two(planner, join, &sides, quals, count, out) : no_memory(planner);
}

double sql_join_rows(enum sql_join_method_kind join, double left, double right, uint32_t quals)
{
    double both = quals ? fmax(left, right) : left * right;
    switch (join) {
    case SQL_JOIN_NODE_SEMI:
    case SQL_JOIN_NODE_ANTI: return sql_join_clamp(left * 0.5);
    case SQL_JOIN_NODE_LEFT: return fmax(both, left);
    default: return both;
    }
}

bool sql_join_outer(struct sql_plan_problem *problem, struct sql_plan_rel *rel)
{
    struct sql_partial left = {0};
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
    if (!sql_join_problem(rel->right, &rel->on, join, &left, &rel->left->leaves, &rel->node))
        return false;
    double right_rows = rel->node->inputs[1]->rows;
    rel->node->rows = sql_join_rows(join, left.rows, right_rows, rel->on.count);
    rel->node->cost = left.node->cost + rel->node->inputs[1]->cost + rel->node->rows;
    rel->rows = rel->node->rows;
    return true;
}
