/* Several values to one type (UNION, CASE, VALUES, ARRAY ...), and values that a construct wants to
 * be of one type. */
#include "emulators/sql/analyze/analysis.h"

static bool all_same(struct analysis *a, struct sql_expr **exprs, uint32_t count)
{
    if (exprs[0]->type == a->known->unknown)
        return false;
    for (uint32_t i = 1; i < count; i++)
        if (exprs[i]->type != exprs[0]->type)
            return false;
    return true;
}

bool common_type(struct analysis *a, struct sql_expr **exprs, uint32_t count, const char *context,
                 uint32_t *out, struct sql_expr **which)
{
    const uint32_t unknown = a->known->unknown;
    uint32_t best = 0;
    if (all_same(a, exprs, count)) {
        *out = exprs[0]->type;
        if (which)
            *which = exprs[0];
        return true;
    }
    uint32_t type = base_type(a, exprs[0]->type);
    const struct sql_type *t = type_of(a, type);
    for (uint32_t i = 1; i < count; i++) {
        uint32_t next = base_type(a, exprs[i]->type);
        if (next == unknown || next == type)
            continue;
        const struct sql_type *n = type_of(a, next);
        if (type != unknown && t && n && n->category != t->category) {
            *out = 0;
            return !context ||
                   fail_at(a, expr_location(exprs[i]), "42804",
                           "%s types " SLICE_FMT " and " SLICE_FMT " cannot be matched", context,
                           SLICE_ARG(type_text(a, type)), SLICE_ARG(type_text(a, next)));
        }
        if (type == unknown ||
            (!(t && t->preferred) && can_coerce(a, 1, &type, &next, COERCE_IMPLICIT) &&
             !can_coerce(a, 1, &next, &type, COERCE_IMPLICIT))) {
            type = next;
            t = n;
            best = i;
        }
    }
    *out = type == unknown ? a->known->text : type;
    if (which)
        *which = exprs[best];
    return true;
}

int32_t common_typmod(struct analysis *a, struct sql_expr **exprs, uint32_t count, uint32_t type)
{
    (void)a;
    for (uint32_t i = 0; i < count; i++)
        if (exprs[i]->type != type || exprs[i]->typmod != exprs[0]->typmod)
            return -1;
    return count ? exprs[0]->typmod : -1;
}

bool coerce_to_common(struct analysis *a, struct sql_expr **expr, uint32_t type,
                      const char *context)
{
    uint32_t from = (*expr)->type;
    if (from == type)
        return true;
    if (!can_coerce(a, 1, &from, &type, COERCE_IMPLICIT))
        return fail_at(a, expr_location(*expr), "42846",
                       "%s could not convert type " SLICE_FMT " to " SLICE_FMT, context,
                       SLICE_ARG(type_text(a, from)), SLICE_ARG(type_text(a, type)));
    *expr = coerce_type(a, *expr, type, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
    return *expr != NULL;
}

static bool refuse_set(struct analysis *a, struct sql_expr *expr, const char *construct)
{
    return !sql_expr_returns_set(expr) ||
           fail_at(a, expr_location(expr), "42804", "argument of %s must not return a set",
                   construct);
}

bool coerce_to_specific(struct analysis *a, struct sql_expr **expr, uint32_t type, int32_t typmod,
                        const char *construct)
{
    if ((*expr)->type != type) {
        struct sql_expr *coerced;
        if (!coerce_to_target(a, *expr, type, typmod, COERCE_ASSIGNMENT, SQL_FORM_CAST_IMPLICIT, -1,
                              &coerced))
            return false;
        if (!coerced)
            return fail_at(a, expr_location(*expr), "42804",
                           "argument of %s must be type " SLICE_FMT ", not type " SLICE_FMT,
                           construct, SLICE_ARG(type_text(a, type)),
                           SLICE_ARG(type_text(a, (*expr)->type)));
        *expr = coerced;
    }
    return refuse_set(a, *expr, construct);
}

bool coerce_to_boolean(struct analysis *a, struct sql_expr **expr, const char *construct)
{
    return coerce_to_specific(a, expr, a->known->boolean, -1, construct);
}
