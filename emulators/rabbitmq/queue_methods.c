#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/method_table.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/reply_to.h"

/* ---- names */

static void remember(struct rabbit_channel_session *channel, struct slice name)
{
    channel->last_queue_len = (uint8_t)name.len;
    memcpy(channel->last_queue, name.ptr, name.len);
}

bool rabbit_call_queue_name(struct rabbit_call *call, struct slice name, struct slice *out)
{
    const struct rabbit_channel_session *channel = call->channel;
    if (name.len == 0 && channel->last_queue_len == 0)
        return rabbit_fail(&call->error, RABBIT_NOT_FOUND, "no previously declared queue");
    if (name.len == 0) {
        name = slice_of(channel->last_queue, channel->last_queue_len);
        call->keys[call->key_count++] = name;
    }
    *out = name;
    return true;
}

/* ---- declare */

static uint32_t count_of(uint64_t messages)
{
    return messages < UINT32_MAX ? (uint32_t)messages : UINT32_MAX;
}

static bool answer_declared(struct rabbit_call *call, struct slice name, uint64_t messages,
                            uint32_t consumers)
{
    struct amqp_queue_declare_ok ok = {
        .queue = name,
        .message_count = count_of(messages),
        .consumer_count = consumers,
    };
    remember(call->channel, name);
    return rabbit_answer_unless(call, call->method->queue_declare.nowait, AMQP_QUEUE_DECLARE_OK,
                                &ok);
}

/* Of the pseudo queue, which everybody seems to consume, and of reply addresses. */
static bool declare_reply_to(struct rabbit_call *call, struct slice name)
{
    if (!rabbit_is_reply_to(name) && !rabbit_reply_is_address_known(call->connection->rabbit, name))
        return rabbit_fail(&call->error, RABBIT_NOT_FOUND,
                           "no queue '" SLICE_FMT "' in vhost '" SLICE_FMT "'", SLICE_ARG(name),
                           SLICE_ARG(rabbit_vhost_name(call->vhost)));
    return answer_declared(call, name, 0, 1);
}

static bool answer_queue(struct rabbit_call *call, const struct rabbit_queue *queue)
{
    return queue && answer_declared(call, queue->state->name, queue->state->ready.count,
                                    queue->consumer_count);
}

static bool declare_passive(struct rabbit_call *call)
{
    uint8_t room[UINT8_MAX];
    struct slice name = rabbit_strip_name(call->method->queue_declare.queue, room);
    if (rabbit_is_reply_to(name) || rabbit_is_reply_address(name))
        return declare_reply_to(call, name);
    struct rabbit_queue *queue =
        rabbit_queue_need(call->vhost, name, call->connection->id, &call->error);
    if (queue)
        rabbit_queue_touch(queue);
    return answer_queue(call, queue);
}

/* Who makes a queue with a dead-letter exchange is to be allowed to read from the one and write to the other. */
static bool may_declare(struct rabbit_call *call, const struct rabbit_queue_options *options)
{
    struct rabbit_forward dead_letters = {"queue", options->name, options->arguments,
                                          "x-dead-letter-exchange"};
    return rabbit_call_may(call, RABBIT_CONFIGURE, "queue", options->name) &&
           (rabbit_queue_find(call->vhost, options->name) ||
            rabbit_user_may_forward(call->vhost, call->connection->user, &dead_letters,
                                    &call->error));
}

static bool declare_active(struct rabbit_call *call)
{
    const struct amqp_queue_declare *declare = &call->method->queue_declare;
    uint8_t room[UINT8_MAX];
    char generated[RABBIT_NAME_ROOM];
    struct rabbit_queue_options options = {
        .name = rabbit_strip_name(declare->queue, room),
        .arguments = declare->arguments,
        .durable = declare->durable,
        .exclusive = declare->exclusive,
        .auto_delete = declare->auto_delete,
        .connection = call->connection->id,
    };
    if (rabbit_is_reply_to(options.name) || rabbit_is_reply_address(options.name))
        return declare_reply_to(call, options.name);
    if (options.name.len == 0)
        options.name =
            rabbit_generate_name(call->connection->rabbit->host.random, "amq.gen-", generated);
    else if (rabbit_is_reserved_name(options.name))
        return rabbit_fail(&call->error, RABBIT_ACCESS_REFUSED,
                           "queue name '" SLICE_FMT "' contains reserved prefix 'amq.*'",
                           SLICE_ARG(options.name));
    bool ok = may_declare(call, &options) &&
              answer_queue(call, rabbit_queue_declare(call->vhost, &options, &call->error));
    if (ok && declare->queue.len == 0)
        call->keys[call->key_count++] =
            slice_of(call->channel->last_queue, call->channel->last_queue_len);
    return ok;
}

static bool declare(struct rabbit_call *call)
{
    return call->method->queue_declare.passive ? declare_passive(call) : declare_active(call);
}

/* ---- bindings */

static bool may_bind(struct rabbit_call *call, const struct rabbit_binding_options *options)
{
    if (options->source.len == 0)
        return rabbit_exchange_refuse_default(&call->error);
    return rabbit_call_may(call, RABBIT_WRITE, "queue", options->destination) &&
           rabbit_call_may(call, RABBIT_READ, "exchange", options->source) &&
           rabbit_call_may_bind(call, options->source, options->routing_key);
}

/* An empty queue's name with an empty key means the queue's name as the key. */
static bool resolve(struct rabbit_call *call, struct slice queue,
                    struct rabbit_binding_options *options)
{
    if (!rabbit_call_queue_name(call, options->destination, &options->destination))
        return false;
    if (queue.len == 0 && options->routing_key.len == 0)
        options->routing_key = options->destination;
    return true;
}

static bool bind(struct rabbit_call *call)
{
    const struct amqp_queue_bind *bind = &call->method->queue_bind;
    uint8_t queue[UINT8_MAX], exchange[UINT8_MAX];
    struct rabbit_binding_options options = {
        .source = rabbit_strip_name(bind->exchange, exchange),
        .destination = rabbit_strip_name(bind->queue, queue),
        .routing_key = bind->routing_key,
        .arguments = bind->arguments,
        .connection = call->connection->id,
    };
    return resolve(call, bind->queue, &options) && may_bind(call, &options) &&
           rabbit_bind(call->vhost, &options, &call->error) &&
           rabbit_answer_unless(call, bind->nowait, AMQP_QUEUE_BIND_OK, NULL);
}

static bool unbind(struct rabbit_call *call)
{
    const struct amqp_queue_unbind *unbind = &call->method->queue_unbind;
    uint8_t queue[UINT8_MAX], exchange[UINT8_MAX];
    struct rabbit_binding_options options = {
        .source = rabbit_strip_name(unbind->exchange, exchange),
        .destination = rabbit_strip_name(unbind->queue, queue),
        .routing_key = unbind->routing_key,
        .arguments = unbind->arguments,
        .connection = call->connection->id,
    };
    return resolve(call, unbind->queue, &options) && may_bind(call, &options) &&
           rabbit_unbind(call->vhost, &options, &call->error) &&
           rabbit_answer(call, AMQP_QUEUE_UNBIND_OK, NULL);
}

/* ---- purge and delete */

static bool purge(struct rabbit_call *call)
{
    const struct amqp_queue_purge *purge = &call->method->queue_purge;
    struct slice name;
    uint64_t count;
    if (!rabbit_call_queue_name(call, purge->queue, &name) ||
        !rabbit_call_may(call, RABBIT_READ, "queue", name))
        return false;
    struct rabbit_queue *queue =
        rabbit_queue_need(call->vhost, name, call->connection->id, &call->error);
    if (!queue || !rabbit_queue_purge(queue, &count, &call->error))
        return false;
    struct amqp_queue_purge_ok ok = {.message_count = count_of(count)};
    return rabbit_answer_unless(call, purge->nowait, AMQP_QUEUE_PURGE_OK, &ok);
}

static bool delete_queue(struct rabbit_call *call)
{
    const struct amqp_queue_delete *delete = &call->method->queue_delete;
    uint8_t room[UINT8_MAX];
    struct slice name;
    uint64_t count = 0;
    if (!rabbit_call_queue_name(call, rabbit_strip_name(delete->queue, room), &name) ||
        !rabbit_call_may(call, RABBIT_CONFIGURE, "queue", name) ||
        !rabbit_queue_delete(call->vhost, name, call->connection->id, delete->if_unused,
                             delete->if_empty, &count, &call->error))
        return false;
    struct amqp_queue_delete_ok ok = {.message_count = count_of(count)};
    return rabbit_answer_unless(call, delete->nowait, AMQP_QUEUE_DELETE_OK, &ok);
}

const struct rabbit_method rabbit_queue_methods[RABBIT_QUEUE_METHODS] = {
    [AMQP_METHOD_OF(AMQP_QUEUE_DECLARE)] = {declare,      {RABBIT_METHOD_KEY(queue_declare, queue)}},
    [AMQP_METHOD_OF(AMQP_QUEUE_BIND)] = {bind,
                                            {RABBIT_METHOD_KEY(queue_bind, queue),
                                          RABBIT_METHOD_KEY(queue_bind, exchange)}                 },
    [AMQP_METHOD_OF(AMQP_QUEUE_PURGE)] = {purge,        {RABBIT_METHOD_KEY(queue_purge, queue)}  },
    [AMQP_METHOD_OF(AMQP_QUEUE_DELETE)] = {delete_queue, {RABBIT_METHOD_KEY(queue_delete, queue)} },
    [AMQP_METHOD_OF(AMQP_QUEUE_UNBIND)] = {unbind,
                                            {RABBIT_METHOD_KEY(queue_unbind, queue),
                                            RABBIT_METHOD_KEY(queue_unbind, exchange)}             },
};
