/* Messages published and taken by HTTP. */
#include "emulators/rabbitmq/delivery.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/content.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/publish.h"

/* ---- publish */

static bool read_publish(struct management_call *call, struct management_publish *out)
{
    struct management_value properties, payload;
    struct slice body, encoding;
    out->exchange = management_exchange_name(call, "exchange");
    static const char *const members[] = {"routing_key", "properties", "payload",
                                          "payload_encoding", NULL};
    if (!management_body(call, &body) || !management_need_all(call, body, members) ||
        !management_need(call, body, "properties", &properties) ||
        !management_need_text(call, body, "routing_key", &out->routing_key) ||
        !management_need(call, body, "payload", &payload) ||
        !management_need_text(call, body, "payload_encoding", &encoding))
        return false;
    if (payload.kind != JSON_STRING) {
        management_bad_request(call, "payload_not_string");
        return false;
    }
    if (out->routing_key.len > MANAGEMENT_SHORT_STRING_MAX ||
        out->exchange.len > MANAGEMENT_SHORT_STRING_MAX) {
        management_bad_value(call, "not_string", slice_str("routing_key"));
        return false;
    }
    out->payload = payload.text;
    struct slice object = properties.kind == JSON_OBJECT ? properties.json : slice_str("{}");
    return management_decode_payload(call, encoding, &out->payload) &&
           management_read_properties(call, object, &out->properties);
}

/* RabbitMQ tells why its channel was closed; of its connection without the code's name. */
static void fail_channel(struct management_call *call, const struct rabbit_error *error)
{
    const char *text = rabbit_reply_is_hard(error->code) ? management_detail(error) : error->text;
    management_bad_request(call, "%u %s", error->code, text);
}

void management_post_publish(struct management_call *call)
{
    struct management_publish publish;
    struct rabbit_error error;
    if (!read_publish(call, &publish))
        return;
    struct rabbit_message *message = management_make_message(call, &publish, &error);
    enum rabbit_publish_result result =
        message ? rabbit_publish(call->vhost, message, &error) : RABBIT_PUBLISH_FAILED;
    rabbit_message_release(call->rabbit->host.heap, message);
    if (result == RABBIT_PUBLISH_FAILED) {
        fail_channel(call, &error);
        return;
    }
    if (result == RABBIT_PUBLISH_REFUSED) {
        management_bad_request(call, "rejected Unable to publish message. Check queue limits.");
        return;
    }
    json_object(&call->out);
    management_put_bool(&call->out, "routed", result == RABBIT_PUBLISHED);
    json_object_end(&call->out);
    management_reply(call);
}

/* ---- get */

struct get {
    int64_t count, truncate; /* truncate: bytes */
    bool requeue, is_base64;
};

static bool read_ackmode(struct management_call *call, struct slice ackmode, bool *out_requeue)
{
    static const struct {
        const char *name;
        bool requeue;
    } modes[] = {
        {"ack_requeue_true",     true },
        {"ack_requeue_false",    false},
        {"reject_requeue_true",  true },
        {"reject_requeue_false", false},
    };
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (slice_eq_str(ackmode, modes[i].name)) {
            *out_requeue = modes[i].requeue;
            return true;
        }
    management_bad_request(call, "Unsupported ackmode.");
    return false;
}

static bool read_get(struct management_call *call, struct get *out, enum rabbit_settlement *how)
{
    struct management_value ackmode, count;
    struct slice body, encoding;
    *out = (struct get){.truncate = INT64_MAX};
    static const char *const members[] = {"ackmode", "count", "encoding", NULL};
    if (!management_body(call, &body) || !management_need_all(call, body, members) ||
        !management_need(call, body, "ackmode", &ackmode) ||
        !management_need(call, body, "count", &count) ||
        !management_need_text(call, body, "encoding", &encoding) ||
        !management_integer(call, body, "count", &out->count) ||
        !management_integer(call, body, "truncate", &out->truncate) ||
        !read_ackmode(call, ackmode.text, &out->requeue))
        return false;
    out->is_base64 = slice_eq_str(encoding, "base64");
    bool is_reject = ackmode.text.len && ackmode.text.ptr[0] == 'r';
    *how = out->requeue ? RABBIT_REQUEUE : is_reject ? RABBIT_REJECT : RABBIT_ACK;
    if (out->is_base64 || slice_eq_str(encoding, "auto"))
        return true;
    management_bad_request(call, "Unsupported encoding. Please use auto or base64.");
    return false;
}

static struct slice payload_of(const struct rabbit_message *message, const struct get *get)
{
    struct slice body = rabbit_message_body(message);
    if (get->truncate >= 0 && (uint64_t)get->truncate < body.len)
        body.len = (size_t)get->truncate;
    return body;
}

/* Those that basic.get would give. */
static void put_properties_got(struct management_call *call, const struct rabbit_queue *queue,
                               const struct rabbit_entry *entry)
{
    struct amqp_properties properties;
    struct outq headers;
    if (!amqp_properties_decode(rabbit_message_properties(entry->message), &properties))
        properties = (struct amqp_properties){0};
    outq_init(&headers);
    properties.headers = rabbit_delivery_headers(queue, entry, properties.headers, &headers);
    if (properties.headers.len)
        properties.flags |= AMQP_HEADERS;
    management_put_amqp_properties(call, &properties, &call->out);
    outq_done(&headers);
}

static void put_message(struct management_call *call, const struct rabbit_queue *queue,
                        const struct rabbit_entry *entry, const struct get *get)
{
    const struct rabbit_message *message = entry->message;
    struct json_writer *out = &call->out;
    json_object(out);
    management_put_uint(out, "payload_bytes", message->body_len);
    management_put_bool(out, "redelivered", entry->redelivered);
    management_put_string(out, "exchange", rabbit_message_exchange(message));
    management_put_string(out, "routing_key", rabbit_message_routing_key(message));
    management_put_uint(out, "message_count", queue->state->ready.count);
    put_properties_got(call, queue, entry);
    management_put_payload(call, payload_of(message, get), get->is_base64, out);
    json_object_end(out);
}

/* Takes messages one by one on a channel of its own; they are settled together, so none comes twice. */
static bool get_messages(struct management_call *call, struct rabbit_channel *channel,
                         struct rabbit_queue *queue, const struct get *get,
                         struct rabbit_error *error)
{
    struct rabbit_entry entry;
    uint64_t tag;
    bool ok = true, is_empty = false;
    json_array(&call->out);
    for (int64_t i = 0; i < get->count && ok && !is_empty; i++) {
        ok = rabbit_channel_get(channel, queue, false, &entry, &tag, &is_empty, error);
        if (!ok || is_empty)
            continue;
        put_message(call, queue, &entry, get);
        rabbit_message_release(call->rabbit->host.heap, entry.message);
    }
    json_array_end(&call->out);
    return ok;
}

/* A refusal of basic.get has the code's name before it, unlike a declaration's. */
static void fail_get(struct management_call *call, const struct rabbit_error *error)
{
    if (error->code == RABBIT_NOT_FOUND)
        management_fail(call, HTTP_NOT_FOUND, "not_found", "%s", error->text);
    else if (error->code == RABBIT_ACCESS_REFUSED)
        management_refuse(call, error->text);
    else
        fail_channel(call, error);
}

void management_post_get(struct management_call *call)
{
    struct slice name = management_parameter(call, "queue");
    struct rabbit_channel channel;
    enum rabbit_settlement how;
    struct rabbit_error error;
    struct get get;
    if (!read_get(call, &get, &how))
        return;
    struct rabbit_queue *queue = NULL;
    if (rabbit_user_may(call->vhost, call->user->name, RABBIT_READ, "queue", name, &error))
        queue = rabbit_queue_need(call->vhost, name, 0, &error);
    if (!queue) {
        fail_get(call, &error);
        return;
    }
    rabbit_channel_init(&channel, call->vhost, NULL, 0);
    bool ok = get_messages(call, &channel, queue, &get, &error);
    if (ok && channel.last_tag)
        ok = rabbit_channel_settle(&channel, channel.last_tag, true, how, &error);
    rabbit_channel_done(&channel);
    if (ok)
        management_reply(call);
    else
        fail_get(call, &error);
}
