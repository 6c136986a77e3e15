/* UNION, INTERSECT, EXCEPT: every side leaves its columns in the same registers. */
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

static bool common_registers(struct sql_planner *planner, const struct sql_set_op *op,
                             uint32_t **out)
{
    *out = arena_array(planner->arena, op->column_count, sizeof(uint32_t));
    if (!*out)
        return no_memory(planner);
    for (uint32_t i = 0; i < op->column_count; i++)
        if (!sql_plan_register(planner, sql_plan_type(planner, op->types[i]), &(*out)[i]))
            return false;
    return true;
}

/* Converts a side's column to the common type, as an assignment would. */
static bool convert_column(struct sql_plan_query *query, struct sql_compiler *compiler,
                           const struct sql_expr *expr, uint32_t type, int32_t typmod,
                           uint32_t from, uint32_t to)
{
    struct sql_planner *planner = query->planner;
    uint32_t reg;
    struct sql_expr_param *param = arena_zalloc(planner->arena, sizeof(*param));
    if (!param)
        return no_memory(planner);
    param->expr = *expr;
    param->expr.kind = SQL_EXPR_PARAM;
    param->param_kind = SQL_PARAM_EXEC;
    struct sql_expr *converted = &param->expr;
    compiler->sub_columns = &from;
    compiler->sub_column_count = 1;
    bool good = sql_coerce_assign(planner->env, &converted, type, typmod, SQL_ASSIGN_VALUE,
                                  slice_str("")) &&
                sql_compile(compiler, query, converted, to, &reg);
    compiler->sub_columns = NULL;
    compiler->sub_column_count = 0;
    return good;
}

/* Copies what the node gives into the common registers. */
static bool move_columns(struct sql_plan_query *query, const struct sql_set_op *root,
                         struct sql_node **node, const struct sql_expr *const *exprs,
                         const uint32_t *from, const uint32_t *to, uint32_t count)
{
    struct sql_planner *planner = query->planner;
    struct sql_compiler compiler;
    const struct sql_program *program;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < count; i++) {
        if (exprs[i]->type != root->types[i] &&
            exprs[i]->type != planner->dialect->types_of.unknown) {
            if (!convert_column(query, &compiler, exprs[i], root->types[i], root->typmods[i],
                                from[i], to[i]))
                return false;
        } else if (from[i] != to[i] &&
                   (!sql_compiler_reads(&compiler, from[i]) ||
                    !sql_emit(&compiler,
                              (struct sql_op){.code = SQL_OP_MOVE, .dst = to[i], .a = from[i]}))) {
            return false;
        }
    }
    if (!sql_compiler_end(&compiler, 0, &program))
        return false;
    return sql_plan_project(planner, *node, program);
}

static bool plan_leaf(struct sql_plan_query *query, const struct sql_set_op *op,
                      const uint32_t *columns, uint32_t count, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_table *table = &query->tables[op->table - 1];
    const struct sql_query *inner = table->table->query;
    uint32_t *from = arena_array(planner->arena, count, sizeof(*from)), at = 0;
    const struct sql_expr **exprs = arena_array(planner->arena, count, sizeof(*exprs));
    if (!from || !exprs)
        return no_memory(planner);
    if (!sql_plan_query_create(planner, query, inner, &table->planned) ||
        !sql_plan_query_build(table->planned, false, out))
        return false;
    for (uint32_t i = 0; i < inner->target_count && at < count; i++)
        if (!inner->targets[i].hidden) {
            exprs[at] = inner->targets[i].expr;
            from[at++] = table->planned->target_registers[i];
        }
    return move_columns(query, query->query->set_op, out, exprs, from, columns, at);
}

static bool check_columns(struct sql_planner *planner, const struct sql_set_op *op)
{
    static const char *const names[] = {
        [SQL_UNION] = "UNION", [SQL_INTERSECT] = "INTERSECT", [SQL_EXCEPT] = "EXCEPT"};
    return op->all ||
           sql_plan_can_group(planner, op->keys, op->column_count, true, names[op->kind]);
}

static bool set_keys(struct sql_planner *planner, const struct sql_set_op *op,
                     const uint32_t *columns, struct sql_keys *out)
{
    out->items = arena_zalloc(planner->arena, (op->column_count + 1) * sizeof(*out->items));
    if (!out->items)
        return no_memory(planner);
    out->count = op->column_count;
    for (uint32_t i = 0; i < op->column_count; i++)
        if (!sql_plan_key(planner, columns[i], sql_plan_type(planner, op->types[i]),
                          op->collations ? op->collations[i] : 0, &out->items[i]))
            return false;
    return true;
}

static bool plan_op(struct sql_plan_query *query, const struct sql_set_op *op,
                    const uint32_t *columns, uint32_t count, struct sql_node **out);

/* The inputs of a UNION, of nested ones of the same kind, too. */
static bool gather_union(struct sql_plan_query *query, const struct sql_set_op *op, bool all,
                         const uint32_t *columns, uint32_t count, struct sql_vector *inputs)
{
    if (op->kind == SQL_UNION && (op->all || !all))
        return gather_union(query, op->left, all, columns, count, inputs) &&
               gather_union(query, op->right, all, columns, count, inputs);
    struct sql_node **item = sql_vector_add(query->planner->arena, inputs, sizeof(*item));
    if (!item)
        return no_memory(query->planner);
    uint32_t at = inputs->count - 1;
    struct sql_node *node;
    if (!plan_op(query, op, columns, count, &node))
        return false;
    ((struct sql_node **)inputs->items)[at] = node;
    return true;
}

static bool plan_union(struct sql_plan_query *query, const struct sql_set_op *op,
                       const uint32_t *columns, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_vector inputs = {0};
    if (!gather_union(query, op->left, op->all, columns, op->column_count, &inputs) ||
        !gather_union(query, op->right, op->all, columns, op->column_count, &inputs))
        return false;
    struct sql_node_append *append =
        sql_plan_node(planner, SQL_NODE_APPEND, sizeof(*append), inputs.count);
    if (!append)
        return false;
    memcpy(append->node.inputs, inputs.items, inputs.count * sizeof(struct sql_node *));
    append->node.rows = append->node.cost = 0;
    for (uint32_t i = 0; i < inputs.count; i++) {
        append->node.rows += append->node.inputs[i]->rows;
        append->node.cost += append->node.inputs[i]->cost;
    }
    *out = &append->node;
    if (op->all)
        return true;
    struct sql_node_distinct *distinct =
        sql_plan_node(planner, SQL_NODE_DISTINCT, sizeof(*distinct), 1);
    if (!distinct)
        return false;
    distinct->node.inputs[0] = *out;
    distinct->node.rows = (*out)->rows;
    distinct->node.cost = (*out)->cost + (*out)->rows;
    *out = &distinct->node;
    return set_keys(planner, op, columns, &distinct->keys);
}

static bool plan_op(struct sql_plan_query *query, const struct sql_set_op *op,
                    const uint32_t *columns, uint32_t count, struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    if (op->kind == SQL_SET_LEAF)
        return plan_leaf(query, op, columns, count, out);
    if (!check_columns(planner, op))
        return false;
    if (op->kind == SQL_UNION)
        return plan_union(query, op, columns, out);
    struct sql_node_set_op *node = sql_plan_node(planner, SQL_NODE_SET_OP, sizeof(*node), 2);
    if (!node)
        return false;
    node->op = op->kind;
    node->all = op->all;
    *out = &node->node;
    if (!plan_op(query, op->left, columns, count, &node->node.inputs[0]) ||
        !plan_op(query, op->right, columns, count, &node->node.inputs[1]))
        return false;
    node->node.rows = node->node.inputs[0]->rows;
    node->node.cost = node->node.inputs[0]->cost + node->node.inputs[1]->cost + node->node.rows;
    return set_keys(planner, op, columns, &node->keys);
}

/* The targets are columns of the first leaf; ORDER BY may only name them. */
static bool bind_targets(struct sql_plan_query *query, const uint32_t *columns)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    query->target_registers = arena_array(planner->arena, source->target_count, sizeof(uint32_t));
    if (!query->target_registers)
        return no_memory(planner);
    uint32_t at = 0;
    for (uint32_t i = 0; i < source->target_count; i++)
        query->target_registers[i] = columns[source->targets[i].hidden ? 0 : at++];
    return true;
}

bool sql_plan_set_query(struct sql_plan_query *query, struct sql_node **out)
{
    const struct sql_set_op *op = query->query->set_op;
    uint32_t *columns;
    return common_registers(query->planner, op, &columns) &&
           plan_op(query, op, columns, op->column_count, out) && bind_targets(query, columns) &&
           sql_plan_finish_set_query(query, out);
}

/* ---- WITH RECURSIVE */

bool sql_plan_recursive(struct sql_plan_query *query, const struct sql_plan_cte *cte,
                        struct sql_node **out)
{
    struct sql_planner *planner = query->planner;
    const uint32_t *columns = cte->columns;
    const struct sql_set_op *op = query->query->set_op;
    struct sql_node_recursive *node = sql_plan_node(planner, SQL_NODE_RECURSIVE, sizeof(*node), 2);
    if (!node)
        return false;
    node->spool = cte->work_spool;
    node->work_reg = cte->work_reg;
    node->distinct = !op->all;
    for (uint32_t i = 0; node->distinct && i < op->column_count; i++)
        if (!op->keys[i].hashable) {
            sql_fail(planner->env->error, "0A000", "could not implement recursive UNION");
            return sql_detail(planner->env->error, "All column datatypes must be hashable.");
        }
    *out = &node->node;
    if (!plan_op(query, op->left, columns, op->column_count, &node->node.inputs[0]) ||
        !plan_op(query, op->right, columns, op->column_count, &node->node.inputs[1]) ||
        !set_keys(planner, op, columns, &node->keys) || !bind_targets(query, columns))
        return false;
    node->saves.items = arena_array(planner->arena, op->column_count, sizeof(*node->saves.items));
    if (!node->saves.items)
        return no_memory(planner);
    for (uint32_t i = 0; i < op->column_count; i++) {
        const struct sql_type *type = sql_plan_type(planner, op->types[i]);
        node->saves.items[i] = (struct sql_saved){columns[i], type && type->by_value};
    }
    node->saves.count = op->column_count;
    node->node.rows = node->node.inputs[0]->rows * 10;
    node->node.cost = node->node.inputs[0]->cost + node->node.rows;
    return sql_plan_finish_set_query(query, out);
}
