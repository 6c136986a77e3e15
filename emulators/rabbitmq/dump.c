#include "emulators/rabbitmq/dump.h"

#include <stdlib.h>

#include "common/time_text.h"
#include "emulators/rabbitmq/channel_session.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/content.h"
#include "emulators/rabbitmq/management/definitions.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/queue.h"

/* A delivery that a channel has not acknowledged. */
struct owed {
    uint64_t channel; /* its id */
    const struct rabbit_unacked *unacked;
};

struct dump {
    struct rabbit *rabbit;
    struct json_writer *out;
    struct arena arena; /* of all */
    struct arena work;  /* of one message */
    struct management_call call;
    const struct rabbit_vhost *vhost;
    struct owed *owed; /* by queue and position */
    size_t owed_count;
};

/* ---- deliveries that are not acknowledged */

static int compare_owed(const void *a, const void *b)
{
    const struct owed *left = a, *right = b;
    if (left->unacked->queue != right->unacked->queue)
        return left->unacked->queue < right->unacked->queue ? -1 : 1;
    return rabbit_entry_type.compare(&left->unacked->entry, &right->unacked->entry);
}

static size_t count_owed(const struct rabbit *rabbit)
{
    const struct rabbit_channel_state *channel;
    struct trie_iter iter;
    size_t count = 0;
    trie_iter_init(&iter, &rabbit->data.channels);
    while ((channel = trie_iter_next(&iter)))
        count += channel->unacked.count;
    return count;
}

static bool collect_owed(struct dump *dump)
{
    size_t count = count_owed(dump->rabbit);
    const struct rabbit_channel_state *channel;
    const struct rabbit_unacked *unacked;
    struct trie_iter channels;
    struct btree_iter iter;
    dump->owed = count ? arena_array(&dump->arena, count, sizeof(*dump->owed)) : NULL;
    if (count && !dump->owed)
        return false;
    trie_iter_init(&channels, &dump->rabbit->data.channels);
    while ((channel = trie_iter_next(&channels)))
        for (unacked = btree_iter_at(&iter, &channel->unacked, &rabbit_unacked_type, 0); unacked;
             unacked = btree_iter_next(&iter, &rabbit_unacked_type))
            dump->owed[dump->owed_count++] = (struct owed){channel->id, unacked};
    if (count)
        qsort(dump->owed, count, sizeof(*dump->owed), compare_owed);
    return true;
}

/* The first of a queue, or of one behind it. */
static const struct owed *owed_from(const struct dump *dump, uint32_t queue)
{
    size_t low = 0, high = dump->owed_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (dump->owed[middle].unacked->queue < queue)
            low = middle + 1;
        else
            high = middle;
    }
    return dump->owed + low;
}

static void put_channel(struct dump *dump, uint64_t id)
{
    struct ring *all = &dump->rabbit->channels;
    for (struct ring *at = all->next; at != all; at = at->next) {
        struct rabbit_channel *channel = RING_OWNER(at, struct rabbit_channel, link);
        if (channel->id == id)
            management_put_string(
                dump->out, "channel",
                management_channel_name(&dump->work, rabbit_channel_session_of(channel)));
    }
}

static void put_owed(struct dump *dump, const struct owed *owed)
{
    json_key_str(dump->out, "unacknowledged");
    json_object(dump->out);
    put_channel(dump, owed->channel);
    management_put_uint(dump->out, "delivery_tag", owed->unacked->tag);
    json_object_end(dump->out);
}

/* ---- messages */

static void put_message(struct dump *dump, const struct rabbit_message *message)
{
    struct json_writer *out = dump->out;
    management_put_string(out, "vhost", rabbit_vhost_name(dump->vhost));
    management_put_string(out, "exchange", rabbit_message_exchange(message));
    management_put_string(out, "routing_key", rabbit_message_routing_key(message));
    management_put_properties(&dump->call, message, out);
    management_put_payload(&dump->call, rabbit_message_body(message), false, out);
}

/* owed NULL: it is ready. */
static void put_entry(struct dump *dump, const struct rabbit_queue_state *queue,
                      const struct rabbit_entry *entry, const struct owed *owed)
{
    struct json_writer *out = dump->out;
    json_object(out);
    management_put_string(out, "queue", queue->name);
    management_put_uint(out, "position", entry->seq);
    management_put_bool(out, "redelivered", entry->redelivered);
    put_message(dump, entry->message);
    if (owed)
        put_owed(dump, owed);
    json_object_end(out);
    arena_reset(&dump->work);
}

/* What is ready and what is owed, in the order that both have. A stream has all that it owes. */
static void put_queue(struct dump *dump, const struct rabbit_queue_state *queue)
{
    const struct owed *owed = owed_from(dump, queue->id), *end = dump->owed + dump->owed_count;
    struct btree_iter iter;
    const struct rabbit_entry *ready = btree_iter_at(&iter, &queue->ready, &rabbit_entry_type, 0);
    bool is_stream = queue->type == RABBIT_STREAM;
    for (;;) {
        bool owes = !is_stream && owed < end && owed->unacked->queue == queue->id;
        if (!ready && !owes)
            return;
        if (owes && (!ready || rabbit_entry_type.compare(&owed->unacked->entry, ready) < 0)) {
            put_entry(dump, queue, &owed->unacked->entry, owed);
            owed++;
        } else {
            put_entry(dump, queue, ready, NULL);
            ready = btree_iter_next(&iter, &rabbit_entry_type);
        }
    }
}

static void put_delayed(struct dump *dump, const struct rabbit_exchange_state *exchange)
{
    struct btree_iter iter;
    const struct rabbit_delayed *delayed =
        btree_iter_at(&iter, &exchange->delayed, &rabbit_delayed_type, 0);
    for (; delayed; delayed = btree_iter_next(&iter, &rabbit_delayed_type)) {
        char due[TIME_TEXT_MAX];
        time_to_text(due, delayed->due_ms);
        json_object(dump->out);
        management_put_str(dump->out, "due", due);
        put_message(dump, delayed->message);
        json_object_end(dump->out);
        arena_reset(&dump->work);
    }
}

static void put_vhost(void *ctx, struct rabbit_vhost *vhost)
{
    struct dump *dump = ctx;
    const struct rabbit_queue_state *queue;
    const struct rabbit_exchange_state *exchange;
    struct trie_iter iter;
    dump->vhost = vhost;
    trie_iter_init(&iter, &vhost->state->queues);
    while ((queue = trie_iter_next(&iter)))
        if (!queue->exclusive)
            put_queue(dump, queue);
    trie_iter_init(&iter, &vhost->state->exchanges);
    while ((exchange = trie_iter_next(&iter)))
        put_delayed(dump, exchange);
}

static void put_messages(struct dump *dump)
{
    json_key_str(dump->out, "messages");
    json_array(dump->out);
    if (collect_owed(dump))
        management_each_vhost(&dump->call, put_vhost, dump);
    else
        dump->out->out->failed = true;
    json_array_end(dump->out);
}

/* ---- the whole */

static void put_consumers(struct dump *dump)
{
    management_call_reset(&dump->call);
    management_get_consumers(&dump->call);
    json_key_str(dump->out, "consumers");
    struct slice json = outq_flatten(&dump->call.body);
    if (json.len)
        json_raw(dump->out, json);
    else
        dump->out->out->failed = true;
}

void rabbit_dump(struct emulator *emulator, struct json_writer *out)
{
    struct dump dump = {.rabbit = rabbit_of(emulator), .out = out};
    arena_init(&dump.arena);
    arena_init(&dump.work);
    management_call_init(&dump.call, dump.rabbit, &dump.work);
    json_object(out);
    bool ok = management_put_definitions(&dump.call, out);
    arena_reset(&dump.work);
    put_messages(&dump);
    put_consumers(&dump);
    json_object_end(out);
    out->out->failed = out->out->failed || !ok;
    management_call_done(&dump.call);
    arena_done(&dump.work);
    arena_done(&dump.arena);
}
