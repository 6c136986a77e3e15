#include "emulators/rabbitmq/delivery.h"

#include "emulators/rabbitmq/message_edit.h"
#include "emulators/rabbitmq/record.h"
#include "emulators/rabbitmq/reply_to.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

/* ---- properties */

/* A header that the broker adds: its name and value; name NULL: none. */
struct added_header {
    const char *name;
    int64_t value;
};

static struct added_header header_of(const struct rabbit_queue *queue,
                                     const struct rabbit_entry *entry)
{
    switch (queue->state->type) {
    case RABBIT_QUORUM: return (struct added_header){"x-delivery-count", entry->delivery_count};
    case RABBIT_STREAM: return (struct added_header){"x-stream-offset", (int64_t)entry->seq};
    default: return (struct added_header){0};
    }
}

/* The headers with what is added; in `out`. */
static void rewrite_headers(struct outq *out, struct slice headers, struct added_header added)
{
    struct amqp_table_writer w;
    struct amqp_table_iter iter = amqp_table_begin(headers);
    struct slice name;
    struct amqp_value value;
    amqp_table_writer_init(&w, out);
    while (amqp_table_next(&iter, &name, &value))
        if (!slice_eq_str(name, added.name))
            amqp_table_put_raw(&w, name, value.raw);
    amqp_table_put_integer(&w, slice_str(added.name), 'l', added.value);
}

struct slice rabbit_delivery_headers(const struct rabbit_queue *queue,
                                     const struct rabbit_entry *entry, struct slice headers,
                                     struct outq *out)
{
    struct added_header added = header_of(queue, entry);
    if (!added.name)
        return headers;
    rewrite_headers(out, headers, added);
    return outq_flatten(out);
}

/* Puts a content whose headers are to be rewritten. */
static void put_rewritten(struct rabbit_channel_session *channel,
                          const struct rabbit_message *message, struct added_header added)
{
    struct outq *out = rabbit_connection_out(channel->connection);
    struct amqp_properties properties;
    struct outq table, raw;
    outq_init(&table);
    outq_init(&raw);
    if (amqp_properties_decode(rabbit_message_properties(message), &properties)) {
        rewrite_headers(&table, properties.headers, added);
        properties.headers = outq_flatten(&table);
        properties.flags |= AMQP_HEADERS;
        amqp_properties_put(&raw, &properties);
    }
    struct slice bytes = outq_flatten(&raw);
    if (bytes.ptr)
        amqp_put_content(out, channel->number, bytes, rabbit_message_body(message),
                         channel->connection->frame_max);
    else
        out->failed = true; /* a delivery is never sent with a hole in it */
    outq_done(&table);
    outq_done(&raw);
}

static void put_content(struct rabbit_channel_session *channel,
                        const struct rabbit_message *message, struct added_header added)
{
    struct rabbit_connection *connection = channel->connection;
    if (__builtin_expect(added.name != NULL, 0))
        put_rewritten(channel, message, added);
    else
        amqp_put_content(rabbit_connection_out(connection), channel->number,
                         rabbit_message_properties(message), rabbit_message_body(message),
                         connection->frame_max);
}

/* ---- methods with contents */

static void put_delivery(struct rabbit_channel_session *channel, struct slice consumer_tag,
                         uint64_t tag, bool redelivered, const struct rabbit_message *message)
{
    struct amqp_basic_deliver method = {
        .consumer_tag = consumer_tag,
        .delivery_tag = tag,
        .redelivered = redelivered,
        .exchange = rabbit_message_exchange(message),
        .routing_key = rabbit_message_routing_key(message),
    };
    amqp_put_deliver(rabbit_connection_out(channel->connection), channel->number, &method);
}

static void trace(struct rabbit_channel_session *channel, const struct rabbit_queue *queue,
                  const struct rabbit_entry *entry)
{
    if (__builtin_expect(!queue->vhost->state->tracing, 1))
        return;
    struct rabbit_trace_client client = rabbit_trace_client_of(channel);
    rabbit_trace_delivered(queue, &client, entry);
}

static void deliver(struct rabbit_channel *engine, const struct rabbit_consumer *consumer,
                    uint64_t tag, const struct rabbit_entry *entry)
{
    struct rabbit_channel_session *channel = rabbit_channel_session_of(engine);
    struct rabbit_connection *connection = channel->connection;
    struct outq *out = rabbit_connection_out(connection);
    struct outq_place began = outq_place(out);
    put_delivery(channel, consumer->tag, tag, entry->redelivered, entry->message);
    struct added_header added = header_of(consumer->queue, entry);
    if (consumer->queue->state->type == RABBIT_QUORUM && !entry->delivery_count)
        added.name = NULL; /* only basic.get is told of none */
    put_content(channel, entry->message, added);
    rabbit_record_delivery(connection, consumer->queue->state->name, outq_grown(out, began));
    trace(channel, consumer->queue, entry);
    transport_wake(connection->transport);
}

/* A message that went through no queue has its header BCC still. NULL when out of memory: the connection fails,
 * nothing is sent with a hole in it. */
static struct rabbit_message *without_bcc(struct rabbit_channel_session *channel,
                                          struct rabbit_message *message)
{
    struct rabbit_message *stripped =
        rabbit_message_without_bcc(channel->engine.rabbit->host.heap, message);
    if (!stripped)
        rabbit_connection_out(channel->connection)->failed = true;
    return stripped;
}

void rabbit_deliver_reply(struct rabbit_channel_session *channel, struct slice consumer_tag,
                          struct rabbit_message *message)
{
    struct rabbit_connection *connection = channel->connection;
    struct outq *out = rabbit_connection_out(connection);
    struct outq_place began = outq_place(out);
    struct rabbit_message *stripped = without_bcc(channel, message);
    if (!stripped)
        return;
    /* RabbitMQ gives the number of the next delivery, and gives it again then. */
    put_delivery(channel, consumer_tag, channel->engine.last_tag + 1, false, stripped);
    put_content(channel, stripped, (struct added_header){0});
    rabbit_record_delivery(connection, slice_str(RABBIT_REPLY_TO), outq_grown(out, began));
    rabbit_message_release(channel->engine.rabbit->host.heap, stripped);
    transport_wake(connection->transport);
}

void rabbit_deliver_got(struct rabbit_channel_session *channel, const struct rabbit_queue *queue,
                        const struct rabbit_entry *entry, uint64_t tag)
{
    uint64_t left = queue->state->ready.count;
    struct amqp_basic_get_ok ok = {
        .delivery_tag = tag,
        .redelivered = entry->redelivered,
        .exchange = rabbit_message_exchange(entry->message),
        .routing_key = rabbit_message_routing_key(entry->message),
        .message_count = left < UINT32_MAX ? (uint32_t)left : UINT32_MAX,
    };
    rabbit_channel_send(channel, AMQP_BASIC_GET_OK, &ok);
    put_content(channel, entry->message, header_of(queue, entry));
    trace(channel, queue, entry);
}

void rabbit_deliver_returned(struct rabbit_channel_session *channel, struct rabbit_message *message)
{
    struct rabbit_message *stripped = without_bcc(channel, message);
    if (!stripped)
        return;
    struct amqp_basic_return returned = {
        .reply_code = RABBIT_NO_ROUTE,
        .reply_text = slice_str(rabbit_reply_name(RABBIT_NO_ROUTE)),
        .exchange = rabbit_message_exchange(stripped),
        .routing_key = rabbit_message_routing_key(stripped),
    };
    rabbit_channel_send(channel, AMQP_BASIC_RETURN, &returned);
    put_content(channel, stripped, (struct added_header){0});
    rabbit_message_release(channel->engine.rabbit->host.heap, stripped);
    channel->engine.rabbit->stats.returned++;
    channel->engine.stats.returned++;
}

/* ---- the engine's other questions */

static void cancelled(struct rabbit_channel *engine, const struct rabbit_consumer *consumer)
{
    struct rabbit_channel_session *channel = rabbit_channel_session_of(engine);
    struct rabbit_connection *connection = channel->connection;
    if (!(connection->capabilities & RABBIT_CONSUMER_CANCEL_NOTIFY))
        return;
    struct amqp_basic_cancel cancel = {.consumer_tag = consumer->tag, .nowait = true};
    rabbit_channel_send(channel, AMQP_BASIC_CANCEL, &cancel);
    transport_wake(connection->transport);
}

static bool is_writable(const struct rabbit_channel *engine)
{
    const struct rabbit_connection *connection =
        ((const struct rabbit_channel_session *)(const void *)engine)->connection;
    const struct transport *transport = connection->transport;
    return connection->phase == RABBIT_PHASE_RUNNING &&
           outq_len(&transport->out) < transport->high_water;
}

static void timed_out(struct rabbit_channel *engine, int64_t timeout_ms)
{
    struct rabbit_channel_session *channel = rabbit_channel_session_of(engine);
    struct rabbit_error error;
    rabbit_fail(
        &error, RABBIT_PRECONDITION_FAILED,
        "delivery acknowledgement on channel %u timed out. Timeout value used: %lld ms. This "
        "timeout value can be configured, see consumers doc guide to learn more",
        channel->number, (long long)timeout_ms);
    rabbit_channel_session_fail(channel, &error, 0);
    transport_wake(channel->connection->transport);
}

const struct rabbit_channel_ops rabbit_delivery_ops = {deliver, cancelled, is_writable, timed_out};
