/* A message: published once, stored once, delivered by reference.
 *
 * One heap block holds the exchange and routing key it was published with, its properties as they
 * came (the flags and values of the content header, AMQP 0-9-1 4.2.6.1) and its body. It is immutable
 * once complete; queues, unacknowledged deliveries and output queues share it by its count of
 * references. What the broker adds to a header (x-death, x-delivery-count) makes another message. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MESSAGE_H
#define PARLEL_EMULATORS_RABBITMQ_MESSAGE_H

#include "common/heap.h"
#include "common/slice.h"

/* RabbitMQ's max_message_size. */
#define RABBIT_BODY_MAX 134217728u

struct rabbit_message {
    uint32_t refs;
    uint32_t properties_len;
    uint64_t body_len;
    uint64_t body_room;   /* bytes of the block for the body: all of it once it is complete */
    int64_t ttl_ms;       /* of the property expiration; -1: none */
    int64_t published_ms; /* when it came in, by the broker's clock */
    uint8_t exchange_len, routing_key_len;
    uint8_t priority; /* of the property priority, 0 without one */
    bool persistent;  /* delivery mode 2 */
    bool has_cc;      /* its headers may have CC or BCC: extra routing keys */
    uint8_t bytes[];  /* exchange, routing key, properties, body */
};

/* Where a message is made from; the slices are copied. */
struct rabbit_message_options {
    struct slice exchange, routing_key, properties; /* properties: from the flags on */
    uint64_t body_len;
    int64_t ttl_ms, published_ms;
    uint8_t priority;
    bool persistent, has_cc;
};

/* A message without its body yet, of one reference. The body's memory comes as the body does: a
 * length alone takes none. NULL when out of memory. */
struct rabbit_message *rabbit_message_create(struct heap *heap,
                                             const struct rabbit_message_options *options);

/* Where len more bytes of the body belong, `at` bytes of which are there; the message may move. NULL when out of memory:
 * it is as it was. */
uint8_t *rabbit_message_room(struct heap *heap, struct rabbit_message **message, uint64_t at,
                             size_t len);

/* Appends a piece of the body, which may stand where it belongs already; else as rabbit_message_room. */
bool rabbit_message_fill(struct heap *heap, struct rabbit_message **message, uint64_t at,
                         struct slice piece);

static inline struct rabbit_message *rabbit_message_retain(struct rabbit_message *message)
{
    message->refs++;
    return message;
}
/* NULL is accepted. */
void rabbit_message_release(struct heap *heap, struct rabbit_message *message);

static inline struct slice rabbit_message_exchange(const struct rabbit_message *m)
{
    return slice_of(m->bytes, m->exchange_len);
}
static inline struct slice rabbit_message_routing_key(const struct rabbit_message *m)
{
    return slice_of(m->bytes + m->exchange_len, m->routing_key_len);
}
static inline struct slice rabbit_message_properties(const struct rabbit_message *m)
{
    return slice_of(m->bytes + m->exchange_len + m->routing_key_len, m->properties_len);
}
static inline struct slice rabbit_message_body(const struct rabbit_message *m)
{
    return slice_of(m->bytes + m->exchange_len + m->routing_key_len + m->properties_len,
                    (size_t)m->body_len);
}

/* The value of the property headers, a table's bytes; empty without it. */
struct slice rabbit_message_headers(const struct rabbit_message *message);

#endif
