#include "emulators/rabbitmq/message.h"

#include <string.h>

/* A body up to here gets its memory at once, whatever has come of it; what is longer grows, which bulk
 * blocks cannot. */
#define BODY_AT_ONCE HEAP_BULK_MAX

static size_t head_size(const struct rabbit_message *m)
{
    return sizeof(*m) + m->exchange_len + m->routing_key_len + m->properties_len;
}

static void put(struct rabbit_message *m, size_t *at, struct slice bytes)
{
    if (bytes.len)
        memcpy(m->bytes + *at, bytes.ptr, bytes.len);
    *at += bytes.len;
}

struct rabbit_message *rabbit_message_create(struct heap *heap,
                                             const struct rabbit_message_options *options)
{
    uint64_t room = options->body_len < BODY_AT_ONCE ? options->body_len : BODY_AT_ONCE;
    struct rabbit_message *m =
        heap_alloc_bulk(heap, sizeof(*m) + options->exchange.len + options->routing_key.len +
                                  options->properties.len + (size_t)room);
    if (!m)
        return NULL;
    *m = (struct rabbit_message){
        .refs = 1,
        .properties_len = (uint32_t)options->properties.len,
        .body_len = options->body_len,
        .body_room = room,
        .ttl_ms = options->ttl_ms,
        .published_ms = options->published_ms,
        .exchange_len = (uint8_t)options->exchange.len,
        .routing_key_len = (uint8_t)options->routing_key.len,
        .priority = options->priority,
        .persistent = options->persistent,
        .has_cc = options->has_cc,
    };
    size_t at = 0;
    put(m, &at, options->exchange);
    put(m, &at, options->routing_key);
    put(m, &at, options->properties);
    return m;
}

static bool grow(struct heap *heap, struct rabbit_message **message, uint64_t room)
{
    struct rabbit_message *m = *message;
    uint64_t doubled = m->body_room * 2;
    room = doubled > room ? doubled : room;
    room = room < m->body_len ? room : m->body_len;
    size_t head = head_size(m);
    m = heap_realloc(heap, m, head + (size_t)m->body_room, head + (size_t)room);
    if (!m)
        return false;
    m->body_room = room;
    *message = m;
    return true;
}

uint8_t *rabbit_message_room(struct heap *heap, struct rabbit_message **message, uint64_t at,
                             size_t len)
{
    if (at + len > (*message)->body_room && !grow(heap, message, at + len))
        return NULL;
    struct rabbit_message *m = *message;
    return m->bytes + m->exchange_len + m->routing_key_len + m->properties_len + (size_t)at;
}

bool rabbit_message_fill(struct heap *heap, struct rabbit_message **message, uint64_t at,
                         struct slice piece)
{
    uint8_t *to = rabbit_message_room(heap, message, at, piece.len);
    if (to && piece.len && piece.ptr != to)
        memcpy(to, piece.ptr, piece.len);
    return to != NULL;
}

void rabbit_message_release(struct heap *heap, struct rabbit_message *message)
{
    if (message && --message->refs == 0)
        heap_free_bulk(heap, message, head_size(message) + (size_t)message->body_room);
}
