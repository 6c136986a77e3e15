#include "emulators/rabbitmq/publish_check.h"

#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/topic_permission.h"
#include "protocols/amqp/amqp_table.h"

/* Ten years: RabbitMQ's limit of times. */
#define EXPIRATION_MAX_MS INT64_C(315360000000)

#define PERSISTENT 2 /* a delivery mode */

static bool check_exchange(struct rabbit_vhost *vhost, struct slice user,
                           const struct rabbit_message_options *options, struct rabbit_error *error)
{
    struct slice name = options->exchange;
    struct rabbit_topic_access topic = {user, name, options->routing_key, RABBIT_WRITE};
    if (!rabbit_user_may(vhost, user, RABBIT_WRITE, "exchange", name, error))
        return false;
    const struct rabbit_exchange *exchange = rabbit_exchange_need(vhost, name, error);
    return exchange && rabbit_exchange_may_publish(exchange, error) &&
           rabbit_user_may_topic(vhost, &topic, error);
}

static bool is_impersonator(const struct rabbit *rabbit, struct slice name)
{
    const struct rabbit_user *user = rabbit_user_find(rabbit, name);
    return user && rabbit_user_has_tag(user, "impersonator");
}

/* Who sets user-id has to be that user, or one tagged as an impersonator. */
static bool check_user_id(const struct rabbit *rabbit, const struct amqp_properties *properties,
                          struct slice user, struct rabbit_error *error)
{
    struct slice user_id = properties->user_id;
    return !(properties->flags & AMQP_USER_ID) || slice_eq(user_id, user) ||
           is_impersonator(rabbit, user) ||
           rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "user_id property set to '" SLICE_FMT
                       "' but authenticated user was '" SLICE_FMT "'",
                       SLICE_ARG(user_id), SLICE_ARG(user));
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

static bool check_size(uint64_t body_len, struct rabbit_error *error)
{
    return body_len <= RABBIT_BODY_MAX ||
           rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                       "message size %llu is larger than configured max size %u",
                       (unsigned long long)body_len, RABBIT_BODY_MAX);
}

static bool has_more_keys(struct slice headers)
{
    struct amqp_value value;
    return headers.len && (amqp_table_get(headers, slice_str("CC"), &value) ||
                           amqp_table_get(headers, slice_str("BCC"), &value));
}

bool rabbit_publish_check(struct rabbit_vhost *vhost, struct slice user,
                          const struct rabbit_message_options *options, struct rabbit_error *error)
{
    return check_size(options->body_len, error) && check_exchange(vhost, user, options, error);
}

bool rabbit_publish_read_properties(const struct rabbit *rabbit,
                                    const struct amqp_properties *properties, struct slice user,
                                    struct rabbit_message_options *out, struct rabbit_error *error)
{
    if (!check_user_id(rabbit, properties, user, error) ||
        !read_expiration(properties, &out->ttl_ms, error))
        return false;
    out->priority = properties->priority;
    out->persistent = properties->delivery_mode == PERSISTENT;
    out->has_cc = has_more_keys(properties->headers);
    return true;
}
