#include "emulators/rabbitmq/basic_publish.h"

#include "emulators/rabbitmq/delivery.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/reply_to.h"
#include "emulators/rabbitmq/user.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

/* Ten years: RabbitMQ's limit of times. */
#define EXPIRATION_MAX_MS INT64_C(315360000000)

#define PERSISTENT 2 /* a delivery mode */

/* ---- what is checked */

static bool check_exchange(struct rabbit_channel_session *channel, struct slice name,
                           struct rabbit_error *error)
{
    struct rabbit_vhost *vhost = channel->engine.vhost;
    if (!rabbit_user_may(vhost, channel->connection->user, RABBIT_WRITE, "exchange", name, error))
        return false;
    const struct rabbit_exchange *exchange = rabbit_exchange_need(vhost, name, error);
    return exchange && rabbit_exchange_may_publish(exchange, error);
}

/* Who sets user-id has to be that user. */
static bool check_user_id(const struct rabbit_connection *connection,
                          const struct amqp_properties *properties, struct rabbit_error *error)
{
    struct slice user_id = properties->user_id;
    return !(properties->flags & AMQP_USER_ID) || slice_eq(user_id, connection->user) ||
           rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "user_id property set to '" SLICE_FMT
                       "' but authenticated user was '" SLICE_FMT "'",
                       SLICE_ARG(user_id), SLICE_ARG(connection->user));
}

static bool refuse_expiration(struct slice text, struct rabbit_error *error, const char *why,
                              struct slice what)
{
    const char *quote = slice_eq_str(slice_str(why), "leftover_string") ? "\"" : "";
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "invalid expiration '" SLICE_FMT "': {%s,%s" SLICE_FMT "%s}",
                       SLICE_ARG(text), why, quote, SLICE_ARG(what), quote);
}

/* Reads a number as Erlang does: a sign, digits, and nothing behind them. -1 in *out: there is none. */
static bool read_expiration(const struct amqp_properties *properties, int64_t *out,
                            struct rabbit_error *error)
{
    struct slice text = properties->expiration;
    *out = -1;
    if (!(properties->flags & AMQP_EXPIRATION))
        return true;
    bool has_sign = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    size_t first = has_sign, at = first;
    int64_t value = 0;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9'; at++)
        if (value <= EXPIRATION_MAX_MS)
            value = value * 10 + (text.ptr[at] - '0');
    if (at == first)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "invalid expiration '" SLICE_FMT "': no_integer", SLICE_ARG(text));
    if (at < text.len)
        return refuse_expiration(text, error, "leftover_string", slice_from(text, at));
    if (value && text.ptr[0] == '-')
        return refuse_expiration(text, error, "value_negative", text);
    if (value > EXPIRATION_MAX_MS)
        return refuse_expiration(text, error, "value_too_large", slice_from(text, first));
    *out = value;
    return true;
}

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

static bool has_more_keys(struct slice headers)
{
    struct amqp_value value;
    return headers.len && (amqp_table_get(headers, slice_str("CC"), &value) ||
                           amqp_table_get(headers, slice_str("BCC"), &value));
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

static bool check_size(uint64_t body_len, struct rabbit_error *error)
{
    return body_len <= RABBIT_BODY_MAX ||
           rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "message size %llu is larger than configured max size %u",
                       (unsigned long long)body_len, RABBIT_BODY_MAX);
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
    if (!check_size(body_len, error) || !check_exchange(channel, options.exchange, error))
        return NULL;
    if (!amqp_properties_decode(raw, &properties)) {
        rabbit_fail(error, RABBIT_INTERNAL_ERROR, "malformed properties");
        return NULL;
    }
    if (!set_reply_address(channel, &properties, &changed, error) ||
        !check_user_id(channel->connection, &properties, error) ||
        !read_expiration(&properties, &options.ttl_ms, error))
        return NULL;
    options.priority = properties.priority;
    options.persistent = properties.delivery_mode == PERSISTENT;
    options.has_cc = has_more_keys(properties.headers);
    struct rabbit_message *message = create(channel, &options, changed ? &properties : NULL);
    if (!message)
        rabbit_fail_memory(error);
    return message;
}

/* ---- publishing it */

bool rabbit_publish_now(struct rabbit_channel_session *channel, struct rabbit_message *message,
                        bool mandatory, struct rabbit_error *error)
{
    switch (rabbit_publish(channel->engine.vhost, message, error)) {
    case RABBIT_PUBLISHED: break;
    case RABBIT_UNROUTED:
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
