/* What stands behind an expression: (x).field, x[1], x[1:2]. */
#include "emulators/sql/analyze/analysis.h"

/* The type that is subscripted, and its elements'; 0: it cannot be. */
static uint32_t container_of(struct analysis *a, uint32_t *type, int32_t *typmod)
{
    *type = base_type_typmod(a, *type, typmod);
    if (*type == a->known->jsonb)
        return a->known->jsonb;
    if (*type == a->known->int2vector)
        *type = a->known->int2_array;
    else if (*type == a->known->oidvector)
        *type = a->known->oid_array;
    const struct sql_type *t = type_of(a, *type);
    return t ? t->element : 0;
}

static struct sql_expr *array_index(struct analysis *a, const struct ast_node *node)
{
    struct sql_expr *index = analyze_here(a, node), *coerced;
    if (!index || !coerce_to_target(a, index, a->known->int4, -1, COERCE_ASSIGNMENT,
                                    SQL_FORM_CAST_IMPLICIT, -1, &coerced))
        return NULL;
    if (!coerced)
        fail_at(a, expr_location(index), "42804", "array subscript must have type integer");
    return coerced;
}

/* jsonb's are keys or positions. */
static struct sql_expr *document_index(struct analysis *a, const struct ast_node *node)
{
    struct sql_expr *index = analyze_here(a, node);
    if (!index)
        return NULL;
    uint32_t text = a->known->text, int4 = a->known->int4, target = 0;
    bool as_text =
        index->type == a->known->unknown || can_coerce(a, 1, &index->type, &text, COERCE_IMPLICIT);
    bool as_int =
        index->type != a->known->unknown && can_coerce(a, 1, &index->type, &int4, COERCE_IMPLICIT);
    if (as_int && as_text && index->type != int4 && index->type != text) {
        fail_at(a, expr_location(index), "42804", "subscript type " SLICE_FMT " is not supported",
                SLICE_ARG(type_text(a, index->type)));
        sql_hint(a->env->error, "jsonb subscript must be coercible to only one type, integer or "
                                "text.");
        return NULL;
    }
    target = as_int ? int4 : as_text ? text : 0;
    if (!target) {
        fail_at(a, expr_location(index), "42804", "subscript type " SLICE_FMT " is not supported",
                SLICE_ARG(type_text(a, index->type)));
        sql_hint(a->env->error, "jsonb subscript must be coercible to either integer or text.");
        return NULL;
    }
    return coerce_type(a, index, target, -1, COERCE_IMPLICIT, SQL_FORM_CAST_IMPLICIT, -1);
}

static bool document_indices(struct analysis *a, struct ast_node *const *indices, uint32_t count,
                             struct sql_expr_subscript *out)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct ast_indices *index = (const struct ast_indices *)indices[i];
        if (index->slice) {
            const struct ast_node *at = index->upper ? index->upper : index->lower;
            return fail_at(a, at ? ast_location(at) : -1, "42804",
                           "jsonb subscript does not support slices");
        }
        out->upper.items[i] = document_index(a, index->upper);
        if (!out->upper.items[i])
            return false;
        out->upper.count++;
    }
    return true;
}

static bool any_slice(struct ast_node *const *indices, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (((const struct ast_indices *)indices[i])->slice)
            return true;
    return false;
}

static bool array_indices(struct analysis *a, struct ast_node *const *indices, uint32_t count,
                          struct sql_expr_subscript *out)
{
    bool slice = any_slice(indices, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct ast_indices *index = (const struct ast_indices *)indices[i];
        if (slice) {
            /* [n] among slices is [1:n]. */
            struct sql_expr *lower = NULL;
            if (!index->slice)
                lower = make_const(a, a->known->int4, -1, datum_int(1), -1);
            else if (index->lower)
                lower = array_index(a, index->lower);
            if (!lower && (!index->slice || index->lower))
                return false;
            out->lower.items[out->lower.count++] = lower;
        }
        struct sql_expr *upper = index->upper ? array_index(a, index->upper) : NULL;
        if (!upper && index->upper)
            return false;
        out->upper.items[out->upper.count++] = upper;
    }
    return true;
}

struct sql_expr *analyze_subscripts(struct analysis *a, struct sql_expr *container,
                                    uint32_t container_type, int32_t container_typmod,
                                    struct ast_node *const *indices, uint32_t count)
{
    uint32_t element = container_of(a, &container_type, &container_typmod);
    if (!element) {
        fail_at(a, expr_location(container), "42804",
                "cannot subscript type " SLICE_FMT " because it does not support subscripting",
                SLICE_ARG(type_text(a, container_type)));
        return NULL;
    }
    if (count > 6 && container_type != a->known->jsonb) {
        fail_at(a, -1, "54000", "number of array dimensions (%u) exceeds the maximum allowed (%d)",
                (unsigned)count, 6);
        return NULL;
    }
    struct sql_expr_subscript *out =
        (void *)make_expr(a, SQL_EXPR_SUBSCRIPT, sizeof *out, element, expr_location(container));
    if (!out)
        return NULL;
    out->container_type = container_type;
    out->element_type = element;
    out->arg = container;
    out->expr.typmod = container_typmod;
    out->upper.items = analysis_alloc(a, sizeof(void *) * count);
    out->lower.items = analysis_alloc(a, sizeof(void *) * count);
    if (!out->upper.items || !out->lower.items)
        return NULL;
    bool done = container_type == a->known->jsonb ? document_indices(a, indices, count, out)
                                                  : array_indices(a, indices, count, out);
    if (!done)
        return NULL;
    if (out->lower.count)
        out->expr.type = container_type;
    const struct sql_type *type = type_of(a, out->expr.type);
    out->expr.collation = type && type->collation ? container->collation : 0;
    return &out->expr;
}

/* ---- fields */

static bool fail_no_field(struct analysis *a, struct sql_expr *row, struct slice name,
                          int32_t location)
{
    if (a->env->error->sqlstate[0])
        return false;
    struct sql_expr_column *column = (struct sql_expr_column *)row;
    if (row->kind == SQL_EXPR_COLUMN && column->column == 0) {
        struct analysis *level = a;
        for (uint32_t up = column->up; up && level; up--)
            level = level->outer;
        if (level)
            return fail_at(
                a, location, "42703", "column " SLICE_FMT "." SLICE_FMT " does not exist",
                SLICE_ARG(level->query->tables[column->table - 1]->name), SLICE_ARG(name));
    }
    if (is_composite(a, row->type))
        return fail_at(a, location, "42703",
                       "column \"" SLICE_FMT "\" not found in data type " SLICE_FMT,
                       SLICE_ARG(name), SLICE_ARG(type_text(a, row->type)));
    if (row->type == a->known->record)
        return fail_at(a, location, "42703",
                       "could not identify column \"" SLICE_FMT "\" in record data type",
                       SLICE_ARG(name));
    return fail_at(a, location, "42809",
                   "column notation ." SLICE_FMT " applied to type " SLICE_FMT
                   ", which is not a composite type",
                   SLICE_ARG(name), SLICE_ARG(type_text(a, row->type)));
}

struct sql_expr *analyze_indirection(struct analysis *a, const struct ast_indirection *ind)
{
    struct sql_expr *result = analyze_here(a, ind->arg);
    uint32_t first = 0; /* of the subscripts gathered so far */
    for (uint32_t i = 0; result && i <= ind->steps.count; i++) {
        const struct ast_node *step = i < ind->steps.count ? ind->steps.items[i] : NULL;
        if (step && step->kind == AST_INDICES)
            continue;
        if (i > first)
            result = analyze_subscripts(a, result, result->type, result->typmod,
                                        ind->steps.items + first, i - first);
        first = i + 1;
        if (!step || !result)
            continue;
        if (step->kind == AST_STAR) {
            fail_at(a, ind->node.location, "0A000",
                    "row expansion via \"*\" is not supported here");
            return NULL;
        }
        struct slice name = ((const struct ast_name *)step)->names.items[0];
        struct sql_expr *field;
        int32_t location = ast_location(ind->arg);
        if (!analyze_field(a, result, name, location, false, &field))
            return NULL;
        if (!field)
            fail_no_field(a, result, name, location);
        result = field;
    }
    return result;
}
