/* Content headers of AMQP 0-9-1: the payloads of header frames, and the properties of class basic.
 *
 * Source: AMQP 0-9-1, 2.3.5.2 "Content framing" and 4.2.6.1 "The content header". Properties travel
 * as flags, one bit each, and the values of those that are set. A message keeps them as they came, raw, so
 * that they reach its consumers byte for byte.
 *
 * Ownership: everything read borrows from the payload. Nothing is allocated. */
#ifndef PARLEL_PROTOCOLS_AMQP_PROPERTIES_H
#define PARLEL_PROTOCOLS_AMQP_PROPERTIES_H

#include "common/outq.h"
#include "protocols/amqp/amqp_field.h"

struct amqp_content_header {
    uint16_t class_id;
    uint16_t weight; /* 0: RabbitMQ takes others for no content header (505) */
    uint64_t body_size;
    struct slice properties; /* raw: flags and values, unchecked */
};

/* False: the payload is too short for one. */
bool amqp_content_header_decode(struct slice payload, struct amqp_content_header *out);

enum amqp_property_flag {
    AMQP_CONTENT_TYPE = 1 << 15,
    AMQP_CONTENT_ENCODING = 1 << 14,
    AMQP_HEADERS = 1 << 13,
    AMQP_DELIVERY_MODE = 1 << 12,
    AMQP_PRIORITY = 1 << 11,
    AMQP_CORRELATION_ID = 1 << 10,
    AMQP_REPLY_TO = 1 << 9,
    AMQP_EXPIRATION = 1 << 8,
    AMQP_MESSAGE_ID = 1 << 7,
    AMQP_TIMESTAMP = 1 << 6,
    AMQP_TYPE = 1 << 5,
    AMQP_USER_ID = 1 << 4,
    AMQP_APP_ID = 1 << 3,
    AMQP_CLUSTER_ID = 1 << 2,
    AMQP_PROPERTY_FLAGS = 0xfffc, /* all of them */
};

struct amqp_properties {
    uint16_t flags; /* which are set: enum amqp_property_flag */
    uint8_t delivery_mode, priority;
    struct slice content_type, content_encoding;
    struct slice headers; /* a table, to be read with amqp_table.h */
    struct slice correlation_id, reply_to, expiration, message_id;
    uint64_t timestamp; /* seconds since 1970 */
    struct slice type, user_id, app_id, cluster_id;
};

/* The properties as fields of the structure, in the order of the wire: the flag of the first is the
 * highest bit, that of the next one the bit below, and so on. */
#define AMQP_PROPERTY_COUNT 14
extern const struct amqp_field amqp_property_table[AMQP_PROPERTY_COUNT];

/* Which properties are set in raw ones that were well-formed when they were decoded. */
static inline uint16_t amqp_property_flags(struct slice raw)
{
    if (raw.len < 2)
        return 0;
    return (uint16_t)(raw.ptr[0] << 8 | raw.ptr[1]);
}

/* Takes raw properties apart; those that are not set are zero, bits of no property are ignored. False:
 * they are shorter or longer than the flags say, or amqp_table_check refuses the headers; RabbitMQ
 * answers each of these with 541 INTERNAL_ERROR and no more text. */
bool amqp_properties_decode(struct slice raw, struct amqp_properties *out);

/* The bytes that amqp_properties_put writes. */
size_t amqp_properties_size(const struct amqp_properties *properties);

/* Appends raw properties: the flags and the values that they tell of. Of a short string the first
 * 255 bytes are written. */
void amqp_properties_put(struct outq *q, const struct amqp_properties *properties);

#endif
