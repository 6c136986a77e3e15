/* Messages in and out of a queue, and the limits that it keeps. */
#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/dead_letter.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/queue_expiry.h"
#include "emulators/rabbitmq/stream.h"

/* ---- limits */

static bool is_over(const struct rabbit_queue_state *state, uint64_t count, uint64_t bytes)
{
    const struct rabbit_queue_limits *limits = &state->limits;
    return (limits->max_length >= 0 && count > (uint64_t)limits->max_length) ||
           (limits->max_bytes >= 0 && bytes > (uint64_t)limits->max_bytes);
}

static void drop_head(struct rabbit_queue *queue)
{
    struct heap *heap = queue->vhost->rabbit->host.heap;
    struct rabbit_entry entry;
    while (queue->state->limits.overflow == RABBIT_DROP_HEAD && queue->state->ready.count &&
           is_over(queue->state, queue->state->ready.count, queue->state->ready_bytes)) {
        struct rabbit_queue_state *state = rabbit_queue_edit(queue);
        if (!state || !btree_remove_at(&state->ready, &rabbit_entry_type, heap, 0, &entry))
            return;
        state->ready_bytes -= entry.message->body_len;
        rabbit_dead_letter(queue, entry.message, RABBIT_MAXLEN);
        rabbit_message_release(heap, entry.message);
    }
}

static bool refuses(struct rabbit_queue *queue, const struct rabbit_message *message)
{
    const struct rabbit_queue_state *state = queue->state;
    if (state->limits.overflow == RABBIT_DROP_HEAD ||
        !is_over(state, state->ready.count + 1, state->ready_bytes + message->body_len))
        return false;
    if (state->limits.overflow == RABBIT_REJECT_PUBLISH_DLX)
        rabbit_dead_letter(queue, message, RABBIT_MAXLEN);
    return true;
}

/* ---- in */

static struct rabbit_entry entry_of(struct rabbit_queue *queue, struct rabbit_queue_state *state,
                                    struct rabbit_message *message)
{
    uint8_t most = state->limits.max_priority;
    return (struct rabbit_entry){
        .seq = state->next_seq++,
        .message = message,
        .expires_ms = rabbit_queue_expiry_of(queue, message),
        .priority = message->priority < most ? message->priority : most,
    };
}

/* Messages without priorities come behind all others: no search. */
static bool insert(struct rabbit_queue_state *state, struct heap *heap,
                   const struct rabbit_entry *entry, bool is_new)
{
    if (is_new && !state->limits.max_priority)
        return btree_insert_at(&state->ready, &rabbit_entry_type, heap, state->ready.count, entry);
    return btree_insert(&state->ready, &rabbit_entry_type, heap, entry);
}

static bool enter(struct rabbit_queue *queue, const struct rabbit_entry *entry, bool is_new)
{
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    if (!state || !insert(state, queue->vhost->rabbit->host.heap, entry, is_new))
        return false;
    state->ready_bytes += entry->message->body_len;
    if (entry->expires_ms >= 0) {
        queue->may_expire = true;
        rabbit_queue_head_changed(queue);
    }
    return true;
}

/* Without memory it is lost: what is taken must go somewhere. */
void rabbit_queue_put_back(struct rabbit_queue *queue, const struct rabbit_entry *entry)
{
    if (!enter(queue, entry, false))
        rabbit_message_release(queue->vhost->rabbit->host.heap, entry->message);
}

enum rabbit_put rabbit_queue_put(struct rabbit_queue *queue, struct rabbit_message *message)
{
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    if (!state)
        return RABBIT_PUT_NO_MEMORY;
    if (state->type == RABBIT_STREAM)
        return rabbit_stream_put(queue, message) ? RABBIT_PUT_DONE : RABBIT_PUT_NO_MEMORY;
    if (refuses(queue, message))
        return RABBIT_PUT_REFUSED;
    struct rabbit_entry entry = entry_of(queue, state, rabbit_message_retain(message));
    state->published++;
    if (!state->ready.count && rabbit_queue_hand_over(queue, &entry))
        return RABBIT_PUT_DONE;
    if (!enter(queue, &entry, true)) {
        rabbit_message_release(queue->vhost->rabbit->host.heap, message);
        return RABBIT_PUT_NO_MEMORY;
    }
    drop_head(queue);
    return RABBIT_PUT_DONE;
}

void rabbit_queue_requeue(struct rabbit_queue *queue, struct rabbit_entry *entry)
{
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    struct heap *heap = queue->vhost->rabbit->host.heap;
    bool is_limited = state && state->type == RABBIT_QUORUM && state->limits.delivery_limit >= 0;
    entry->redelivered = true;
    entry->delivery_count++;
    if (is_limited && entry->delivery_count > (uint64_t)state->limits.delivery_limit) {
        rabbit_dead_letter(queue, entry->message, RABBIT_DELIVERY_LIMIT);
        rabbit_message_release(heap, entry->message);
        return;
    }
    rabbit_queue_put_back(queue, entry);
    drop_head(queue);
    rabbit_queue_wake(queue);
}

/* ---- out */

bool rabbit_queue_take(struct rabbit_queue *queue, struct rabbit_entry *out)
{
    if (!queue->state->ready.count)
        return false;
    if (queue->may_expire)
        rabbit_queue_expire(queue);
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    struct heap *heap = queue->vhost->rabbit->host.heap;
    if (!state || !state->ready.count ||
        !btree_remove_at(&state->ready, &rabbit_entry_type, heap, 0, out))
        return false;
    state->ready_bytes -= out->message->body_len;
    if (queue->may_expire) {
        rabbit_queue_expire(queue);
        rabbit_queue_head_changed(queue);
        queue->may_expire = queue->state->ready.count > 0;
    }
    return true;
}

void rabbit_queue_settle(struct rabbit_queue *queue, struct rabbit_entry *entry, bool acked)
{
    if (!acked)
        rabbit_dead_letter(queue, entry->message, RABBIT_REJECTED);
    rabbit_message_release(queue->vhost->rabbit->host.heap, entry->message);
}
