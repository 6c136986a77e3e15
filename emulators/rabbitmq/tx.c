#include "emulators/rabbitmq/tx.h"

#include "emulators/rabbitmq/basic_publish.h"
#include "emulators/rabbitmq/method_table.h"

/* Room for one item more of an array in the heap. */
static bool grow(struct heap *heap, void **items, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room)
        return true;
    uint32_t more = *room ? 2 * *room : 16;
    void *grown = heap_realloc(heap, *items, *room * size, more * size);
    if (!grown)
        return false;
    *items = grown;
    *room = more;
    return true;
}

static struct heap *heap_of(const struct rabbit_channel_session *channel)
{
    return channel->engine.rabbit->host.heap;
}

bool rabbit_tx_publish(struct rabbit_channel_session *channel, struct rabbit_message *message,
                       bool mandatory, struct rabbit_error *error)
{
    struct rabbit_tx *tx = &channel->tx;
    void *publishes = tx->publishes;
    if (!grow(heap_of(channel), &publishes, tx->publish_count, &tx->publish_room,
              sizeof(*tx->publishes)))
        return rabbit_fail_memory(error);
    tx->publishes = publishes;
    tx->publishes[tx->publish_count++] =
        (struct rabbit_tx_publish){rabbit_message_retain(message), mandatory};
    return true;
}

/* Has the transaction settled this one? Clients acknowledge in order mostly: the last first. */
static bool is_settled(const void *ctx, uint64_t tag)
{
    const struct rabbit_tx *tx = ctx;
    for (uint32_t i = tx->settlement_count; i-- > 0;) {
        const struct rabbit_tx_settlement *held = &tx->settlements[i];
        if (held->tag == tag || (held->multiple && held->tag > tag))
            return true;
    }
    return false;
}

/* The delivery that is acknowledged last by "all": what comes later is not meant by it. 0: none. */
static uint64_t last_unacked(const struct rabbit_channel *channel)
{
    uint64_t count = rabbit_channel_unacked(channel);
    const struct rabbit_unacked *last =
        count ? btree_at(&channel->state->unacked, &rabbit_unacked_type, count - 1) : NULL;
    return last ? last->tag : 0;
}

bool rabbit_tx_settle(struct rabbit_channel_session *channel,
                      const struct rabbit_tx_settlement *settlement, struct rabbit_error *error)
{
    struct rabbit_tx *tx = &channel->tx;
    void *settlements = tx->settlements;
    struct rabbit_tx_settlement held = *settlement;
    if (!rabbit_channel_knows(&channel->engine, held.tag, held.multiple, error))
        return false;
    if (held.tag && is_settled(tx, held.tag))
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "unknown delivery tag %llu",
                           (unsigned long long)held.tag);
    if (!held.tag)
        held.tag = last_unacked(&channel->engine);
    if (!held.tag)
        return true;
    if (!grow(heap_of(channel), &settlements, tx->settlement_count, &tx->settlement_room,
              sizeof(*tx->settlements)))
        return rabbit_fail_memory(error);
    tx->settlements = settlements;
    tx->settlements[tx->settlement_count++] = held;
    return true;
}

void rabbit_tx_recover(struct rabbit_channel_session *channel)
{
    rabbit_channel_recover_but(&channel->engine, is_settled, &channel->tx);
}

void rabbit_tx_clear(struct rabbit_channel_session *channel)
{
    struct rabbit_tx *tx = &channel->tx;
    struct heap *heap = heap_of(channel);
    for (uint32_t i = 0; i < tx->publish_count; i++)
        rabbit_message_release(heap, tx->publishes[i].message);
    heap_free(heap, tx->publishes, tx->publish_room * sizeof(*tx->publishes));
    heap_free(heap, tx->settlements, tx->settlement_room * sizeof(*tx->settlements));
    *tx = (struct rabbit_tx){0};
}

/* ---- methods */

static bool select_tx(struct rabbit_call *call)
{
    if (call->channel->mode == RABBIT_MODE_CONFIRM)
        return rabbit_fail(&call->error, RABBIT_PRECONDITION_FAILED,
                           "cannot switch from confirm to tx mode");
    call->channel->mode = RABBIT_MODE_TX;
    return rabbit_answer(call, AMQP_TX_SELECT_OK, NULL);
}

static bool is_transactional(struct rabbit_call *call)
{
    return call->channel->mode == RABBIT_MODE_TX ||
           rabbit_fail(&call->error, RABBIT_PRECONDITION_FAILED, "channel is not transactional");
}

static bool commit(struct rabbit_call *call)
{
    if (!is_transactional(call))
        return false;
    struct rabbit_channel_session *channel = call->channel;
    struct rabbit_tx tx = channel->tx;
    bool ok = true;
    for (uint32_t i = 0; ok && i < tx.publish_count; i++)
        ok = rabbit_publish_now(channel, tx.publishes[i].message, tx.publishes[i].mandatory,
                                &call->error);
    for (uint32_t i = 0; ok && i < tx.settlement_count; i++) {
        const struct rabbit_tx_settlement *held = &tx.settlements[i];
        ok = rabbit_channel_settle(&channel->engine, held->tag, held->multiple, held->how,
                                   &call->error);
    }
    rabbit_tx_clear(channel);
    return ok && rabbit_answer(call, AMQP_TX_COMMIT_OK, NULL);
}

static bool rollback(struct rabbit_call *call)
{
    if (!is_transactional(call))
        return false;
    rabbit_tx_clear(call->channel);
    return rabbit_answer(call, AMQP_TX_ROLLBACK_OK, NULL);
}

const struct rabbit_method rabbit_tx_methods[RABBIT_TX_METHODS] = {
    [AMQP_METHOD_OF(AMQP_TX_SELECT)] = {select_tx, {0}},
    [AMQP_METHOD_OF(AMQP_TX_COMMIT)] = {commit,    {0}},
    [AMQP_METHOD_OF(AMQP_TX_ROLLBACK)] = {rollback,  {0}},
};
