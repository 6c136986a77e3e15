#include "protocols/amqp/amqp_field.h"

#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_table.h"

static struct slice read_table(struct amqp_field_reader *reader)
{
    struct slice table = read_bytes(&reader->reader, read_u32(&reader->reader));
    if (reader->reader.ok && !amqp_table_check(table, NULL))
        reader->bad_table = true;
    return table;
}

void amqp_field_read(struct amqp_field_reader *reader, const struct amqp_field *field,
                     void *structure)
{
    struct reader *from = &reader->reader;
    void *to = (uint8_t *)structure + field->offset;
    switch ((enum amqp_field_type)field->type) {
    case AMQP_FIELD_BIT:
        if (field->bit == 0)
            reader->bits = read_u8(from);
        *(bool *)to = reader->bits >> field->bit & 1;
        return;
    case AMQP_FIELD_OCTET: *(uint8_t *)to = read_u8(from); return;
    case AMQP_FIELD_SHORT: *(uint16_t *)to = read_u16(from); return;
    case AMQP_FIELD_LONG: *(uint32_t *)to = read_u32(from); return;
    case AMQP_FIELD_LONGLONG: *(uint64_t *)to = read_u64(from); return;
    case AMQP_FIELD_SHORTSTR: *(struct slice *)to = read_bytes(from, read_u8(from)); return;
    case AMQP_FIELD_LONGSTR: *(struct slice *)to = read_bytes(from, read_u32(from)); return;
    case AMQP_FIELD_TABLE: *(struct slice *)to = read_table(reader); return;
    }
}

size_t amqp_field_size(const struct amqp_field *field, const void *structure)
{
    const void *from = (const uint8_t *)structure + field->offset;
    switch ((enum amqp_field_type)field->type) {
    case AMQP_FIELD_BIT: return field->bit == 0;
    case AMQP_FIELD_OCTET: return 1;
    case AMQP_FIELD_SHORT: return 2;
    case AMQP_FIELD_LONG: return 4;
    case AMQP_FIELD_LONGLONG: return 8;
    case AMQP_FIELD_SHORTSTR: return 1 + amqp_shortstr(*(const struct slice *)from).len;
    case AMQP_FIELD_LONGSTR:
    case AMQP_FIELD_TABLE: return 4 + ((const struct slice *)from)->len;
    }
    return 0;
}

uint8_t *amqp_field_store(const struct amqp_field *field, const void *structure, uint8_t *to)
{
    const void *from = (const uint8_t *)structure + field->offset;
    switch ((enum amqp_field_type)field->type) {
    case AMQP_FIELD_BIT:
        if (field->bit == 0)
            return amqp_store_u8(to, *(const bool *)from);
        to[-1] = (uint8_t)(to[-1] | *(const bool *)from << field->bit);
        return to;
    case AMQP_FIELD_OCTET: return amqp_store_u8(to, *(const uint8_t *)from);
    case AMQP_FIELD_SHORT: return amqp_store_u16(to, *(const uint16_t *)from);
    case AMQP_FIELD_LONG: return amqp_store_u32(to, *(const uint32_t *)from);
    case AMQP_FIELD_LONGLONG: return amqp_store_u64(to, *(const uint64_t *)from);
    case AMQP_FIELD_SHORTSTR: return amqp_store_shortstr(to, *(const struct slice *)from);
    case AMQP_FIELD_LONGSTR:
    case AMQP_FIELD_TABLE: return amqp_store_longstr(to, *(const struct slice *)from);
    }
    return to;
}
