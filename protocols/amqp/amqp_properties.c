#include "protocols/amqp/amqp_properties.h"

#include "protocols/amqp/amqp_encode.h"

const struct amqp_field amqp_property_table[AMQP_PROPERTY_COUNT] = {
    {"content-type",     AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, content_type)    },
    {"content-encoding", AMQP_FIELD_SHORTSTR, 0,
     offsetof(struct amqp_properties,                                             content_encoding)},
    {"headers",          AMQP_FIELD_TABLE,    0, offsetof(struct amqp_properties, headers)         },
    {"delivery-mode",    AMQP_FIELD_OCTET,    0, offsetof(struct amqp_properties, delivery_mode)   },
    {"priority",         AMQP_FIELD_OCTET,    0, offsetof(struct amqp_properties, priority)        },
    {"correlation-id",   AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, correlation_id)  },
    {"reply-to",         AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, reply_to)        },
    {"expiration",       AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, expiration)      },
    {"message-id",       AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, message_id)      },
    {"timestamp",        AMQP_FIELD_LONGLONG, 0, offsetof(struct amqp_properties, timestamp)       },
    {"type",             AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, type)            },
    {"user-id",          AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, user_id)         },
    {"app-id",           AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, app_id)          },
    {"cluster-id",       AMQP_FIELD_SHORTSTR, 0, offsetof(struct amqp_properties, cluster_id)      },
};

/* The first property at or behind *at that is set, as its field; NULL: there are no more. Most messages
 * set some of the first ones only. */
static const struct amqp_field *next_set(uint16_t flags, uint32_t *at)
{
    uint32_t left = (uint32_t)(flags & AMQP_PROPERTY_FLAGS) << *at & UINT16_MAX;
    if (!left)
        return NULL;
    for (; !(left & AMQP_CONTENT_TYPE); left <<= 1)
        ++*at;
    return &amqp_property_table[(*at)++];
}

bool amqp_content_header_decode(struct slice payload, struct amqp_content_header *out)
{
    struct reader reader = reader_of(payload);
    struct amqp_content_header header;
    header.class_id = read_u16(&reader);
    header.weight = read_u16(&reader);
    header.body_size = read_u64(&reader);
    header.properties = read_bytes(&reader, reader_left(&reader));
    if (reader.ok)
        *out = header;
    return reader.ok;
}

bool amqp_properties_decode(struct slice raw, struct amqp_properties *out)
{
    struct amqp_field_reader reader = {.reader = reader_of(raw)};
    *out = (struct amqp_properties){.flags = read_u16(&reader.reader) & AMQP_PROPERTY_FLAGS};
    const struct amqp_field *field;
    for (uint32_t at = 0; (field = next_set(out->flags, &at));)
        amqp_field_read(&reader, field, out);
    return reader.reader.ok && !reader_left(&reader.reader) && !reader.bad_table;
}

size_t amqp_properties_size(const struct amqp_properties *properties)
{
    size_t size = sizeof(properties->flags);
    const struct amqp_field *field;
    for (uint32_t at = 0; (field = next_set(properties->flags, &at));)
        size += amqp_field_size(field, properties);
    return size;
}

void amqp_properties_put(struct outq *q, const struct amqp_properties *properties)
{
    uint8_t *raw = outq_reserve(q, amqp_properties_size(properties)), *to = raw;
    const struct amqp_field *field;
    if (!raw)
        return;
    to = amqp_store_u16(to, properties->flags);
    for (uint32_t at = 0; (field = next_set(properties->flags, &at));)
        to = amqp_field_store(field, properties, to);
    outq_commit(q, (size_t)(to - raw));
}
