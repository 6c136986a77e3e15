#include "emulators/rabbitmq/queue_expiry.h"

#include "emulators/rabbitmq/dead_letter.h"

/* ---- messages */

int64_t rabbit_queue_expiry_of(const struct rabbit_queue *queue,
                               const struct rabbit_message *message)
{
    int64_t ttl_ms = queue->state->limits.message_ttl_ms;
    if (ttl_ms < 0 || (message->ttl_ms >= 0 && message->ttl_ms < ttl_ms))
        ttl_ms = message->ttl_ms;
    return ttl_ms < 0 ? -1 : rabbit_now_ms(queue->vhost->rabbit) + ttl_ms;
}

static bool is_before_level(const void *item, const void *ctx)
{
    return ((const struct rabbit_entry *)item)->priority >= *(const uint16_t *)ctx;
}

/* The position of the first message of a lower priority than the one at `position`; the count: there is
 * none. */
static uint64_t next_level(const struct rabbit_queue_state *state, uint64_t position)
{
    const struct rabbit_entry *entry = btree_at(&state->ready, &rabbit_entry_type, position);
    return state->limits.max_priority
               ? btree_rank(&state->ready, &rabbit_entry_type, is_before_level, &entry->priority)
               : state->ready.count;
}

/* Takes the message there out and dead-letters it. False when out of memory. */
static bool expire_at(struct rabbit_queue *queue, uint64_t position)
{
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    struct heap *heap = queue->vhost->rabbit->host.heap;
    struct rabbit_entry entry;
    if (!state || !btree_remove_at(&state->ready, &rabbit_entry_type, heap, position, &entry))
        return false;
    state->ready_bytes -= entry.message->body_len;
    rabbit_dead_letter(queue, entry.message, RABBIT_EXPIRED);
    rabbit_message_release(heap, entry.message);
    return true;
}

void rabbit_queue_expire(struct rabbit_queue *queue)
{
    int64_t now_ms = rabbit_now_ms(queue->vhost->rabbit);
    uint64_t position = 0;
    while (position < queue->state->ready.count) {
        const struct rabbit_entry *head =
            btree_at(&queue->state->ready, &rabbit_entry_type, position);
        if (head->expires_ms < 0 || head->expires_ms > now_ms)
            position = next_level(queue->state, position);
        else if (!expire_at(queue, position))
            return;
    }
}

static int64_t first_expiry(const struct rabbit_queue_state *state)
{
    int64_t first_ms = -1;
    for (uint64_t position = 0; position < state->ready.count;
         position = next_level(state, position)) {
        const struct rabbit_entry *head = btree_at(&state->ready, &rabbit_entry_type, position);
        if (head->expires_ms >= 0 && (first_ms < 0 || head->expires_ms < first_ms))
            first_ms = head->expires_ms;
    }
    return first_ms;
}

void rabbit_queue_head_changed(struct rabbit_queue *queue)
{
    struct clock *clock = queue->vhost->rabbit->host.clock;
    int64_t first_ms = queue->state->type == RABBIT_STREAM ? -1 : first_expiry(queue->state);
    if (first_ms >= 0)
        clock_timer_start(clock, &queue->ttl_timer, first_ms * 1000);
    else if (clock_timer_running(&queue->ttl_timer))
        clock_timer_stop(clock, &queue->ttl_timer);
}

static void ttl_due(struct clock_timer *timer)
{
    struct rabbit_queue *queue = RING_OWNER(timer, struct rabbit_queue, ttl_timer);
    rabbit_queue_expire(queue);
    rabbit_queue_head_changed(queue);
    rabbit_deliver(queue->vhost->rabbit);
}

/* ---- queues */

static bool is_unused(const struct rabbit_queue *queue)
{
    return queue->consumer_count == 0;
}

static int64_t expires_ms(const struct rabbit_queue *queue)
{
    return queue->state->used_ms + queue->state->limits.expires_ms;
}

static void expires_due(struct clock_timer *timer)
{
    struct rabbit_queue *queue = RING_OWNER(timer, struct rabbit_queue, expires_timer);
    struct rabbit *rabbit = queue->vhost->rabbit;
    struct rabbit_error error;
    if (!is_unused(queue))
        return; /* begins anew when the last consumer goes */
    if (expires_ms(queue) > rabbit_now_ms(queue->vhost->rabbit) ||
        !rabbit_queue_drop(queue, &error))
        rabbit_queue_arm(queue);
    rabbit_deliver(rabbit);
}

void rabbit_queue_touch(struct rabbit_queue *queue)
{
    struct rabbit_queue_state *state =
        queue->state->limits.expires_ms >= 0 ? rabbit_queue_edit(queue) : NULL;
    if (state)
        state->used_ms = rabbit_now_ms(queue->vhost->rabbit);
}

void rabbit_queue_expiry_init(struct rabbit_queue *queue)
{
    clock_timer_init(&queue->ttl_timer, ttl_due);
    clock_timer_init(&queue->expires_timer, expires_due);
}

void rabbit_queue_expiry_stop(struct rabbit_queue *queue)
{
    struct clock *clock = queue->vhost->rabbit->host.clock;
    clock_timer_stop(clock, &queue->ttl_timer);
    clock_timer_stop(clock, &queue->expires_timer);
}

void rabbit_queue_arm(struct rabbit_queue *queue)
{
    struct clock *clock = queue->vhost->rabbit->host.clock;
    rabbit_queue_head_changed(queue);
    if (queue->state->limits.expires_ms >= 0 && is_unused(queue))
        clock_timer_start(clock, &queue->expires_timer, expires_ms(queue) * 1000);
    else
        clock_timer_stop(clock, &queue->expires_timer);
}
