/* Code of the expression kinds that have no opcodes: each becomes one general operation. */
#include "emulators/sql/exec/general.h"
#include "emulators/sql/plan/planner.h"

#define BODY(planner, body) ((body) = arena_zalloc((planner)->arena, sizeof(*(body))))

static bool no_memory(struct sql_planner *planner)
{
    return sql_fail_memory(planner->env->error);
}

/* Equality (or another function) of two arguments that the evaluation looks at itself. */
static bool pair_site(struct sql_planner *planner, uint32_t function, uint32_t collation,
                      const struct sql_expr *left, const struct sql_expr *right,
                      struct sql_call_site **out)
{
    const struct sql_type **types = arena_array(planner->arena, 2, sizeof(*types));
    if (!types)
        return no_memory(planner);
    types[0] = sql_plan_type(planner, left->type);
    types[1] = sql_plan_type(planner, right->type);
    return sql_plan_site(planner, function, collation, types, 2,
                         sql_plan_type(planner, planner->dialect->types_of.boolean), out);
}

static bool compile_pair(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    const struct sql_expr_call *call = (const void *)expr;
    struct sql_general_typed *body;
    struct sql_call_site *site;
    uint32_t a, b;
    if (!BODY(compiler->planner, body))
        return no_memory(compiler->planner);
    if (!sql_compile(compiler, query, call->args.items[0], SQL_NO_REGISTER, &a) ||
        !sql_compile(compiler, query, call->args.items[1], SQL_NO_REGISTER, &b) ||
        !pair_site(compiler->planner, call->function, call->input_collation, call->args.items[0],
                   call->args.items[1], &site))
        return false;
    body->general.evaluate = expr->kind == SQL_EXPR_DISTINCT ? sql_eval_distinct : sql_eval_nullif;
    body->site = site;
    return sql_emit_general(compiler, &body->general, expr->type, a, b, 2, want, out);
}

static bool compile_scalar_array(struct sql_compiler *compiler, struct sql_plan_query *query,
                                 const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_call *call = (const void *)expr;
    struct sql_general_scalar_array *body;
    uint32_t a, b;
    const struct sql_type **types = arena_array(planner->arena, 2, sizeof(*types));
    if (!types || !BODY(planner, body))
        return no_memory(planner);
    if (!sql_compile(compiler, query, call->args.items[0], SQL_NO_REGISTER, &a) ||
        !sql_compile(compiler, query, call->args.items[1], SQL_NO_REGISTER, &b))
        return false;
    const struct sql_type *array = sql_plan_type(planner, call->args.items[1]->type);
    while (array && array->kind == SQL_TYPE_DOMAIN)
        array = sql_plan_type(planner, array->base);
    types[0] = sql_plan_type(planner, call->args.items[0]->type);
    types[1] = array ? sql_plan_type(planner, array->element) : NULL;
    struct sql_call_site *site;
    if (!sql_plan_site(planner, call->function, call->input_collation, types, 2,
                       sql_plan_type(planner, planner->dialect->types_of.boolean), &site))
        return false;
    enum sql_opcode code = sql_plan_collated_opcode(planner, site->routine, call->input_collation);
    body->general.evaluate = sql_eval_scalar_array;
    body->site = site;
    body->any = call->any;
    body->fast_int = code == SQL_OP_INT_EQ;
    body->fast_bytes = code == SQL_OP_BYTES_EQ;
    body->lookup = SQL_NO_REGISTER;
    return sql_emit_general(compiler, &body->general, expr->type, a, b, 2, want, out);
}

static bool types_of(struct sql_planner *planner, const struct sql_exprs *args,
                     const struct sql_type ***out)
{
    *out = arena_array(planner->arena, args->count, sizeof(**out));
    if (!*out)
        return no_memory(planner);
    for (uint32_t i = 0; i < args->count; i++)
        (*out)[i] = sql_plan_type(planner, args->items[i]->type);
    return true;
}

/* ARRAY[...], ROW(...), GREATEST and LEAST. */
static bool compile_list(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_exprs *args;
    struct sql_exprs columns;
    const struct sql_type **types;
    struct sql_general_list *body;
    struct sql_call_site *site;
    uint32_t base, collation = expr->collation;
    if (!BODY(planner, body))
        return no_memory(planner);
    body->type = sql_plan_type(planner, expr->type);
    body->result_type = expr->type;
    if (expr->kind == SQL_EXPR_ARRAY) {
        const struct sql_expr_array *array = (const void *)expr;
        args = &array->elements;
        body->general.evaluate = sql_eval_array;
        body->type = sql_plan_type(planner, array->element_type);
        body->nested = array->nested;
    } else if (expr->kind == SQL_EXPR_ROW) {
        if (!sql_row_columns(planner->env, (const void *)expr, &columns))
            return false;
        args = &columns;
        body->general.evaluate = sql_eval_row;
        body->null_when_empty = compiler->nullable_row;
        compiler->nullable_row = false;
    } else {
        const struct sql_expr_list *list = (const void *)expr;
        args = &list->args;
        collation = list->input_collation;
        body->general.evaluate = sql_eval_min_max;
        body->least = list->least;
    }
    if (!types_of(planner, args, &types) || !sql_compile_args(compiler, query, args, &base) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, expr->type), collation, &site))
        return false;
    body->types = types;
    body->count = args->count;
    body->site = site;
    return sql_emit_general(compiler, &body->general, expr->type, base, 0, 0, want, out);
}

/* For < and the like, the equality of a pair decides whether the next one is looked at. */
static bool equality_site(struct sql_planner *planner, uint32_t op, const struct sql_expr *left,
                          const struct sql_expr *right, struct sql_call_site **out)
{
    const struct sql_operator *order = sql_find_operator_id(planner->session, op);
    const struct sql_operator *equal =
        order ? sql_find_operator(planner->session, slice_str("="), order->left, order->right)
              : NULL;
    if (!equal)
        return sql_fail(planner->env->error, "0A000",
                        "could not determine interpretation of row comparison operator");
    return pair_site(planner, equal->function, left->collation, left, right, out);
}

static bool compile_row_compare(struct sql_compiler *compiler, struct sql_plan_query *query,
                                const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_row_compare *compare = (const void *)expr;
    uint32_t count = compare->left.count, base, reg;
    struct sql_general_row_compare *body;
    struct sql_call_site **sites = arena_zalloc(planner->arena, count * sizeof(*sites));
    struct sql_call_site **equals = arena_zalloc(planner->arena, count * sizeof(*equals));
    if (!sites || !equals || !BODY(planner, body))
        return no_memory(planner);
    if (!sql_plan_registers(planner, 2 * count, &base))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_expr *left = compare->left.items[i], *right = compare->right.items[i];
        if (!sql_compile(compiler, query, left, base + i, &reg) ||
            !sql_compile(compiler, query, right, base + count + i, &reg) ||
            !pair_site(planner, compare->functions[i], left->collation, left, right, &sites[i]))
            return false;
        if (compare->op != SQL_EQ && compare->op != SQL_NE &&
            !equality_site(planner, compare->ops[i], left, right, &equals[i]))
            return false;
    }
    *body = (struct sql_general_row_compare){.general = {sql_eval_row_compare},
                                             .sites = (const struct sql_call_site *const *)sites,
                                             .equals = (const struct sql_call_site *const *)equals,
                                             .count = count,
                                             .op = compare->op};
    return sql_emit_general(compiler, &body->general, expr->type, base, 0, 2 * count, want, out);
}

static bool map_row(struct sql_planner *planner, uint32_t from, uint32_t to,
                    struct sql_general_typed *body);

static bool compile_convert(struct sql_compiler *compiler, struct sql_plan_query *query,
                            const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_convert *convert = (const void *)expr;
    struct sql_general_typed *body;
    struct sql_call_site *site;
    uint32_t arg;
    if (!BODY(planner, body))
        return no_memory(planner);
    if (!sql_compile(compiler, query, convert->arg, SQL_NO_REGISTER, &arg) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, expr->type), expr->collation, &site))
        return false;
    body->general.evaluate =
        expr->kind == SQL_EXPR_CONVERT_IO ? sql_eval_convert_io : sql_eval_convert_row;
    body->site = site;
    body->type = sql_plan_type(planner, expr->type);
    body->source = sql_plan_type(planner, convert->arg->type);
    body->typmod = -1;
    if (expr->kind == SQL_EXPR_CONVERT_ROW &&
        !map_row(planner, convert->arg->type, expr->type, body))
        return false;
    return sql_emit_general(compiler, &body->general, expr->type, arg, 0, 1, want, out);
}

static bool compile_convert_array(struct sql_compiler *compiler, struct sql_plan_query *query,
                                  const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_convert_array *convert = (const void *)expr;
    struct sql_general_convert_array *body;
    struct sql_compiler inner;
    struct sql_call_site *site;
    const struct sql_program *program;
    uint32_t arg, result;
    if (!BODY(planner, body))
        return no_memory(planner);
    sql_compiler_begin(&inner, planner);
    inner.sub_columns = compiler->sub_columns;
    inner.sub_column_count = compiler->sub_column_count;
    if (!sql_compile(compiler, query, convert->arg, SQL_NO_REGISTER, &arg) ||
        !sql_plan_register(planner, NULL, &inner.case_test) ||
        !sql_compile(&inner, query, convert->element, SQL_NO_REGISTER, &result) ||
        !sql_compiler_end(&inner, result, &program) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    for (uint32_t i = 0; i < program->read_count; i++)
        if (!sql_compiler_reads(compiler, program->reads[i]))
            return false;
    body->general.evaluate = sql_eval_convert_array;
    body->site = site;
    body->element = sql_plan_type(planner, convert->element->type);
    body->program = *program;
    body->test = inner.case_test;
    return sql_emit_general(compiler, &body->general, expr->type, arg, 0, 1, want, out);
}

/* ---- rows */

/* A column's number without those that were dropped before it; false: it is dropped itself. */
static bool live_column(const struct sql_relation *relation, uint32_t column, uint32_t *out)
{
    *out = column - 1;
    if (!relation)
        return true;
    for (uint32_t i = 0; i + 1 < column && i < relation->column_count; i++)
        *out -= relation->columns[i].dropped;
    return column <= relation->column_count && !relation->columns[column - 1].dropped;
}

const struct sql_relation *sql_plan_composite(struct sql_planner *planner, uint32_t type)
{
    const struct sql_type *row = sql_plan_type(planner, type);
    while (row && row->kind == SQL_TYPE_DOMAIN)
        row = sql_plan_type(planner, row->base);
    return row && row->relation ? sql_find_relation_id(planner->session, row->relation) : NULL;
}

/* A row of one table as a row of another (its parent): columns are found by name. */
static bool map_row(struct sql_planner *planner, uint32_t from, uint32_t to,
                    struct sql_general_typed *body)
{
    const struct sql_relation *source = sql_plan_composite(planner, from);
    const struct sql_relation *target = sql_plan_composite(planner, to);
    if (!source || !target || source == target)
        return true;
    int32_t *map = arena_array(planner->arena, target->column_count, sizeof(*map));
    const struct sql_type **types =
        arena_array(planner->arena, target->column_count, sizeof(*types));
    if (!map || !types)
        return no_memory(planner);
    for (uint32_t t = 0; t < target->column_count; t++) {
        int32_t at = 0;
        if (target->columns[t].dropped)
            continue;
        map[body->count] = -1;
        for (uint32_t c = 0; c < source->column_count; c++) {
            if (source->columns[c].dropped)
                continue;
            if (slice_eq(source->columns[c].name, target->columns[t].name))
                map[body->count] = at;
            at++;
        }
        types[body->count++] = sql_plan_type(planner, target->columns[t].type);
    }
    body->map = map;
    body->types = types;
    return true;
}

static bool compile_field(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_field *field = (const void *)expr;
    struct sql_general_field *body;
    struct sql_call_site *site;
    uint32_t arg;
    /* A row just made is not put together only to be taken apart. */
    if (field->arg->kind == SQL_EXPR_ROW && !sql_plan_composite(planner, field->arg->type)) {
        const struct sql_expr_row *row = (const void *)field->arg;
        if (field->column <= row->args.count)
            return sql_compile(compiler, query, row->args.items[field->column - 1], want, out);
    }
    if (!BODY(planner, body))
        return no_memory(planner);
    if (!sql_compile(compiler, query, field->arg, SQL_NO_REGISTER, &arg) ||
        !sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    body->general.evaluate = sql_eval_field;
    body->site = site;
    body->type = expr->type;
    body->never =
        !live_column(sql_plan_composite(planner, field->arg->type), field->column, &body->column);
    return sql_emit_general(compiler, &body->general, expr->type, arg, 0, 1, want, out);
}

static bool compile_field_store(struct sql_compiler *compiler, struct sql_plan_query *query,
                                const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_field_store *store = (const void *)expr;
    const struct sql_relation *relation = sql_plan_composite(planner, expr->type);
    struct sql_general_field_store *body;
    struct sql_call_site *site;
    uint32_t base, reg, count = 0;
    if (!relation)
        return sql_fail(planner->env->error, "XX000", "type %u is not composite", expr->type);
    const struct sql_type **types =
        arena_array(planner->arena, relation->column_count, sizeof(*types));
    uint32_t *columns = arena_array(planner->arena, store->values.count, sizeof(*columns));
    if (!types || !columns || !BODY(planner, body))
        return no_memory(planner);
    for (uint32_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped)
            types[count++] = sql_plan_type(planner, relation->columns[i].type);
    if (!sql_plan_registers(planner, store->values.count + 1, &base) ||
        !sql_compile(compiler, query, store->arg, base, &reg))
        return false;
    uint32_t outside = compiler->case_test;
    for (uint32_t i = 0; i < store->values.count; i++) {
        compiler->case_test = base;
        if (!live_column(relation, store->columns[i], &columns[i]) ||
            !sql_compile(compiler, query, store->values.items[i], base + 1 + i, &reg))
            return false;
    }
    compiler->case_test = outside;
    if (!sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    *body = (struct sql_general_field_store){.general = {sql_eval_field_store},
                                             .site = site,
                                             .types = types,
                                             .count = count,
                                             .columns = columns,
                                             .stored = store->values.count,
                                             .result_type = expr->type};
    return sql_emit_general(compiler, &body->general, expr->type, base, 0, store->values.count + 1,
                            want, out);
}

/* ---- subscripts */

static bool compile_bounds(struct sql_compiler *compiler, struct sql_plan_query *query,
                           const struct sql_exprs *bounds, uint32_t count, uint32_t *base,
                           const bool **out_has)
{
    struct sql_planner *planner = compiler->planner;
    bool *has = arena_zalloc(planner->arena, count + 1);
    uint32_t reg;
    if (!has)
        return no_memory(planner);
    if (!sql_plan_registers(planner, count, base))
        return false;
    for (uint32_t i = 0; i < bounds->count; i++) {
        has[i] = bounds->items[i] != NULL;
        if (has[i] && !sql_compile(compiler, query, bounds->items[i], *base + i, &reg))
            return false;
    }
    *out_has = has;
    return true;
}

/* Which of a document's subscripts are integers. */
static bool compile_document(struct sql_planner *planner,
                             const struct sql_expr_subscript *subscript,
                             struct sql_general_subscript *body)
{
    bool *is_number = arena_zalloc(planner->arena, body->count + 1);
    if (!is_number)
        return no_memory(planner);
    for (uint32_t i = 0; i < body->count; i++)
        is_number[i] = sql_plan_type(planner, subscript->upper.items[i]->type)->by_value;
    body->is_number = is_number;
    body->general.evaluate = sql_eval_document_subscript;
    return true;
}

static bool compile_subscript(struct sql_compiler *compiler, struct sql_plan_query *query,
                              const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_subscript *subscript = (const void *)expr;
    struct sql_general_subscript *body;
    struct sql_call_site *site;
    if (!BODY(planner, body))
        return no_memory(planner);
    body->general.evaluate = sql_eval_subscript;
    body->element = sql_plan_type(planner, subscript->element_type);
    body->container_type = sql_plan_type(planner, subscript->container_type);
    body->count = subscript->upper.count;
    body->slice = subscript->lower.count > 0;
    body->assign = subscript->assign != NULL;
    /* What is its own element is a document. */
    if (body->container_type == body->element && !compile_document(planner, subscript, body))
        return false;
    if (!sql_compile(compiler, query, subscript->arg, SQL_NO_REGISTER, &body->container) ||
        !compile_bounds(compiler, query, &subscript->upper, body->count, &body->upper,
                        &body->has_upper) ||
        !compile_bounds(compiler, query, &subscript->lower, body->count, &body->lower,
                        &body->has_lower) ||
        !sql_plan_type_site(planner, body->container_type, 0, &site))
        return false;
    body->site = site;
    if (body->assign) {
        /* The new value may be made of the old element: it is CASE_TEST inside. */
        uint32_t outside = compiler->case_test;
        if (subscript->assign->kind == SQL_EXPR_SUBSCRIPT ||
            subscript->assign->kind == SQL_EXPR_FIELD_STORE) {
            struct sql_general_subscript *old = arena_alloc(planner->arena, sizeof(*old));
            if (!old)
                return no_memory(planner);
            *old = *body;
            old->assign = false;
            if (!sql_emit_general(compiler, &old->general, subscript->element_type, body->container,
                                  0, 1, SQL_NO_REGISTER, &compiler->case_test))
                return false;
        }
        if (!sql_compile(compiler, query, subscript->assign, SQL_NO_REGISTER, &body->value))
            return false;
        compiler->case_test = outside;
    }
    return sql_emit_general(compiler, &body->general, expr->type, body->container, 0, 1, want, out);
}

/* ---- the rest */

static bool compile_domain(struct sql_compiler *compiler, struct sql_plan_query *query,
                           const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    const struct sql_expr_convert *convert = (const void *)expr;
    struct sql_general_domain *body;
    uint32_t arg;
    if (!BODY(planner, body))
        return no_memory(planner);
    if (!sql_compile(compiler, query, convert->arg, SQL_NO_REGISTER, &arg) ||
        !sql_plan_domain(planner, sql_plan_type(planner, expr->type), body))
        return false;
    return sql_emit_general(compiler, &body->general, expr->type, arg, 0, 1, want, out);
}

static bool compile_session_value(struct sql_compiler *compiler, struct sql_plan_query *query,
                                  const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    (void)query;
    struct sql_planner *planner = compiler->planner;
    struct sql_general_session *body;
    struct sql_call_site *site;
    if (!BODY(planner, body))
        return no_memory(planner);
    if (!sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    body->general.evaluate = sql_eval_session_value;
    body->value = ((const struct sql_expr_session_value *)(const void *)expr)->value;
    body->typmod = expr->typmod;
    body->site = site;
    return sql_emit_general(compiler, &body->general, expr->type, 0, 0, 0, want, out);
}

static bool compile_next_value(struct sql_compiler *compiler, struct sql_plan_query *query,
                               const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    (void)query;
    struct sql_planner *planner = compiler->planner;
    struct sql_general_next_value *body;
    struct sql_call_site *site;
    if (!BODY(planner, body))
        return no_memory(planner);
    if (!sql_plan_type_site(planner, sql_plan_type(planner, expr->type), 0, &site))
        return false;
    body->general.evaluate = sql_eval_next_value;
    body->sequence = ((const struct sql_expr_next_value *)(const void *)expr)->sequence;
    body->site = site;
    return sql_emit_general(compiler, &body->general, expr->type, 0, 0, 0, want, out);
}

/* The scan has found that row: whoever looks at the condition again sees it fulfilled. */
static bool compile_current_of(struct sql_compiler *compiler, struct sql_plan_query *query,
                               const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    struct sql_planner *planner = compiler->planner;
    (void)query;
    return sql_plan_constant(planner, sql_plan_type(planner, expr->type), datum_bool(true), out) &&
           sql_compiler_deliver(compiler, *out, want, out);
}

typedef bool compile_kind(struct sql_compiler *compiler, struct sql_plan_query *query,
                          const struct sql_expr *expr, uint32_t want, uint32_t *out);

static compile_kind *const kinds[SQL_EXPR_KIND_COUNT] = {
    [SQL_EXPR_DISTINCT] = compile_pair,
    [SQL_EXPR_NULLIF] = compile_pair,
    [SQL_EXPR_SCALAR_ARRAY] = compile_scalar_array,
    [SQL_EXPR_ARRAY] = compile_list,
    [SQL_EXPR_ROW] = compile_list,
    [SQL_EXPR_MIN_MAX] = compile_list,
    [SQL_EXPR_ROW_COMPARE] = compile_row_compare,
    [SQL_EXPR_CONVERT_IO] = compile_convert,
    [SQL_EXPR_CONVERT_ROW] = compile_convert,
    [SQL_EXPR_CONVERT_ARRAY] = compile_convert_array,
    [SQL_EXPR_FIELD] = compile_field,
    [SQL_EXPR_FIELD_STORE] = compile_field_store,
    [SQL_EXPR_SUBSCRIPT] = compile_subscript,
    [SQL_EXPR_TO_DOMAIN] = compile_domain,
    [SQL_EXPR_SESSION_VALUE] = compile_session_value,
    [SQL_EXPR_NEXT_VALUE] = compile_next_value,
    [SQL_EXPR_CURRENT_OF] = compile_current_of,
    [SQL_EXPR_XML] = sql_compile_xml,
    [SQL_EXPR_JSON] = sql_compile_json,
    [SQL_EXPR_JSON_QUERY] = sql_compile_json_query,
};

/* What a misplaced expression of each kind is called; the analysis lets none of these pass. */
static const char *const names[SQL_EXPR_KIND_COUNT] = {
    [SQL_EXPR_AGGREGATE] = "an aggregate",
    [SQL_EXPR_GROUPING] = "GROUPING",
    [SQL_EXPR_WINDOW] = "a window function",
    [SQL_EXPR_DEFAULT] = "DEFAULT",
};

bool sql_compile_general(struct sql_compiler *compiler, struct sql_plan_query *query,
                         const struct sql_expr *expr, uint32_t want, uint32_t *out)
{
    compile_kind *kind = kinds[expr->kind];
    if (kind)
        return kind(compiler, query, expr, want, out);
    return sql_fail_at(compiler->planner->env->error, expr->location, "0A000",
                       "%s is not supported here", names[expr->kind]);
}
