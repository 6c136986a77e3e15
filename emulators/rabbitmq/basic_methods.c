#include "emulators/rabbitmq/delivery.h"
#include "emulators/rabbitmq/method_table.h"
#include "emulators/rabbitmq/reply_to.h"

static bool qos(struct rabbit_call *call)
{
    const struct amqp_basic_qos *qos = &call->method->basic_qos;
    if (qos->prefetch_size)
        return rabbit_fail(&call->error, RABBIT_NOT_IMPLEMENTED, "prefetch_size!=0 (%u)",
                           qos->prefetch_size);
    rabbit_channel_qos(&call->channel->engine, qos->prefetch_count, qos->global);
    return rabbit_answer(call, AMQP_BASIC_QOS_OK, NULL);
}

/* ---- consumers */

static bool consume_queue(struct rabbit_call *call, struct slice tag)
{
    const struct amqp_basic_consume *consume = &call->method->basic_consume;
    struct rabbit_consume_options options = {
        .tag = tag,
        .arguments = consume->arguments,
        .no_ack = consume->no_ack,
        .exclusive = consume->exclusive,
    };
    struct slice name;
    if (!rabbit_call_queue_name(call, consume->queue, &name) ||
        !rabbit_call_may(call, RABBIT_READ, "queue", name))
        return false;
    struct rabbit_queue *queue =
        rabbit_queue_need(call->vhost, name, call->connection->id, &call->error);
    return queue && rabbit_consume(&call->channel->engine, queue, &options, &call->error);
}

static bool is_tag_in_use(const struct rabbit_call *call, struct slice tag)
{
    const struct rabbit_reply_consumer *reply = call->channel->reply_consumer;
    return rabbit_consumer_find(&call->channel->engine, tag) ||
           (reply && slice_eq(reply->tag, tag));
}

static bool consume(struct rabbit_call *call)
{
    const struct amqp_basic_consume *consume = &call->method->basic_consume;
    char generated[RABBIT_NAME_ROOM];
    struct slice tag = consume->consumer_tag;
    if (tag.len == 0)
        tag = rabbit_generate_name(call->connection->rabbit->host.random, "amq.ctag-", generated);
    else if (is_tag_in_use(call, tag))
        return rabbit_fail(&call->error, RABBIT_NOT_ALLOWED,
                           "attempt to reuse consumer tag '" SLICE_FMT "'", SLICE_ARG(tag));
    bool ok = rabbit_is_reply_to(consume->queue)
                  ? rabbit_reply_consume(call->channel, tag, consume->no_ack, &call->error)
                  : consume_queue(call, tag);
    struct amqp_basic_consume_ok answer = {.consumer_tag = tag};
    return ok && rabbit_answer_unless(call, consume->nowait, AMQP_BASIC_CONSUME_OK, &answer);
}

static bool cancel(struct rabbit_call *call)
{
    const struct amqp_basic_cancel *cancel = &call->method->basic_cancel;
    const struct rabbit_reply_consumer *reply = call->channel->reply_consumer;
    struct amqp_basic_cancel_ok ok = {.consumer_tag = cancel->consumer_tag};
    if (reply && slice_eq(reply->tag, cancel->consumer_tag)) {
        rabbit_reply_cancel(call->channel);
    } else {
        struct rabbit_consumer *consumer =
            rabbit_consumer_find(&call->channel->engine, cancel->consumer_tag);
        if (consumer)
            rabbit_consumer_cancel(consumer);
    }
    return rabbit_answer_unless(call, cancel->nowait, AMQP_BASIC_CANCEL_OK, &ok);
}

/* ---- get */

static bool get(struct rabbit_call *call)
{
    const struct amqp_basic_get *get = &call->method->basic_get;
    struct rabbit_channel_session *channel = call->channel;
    struct slice name;
    struct rabbit_entry entry;
    uint64_t tag;
    bool empty;
    if (!rabbit_call_queue_name(call, get->queue, &name) ||
        !rabbit_call_may(call, RABBIT_READ, "queue", name))
        return false;
    struct rabbit_queue *queue =
        rabbit_queue_need(call->vhost, name, call->connection->id, &call->error);
    if (!queue || !rabbit_channel_get(&channel->engine, queue, get->no_ack, &entry, &tag, &empty,
                                      &call->error))
        return false;
    if (empty) {
        struct amqp_basic_get_empty nothing = {0};
        return rabbit_answer(call, AMQP_BASIC_GET_EMPTY, &nothing);
    }
    rabbit_deliver_got(channel, queue, &entry, tag);
    rabbit_message_release(call->connection->rabbit->host.heap, entry.message);
    return true;
}

/* ---- acknowledgements */

static bool settle(struct rabbit_call *call, uint64_t tag, bool multiple,
                   enum rabbit_settlement how)
{
    struct rabbit_channel_session *channel = call->channel;
    struct rabbit_tx_settlement settlement = {tag, multiple, how};
    if (channel->mode == RABBIT_MODE_TX)
        return rabbit_tx_settle(channel, &settlement, &call->error);
    return rabbit_channel_settle(&channel->engine, tag, multiple, how, &call->error);
}

static bool ack(struct rabbit_call *call)
{
    const struct amqp_basic_ack *ack = &call->method->basic_ack;
    return settle(call, ack->delivery_tag, ack->multiple, RABBIT_ACK);
}

static bool nack(struct rabbit_call *call)
{
    const struct amqp_basic_nack *nack = &call->method->basic_nack;
    return settle(call, nack->delivery_tag, nack->multiple,
                  nack->requeue ? RABBIT_REQUEUE : RABBIT_REJECT);
}

static bool reject(struct rabbit_call *call)
{
    const struct amqp_basic_reject *reject = &call->method->basic_reject;
    return settle(call, reject->delivery_tag, false,
                  reject->requeue ? RABBIT_REQUEUE : RABBIT_REJECT);
}

static bool requeue_all(struct rabbit_call *call, bool requeue)
{
    if (!requeue)
        return rabbit_fail(&call->error, RABBIT_NOT_IMPLEMENTED, "requeue=false");
    if (call->channel->mode == RABBIT_MODE_TX)
        rabbit_tx_recover(call->channel);
    else
        rabbit_channel_recover(&call->channel->engine);
    return true;
}

static bool recover(struct rabbit_call *call)
{
    return requeue_all(call, call->method->basic_recover.requeue) &&
           rabbit_answer(call, AMQP_BASIC_RECOVER_OK, NULL);
}

static bool recover_async(struct rabbit_call *call)
{
    return requeue_all(call, call->method->basic_recover_async.requeue);
}

/* Its content is still to come. */
static bool publish(struct rabbit_call *call)
{
    if (call->method->basic_publish.immediate)
        return rabbit_fail(&call->error, RABBIT_NOT_IMPLEMENTED, "immediate=true");
    call->connection->publisher = true;
    rabbit_content_begin(call->channel, &call->method->basic_publish,
                         call->connection->command_bytes);
    return true;
}

const struct rabbit_method rabbit_basic_methods[RABBIT_BASIC_METHODS] = {
    [AMQP_METHOD_OF(AMQP_BASIC_QOS)] = {qos,           {0}                                            },
    [AMQP_METHOD_OF(AMQP_BASIC_CONSUME)] = {consume,       {RABBIT_METHOD_KEY(basic_consume, queue)}      },
    [AMQP_METHOD_OF(AMQP_BASIC_CANCEL)] = {cancel,        {RABBIT_METHOD_KEY(basic_cancel, consumer_tag)}},
    [AMQP_METHOD_OF(AMQP_BASIC_PUBLISH)] = {publish,
                                        {RABBIT_METHOD_KEY(basic_publish, exchange),
                                             RABBIT_METHOD_KEY(basic_publish, routing_key)}           },
    [AMQP_METHOD_OF(AMQP_BASIC_GET)] = {get,           {RABBIT_METHOD_KEY(basic_get, queue)}          },
    [AMQP_METHOD_OF(AMQP_BASIC_ACK)] = {ack,           {0}                                            },
    [AMQP_METHOD_OF(AMQP_BASIC_REJECT)] = {reject,        {0}                                            },
    [AMQP_METHOD_OF(AMQP_BASIC_RECOVER_ASYNC)] = {recover_async, {0}                                            },
    [AMQP_METHOD_OF(AMQP_BASIC_RECOVER)] = {recover,       {0}                                            },
    [AMQP_METHOD_OF(AMQP_BASIC_NACK)] = {nack,          {0}                                            },
};
