/* One SELECT, from its joins to its limit. */
#include "common/fiber.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- what a node computes */

static bool is_jump(uint16_t code)
{
    switch (code) {
    case SQL_OP_JUMP:
    case SQL_OP_UNLESS:
    case SQL_OP_IF_NULL:
    case SQL_OP_IF_NOT_NULL:
    case SQL_OP_IF_FALSE:
    case SQL_OP_IF_TRUE: return true;
    default: return false;
    }
}

bool sql_plan_insert_program(struct sql_planner *planner, const struct sql_program *into,
                             uint32_t at, const struct sql_program *program,
                             const struct sql_program **out)
{
    struct sql_program *both = arena_zalloc(planner->arena, sizeof(*both));
    struct sql_op *ops = arena_array(planner->arena, into->count + program->count, sizeof(*ops));
    uint32_t *reads =
        arena_array(planner->arena, into->read_count + program->read_count, sizeof(*reads));
    if (!both || !ops || !reads)
        return no_memory(planner);
    uint32_t count = 0, read_count = 0;
    for (uint32_t i = 0; i <= into->count; i++) {
        for (uint32_t k = 0; i == at && k < program->count; k++) {
            ops[count] = program->ops[k];
            if (is_jump(ops[count++].code))
                ops[count - 1].b += at;
        }
        if (i == into->count)
            break;
        ops[count] = into->ops[i];
        if (is_jump(ops[count].code) && ops[count].b > at)
            ops[count].b += program->count;
        count++;
    }
    for (uint32_t i = 0; i < into->read_count; i++)
        reads[read_count++] = into->reads[i];
    for (uint32_t i = 0; i < program->read_count; i++)
        reads[read_count++] = program->reads[i];
    *both = (struct sql_program){.ops = ops,
                                 .count = count,
                                 .result = at == into->count ? program->result : into->result,
                                 .reads = reads,
                                 .read_count = read_count};
    *out = both;
    return true;
}

uint32_t sql_plan_program_gap(const struct sql_program *program, uint32_t at)
{
    for (uint32_t i = 0; i < at; i++)
        if (is_jump(program->ops[i].code) && program->ops[i].b > at)
            at = program->ops[i].b;
    return at;
}

bool sql_plan_join_programs(struct sql_planner *planner, const struct sql_program *first,
                            const struct sql_program *second, const struct sql_program **out)
{
    return sql_plan_insert_program(planner, first, first->count, second, out);
}

bool sql_plan_project(struct sql_planner *planner, struct sql_node *node,
                      const struct sql_program *program)
{
    if (program->count == 0)
        return true;
    if (node->project)
        return sql_plan_join_programs(planner, node->project, program, &node->project);
    node->project = program;
    return true;
}

/* ---- targets */

const struct sql_target *sql_plan_target_of(const struct sql_query *query, uint32_t sort_group,
                                            uint32_t *index)
{
    for (uint32_t i = 0; i < query->target_count; i++)
        if (query->targets[i].sort_group == sort_group) {
            *index = i;
            return &query->targets[i];
        }
    return NULL;
}

bool sql_plan_computed(struct sql_plan_query *query, const struct sql_expr *expr, uint32_t reg)
{
    struct sql_computed *item =
        sql_vector_add(query->planner->arena, &query->computed, sizeof(*item));
    if (!item)
        return no_memory(query->planner);
    *item = (struct sql_computed){expr, reg};
    return true;
}

/* ---- order, distinct, limit */

bool sql_plan_sort_keys(struct sql_plan_query *query, const struct sql_sort_key *keys,
                        uint32_t count, struct sql_keys *out)
{
    struct sql_planner *planner = query->planner;
    out->items = arena_zalloc(planner->arena, (count + 1) * sizeof(*out->items));
    if (!out->items)
        return no_memory(planner);
    out->count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index;
        const struct sql_target *target = sql_plan_target_of(query->query, keys[i].target, &index);
        if (!target)
            return sql_fail(planner->env->error, "XX000", "a sort key has no target");
        if (!sql_plan_key(planner, query->target_registers[index],
                          sql_plan_type(planner, target->expr->type), target->expr->collation,
                          &out->items[i]))
            return false;
        sql_plan_key_order(planner, &keys[i], &out->items[i]);
        out->items[i].expr = target->expr;
        out->items[i].terms = query;
    }
    return true;
}

/* Orders of other operator classes than the type's own compare bytes (text_pattern_ops). */
void sql_plan_key_order(struct sql_planner *planner, const struct sql_sort_key *from,
                        struct sql_key *key)
{
    key->descending = from->descending;
    key->nulls_first = from->nulls_first;
    if (!from->sort_op || !key->type)
        return;
    struct sql_type_order order = sql_find_type_order(planner->session, key->type->id);
    if (from->sort_op != order.lt && from->sort_op != order.gt && !key->type->by_value &&
        key->type->category == 'S')
        key->codec = SQL_KEY_BYTES;
}

bool sql_plan_can_group(struct sql_planner *planner, const struct sql_sort_key *keys,
                        uint32_t count, bool hash, const char *construct)
{
    bool sort = true;
    for (uint32_t i = 0; i < count; i++) {
        sort &= keys[i].sort_op != 0;
        hash &= keys[i].hashable;
    }
    if (sort || hash)
        return true;
    sql_fail(planner->env->error, "0A000", "could not implement %s", construct);
    return sql_detail(planner->env->error, "Some of the datatypes only support hashing, while "
                                           "others only support sorting.");
}

bool sql_plan_sort(struct sql_planner *planner, const struct sql_keys *keys, struct sql_node **node)
{
    struct sql_node_sort *sort = sql_plan_node(planner, SQL_NODE_SORT, sizeof(*sort), 1);
    if (!sort)
        return false;
    sort->keys = *keys;
    sort->node.inputs[0] = *node;
    sort->node.rows = (*node)->rows;
    sort->node.cost = (*node)->cost + (*node)->rows * 2;
    *node = &sort->node;
    return true;
}

/* DISTINCT ON gives the first row of each group in the order of ORDER BY, or of the groups' keys when
 * these are more. */
static bool sort_for_distinct_on(struct sql_plan_query *query, struct sql_node **node, bool *sorted)
{
    const struct sql_query *source = query->query;
    struct sql_keys keys;
    bool by_order = source->order_count > source->distinct_count;
    for (uint32_t i = 0; i < source->distinct_count; i++)
        if (!source->distinct[i].sort_op)
            return true; /* hashed then, the first row of each group in whatever order */
    *sorted = true;
    return sql_plan_sort_keys(query, by_order ? source->order : source->distinct,
                              by_order ? source->order_count : source->distinct_count, &keys) &&
           sql_plan_sort(query->planner, &keys, node);
}

static bool plan_distinct(struct sql_plan_query *query, struct sql_node **node, bool *sorted)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    struct sql_node_distinct *distinct;
    if (!sql_plan_can_group(planner, source->distinct, source->distinct_count, true, "DISTINCT") ||
        (source->distinct_on && !sort_for_distinct_on(query, node, sorted)))
        return false;
    distinct = sql_plan_node(planner, SQL_NODE_DISTINCT, sizeof(*distinct), 1);
    if (!distinct)
        return false;
    distinct->node.inputs[0] = *node;
    distinct->node.rows = (*node)->rows * 0.5 < 1 ? 1 : (*node)->rows * 0.5;
    distinct->node.cost = (*node)->cost + (*node)->rows;
    distinct->sorted = *sorted;
    *node = &distinct->node;
    return sql_plan_sort_keys(query, source->distinct, source->distinct_count, &distinct->keys);
}

bool sql_plan_known_limit(struct sql_plan_query *query, int64_t *out)
{
    const struct sql_expr *limit = query->query->limit;
    const struct sql_expr_call *call = (const void *)limit;
    struct sql_compiler compiler;
    uint32_t reg;
    bool simple = limit && (limit->kind == SQL_EXPR_CONST ||
                            (limit->kind == SQL_EXPR_FUNCTION && call->args.count == 1 &&
                             call->args.items[0]->kind == SQL_EXPR_CONST));
    sql_compiler_begin(&compiler, query->planner);
    if (!simple || !sql_compile(&compiler, query, limit, SQL_NO_REGISTER, &reg) ||
        !sql_plan_info(query->planner, reg)->constant)
        return false;
    *out = sql_plan_image(query->planner, reg)->i;
    return !sql_plan_image(query->planner, reg)->null;
}

static bool compile_limits(struct sql_plan_query *query, struct sql_node_limit *limit)
{
    const struct sql_query *source = query->query;
    return (!source->limit || sql_compile_expr(query, source->limit, &limit->limit)) &&
           (!source->offset || sql_compile_expr(query, source->offset, &limit->offset));
}

/* A sort right below a limit keeps only so many rows: limit + offset. */
static bool limit_sort(struct sql_plan_query *query, struct sql_node_limit *limit,
                       struct sql_node *node)
{
    struct sql_planner *planner = query->planner;
    if (node->kind != SQL_NODE_SORT || !limit->limit || limit->with_ties)
        return true;
    struct sql_node_sort *sort = (void *)node;
    if (!limit->offset) {
        sort->limit = limit->limit;
        return true;
    }
    struct sql_compiler compiler;
    uint32_t count, offset, sum;
    sql_compiler_begin(&compiler, planner);
    return sql_compile(&compiler, query, query->query->limit, SQL_NO_REGISTER, &count) &&
           sql_compile(&compiler, query, query->query->offset, SQL_NO_REGISTER, &offset) &&
           sql_plan_register(planner, sql_plan_type(planner, planner->dialect->types_of.int8),
                             &sum) &&
           sql_emit(&compiler,
                    (struct sql_op){
                        .code = SQL_OP_INT8_ADD, .n = 2, .dst = sum, .a = count, .b = offset}) &&
           sql_compiler_end(&compiler, sum, &sort->limit);
}

static bool plan_limit(struct sql_plan_query *query, struct sql_node **node)
{
    const struct sql_query *source = query->query;
    struct sql_node_limit *limit = sql_plan_node(query->planner, SQL_NODE_LIMIT, sizeof(*limit), 1);
    if (!limit || !compile_limits(query, limit))
        return false;
    limit->with_ties = source->with_ties;
    limit->node.inputs[0] = *node;
    limit->node.rows = (*node)->rows;
    int64_t known;
    if (sql_plan_known_limit(query, &known) && (double)known < limit->node.rows)
        limit->node.rows = (double)known;
    limit->node.cost = (*node)->cost;
    if (source->with_ties &&
        !sql_plan_sort_keys(query, source->order, source->order_count, &limit->ties))
        return false;
    if (!limit_sort(query, limit, *node))
        return false;
    *node = &limit->node;
    return true;
}

/* ---- the whole */

/* Could an index give the order? Only where the rows of one table come through as they are. */
static bool wants_index_order(const struct sql_query *query)
{
    return query->order_count && !query->has_aggregates && !query->group_count &&
           !query->grouping_set_count && !query->having && !query->has_windows &&
           !query->has_sets && !query->distinct_count;
}

static bool plan_joins(struct sql_plan_query *query, struct sql_node **out, bool *ordered)
{
    struct sql_plan_problem *problem;
    const struct sql_query *source = query->query;
    if (!sql_problem_make(query, &problem))
        return false;
    const struct sql_plan_rel *rels = problem->rels.items;
    if (wants_index_order(source) && problem->rels.count == 1 &&
        rels[0].kind == SQL_PLAN_REL_TABLE) {
        problem->ordered = source;
        int64_t limit = 10;
        if (source->limit && !sql_plan_known_limit(query, &limit))
            limit = 10;
        problem->limit = source->limit ? (double)limit : 0;
    }
    if (!sql_problem_plan(problem, out))
        return false;
    *ordered = problem->order_given;
    return true;
}

/* HAVING alone makes one group of the rows, whatever they are: nobody reads them. */
static bool is_one_group(const struct sql_query *query)
{
    return query->having && !query->has_aggregates && !query->group_count &&
           !query->grouping_set_count;
}

static bool plan_one_row(struct sql_plan_query *query, struct sql_node **out)
{
    *out = sql_plan_node(query->planner, SQL_NODE_RESULT, sizeof(struct sql_node_result), 0);
    return *out != NULL;
}

static bool plan_plain(struct sql_plan_query *query, bool own, struct sql_node **out)
{
    const struct sql_query *source = query->query;
    struct sql_planner *planner = query->planner;
    bool sorted = false;
    if (!sql_plan_marks(query) ||
        !(is_one_group(source) ? plan_one_row(query, out) : plan_joins(query, out, &sorted)))
        return false;
    bool grouped = source->has_aggregates || source->group_count || source->grouping_set_count ||
                   source->having;
    if (grouped &&
        (!sql_plan_sets(query, SQL_PLAN_SETS_OF_GROUPS, out) || !sql_plan_grouping(query, out)))
        return false;
    if (source->has_windows &&
        (!sql_plan_sets(query, SQL_PLAN_SETS_OF_WINDOWS, out) || !sql_plan_windows(query, out)))
        return false;
    if (!sql_plan_early_targets(query, own, out))
        return false;
    if (source->distinct_count && !plan_distinct(query, out, &sorted))
        return false;
    struct sql_keys keys;
    if (source->order_count && !sorted &&
        (!sql_plan_sort_keys(query, source->order, source->order_count, &keys) ||
         !sql_plan_sort(planner, &keys, out)))
        return false;
    if (!sql_plan_late_targets(query, own, out))
        return false;
    if (source->row_mark_count && !sql_plan_lock_rows(query, out))
        return false;
    return (!source->limit && !source->offset) || plan_limit(query, out);
}

bool sql_plan_finish_set_query(struct sql_plan_query *query, struct sql_node **out)
{
    const struct sql_query *source = query->query;
    struct sql_keys keys;
    if (source->order_count &&
        (!sql_plan_sort_keys(query, source->order, source->order_count, &keys) ||
         !sql_plan_sort(query->planner, &keys, out)))
        return false;
    return (!source->limit && !source->offset) || plan_limit(query, out);
}

bool sql_plan_query_build(struct sql_plan_query *query, bool own, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    if (fiber_stack_left() < 65536 || planner->depth > 1000)
        return sql_fail(planner->env->error, "54001", "stack depth limit exceeded");
    planner->depth++;
    bool good = query->query->command != SQL_SELECT ? sql_plan_modification(query, out)
                : query->query->set_op              ? sql_plan_set_query(query, out)
                                                    : plan_plain(query, own, out);
    planner->depth--;
    return good && sql_plan_with_top(query, out);
}
