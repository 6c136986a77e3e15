/* Methods and their tables: whatever the payload, a method that is read is written as it was (but for
 * bits of no field), no part of it is a method, and what is checked is read without leaving it. */
#include <stdlib.h>

#include "common/assert.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_method.h"
#include "protocols/amqp/amqp_table.h"

static void read_table(struct slice table);

static void read_value(const struct amqp_value *value)
{
    struct amqp_value item;
    int64_t integer;
    ASSERT(*amqp_type_name(value->type));
    ASSERT(amqp_value_to_i64(value, &integer) == amqp_value_is_integer(value));
    ASSERT(amqp_value_equal(value, value));
    ASSERT(amqp_value_equivalent(value, value));
    if (value->type == 'F')
        read_table(value->bytes);
    if (value->type != 'A')
        return;
    struct amqp_table_iter iter = amqp_table_begin(value->bytes);
    while (amqp_array_next(&iter, &item))
        read_value(&item);
}

/* Reads all of a table, and copies it. */
static void read_table(struct slice table)
{
    struct amqp_table_iter iter = amqp_table_begin(table);
    struct amqp_table_writer w;
    struct amqp_value value, first;
    struct slice name;
    struct outq q = {0};
    amqp_table_writer_init(&w, &q);
    while (amqp_table_next(&iter, &name, &value)) {
        ASSERT(amqp_table_get(table, name, &first));
        read_value(&value);
        amqp_table_put_raw(&w, name, value.raw);
    }
    ASSERT(slice_eq(outq_flatten(&q), table));
    ASSERT(amqp_table_equal(outq_flatten(&q), table));
    outq_done(&q);
}

static void read_tables(const struct amqp_method_info *info, const union amqp_method *method)
{
    for (uint32_t i = 0; i < info->field_count; i++)
        if (info->fields[i].type == AMQP_FIELD_TABLE)
            read_table(*(const struct slice *)((const uint8_t *)method + info->fields[i].offset));
}

/* What was written from the method is read as the same method, and written again the same way. */
static void check_written(const struct amqp_method_info *info, const union amqp_method *method,
                          size_t len)
{
    const struct amqp_method_info *found;
    union amqp_method again;
    struct outq q = {0}, second = {0};
    amqp_method_put(&q, 1, info->id, method);
    struct slice frame = outq_flatten(&q);
    ASSERT(frame.len == len + AMQP_FRAME_OVERHEAD);
    ASSERT(amqp_method_decode(slice_of(frame.ptr + AMQP_FRAME_HEAD, len), &found, &again) ==
           AMQP_METHOD_OK);
    ASSERT(found == info);
    amqp_method_put(&second, 1, info->id, &again);
    ASSERT(slice_eq(frame, outq_flatten(&second)));
    outq_done(&q);
    outq_done(&second);
}

static bool decode_copy(const uint8_t *data, size_t size, bool check)
{
    /* A block of its own size: reading past the end is found. */
    uint8_t *copy = malloc(size ? size : 1);
    const struct amqp_method_info *info;
    union amqp_method method;
    if (size)
        memcpy(copy, data, size);
    bool ok = amqp_method_decode(slice_of(copy, size), &info, &method) == AMQP_METHOD_OK;
    if (ok && check) {
        read_tables(info, &method);
        check_written(info, &method, size);
    }
    free(copy);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!decode_copy(data, size, true))
        return 0;
    for (size_t len = 0; len < size; len++)
        ASSERT(!decode_copy(data, len, false));
    return 0;
}
