/* From queues to consumers: whose turn it is, and who can take a message.
 *
 * A queue's consumers form a ring, the higher priorities first, and within one priority whose turn it is
 * first. One that cannot take a message when asked goes to rest, and is not asked again until it has
 * credit; so a message costs the same however many consumers wait for their clients. */
#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/dead_letter.h"
#include "emulators/rabbitmq/stream.h"

static struct rabbit_consumer *consumer_at(struct ring *link)
{
    return RING_OWNER(link, struct rabbit_consumer, queue_link);
}

/* Behind all of its priority and above. */
static void take_turn(struct rabbit_consumer *consumer)
{
    struct ring *ring = &consumer->queue->consumers;
    struct ring *at = ring->prev;
    while (at != ring &&
           (at == &consumer->queue_link || consumer_at(at)->priority < consumer->priority))
        at = at->prev;
    ring_insert_after(at, &consumer->queue_link);
    consumer->resting = false;
}

void rabbit_consumer_wake(struct rabbit_consumer *consumer)
{
    if (consumer->resting)
        take_turn(consumer);
    rabbit_queue_wake(consumer->queue);
}

bool rabbit_consumer_has_credit(const struct rabbit_consumer *consumer)
{
    const struct rabbit_channel *channel = consumer->channel;
    if (channel->flow_stopped || !channel->ops->is_writable(channel))
        return false;
    /* The channel's own limit holds back those who need not acknowledge, too. */
    if (channel->prefetch_global && channel->unacked_global >= channel->prefetch_global)
        return false;
    return consumer->no_ack || !consumer->prefetch || consumer->unacked < consumer->prefetch;
}

/* Whoever gets the next message; NULL: nobody can. */
static struct rabbit_consumer *next_consumer(struct rabbit_queue *queue)
{
    if (queue->active)
        return rabbit_consumer_has_credit(queue->active) ? queue->active : NULL;
    while (!ring_empty(&queue->consumers)) {
        struct rabbit_consumer *consumer = consumer_at(queue->consumers.next);
        if (rabbit_consumer_has_credit(consumer))
            return consumer;
        ring_push_back(&queue->resting, &consumer->queue_link);
        consumer->resting = true;
    }
    return NULL;
}

static void count(struct rabbit_stats *stats, const struct rabbit_consumer *consumer,
                  const struct rabbit_entry *entry)
{
    stats->delivered++;
    stats->delivered_no_ack += consumer->no_ack;
    stats->redelivered += entry->redelivered;
}

/* Takes the entry's reference when it succeeds. */
static bool give(struct rabbit_queue *queue, struct rabbit_consumer *consumer,
                 const struct rabbit_entry *entry)
{
    struct rabbit *rabbit = queue->vhost->rabbit;
    struct rabbit_channel *channel = consumer->channel;
    uint64_t tag = consumer->no_ack ? ++channel->last_tag
                                    : rabbit_channel_owe(channel, queue, consumer, entry);
    if (!tag)
        return false;
    queue->state->delivered++;
    queue->state->delivered_no_ack += consumer->no_ack;
    queue->state->redelivered += entry->redelivered;
    count(&rabbit->stats, consumer, entry);
    count(&channel->stats, consumer, entry);
    channel->ops->deliver(channel, consumer, tag, entry);
    if (consumer->no_ack)
        rabbit_message_release(rabbit->host.heap, entry->message);
    if (!queue->active)
        take_turn(consumer);
    if (channel->prefetch_global) /* the queues of its other consumers come first next time */
        ring_push_back(&channel->consumers, &consumer->link);
    return true;
}

bool rabbit_queue_hand_over(struct rabbit_queue *queue, const struct rabbit_entry *entry)
{
    struct rabbit_consumer *consumer = queue->consumer_count ? next_consumer(queue) : NULL;
    return consumer && give(queue, consumer, entry);
}

static void deliver(struct rabbit_queue *queue)
{
    struct rabbit_consumer *consumer;
    struct rabbit_entry entry;
    if (queue->state->type == RABBIT_STREAM) {
        rabbit_stream_deliver(queue);
        return;
    }
    while (queue->state->ready.count && (consumer = next_consumer(queue)) &&
           rabbit_queue_take(queue, &entry))
        if (!give(queue, consumer, &entry)) {
            rabbit_queue_put_back(queue, &entry);
            return;
        }
}

void rabbit_queue_wake(struct rabbit_queue *queue)
{
    if (queue->consumer_count)
        ring_push_back(&queue->vhost->rabbit->woken, &queue->woken_link);
}

void rabbit_deliver(struct rabbit *rabbit)
{
    struct ring *link;
    rabbit_dismissals_send(rabbit);
    do
        while ((link = ring_pop(&rabbit->woken)))
            deliver(RING_OWNER(link, struct rabbit_queue, woken_link));
    while (rabbit_letters_deliver(rabbit));
}
