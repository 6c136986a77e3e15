/* Conditions: as programs, as keys of hashes, and how many rows they leave. */
#include "emulators/sql/plan/problem.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- conditions as programs */

bool sql_plan_quals_program(struct sql_planner *planner, struct sql_plan_qual **quals,
                            uint32_t count, const struct sql_program **out)
{
    struct sql_compiler compiler;
    sql_compiler_begin(&compiler, planner);
    uint32_t result = SQL_NO_REGISTER, all = SQL_NO_REGISTER;
    uint32_t *jumps = arena_array(planner->arena, count, sizeof(*jumps));
    if (!jumps)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++) {
        compiler.sub_columns = quals[i]->sub_columns;
        compiler.sub_column_count = quals[i]->sub_column_count;
        if (!sql_compile(&compiler, quals[i]->query, quals[i]->expr, SQL_NO_REGISTER, &result))
            return false;
        if (count == 1)
            break;
        if (i == 0 && !sql_plan_register(planner, NULL, &all))
            return false;
        if (!sql_emit(&compiler, (struct sql_op){.code = SQL_OP_MOVE, .dst = all, .a = result}))
            return false;
        jumps[i] = sql_code_here(&compiler);
        if (!sql_emit(&compiler, (struct sql_op){.code = SQL_OP_UNLESS, .a = all}))
            return false;
    }
    for (uint32_t i = 0; count > 1 && i < count; i++)
        sql_code_patch(&compiler, jumps[i]);
    return sql_compiler_end(&compiler, count == 1 ? result : all, out);
}

bool sql_plan_filter(struct sql_planner *planner, struct sql_node *node,
                     struct sql_plan_qual **quals, uint32_t count)
{
    if (count == 0)
        return true;
    node->filter_quals = quals;
    node->filter_count = count;
    for (uint32_t i = 0; i < count; i++)
        quals[i]->used = true;
    return sql_plan_quals_program(planner, quals, count, &node->filter);
}

static const struct sql_type *base_type(struct sql_planner *planner, uint32_t id)
{
    const struct sql_type *type = sql_plan_type(planner, id);
    while (type && type->kind == SQL_TYPE_DOMAIN)
        type = sql_plan_type(planner, type->base);
    return type;
}

static bool is_float(const struct sql_planner *planner, uint32_t id)
{
    return id == planner->dialect->types_of.float4 || id == planner->dialect->types_of.float8;
}

bool sql_plan_hash_codec(struct sql_planner *planner, const struct sql_expr_call *call,
                         enum sql_key_codec *out)
{
    const struct sql_operator *op = sql_find_operator_id(planner->session, call->op);
    if (call->expr.kind != SQL_EXPR_FUNCTION || call->args.count != 2 || !op || op->btree != SQL_EQ)
        return false;
    const struct sql_type *left = base_type(planner, call->args.items[0]->type);
    const struct sql_type *right = base_type(planner, call->args.items[1]->type);
    enum sql_opcode code = sql_plan_collated_opcode(
        planner, sql_find_routine_id(planner->session, call->function), call->input_collation);
    if (!left || !right)
        return false;
    *out = code == SQL_OP_INT_EQ                                         ? SQL_KEY_INT
           : code == SQL_OP_BYTES_EQ                                     ? SQL_KEY_BYTES
           : is_float(planner, left->id) && is_float(planner, right->id) ? SQL_KEY_FLOAT
                                                                         : SQL_KEY_ENCODED;
    return *out != SQL_KEY_ENCODED ||
           (left == right && left->ops && left->ops->encode_key && op->left == op->right &&
            (left->kind != SQL_TYPE_COMPOSITE && left->kind != SQL_TYPE_PSEUDO));
}

/* ---- estimating */

/* Kinds and flags: values of one byte are few different ones. */
static bool few_values(struct sql_planner *planner, const struct sql_expr *expr)
{
    const struct sql_type *type = base_type(planner, expr->type);
    return type && type->len == 1;
}

double sql_plan_selectivity(struct sql_planner *planner, const struct sql_plan_qual *qual)
{
    const struct sql_expr_call *call = (const void *)qual->expr;
    if (qual->expr->kind == SQL_EXPR_FUNCTION && call->op) {
        const struct sql_operator *op = sql_find_operator_id(planner->session, call->op);
        if (op && op->btree == SQL_EQ)
            return few_values(planner, call->args.items[0]) ? 0.25 : 0.005;
        return op && op->btree ? 0.3333 : 0.1;
    }
    if (qual->expr->kind == SQL_EXPR_NULL_TEST)
        return ((const struct sql_expr_test *)(const void *)qual->expr)->negated ? 0.99 : 0.01;
    if (qual->expr->kind == SQL_EXPR_SCALAR_ARRAY)
        return few_values(planner, call->args.items[0]) ? 0.75 : 0.05;
    return 0.5;
}
