#include "emulators/rabbitmq/publish.h"

#include "emulators/rabbitmq/death_header.h"
#include "emulators/rabbitmq/message_edit.h"
#include "emulators/rabbitmq/queue.h"
#include "protocols/amqp/amqp_properties.h"

/* The properties that routing may go by. */
#define ROUTED_BY (AMQP_HEADERS | AMQP_MESSAGE_ID | AMQP_CORRELATION_ID | AMQP_TIMESTAMP)

/* What a message is routed by. False: its properties are malformed. */
static bool read_routing(struct rabbit_message *message, struct rabbit_routing *out)
{
    struct amqp_properties properties = {0};
    struct slice raw = rabbit_message_properties(message);
    if ((amqp_property_flags(raw) & ROUTED_BY) && !amqp_properties_decode(raw, &properties))
        return false;
    *out = (struct rabbit_routing){
        .routing_key = rabbit_message_routing_key(message),
        .headers = properties.headers,
        .message_id = properties.message_id,
        .correlation_id = properties.correlation_id,
        .timestamp = properties.timestamp,
        .message = message,
    };
    return true;
}

static enum rabbit_publish_result put_all(struct rabbit_vhost *vhost,
                                          const struct rabbit_routed *routed,
                                          struct rabbit_message *message,
                                          struct rabbit_error *error)
{
    enum rabbit_publish_result result = RABBIT_PUBLISHED;
    struct heap *heap = vhost->rabbit->host.heap;
    struct rabbit_message *stored = rabbit_message_without_bcc(heap, message);
    if (!stored) {
        rabbit_fail_memory(error);
        return RABBIT_PUBLISH_FAILED;
    }
    for (size_t i = 0; i < routed->count && result != RABBIT_PUBLISH_FAILED; i++)
        switch (rabbit_queue_put(routed->queues[i], stored)) {
        case RABBIT_PUT_DONE: break;
        case RABBIT_PUT_REFUSED: result = RABBIT_PUBLISH_REFUSED; break;
        case RABBIT_PUT_NO_MEMORY:
            rabbit_fail_memory(error);
            result = RABBIT_PUBLISH_FAILED;
            break;
        }
    rabbit_message_release(heap, stored);
    return result;
}

enum rabbit_publish_result rabbit_publish_for(struct rabbit_vhost *vhost,
                                              const struct rabbit_trace_client *client,
                                              struct rabbit_message *message,
                                              struct rabbit_error *error)
{
    struct slice exchange = rabbit_message_exchange(message);
    struct rabbit_routing routing;
    struct rabbit_routed routed;
    vhost->rabbit->stats.published++;
    if (!read_routing(message, &routing)) {
        rabbit_fail(error, RABBIT_INTERNAL_ERROR, "malformed properties");
        return RABBIT_PUBLISH_FAILED;
    }
    if (!rabbit_route(vhost, exchange, &routing, &routed, error))
        return RABBIT_PUBLISH_FAILED;
    if (client)
        rabbit_trace_published(vhost, client, message, &routed);
    if (!routed.count) {
        vhost->rabbit->stats.dropped += !routed.delayed;
        return RABBIT_UNROUTED;
    }
    return put_all(vhost, &routed, message, error);
}

enum rabbit_publish_result rabbit_publish(struct rabbit_vhost *vhost,
                                          struct rabbit_message *message,
                                          struct rabbit_error *error)
{
    return rabbit_publish_for(vhost, NULL, message, error);
}

/* Leaves out the queues that the message has come from. */
static void drop_cycles(struct rabbit_routed *routed, const struct rabbit_message *message)
{
    size_t kept = 0;
    for (size_t i = 0; i < routed->count; i++)
        if (!rabbit_death_is_cycle(message, routed->queues[i]->state->name))
            routed->queues[kept++] = routed->queues[i];
    routed->count = kept;
}

void rabbit_publish_letter(struct rabbit_vhost *vhost, struct rabbit_message *message,
                           bool no_cycles, struct rabbit_error *error)
{
    struct rabbit_routing routing;
    struct rabbit_routed routed;
    if (!read_routing(message, &routing) ||
        !rabbit_route(vhost, rabbit_message_exchange(message), &routing, &routed, error))
        return;
    if (no_cycles)
        drop_cycles(&routed, message);
    put_all(vhost, &routed, message, error);
}

void rabbit_publish_through(struct rabbit_vhost *vhost, struct slice exchange,
                            struct rabbit_message *message)
{
    struct rabbit_routing routing;
    struct rabbit_routed routed;
    struct rabbit_error error;
    if (read_routing(message, &routing) && rabbit_route(vhost, exchange, &routing, &routed, &error))
        put_all(vhost, &routed, message, &error);
}
