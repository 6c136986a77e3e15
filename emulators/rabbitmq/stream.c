#include "emulators/rabbitmq/stream.h"

#include "common/text.h"
#include "protocols/amqp/amqp_table.h"

/* RabbitMQ's default of x-stream-max-segment-size-bytes. */
#define SEGMENT_BYTES 500000000

/* ---- writing */

static int64_t segment_bytes(const struct rabbit_queue_state *state)
{
    struct amqp_value value;
    int64_t bytes;
    if (amqp_table_get(state->arguments, slice_str("x-stream-max-segment-size-bytes"), &value) &&
        amqp_value_to_i64(&value, &bytes) && bytes > 0)
        return bytes;
    return SEGMENT_BYTES;
}

static bool is_too_old(const struct rabbit_queue *queue, const struct rabbit_entry *entry)
{
    int64_t most_ms = queue->state->limits.max_age_ms;
    return most_ms >= 0 &&
           rabbit_now_ms(queue->vhost->rabbit) - entry->message->published_ms > most_ms;
}

/* The log loses its first segments, never its last one. */
static void truncate(struct rabbit_queue *queue)
{
    struct rabbit_queue_state *state = queue->state;
    struct heap *heap = queue->vhost->rabbit->host.heap;
    int64_t segment = segment_bytes(state);
    int64_t most = state->limits.max_bytes;
    uint64_t count = 0, bytes = 0;
    if ((most < 0 && state->limits.max_age_ms < 0) || state->ready_bytes < (uint64_t)segment * 2)
        return;
    const struct rabbit_entry *entry = NULL;
    while (bytes < (uint64_t)segment) {
        entry = btree_at(&state->ready, &rabbit_entry_type, count++);
        bytes += entry->message->body_len;
    }
    bool is_long = most >= 0 && state->ready_bytes > (uint64_t)most;
    if ((is_long || is_too_old(queue, entry)) &&
        btree_remove_range(&state->ready, &rabbit_entry_type, heap, 0, count))
        state->ready_bytes -= bytes;
}

bool rabbit_stream_put(struct rabbit_queue *queue, struct rabbit_message *message)
{
    struct rabbit_queue_state *state = queue->state;
    struct rabbit_entry entry = {
        .seq = state->next_seq,
        .message = rabbit_message_retain(message),
        .expires_ms = -1,
    };
    struct heap *heap = queue->vhost->rabbit->host.heap;
    if (!btree_insert_at(&state->ready, &rabbit_entry_type, heap, state->ready.count, &entry)) {
        rabbit_message_release(heap, message);
        return false;
    }
    state->next_seq++;
    state->published++;
    state->ready_bytes += message->body_len;
    truncate(queue);
    rabbit_queue_wake(queue);
    return true;
}

/* ---- where a consumer begins */

static bool is_before_offset(const void *item, const void *ctx)
{
    return ((const struct rabbit_entry *)item)->seq < *(const uint64_t *)ctx;
}

static bool is_before_time(const void *item, const void *ctx)
{
    return ((const struct rabbit_entry *)item)->message->published_ms < *(const int64_t *)ctx;
}

static uint64_t offset_at(const struct rabbit_queue_state *state, uint64_t position)
{
    const struct rabbit_entry *entry = btree_at(&state->ready, &rabbit_entry_type, position);
    return entry ? entry->seq : state->next_seq;
}

static uint64_t offset_of_time(const struct rabbit_queue_state *state, int64_t time_ms)
{
    return offset_at(state,
                     btree_rank(&state->ready, &rabbit_entry_type, is_before_time, &time_ms));
}

bool rabbit_stream_interval(struct slice text, int64_t *out_ms)
{
    static const struct unit {
        char letter;
        int64_t ms;
    } units[] = {
        {'Y', 365LL * 86400000},
        {'M', 30LL * 86400000 },
        {'D', 86400000        },
        {'h', 3600000         },
        {'m', 60000           },
        {'s', 1000            },
    };
    int64_t count;
    if (text.len < 2 || !text_to_i64(slice_of(text.ptr, text.len - 1), &count) || count < 0 ||
        count > INT64_MAX / units[0].ms)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (text.ptr[text.len - 1] == units[i].letter) {
            *out_ms = count * units[i].ms;
            return true;
        }
    return false;
}

static bool offset_of_text(const struct rabbit_queue *queue, struct slice text, uint64_t *out)
{
    const struct rabbit_queue_state *state = queue->state;
    int64_t ago_ms;
    if (slice_eq_str(text, "first"))
        *out = offset_at(state, 0);
    else if (slice_eq_str(text, "last"))
        *out = offset_at(state, state->ready.count ? state->ready.count - 1 : 0);
    else if (slice_eq_str(text, "next"))
        *out = state->next_seq;
    else if (rabbit_stream_interval(text, &ago_ms))
        *out = offset_of_time(state, rabbit_now_ms(queue->vhost->rabbit) - ago_ms);
    else
        return false;
    return true;
}

bool rabbit_stream_attach(struct rabbit_queue *queue, struct rabbit_consumer *consumer,
                          struct rabbit_error *error)
{
    const struct rabbit_queue_state *state = queue->state;
    struct amqp_value value;
    int64_t offset;
    consumer->next_offset = state->next_seq;
    if (!amqp_table_get(consumer->arguments, slice_str("x-stream-offset"), &value))
        return true;
    if (value.type == 'T') {
        consumer->next_offset = offset_of_time(state, (int64_t)value.timestamp * 1000);
    } else if (value.type == 'S' && offset_of_text(queue, value.bytes, &consumer->next_offset)) {
        return true;
    } else if (amqp_value_to_i64(&value, &offset) && offset >= 0) {
        uint64_t at = (uint64_t)offset;
        consumer->next_offset =
            offset_at(state, btree_rank(&state->ready, &rabbit_entry_type, is_before_offset, &at));
    } else {
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                           "invalid arg 'x-stream-offset' for queue '" SLICE_FMT
                           "' in vhost '" SLICE_FMT "'",
                           SLICE_ARG(state->name), SLICE_ARG(rabbit_vhost_name(queue->vhost)));
    }
    return true;
}

/* ---- reading */

static void give_all(struct rabbit_queue *queue, struct rabbit_consumer *consumer)
{
    struct rabbit_channel *channel = consumer->channel;
    struct btree_iter iter;
    const struct rabbit_entry *at;
    uint64_t offset = consumer->next_offset;
    for (at = btree_iter_seek(&iter, &queue->state->ready, &rabbit_entry_type, is_before_offset,
                              &offset);
         at && rabbit_consumer_has_credit(consumer);
         at = btree_iter_next(&iter, &rabbit_entry_type)) {
        struct rabbit_entry entry = *at;
        rabbit_message_retain(entry.message);
        uint64_t tag = rabbit_channel_owe(channel, queue, consumer, &entry);
        if (!tag) {
            rabbit_message_release(channel->rabbit->host.heap, entry.message);
            return;
        }
        channel->ops->deliver(channel, consumer, tag, &entry);
        consumer->next_offset = entry.seq + 1;
        queue->state->delivered++;
        channel->rabbit->stats.delivered++;
        channel->stats.delivered++;
    }
}

void rabbit_stream_deliver(struct rabbit_queue *queue)
{
    ring_move(&queue->consumers, &queue->resting);
    for (struct ring *link = queue->consumers.next; link != &queue->consumers; link = link->next) {
        struct rabbit_consumer *consumer = RING_OWNER(link, struct rabbit_consumer, queue_link);
        consumer->resting = false;
        give_all(queue, consumer);
    }
}
