#include "emulators/sql/value/array.h"

#include "emulators/sql/value/call.h"
#include "emulators/sql/value/unaligned.h"

#define BY_VALUE  (1u << 31)
#define HAS_NULLS (1u << 30)
#define DIMS_MASK 0xffu

static size_t null_bytes(uint32_t count)
{
    return ((size_t)count + 31) / 32 * 4;
}

void sql_array_open(struct datum value, struct sql_array *out)
{
    const uint8_t *at = value.ptr;
    uint32_t flags = sql_load_u32(at + 4);
    *out = (struct sql_array){.element = sql_load_u32(at),
                              .by_value = flags & BY_VALUE,
                              .count = sql_load_u32(at + SQL_ARRAY_COUNT_AT),
                              .shape.dims = flags & DIMS_MASK};
    at += SQL_ARRAY_SHAPE_AT;
    for (uint32_t d = 0; d < out->shape.dims; d++, at += 8) {
        out->shape.length[d] = (int32_t)sql_load_u32(at);
        out->shape.lower[d] = (int32_t)sql_load_u32(at + 4);
    }
    if (flags & HAS_NULLS) {
        out->nulls = at;
        at += null_bytes(out->count);
    }
    out->slots = at;
    out->bytes = out->by_value ? NULL : at + ((size_t)out->count + 1) * 4;
}

bool sql_array_is_null(const struct sql_array *array, uint32_t index)
{
    return array->nulls && (array->nulls[index / 8] >> (index % 8) & 1);
}

struct datum sql_array_get(const struct sql_array *array, uint32_t index)
{
    if (sql_array_is_null(array, index))
        return datum_null();
    struct datum value = {0};
    if (array->by_value) {
        memcpy(&value.u, array->slots + (size_t)index * SQL_ARRAY_SLOT_SIZE, SQL_ARRAY_SLOT_SIZE);
        return value;
    }
    uint32_t from = sql_load_u32(array->slots + (size_t)index * 4);
    uint32_t to = sql_load_u32(array->slots + (size_t)index * 4 + 4);
    return datum_bytes(slice_of(array->bytes + from, to - from));
}

static bool fail_size(struct sql_call *call)
{
    return sql_fail(call->env->error, "54000", "array size exceeds the maximum allowed (%d)",
                    SQL_ARRAY_COUNT_MAX);
}

bool sql_array_count(struct sql_call *call, const struct sql_array_shape *shape, uint32_t *out)
{
    int64_t count = shape->dims > 0;
    for (uint32_t d = 0; d < shape->dims; d++) {
        if (shape->length[d] < 0)
            return fail_size(call);
        count *= shape->length[d];
        if (count > SQL_ARRAY_COUNT_MAX)
            return fail_size(call);
        if ((int64_t)shape->lower[d] + shape->length[d] > INT32_MAX)
            return sql_fail(call->env->error, "54000", "array lower bound is too large: %d",
                            (int)shape->lower[d]);
    }
    *out = (uint32_t)count;
    return true;
}

/* Sizes of the parts of an array to be made. */
struct layout {
    size_t head, nulls, slots, bytes;
};

static bool measure(struct sql_call *call, const struct sql_type *element,
                    const struct sql_array_shape *shape, const struct datum *elements,
                    uint32_t count, struct layout *out)
{
    struct layout l = {.head = SQL_ARRAY_SHAPE_AT + (size_t)shape->dims * 8};
    for (uint32_t i = 0; i < count; i++) {
        if (elements[i].null)
            l.nulls = null_bytes(count);
        else if (!element->by_value)
            l.bytes += elements[i].len;
    }
    l.slots = element->by_value ? (size_t)count * SQL_ARRAY_SLOT_SIZE : ((size_t)count + 1) * 4;
    *out = l;
    if (l.head + l.nulls + l.slots + l.bytes > SQL_BYTES_MAX)
        return sql_fail(call->env->error, "54000", "array size exceeds the maximum allowed (%zu)",
                        SQL_BYTES_MAX);
    return true;
}

static void write_elements(uint8_t *at, const struct layout *layout, bool by_value,
                           const struct datum *elements, uint32_t count)
{
    uint8_t *nulls = layout->nulls ? at : NULL;
    uint8_t *slots = at + layout->nulls;
    uint8_t *bytes = slots + layout->slots;
    uint32_t used = 0;
    memset(at, 0, layout->nulls);
    for (uint32_t i = 0; i < count; i++) {
        if (elements[i].null)
            nulls[i / 8] |= (uint8_t)(1u << (i % 8));
        if (by_value) {
            uint64_t number = elements[i].null ? 0 : elements[i].u;
            memcpy(slots + (size_t)i * SQL_ARRAY_SLOT_SIZE, &number, SQL_ARRAY_SLOT_SIZE);
            continue;
        }
        sql_store_u32(slots + (size_t)i * 4, used);
        if (!elements[i].null && elements[i].len) {
            memcpy(bytes + used, elements[i].ptr, elements[i].len);
            used += elements[i].len;
        }
    }
    if (!by_value)
        sql_store_u32(slots + (size_t)count * 4, used);
}

bool sql_array_make(struct sql_call *call, const struct sql_type *element,
                    const struct sql_array_shape *shape, const struct datum *elements,
                    struct datum *out)
{
    static const struct sql_array_shape empty = {0};
    uint32_t count;
    struct layout layout;
    if (!sql_array_count(call, shape, &count))
        return false;
    if (count == 0)
        shape = &empty;
    if (!measure(call, element, shape, elements, count, &layout))
        return false;
    size_t size = layout.head + layout.nulls + layout.slots + layout.bytes;
    uint8_t *made = arena_alloc(call->arena, size);
    if (!made)
        return sql_fail_memory(call->env->error);
    sql_store_u32(made, element->id);
    sql_store_u32(made + 4, shape->dims | (element->by_value ? BY_VALUE : 0) |
                                (layout.nulls ? HAS_NULLS : 0));
    sql_store_u32(made + 8, count);
    for (uint32_t d = 0; d < shape->dims; d++) {
        sql_store_u32(made + SQL_ARRAY_SHAPE_AT + (size_t)d * 8, (uint32_t)shape->length[d]);
        sql_store_u32(made + SQL_ARRAY_SHAPE_AT + (size_t)d * 8 + 4, (uint32_t)shape->lower[d]);
    }
    write_elements(made + layout.head, &layout, element->by_value, elements, count);
    return sql_give_slice(out, slice_of(made, size));
}

bool sql_array_make_vector(struct sql_call *call, const struct sql_type *element,
                           const struct datum *elements, uint32_t count, struct datum *out)
{
    if (count > SQL_ARRAY_COUNT_MAX)
        return fail_size(call);
    struct sql_array_shape shape = {1, {(int32_t)count}, {1}};
    return sql_array_make(call, element, &shape, elements, out);
}

struct datum *sql_array_elements(struct sql_call *call, const struct sql_array *array)
{
    struct datum *elements = arena_array(call->arena, array->count, sizeof(*elements));
    if (!elements) {
        sql_fail_memory(call->env->error);
        return NULL;
    }
    for (uint32_t i = 0; i < array->count; i++)
        elements[i] = sql_array_get(array, i);
    return elements;
}

static bool fail_nesting(struct sql_call *call)
{
    return sql_fail(call->env->error, "2202E",
                    "multidimensional arrays must have array expressions with matching dimensions");
}

bool sql_array_check_dims(struct sql_call *call, uint32_t dims)
{
    if (dims <= SQL_ARRAY_DIMS_MAX)
        return true;
    return sql_fail(call->env->error, "54000",
                    "number of array dimensions (%u) exceeds the maximum allowed (%d)",
                    (unsigned)dims, SQL_ARRAY_DIMS_MAX);
}

static bool same_shape(const struct sql_array_shape *a, const struct sql_array_shape *b)
{
    if (a->dims != b->dims)
        return false;
    for (uint32_t d = 0; d < a->dims; d++)
        if (a->length[d] != b->length[d] || a->lower[d] != b->lower[d])
            return false;
    return true;
}

/* The first dimension counts `count`, those of the parts follow. */
static bool nest_shape(struct sql_call *call, const struct sql_array_shape *part, uint32_t count,
                       struct sql_array_shape *out)
{
    if (!sql_array_check_dims(call, part->dims + 1))
        return false;
    *out = (struct sql_array_shape){part->dims + 1, {(int32_t)count}, {1}};
    for (uint32_t d = 0; d < part->dims; d++) {
        out->length[d + 1] = part->length[d];
        out->lower[d + 1] = part->lower[d];
    }
    return true;
}

static bool construct_nested(struct sql_call *call, const struct sql_type *element,
                             const struct datum *values, uint32_t count, struct datum *out)
{
    struct sql_array *parts = arena_array(call->arena, count, sizeof(*parts));
    if (!parts)
        return sql_fail_memory(call->env->error);
    uint32_t filled = 0;
    for (uint32_t i = 0; i < count; i++) {
        parts[i] = (struct sql_array){0};
        if (!values[i].null)
            sql_array_open(values[i], &parts[i]);
        filled += parts[i].shape.dims > 0;
    }
    if (filled == 0)
        return sql_array_make_vector(call, element, NULL, 0, out);
    for (uint32_t i = 0; i < count; i++)
        if (!same_shape(&parts[i].shape, &parts[0].shape))
            return fail_nesting(call);
    struct sql_array_shape shape;
    uint32_t total;
    if (!nest_shape(call, &parts[0].shape, count, &shape) || !sql_array_count(call, &shape, &total))
        return false;
    struct datum *all = arena_array(call->arena, total, sizeof(*all));
    if (!all)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0, at = 0; i < count; i++)
        for (uint32_t e = 0; e < parts[i].count; e++)
            all[at++] = sql_array_get(&parts[i], e);
    return sql_array_make(call, element, &shape, all, out);
}

bool sql_array_construct(struct sql_call *call, const struct sql_type *element, bool nested,
                         const struct datum *values, uint32_t count, struct datum *out)
{
    return nested ? construct_nested(call, element, values, count, out)
                  : sql_array_make_vector(call, element, values, count, out);
}

bool sql_array_map(struct sql_call *call, struct datum array, const struct sql_type *element,
                   bool (*convert)(void *context, struct datum in, struct datum *out),
                   void *context, struct datum *out)
{
    struct sql_array from;
    sql_array_open(array, &from);
    struct datum *elements = sql_array_elements(call, &from);
    if (!elements)
        return false;
    for (uint32_t i = 0; i < from.count; i++)
        if (!convert(context, elements[i], &elements[i]))
            return false;
    return sql_array_make(call, element, &from.shape, elements, out);
}

void sql_array_builder_init(struct sql_array_builder *builder, struct arena *arena,
                            const struct sql_type *element)
{
    *builder = (struct sql_array_builder){.arena = arena, .element = element};
}

static bool grow(struct sql_call *call, struct sql_array_builder *builder)
{
    if (builder->count >= SQL_ARRAY_COUNT_MAX)
        return fail_size(call);
    uint32_t room = builder->room ? builder->room * 2 : 16;
    struct datum *moved = arena_array(builder->arena, room, sizeof(*moved));
    if (!moved)
        return sql_fail_memory(call->env->error);
    if (builder->count)
        memcpy(moved, builder->elements, builder->count * sizeof(*moved));
    builder->elements = moved;
    builder->room = room;
    return true;
}

bool sql_array_builder_add(struct sql_call *call, struct sql_array_builder *builder,
                           struct datum value)
{
    if (builder->count == builder->room && !grow(call, builder))
        return false;
    if (!value.null && !builder->element->by_value) {
        struct slice copy = arena_dup(builder->arena, datum_slice(value));
        if (!copy.ptr)
            return sql_fail_memory(call->env->error);
        value = datum_bytes(copy);
    }
    builder->elements[builder->count++] = value;
    return true;
}

bool sql_array_builder_finish(struct sql_call *call, const struct sql_array_builder *builder,
                              struct datum *out)
{
    return sql_array_make_vector(call, builder->element, builder->elements, builder->count, out);
}
