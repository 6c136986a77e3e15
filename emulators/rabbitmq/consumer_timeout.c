#include "emulators/rabbitmq/consumer_timeout.h"

static void due_at(struct rabbit *rabbit, int64_t at_ms)
{
    clock_timer_start(rabbit->host.clock, &rabbit->timeout_timer, at_ms * 1000);
}

/* Sees which delivery is the oldest. False: the channel owes nothing. */
static bool see_oldest(struct rabbit_channel *channel)
{
    if (!rabbit_channel_unacked(channel))
        return false;
    const struct rabbit_unacked *oldest =
        btree_at(&channel->state->unacked, &rabbit_unacked_type, 0);
    if (oldest->tag != channel->watched_tag) {
        channel->watched_tag = oldest->tag;
        channel->watched_ms = rabbit_now_ms(channel->rabbit);
    }
    return true;
}

/* When the oldest of what the channel owes is due; -1: it owes nothing. */
static int64_t due_of(struct rabbit_channel *channel)
{
    return see_oldest(channel) ? channel->watched_ms + channel->rabbit->config.consumer_timeout_ms
                               : -1;
}

/* Ends the channels that are late; the earliest time at which another one will be, -1: never. */
static int64_t sweep(struct rabbit *rabbit)
{
    int64_t now_ms = rabbit_now_ms(rabbit), first_ms = -1;
    struct ring *next;
    for (struct ring *at = rabbit->channels.next; at != &rabbit->channels; at = next) {
        struct rabbit_channel *channel = RING_OWNER(at, struct rabbit_channel, link);
        int64_t due_ms = due_of(channel);
        next = at->next;
        if (due_ms >= 0 && due_ms <= now_ms)
            channel->ops->timed_out(channel, rabbit->config.consumer_timeout_ms);
        else if (due_ms >= 0 && (first_ms < 0 || due_ms < first_ms))
            first_ms = due_ms;
    }
    return first_ms;
}

void rabbit_consumer_timeout_look(struct rabbit *rabbit)
{
    rabbit_consumer_timeout_stop(rabbit);
    if (rabbit->config.consumer_timeout_ms < 0)
        return;
    int64_t first_ms = sweep(rabbit);
    if (first_ms >= 0)
        due_at(rabbit, first_ms);
    rabbit_deliver(rabbit);
}

static void due(struct clock_timer *timer)
{
    rabbit_consumer_timeout_look(RING_OWNER(timer, struct rabbit, timeout_timer));
}

void rabbit_consumer_timeout_watch(struct rabbit_channel *channel)
{
    struct rabbit *rabbit = channel->rabbit;
    int64_t timeout_ms = rabbit->config.consumer_timeout_ms;
    if (timeout_ms >= 0 && see_oldest(channel) && !clock_timer_running(&rabbit->timeout_timer))
        due_at(rabbit, channel->watched_ms + timeout_ms);
}

void rabbit_consumer_timeout_init(struct rabbit *rabbit)
{
    clock_timer_init(&rabbit->timeout_timer, due);
}

void rabbit_consumer_timeout_stop(struct rabbit *rabbit)
{
    clock_timer_stop(rabbit->host.clock, &rabbit->timeout_timer);
}
