/* CASE, ARRAY, ROW, casts, parameters. */
#include "emulators/sql/analyze/analysis.h"

#define ROW_COLUMNS_MAX 1664
#define PARAMS_MAX      (1u << 20) /* more than a message can give */

static bool refuse_nested_set(struct analysis *a, struct sql_expr *expr, const char *construct)
{
    if (!a->query || !a->query->has_sets || !sql_expr_returns_set(expr))
        return true;
    fail_at(a, expr_location(expr), "0A000", "set-returning functions are not allowed in %s",
            construct);
    return sql_hint(a->env->error, "You might be able to move the set-returning function into a "
                                   "LATERAL FROM item.");
}

/* ---- CASE */

/* CASE x: what x is compared as, inside the WHENs. */
static bool case_argument(struct analysis *a, const struct ast_case *node,
                          struct sql_expr_case *out, struct sql_expr **placeholder)
{
    *placeholder = NULL;
    if (!node->arg)
        return true;
    struct sql_expr *arg = analyze_here(a, node->arg);
    if (arg && arg->type == a->known->unknown)
        arg = coerce_type(a, arg, a->known->text, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
    if (!arg || !assign_expr_collations(a, arg))
        return false;
    out->arg = arg;
    *placeholder = make_expr(a, SQL_EXPR_CASE_TEST, sizeof **placeholder, arg->type, -1);
    if (!*placeholder)
        return false;
    (*placeholder)->typmod = arg->typmod;
    (*placeholder)->collation = arg->collation;
    return true;
}

static bool case_when(struct analysis *a, const struct ast_case_when *when,
                      struct sql_expr *placeholder, struct sql_case_when *out)
{
    out->condition = analyze_here(a, when->condition);
    if (out->condition && placeholder)
        out->condition =
            make_operator_named(a, "=", placeholder, out->condition, when->node.location);
    if (!out->condition || !coerce_to_boolean(a, &out->condition, "CASE/WHEN"))
        return false;
    out->result = analyze_here(a, when->result);
    return out->result != NULL;
}

static bool case_common(struct analysis *a, struct sql_expr_case *out)
{
    struct sql_expr **results = analysis_alloc(a, sizeof *results * (out->count + 1));
    if (!results)
        return false;
    results[0] = out->otherwise;
    for (uint32_t i = 0; i < out->count; i++)
        results[i + 1] = out->whens[i].result;
    uint32_t type;
    if (!common_type(a, results, out->count + 1, "CASE", &type, NULL) ||
        !coerce_to_common(a, &out->otherwise, type, "CASE/ELSE"))
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        if (!coerce_to_common(a, &out->whens[i].result, type, "CASE/WHEN"))
            return false;
        results[i] = out->whens[i].result;
    }
    results[out->count] = out->otherwise;
    out->expr.type = type;
    out->expr.typmod = common_typmod(a, results, out->count + 1, type);
    for (uint32_t i = 0; i <= out->count; i++)
        if (!refuse_nested_set(a, results[i], "CASE"))
            return false;
    return true;
}

struct sql_expr *analyze_case(struct analysis *a, const struct ast_case *node)
{
    struct sql_expr_case *out =
        (void *)make_expr(a, SQL_EXPR_CASE, sizeof *out, 0, node->node.location);
    struct sql_expr *placeholder;
    if (!out || !case_argument(a, node, out, &placeholder))
        return NULL;
    out->whens = analysis_alloc(a, sizeof *out->whens * (node->whens.count + 1));
    for (; out->whens && out->count < node->whens.count; out->count++)
        if (!case_when(a, (const struct ast_case_when *)node->whens.items[out->count], placeholder,
                       &out->whens[out->count]))
            return NULL;
    out->otherwise = node->otherwise ? analyze_here(a, node->otherwise)
                                     : make_const(a, a->known->unknown, -1, datum_null(), -1);
    return out->whens && out->otherwise && case_common(a, out) ? &out->expr : NULL;
}

/* ---- ARRAY */

static bool array_elements(struct analysis *a, const struct ast_array *node, uint32_t array,
                           uint32_t element, int32_t typmod, struct sql_expr_array *out)
{
    out->elements.items = analysis_alloc(a, sizeof(void *) * (node->elements.count + 1));
    if (!out->elements.items)
        return false;
    for (uint32_t i = 0; i < node->elements.count; i++) {
        const struct ast_node *item = node->elements.items[i];
        struct sql_expr *value;
        if (item->kind == AST_ARRAY) {
            /* ARRAY[[1], [2]]: the inner ones are of the same array type. */
            value = analyze_array(a, (const struct ast_array *)item, array, element, typmod);
            out->nested = true;
        } else {
            value = analyze_here(a, item);
            if (value && !out->nested && value->type != a->known->int2vector &&
                value->type != a->known->oidvector && element_type(a, value->type))
                out->nested = true;
        }
        if (!value)
            return false;
        out->elements.items[out->elements.count++] = value;
    }
    return true;
}

/* The array's type and its elements' when none was asked for. */
static bool array_types(struct analysis *a, struct sql_expr_array *out, uint32_t *array,
                        uint32_t *element, int32_t location)
{
    if (out->elements.count == 0) {
        fail_at(a, location, "42P18", "cannot determine type of empty array");
        return sql_hint(a->env->error, "Explicitly cast to the desired type, for example "
                                       "ARRAY[]::integer[].");
    }
    uint32_t common;
    if (!common_type(a, out->elements.items, out->elements.count, "ARRAY", &common, NULL))
        return false;
    if (out->nested) {
        *array = common;
        *element = element_type(a, common);
        return *element ||
               fail_at(a, location, "42704", "could not find element type for data type " SLICE_FMT,
                       SLICE_ARG(type_text(a, common)));
    }
    *element = common;
    *array = array_type(a, common);
    return *array ||
           fail_at(a, location, "42704", "could not find array type for data type " SLICE_FMT,
                   SLICE_ARG(type_text(a, common)));
}

static bool array_coerce(struct analysis *a, struct sql_expr_array *out, uint32_t type,
                         int32_t typmod, bool explicitly)
{
    for (uint32_t i = 0; i < out->elements.count; i++) {
        struct sql_expr **item = &out->elements.items[i];
        if (!explicitly) {
            if (!coerce_to_common(a, item, type, "ARRAY"))
                return false;
            continue;
        }
        struct sql_expr *coerced;
        if (!coerce_to_target(a, *item, type, typmod, COERCE_EXPLICIT, SQL_FORM_CAST_EXPLICIT, -1,
                              &coerced))
            return false;
        if (!coerced)
            return fail_at(a, expr_location(*item), "42846",
                           "cannot cast type " SLICE_FMT " to " SLICE_FMT,
                           SLICE_ARG(type_text(a, (*item)->type)), SLICE_ARG(type_text(a, type)));
        *item = coerced;
    }
    return true;
}

struct sql_expr *analyze_array(struct analysis *a, const struct ast_array *node,
                               uint32_t array_type_wanted, uint32_t element, int32_t typmod)
{
    struct sql_expr_array *out =
        (void *)make_expr(a, SQL_EXPR_ARRAY, sizeof *out, 0, node->node.location);
    uint32_t array = array_type_wanted;
    if (!out || !array_elements(a, node, array, element, typmod, out))
        return NULL;
    if (!array_type_wanted && !array_types(a, out, &array, &element, node->node.location))
        return NULL;
    out->expr.type = array;
    out->element_type = element;
    if (!array_coerce(a, out, out->nested ? array : element, typmod, array_type_wanted != 0))
        return NULL;
    return &out->expr;
}

/* ---- ROW */

struct sql_expr *analyze_row(struct analysis *a, const struct ast_row *node)
{
    struct sql_expr_row *row =
        (void *)make_expr(a, SQL_EXPR_ROW, sizeof *row, a->known->record, node->node.location);
    if (!row || !expand_list(a, &node->args, &row->args))
        return NULL;
    if (row->args.count > ROW_COLUMNS_MAX) {
        fail_at(a, node->node.location, "54011", "ROW expressions can have at most %d entries",
                ROW_COLUMNS_MAX);
        return NULL;
    }
    row->implicit = node->implicit;
    return &row->expr;
}

/* ---- casts */

struct sql_expr *analyze_cast(struct analysis *a, const struct ast_type_cast *cast)
{
    uint32_t type;
    int32_t typmod;
    if (!analyze_type(a, cast->type, &type, &typmod))
        return NULL;
    struct sql_expr *arg;
    int32_t base_typmod = typmod;
    uint32_t element =
        cast->arg->kind == AST_ARRAY ? element_type(a, base_type_typmod(a, type, &base_typmod)) : 0;
    if (element)
        arg = analyze_array(a, (const struct ast_array *)cast->arg,
                            base_type_typmod(a, type, &base_typmod), element, base_typmod);
    else
        arg = analyze_here(a, cast->arg);
    if (!arg)
        return NULL;
    int32_t location = cast->node.location;
    if (location < 0)
        location = cast->type->node.location;
    struct sql_expr *result;
    if (!coerce_to_target(a, arg, type, typmod, COERCE_EXPLICIT, SQL_FORM_CAST_EXPLICIT, location,
                          &result))
        return NULL;
    if (!result)
        fail_at(a, location >= 0 ? location : expr_location(arg), "42846",
                "cannot cast type " SLICE_FMT " to " SLICE_FMT, SLICE_ARG(type_text(a, arg->type)),
                SLICE_ARG(type_text(a, type)));
    return result;
}

/* ---- parameters */

static bool note_param(struct analysis *a, uint32_t number, int32_t location)
{
    struct analysis_shared *shared = a->shared;
    struct sql_params *params = shared->params;
    if (params && number <= params->count && number > 0 &&
        (params->variable || params->types[number - 1]))
        return true;
    if (!params || !params->variable || number == 0 || number > PARAMS_MAX)
        return fail_at(a, location, "42P02", "there is no parameter $%u", (unsigned)number);
    if (number > shared->param_room) {
        uint32_t room = number < 8 ? 8 : number * 2;
        uint32_t *types = analysis_alloc(a, sizeof *types * room);
        if (!types)
            return false;
        if (params->count)
            memcpy(types, params->types, sizeof *types * params->count);
        params->types = types;
        shared->param_room = room;
    }
    params->count = number;
    return true;
}

struct sql_expr *analyze_param(struct analysis *a, const struct ast_param *param)
{
    const struct sql_scope *scope = a->shared->scope;
    struct sql_expr *given =
        scope && scope->param
            ? scope->param(scope, a->env, (uint32_t)param->number, param->node.location)
            : NULL;
    if (given || a->env->error->sqlstate[0])
        return given;
    if (!note_param(a, (uint32_t)param->number, param->node.location))
        return NULL;
    uint32_t *known = &a->shared->params->types[param->number - 1];
    /* CALL's OUT arguments, declared void, take the procedure's types. */
    if (*known && *known == a->known->void_ && a->place == PLACE_CALL_ARGUMENT)
        *known = a->known->unknown;
    uint32_t type = *known;
    struct sql_expr_param *expr = (void *)make_expr(
        a, SQL_EXPR_PARAM, sizeof *expr, type ? type : a->known->unknown, param->node.location);
    if (!expr)
        return NULL;
    const struct sql_type *t = type_of(a, type);
    expr->expr.collation = t ? t->collation : 0;
    expr->param_kind = SQL_PARAM_EXTERNAL;
    expr->number = (uint32_t)param->number;
    return &expr->expr;
}

struct sql_expr *coerce_param(struct analysis *a, struct sql_expr_param *param, uint32_t type,
                              int32_t location)
{
    struct sql_params *params = a->shared->params;
    if (!params || !params->variable || param->param_kind != SQL_PARAM_EXTERNAL ||
        param->number > params->count)
        return NULL;
    uint32_t *known = &params->types[param->number - 1];
    if (!*known || *known == a->known->unknown) {
        *known = type;
    } else if (*known != type) {
        fail_at(a, param->expr.location, "42P08", "inconsistent types deduced for parameter $%u",
                (unsigned)param->number);
        sql_detail(a->env->error, SLICE_FMT " versus " SLICE_FMT, SLICE_ARG(type_text(a, *known)),
                   SLICE_ARG(type_text(a, type)));
        return NULL;
    }
    const struct sql_type *t = type_of(a, type);
    param->expr.type = type;
    param->expr.collation = t ? t->collation : 0;
    if (location >= 0 && (param->expr.location < 0 || location < param->expr.location))
        param->expr.location = location;
    return &param->expr;
}

/* A parameter that was used before its type was found still has no type there. */
static bool visit_param(struct sql_expr *expr, void *ctx)
{
    struct analysis *a = ctx;
    struct sql_expr_param *param = (struct sql_expr_param *)expr;
    if (expr->kind == SQL_EXPR_PARAM && param->param_kind == SQL_PARAM_EXTERNAL &&
        param->number <= a->shared->params->count) {
        uint32_t type = a->shared->params->types[param->number - 1];
        if (type && expr->type != type) {
            fail_at(a, expr->location, "42P08", "could not determine data type of parameter $%u",
                    (unsigned)param->number);
            return true;
        }
    }
    return sql_expr_walk_queries(expr, visit_param, NULL, ctx);
}

static bool visit_param_query(struct sql_query *query, void *ctx)
{
    return sql_query_walk(query, visit_param, visit_param_query, ctx);
}

bool check_params(struct analysis *a, struct sql_query *query)
{
    if (!a->shared->params || !a->shared->params->variable || a->shared->params->count == 0)
        return true;
    return !visit_param_query(query, a);
}
