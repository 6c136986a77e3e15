/* Reading and replacing elements and slices by their subscripts. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/call.h"

static bool fail_subscripts(struct sql_call *call)
{
    return sql_fail(call->env->error, "2202E", "wrong number of array subscripts");
}

static bool fail_range(struct sql_call *call)
{
    return sql_fail(call->env->error, "2202E", "array subscript out of range");
}

static bool fail_size(struct sql_call *call)
{
    return sql_fail(call->env->error, "54000", "array size exceeds the maximum allowed (%d)",
                    SQL_ARRAY_COUNT_MAX);
}

bool sql_array_locate(const struct sql_array_shape *shape, const struct sql_subscript *subscripts,
                      uint32_t *out)
{
    int64_t index = 0;
    for (uint32_t d = 0; d < shape->dims; d++) {
        int64_t at = (int64_t)subscripts[d].upper - shape->lower[d];
        if (at < 0 || at >= shape->length[d])
            return false;
        index = index * shape->length[d] + at;
    }
    *out = (uint32_t)index;
    return true;
}

bool sql_array_subscript(struct sql_call *call, struct datum array,
                         const struct sql_subscript *subscripts, uint32_t count, struct datum *out)
{
    (void)call;
    struct sql_array from;
    sql_array_open(array, &from);
    uint32_t index;
    *out = datum_null();
    if (from.shape.dims == count && count > 0 && sql_array_locate(&from.shape, subscripts, &index))
        *out = sql_array_get(&from, index);
    return true;
}

/* A box of subscripts: lower and upper of each dimension, both inside. */
struct box {
    int64_t lower[SQL_ARRAY_DIMS_MAX], upper[SQL_ARRAY_DIMS_MAX];
};

/* Bounds as written, those left out from the array's. */
static void bounds_of(const struct sql_array_shape *shape, const struct sql_subscript *subscripts,
                      uint32_t count, struct box *out)
{
    for (uint32_t d = 0; d < shape->dims; d++) {
        out->lower[d] = shape->lower[d];
        out->upper[d] = (int64_t)shape->lower[d] + shape->length[d] - 1;
        if (d >= count)
            continue;
        if (!subscripts[d].slice) {
            out->lower[d] = 1;
            out->upper[d] = subscripts[d].upper;
            continue;
        }
        if (subscripts[d].has_lower)
            out->lower[d] = subscripts[d].lower;
        if (subscripts[d].has_upper)
            out->upper[d] = subscripts[d].upper;
    }
}

/* Steps to the next element of the box in storage order; false after the last. */
static bool step(const struct box *box, uint32_t dims, struct sql_subscript *at)
{
    for (uint32_t d = dims; d-- > 0;) {
        if (at[d].upper < box->upper[d]) {
            at[d].upper++;
            return true;
        }
        at[d].upper = (int32_t)box->lower[d];
    }
    return false;
}

static void begin(const struct box *box, uint32_t dims, struct sql_subscript *at)
{
    for (uint32_t d = 0; d < dims; d++)
        at[d] = (struct sql_subscript){.upper = (int32_t)box->lower[d]};
}

bool sql_array_slice(struct sql_call *call, const struct sql_type *element, struct datum array,
                     const struct sql_subscript *subscripts, uint32_t count, struct datum *out)
{
    struct sql_array from;
    struct box box;
    sql_array_open(array, &from);
    uint32_t dims = from.shape.dims;
    if (dims == 0 || count > dims)
        return sql_array_make_vector(call, element, NULL, 0, out);
    bounds_of(&from.shape, subscripts, count, &box);
    struct sql_array_shape shape = {.dims = dims};
    for (uint32_t d = 0; d < dims; d++) {
        int64_t last = (int64_t)from.shape.lower[d] + from.shape.length[d] - 1;
        box.lower[d] = box.lower[d] > from.shape.lower[d] ? box.lower[d] : from.shape.lower[d];
        box.upper[d] = box.upper[d] < last ? box.upper[d] : last;
        if (box.lower[d] > box.upper[d])
            return sql_array_make_vector(call, element, NULL, 0, out);
        shape.length[d] = (int32_t)(box.upper[d] - box.lower[d] + 1);
        shape.lower[d] = 1;
    }
    uint32_t total;
    if (!sql_array_count(call, &shape, &total))
        return false;
    struct datum *elements = arena_array(call->arena, total, sizeof(*elements));
    if (!elements)
        return sql_fail_memory(call->env->error);
    struct sql_subscript at[SQL_ARRAY_DIMS_MAX];
    uint32_t made = 0, index;
    begin(&box, dims, at);
    do {
        sql_array_locate(&from.shape, at, &index);
        elements[made++] = sql_array_get(&from, index);
    } while (step(&box, dims, at));
    return sql_array_make(call, element, &shape, elements, out);
}

/* Makes room for the box: a vector grows at either end, with NULLs between; other arrays do not.
 * On return `shape` is the new shape and *elements its elements. */
static bool make_room(struct sql_call *call, struct datum array, const struct box *box,
                      struct sql_array_shape *shape, struct datum **elements)
{
    struct sql_array from;
    sql_array_open(array, &from);
    *shape = from.shape;
    int64_t first = from.shape.lower[0];
    int64_t last = first + from.shape.length[0] - 1;
    if (shape->dims != 1) {
        for (uint32_t d = 0; d < shape->dims; d++)
            if (box->lower[d] < shape->lower[d] ||
                box->upper[d] > (int64_t)shape->lower[d] + shape->length[d] - 1)
                return fail_range(call);
        *elements = sql_array_elements(call, &from);
        return *elements;
    }
    int64_t lower = box->lower[0] < first ? box->lower[0] : first;
    int64_t upper = box->upper[0] > last ? box->upper[0] : last;
    if (upper - lower + 1 > SQL_ARRAY_COUNT_MAX)
        return fail_size(call);
    shape->lower[0] = (int32_t)lower;
    shape->length[0] = (int32_t)(upper - lower + 1);
    *elements = arena_array(call->arena, (size_t)shape->length[0], sizeof(**elements));
    if (!*elements)
        return sql_fail_memory(call->env->error);
    for (int64_t i = lower; i <= upper; i++)
        (*elements)[i - lower] =
            i >= first && i <= last ? sql_array_get(&from, (uint32_t)(i - first)) : datum_null();
    return true;
}

/* The array that an assignment to nothing makes. */
static void shape_of_box(const struct box *box, uint32_t dims, struct sql_array_shape *out)
{
    *out = (struct sql_array_shape){.dims = dims};
    for (uint32_t d = 0; d < dims; d++) {
        out->lower[d] = (int32_t)box->lower[d];
        out->length[d] = (int32_t)(box->upper[d] - box->lower[d] + 1);
    }
}

static uint32_t dims_of(struct datum array)
{
    struct sql_array from = {0};
    if (!array.null)
        sql_array_open(array, &from);
    return from.shape.dims;
}

bool sql_array_assign(struct sql_call *call, const struct sql_type *element, struct datum array,
                      const struct sql_subscript *subscripts, uint32_t count, struct datum value,
                      struct datum *out)
{
    struct sql_array_shape shape;
    struct datum *elements = &value;
    struct box box;
    uint32_t dims = dims_of(array);
    if (count == 0 || count > SQL_ARRAY_DIMS_MAX)
        return fail_subscripts(call);
    for (uint32_t d = 0; d < count; d++)
        box.lower[d] = box.upper[d] = subscripts[d].upper;
    if (dims == 0) {
        shape_of_box(&box, count, &shape);
        return sql_array_make(call, element, &shape, elements, out);
    }
    if (dims != count)
        return fail_subscripts(call);
    if (!make_room(call, array, &box, &shape, &elements))
        return false;
    uint32_t index;
    if (!sql_array_locate(&shape, subscripts, &index))
        return fail_range(call);
    elements[index] = value;
    return sql_array_make(call, element, &shape, elements, out);
}

static bool check_bounds(struct sql_call *call, const struct box *box, uint32_t dims)
{
    for (uint32_t d = 0; d < dims; d++) {
        if (box->lower[d] > box->upper[d])
            return sql_fail(call->env->error, "2202E",
                            "upper bound cannot be less than lower bound");
        if (box->upper[d] - box->lower[d] >= SQL_ARRAY_COUNT_MAX)
            return fail_size(call);
    }
    return true;
}

static bool fail_source(struct sql_call *call)
{
    return sql_fail(call->env->error, "2202E", "source array too small");
}

/* A slice assigned to an empty array: its bounds must be written out. */
static bool assign_to_nothing(struct sql_call *call, const struct sql_type *element,
                              const struct sql_subscript *subscripts, uint32_t count,
                              struct datum source, struct datum *out)
{
    struct sql_array from;
    struct sql_array_shape shape, none = {.dims = count};
    struct box box;
    uint32_t total;
    for (uint32_t d = 0; d < count; d++) {
        if (subscripts[d].slice && (!subscripts[d].has_lower || !subscripts[d].has_upper)) {
            sql_fail(call->env->error, "2202E",
                     "array slice subscript must provide both boundaries");
            return sql_detail(call->env->error,
                              "When assigning to a slice of an empty array value, slice boundaries "
                              "must be fully specified.");
        }
    }
    bounds_of(&none, subscripts, count, &box);
    if (!check_bounds(call, &box, count))
        return false;
    shape_of_box(&box, count, &shape);
    if (!sql_array_count(call, &shape, &total))
        return false;
    sql_array_open(source, &from);
    if (from.count < total)
        return fail_source(call);
    struct datum *elements = sql_array_elements(call, &from);
    return elements && sql_array_make(call, element, &shape, elements, out);
}

bool sql_array_assign_slice(struct sql_call *call, const struct sql_type *element,
                            struct datum array, const struct sql_subscript *subscripts,
                            uint32_t count, struct datum source, struct datum *out)
{
    *out = array;
    if (source.null)
        return true;
    uint32_t dims = dims_of(array);
    if (count == 0 || count > SQL_ARRAY_DIMS_MAX || (dims > 0 && dims < count))
        return fail_subscripts(call);
    if (dims == 0)
        return assign_to_nothing(call, element, subscripts, count, source, out);
    struct sql_array to, from;
    struct sql_array_shape shape;
    struct datum *elements;
    struct box box;
    sql_array_open(array, &to);
    sql_array_open(source, &from);
    bounds_of(&to.shape, subscripts, count, &box);
    if (!check_bounds(call, &box, dims) || !make_room(call, array, &box, &shape, &elements))
        return false;
    struct sql_subscript at[SQL_ARRAY_DIMS_MAX];
    uint32_t used = 0, index;
    begin(&box, dims, at);
    do {
        if (used == from.count)
            return fail_source(call);
        sql_array_locate(&shape, at, &index);
        elements[index] = sql_array_get(&from, used++);
    } while (step(&box, dims, at));
    return sql_array_make(call, element, &shape, elements, out);
}
