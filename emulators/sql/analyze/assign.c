/* Values on their way into columns: INSERT, UPDATE SET, with parts of arrays and composites. */
#include "emulators/sql/analyze/assign.h"

/* What all steps of one assignment share. */
struct assignment {
    struct analysis *a;
    struct slice column; /* named in errors */
    int32_t location;
};

static struct sql_expr *assign_steps(struct assignment *s, struct sql_expr *base, uint32_t type,
                                     int32_t typmod, struct ast_node *const *steps, uint32_t count,
                                     bool subscripting, struct sql_expr *value);

static bool fail_value(struct assignment *s, bool subscripting, struct slice name, uint32_t type,
                       struct sql_expr *value)
{
    struct analysis *a = s->a;
    if (subscripting)
        fail_at(a, s->location, "42804",
                "subscripted assignment to \"" SLICE_FMT "\" requires type " SLICE_FMT
                " but expression is of type " SLICE_FMT,
                SLICE_ARG(name), SLICE_ARG(type_text(a, type)),
                SLICE_ARG(type_text(a, value->type)));
    else
        fail_at(a, s->location, "42804",
                "subfield \"" SLICE_FMT "\" is of type " SLICE_FMT
                " but expression is of type " SLICE_FMT,
                SLICE_ARG(name), SLICE_ARG(type_text(a, type)),
                SLICE_ARG(type_text(a, value->type)));
    return sql_hint(a->env->error, "You will need to rewrite or cast the expression.");
}

static struct sql_expr *back_to(struct analysis *a, struct sql_expr *expr, uint32_t type)
{
    if (expr->type == type)
        return expr;
    struct sql_expr *out;
    if (!coerce_to_target(a, expr, type, -1, COERCE_ASSIGNMENT, SQL_FORM_CAST_IMPLICIT, -1, &out))
        return NULL;
    return out;
}

static struct sql_expr *assign_field(struct assignment *s, struct sql_expr *base, uint32_t type,
                                     struct ast_node *const *steps, uint32_t count,
                                     struct sql_expr *value)
{
    struct analysis *a = s->a;
    struct slice name = ((const struct ast_name *)steps[0])->names.items[0];
    const struct sql_relation *relation = is_composite(a, type) ? row_relation(a, type) : NULL;
    if (!relation) {
        fail_at(a, s->location, "42804",
                "cannot assign to field \"" SLICE_FMT "\" of column \"" SLICE_FMT
                "\" because its type " SLICE_FMT " is not a composite type",
                SLICE_ARG(name), SLICE_ARG(s->column), SLICE_ARG(type_text(a, type)));
        return NULL;
    }
    uint16_t i = 0;
    while (i < relation->column_count &&
           (relation->columns[i].dropped || !slice_eq(relation->columns[i].name, name)))
        i++;
    if (i == relation->column_count) {
        fail_at(a, s->location, "42703",
                "cannot assign to field \"" SLICE_FMT "\" of column \"" SLICE_FMT
                "\" because there is no such column in data type " SLICE_FMT,
                SLICE_ARG(name), SLICE_ARG(s->column), SLICE_ARG(type_text(a, type)));
        return NULL;
    }
    const struct sql_column *column = &relation->columns[i];
    struct sql_expr_field *old =
        (void *)make_expr(a, SQL_EXPR_FIELD, sizeof *old, column->type, -1);
    struct sql_expr_field_store *store =
        (void *)make_expr(a, SQL_EXPR_FIELD_STORE, sizeof *store, base_type(a, type), s->location);
    if (!old || !store)
        return NULL;
    old->expr.typmod = column->typmod;
    old->arg = base;
    old->column = i + 1U;
    struct assignment inner = {a, name, s->location};
    struct sql_expr *part = assign_steps(&inner, &old->expr, column->type, column->typmod,
                                         steps + 1, count - 1, false, value);
    store->arg = base;
    store->values.items = analysis_alloc(a, sizeof(void *));
    store->columns = analysis_alloc(a, sizeof *store->columns);
    if (!part || !store->values.items || !store->columns)
        return NULL;
    store->values.items[0] = part;
    store->values.count = 1;
    store->columns[0] = i + 1U;
    return back_to(a, &store->expr, type);
}

static struct sql_expr *assign_subscripts(struct assignment *s, struct sql_expr *base,
                                          uint32_t type, int32_t typmod,
                                          struct ast_node *const *steps, uint32_t subscripts,
                                          uint32_t count, struct sql_expr *value)
{
    struct analysis *a = s->a;
    struct sql_expr *old = analyze_subscripts(a, base, type, typmod, steps, subscripts);
    if (!old)
        return NULL;
    struct sql_expr_subscript *fetch = (struct sql_expr_subscript *)old;
    uint32_t needed = old->type;
    struct sql_expr *part = assign_steps(s, old, needed, old->typmod, steps + subscripts,
                                         count - subscripts, true, value);
    if (!part)
        return NULL;
    struct sql_expr_subscript *store = analysis_alloc(a, sizeof *store);
    if (!store)
        return NULL;
    *store = *fetch;
    store->expr.type = fetch->container_type;
    store->assign = part;
    return back_to(a, &store->expr, type);
}

static struct sql_expr *assign_steps(struct assignment *s, struct sql_expr *base, uint32_t type,
                                     int32_t typmod, struct ast_node *const *steps, uint32_t count,
                                     bool subscripting, struct sql_expr *value)
{
    struct analysis *a = s->a;
    if (count == 0) {
        struct sql_expr *out;
        if (!coerce_to_target(a, value, type, typmod, COERCE_ASSIGNMENT, SQL_FORM_CAST_IMPLICIT, -1,
                              &out))
            return NULL;
        if (!out)
            fail_value(s, subscripting, s->column, type, value);
        return out;
    }
    if (steps[0]->kind == AST_STAR) {
        fail_at(a, s->location, "0A000", "row expansion via \"*\" is not supported here");
        return NULL;
    }
    if (steps[0]->kind == AST_NAME)
        return assign_field(s, base, type, steps, count, value);
    uint32_t subscripts = 1;
    while (subscripts < count && steps[subscripts]->kind == AST_INDICES)
        subscripts++;
    return assign_subscripts(s, base, type, typmod, steps, subscripts, count, value);
}

static struct sql_expr *assign_default(struct analysis *a, const struct assign_target *target,
                                       struct sql_expr *value)
{
    if (target->indirection && target->indirection->count) {
        bool subscript = target->indirection->items[0]->kind == AST_INDICES;
        fail_at(a, target->location, "0A000",
                subscript ? "cannot set an array element to DEFAULT"
                          : "cannot set a subfield to DEFAULT");
        return NULL;
    }
    value->type = target->type;
    value->typmod = target->typmod;
    value->collation = target->collation;
    return value;
}

struct sql_expr *assign_unchecked(struct sql_expr *expr)
{
    while (expr->kind == SQL_EXPR_TO_DOMAIN)
        expr = ((struct sql_expr_convert *)expr)->arg;
    return expr;
}

struct sql_expr *assign_value(struct analysis *a, const struct assign_target *target,
                              struct sql_expr *value)
{
    if (value->kind == SQL_EXPR_DEFAULT)
        return assign_default(a, target, value);
    if (target->indirection && target->indirection->count) {
        struct assignment s = {a, target->name, target->location};
        struct sql_expr *base = target->base;
        if (!base)
            base = make_const(a, target->type, target->typmod, datum_null(), -1);
        return base ? assign_steps(&s, base, target->type, target->typmod,
                                   target->indirection->items, target->indirection->count, false,
                                   value)
                    : NULL;
    }
    struct sql_expr *out;
    if (!coerce_to_target(a, value, target->type, target->typmod, COERCE_ASSIGNMENT,
                          SQL_FORM_CAST_IMPLICIT, -1, &out))
        return NULL;
    if (!out) {
        fail_at(a, expr_location(value), "42804",
                "column \"" SLICE_FMT "\" is of type " SLICE_FMT
                " but expression is of type " SLICE_FMT,
                SLICE_ARG(target->name), SLICE_ARG(type_text(a, target->type)),
                SLICE_ARG(type_text(a, value->type)));
        sql_hint(a->env->error, "You will need to rewrite or cast the expression.");
    }
    return out;
}
