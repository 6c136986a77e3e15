#include "emulators/rabbitmq/content.h"

#include "emulators/rabbitmq/basic_publish.h"
#include "emulators/rabbitmq/record.h"
#include "protocols/amqp/amqp_properties.h"

/* Longer frames, which a client may have asked to be let send, get their memory as they come. */
#define ROOM_AHEAD_MAX (256u << 10)

void rabbit_content_begin(struct rabbit_channel_session *channel,
                          const struct amqp_basic_publish *publish, uint64_t bytes)
{
    struct rabbit_content *content = &channel->content;
    content->step = RABBIT_CONTENT_HEADER;
    content->mandatory = publish->mandatory;
    content->nacked = content->is_overrun = false;
    content->bytes = bytes;
    content->filled = 0;
    content->exchange_len = (uint8_t)publish->exchange.len;
    content->routing_key_len = (uint8_t)publish->routing_key.len;
    amqp_store_bytes(amqp_store_bytes(content->names, publish->exchange), publish->routing_key);
}

void rabbit_content_clear(struct rabbit_channel_session *channel)
{
    struct rabbit_content *content = &channel->content;
    rabbit_connection_forget_payload(channel->connection, channel->number);
    rabbit_message_release(channel->engine.rabbit->host.heap, content->message);
    content->message = NULL;
    content->step = RABBIT_CONTENT_NONE;
}

/* ---- what became of it */

static void record(struct rabbit_channel_session *channel, struct outq_place began, uint16_t code)
{
    const struct rabbit_content *content = &channel->content;
    struct rabbit_connection *connection = channel->connection;
    struct slice keys[2] = {rabbit_content_exchange(content), rabbit_content_routing_key(content)};
    uint32_t skip = keys[0].len == 0; /* the default exchange is no key */
    struct rabbit_record record = {
        .op = "basic.publish",
        .keys = keys + skip,
        .key_count = 2 - skip,
        .bytes_in = content->bytes,
        .bytes_out = outq_grown(rabbit_connection_out(connection), began),
        .code = code,
    };
    if (content->nacked)
        rabbit_record_fault(connection, &record, JOURNAL_ERROR, slice_str("nack"));
    else
        rabbit_record(connection, &record);
}

static bool complete(struct rabbit_channel_session *channel, struct rabbit_error *error)
{
    struct rabbit_content *content = &channel->content;
    struct outq_place began = outq_place(rabbit_connection_out(channel->connection));
    bool ok = true;
    if (content->nacked)
        rabbit_confirm(channel, false);
    else
        ok = rabbit_publish_complete(channel, content->message, content->mandatory, error);
    record(channel, began, ok ? 0 : error->code);
    rabbit_content_clear(channel);
    return ok;
}

/* ---- its frames */

static bool take_header(struct rabbit_channel_session *channel, const struct amqp_frame *frame,
                        struct rabbit_error *error)
{
    struct rabbit_content *content = &channel->content;
    struct amqp_content_header header;
    bool is_header = frame->type == AMQP_FRAME_HEADER &&
                     amqp_content_header_decode(frame->payload, &header) && header.weight == 0;
    if (!is_header)
        return rabbit_fail(error, RABBIT_UNEXPECTED_FRAME,
                           "expected content header for class %u, got non content header frame "
                           "instead",
                           AMQP_CLASS_BASIC);
    if (header.class_id != AMQP_CLASS_BASIC)
        return rabbit_fail(error, RABBIT_UNEXPECTED_FRAME,
                           "expected content header for class %u, got one for class %u instead",
                           AMQP_CLASS_BASIC, header.class_id);
    content->message =
        rabbit_publish_prepare(channel, content, header.body_size, header.properties, error);
    if (!content->message) {
        struct outq_place began = outq_place(rabbit_connection_out(channel->connection));
        record(channel, began, error->code);
        return false;
    }
    content->step = RABBIT_CONTENT_BODY;
    return header.body_size > 0 || complete(channel, error);
}

static bool take_body(struct rabbit_channel_session *channel, const struct amqp_frame *frame,
                      struct rabbit_error *error)
{
    struct rabbit_content *content = &channel->content;
    if (frame->type != AMQP_FRAME_BODY)
        return rabbit_fail(error, RABBIT_UNEXPECTED_FRAME,
                           "expected content body, got non content body frame instead");
    uint64_t left = content->message->body_len - content->filled;
    if (frame->payload.len > left || content->is_overrun) {
        content->is_overrun = true;
        return true;
    }
    if (!rabbit_message_fill(channel->engine.rabbit->host.heap, &content->message, content->filled,
                             frame->payload))
        return rabbit_fail_memory(error);
    content->filled += frame->payload.len;
    return content->filled < content->message->body_len || complete(channel, error);
}

uint8_t *rabbit_content_room(struct rabbit_channel_session *channel, uint32_t size)
{
    struct rabbit_content *content = &channel->content;
    if (content->step != RABBIT_CONTENT_BODY || content->is_overrun || size > ROOM_AHEAD_MAX ||
        size > content->message->body_len - content->filled)
        return NULL;
    return rabbit_message_room(channel->engine.rabbit->host.heap, &content->message,
                               content->filled, size);
}

bool rabbit_content_frame(struct rabbit_channel_session *channel, const struct amqp_frame *frame,
                          struct rabbit_error *error)
{
    struct rabbit_content *content = &channel->content;
    content->bytes += frame->payload.len + AMQP_FRAME_OVERHEAD;
    return content->step == RABBIT_CONTENT_HEADER ? take_header(channel, frame, error)
                                                  : take_body(channel, frame, error);
}
