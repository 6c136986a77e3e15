/* Polymorphic types: do actual types fit declared ones, and what do the declared ones mean then.
 *
 * Two families: the one of anyelement, whose members must be the same type, and the one of
 * anycompatible, whose members must have a common one. */
#include "emulators/sql/analyze/analysis.h"
#include "emulators/sql/value/range.h"

enum poly {
    POLY_NONE,
    POLY_ELEMENT,
    POLY_ARRAY,
    POLY_NONARRAY,
    POLY_ENUM,
    POLY_RANGE,
    POLY_MULTIRANGE,
    POLY_COMPATIBLE,
    POLY_COMPATIBLE_ARRAY,
    POLY_COMPATIBLE_NONARRAY,
    POLY_COMPATIBLE_RANGE,
    POLY_COMPATIBLE_MULTIRANGE,
};

static enum poly poly_of(struct analysis *a, uint32_t type)
{
    const struct sql_type_ids *k = a->known;
    const struct {
        uint32_t type;
        enum poly poly;
    } table[] = {
        {k->anyelement,              POLY_ELEMENT              },
        {k->anyarray,                POLY_ARRAY                },
        {k->anynonarray,             POLY_NONARRAY             },
        {k->anyenum,                 POLY_ENUM                 },
        {k->anyrange,                POLY_RANGE                },
        {k->anymultirange,           POLY_MULTIRANGE           },
        {k->anycompatible,           POLY_COMPATIBLE           },
        {k->anycompatiblearray,      POLY_COMPATIBLE_ARRAY     },
        {k->anycompatiblenonarray,   POLY_COMPATIBLE_NONARRAY  },
        {k->anycompatiblerange,      POLY_COMPATIBLE_RANGE     },
        {k->anycompatiblemultirange, POLY_COMPATIBLE_MULTIRANGE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (type && table[i].type == type)
            return table[i].poly;
    return POLY_NONE;
}

bool is_polymorphic(struct analysis *a, uint32_t type)
{
    const struct sql_type_ids *k = a->known;
    /* Their ids are few and far from ordinary types: the common answer comes first. */
    if (type < k->any && type != k->anyarray && type != k->anyelement)
        return false;
    return poly_of(a, type) != POLY_NONE;
}

static uint32_t range_subtype(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t && t->kind == SQL_TYPE_RANGE ? t->base : 0;
}

static uint32_t multirange_range(struct analysis *a, uint32_t type)
{
    const struct sql_type *t = type_of(a, type);
    return t && t->kind == SQL_TYPE_MULTIRANGE ? t->base : 0;
}

/* What was found out about one call's types. 0: not known. */
struct poly_types {
    uint32_t element, array, range, multirange; /* of the anyelement family */
    bool unknowns, nonarray, is_enum, any;
    uint32_t *compatible; /* actual types that must have a common one */
    uint32_t compatible_count;
    uint32_t compatible_range, compatible_multirange;
    bool compatible_nonarray, compatible_any;
    uint32_t compatible_type; /* the common one, when resolved */
};

static bool same_or_set(uint32_t *slot, uint32_t type, const char *what, struct analysis *a,
                        bool report)
{
    if (!*slot || *slot == type) {
        *slot = type;
        return true;
    }
    if (!report)
        return false;
    fail_at(a, -1, "42804", "arguments declared \"%s\" are not all alike", what);
    return sql_detail(a->env->error, SLICE_FMT " versus " SLICE_FMT, SLICE_ARG(type_text(a, *slot)),
                      SLICE_ARG(type_text(a, type)));
}

static bool note_compatible(struct analysis *a, struct poly_types *p, enum poly poly,
                            uint32_t actual, bool report)
{
    if (poly == POLY_COMPATIBLE || poly == POLY_COMPATIBLE_NONARRAY) {
        p->compatible[p->compatible_count++] = actual;
        return true;
    }
    uint32_t base = base_type(a, actual), part;
    if (poly == POLY_COMPATIBLE_ARRAY) {
        part =
            base == a->known->anycompatiblearray ? a->known->anycompatible : element_type(a, base);
        if (part) {
            p->compatible[p->compatible_count++] = part;
            return true;
        }
        return report &&
               fail_at(a, -1, "42804", "argument declared %s is not an array but type " SLICE_FMT,
                       "anycompatiblearray", SLICE_ARG(type_text(a, actual)));
    }
    if (poly == POLY_COMPATIBLE_RANGE) {
        if (!same_or_set(&p->compatible_range, base, "anycompatiblerange", a, report))
            return false;
        part = range_subtype(a, base);
        return part ||
               (report && fail_at(a, -1, "42804",
                                  "argument declared %s is not a range type but type " SLICE_FMT,
                                  "anycompatiblerange", SLICE_ARG(type_text(a, actual))));
    }
    if (!same_or_set(&p->compatible_multirange, base, "anycompatiblemultirange", a, report))
        return false;
    part = multirange_range(a, base);
    return part ||
           (report && fail_at(a, -1, "42804",
                              "argument declared %s is not a multirange type but type " SLICE_FMT,
                              "anycompatiblemultirange", SLICE_ARG(type_text(a, actual))));
}

static bool note_argument(struct analysis *a, struct poly_types *p, enum poly poly, uint32_t actual,
                          bool report)
{
    bool simple = poly < POLY_COMPATIBLE;
    p->any |= simple;
    p->compatible_any |= !simple;
    p->nonarray |= poly == POLY_NONARRAY;
    p->is_enum |= poly == POLY_ENUM;
    p->compatible_nonarray |= poly == POLY_COMPATIBLE_NONARRAY;
    if (actual == a->known->unknown) {
        p->unknowns |= simple;
        return true;
    }
    switch (poly) {
    case POLY_ELEMENT:
    case POLY_NONARRAY:
    case POLY_ENUM: return same_or_set(&p->element, actual, "anyelement", a, report);
    case POLY_ARRAY: return same_or_set(&p->array, base_type(a, actual), "anyarray", a, report);
    case POLY_RANGE: return same_or_set(&p->range, base_type(a, actual), "anyrange", a, report);
    case POLY_MULTIRANGE:
        return same_or_set(&p->multirange, base_type(a, actual), "anymultirange", a, report);
    default: return note_compatible(a, p, poly, actual, report);
    }
}

static bool fail_kind(struct analysis *a, bool report, const char *declared, const char *what,
                      uint32_t actual)
{
    return report && fail_at(a, -1, "42804", "argument declared %s is not %s but type " SLICE_FMT,
                             declared, what, SLICE_ARG(type_text(a, actual)));
}

static bool fail_consistency(struct analysis *a, bool report, const char *this, const char *that,
                             uint32_t type, uint32_t other)
{
    if (!report)
        return false;
    fail_at(a, -1, "42804", "argument declared %s is not consistent with argument declared %s",
            this, that);
    return sql_detail(a->env->error, SLICE_FMT " versus " SLICE_FMT, SLICE_ARG(type_text(a, type)),
                      SLICE_ARG(type_text(a, other)));
}

static bool check_array(struct analysis *a, struct poly_types *p, bool report)
{
    if (!p->array)
        return true;
    if (p->array == a->known->anyarray) { /* columns of system relations are declared so */
        if (!p->element)
            p->element = a->known->anyelement;
        return true;
    }
    uint32_t element = element_type(a, p->array);
    if (!element)
        return fail_kind(a, report, "anyarray", "an array", p->array);
    if (!p->element)
        p->element = element;
    return p->element == element ||
           fail_consistency(a, report, "anyarray", "anyelement", p->array, p->element);
}

static bool check_range(struct analysis *a, struct poly_types *p, bool report)
{
    if (p->multirange) {
        uint32_t range = multirange_range(a, p->multirange);
        if (!range)
            return fail_kind(a, report, "anymultirange", "a multirange type", p->multirange);
        if (!p->range)
            p->range = range;
        if (p->range != range)
            return fail_consistency(a, report, "anymultirange", "anyrange", p->multirange,
                                    p->range);
    }
    if (!p->range)
        return true;
    uint32_t element = range_subtype(a, p->range);
    if (!element)
        return fail_kind(a, report, "anyrange", "a range type", p->range);
    if (!p->element)
        p->element = element;
    return p->element == element ||
           fail_consistency(a, report, "anyrange", "anyelement", p->range, p->element);
}

static bool check_element(struct analysis *a, struct poly_types *p, bool report)
{
    if (!p->element)
        return true;
    if (p->nonarray && element_type(a, base_type(a, p->element)))
        return report &&
               fail_at(a, -1, "42804", "type matched to anynonarray is an array type: " SLICE_FMT,
                       SLICE_ARG(type_text(a, p->element)));
    const struct sql_type *type = type_of(a, p->element);
    if (p->is_enum && (!type || type->kind != SQL_TYPE_ENUM))
        return report &&
               fail_at(a, -1, "42804", "type matched to anyenum is not an enum type: " SLICE_FMT,
                       SLICE_ARG(type_text(a, p->element)));
    return true;
}

static bool fail_common(struct analysis *a, bool report)
{
    return report && fail_at(a, -1, "42804",
                             "arguments of anycompatible family cannot be cast to a common type");
}

/* Are they all of one type? One that is polymorphic itself (of a declaration) has no other common one:
 * *lost. */
static bool all_alike(struct analysis *a, const struct poly_types *p, bool *lost)
{
    bool alike = true;
    *lost = false;
    for (uint32_t i = 0; i < p->compatible_count; i++) {
        alike = alike && p->compatible[i] == p->compatible[0];
        *lost = *lost || is_polymorphic(a, p->compatible[i]);
    }
    *lost = *lost && !alike;
    return alike;
}

/* The common type of the anycompatible family. */
static bool find_common(struct analysis *a, struct poly_types *p, bool report)
{
    bool lost;
    if (all_alike(a, p, &lost)) {
        p->compatible_type = p->compatible[0];
        return true;
    }
    if (lost)
        return fail_common(a, report);
    struct sql_expr *dummies = arena_array(a->env->arena, p->compatible_count, sizeof *dummies);
    struct sql_expr **items = arena_array(a->env->arena, p->compatible_count, sizeof *items);
    if (!dummies || !items)
        return sql_fail_memory(a->env->error);
    for (uint32_t i = 0; i < p->compatible_count; i++) {
        dummies[i] = (struct sql_expr){
            .kind = SQL_EXPR_CASE_TEST, .type = p->compatible[i], .typmod = -1, .location = -1};
        items[i] = &dummies[i];
    }
    if (!common_type(a, items, p->compatible_count, NULL, &p->compatible_type, NULL))
        return false;
    for (uint32_t i = 0; p->compatible_type && i < p->compatible_count; i++)
        if (!can_coerce(a, 1, &p->compatible[i], &p->compatible_type, COERCE_IMPLICIT))
            p->compatible_type = 0;
    return p->compatible_type || fail_common(a, report);
}

/* What the types of the anycompatible family have in common, and with their ranges. */
static bool check_compatible(struct analysis *a, struct poly_types *p, bool report)
{
    if (!p->compatible_any)
        return true;
    if (p->compatible_multirange) {
        uint32_t range = multirange_range(a, p->compatible_multirange);
        if (!p->compatible_range)
            p->compatible_range = range;
        if (p->compatible_range != range)
            return fail_consistency(a, report, "anycompatiblemultirange", "anycompatiblerange",
                                    p->compatible_multirange, p->compatible_range);
    }
    if (p->compatible_range)
        p->compatible[p->compatible_count++] = range_subtype(a, p->compatible_range);
    if (p->compatible_count == 0)
        return true;
    if (!find_common(a, p, report))
        return false;
    if (p->compatible_range && range_subtype(a, p->compatible_range) != p->compatible_type)
        return report && fail_at(a, -1, "42804",
                                 "anycompatiblerange type " SLICE_FMT
                                 " does not match anycompatible type " SLICE_FMT,
                                 SLICE_ARG(type_text(a, p->compatible_range)),
                                 SLICE_ARG(type_text(a, p->compatible_type)));
    if (p->compatible_nonarray && element_type(a, base_type(a, p->compatible_type)))
        return report &&
               fail_at(a, -1, "42804",
                       "type matched to anycompatiblenonarray is an array type: " SLICE_FMT,
                       SLICE_ARG(type_text(a, p->compatible_type)));
    return true;
}

static bool look_at(struct analysis *a, const uint32_t *actual, const uint32_t *declared,
                    uint32_t count, bool report, struct poly_types *p)
{
    *p = (struct poly_types){.compatible = arena_array(a->env->arena, count + 2, sizeof(uint32_t))};
    if (!p->compatible)
        return sql_fail_memory(a->env->error);
    for (uint32_t i = 0; i < count; i++) {
        enum poly poly = poly_of(a, declared[i]);
        if (poly != POLY_NONE && !note_argument(a, p, poly, actual[i], report))
            return false;
    }
    return check_array(a, p, report) && check_range(a, p, report) && check_element(a, p, report) &&
           check_compatible(a, p, report);
}

bool polymorphic_fits(struct analysis *a, const uint32_t *actual, const uint32_t *declared,
                      uint32_t count)
{
    struct poly_types p;
    return look_at(a, actual, declared, count, false, &p);
}

uint32_t multirange_of(struct analysis *a, uint32_t range)
{
    const struct sql_type *type = type_of(a, range);
    const struct sql_range_info *info = type && type->kind == SQL_TYPE_RANGE ? type->extra : NULL;
    return info ? info->multirange : 0;
}

static uint32_t checked_array(struct analysis *a, uint32_t element)
{
    /* Declarations are looked at with polymorphic types in the place of actual ones. */
    if (element == a->known->anyelement)
        return a->known->anyarray;
    if (element == a->known->anycompatible)
        return a->known->anycompatiblearray;
    uint32_t array = array_type(a, element);
    if (!array)
        fail_at(a, -1, "42704", "could not find array type for data type " SLICE_FMT,
                SLICE_ARG(type_text(a, element)));
    return array;
}

/* The type that one declared type means; 0: it cannot be known (or failed). */
static uint32_t meaning(struct analysis *a, const struct poly_types *p, uint32_t declared)
{
    switch (poly_of(a, declared)) {
    case POLY_NONE: return declared;
    case POLY_ELEMENT:
    case POLY_NONARRAY:
    case POLY_ENUM: return p->element;
    case POLY_ARRAY: return p->array ? p->array : p->element ? checked_array(a, p->element) : 0;
    case POLY_RANGE: return p->range;
    case POLY_MULTIRANGE:
        return p->multirange ? p->multirange : p->range ? multirange_of(a, p->range) : 0;
    case POLY_COMPATIBLE:
    case POLY_COMPATIBLE_NONARRAY: return p->compatible_type;
    case POLY_COMPATIBLE_ARRAY:
        return p->compatible_type ? checked_array(a, p->compatible_type) : 0;
    case POLY_COMPATIBLE_RANGE: return p->compatible_range;
    case POLY_COMPATIBLE_MULTIRANGE:
        return p->compatible_multirange ? p->compatible_multirange
               : p->compatible_range    ? multirange_of(a, p->compatible_range)
                                        : 0;
    }
    return 0;
}

/* Nothing but unknown literals says what a polymorphic type is. */
static bool fail_undetermined(struct analysis *a, uint32_t declared)
{
    enum poly poly = poly_of(a, declared);
    const char *name = poly == POLY_COMPATIBLE_RANGE        ? "anycompatiblerange "
                       : poly == POLY_COMPATIBLE_MULTIRANGE ? "anycompatiblemultirange "
                                                            : "";
    return !a->env->error->sqlstate[0] &&
           fail_at(a, -1, "42804",
                   "could not determine polymorphic type %sbecause input has type " SLICE_FMT, name,
                   SLICE_ARG(type_text(a, a->known->unknown)));
}

bool polymorphic_resolve(struct analysis *a, const uint32_t *actual, uint32_t *declared,
                         uint32_t count, uint32_t result, bool allow_poly, uint32_t *out)
{
    bool any = is_polymorphic(a, result);
    for (uint32_t i = 0; i < count && !any; i++)
        any = is_polymorphic(a, declared[i]);
    *out = result;
    if (!any)
        return true;
    struct poly_types p;
    if (!look_at(a, actual, declared, count, true, &p))
        return false;
    if (!p.element && p.any && allow_poly)
        return true;
    if (p.any && !p.element)
        return fail_undetermined(a, a->known->anyelement);
    if (p.compatible_any && !p.compatible_type)
        p.compatible_type = a->known->text; /* nothing but unknown literals */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t type = meaning(a, &p, declared[i]);
        if (!type)
            return fail_undetermined(a, declared[i]);
        /* A domain over an array is passed as it is; an unknown literal becomes what is declared. */
        if (poly_of(a, declared[i]) != POLY_NONE)
            declared[i] = type;
    }
    *out = meaning(a, &p, result);
    return *out || fail_undetermined(a, result);
}
