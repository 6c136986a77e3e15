#include "emulators/rabbitmq/seed_message.h"

#include "common/time_text.h"
#include "common/yaml_to_json.h"
#include "emulators/rabbitmq/delayed.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/content.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/route_types.h"

/* Beside a payload that was a mapping or sequence; no member of this name can be written in a fixture. */
#define IS_JSON "is json"

#define COUNT_MAX 1000000

/* ---- reading */

static bool put_bytes(struct arena *arena, struct slice bytes, struct json_writer *out)
{
    struct management_call call = {.arena = arena};
    management_put_payload(&call, bytes, false, out);
    return !out->out->failed;
}

static bool put_json(struct yaml_reader *reader, const struct yaml_event *first,
                     struct json_writer *out)
{
    struct outq text;
    outq_init(&text);
    struct json_writer writer = json_writer_of(&text);
    bool ok = yaml_to_json(reader, first, &writer);
    if (ok) {
        struct slice json = outq_flatten(&text);
        management_put_string(out, "payload", json);
        management_put_bool(out, IS_JSON, true);
        out->out->failed = out->out->failed || !json.ptr;
    }
    outq_done(&text);
    return ok;
}

bool rabbit_seed_read_body(struct yaml_reader *reader, struct arena *arena, struct json_writer *out)
{
    struct yaml_event event;
    if (!yaml_next(reader, &event))
        return false;
    if (event.type != YAML_SCALAR)
        return put_json(reader, &event, out);
    return put_bytes(arena, event.kind == YAML_NULL ? slice_str("") : event.text, out);
}

/* ---- what is to be published */

struct item {
    struct management_publish publish;
    struct slice queue; /* ptr NULL: it is routed */
    int64_t count;
    int64_t due_ms; /* of a delayed message; -1: it is none */
};

static bool is_property(struct slice name)
{
    char text[MANAGEMENT_PROPERTY_NAME_MAX];
    for (size_t i = 0; i < AMQP_PROPERTY_COUNT; i++) {
        management_property_name(&amqp_property_table[i], text);
        if (slice_eq_str(name, text))
            return true;
    }
    return false;
}

static bool check_names(struct management_call *call, struct slice properties)
{
    struct management_value value;
    struct json_reader reader;
    struct slice name;
    management_begin(call, properties, &reader);
    while (management_next_member(&reader, &name, &value))
        if (!is_property(name)) {
            management_bad_value(call, "there is no property", name);
            return false;
        }
    return true;
}

static bool read_properties(struct management_call *call, struct slice object,
                            struct amqp_properties *out)
{
    struct management_value given = management_member(call, object, "properties");
    struct slice properties = given.kind == JSON_OBJECT ? given.json : slice_str("{}");
    bool is_none = given.kind == JSON_END || (given.kind == JSON_ARRAY && given.json.len == 2);
    struct slice headers;
    if (given.kind != JSON_OBJECT && !is_none) {
        management_bad_request(call, "properties are no mapping");
        return false;
    }
    if (!check_names(call, properties) || !management_read_properties(call, properties, out) ||
        !management_table(call, object, "headers", &headers))
        return false;
    if (headers.len) {
        out->headers = headers;
        out->flags |= AMQP_HEADERS;
    }
    if (management_member(call, object, IS_JSON).kind == JSON_TRUE &&
        !(out->flags & AMQP_CONTENT_TYPE)) {
        out->content_type = slice_str("application/json");
        out->flags |= AMQP_CONTENT_TYPE;
    }
    return true;
}

/* As body and as payload. */
static bool is_given_twice(struct management_call *call, struct slice object)
{
    struct management_value value;
    struct json_reader reader;
    struct slice name;
    unsigned count = 0;
    management_begin(call, object, &reader);
    while (management_next_member(&reader, &name, &value))
        count += slice_eq_str(name, "payload");
    return count > 1;
}

static bool read_payload(struct management_call *call, struct slice object, struct slice *out)
{
    struct management_value payload = management_member(call, object, "payload");
    struct management_value encoding = management_member(call, object, "payload_encoding");
    *out = payload.kind == JSON_STRING ? payload.text : slice_str("");
    if (is_given_twice(call, object)) {
        management_bad_request(call, "body and payload are the same");
        return false;
    }
    return encoding.kind == JSON_END || management_decode_payload(call, encoding.text, out);
}

static bool read_name(struct management_call *call, struct slice object, const char *name,
                      struct slice *out)
{
    struct management_value value = management_member(call, object, name);
    if (value.kind == JSON_END)
        return true;
    *out = value.text;
    if (value.kind == JSON_STRING && value.text.len <= MANAGEMENT_SHORT_STRING_MAX)
        return true;
    management_bad_request(call, "%s is no string of at most %d bytes", name,
                           MANAGEMENT_SHORT_STRING_MAX);
    return false;
}

static bool read_due(struct management_call *call, struct slice object, int64_t *out)
{
    struct management_value due = management_member(call, object, "due");
    int64_t delay = -1;
    if (!management_integer(call, object, "delay", &delay))
        return false;
    if (delay < 0 && management_member(call, object, "delay").kind != JSON_END) {
        management_bad_request(call, "delay is below 0");
        return false;
    }
    *out = delay >= 0 ? rabbit_now_ms(call->rabbit) + delay : -1;
    if (due.kind == JSON_END || time_parse_instant(due.text, out))
        return true;
    management_bad_value(call, "due is no time", due.text);
    return false;
}

static bool read_item(struct management_call *call, struct slice object, struct item *out)
{
    *out = (struct item){.count = 1};
    if (!read_name(call, object, "queue", &out->queue))
        return false;
    out->publish.exchange = slice_str("");
    out->publish.routing_key = out->queue.ptr ? out->queue : slice_str("");
    if (!read_name(call, object, "exchange", &out->publish.exchange) ||
        !read_name(call, object, "routing_key", &out->publish.routing_key) ||
        !management_integer(call, object, "count", &out->count) ||
        !read_due(call, object, &out->due_ms) ||
        !read_properties(call, object, &out->publish.properties) ||
        !read_payload(call, object, &out->publish.payload))
        return false;
    if (out->count >= 1 && out->count <= COUNT_MAX)
        return true;
    management_bad_request(call, "expected a count from 1 to %d", COUNT_MAX);
    return false;
}

/* ---- publishing; each fills *error */

static bool put_into_queue(struct management_call *call, const struct item *item,
                           struct rabbit_message *message, struct rabbit_error *error)
{
    struct rabbit_queue *queue = rabbit_queue_need(call->vhost, item->queue, 0, error);
    if (!queue)
        return false;
    switch (rabbit_queue_put(queue, message)) {
    case RABBIT_PUT_DONE: return true;
    case RABBIT_PUT_REFUSED:
        return rabbit_fail(error, RABBIT_RESOURCE_ERROR,
                           "queue '" SLICE_FMT "' takes no more messages", SLICE_ARG(item->queue));
    case RABBIT_PUT_NO_MEMORY: break;
    }
    return rabbit_fail_memory(error);
}

static bool delay(struct management_call *call, const struct item *item,
                  struct rabbit_message *message, struct rabbit_error *error)
{
    struct rabbit_exchange *exchange =
        rabbit_exchange_need(call->vhost, item->publish.exchange, error);
    if (!exchange)
        return false;
    if (exchange->state->type != &rabbit_delayed_exchange_type)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "exchange '" SLICE_FMT "' delays no messages",
                           SLICE_ARG(item->publish.exchange));
    rabbit_message_retain(message);
    if (rabbit_delayed_keep(exchange, message, item->due_ms))
        return true;
    rabbit_message_release(call->rabbit->host.heap, message);
    return rabbit_fail_memory(error);
}

static uint64_t delayed_count(struct management_call *call, struct slice name)
{
    const struct rabbit_exchange *exchange = rabbit_exchange_find(call->vhost, name);
    return exchange ? exchange->state->delayed.count : 0;
}

/* A message that goes nowhere is a fixture's mistake. */
static bool route(struct management_call *call, const struct item *item,
                  struct rabbit_message *message, struct rabbit_error *error)
{
    const struct management_publish *publish = &item->publish;
    uint64_t before = delayed_count(call, publish->exchange);
    enum rabbit_publish_result result = rabbit_publish(call->vhost, message, error);
    if (result == RABBIT_PUBLISH_FAILED)
        return false;
    if (result == RABBIT_PUBLISH_REFUSED)
        return rabbit_fail(error, RABBIT_RESOURCE_ERROR, "a queue takes no more messages");
    return result == RABBIT_PUBLISHED || delayed_count(call, publish->exchange) > before ||
           rabbit_fail(error, RABBIT_NO_ROUTE,
                       "exchange '" SLICE_FMT "' has no queue for routing key '" SLICE_FMT "'",
                       SLICE_ARG(publish->exchange), SLICE_ARG(publish->routing_key));
}

static bool publish_item(struct management_call *call, const struct item *item)
{
    struct rabbit_error error;
    struct rabbit_message *message = management_make_message(call, &item->publish, &error);
    bool ok = message != NULL;
    for (int64_t i = 0; i < item->count && ok; i++)
        ok = item->queue.ptr     ? put_into_queue(call, item, message, &error)
             : item->due_ms >= 0 ? delay(call, item, message, &error)
                                 : route(call, item, message, &error);
    rabbit_message_release(call->rabbit->host.heap, message);
    if (!ok)
        management_fail_engine(call, &error);
    return ok;
}

bool rabbit_seed_import_message(struct management_call *call, struct slice object)
{
    struct item item;
    struct slice vhost;
    if (!management_need_text(call, object, "vhost", &vhost))
        return false;
    call->vhost = rabbit_vhost_find(call->rabbit, vhost);
    bool ok = call->vhost && read_item(call, object, &item) && publish_item(call, &item);
    if (!call->vhost)
        management_bad_value(call, "no_such_vhost", vhost);
    call->vhost = NULL;
    return ok;
}
