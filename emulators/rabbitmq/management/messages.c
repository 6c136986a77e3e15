/* Messages published and taken by HTTP. */
#include "common/text.h"
#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/publish_check.h"
#include "protocols/amqp/amqp_properties.h"

#define SHORT_STRING_MAX 255

/* ---- properties */

static uint16_t flag_of(size_t property)
{
    return (uint16_t)(AMQP_CONTENT_TYPE >> property);
}

/* "content-type" is content_type to management. */
static void underscored(const char *name, char out[32])
{
    size_t i = 0;
    for (; name[i] && i < 31; i++)
        out[i] = name[i] == '-' ? '_' : name[i];
    out[i] = '\0';
}

static void *place_of(struct amqp_properties *properties, const struct amqp_field *field)
{
    return (uint8_t *)properties + field->offset;
}

static bool read_number(struct management_call *call, const struct amqp_field *field,
                        const char *name, const struct management_value *value, void *place)
{
    uint64_t number;
    if (value->kind != JSON_NUMBER || !text_to_u64(value->text, &number)) {
        management_bad_value(call, "not_int", slice_str(name));
        return false;
    }
    if (field->type == AMQP_FIELD_LONGLONG)
        *(uint64_t *)place = number;
    else
        *(uint8_t *)place = (uint8_t)number;
    return true;
}

static bool read_short_string(struct management_call *call, const char *name,
                              const struct management_value *value, struct slice *place)
{
    *place = value->text;
    if (value->kind == JSON_STRING && value->text.len <= SHORT_STRING_MAX)
        return true;
    management_bad_value(call, "not_string", slice_str(name));
    return false;
}

static bool read_property(struct management_call *call, struct slice object, size_t property,
                          struct amqp_properties *out)
{
    const struct amqp_field *field = &amqp_property_table[property];
    char name[32];
    underscored(field->name, name);
    struct management_value value = management_member(call, object, name);
    if (value.kind == JSON_END)
        return true;
    out->flags |= flag_of(property);
    switch (field->type) {
    case AMQP_FIELD_TABLE: return management_table(call, object, name, place_of(out, field));
    case AMQP_FIELD_SHORTSTR: return read_short_string(call, name, &value, place_of(out, field));
    default: return read_number(call, field, name, &value, place_of(out, field));
    }
}

static bool read_properties(struct management_call *call, struct slice object,
                            struct amqp_properties *out)
{
    bool ok = true;
    *out = (struct amqp_properties){0};
    for (size_t i = 0; i < AMQP_PROPERTY_COUNT && ok; i++)
        ok = read_property(call, object, i, out);
    return ok;
}

static void put_property(struct management_call *call, const struct amqp_field *field,
                         const struct amqp_properties *properties)
{
    const void *place = (const uint8_t *)properties + field->offset;
    char name[32];
    underscored(field->name, name);
    json_key_str(&call->out, name);
    switch (field->type) {
    case AMQP_FIELD_TABLE:
        management_put_table(call, *(const struct slice *)place, &call->out);
        break;
    case AMQP_FIELD_SHORTSTR: json_string(&call->out, *(const struct slice *)place); break;
    case AMQP_FIELD_LONGLONG: json_uint(&call->out, *(const uint64_t *)place); break;
    default: json_uint(&call->out, *(const uint8_t *)place); break;
    }
}

/* The last one first; none at all are an array, as RabbitMQ has it. */
static void put_properties(struct management_call *call, const struct rabbit_message *message)
{
    struct amqp_properties properties;
    json_key_str(&call->out, "properties");
    if (!amqp_properties_decode(rabbit_message_properties(message), &properties) ||
        !(properties.flags & AMQP_PROPERTY_FLAGS)) {
        json_raw(&call->out, slice_str("[]"));
        return;
    }
    json_object(&call->out);
    for (size_t i = AMQP_PROPERTY_COUNT; i-- > 0;)
        if (properties.flags & flag_of(i))
            put_property(call, &amqp_property_table[i], &properties);
    json_object_end(&call->out);
}

/* ---- publish */

struct publish {
    struct slice exchange, routing_key, payload;
    struct amqp_properties properties;
};

static bool decode_payload(struct management_call *call, struct slice encoding,
                           struct slice *payload)
{
    if (slice_eq_str(encoding, "string"))
        return true;
    if (!slice_eq_str(encoding, "base64")) {
        management_bad_value(call, "unsupported_encoding", encoding);
        return false;
    }
    uint8_t *bytes = arena_alloc(call->arena, payload->len + 1);
    size_t len;
    if (!bytes)
        return management_fail_memory(call);
    if (!text_from_base64(*payload, bytes, &len)) {
        management_bad_value(call, "not_base64", *payload);
        return false;
    }
    *payload = slice_of(bytes, len);
    return true;
}

static bool read_publish(struct management_call *call, struct publish *out)
{
    struct management_value properties, payload;
    struct slice body, encoding;
    out->exchange = management_exchange_name(call, "exchange");
    if (!management_body(call, &body) || !management_need(call, body, "properties", &properties) ||
        !management_need_text(call, body, "routing_key", &out->routing_key) ||
        !management_need(call, body, "payload", &payload) ||
        !management_need_text(call, body, "payload_encoding", &encoding))
        return false;
    if (payload.kind != JSON_STRING) {
        management_bad_request(call, "payload_not_string");
        return false;
    }
    if (out->routing_key.len > SHORT_STRING_MAX || out->exchange.len > SHORT_STRING_MAX) {
        management_bad_value(call, "not_string", slice_str("routing_key"));
        return false;
    }
    out->payload = payload.text;
    struct slice object = properties.kind == JSON_OBJECT ? properties.json : slice_str("{}");
    return decode_payload(call, encoding, &out->payload) &&
           read_properties(call, object, &out->properties);
}

static struct rabbit_message *make_message(struct management_call *call,
                                           const struct publish *publish,
                                           struct rabbit_error *error)
{
    struct heap *heap = call->rabbit->host.heap;
    struct rabbit_message_options options = {
        .exchange = publish->exchange,
        .routing_key = publish->routing_key,
        .body_len = publish->payload.len,
        .published_ms = rabbit_now_ms(call->rabbit),
    };
    struct rabbit_message *message = NULL;
    struct outq raw;
    if (!rabbit_publish_check(call->vhost, call->user->name, options.exchange, options.body_len,
                              error) ||
        !rabbit_publish_read_properties(&publish->properties, call->user->name, &options, error))
        return NULL;
    outq_init(&raw);
    amqp_properties_put(&raw, &publish->properties);
    options.properties = outq_flatten(&raw);
    if (options.properties.ptr)
        message = rabbit_message_create(heap, &options);
    if (message && !rabbit_message_fill(heap, &message, 0, publish->payload)) {
        rabbit_message_release(heap, message);
        message = NULL;
    }
    outq_done(&raw);
    if (!message)
        rabbit_fail_memory(error);
    return message;
}

/* RabbitMQ tells of a channel that was closed. */
static void fail_publish(struct management_call *call, const struct rabbit_error *error)
{
    management_bad_request(call, "%u %s", error->code, error->text);
}

void management_post_publish(struct management_call *call)
{
    struct publish publish;
    struct rabbit_error error;
    if (!read_publish(call, &publish))
        return;
    struct rabbit_message *message = make_message(call, &publish, &error);
    enum rabbit_publish_result result =
        message ? rabbit_publish(call->vhost, message, &error) : RABBIT_PUBLISH_FAILED;
    rabbit_message_release(call->rabbit->host.heap, message);
    if (result == RABBIT_PUBLISH_FAILED) {
        fail_publish(call, &error);
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
    if (!management_body(call, &body) || !management_need(call, body, "ackmode", &ackmode) ||
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

static void put_payload(struct management_call *call, struct slice body, const struct get *get)
{
    if (get->truncate >= 0 && (uint64_t)get->truncate < body.len)
        body.len = (size_t)get->truncate;
    bool is_text = !get->is_base64 && management_is_utf8(body);
    if (is_text) {
        management_put_string(&call->out, "payload", body);
    } else {
        char *base64 = arena_alloc(call->arena, TEXT_BASE64_LEN(body.len) + 1);
        if (!base64) {
            call->body.failed = true;
            return;
        }
        text_to_base64(base64, body.ptr, body.len);
        management_put_string(&call->out, "payload", slice_of(base64, TEXT_BASE64_LEN(body.len)));
    }
    management_put_str(&call->out, "payload_encoding", is_text ? "string" : "base64");
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
    put_properties(call, message);
    put_payload(call, rabbit_message_body(message), get);
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
        management_bad_request(call, "%u %s", error->code, error->text);
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
