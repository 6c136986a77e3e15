#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/method_table.h"

/* ---- declare */

static bool declare_passive(struct rabbit_call *call, struct slice name)
{
    return rabbit_exchange_need(call->vhost, name, &call->error) != NULL;
}

/* As queues with dead-letter exchanges: those with an alternate exchange. */
static bool may_declare(struct rabbit_call *call, const struct rabbit_exchange_options *options)
{
    struct rabbit_forward unrouted = {"exchange", options->name, options->arguments,
                                      "alternate-exchange"};
    return rabbit_call_may(call, RABBIT_CONFIGURE, "exchange", options->name) &&
           (rabbit_exchange_find(call->vhost, options->name) ||
            rabbit_user_may_forward(call->vhost, call->connection->user, &unrouted, &call->error));
}

static bool declare_active(struct rabbit_call *call, struct slice name)
{
    const struct amqp_exchange_declare *declare = &call->method->exchange_declare;
    struct rabbit_exchange_options options = {
        .name = name,
        .type = declare->type,
        .arguments = declare->arguments,
        .durable = declare->durable,
        .auto_delete = declare->auto_delete,
        .internal = declare->internal,
        .user = call->connection->user,
    };
    /* An unknown type is the worse mistake: the declaration refuses it. */
    return (!rabbit_exchange_type_find(options.type) || may_declare(call, &options)) &&
           rabbit_exchange_declare(call->vhost, &options, &call->error);
}

static bool declare(struct rabbit_call *call)
{
    const struct amqp_exchange_declare *declare = &call->method->exchange_declare;
    uint8_t room[UINT8_MAX];
    struct slice name = rabbit_strip_name(declare->exchange, room);
    /* An unknown type is the worse mistake. */
    if (name.len == 0 && (declare->passive || rabbit_exchange_type_find(declare->type)))
        return rabbit_exchange_refuse_default(&call->error);
    if (!(declare->passive ? declare_passive(call, name) : declare_active(call, name)))
        return false;
    return rabbit_answer_unless(call, declare->nowait, AMQP_EXCHANGE_DECLARE_OK, NULL);
}

/* ---- delete */

static bool delete_exchange(struct rabbit_call *call)
{
    const struct amqp_exchange_delete *delete = &call->method->exchange_delete;
    uint8_t room[UINT8_MAX];
    struct slice name = rabbit_strip_name(delete->exchange, room);
    if (name.len == 0)
        return rabbit_exchange_refuse_default(&call->error);
    return rabbit_call_may(call, RABBIT_CONFIGURE, "exchange", name) &&
           rabbit_exchange_delete(call->vhost, name, delete->if_unused, &call->error) &&
           rabbit_answer_unless(call, delete->nowait, AMQP_EXCHANGE_DELETE_OK, NULL);
}

/* ---- bindings from exchange to exchange */

static bool may_bind(struct rabbit_call *call, const struct rabbit_binding_options *options)
{
    if (options->destination.len == 0 || options->source.len == 0)
        return rabbit_exchange_refuse_default(&call->error);
    return rabbit_call_may(call, RABBIT_WRITE, "exchange", options->destination) &&
           rabbit_call_may(call, RABBIT_READ, "exchange", options->source) &&
           rabbit_call_may_bind(call, options->source, options->routing_key);
}

static bool bind(struct rabbit_call *call)
{
    const struct amqp_exchange_bind *bind = &call->method->exchange_bind;
    uint8_t destination[UINT8_MAX], source[UINT8_MAX];
    struct rabbit_binding_options options = {
        .source = rabbit_strip_name(bind->source, source),
        .destination = rabbit_strip_name(bind->destination, destination),
        .routing_key = bind->routing_key,
        .arguments = bind->arguments,
        .to_exchange = true,
    };
    return may_bind(call, &options) && rabbit_bind(call->vhost, &options, &call->error) &&
           rabbit_answer_unless(call, bind->nowait, AMQP_EXCHANGE_BIND_OK, NULL);
}

static bool unbind(struct rabbit_call *call)
{
    const struct amqp_exchange_unbind *unbind = &call->method->exchange_unbind;
    uint8_t destination[UINT8_MAX], source[UINT8_MAX];
    struct rabbit_binding_options options = {
        .source = rabbit_strip_name(unbind->source, source),
        .destination = rabbit_strip_name(unbind->destination, destination),
        .routing_key = unbind->routing_key,
        .arguments = unbind->arguments,
        .to_exchange = true,
    };
    return may_bind(call, &options) && rabbit_unbind(call->vhost, &options, &call->error) &&
           rabbit_answer_unless(call, unbind->nowait, AMQP_EXCHANGE_UNBIND_OK, NULL);
}

const struct rabbit_method rabbit_exchange_methods[RABBIT_EXCHANGE_METHODS] = {
    [AMQP_METHOD_OF(AMQP_EXCHANGE_DECLARE)] = {declare,
                                               {RABBIT_METHOD_KEY(exchange_declare, exchange)}},
    [AMQP_METHOD_OF(AMQP_EXCHANGE_DELETE)] = {delete_exchange,
                                               {RABBIT_METHOD_KEY(exchange_delete, exchange)} },
    [AMQP_METHOD_OF(AMQP_EXCHANGE_BIND)] = {bind,
                                               {RABBIT_METHOD_KEY(exchange_bind, destination),
                                             RABBIT_METHOD_KEY(exchange_bind, source)}        },
    [AMQP_METHOD_OF(AMQP_EXCHANGE_UNBIND)] = {unbind,
                                               {RABBIT_METHOD_KEY(exchange_unbind, destination),
                                               RABBIT_METHOD_KEY(exchange_unbind, source)}    },
};
