/* Functions of arrays: what they are made of, searching, changing, comparing. Aggregates and sets
 * are in fn_array_set.c, text in fn_array_text.c. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/fn_compare.h"

/* What a dimension's number, counted from 1, says; NULL when the array has no such dimension. */
static bool give_dimension(const struct datum *args,
                           int32_t (*read)(const struct sql_array_shape *shape, int64_t d),
                           struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    if (args[1].i < 1 || args[1].i > (int64_t)array.shape.dims)
        return sql_give_null(out);
    return sql_give_int(out, read(&array.shape, args[1].i - 1));
}

static int32_t lower_of(const struct sql_array_shape *shape, int64_t d)
{
    return shape->lower[d];
}

static int32_t length_of(const struct sql_array_shape *shape, int64_t d)
{
    return shape->length[d];
}

static int32_t upper_of(const struct sql_array_shape *shape, int64_t d)
{
    return shape->lower[d] + shape->length[d] - 1;
}

static bool array_lower(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return give_dimension(args, lower_of, out);
}

static bool array_upper(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return give_dimension(args, upper_of, out);
}

static bool array_length(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    return give_dimension(args, length_of, out);
}

static bool array_ndims(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct sql_array array;
    sql_array_open(args[0], &array);
    return array.shape.dims ? sql_give_int(out, array.shape.dims) : sql_give_null(out);
}

static bool array_cardinality(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    struct sql_array array;
    sql_array_open(args[0], &array);
    return sql_give_int(out, array.count);
}

static bool array_dims(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    if (array.shape.dims == 0)
        return sql_give_null(out);
    struct sql_bytes text = sql_bytes_begin(call);
    for (uint32_t d = 0; d < array.shape.dims; d++)
        sql_bytes_printf(&text, "[%d:%d]", (int)array.shape.lower[d],
                         (int)upper_of(&array.shape, d));
    return sql_give_bytes(call, out, &text);
}

/* The array argument as a vector, a NULL one being empty; false: it has more dimensions. */
static bool open_vector(struct sql_call *call, struct datum value, struct sql_array *out)
{
    *out = (struct sql_array){.shape = {.lower = {1}}};
    if (value.null)
        return true;
    sql_array_open(value, out);
    if (out->shape.dims > 1)
        return sql_fail(call->env->error, "22000",
                        "argument must be empty or one-dimensional array");
    if (out->shape.dims == 0)
        out->shape.lower[0] = 1;
    return true;
}

static const struct sql_type *result_element(struct sql_call *call)
{
    return sql_call_find_type(call, call->result_type->element);
}

/* `extra` before or behind the elements of the vector. */
static bool extend(struct sql_call *call, struct datum vector, struct datum extra, bool before,
                   struct datum *out)
{
    struct sql_array array;
    const struct sql_type *element = result_element(call);
    if (!element || !open_vector(call, vector, &array))
        return false;
    struct datum *elements = arena_array(call->arena, (size_t)array.count + 1, sizeof(*elements));
    if (!elements)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < array.count; i++)
        elements[i + before] = sql_array_get(&array, i);
    elements[before ? 0 : array.count] = extra;
    struct sql_array_shape shape = {1, {(int32_t)array.count + 1}, {array.shape.lower[0]}};
    if (before && shape.lower[0] == INT32_MIN)
        return sql_fail(call->env->error, "22003", "integer out of range");
    return sql_array_make(call, element, &shape, elements, out);
}

static bool array_append(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return extend(call, args[0], args[1], false, out);
}

static bool array_prepend(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return extend(call, args[1], args[0], true, out);
}

static bool fail_concat(struct sql_call *call, const char *detail)
{
    sql_fail(call->env->error, "2202E", "cannot concatenate incompatible arrays");
    return sql_detail(call->env->error, "%s", detail);
}

/* Shape of a || b: both of the same dimensions but for the first, or one of them an element of the
 * other. */
static bool concat_shape(struct sql_call *call, const struct sql_array_shape *a,
                         const struct sql_array_shape *b, struct sql_array_shape *out)
{
    const struct sql_array_shape *outer = b->dims > a->dims ? b : a;
    const struct sql_array_shape *inner = b->dims > a->dims ? a : b;
    uint32_t skip = outer->dims - inner->dims;
    if (skip > 1) {
        sql_fail(call->env->error, "2202E", "cannot concatenate incompatible arrays");
        return sql_detail(call->env->error,
                          "Arrays of %u and %u dimensions are not compatible for concatenation.",
                          (unsigned)a->dims, (unsigned)b->dims);
    }
    for (uint32_t d = 1; d < outer->dims; d++) {
        if (outer->length[d] == inner->length[d - skip] &&
            outer->lower[d] == inner->lower[d - skip])
            continue;
        return fail_concat(call, skip ? "Arrays with differing dimensions are not compatible for "
                                        "concatenation."
                                      : "Arrays with differing element dimensions are not "
                                        "compatible for concatenation.");
    }
    *out = *outer;
    out->length[0] += skip ? 1 : inner->length[0];
    return true;
}

static bool array_cat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array a, b;
    if (args[0].null || args[1].null) {
        *out = args[args[0].null ? 1 : 0];
        return true;
    }
    sql_array_open(args[0], &a);
    sql_array_open(args[1], &b);
    if (a.shape.dims == 0 || b.shape.dims == 0) {
        *out = args[a.shape.dims == 0 ? 1 : 0];
        return true;
    }
    struct sql_array_shape shape;
    const struct sql_type *element = sql_call_find_type(call, a.element);
    if (!element || !concat_shape(call, &a.shape, &b.shape, &shape))
        return false;
    struct datum *all = arena_array(call->arena, (size_t)a.count + b.count, sizeof(*all));
    if (!all)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < a.count; i++)
        all[i] = sql_array_get(&a, i);
    for (uint32_t i = 0; i < b.count; i++)
        all[a.count + i] = sql_array_get(&b, i);
    return sql_array_make(call, element, &shape, all, out);
}

static bool fail_no_operator(struct sql_call *call, const struct sql_type *type, const char *what)
{
    struct slice shown = sql_type_shown(call, type);
    return sql_fail(call->env->error, "42883", "could not identify %s for type %.*s", what,
                    SLICE_ARG(shown));
}

/* The type of the elements, which must know equality. */
static const struct sql_type *element_with_equality(struct sql_call *call, uint32_t id)
{
    const struct sql_type *type = sql_call_find_type(call, id);
    if (type && !type->ops->compare) {
        fail_no_operator(call, type, "an equality operator");
        return NULL;
    }
    return type;
}

static bool same(struct sql_call *call, const struct sql_type *type, struct datum a, struct datum b)
{
    return a.null || b.null ? a.null && b.null : type->ops->compare(call, type, a, b) == 0;
}

/* The array that is searched; false with *found unset when it cannot be. */
static bool open_searched(struct sql_call *call, const struct datum *args, struct sql_array *array,
                          const struct sql_type **element)
{
    sql_array_open(args[0], array);
    if (array->shape.dims > 1)
        return sql_fail(call->env->error, "0A000",
                        "searching for elements in multidimensional arrays is not supported");
    *element = element_with_equality(call, array->element);
    return *element;
}

static bool array_position(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    const struct sql_type *element;
    if (args[0].null)
        return sql_give_null(out);
    if (!open_searched(call, args, &array, &element))
        return false;
    if (call->argc > 2 && args[2].null)
        return sql_fail(call->env->error, "22004", "initial position must not be null");
    int64_t lower = array.shape.lower[0];
    for (uint32_t i = 0; i < array.count; i++) {
        if (call->argc > 2 && lower + i < args[2].i)
            continue;
        if (same(call, element, sql_array_get(&array, i), args[1]))
            return sql_give_int(out, lower + i);
    }
    return sql_give_null(out);
}

static bool array_positions(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    const struct sql_type *element;
    const struct sql_type *position = result_element(call);
    if (args[0].null)
        return sql_give_null(out);
    if (!position || !open_searched(call, args, &array, &element))
        return false;
    struct sql_array_builder builder;
    sql_array_builder_init(&builder, call->arena, position);
    for (uint32_t i = 0; i < array.count; i++)
        if (same(call, element, sql_array_get(&array, i), args[1]) &&
            !sql_array_builder_add(call, &builder, datum_int((int64_t)array.shape.lower[0] + i)))
            return false;
    return sql_array_builder_finish(call, &builder, out);
}

static bool array_remove(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    if (args[0].null)
        return sql_give_null(out);
    sql_array_open(args[0], &array);
    if (array.shape.dims > 1)
        return sql_fail(call->env->error, "0A000",
                        "removing elements from multidimensional arrays is not supported");
    const struct sql_type *element = element_with_equality(call, array.element);
    struct datum *kept = element ? sql_array_elements(call, &array) : NULL;
    if (!kept)
        return false;
    uint32_t count = 0;
    for (uint32_t i = 0; i < array.count; i++)
        if (!same(call, element, kept[i], args[1]))
            kept[count++] = kept[i];
    array.shape.length[0] = (int32_t)count;
    return sql_array_make(call, element, &array.shape, kept, out);
}

static bool array_replace(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    if (args[0].null)
        return sql_give_null(out);
    sql_array_open(args[0], &array);
    const struct sql_type *element = element_with_equality(call, array.element);
    struct datum *elements = element ? sql_array_elements(call, &array) : NULL;
    if (!elements)
        return false;
    for (uint32_t i = 0; i < array.count; i++)
        if (same(call, element, elements[i], args[1]))
            elements[i] = args[2];
    return sql_array_make(call, element, &array.shape, elements, out);
}

/* A vector of int4 as the shape's lengths or bounds. */
static bool read_bounds(struct sql_call *call, const struct sql_array *from, uint32_t dims,
                        int32_t *out)
{
    for (uint32_t d = 0; d < dims; d++) {
        struct datum value = sql_array_get(from, d);
        if (value.null)
            return sql_fail(call->env->error, "22004", "dimension values cannot be null");
        out[d] = (int32_t)value.i;
    }
    return true;
}

static bool fail_subscripts(struct sql_call *call, const char *detail)
{
    sql_fail(call->env->error, "2202E", "wrong number of array subscripts");
    return sql_detail(call->env->error, "%s", detail);
}

static bool fill_shape(struct sql_call *call, const struct datum *args,
                       struct sql_array_shape *shape)
{
    struct sql_array lengths, lowers;
    if (args[1].null || (call->argc > 2 && args[2].null))
        return sql_fail(call->env->error, "22004",
                        "dimension array or low bound array cannot be null");
    sql_array_open(args[1], &lengths);
    if (lengths.shape.dims > 1)
        return fail_subscripts(call, "Dimension array must be one dimensional.");
    if (!sql_array_check_dims(call, lengths.count))
        return false;
    *shape = (struct sql_array_shape){
        .dims = lengths.count, .lower = {1, 1, 1, 1, 1, 1}
    };
    if (!read_bounds(call, &lengths, shape->dims, shape->length))
        return false;
    if (call->argc < 3)
        return true;
    sql_array_open(args[2], &lowers);
    if (lowers.shape.dims > 1)
        return fail_subscripts(call, "Dimension array must be one dimensional.");
    if (lowers.count != shape->dims)
        return fail_subscripts(call, "Low bound array has different size than dimensions array.");
    return read_bounds(call, &lowers, shape->dims, shape->lower);
}

static bool array_fill(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array_shape shape;
    uint32_t count;
    const struct sql_type *element = result_element(call);
    if (!element || !fill_shape(call, args, &shape) || !sql_array_count(call, &shape, &count))
        return false;
    struct datum *elements = arena_array(call->arena, count, sizeof(*elements));
    if (!elements)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < count; i++)
        elements[i] = args[0];
    return sql_array_make(call, element, &shape, elements, out);
}

static bool trim_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[0], &array);
    int32_t length = array.shape.dims ? array.shape.length[0] : 0;
    if (args[1].i < 0 || args[1].i > length)
        return sql_fail(call->env->error, "2202E",
                        "number of elements to trim must be between 0 and %d", (int)length);
    const struct sql_type *element = sql_call_find_type(call, array.element);
    struct sql_subscript kept = {.slice = true, .has_upper = true};
    if (array.shape.dims > 0)
        kept.upper = (int32_t)(array.shape.lower[0] + length - 1 - args[1].i);
    return element && sql_array_slice(call, element, args[0], &kept, 1, out);
}

/* Order of two arrays, which must be of the same element type. */
static bool compare(struct sql_call *call, const struct datum *args, const char *what, int *out)
{
    struct sql_array a, b;
    sql_array_open(args[0], &a);
    sql_array_open(args[1], &b);
    if (a.element != b.element)
        return sql_fail(call->env->error, "42804",
                        "cannot compare arrays of different element types");
    const struct sql_type *element = sql_call_find_type(call, a.element);
    if (!element)
        return false;
    if (!element->ops->compare)
        return fail_no_operator(call, element, what);
    *out = sql_array_ops.compare(call, NULL, args[0], args[1]);
    return true;
}

#define ARRAY_COMPARISON(name, what, condition)                                            \
    static bool name(struct sql_call *call, const struct datum *args, struct datum *out)   \
    {                                                                                      \
        int order;                                                                         \
        return compare(call, args, what, &order) && sql_give_bool(out, order condition 0); \
    }

ARRAY_COMPARISON(array_eq, "an equality operator", ==)
ARRAY_COMPARISON(array_ne, "an equality operator", !=)
ARRAY_COMPARISON(array_lt, "a comparison function", <)
ARRAY_COMPARISON(array_le, "a comparison function", <=)
ARRAY_COMPARISON(array_gt, "a comparison function", >)
ARRAY_COMPARISON(array_ge, "a comparison function", >=)

static bool array_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int order;
    return compare(call, args, "a comparison function", &order) &&
           sql_give_int(out, (order > 0) - (order < 0));
}

static bool array_larger(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int order;
    *out = args[0];
    if (!compare(call, args, "a comparison function", &order))
        return false;
    *out = args[order > 0 ? 0 : 1];
    return true;
}

static bool array_smaller(struct sql_call *call, const struct datum *args, struct datum *out)
{
    int order;
    if (!compare(call, args, "a comparison function", &order))
        return false;
    *out = args[order < 0 ? 0 : 1];
    return true;
}

/* Is the element among those of the array? NULL is in none. */
static bool holds(struct sql_call *call, const struct sql_type *type, const struct sql_array *array,
                  struct datum value)
{
    for (uint32_t i = 0; i < array->count && !value.null; i++) {
        struct datum e = sql_array_get(array, i);
        if (!e.null && type->ops->compare(call, type, e, value) == 0)
            return true;
    }
    return false;
}

/* *all: every element of `part` is in `whole`; *any: one is. */
static bool contain(struct sql_call *call, struct datum whole, struct datum part, bool *all,
                    bool *any)
{
    struct sql_array a, b;
    sql_array_open(whole, &a);
    sql_array_open(part, &b);
    if (a.element != b.element)
        return sql_fail(call->env->error, "42804",
                        "cannot compare arrays of different element types");
    const struct sql_type *type = element_with_equality(call, a.element);
    if (!type)
        return false;
    *all = true;
    *any = false;
    for (uint32_t i = 0; i < b.count; i++) {
        bool found = holds(call, type, &a, sql_array_get(&b, i));
        *all = *all && found;
        *any = *any || found;
        if ((i & 255) == 255 && !sql_call_check(call))
            return false;
    }
    return true;
}

static bool array_overlap(struct sql_call *call, const struct datum *args, struct datum *out)
{
    bool all, any;
    return contain(call, args[0], args[1], &all, &any) && sql_give_bool(out, any);
}

static bool array_contains(struct sql_call *call, const struct datum *args, struct datum *out)
{
    bool all, any;
    return contain(call, args[0], args[1], &all, &any) && sql_give_bool(out, all);
}

static bool array_contained(struct sql_call *call, const struct datum *args, struct datum *out)
{
    bool all, any;
    return contain(call, args[1], args[0], &all, &any) && sql_give_bool(out, all);
}

/* Number of thresholds, which ascend, that are not above the operand. */
static bool width_bucket(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    sql_array_open(args[1], &array);
    if (array.shape.dims > 1)
        return sql_fail(call->env->error, "2202E", "thresholds must be one-dimensional array");
    for (uint32_t i = 0; array.nulls && i < array.count; i++)
        if (sql_array_is_null(&array, i))
            return sql_fail(call->env->error, "22004", "thresholds array must not contain NULLs");
    const struct sql_type *type = sql_call_find_type(call, array.element);
    if (!type)
        return false;
    if (!type->ops->compare)
        return fail_no_operator(call, type, "a comparison function");
    uint32_t low = 0, high = array.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (type->ops->compare(call, type, args[0], sql_array_get(&array, middle)) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return sql_give_int(out, low);
}

const struct sql_builtin sql_array_builtins[] = {
    {"array_lower",                  array_lower      },
    {"array_upper",                  array_upper      },
    {"array_length",                 array_length     },
    {"array_ndims",                  array_ndims      },
    {"array_cardinality",            array_cardinality},
    {"array_dims",                   array_dims       },
    {"array_append",                 array_append     },
    {"array_prepend",                array_prepend    },
    {"array_cat",                    array_cat        },
    {"array_position",               array_position   },
    {"array_position_start",         array_position   },
    {"array_positions",              array_positions  },
    {"array_remove",                 array_remove     },
    {"array_replace",                array_replace    },
    {"array_fill",                   array_fill       },
    {"array_fill_with_lower_bounds", array_fill       },
    {"trim_array",                   trim_array       },
    {"array_eq",                     array_eq         },
    {"array_ne",                     array_ne         },
    {"array_lt",                     array_lt         },
    {"array_le",                     array_le         },
    {"array_gt",                     array_gt         },
    {"array_ge",                     array_ge         },
    {"btarraycmp",                   array_cmp        },
    {"array_larger",                 array_larger     },
    {"array_smaller",                array_smaller    },
    {"oidvectoreq",                  sql_call_eq      },
    {"oidvectorne",                  sql_call_ne      },
    {"oidvectorlt",                  sql_call_lt      },
    {"oidvectorle",                  sql_call_le      },
    {"oidvectorgt",                  sql_call_gt      },
    {"oidvectorge",                  sql_call_ge      },
    {"btoidvectorcmp",               sql_call_cmp     },
    {"arrayoverlap",                 array_overlap    },
    {"arraycontains",                array_contains   },
    {"arraycontained",               array_contained  },
    {"width_bucket_array",           width_bucket     },
    {NULL,                           NULL             },
};
