/* The targets of a SELECT: what is computed below ORDER BY, and what above it. */
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* ---- their code */

/* May the register be set to NULL, saved and loaded by whoever reads the query's rows? */
static bool is_own(struct sql_plan_query *query, const struct sql_expr *expr, uint32_t reg)
{
    const struct sql_expr_column *column = (const void *)expr;
    return !sql_plan_info(query->planner, reg)->constant &&
           (query->computed.count ||
            (expr->kind == SQL_EXPR_COLUMN && column->up == 0 &&
             query->tables[column->table - 1].state == SQL_PLAN_TABLE_LOADED &&
             query->tables[column->table - 1].table->kind != SQL_TABLE_JOIN));
}

static bool compile_target(struct sql_compiler *compiler, struct sql_plan_query *query,
                           const struct sql_target *target, bool own, uint32_t *out)
{
    struct sql_planner *planner = query->planner;
    uint32_t reg;
    if (own && target->expr->kind != SQL_EXPR_COLUMN) {
        if (!sql_plan_register(planner, sql_plan_type(planner, target->expr->type), out))
            return false;
        return sql_compile(compiler, query, target->expr, *out, &reg);
    }
    if (!sql_compile(compiler, query, target->expr, SQL_NO_REGISTER, out))
        return false;
    if (!own || is_own(query, target->expr, *out))
        return true;
    reg = *out;
    return sql_plan_register(planner, sql_plan_type(planner, target->expr->type), out) &&
           sql_emit(compiler, (struct sql_op){.code = SQL_OP_MOVE, .dst = *out, .a = reg});
}

/* Computes these targets on top of the node. */
static bool plan_some(struct sql_plan_query *query, bool own, bool late, struct sql_node *node)
{
    struct sql_planner *planner = query->planner;
    const struct sql_query *source = query->query;
    struct sql_compiler compiler;
    const struct sql_program *program;
    sql_compiler_begin(&compiler, planner);
    for (uint32_t i = 0; i < source->target_count; i++)
        if (query->late[i] == late &&
            !compile_target(&compiler, query, &source->targets[i],
                            own || source->targets[i].sort_group, &query->target_registers[i]))
            return false;
    return sql_compiler_end(&compiler, 0, &program) && sql_plan_project(planner, node, program);
}

/* ---- which of them wait for ORDER BY */

static bool is_volatile(struct sql_plan_query *query, const struct sql_expr *expr)
{
    bool found = false;
    if (expr->kind != SQL_EXPR_COLUMN)
        sql_plan_is_costly(query->planner, expr, &found);
    return found;
}

/* What no key of ORDER BY, GROUP BY or DISTINCT reads is computed after the sort when one would see
 * the difference: nextval() counts in the order of the rows, and only for those within the LIMIT; a
 * set-returning function multiplies sorted rows. */
static bool split_targets(struct sql_plan_query *query)
{
    const struct sql_query *source = query->query;
    struct sql_planner *planner = query->planner;
    query->target_registers = arena_array(planner->arena, source->target_count, sizeof(uint32_t));
    query->late = arena_zalloc(planner->arena, source->target_count + 1);
    if (!query->target_registers || !query->late)
        return no_memory(planner);
    if (!source->order_count)
        return true;
    bool sets_wait = source->has_sets, volatile_waits = false;
    for (uint32_t i = 0; i < source->target_count; i++) {
        const struct sql_target *target = &source->targets[i];
        if (target->sort_group)
            sets_wait &= !sql_expr_returns_set(target->expr);
        else
            volatile_waits |= is_volatile(query, target->expr);
    }
    for (uint32_t i = 0; i < source->target_count; i++) {
        const struct sql_target *target = &source->targets[i];
        if (target->sort_group)
            continue;
        bool set = source->has_sets && sql_expr_returns_set(target->expr);
        query->late[i] = set ? sets_wait : volatile_waits && is_volatile(query, target->expr);
    }
    return true;
}

static bool some_late(const struct sql_plan_query *query)
{
    for (uint32_t i = 0; i < query->query->target_count; i++)
        if (query->late[i])
            return true;
    return false;
}

bool sql_plan_early_targets(struct sql_plan_query *query, bool own, struct sql_node **node)
{
    return split_targets(query) && sql_plan_sets(query, SQL_PLAN_SETS_EARLY, node) &&
           plan_some(query, own, false, *node);
}

bool sql_plan_late_targets(struct sql_plan_query *query, bool own, struct sql_node **node)
{
    return !some_late(query) ||
           (sql_plan_sets(query, SQL_PLAN_SETS_LATE, node) && plan_some(query, own, true, *node));
}
