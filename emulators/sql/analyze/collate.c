/* Which collation an expression has: explicit ones win over those of columns, and two different ones
 * of the same strength are a conflict that shows when the value is compared. */
#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/catalog/objects.h"

enum strength { STRENGTH_NONE, STRENGTH_IMPLICIT, STRENGTH_CONFLICT, STRENGTH_EXPLICIT };

/* What is known of an expression, or of several together. */
struct collating {
    struct analysis *a;
    uint32_t collation;
    enum strength strength;
    int32_t location;
    uint32_t other; /* CONFLICT: the second one */
    bool failed;
};

static void assign(struct sql_expr *expr, struct collating *context);

struct slice collation_text(struct analysis *a, uint32_t collation)
{
    const struct sql_builtin_collation *builtin =
        sql_builtin_collation_id(a->session->dialect, collation);
    const struct sql_object *made =
        builtin ? NULL
                : sql_find_object(a->session, a->session->dialect->classes_of.collation, collation);
    return builtin ? slice_str(builtin->name)
           : made  ? made->name
                   : arena_printf(a->env->arena, "%u", (unsigned)collation);
}

/* Adds one expression's to what is known. */
static void merge(struct collating *to, uint32_t collation, enum strength strength,
                  int32_t location, uint32_t other)
{
    uint32_t standard = to->a->session->dialect->default_collation;
    if (strength > to->strength) {
        if (strength == STRENGTH_CONFLICT)
            to->other = other;
        to->collation = collation;
        to->strength = strength;
        to->location = location;
        return;
    }
    if (strength != to->strength || collation == to->collation)
        return;
    if (strength == STRENGTH_IMPLICIT) {
        if (to->collation == standard) {
            to->collation = collation;
            to->location = location;
        } else if (collation != standard) {
            to->strength = STRENGTH_CONFLICT;
            to->other = collation;
            to->location = location;
        }
    } else if (strength == STRENGTH_EXPLICIT && !to->failed) {
        to->failed = true;
        fail_at(to->a, location, "42P21",
                "collation mismatch between explicit collations \"" SLICE_FMT "\" and \"" SLICE_FMT
                "\"",
                SLICE_ARG(collation_text(to->a, to->collation)),
                SLICE_ARG(collation_text(to->a, collation)));
    }
}

static struct collating apart(struct collating *context)
{
    return (struct collating){.a = context->a};
}

static void assign_apart(struct sql_expr *expr, struct collating *context)
{
    if (!expr || context->failed)
        return;
    struct collating own = apart(context);
    assign(expr, &own);
    context->failed |= own.failed;
}

static void assign_all(struct sql_exprs *exprs, uint32_t from, uint32_t to, struct collating *into)
{
    for (uint32_t i = from; i < to && !into->failed; i++)
        if (exprs->items[i])
            assign(exprs->items[i], into);
}

static bool visit_child(struct sql_expr *child, void *ctx)
{
    struct collating *into = ctx;
    assign(child, into);
    return into->failed;
}

static bool visit_apart(struct sql_expr *child, void *ctx)
{
    struct collating *context = ctx;
    assign_apart(child, context);
    return context->failed;
}

static void set_input(struct sql_expr *expr, uint32_t collation)
{
    switch (expr->kind) {
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_DISTINCT:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_SCALAR_ARRAY: ((struct sql_expr_call *)expr)->input_collation = collation; break;
    case SQL_EXPR_AGGREGATE:
        ((struct sql_expr_aggregate *)expr)->input_collation = collation;
        break;
    case SQL_EXPR_WINDOW: ((struct sql_expr_window *)expr)->input_collation = collation; break;
    case SQL_EXPR_COALESCE:
    case SQL_EXPR_MIN_MAX: ((struct sql_expr_list *)expr)->input_collation = collation; break;
    default: break;
    }
}

/* The parts of an expression whose collations count for it. */
static void assign_parts(struct sql_expr *expr, struct collating *own)
{
    switch (expr->kind) {
    case SQL_EXPR_AGGREGATE: {
        struct sql_expr_aggregate *agg = (struct sql_expr_aggregate *)expr;
        assign_all(&agg->direct, 0, agg->direct.count, own);
        assign_all(&agg->args, 0, agg->arg_count, own);
        for (uint32_t i = agg->arg_count; i < agg->args.count; i++)
            assign_apart(agg->args.items[i], own);
        assign_apart(agg->filter, own);
        break;
    }
    case SQL_EXPR_WINDOW: {
        struct sql_expr_window *window = (struct sql_expr_window *)expr;
        assign_all(&window->args, 0, window->args.count, own);
        assign_apart(window->filter, own);
        break;
    }
    case SQL_EXPR_CASE: {
        struct sql_expr_case *node = (struct sql_expr_case *)expr;
        for (uint32_t i = 0; i < node->count; i++) {
            assign_apart(node->whens[i].condition, own);
            if (!own->failed)
                assign(node->whens[i].result, own);
        }
        if (!own->failed)
            assign(node->otherwise, own);
        break;
    }
    case SQL_EXPR_SUBSCRIPT: {
        struct sql_expr_subscript *subscript = (struct sql_expr_subscript *)expr;
        assign(subscript->arg, own);
        if (subscript->assign)
            assign_apart(subscript->assign, own);
        for (uint32_t i = 0; i < subscript->upper.count; i++)
            assign_apart(subscript->upper.items[i], own);
        for (uint32_t i = 0; i < subscript->lower.count; i++)
            assign_apart(subscript->lower.items[i], own);
        break;
    }
    case SQL_EXPR_ROW:
    case SQL_EXPR_ROW_COMPARE:
    case SQL_EXPR_FIELD_STORE:
    case SQL_EXPR_JSON_QUERY:
    case SQL_EXPR_BOOL: sql_expr_walk(expr, visit_apart, own); break;
    default: sql_expr_walk(expr, visit_child, own); break;
    }
}

static bool is_leaf(const struct sql_expr *expr)
{
    switch (expr->kind) {
    case SQL_EXPR_COLUMN:
    case SQL_EXPR_CONST:
    case SQL_EXPR_PARAM:
    case SQL_EXPR_CASE_TEST:
    case SQL_EXPR_DEFAULT:
    case SQL_EXPR_SESSION_VALUE:
    case SQL_EXPR_CURRENT_OF:
    case SQL_EXPR_NEXT_VALUE: return true;
    default: return false;
    }
}

static void assign(struct sql_expr *expr, struct collating *context)
{
    struct collating own = apart(context);
    if (!is_leaf(expr) && !analysis_stack_ok(context->a, -1)) {
        context->failed = true;
        return;
    }
    if (is_leaf(expr) || expr->kind == SQL_EXPR_FIELD || expr->kind == SQL_EXPR_SUBLINK) {
        if (!is_leaf(expr))
            sql_expr_walk(expr, visit_apart, &own);
        context->failed |= own.failed;
        if (expr->collation)
            merge(context, expr->collation, STRENGTH_IMPLICIT, expr_location(expr), 0);
        return;
    }
    if (expr->kind == SQL_EXPR_COLLATE) {
        struct sql_expr_convert *collate = (struct sql_expr_convert *)expr;
        assign_apart(collate->arg, context);
        expr->collation = collate->collate;
        merge(context, collate->collate, STRENGTH_EXPLICIT, expr->location, 0);
        return;
    }
    assign_parts(expr, &own);
    context->failed |= own.failed;
    if (context->failed)
        return;
    set_input(expr, own.strength == STRENGTH_CONFLICT ? 0 : own.collation);
    const struct sql_type *type = type_of(context->a, expr->type);
    uint32_t standard = type ? type->collation : 0;
    bool declared = standard && standard != context->a->session->dialect->default_collation;
    if (expr->kind == SQL_EXPR_TO_DOMAIN && declared)
        own = (struct collating){.a = context->a, .strength = STRENGTH_NONE};
    expr->collation = 0;
    if (!standard)
        return;
    if (own.strength == STRENGTH_NONE) {
        own.collation = standard;
        own.strength = STRENGTH_IMPLICIT;
        own.location = expr_location(expr);
    }
    expr->collation = own.strength == STRENGTH_CONFLICT ? 0 : own.collation;
    merge(context, own.collation, own.strength, own.location, own.other);
    context->failed |= own.failed;
}

bool assign_expr_collations(struct analysis *a, struct sql_expr *expr)
{
    struct collating context = {.a = a};
    assign(expr, &context);
    return !context.failed;
}

bool assign_list_collations(struct analysis *a, struct sql_expr **exprs, uint32_t count,
                            bool none_ok, uint32_t *out)
{
    struct collating context = {.a = a};
    for (uint32_t i = 0; i < count && !context.failed; i++)
        assign(exprs[i], &context);
    if (context.failed)
        return false;
    *out = context.collation;
    if (context.strength != STRENGTH_CONFLICT)
        return true;
    *out = 0;
    if (none_ok)
        return true;
    fail_at(a, context.location, "42P21",
            "collation mismatch between implicit collations \"" SLICE_FMT "\" and \"" SLICE_FMT
            "\"",
            SLICE_ARG(collation_text(a, context.collation)),
            SLICE_ARG(collation_text(a, context.other)));
    return sql_hint(a->env->error, "You can choose the collation by applying the COLLATE clause to "
                                   "one or both expressions.");
}

/* Rows are not sorted or grouped by what has two collations. */
static bool check_sort_targets(struct analysis *a, struct sql_query *query)
{
    for (uint32_t i = 0; i < query->target_count; i++) {
        struct sql_target *target = &query->targets[i];
        const struct sql_type *type = target->sort_group ? type_of(a, target->expr->type) : NULL;
        uint32_t ignored;
        if (type && type->collation && !target->expr->collation &&
            !assign_list_collations(a, &target->expr, 1, false, &ignored))
            return false;
    }
    return true;
}

/* UNION ALL joins what has two collations, but that has no order. */
static bool check_joined_order(struct analysis *a, struct sql_query *query)
{
    for (uint32_t i = 0; i < query->target_count; i++) {
        const struct sql_target *target = &query->targets[i];
        const struct sql_type *type = target->sort_group ? type_of(a, target->expr->type) : NULL;
        if (!type || !type->collation || target->expr->collation)
            continue;
        fail_at(a, -1, "42P22", "could not determine which collation to use for string comparison");
        return sql_hint(a->env->error, "Use the COLLATE clause to set the collation explicitly.");
    }
    return true;
}

bool assign_collations(struct analysis *a, struct sql_query *query)
{
    struct collating context = {.a = a};
    sql_query_walk(query, visit_apart, NULL, &context);
    return !context.failed &&
           (query->set_op ? check_joined_order(a, query) : check_sort_targets(a, query));
}
