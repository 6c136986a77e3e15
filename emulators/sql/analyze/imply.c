#include "emulators/sql/analyze/imply.h"

struct proof {
    struct analysis *a;
    struct param_needs *needs;
    uint32_t booleans_equal; /* the operator's id */
    bool failed;
};

static bool follows(struct proof *proof, const struct sql_expr *given,
                    const struct sql_expr *wanted);

static const struct sql_expr *bare(const struct sql_expr *expr)
{
    while (expr->kind == SQL_EXPR_RELABEL)
        expr = ((const struct sql_expr_convert *)(const void *)expr)->arg;
    return expr;
}

static const struct sql_expr_bool *junction(const struct sql_expr *expr, enum sql_bool_op op)
{
    const struct sql_expr_bool *found = (const void *)expr;
    return expr->kind == SQL_EXPR_BOOL && found->op == op ? found : NULL;
}

static const struct sql_expr *negated(const struct sql_expr *expr)
{
    const struct sql_expr_bool *found = junction(expr, SQL_NOT);
    return found ? found->args.items[0] : NULL;
}

/* ---- parameters where constants are wanted */

static bool note(struct proof *proof, const struct sql_expr *param, struct datum value)
{
    struct param_needs *needs = proof->needs;
    const struct sql_type *type = type_of(proof->a, param->type);
    struct arena *arena = proof->a->env->arena;
    if (!type || !analysis_grow(proof->a, &needs->items, needs->count, sizeof *needs->items))
        proof->failed = true;
    if (!proof->failed && !type->by_value && value.len) {
        struct slice copy = arena_dup(arena, datum_slice(value));
        proof->failed = !copy.ptr;
        value = datum_bytes(copy);
    }
    if (proof->failed)
        return false;
    needs->items[needs->count++] = (struct sql_arbiter_need){
        .index = needs->index,
        .param = ((const struct sql_expr_param *)(const void *)param)->number,
        .by_value = type->by_value,
        .value = value,
    };
    return true;
}

static bool is_given_param(const struct sql_expr *expr)
{
    const struct sql_expr_param *param = (const void *)expr;
    return expr->kind == SQL_EXPR_PARAM && param->param_kind == SQL_PARAM_EXTERNAL;
}

static bool same_value(struct proof *proof, const struct sql_expr *given,
                       const struct sql_expr *wanted)
{
    if (sql_expr_equal(given, wanted))
        return true;
    given = bare(given);
    wanted = bare(wanted);
    const struct sql_expr_const *constant = (const void *)wanted;
    return is_given_param(given) && wanted->kind == SQL_EXPR_CONST && !constant->value.null &&
           note(proof, given, constant->value);
}

/* The same function of the same values. */
static bool same_call(struct proof *proof, const struct sql_expr *given,
                      const struct sql_expr *wanted)
{
    const struct sql_expr_call *x = (const void *)given, *y = (const void *)wanted;
    if (given->kind != SQL_EXPR_FUNCTION || wanted->kind != SQL_EXPR_FUNCTION ||
        x->function != y->function || x->input_collation != y->input_collation ||
        x->args.count != y->args.count)
        return false;
    for (uint32_t i = 0; i < x->args.count; i++)
        if (!same_value(proof, x->args.items[i], y->args.items[i]))
            return false;
    return true;
}

/* `x = true` is x and `x = false` is NOT x, be it by a parameter. */
static bool same_boolean(struct proof *proof, const struct sql_expr *given,
                         const struct sql_expr *wanted)
{
    const struct sql_expr_call *call = (const void *)given;
    const struct sql_expr *denied = negated(wanted);
    if (given->kind != SQL_EXPR_FUNCTION || !call->op || call->op != proof->booleans_equal)
        return false;
    const struct sql_expr *right = call->args.items[1];
    const struct sql_expr_const *constant = (const void *)right;
    if (!sql_expr_equal(call->args.items[0], denied ? denied : wanted))
        return false;
    if (right->kind == SQL_EXPR_CONST)
        return !constant->value.null && (constant->value.u != 0) == !denied;
    return is_given_param(right) && note(proof, right, datum_bool(!denied));
}

/* A strict operator that holds had no NULL. */
static bool is_not_null(struct proof *proof, const struct sql_expr *given,
                        const struct sql_expr *wanted)
{
    const struct sql_expr_test *test = (const void *)wanted;
    const struct sql_expr_call *call = (const void *)given;
    if (wanted->kind != SQL_EXPR_NULL_TEST || !test->negated || test->row ||
        given->kind != SQL_EXPR_FUNCTION)
        return false;
    const struct sql_routine *routine = sql_find_routine_id(proof->a->session, call->function);
    for (uint32_t i = 0; routine && routine->strict && i < call->args.count; i++)
        if (sql_expr_equal(bare(call->args.items[i]), bare(test->arg)))
            return true;
    return false;
}

/* What never holds. */
static bool is_false(const struct sql_expr *expr)
{
    const struct sql_expr_const *constant = (const void *)expr;
    return expr->kind == SQL_EXPR_CONST && (constant->value.null || !constant->value.u);
}

/* ---- AND, OR, NOT */

/* One attempt: what it noted is forgotten when it does not lead to the end. */
static bool try(struct proof *proof, const struct sql_expr *given, const struct sql_expr *wanted,
                bool (*step)(struct proof *proof, const struct sql_expr *given,
                             const struct sql_expr *wanted))
{
    uint32_t before = proof->needs->count;
    if (!proof->failed && step(proof, given, wanted))
        return true;
    proof->needs->count = before;
    return false;
}

static bool follows_from_parts(struct proof *proof, const struct sql_expr *given,
                               const struct sql_expr *wanted)
{
    const struct sql_expr_bool *all = junction(wanted, SQL_AND), *any = junction(given, SQL_OR);
    const struct sql_exprs *parts = all ? &all->args : any ? &any->args : NULL;
    for (uint32_t i = 0; parts && i < parts->count; i++)
        if (!follows(proof, all ? given : parts->items[i], all ? parts->items[i] : wanted))
            return false;
    return parts;
}

static bool follows_from_one(struct proof *proof, const struct sql_expr *given,
                             const struct sql_expr *wanted)
{
    const struct sql_expr_bool *all = junction(given, SQL_AND), *any = junction(wanted, SQL_OR);
    for (uint32_t i = 0; all && i < all->args.count; i++)
        if (try(proof, all->args.items[i], wanted, follows))
            return true;
    for (uint32_t i = 0; any && i < any->args.count; i++)
        if (try(proof, given, any->args.items[i], follows))
            return true;
    return false;
}

static bool follows(struct proof *proof, const struct sql_expr *given,
                    const struct sql_expr *wanted)
{
    static bool (*const steps[])(struct proof *, const struct sql_expr *,
                                 const struct sql_expr *) = {
        same_call, same_boolean, is_not_null, follows_from_parts, follows_from_one,
    };
    const struct sql_expr *inner = negated(given);
    if (is_false(given) || sql_expr_equal(given, wanted))
        return true;
    if (inner && negated(inner))
        return follows(proof, negated(inner), wanted);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (try(proof, given, wanted, steps[i]))
            return true;
    return false;
}

bool condition_implies(struct analysis *a, const struct sql_expr *given,
                       const struct sql_expr *wanted, struct param_needs *needs, bool *out)
{
    const struct sql_operator *equal =
        sql_find_operator(a->session, slice_str("="), a->known->boolean, a->known->boolean);
    struct proof proof = {.a = a, .needs = needs, .booleans_equal = equal ? equal->object.id : 0};
    *out = try(&proof, given, wanted, follows);
    return !proof.failed;
}
