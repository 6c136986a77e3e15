#include "emulators/rabbitmq/trace.h"

#include <stdio.h>

#include "emulators/rabbitmq/dead_letter.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

#define TRACE_EXCHANGE "amq.rabbitmq.trace"

static const struct slice nameless = {NULL, 0}; /* of an array's items */

/* ---- headers */

static void put_text(struct amqp_table_writer *w, const char *name, struct slice text)
{
    amqp_table_put_bytes(w, slice_str(name), 'S', text);
}

/* The texts of a header of other keys, CC or BCC. */
static void put_more_keys(struct amqp_table_writer *w, struct slice headers, const char *name)
{
    struct amqp_value list, key;
    if (!amqp_table_get(headers, slice_str(name), &list) || list.type != 'A')
        return;
    struct amqp_table_iter iter = amqp_table_begin(list.bytes);
    while (amqp_array_next(&iter, &key))
        if (key.type == 'S')
            amqp_table_put_bytes(w, nameless, 'S', key.bytes);
}

static void put_keys(struct amqp_table_writer *w, const struct rabbit_message *message,
                     struct slice headers)
{
    amqp_table_begin_array(w, slice_str("routing_keys"));
    amqp_table_put_bytes(w, nameless, 'S', rabbit_message_routing_key(message));
    put_more_keys(w, headers, "CC");
    put_more_keys(w, headers, "BCC");
    amqp_table_end(w);
}

/* The message's own headers, without those that its consumers do not see. */
static void put_headers(struct amqp_table_writer *w, struct slice headers)
{
    struct amqp_table_iter iter = amqp_table_begin(headers);
    struct slice name;
    struct amqp_value value;
    amqp_table_begin_table(w, slice_str("headers"));
    while (amqp_table_next(&iter, &name, &value))
        if (!slice_eq_str(name, "BCC"))
            amqp_table_put_raw(w, name, value.raw);
    amqp_table_end(w);
}

static void put_property(struct amqp_table_writer *w, const struct amqp_field *field,
                         const struct amqp_properties *properties)
{
    const uint8_t *at = (const uint8_t *)properties + field->offset;
    char name[32];
    snprintf(name, sizeof(name), "%s", field->name);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : *c;
    switch (field->type) {
    case AMQP_FIELD_TABLE: put_headers(w, properties->headers); break;
    case AMQP_FIELD_OCTET: amqp_table_put_integer(w, slice_str(name), 'I', *at); break;
    case AMQP_FIELD_LONGLONG: {
        int64_t value = (int64_t) * (const uint64_t *)(const void *)at;
        amqp_table_put_integer(w, slice_str(name), value == (int32_t)value ? 'I' : 'l', value);
        break;
    }
    default: put_text(w, name, *(const struct slice *)(const void *)at);
    }
}

/* Those that are set, the last first. */
static void put_properties(struct amqp_table_writer *w, const struct amqp_properties *properties)
{
    amqp_table_begin_table(w, slice_str("properties"));
    for (size_t i = AMQP_PROPERTY_COUNT; i-- > 0;)
        if (properties->flags & 1u << (15 - i))
            put_property(w, &amqp_property_table[i], properties);
    amqp_table_end(w);
}

static void put_client(struct amqp_table_writer *w, const struct rabbit_vhost *vhost,
                       const struct rabbit_trace_client *client)
{
    put_text(w, "vhost", rabbit_vhost_name(vhost));
    put_text(w, "connection", client->connection);
    amqp_table_put_integer(w, slice_str("channel"), 'I', client->channel);
    put_text(w, "user", client->user);
}

/* ---- copies */

/* Puts the headers that both kinds begin with. False: the message's properties are malformed. */
static bool begin(struct amqp_table_writer *w, const struct rabbit_vhost *vhost,
                  const struct rabbit_message *message)
{
    struct amqp_properties properties;
    if (!amqp_properties_decode(rabbit_message_properties(message), &properties))
        return false;
    put_text(w, "exchange_name", rabbit_message_exchange(message));
    put_keys(w, message, properties.headers);
    put_properties(w, &properties);
    put_text(w, "node", slice_str(vhost->rabbit->cluster_name));
    return true;
}

static struct rabbit_message *make(struct rabbit *rabbit, const struct rabbit_message *message,
                                   struct slice routing_key, struct slice headers)
{
    struct heap *heap = rabbit->host.heap;
    struct amqp_properties properties = {.flags = AMQP_HEADERS, .headers = headers};
    struct outq raw;
    outq_init(&raw);
    amqp_properties_put(&raw, &properties);
    struct rabbit_message_options options = {
        .exchange = slice_str(TRACE_EXCHANGE),
        .routing_key = routing_key,
        .properties = outq_flatten(&raw),
        .body_len = message->body_len,
        .ttl_ms = -1,
        .published_ms = rabbit_now_ms(rabbit),
    };
    struct rabbit_message *made =
        headers.ptr && options.properties.ptr ? rabbit_message_create(heap, &options) : NULL;
    outq_done(&raw);
    if (made && !rabbit_message_fill(heap, &made, 0, rabbit_message_body(message))) {
        rabbit_message_release(heap, made);
        return NULL;
    }
    return made;
}

/* kind: "publish", "deliver". */
static void send(struct rabbit_vhost *vhost, const struct rabbit_message *message, const char *kind,
                 struct slice name, struct outq *headers)
{
    char key[UINT8_MAX + 1];
    int len = snprintf(key, sizeof(key), "%s." SLICE_FMT, kind, SLICE_ARG(name));
    size_t room = (size_t)len < sizeof(key) ? (size_t)len : sizeof(key) - 1;
    struct rabbit_message *made =
        make(vhost->rabbit, message, slice_of(key, room), outq_flatten(headers));
    if (made)
        rabbit_letter_send(vhost, made);
}

static bool is_copy(const struct rabbit_message *message)
{
    return slice_eq_str(rabbit_message_exchange(message), TRACE_EXCHANGE);
}

void rabbit_trace_published(struct rabbit_vhost *vhost, const struct rabbit_trace_client *client,
                            const struct rabbit_message *message,
                            const struct rabbit_routed *routed)
{
    struct amqp_table_writer w;
    struct outq headers;
    if (is_copy(message))
        return;
    outq_init(&headers);
    amqp_table_writer_init(&w, &headers);
    if (begin(&w, vhost, message)) {
        put_client(&w, vhost, client);
        amqp_table_begin_array(&w, slice_str("routed_queues"));
        for (size_t i = 0; i < routed->count; i++)
            amqp_table_put_bytes(&w, nameless, 'S', routed->queues[i]->state->name);
        amqp_table_end(&w);
        send(vhost, message, "publish", rabbit_message_exchange(message), &headers);
    }
    outq_done(&headers);
}

void rabbit_trace_delivered(const struct rabbit_queue *queue,
                            const struct rabbit_trace_client *client,
                            const struct rabbit_entry *entry)
{
    struct amqp_table_writer w;
    struct outq headers;
    if (is_copy(entry->message))
        return;
    outq_init(&headers);
    amqp_table_writer_init(&w, &headers);
    if (begin(&w, queue->vhost, entry->message)) {
        amqp_table_put_integer(&w, slice_str("redelivered"), 'I', entry->redelivered);
        put_client(&w, queue->vhost, client);
        send(queue->vhost, entry->message, "deliver", queue->state->name, &headers);
    }
    outq_done(&headers);
}
