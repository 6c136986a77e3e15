#include "emulators/rabbitmq/confirm.h"

#include "emulators/rabbitmq/channel_session.h"
#include "emulators/rabbitmq/method_table.h"

void rabbit_confirms_flush(struct rabbit_channel_session *channel)
{
    struct rabbit_confirms *confirms = &channel->confirms;
    ring_remove(&confirms->link);
    if (!confirms->waiting)
        return;
    amqp_put_ack(rabbit_connection_out(channel->connection), channel->number, confirms->published,
                 confirms->waiting > 1);
    channel->engine.rabbit->stats.confirmed += confirms->waiting;
    channel->engine.stats.confirmed += confirms->waiting;
    confirms->waiting = 0;
}

void rabbit_confirms_flush_all(struct rabbit_connection *connection)
{
    while (!ring_empty(&connection->confirming))
        rabbit_confirms_flush(
            RING_OWNER(connection->confirming.next, struct rabbit_channel_session, confirms.link));
}

void rabbit_confirm(struct rabbit_channel_session *channel, bool ok)
{
    struct rabbit_confirms *confirms = &channel->confirms;
    if (channel->mode != RABBIT_MODE_CONFIRM)
        return;
    if (ok) {
        confirms->published++;
        if (!confirms->waiting++)
            ring_push_back(&channel->connection->confirming, &confirms->link);
        return;
    }
    rabbit_confirms_flush(channel);
    /* As RabbitMQ does: all before it are told of. */
    struct amqp_basic_nack nack = {
        .delivery_tag = ++confirms->published,
        .multiple = true,
        .requeue = true, /* of no meaning here: the field's default */
    };
    rabbit_channel_send(channel, AMQP_BASIC_NACK, &nack);
}

static bool select_confirms(struct rabbit_call *call)
{
    struct rabbit_channel_session *channel = call->channel;
    if (channel->mode == RABBIT_MODE_TX)
        return rabbit_fail(&call->error, RABBIT_PRECONDITION_FAILED,
                           "cannot switch from tx to confirm mode");
    channel->mode = RABBIT_MODE_CONFIRM;
    return rabbit_answer_unless(call, call->method->confirm_select.nowait, AMQP_CONFIRM_SELECT_OK,
                                NULL);
}

const struct rabbit_method rabbit_confirm_methods[RABBIT_CONFIRM_METHODS] = {
    [AMQP_METHOD_OF(AMQP_CONFIRM_SELECT)] = {select_confirms, {0}},
};
