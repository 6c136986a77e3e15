/* Queries inside expressions, that became no joins. */
#include "emulators/sql/exec/subplan.h"
#include "emulators/sql/plan/problem.h"
#include "emulators/sql/plan/query_plan.h"
#include "emulators/sql/plan/register_set.h"

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

struct sql_subplan *sql_plan_subplan(struct sql_planner *planner)
{
    struct sql_subplan *subplan = arena_zalloc(planner->arena, sizeof(*subplan));
    struct sql_subplan **item = sql_vector_add(planner->arena, &planner->subplans, sizeof(*item));
    if (!subplan || !item) {
        no_memory(planner);
        return NULL;
    }
    subplan->number = planner->subplans.count - 1;
    subplan->general.evaluate = sql_eval_subplan;
    *item = subplan;
    return subplan;
}

bool sql_plan_subquery(struct sql_plan_query *query, const struct sql_query *inner,
                       struct sql_subplan *subplan, struct sql_plan_query **out)
{
    struct sql_planner *planner = query->planner;
    struct sql_plan_query *sub;
    if (!sql_plan_query_create(planner, query, inner, &sub) ||
        !sql_plan_query_build(sub, true, &subplan->root))
        return false;
    *out = sub;
    subplan->columns = arena_array(planner->arena, inner->target_count, sizeof(uint32_t));
    subplan->results.items =
        arena_array(planner->arena, inner->target_count, sizeof(struct sql_saved));
    if (!subplan->columns || !subplan->results.items)
        return no_memory(planner);
    for (uint32_t i = 0; i < inner->target_count; i++) {
        if (inner->targets[i].hidden)
            continue;
        const struct sql_type *type = sql_plan_type(planner, inner->targets[i].expr->type);
        subplan->results.items[subplan->column_count] =
            (struct sql_saved){sub->target_registers[i], type && type->by_value};
        subplan->columns[subplan->column_count++] = sub->target_registers[i];
    }
    subplan->results.count = subplan->column_count;
    return true;
}

/* Registers of the queries around it that the subquery reads: they make it correlated, and its
 * expression reads them. */
static bool read_outside(struct sql_compiler *compiler, struct sql_subplan *subplan)
{
    struct sql_outside outside;
    if (!sql_tree_outside(compiler->planner, subplan->root, &outside))
        return false;
    for (uint32_t i = 0; i < outside.count; i++) {
        uint32_t reg = outside.registers[i];
        if (reg == 0 || sql_plan_info(compiler->planner, reg)->constant)
            continue;
        subplan->correlated = true;
        if (!sql_compiler_reads(compiler, reg))
            return false;
    }
    return true;
}

static bool compile_test(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr_sublink *link, struct sql_subplan *subplan)
{
    struct sql_compiler inner;
    uint32_t result;
    if (!link->test)
        return true;
    sql_compiler_begin(&inner, compiler->planner);
    inner.sub_columns = subplan->columns;
    inner.sub_column_count = subplan->column_count;
    if (!sql_compile(&inner, query, link->test, SQL_NO_REGISTER, &result) ||
        !sql_compiler_end(&inner, result, &subplan->test))
        return false;
    for (uint32_t i = 0; i < subplan->test->read_count; i++) {
        bool own = false;
        for (uint32_t c = 0; c < subplan->column_count; c++)
            own |= subplan->columns[c] == subplan->test->reads[i];
        if (!own && !sql_compiler_reads(compiler, subplan->test->reads[i]))
            return false;
    }
    return true;
}

/* ---- IN by a hash: every comparison is an equality of something outside with a column */

static const struct sql_expr *as_column(const struct sql_expr *expr, uint32_t *number)
{
    const struct sql_expr *stripped = expr;
    while (stripped->kind == SQL_EXPR_RELABEL)
        stripped = ((const struct sql_expr_convert *)(const void *)stripped)->arg;
    const struct sql_expr_param *param = (const void *)stripped;
    if (stripped->kind != SQL_EXPR_PARAM || param->param_kind != SQL_PARAM_EXEC)
        return NULL;
    *number = param->number;
    return expr;
}

static bool plan_hash(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_expr_sublink *link, struct sql_subplan *subplan)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_bool *junction = (const void *)link->test;
    bool several = link->test->kind == SQL_EXPR_BOOL;
    uint32_t count = several ? junction->args.count : 1, reg;
    if (several && junction->op != SQL_AND)
        return true;
    struct sql_compiler left;
    sql_compiler_begin(&left, planner);
    struct sql_keys outer = {arena_zalloc(planner->arena, count * sizeof(*outer.items)), count};
    struct sql_keys inner = {arena_zalloc(planner->arena, count * sizeof(*inner.items)), count};
    if (!outer.items || !inner.items)
        return no_memory(planner);
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_expr_call *call =
            (const void *)(several ? junction->args.items[i] : link->test);
        enum sql_key_codec codec;
        uint32_t number = 0;
        if (!sql_plan_hash_codec(planner, call, &codec) ||
            !as_column(call->args.items[1], &number) || number >= subplan->column_count)
            return true;
        if (!sql_compile(&left, query, call->args.items[0], SQL_NO_REGISTER, &reg) ||
            !sql_plan_key(planner, reg, sql_plan_type(planner, call->args.items[0]->type),
                          call->input_collation, &outer.items[i]) ||
            !sql_plan_key(planner, subplan->columns[number],
                          sql_plan_type(planner, call->args.items[1]->type), call->input_collation,
                          &inner.items[i]))
            return false;
        outer.items[i].codec = inner.items[i].codec = codec;
    }
    if (!sql_compiler_end(&left, 0, &subplan->left))
        return false;
    subplan->hashed = true;
    subplan->outer_keys = outer;
    subplan->inner_keys = inner;
    return true;
}

/* ---- SET (a, b) = (SELECT ...): one subplan for all the columns */

static bool compile_multi(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr_sublink *link, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    struct sql_subplan **known = query->shared.items, *shared = NULL;
    struct sql_plan_query *sub;
    for (uint32_t i = 0; i < query->shared.count; i++)
        if (known[i]->multi_number == link->number)
            shared = known[i];
    if (!shared) {
        struct sql_subplan **item = sql_vector_add(planner->arena, &query->shared, sizeof(*item));
        if (!item)
            return no_memory(planner);
        shared = *item = sql_plan_subplan(planner);
        if (!shared || !sql_plan_subquery(query, link->query, shared, &sub))
            return false;
        shared->kind = SQL_SUBLINK_SCALAR;
        shared->link = link;
        shared->multi_number = link->number;
    }
    struct sql_subplan *column = sql_plan_subplan(planner);
    if (!column || !read_outside(compiler, shared))
        return false;
    column->kind = SQL_SUBLINK_MULTI;
    column->shared = shared;
    column->column = link->column - 1;
    column->correlated = shared->correlated;
    return sql_emit_general(compiler, &column->general, link->expr.type, 0, 0, 0, want, out);
}

/* A query that is one value for the whole run is evaluated once, wherever that is asked for (in the
 * condition, and to see which partitions it can be about). */
static struct sql_subplan *find_constant(const struct sql_plan_query *query,
                                         const struct sql_expr_sublink *link)
{
    struct sql_subplan **known = query->shared.items;
    for (uint32_t i = 0; i < query->shared.count; i++)
        if (known[i]->link == link && !known[i]->multi_number)
            return known[i];
    return NULL;
}

static bool share_constant(struct sql_plan_query *query, struct sql_subplan *subplan)
{
    if (subplan->kind != SQL_SUBLINK_SCALAR || subplan->correlated)
        return true;
    struct sql_subplan **item =
        sql_vector_add(query->planner->arena, &query->shared, sizeof(*item));
    if (!item)
        return no_memory(query->planner);
    *item = subplan;
    return true;
}

bool sql_compile_sublink(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr_sublink *link, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    if (link->sublink_kind == SQL_SUBLINK_MULTI)
        return compile_multi(compiler, query, link, want, out);
    struct sql_subplan *subplan = find_constant(query, link);
    struct sql_plan_query *sub;
    if (subplan)
        return sql_emit_general(compiler, &subplan->general, link->expr.type, 0, 0, 0, want, out);
    subplan = sql_plan_subplan(planner);
    if (!subplan || !sql_plan_subquery(query, link->query, subplan, &sub))
        return false;
    subplan->kind = link->sublink_kind;
    subplan->link = link;
    if (!compile_test(compiler, query, link, subplan) || !read_outside(compiler, subplan) ||
        !share_constant(query, subplan))
        return false;
    if (link->sublink_kind == SQL_SUBLINK_ANY && !subplan->correlated &&
        !plan_hash(compiler, query, link, subplan))
        return false;
    if (link->sublink_kind == SQL_SUBLINK_EXISTS && subplan->correlated &&
        !sql_plan_exists_hash(sub, subplan))
        return false;
    if (link->sublink_kind == SQL_SUBLINK_ARRAY) {
        const struct sql_type *type = sql_plan_type(planner, link->expr.type);
        struct sql_call_site *site;
        uint32_t column = 0;
        while (link->query->targets[column].hidden)
            column++;
        subplan->nested = link->query->targets[column].expr->type == link->expr.type;
        subplan->element = sql_plan_type(planner, type->element);
        if (!sql_plan_type_site(planner, type, 0, &site))
            return false;
        subplan->site = site->index;
    }
    return sql_emit_general(compiler, &subplan->general, link->expr.type, 0, 0, 0, want, out);
}
