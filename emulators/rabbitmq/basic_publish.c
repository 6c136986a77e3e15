#include "emulators/rabbitmq/basic_publish.h"

#include "emulators/rabbitmq/delivery.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/publish_check.h"
#include "emulators/rabbitmq/reply_to.h"
#include "protocols/amqp/amqp_properties.h"

/* ---- the message */

/* A request's reply-to becomes the address at which its channel gets direct replies. */
static bool set_reply_address(const struct rabbit_channel_session *channel,
                              struct amqp_properties *properties, bool *out_changed,
                              struct rabbit_error *error)
{
    *out_changed = (properties->flags & AMQP_REPLY_TO) && rabbit_is_reply_to(properties->reply_to);
    if (!*out_changed)
        return true;
    if (!channel->reply_consumer)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "fast reply consumer does not exist");
    properties->reply_to = channel->reply_consumer->address;
    return true;
}

static struct rabbit_message *create(struct rabbit_channel_session *channel,
                                     struct rabbit_message_options *options,
                                     const struct amqp_properties *changed)
{
    struct outq raw;
    outq_init(&raw);
    if (changed) {
        amqp_properties_put(&raw, changed);
        options->properties = outq_flatten(&raw);
    }
    struct rabbit_message *message =
        options->properties.ptr ? rabbit_message_create(channel->engine.rabbit->host.heap, options)
                                : NULL;
    outq_done(&raw);
    return message;
}

struct rabbit_message *rabbit_publish_prepare(struct rabbit_channel_session *channel,
                                              const struct rabbit_content *content,
                                              uint64_t body_len, struct slice raw,
                                              struct rabbit_error *error)
{
    struct rabbit_message_options options = {
        .exchange = rabbit_content_exchange(content),
        .routing_key = rabbit_content_routing_key(content),
        .properties = raw,
        .body_len = body_len,
        .published_ms = rabbit_now_ms(channel->engine.rabbit),
    };
    struct amqp_properties properties;
    bool changed;
    struct slice user = channel->connection->user;
    if (!rabbit_publish_check(channel->engine.vhost, user, &options, error))
        return NULL;
    if (!amqp_properties_decode(raw, &properties)) {
        rabbit_fail(error, RABBIT_INTERNAL_ERROR, "malformed properties");
        return NULL;
    }
    if (!set_reply_address(channel, &properties, &changed, error) ||
        !rabbit_publish_read_properties(channel->engine.rabbit, &properties, user, &options, error))
        return NULL;
    struct rabbit_message *message = create(channel, &options, changed ? &properties : NULL);
    if (!message)
        rabbit_fail_memory(error);
    return message;
}

/* ---- publishing it */

static enum rabbit_publish_result publish(struct rabbit_channel_session *channel,
                                          struct rabbit_message *message,
                                          struct rabbit_error *error)
{
    struct rabbit_vhost *vhost = channel->engine.vhost;
    if (__builtin_expect(!vhost->state->tracing, 1))
        return rabbit_publish(vhost, message, error);
    struct rabbit_trace_client client = rabbit_trace_client_of(channel);
    return rabbit_publish_for(vhost, &client, message, error);
}

bool rabbit_publish_now(struct rabbit_channel_session *channel, struct rabbit_message *message,
                        bool mandatory, struct rabbit_error *error)
{
    channel->engine.stats.published++;
    switch (publish(channel, message, error)) {
    case RABBIT_PUBLISHED: break;
    case RABBIT_UNROUTED:
        channel->engine.stats.dropped++;
        if (mandatory)
            rabbit_deliver_returned(channel, message);
        break;
    case RABBIT_PUBLISH_REFUSED: rabbit_confirm(channel, false); return true;
    case RABBIT_PUBLISH_FAILED: return false;
    }
    rabbit_confirm(channel, true);
    return true;
}

bool rabbit_publish_complete(struct rabbit_channel_session *channel, struct rabbit_message *message,
                             bool mandatory, struct rabbit_error *error)
{
    rabbit_reply_publish(channel->connection->rabbit, message); /* within a transaction, too */
    if (channel->mode == RABBIT_MODE_TX)
        return rabbit_tx_publish(channel, message, mandatory, error);
    return rabbit_publish_now(channel, message, mandatory, error);
}
