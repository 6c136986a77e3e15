#include "protocols/amqp/amqp_method.h"

#include "common/assert.h"
#include "protocols/amqp/amqp_encode.h"

const struct amqp_method_info *amqp_method_find(uint16_t class_id, uint16_t method_id)
{
    if (class_id > AMQP_CLASS_ID_MAX || method_id > AMQP_METHOD_ID_MAX)
        return NULL;
    uint8_t line = amqp_class_index[class_id];
    uint8_t row = line ? amqp_method_index[line - 1][method_id] : 0;
    return row ? &amqp_method_table[row - 1] : NULL;
}

enum amqp_method_error amqp_method_decode(struct slice payload,
                                          const struct amqp_method_info **out_info,
                                          union amqp_method *out)
{
    struct amqp_field_reader reader = {.reader = reader_of(payload)};
    uint16_t class_id = read_u16(&reader.reader);
    uint16_t method_id = read_u16(&reader.reader);
    *out_info = NULL;
    if (!reader.reader.ok)
        return AMQP_METHOD_NO_ID;
    const struct amqp_method_info *info = amqp_method_find(class_id, method_id);
    if (!info)
        return class_id <= AMQP_CLASS_ID_MAX && amqp_class_index[class_id]
                   ? AMQP_METHOD_UNKNOWN_METHOD
                   : AMQP_METHOD_UNKNOWN_CLASS;
    *out_info = info;
    for (uint32_t i = 0; i < info->field_count; i++)
        amqp_field_read(&reader, &info->fields[i], out);
    if (!reader.reader.ok)
        return AMQP_METHOD_TRUNCATED;
    if (reader_left(&reader.reader))
        return AMQP_METHOD_TRAILING;
    return reader.bad_table ? AMQP_METHOD_BAD_TABLE : AMQP_METHOD_OK;
}

void amqp_method_put(struct outq *q, uint16_t channel, enum amqp_method_id id, const void *fields)
{
    const struct amqp_method_info *info = amqp_method_find(AMQP_CLASS_OF(id), AMQP_METHOD_OF(id));
    ASSERT(info);
    ASSERT(fields || !info->field_count);
    size_t size = AMQP_METHOD_IDS;
    for (uint32_t i = 0; i < info->field_count; i++)
        size += amqp_field_size(&info->fields[i], fields);
    uint8_t *frame = outq_reserve(q, size + AMQP_FRAME_OVERHEAD), *to = frame;
    if (!frame)
        return;
    to = amqp_store_frame_head(to, AMQP_FRAME_METHOD, channel, (uint32_t)size);
    to = amqp_store_u32(to, id);
    for (uint32_t i = 0; i < info->field_count; i++)
        to = amqp_field_store(&info->fields[i], fields, to);
    to = amqp_store_u8(to, AMQP_FRAME_END);
    outq_commit(q, (size_t)(to - frame));
}
