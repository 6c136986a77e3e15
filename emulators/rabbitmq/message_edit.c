#include "emulators/rabbitmq/message_edit.h"

#include "common/outq.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

struct slice rabbit_message_headers(const struct rabbit_message *message)
{
    struct amqp_properties properties;
    return amqp_properties_decode(rabbit_message_properties(message), &properties)
               ? properties.headers
               : slice_of(NULL, 0);
}

static struct rabbit_message *copy_with(struct heap *heap, const struct rabbit_message *message,
                                        const struct rabbit_message_edit *edit,
                                        struct slice properties)
{
    struct rabbit_message_options options = {
        .exchange = edit->exchange,
        .routing_key = edit->routing_key,
        .properties = properties,
        .body_len = message->body_len,
        .ttl_ms = edit->drop_expiration ? -1 : message->ttl_ms,
        .published_ms = edit->published_ms,
        .priority = message->priority,
        .persistent = message->persistent,
        .has_cc = message->has_cc,
    };
    struct rabbit_message *copy = rabbit_message_create(heap, &options);
    if (copy && !rabbit_message_fill(heap, &copy, 0, rabbit_message_body(message))) {
        rabbit_message_release(heap, copy);
        return NULL;
    }
    return copy;
}

struct rabbit_message *rabbit_message_edited(struct heap *heap,
                                             const struct rabbit_message *message,
                                             const struct rabbit_message_edit *edit)
{
    struct amqp_properties properties;
    struct outq out;
    if (!amqp_properties_decode(rabbit_message_properties(message), &properties))
        return NULL;
    properties.headers = edit->headers;
    if (edit->headers.ptr)
        properties.flags |= AMQP_HEADERS;
    else
        properties.flags &= (uint16_t)~AMQP_HEADERS;
    if (edit->drop_expiration)
        properties.flags &= (uint16_t)~AMQP_EXPIRATION;
    outq_init(&out);
    amqp_properties_put(&out, &properties);
    struct slice raw = outq_flatten(&out);
    struct rabbit_message *copy = raw.ptr ? copy_with(heap, message, edit, raw) : NULL;
    outq_done(&out);
    return copy;
}

struct rabbit_message *rabbit_message_without_bcc(struct heap *heap, struct rabbit_message *message)
{
    struct amqp_value value;
    struct slice headers = message->has_cc ? rabbit_message_headers(message) : slice_of(NULL, 0);
    if (!headers.ptr || !amqp_table_get(headers, slice_str("BCC"), &value))
        return rabbit_message_retain(message);
    struct outq out;
    struct amqp_table_writer writer;
    struct amqp_table_iter iter = amqp_table_begin(headers);
    struct slice name;
    outq_init(&out);
    amqp_table_writer_init(&writer, &out);
    while (amqp_table_next(&iter, &name, &value))
        if (!slice_eq_str(name, "BCC"))
            amqp_table_put_raw(&writer, name, value.raw);
    struct slice table = outq_flatten(&out);
    struct rabbit_message_edit edit = {
        .exchange = rabbit_message_exchange(message),
        .routing_key = rabbit_message_routing_key(message),
        .headers = table.ptr ? table : slice_str(""),
        .published_ms = message->published_ms,
    };
    struct rabbit_message *copy = out.failed ? NULL : rabbit_message_edited(heap, message, &edit);
    outq_done(&out);
    return copy;
}
