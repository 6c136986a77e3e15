#include "emulators/rabbitmq/channel.h"

#include "common/assert.h"
#include "emulators/rabbitmq/consumer_timeout.h"
#include "emulators/rabbitmq/queue_expiry.h"

/* ---- the channel's part of the data */

static struct slice key_of(const uint64_t *id)
{
    return slice_of(id, sizeof(*id));
}

static struct rabbit_channel_state *create_state(struct rabbit_channel *channel)
{
    struct rabbit *rabbit = channel->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_channel_state *state = heap_alloc(heap, sizeof(*state));
    if (!state)
        return NULL;
    *state = (struct rabbit_channel_state){.refs = 1, .id = channel->id};
    if (!trie_insert(&rabbit->data.channels, &rabbit_channel_state_type, heap,
                     rabbit_channel_hash(channel->id), state)) {
        heap_free(heap, state, sizeof(*state));
        return NULL;
    }
    return state;
}

/* The state for changing; NULL when out of memory. */
static struct rabbit_channel_state *edit(struct rabbit_channel *channel)
{
    struct rabbit *rabbit = channel->rabbit;
    if (channel->state && channel->epoch == rabbit->epoch)
        return channel->state;
    if (channel->state) {
        void **slot = rabbit_data_own(&rabbit->data.channels, &rabbit_channel_state_type,
                                      rabbit->host.heap, rabbit_channel_hash(channel->id),
                                      key_of(&channel->id), rabbit_channel_state_clone);
        if (!slot)
            return NULL;
        channel->state = *slot;
    } else if (!(channel->state = create_state(channel))) {
        return NULL;
    }
    channel->epoch = rabbit->epoch;
    return channel->state;
}

/* Takes the state out of the data; its reference is the caller's. NULL: there is none, or no memory. */
static struct rabbit_channel_state *take_state(struct rabbit *rabbit, uint64_t id)
{
    bool absent;
    return trie_remove(&rabbit->data.channels, &rabbit_channel_state_type, rabbit->host.heap,
                       rabbit_channel_hash(id), key_of(&id), &absent);
}

uint64_t rabbit_channel_unacked(const struct rabbit_channel *channel)
{
    return channel->state ? channel->state->unacked.count : 0;
}

/* ---- coming and going */

void rabbit_channel_init(struct rabbit_channel *channel, struct rabbit_vhost *vhost,
                         const struct rabbit_channel_ops *ops, uint64_t connection)
{
    *channel = (struct rabbit_channel){
        .rabbit = vhost->rabbit,
        .vhost = vhost,
        .ops = ops,
        .id = ++vhost->rabbit->last_channel,
        .connection = connection,
    };
    ring_init(&channel->link);
    ring_init(&channel->consumers);
    ring_push_back(&vhost->rabbit->channels, &channel->link);
    vhost->rabbit->stats.channels_opened++;
}

void rabbit_channel_resume(struct rabbit_channel *channel)
{
    for (struct ring *at = channel->consumers.next; at != &channel->consumers; at = at->next)
        rabbit_consumer_wake(RING_OWNER(at, struct rabbit_consumer, link));
}

void rabbit_channel_qos(struct rabbit_channel *channel, uint16_t count, bool global)
{
    /* As in RabbitMQ 3.x: a limit per consumer ends the channel's own. */
    channel->prefetch_global = global ? count : 0;
    if (!global)
        channel->prefetch = count;
    rabbit_channel_resume(channel);
}

/* ---- what is owed */

uint64_t rabbit_channel_owe(struct rabbit_channel *channel, struct rabbit_queue *queue,
                            struct rabbit_consumer *consumer, const struct rabbit_entry *entry)
{
    struct rabbit_channel_state *state = edit(channel);
    struct rabbit_queue_state *from = rabbit_queue_edit(queue);
    struct rabbit_unacked unacked = {
        .tag = channel->last_tag + 1,
        .queue = queue->entity.id,
        .consumer = consumer ? consumer->entity.id : 0,
        .entry = *entry,
    };
    if (!state || !from ||
        !btree_insert_at(&state->unacked, &rabbit_unacked_type, channel->rabbit->host.heap,
                         state->unacked.count, &unacked))
        return 0;
    from->unacked_count++;
    from->unacked_bytes += entry->message->body_len;
    if (consumer) {
        consumer->unacked++;
        channel->unacked_global++;
    }
    if (state->unacked.count == 1)
        rabbit_consumer_timeout_watch(channel);
    return ++channel->last_tag;
}

/* A consumer that has one delivery less to acknowledge. Where the channel has a limit for all of them, all are
 * woken, in turn (settle_range). */
static void give_credit(struct rabbit_channel *channel, uint32_t number)
{
    struct rabbit_entity *entity =
        number ? rabbit_registry_get(&channel->rabbit->consumers, number) : NULL;
    if (!entity)
        return;
    struct rabbit_consumer *consumer = rabbit_consumer_of(entity);
    consumer->unacked--;
    if (!channel->prefetch_global)
        rabbit_consumer_wake(consumer);
}

/* What was owed goes its way; its reference with it. */
static void settle(struct rabbit *rabbit, struct rabbit_unacked *unacked,
                   enum rabbit_settlement how)
{
    struct rabbit_entity *entity = rabbit_registry_get(&rabbit->entities, unacked->queue);
    struct rabbit_queue *queue = entity ? rabbit_queue_of(entity) : NULL;
    struct rabbit_queue_state *state = queue ? rabbit_queue_edit(queue) : NULL;
    if (state) {
        state->unacked_count--;
        state->unacked_bytes -= unacked->entry.message->body_len;
    }
    if (!state || state->type == RABBIT_STREAM) {
        rabbit_message_release(rabbit->host.heap, unacked->entry.message);
        return;
    }
    if (how == RABBIT_REQUEUE) {
        rabbit_queue_requeue(queue, &unacked->entry);
        return;
    }
    state->acked += how == RABBIT_ACK;
    rabbit->stats.acked += how == RABBIT_ACK;
    rabbit_queue_settle(queue, &unacked->entry, how == RABBIT_ACK);
}

/* Settles `count` deliveries from a position on. */
static void settle_range(struct rabbit_channel *channel, uint64_t position, uint64_t count,
                         enum rabbit_settlement how)
{
    struct rabbit *rabbit = channel->rabbit;
    struct rabbit_unacked unacked;
    struct rabbit_channel_state *state = edit(channel);
    while (state && count-- > 0 &&
           btree_remove_at(&state->unacked, &rabbit_unacked_type, rabbit->host.heap, position,
                           &unacked)) {
        if (unacked.consumer)
            channel->unacked_global--;
        settle(rabbit, &unacked, how);
        channel->stats.acked += how == RABBIT_ACK;
        give_credit(channel, unacked.consumer);
    }
    rabbit_consumer_timeout_watch(channel);
    if (channel->prefetch_global)
        rabbit_channel_resume(channel);
}

static bool is_before_tag(const void *item, const void *ctx)
{
    return ((const struct rabbit_unacked *)item)->tag < *(const uint64_t *)ctx;
}

/* The position of a delivery; false when it is not owed. Most are acknowledged in their order. */
static bool find(const struct rabbit_channel *channel, uint64_t tag, uint64_t *out_position)
{
    const struct rabbit_unacked *at;
    if (!rabbit_channel_unacked(channel))
        return false;
    const struct btree *tree = &channel->state->unacked;
    at = btree_at(tree, &rabbit_unacked_type, 0);
    *out_position =
        at->tag == tag ? 0 : btree_rank(tree, &rabbit_unacked_type, is_before_tag, &tag);
    at = btree_at(tree, &rabbit_unacked_type, *out_position);
    return at && at->tag == tag;
}

bool rabbit_channel_knows(const struct rabbit_channel *channel, uint64_t tag, bool multiple,
                          struct rabbit_error *error)
{
    uint64_t position;
    if ((tag == 0 && multiple) || tag - 1 < channel->forgiven_tag || find(channel, tag, &position))
        return true;
    return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "unknown delivery tag %llu",
                       (unsigned long long)tag);
}

bool rabbit_channel_settle(struct rabbit_channel *channel, uint64_t tag, bool multiple,
                           enum rabbit_settlement how, struct rabbit_error *error)
{
    uint64_t position = 0;
    uint64_t count = rabbit_channel_unacked(channel);
    if (!rabbit_channel_knows(channel, tag, multiple, error))
        return false;
    bool is_there = tag && find(channel, tag, &position);
    if (multiple && is_there)
        settle_range(channel, 0, position + 1, how);
    else if (is_there)
        settle_range(channel, position, 1, how);
    else if (multiple && !tag)
        settle_range(channel, 0, count, how);
    else if (multiple && count) /* taken back by a rewind: what came before it is not */
        settle_range(
            channel, 0,
            btree_rank(&channel->state->unacked, &rabbit_unacked_type, is_before_tag, &tag), how);
    return true;
}

void rabbit_channel_recover(struct rabbit_channel *channel)
{
    settle_range(channel, 0, rabbit_channel_unacked(channel), RABBIT_REQUEUE);
}

void rabbit_channel_recover_but(struct rabbit_channel *channel,
                                bool (*keeps)(const void *ctx, uint64_t tag), const void *ctx)
{
    for (uint64_t at = rabbit_channel_unacked(channel); at-- > 0;) {
        const struct rabbit_unacked *unacked =
            btree_at(&channel->state->unacked, &rabbit_unacked_type, at);
        if (!keeps(ctx, unacked->tag))
            settle_range(channel, at, 1, RABBIT_REQUEUE);
    }
}

/* Consumers go first, so that nothing comes back to the channel itself. */
void rabbit_channel_done(struct rabbit_channel *channel)
{
    struct rabbit *rabbit = channel->rabbit;
    while (!ring_empty(&channel->consumers))
        rabbit_consumer_cancel(RING_OWNER(channel->consumers.next, struct rabbit_consumer, link));
    rabbit_dismissals_forget(channel);
    rabbit_channel_recover(channel);
    struct rabbit_channel_state *state = channel->state ? take_state(rabbit, channel->id) : NULL;
    if (state)
        trie_item_release(&rabbit_channel_state_type, rabbit->host.heap, state);
    ring_remove(&channel->link);
    rabbit->stats.channels_closed++;
}

/* ---- basic.get */

static void count_got(struct rabbit_stats *stats, const struct rabbit_entry *entry, bool no_ack)
{
    stats->got++;
    stats->got_no_ack += no_ack;
    stats->redelivered += entry->redelivered;
}

bool rabbit_channel_get(struct rabbit_channel *channel, struct rabbit_queue *queue, bool no_ack,
                        struct rabbit_entry *out, uint64_t *out_tag, bool *out_empty,
                        struct rabbit_error *error)
{
    struct rabbit *rabbit = channel->rabbit;
    struct slice name = queue->state->name;
    if (queue->state->type == RABBIT_STREAM)
        return rabbit_fail(error, RABBIT_NOT_IMPLEMENTED,
                           "basic.get not supported by stream queues queue '" SLICE_FMT
                           "' in vhost '" SLICE_FMT "'",
                           SLICE_ARG(name), SLICE_ARG(rabbit_vhost_name(queue->vhost)));
    rabbit_queue_touch(queue);
    *out_empty = !rabbit_queue_take(queue, out);
    rabbit->stats.got_empty += *out_empty;
    channel->stats.got_empty += *out_empty;
    if (*out_empty)
        return true;
    *out_tag = no_ack ? ++channel->last_tag : rabbit_channel_owe(channel, queue, NULL, out);
    if (!*out_tag) {
        rabbit_queue_put_back(queue, out);
        return rabbit_fail_memory(error);
    }
    if (!no_ack)
        rabbit_message_retain(out->message);
    queue->state->got++;
    queue->state->got_no_ack += no_ack;
    queue->state->redelivered += out->redelivered;
    count_got(&rabbit->stats, out, no_ack);
    count_got(&channel->stats, out, no_ack);
    return true;
}

/* ---- rewind */

/* Recounts what a channel's consumers owe. */
static void recount(struct rabbit_channel *channel)
{
    struct btree_iter iter;
    const struct rabbit_unacked *at;
    channel->unacked_global = 0;
    for (struct ring *link = channel->consumers.next; link != &channel->consumers;
         link = link->next)
        RING_OWNER(link, struct rabbit_consumer, link)->unacked = 0;
    if (!channel->state)
        return;
    for (at = btree_iter_at(&iter, &channel->state->unacked, &rabbit_unacked_type, 0); at;
         at = btree_iter_next(&iter, &rabbit_unacked_type)) {
        struct rabbit_entity *entity =
            at->consumer ? rabbit_registry_get(&channel->rabbit->consumers, at->consumer) : NULL;
        channel->unacked_global += at->consumer != 0;
        if (entity)
            rabbit_consumer_of(entity)->unacked++;
    }
}

/* What channels that are closed by now owed. */
static void return_orphans(struct rabbit *rabbit, struct trie *orphans)
{
    struct trie_iter iter;
    const struct rabbit_channel_state *state;
    struct btree_iter at;
    const struct rabbit_unacked *item;
    trie_iter_init(&iter, orphans);
    while ((state = trie_iter_next(&iter)))
        for (item = btree_iter_at(&at, &state->unacked, &rabbit_unacked_type, 0); item;
             item = btree_iter_next(&at, &rabbit_unacked_type)) {
            struct rabbit_unacked unacked = *item;
            rabbit_message_retain(unacked.entry.message);
            settle(rabbit, &unacked, RABBIT_REQUEUE);
        }
    trie_clear(orphans, &rabbit_channel_state_type, rabbit->host.heap);
}

/* Open channels take their states out, what is left is nobody's; then they put them back. */
bool rabbit_channels_rewind(struct rabbit *rabbit)
{
    struct heap *heap = rabbit->host.heap;
    bool ok = true;
    struct ring *link;
    for (link = rabbit->channels.next; link != &rabbit->channels; link = link->next) {
        struct rabbit_channel *channel = RING_OWNER(link, struct rabbit_channel, link);
        channel->state = take_state(rabbit, channel->id);
        channel->forgiven_tag = channel->last_tag;
        channel->epoch = 0;
        recount(channel);
    }
    return_orphans(rabbit, &rabbit->data.channels);
    for (link = rabbit->channels.next; link != &rabbit->channels; link = link->next) {
        struct rabbit_channel *channel = RING_OWNER(link, struct rabbit_channel, link);
        if (channel->state && !trie_insert(&rabbit->data.channels, &rabbit_channel_state_type, heap,
                                           rabbit_channel_hash(channel->id), channel->state)) {
            trie_item_release(&rabbit_channel_state_type, heap, channel->state);
            channel->state = NULL;
            ok = false;
        }
        rabbit_channel_resume(channel);
    }
    rabbit_consumer_timeout_look(rabbit);
    return ok;
}
