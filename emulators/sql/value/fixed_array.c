#include "emulators/sql/value/fixed_array.h"

#include "emulators/sql/value/call.h"

/* Where the element stands; false with *out of range. */
static bool find(struct sql_call *call, const struct sql_type *type, const struct sql_type *element,
                 const struct sql_subscript *subscripts, uint32_t count, uint32_t *at,
                 bool *outside)
{
    if (subscripts[0].slice)
        return sql_fail(call->env->error, "0A000", "slices of fixed-length arrays not implemented");
    int64_t index = subscripts[0].upper;
    *outside = count != 1 || index < 0 || index >= type->len / element->len;
    *at = *outside ? 0 : (uint32_t)index * (uint32_t)element->len;
    return true;
}

bool sql_fixed_array_get(struct sql_call *call, const struct sql_type *type,
                         const struct sql_type *element, struct datum value,
                         const struct sql_subscript *subscripts, uint32_t count, struct datum *out)
{
    uint32_t at;
    bool outside;
    if (!find(call, type, element, subscripts, count, &at, &outside))
        return false;
    if (outside)
        return sql_give_null(out);
    if (!element->by_value)
        return sql_give_copy(call, out, slice_of(value.ptr + at, (size_t)element->len));
    if (element->len == 1) /* names are kept without the zeros behind them */
        return sql_give_int(out, at < value.len ? (int8_t)value.ptr[at] : 0);
    memcpy(&out->u, value.ptr + at, sizeof(out->u));
    out->null = false;
    return true;
}

bool sql_fixed_array_set(struct sql_call *call, const struct sql_type *type,
                         const struct sql_type *element, struct datum value,
                         const struct sql_subscript *subscripts, uint32_t count,
                         struct datum new_element, struct datum *out)
{
    uint32_t at;
    bool outside;
    if (!find(call, type, element, subscripts, count, &at, &outside))
        return false;
    *out = value;
    if (value.null || new_element.null)
        return true;
    if (outside)
        return sql_fail(call->env->error, "2202E", "array subscript out of range");
    uint32_t len = element->len == 1 && value.len <= at ? at + 1 : value.len;
    uint8_t *copy = arena_zalloc(call->arena, len + 1);
    if (!copy)
        return sql_fail_memory(call->env->error);
    memcpy(copy, value.ptr, value.len);
    uint8_t byte = (uint8_t)new_element.i;
    const void *bytes = !element->by_value  ? (const void *)new_element.ptr
                        : element->len == 1 ? (const void *)&byte
                                            : (const void *)&new_element.u;
    memcpy(copy + at, bytes, (size_t)element->len);
    *out = datum_bytes(slice_of(copy, len));
    return true;
}
