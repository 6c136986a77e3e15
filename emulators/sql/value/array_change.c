/* Replacing and appending elements of an array where it lies. */
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/unaligned.h"

/* Does the array stay one with NULLs, or without, when the element becomes NULL or none? */
static bool keeps_nulls(const struct sql_array *array, uint32_t index, bool null)
{
    if (!array->nulls || null == sql_array_is_null(array, index) || null)
        return array->nulls || !null;
    uint32_t words = (array->count + 31) / 32;
    for (uint32_t i = 0; i < words; i++) {
        uint32_t bits;
        memcpy(&bits, array->nulls + (size_t)i * 4, sizeof(bits));
        uint32_t own = 0;
        if (i == index / 32)
            ((uint8_t *)&own)[index / 8 % 4] = (uint8_t)(1u << (index % 8));
        if (bits & ~own)
            return true;
    }
    return false;
}

static void mark(struct sql_array_room *room, const struct sql_array *array, uint32_t index,
                 bool null)
{
    if (!array->nulls)
        return;
    uint8_t *byte = room->ptr + (array->nulls - room->ptr) + index / 8;
    uint8_t bit = (uint8_t)(1u << (index % 8));
    *byte = (uint8_t)(null ? *byte | bit : *byte & ~bit);
}

/* Bytes of other lengths: those behind them move, and so do their offsets. */
static bool replace_bytes(struct sql_array_room *room, const struct sql_array *array,
                          uint32_t index, struct slice bytes)
{
    uint8_t *slots = room->ptr + (array->slots - room->ptr);
    uint8_t *first = room->ptr + (array->bytes - room->ptr);
    uint32_t from = sql_load_u32(slots + (size_t)index * 4);
    uint32_t to = sql_load_u32(slots + (size_t)index * 4 + 4);
    uint32_t grows = (uint32_t)bytes.len - (to - from); /* modulo 2^32 */
    size_t len = room->len - (to - from) + bytes.len;
    if (len > room->room)
        return false;
    memmove(first + from + bytes.len, first + to, room->len - (size_t)(first + to - room->ptr));
    if (bytes.len)
        memcpy(first + from, bytes.ptr, bytes.len);
    for (uint32_t i = index + 1; grows && i <= array->count; i++)
        sql_store_u32(slots + (size_t)i * 4, sql_load_u32(slots + (size_t)i * 4) + grows);
    room->len = len;
    return true;
}

static bool replace(struct sql_array_room *room, const struct sql_array *array, uint32_t index,
                    struct datum value)
{
    if (!keeps_nulls(array, index, value.null))
        return false;
    if (array->by_value) {
        uint64_t number = value.null ? 0 : value.u;
        memcpy(room->ptr + (array->slots - room->ptr) + (size_t)index * SQL_ARRAY_SLOT_SIZE,
               &number, sizeof(number));
    } else if (!replace_bytes(room, array, index,
                              value.null ? slice_of("", 0) : datum_slice(value))) {
        return false;
    }
    mark(room, array, index, value.null);
    return true;
}

/* The slot of one more element; its bytes follow all others. */
static void add_slot(struct sql_array_room *room, const struct sql_array *array, struct datum value)
{
    uint8_t *end = room->ptr + room->len;
    if (array->by_value) {
        memcpy(end, &value.u, SQL_ARRAY_SLOT_SIZE);
        room->len += SQL_ARRAY_SLOT_SIZE;
        return;
    }
    uint8_t *bytes = room->ptr + (array->bytes - room->ptr);
    uint32_t used = (uint32_t)(end - bytes);
    memmove(bytes + 4, bytes, used);
    sql_store_u32(bytes, used + value.len);
    if (value.len)
        memcpy(end + 4, value.ptr, value.len);
    room->len += 4 + value.len;
}

static bool append(struct sql_array_room *room, const struct sql_array *array, struct datum value)
{
    size_t needed = array->by_value ? SQL_ARRAY_SLOT_SIZE : 4 + (size_t)value.len;
    bool allowed = array->count < SQL_ARRAY_COUNT_MAX &&
                   (int64_t)array->shape.lower[0] + array->shape.length[0] < INT32_MAX;
    if (array->nulls || value.null || !allowed || room->room - room->len < needed)
        return false;
    add_slot(room, array, value);
    sql_store_u32(room->ptr + SQL_ARRAY_COUNT_AT, array->count + 1);
    sql_store_u32(room->ptr + SQL_ARRAY_SHAPE_AT, array->count + 1);
    return true;
}

bool sql_array_assign_here(struct sql_array_room *room, const struct sql_subscript *subscripts,
                           uint32_t count, struct datum value)
{
    struct sql_array array;
    uint32_t index;
    sql_array_open(datum_bytes(slice_of(room->ptr, room->len)), &array);
    if (count == 0 || array.shape.dims != count)
        return false;
    if (sql_array_locate(&array.shape, subscripts, &index))
        return replace(room, &array, index, value);
    bool next =
        count == 1 && subscripts[0].upper == (int64_t)array.shape.lower[0] + array.shape.length[0];
    return next && append(room, &array, value);
}
