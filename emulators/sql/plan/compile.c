#include "common/fiber.h"
#include "emulators/sql/exec/general.h"
#include "emulators/sql/plan/planner.h"
#include "emulators/sql/plan/query_plan.h"

/* ---- code */

void sql_compiler_begin(struct sql_compiler *compiler, struct sql_planner *planner)
{
    *compiler = (struct sql_compiler){.planner = planner, .case_test = SQL_NO_REGISTER};
}

bool sql_emit(struct sql_compiler *compiler, struct sql_op op)
{
    struct sql_op *item = sql_vector_add(compiler->planner->arena, &compiler->ops, sizeof(op));
    if (!item)
        return sql_fail_memory(compiler->planner->env->error);
    *item = op;
    return true;
}

uint32_t sql_code_here(const struct sql_compiler *compiler)
{
    return compiler->ops.count;
}

void sql_code_patch(struct sql_compiler *compiler, uint32_t at)
{
    ((struct sql_op *)compiler->ops.items)[at].b = compiler->ops.count;
}

bool sql_compiler_reads(struct sql_compiler *compiler, uint32_t reg)
{
    const uint32_t *have = compiler->reads.items;
    for (uint32_t i = 0; i < compiler->reads.count; i++)
        if (have[i] == reg)
            return true;
    uint32_t *item = sql_vector_add(compiler->planner->arena, &compiler->reads, sizeof(*item));
    if (!item)
        return sql_fail_memory(compiler->planner->env->error);
    *item = reg;
    return true;
}

bool sql_compiler_end(struct sql_compiler *compiler, uint32_t result,
                      const struct sql_program **out)
{
    struct sql_program *program = arena_alloc(compiler->planner->arena, sizeof(*program));
    if (!program)
        return sql_fail_memory(compiler->planner->env->error);
    *program = (struct sql_program){.ops = compiler->ops.items,
                                    .count = compiler->ops.count,
                                    .result = result,
                                    .reads = compiler->reads.items,
                                    .read_count = compiler->reads.count};
    *out = program;
    return true;
}

bool sql_compiler_target(struct sql_compiler *compiler, uint32_t type, uint32_t want, uint32_t *out)
{
    if (want != SQL_NO_REGISTER) {
        *out = want;
        return true;
    }
    return sql_plan_register(compiler->planner, sql_plan_type(compiler->planner, type), out);
}

bool sql_compiler_deliver(struct sql_compiler *compiler, uint32_t reg, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    *out = want == SQL_NO_REGISTER ? reg : want;
    if (*out == reg)
        return true;
    if (sql_plan_info(planner, reg)->constant && sql_plan_info(planner, want)->slot) {
        *sql_plan_image(planner, want) = *sql_plan_image(planner, reg);
        sql_plan_info(planner, want)->constant = true;
        return true;
    }
    return sql_emit(compiler, (struct sql_op){.code = SQL_OP_MOVE, .dst = want, .a = reg});
}

bool sql_compile_args(struct sql_compiler *compiler, struct sql_plan_query *query,
                      const struct sql_exprs *args, uint32_t *out_base)
{
    struct sql_planner *planner = compiler->planner;
    uint32_t base, reg;
    if (!sql_plan_registers(planner, args->count, &base))
        return false;
    for (uint32_t i = 0; i < args->count; i++) {
        sql_plan_info(planner, base + i)->slot = true;
        sql_plan_info(planner, base + i)->type = sql_plan_type(planner, args->items[i]->type);
        if (!sql_compile(compiler, query, args->items[i], base + i, &reg))
            return false;
    }
    *out_base = base;
    return true;
}

bool sql_emit_general(struct sql_compiler *compiler, const struct sql_general *body, uint32_t type,
                      uint32_t a, uint32_t b, uint32_t n, uint32_t want, uint32_t *out)
{
    return sql_compiler_target(compiler, type, want, out) &&
           sql_emit(compiler, (struct sql_op){.code = SQL_OP_GENERAL,
                                              .n = (uint16_t)n,
                                              .dst = *out,
                                              .a = a,
                                              .b = b,
                                              .ptr = body});
}

/* ---- columns, constants, parameters */

static bool compile_whole_row(struct sql_compiler *compiler, struct sql_plan_query *query,
                              const struct sql_expr_column *column, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    struct sql_plan_table *table = &query->tables[column->table - 1];
    if (table->state == SQL_PLAN_TABLE_LOADED && !table->row_in_place) {
        if (table->whole_row == SQL_NO_REGISTER &&
            !sql_plan_register(planner, sql_plan_type(planner, column->expr.type),
                               &table->whole_row))
            return false;
        return sql_compiler_reads(compiler, table->whole_row) &&
               sql_compiler_deliver(compiler, table->whole_row, want, out);
    }
    uint32_t count = table->table->column_count, visible = 0;
    struct sql_expr_row *row = arena_zalloc(planner->arena, sizeof(*row));
    struct sql_expr_column *parts = arena_array(planner->arena, count, sizeof(*parts));
    struct sql_expr **items = arena_array(planner->arena, count, sizeof(*items));
    if (!row || !parts || !items)
        return sql_fail_memory(planner->env->error);
    for (uint32_t i = 0; i < count; i++) {
        if (table->table->dropped && table->table->dropped[i])
            continue;
        parts[i] = (struct sql_expr_column){
            .expr = {SQL_EXPR_COLUMN, table->table->types[i], table->table->typmods[i],
                     table->table->collations[i], -1},
            .table = column->table,
            .column = (int32_t)i + 1
        };
        items[visible++] = &parts[i].expr;
    }
    row->expr = column->expr;
    row->expr.kind = SQL_EXPR_ROW;
    row->expr.type = sql_plan_row_type(planner, table->table, row->expr.type);
    row->args = (struct sql_exprs){items, visible};
    compiler->nullable_row = table->nullable;
    return sql_compile(compiler, query, &row->expr, want, out);
}

/* A column of an outer query that has been grouped is one of its group keys. */
static const struct sql_computed *computed_column(const struct sql_plan_query *query,
                                                  const struct sql_expr_column *column)
{
    const struct sql_computed *computed = query->computed.items;
    for (uint32_t i = 0; i < query->computed.count; i++) {
        const struct sql_expr_column *key = (const void *)computed[i].expr;
        if (key->expr.kind == SQL_EXPR_COLUMN && key->table == column->table &&
            key->column == column->column && key->up == 0)
            return &computed[i];
    }
    return NULL;
}

static bool compile_column(struct sql_compiler *compiler, struct sql_plan_query *query,
                           const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_column *column = (const void *)expr;
    for (uint32_t up = column->up; up; up--)
        query = query->parent;
    const struct sql_computed *computed = column->up ? computed_column(query, column) : NULL;
    if (computed)
        return sql_compiler_reads(compiler, computed->reg) &&
               sql_compiler_deliver(compiler, computed->reg, want, out);
    struct sql_plan_table *table = &query->tables[column->table - 1];
    if (column->column == 0)
        return compile_whole_row(compiler, query, column, want, out);
    if (table->table->kind == SQL_TABLE_JOIN)
        return sql_compile(compiler, query, table->table->join_columns.items[column->column - 1],
                           want, out);
    if (table->state == SQL_PLAN_TABLE_MERGED) {
        uint32_t at = 0;
        const struct sql_target *targets = table->merged->query->targets;
        for (int32_t left = column->column; left; at++)
            left -= !targets[at].hidden;
        return sql_compile(compiler, table->merged, targets[at - 1].expr, want, out);
    }
    uint32_t reg;
    return sql_plan_column(query, column->table, column->column, &reg) &&
           sql_compiler_reads(compiler, reg) && sql_compiler_deliver(compiler, reg, want, out);
}

static bool compile_const(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    (void)query;
    uint32_t reg;
    return sql_plan_constant(compiler->planner, sql_plan_type(compiler->planner, expr->type),
                             ((const struct sql_expr_const *)(const void *)expr)->value, &reg) &&
           sql_compiler_deliver(compiler, reg, want, out);
}

/* The place where a parameter's place in the list is kept: drivers send rows as thousands of them. */
static uint32_t *param_slot(struct sql_planner *planner, uint32_t number)
{
    while (planner->parameter_slots.count <= number)
        if (!sql_vector_add(planner->arena, &planner->parameter_slots, sizeof(uint32_t)))
            return NULL;
    return (uint32_t *)planner->parameter_slots.items + number;
}

static bool compile_param(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    (void)query;
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_param *param = (const void *)expr;
    if (param->param_kind == SQL_PARAM_EXEC) {
        if (param->number >= compiler->sub_column_count)
            return sql_fail(planner->env->error, "XX000", "unexpected parameter of a subquery");
        uint32_t reg = compiler->sub_columns[param->number];
        return sql_compiler_reads(compiler, reg) && sql_compiler_deliver(compiler, reg, want, out);
    }
    uint32_t number = param->param_kind == SQL_PARAM_EXTERNAL ? param->number - 1 : param->number;
    const struct sql_plan_param *have = planner->parameters.items;
    uint32_t *slot = param_slot(planner, number);
    if (slot && *slot)
        return sql_compiler_deliver(compiler, have[*slot - 1].reg, want, out);
    struct sql_plan_param *item =
        slot ? sql_vector_add(planner->arena, &planner->parameters, sizeof(*item)) : NULL;
    if (!item)
        return sql_fail_memory(planner->env->error);
    item->number = number;
    *slot = planner->parameters.count;
    return sql_plan_register(planner, sql_plan_type(planner, expr->type), &item->reg) &&
           sql_compiler_deliver(compiler, item->reg, want, out);
}

/* ---- conditions */

static bool known(struct sql_compiler *compiler, uint32_t reg, bool *out)
{
    struct datum value = *sql_plan_image(compiler->planner, reg);
    if (!sql_plan_info(compiler->planner, reg)->constant || value.null)
        return false;
    *out = value.i;
    return true;
}

static bool compile_not(struct sql_compiler *compiler, struct sql_plan_query *query,
                        const struct sql_expr_bool *expr, uint32_t want, uint32_t *out)
{
    uint32_t arg;
    bool value;
    if (!sql_compile(compiler, query, expr->args.items[0], SQL_NO_REGISTER, &arg))
        return false;
    if (known(compiler, arg, &value)) {
        uint32_t reg;
        return sql_plan_constant(compiler->planner, sql_plan_info(compiler->planner, arg)->type,
                                 datum_bool(!value), &reg) &&
               sql_compiler_deliver(compiler, reg, want, out);
    }
    return sql_compiler_target(compiler, expr->expr.type, want, out) &&
           sql_emit(compiler, (struct sql_op){.code = SQL_OP_NOT, .dst = *out, .a = arg});
}

/* AND stops at the first false argument, OR at the first true one; constants that decide nothing are
 * left out. The value is gathered in a register of its own, which an argument may not read. */
static bool compile_junction(struct sql_compiler *compiler, struct sql_plan_query *query,
                             const struct sql_expr_bool *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    bool is_and = expr->op == SQL_AND, value;
    uint32_t gathered, arg, count = 0;
    struct sql_vector jumps = {0};
    if (!sql_compiler_target(compiler, expr->expr.type, want, &gathered))
        return false;
    for (uint32_t i = 0; i < expr->args.count; i++) {
        uint32_t start = sql_code_here(compiler);
        if (!sql_compile(compiler, query, expr->args.items[i], SQL_NO_REGISTER, &arg))
            return false;
        if (known(compiler, arg, &value) && sql_code_here(compiler) == start) {
            if (value == is_and)
                continue;
            if (count == 0)
                return sql_compiler_deliver(compiler, arg, want, out);
        }
        struct sql_op op = {.dst = gathered, .a = arg};
        op.code = count == 0 ? SQL_OP_MOVE : is_and ? SQL_OP_AND : SQL_OP_OR;
        if (count++) {
            op.a = gathered;
            op.b = arg;
        }
        uint32_t *jump = sql_vector_add(planner->arena, &jumps, sizeof(*jump));
        if (!jump)
            return sql_fail_memory(planner->env->error);
        if (!sql_emit(compiler, op))
            return false;
        *jump = sql_code_here(compiler);
        if (!sql_emit(compiler, (struct sql_op){.code = is_and ? SQL_OP_IF_FALSE : SQL_OP_IF_TRUE,
                                                .a = gathered}))
            return false;
    }
    for (uint32_t i = 0; i < jumps.count; i++)
        sql_code_patch(compiler, ((uint32_t *)jumps.items)[i]);
    *out = gathered;
    if (count)
        return true;
    return sql_plan_constant(planner, sql_plan_type(planner, expr->expr.type), datum_bool(is_and),
                             &arg) &&
           sql_compiler_deliver(compiler, arg, want, out);
}

static bool compile_bool(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_bool *junction = (const void *)expr;
    return junction->op == SQL_NOT ? compile_not(compiler, query, junction, want, out)
                                   : compile_junction(compiler, query, junction, want, out);
}

static bool emit_jump(struct sql_compiler *compiler, enum sql_opcode code, uint32_t a,
                      uint32_t *out_at)
{
    *out_at = sql_code_here(compiler);
    return sql_emit(compiler, (struct sql_op){.code = (uint16_t)code, .a = a});
}

static bool compile_whens(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr_case *expr, uint32_t result,
                          struct sql_vector *ends)
{
    for (uint32_t i = 0; i < expr->count; i++) {
        uint32_t condition, reg, next = 0, start = sql_code_here(compiler);
        if (!sql_compile(compiler, query, expr->whens[i].condition, SQL_NO_REGISTER, &condition))
            return false;
        bool constant = sql_plan_info(compiler->planner, condition)->constant &&
                        sql_code_here(compiler) == start;
        struct datum value = *sql_plan_image(compiler->planner, condition);
        if (constant && (value.null || !value.i))
            continue;
        if (!constant && !emit_jump(compiler, SQL_OP_UNLESS, condition, &next))
            return false;
        if (!sql_compile(compiler, query, expr->whens[i].result, result, &reg))
            return false;
        uint32_t *end = sql_vector_add(compiler->planner->arena, ends, sizeof(*end));
        if (!end)
            return sql_fail_memory(compiler->planner->env->error);
        if (!emit_jump(compiler, SQL_OP_JUMP, 0, end))
            return false;
        if (constant) /* the rest is never reached */
            return true;
        sql_code_patch(compiler, next);
    }
    uint32_t reg;
    return sql_compile(compiler, query, expr->otherwise, result, &reg);
}

static bool compile_case(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_case *branches = (const void *)expr;
    uint32_t outside = compiler->case_test, result;
    struct sql_vector ends = {0};
    if (branches->arg &&
        !sql_compile(compiler, query, branches->arg, SQL_NO_REGISTER, &compiler->case_test))
        return false;
    /* Not into `want`: an argument's slot takes constants only once. */
    if (!sql_compiler_target(compiler, expr->type, SQL_NO_REGISTER, &result) ||
        !compile_whens(compiler, query, branches, result, &ends))
        return false;
    for (uint32_t i = 0; i < ends.count; i++)
        sql_code_patch(compiler, ((uint32_t *)ends.items)[i]);
    compiler->case_test = outside;
    return sql_compiler_deliver(compiler, result, want, out);
}

static bool compile_case_test(struct sql_compiler *compiler, struct sql_plan_query *query,
                              const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    (void)query;
    (void)expr;
    return sql_compiler_deliver(compiler, compiler->case_test, want, out);
}

/* What is known to be null is left out, and nothing behind what is known not to be is even looked at:
 * it may have an error in it. */
static bool compile_coalesce(struct sql_compiler *compiler, struct sql_plan_query *query,
                             const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_list *list = (const void *)expr;
    struct sql_planner *planner = compiler->planner;
    uint32_t result, reg, count = 0;
    uint32_t *ends = arena_array(planner->arena, list->args.count, sizeof(*ends));
    if (!ends)
        return sql_fail_memory(planner->env->error);
    if (!sql_compiler_target(compiler, expr->type, SQL_NO_REGISTER, &result))
        return false;
    for (uint32_t i = 0; i < list->args.count; i++) {
        uint32_t start = sql_code_here(compiler);
        if (!sql_compile(compiler, query, list->args.items[i], SQL_NO_REGISTER, &reg))
            return false;
        bool constant = sql_plan_info(planner, reg)->constant && sql_code_here(compiler) == start;
        bool last = i + 1 == list->args.count;
        if (constant && sql_plan_image(planner, reg)->null && !(last && count == 0))
            continue;
        if ((constant || last) && count == 0)
            return sql_compiler_deliver(compiler, reg, want, out);
        if (!sql_compiler_deliver(compiler, reg, result, &reg))
            return false;
        if (constant)
            break;
        if (!emit_jump(compiler, SQL_OP_IF_NOT_NULL, result, &ends[count++]))
            return false;
    }
    for (uint32_t i = 0; i < count; i++)
        sql_code_patch(compiler, ends[i]);
    return sql_compiler_deliver(compiler, result, want, out);
}

/* ---- tests */

static bool compile_test(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_test *test = (const void *)expr;
    static const uint16_t codes[][2] = {
        [SQL_IS_NULL] = {SQL_OP_IS_NULL,  SQL_OP_IS_NOT_NULL },
        [SQL_IS_TRUE] = {SQL_OP_IS_TRUE,  SQL_OP_IS_NOT_TRUE },
        [SQL_IS_FALSE] = {SQL_OP_IS_FALSE, SQL_OP_IS_NOT_FALSE},
        [SQL_IS_UNKNOWN] = {SQL_OP_IS_NULL,  SQL_OP_IS_NOT_NULL },
    };
    uint32_t arg;
    if (!sql_compile(compiler, query, test->arg, SQL_NO_REGISTER, &arg))
        return false;
    if (test->row) {
        static const struct sql_general row_null = {sql_eval_row_null};
        return sql_emit_general(compiler, &row_null, expr->type, arg, 0, test->negated, want, out);
    }
    if (sql_plan_info(compiler->planner, arg)->constant && expr->kind == SQL_EXPR_NULL_TEST) {
        bool null = sql_plan_image(compiler->planner, arg)->null;
        return sql_plan_constant(compiler->planner, sql_plan_type(compiler->planner, expr->type),
                                 datum_bool(null != test->negated), &arg) &&
               sql_compiler_deliver(compiler, arg, want, out);
    }
    return sql_compiler_target(compiler, expr->type, want, out) &&
           sql_emit(compiler, (struct sql_op){
                                  .code = codes[test->test][test->negated], .dst = *out, .a = arg});
}

static bool compile_relabel(struct sql_compiler *compiler, struct sql_plan_query *query,
                            const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_convert *convert = (const void *)expr;
    return sql_compile(compiler, query, convert->arg, want, out);
}

static bool compile_call(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    return sql_compile_call(compiler, query, (const void *)expr, want, out);
}

static bool compile_sublink(struct sql_compiler *compiler, struct sql_plan_query *query,
                            const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    return sql_compile_sublink(compiler, query, (const void *)expr, want, out);
}

typedef bool compile_kind(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr *expr, uint32_t want, uint32_t *out);

static compile_kind *const kinds[SQL_EXPR_KIND_COUNT] = {
    [SQL_EXPR_COLUMN] = compile_column,       [SQL_EXPR_CONST] = compile_const,
    [SQL_EXPR_PARAM] = compile_param,         [SQL_EXPR_FUNCTION] = compile_call,
    [SQL_EXPR_BOOL] = compile_bool,           [SQL_EXPR_CASE] = compile_case,
    [SQL_EXPR_CASE_TEST] = compile_case_test, [SQL_EXPR_COALESCE] = compile_coalesce,
    [SQL_EXPR_NULL_TEST] = compile_test,      [SQL_EXPR_BOOL_TEST] = compile_test,
    [SQL_EXPR_RELABEL] = compile_relabel,     [SQL_EXPR_COLLATE] = compile_relabel,
    [SQL_EXPR_SUBLINK] = compile_sublink,
};

const struct sql_computed *sql_find_computed(const struct sql_plan_query *query,
                                             const struct sql_expr *expr)
{
    const struct sql_computed *computed = query->computed.items;
    for (uint32_t i = 0; i < query->computed.count; i++)
        if (computed[i].expr == expr)
            return &computed[i];
    if (expr->kind == SQL_EXPR_CONST)
        return NULL;
    for (uint32_t i = 0; i < query->computed.count; i++)
        if (sql_expr_equal(computed[i].expr, expr))
            return &computed[i];
    return NULL;
}

/* An aggregate or a GROUPING of a query further out. */
static struct sql_plan_query *owner_of(struct sql_plan_query *query, const struct sql_expr *expr)
{
    uint32_t up = expr->kind == SQL_EXPR_AGGREGATE
                      ? ((const struct sql_expr_aggregate *)(const void *)expr)->up
                  : expr->kind == SQL_EXPR_GROUPING
                      ? ((const struct sql_expr_grouping *)(const void *)expr)->up
                      : 0;
    for (; up; up--)
        query = query->parent;
    return query;
}

bool sql_compile(struct sql_compiler *compiler, struct sql_plan_query *query,
                 const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    if (query) {
        const struct sql_plan_query *owner = owner_of(query, expr);
        const struct sql_computed *computed =
            owner->computed.count ? sql_find_computed(owner, expr) : NULL;
        if (computed)
            return sql_compiler_reads(compiler, computed->reg) &&
                   sql_compiler_deliver(compiler, computed->reg, want, out);
    }
    if (fiber_stack_left() < 32768)
        return sql_fail(compiler->planner->env->error, "54001", "stack depth limit exceeded");
    compile_kind *kind = kinds[expr->kind];
    return kind ? kind(compiler, query, expr, want, out)
                : sql_compile_general(compiler, query, expr, want, out);
}

bool sql_compile_expr(struct sql_plan_query *query, const struct sql_expr *expr,
                      const struct sql_program **out)
{
    struct sql_compiler compiler;
    uint32_t result;
    sql_compiler_begin(&compiler, query->planner);
    return sql_compile(&compiler, query, expr, SQL_NO_REGISTER, &result) &&
           sql_compiler_end(&compiler, result, out);
}
