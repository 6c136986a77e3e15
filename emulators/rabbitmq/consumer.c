/* Consumers: made by basic.consume, ended by their client or with their queue. */
#include "common/assert.h"
#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/stream.h"
#include "protocols/amqp/amqp_table.h"

struct rabbit_consumer *rabbit_consumer_find(struct rabbit_channel *channel, struct slice tag)
{
    for (struct ring *at = channel->consumers.next; at != &channel->consumers; at = at->next) {
        struct rabbit_consumer *consumer = RING_OWNER(at, struct rabbit_consumer, link);
        if (slice_eq(consumer->tag, tag))
            return consumer;
    }
    return NULL;
}

/* ---- a single active consumer */

static void find_oldest(struct ring *ring, struct rabbit_consumer **oldest)
{
    for (struct ring *at = ring->next; at != ring; at = at->next) {
        struct rabbit_consumer *consumer = RING_OWNER(at, struct rabbit_consumer, queue_link);
        if (!*oldest || consumer->entity.id < (*oldest)->entity.id)
            *oldest = consumer;
    }
}

static void choose_active(struct rabbit_queue *queue)
{
    queue->active = NULL;
    if (!queue->state->limits.single_active_consumer || queue->state->type == RABBIT_STREAM)
        return;
    find_oldest(&queue->consumers, &queue->active);
    find_oldest(&queue->resting, &queue->active);
}

/* ---- coming */

static bool check(const struct rabbit_channel *channel, const struct rabbit_queue *queue,
                  const struct rabbit_consume_options *options, struct rabbit_error *error)
{
    struct slice name = queue->state->name, vhost = rabbit_vhost_name(queue->vhost);
    if (queue->exclusive || (options->exclusive && queue->consumer_count))
        return rabbit_fail(error, RABBIT_ACCESS_REFUSED,
                           "queue '" SLICE_FMT "' in vhost '" SLICE_FMT "' in exclusive use",
                           SLICE_ARG(name), SLICE_ARG(vhost));
    if (queue->state->type != RABBIT_CLASSIC && channel->prefetch_global)
        return rabbit_fail(error, RABBIT_NOT_IMPLEMENTED,
                           "queue '" SLICE_FMT "' in vhost '" SLICE_FMT
                           "' does not support global qos",
                           SLICE_ARG(name), SLICE_ARG(vhost));
    if (queue->state->type == RABBIT_STREAM && options->no_ack)
        return rabbit_fail(
            error, RABBIT_NOT_IMPLEMENTED,
            "automatic acknowledgement not supported by stream queues queue '" SLICE_FMT
            "' in vhost '" SLICE_FMT "'",
            SLICE_ARG(name), SLICE_ARG(vhost));
    if (queue->state->type == RABBIT_STREAM && !channel->prefetch)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "consumer prefetch count is not set for 'queue '" SLICE_FMT
                           "' in vhost '" SLICE_FMT "''",
                           SLICE_ARG(name), SLICE_ARG(vhost));
    return true;
}

static bool read_arguments(struct rabbit_consumer *consumer, struct rabbit_error *error)
{
    struct amqp_value value;
    int64_t priority;
    if (amqp_table_get(consumer->arguments, slice_str("x-priority"), &value)) {
        if (!amqp_value_to_i64(&value, &priority))
            return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                               "invalid arg 'x-priority' for queue '" SLICE_FMT
                               "' in vhost '" SLICE_FMT "': \"expected integer, got %s\"",
                               SLICE_ARG(consumer->queue->state->name),
                               SLICE_ARG(rabbit_vhost_name(consumer->queue->vhost)),
                               amqp_type_name(value.type));
        consumer->priority = priority < INT32_MIN   ? INT32_MIN
                             : priority > INT32_MAX ? INT32_MAX
                                                    : (int32_t)priority;
    }
    return consumer->queue->state->type != RABBIT_STREAM ||
           rabbit_stream_attach(consumer->queue, consumer, error);
}

static void free_consumer(struct rabbit *rabbit, struct rabbit_consumer *consumer)
{
    rabbit_slice_free(rabbit->host.heap, consumer->tag);
    rabbit_slice_free(rabbit->host.heap, consumer->arguments);
    heap_free(rabbit->host.heap, consumer, sizeof(*consumer));
}

static struct rabbit_consumer *create(struct rabbit_channel *channel, struct rabbit_queue *queue,
                                      const struct rabbit_consume_options *options,
                                      struct rabbit_error *error)
{
    struct rabbit *rabbit = channel->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_consumer *consumer = heap_zalloc(heap, sizeof(*consumer));
    bool ok = true;
    if (!consumer) {
        rabbit_fail_memory(error);
        return NULL;
    }
    consumer->entity =
        (struct rabbit_entity){.id = rabbit->last_consumer + 1, .kind = RABBIT_CONSUMER};
    consumer->channel = channel;
    consumer->queue = queue;
    consumer->prefetch = channel->prefetch;
    consumer->no_ack = options->no_ack;
    consumer->exclusive = options->exclusive;
    consumer->tag = rabbit_slice_dup(heap, options->tag, &ok);
    consumer->arguments = rabbit_slice_dup(heap, options->arguments, &ok);
    ring_init(&consumer->link);
    ring_init(&consumer->queue_link);
    ok = ok || rabbit_fail_memory(error);
    ok = ok && read_arguments(consumer, error);
    if (!ok || (!rabbit_registry_put(&rabbit->consumers, heap, &consumer->entity) &&
                !rabbit_fail_memory(error))) {
        free_consumer(rabbit, consumer);
        return NULL;
    }
    rabbit->last_consumer++;
    return consumer;
}

struct rabbit_consumer *rabbit_consume(struct rabbit_channel *channel, struct rabbit_queue *queue,
                                       const struct rabbit_consume_options *options,
                                       struct rabbit_error *error)
{
    if (!check(channel, queue, options, error))
        return NULL;
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    struct rabbit_consumer *consumer = create(channel, queue, options, error);
    if (!consumer || !state)
        return consumer ? (rabbit_consumer_cancel(consumer), NULL) : NULL;
    state->had_consumers = true;
    ring_push_back(&channel->consumers, &consumer->link);
    consumer->resting = true;
    queue->consumer_count++;
    if (options->exclusive)
        queue->exclusive = consumer;
    rabbit_consumer_wake(consumer);
    if (!queue->active)
        choose_active(queue);
    rabbit_queue_arm(queue);
    return consumer;
}

/* ---- going */

/* It gets nothing any more, and nobody finds it. */
static void remove_consumer(struct rabbit_consumer *consumer)
{
    struct rabbit_queue *queue = consumer->queue;
    struct rabbit *rabbit = consumer->channel->rabbit;
    ring_remove(&consumer->link);
    ring_remove(&consumer->queue_link);
    rabbit_registry_remove(&rabbit->consumers, rabbit->host.heap, consumer->entity.id);
    queue->consumer_count--;
    if (queue->exclusive == consumer)
        queue->exclusive = NULL;
    if (queue->active == consumer)
        choose_active(queue);
}

void rabbit_consumer_cancel(struct rabbit_consumer *consumer)
{
    struct rabbit_queue *queue = consumer->queue;
    struct rabbit_error ignored;
    struct rabbit_queue_state *state = rabbit_queue_edit(queue);
    remove_consumer(consumer);
    free_consumer(queue->vhost->rabbit, consumer);
    if (queue->consumer_count) {
        rabbit_queue_wake(queue); /* another one may be the active one now */
        return;
    }
    if (state)
        state->used_ms = rabbit_now_ms(queue->vhost->rabbit);
    if (queue->state->auto_delete && rabbit_queue_drop(queue, &ignored))
        return;
    rabbit_queue_arm(queue);
}

/* Their clients learn of it when the operation is over: after its answer. */
static void dismiss(struct ring *ring)
{
    while (!ring_empty(ring)) {
        struct rabbit_consumer *consumer =
            RING_OWNER(ring->next, struct rabbit_consumer, queue_link);
        remove_consumer(consumer);
        ring_push_back(&consumer->channel->rabbit->dismissed, &consumer->link);
    }
}

void rabbit_consumers_dismiss(struct rabbit_queue *queue)
{
    dismiss(&queue->consumers);
    dismiss(&queue->resting);
    ASSERT(queue->consumer_count == 0);
}

void rabbit_dismissals_send(struct rabbit *rabbit)
{
    struct ring *link;
    while ((link = ring_pop(&rabbit->dismissed))) {
        struct rabbit_consumer *consumer = RING_OWNER(link, struct rabbit_consumer, link);
        consumer->channel->ops->cancelled(consumer->channel, consumer);
        free_consumer(rabbit, consumer);
    }
}

void rabbit_dismissals_forget(struct rabbit_channel *channel)
{
    struct ring *next;
    for (struct ring *at = channel->rabbit->dismissed.next; at != &channel->rabbit->dismissed;
         at = next) {
        struct rabbit_consumer *consumer = RING_OWNER(at, struct rabbit_consumer, link);
        next = at->next;
        if (consumer->channel == channel) {
            ring_remove(at);
            free_consumer(channel->rabbit, consumer);
        }
    }
}
