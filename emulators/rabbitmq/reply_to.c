#include "emulators/rabbitmq/reply_to.h"

#include "common/hash.h"
#include "emulators/rabbitmq/delivery.h"
#include "emulators/rabbitmq/method_table.h"

#define ADDRESS_PREFIX RABBIT_REPLY_TO "."

bool rabbit_is_reply_to(struct slice queue)
{
    return slice_eq_str(queue, RABBIT_REPLY_TO);
}

bool rabbit_is_reply_address(struct slice routing_key)
{
    size_t len = sizeof(ADDRESS_PREFIX) - 1;
    return routing_key.len > len && memcmp(routing_key.ptr, ADDRESS_PREFIX, len) == 0;
}

/* ---- the broker's map of addresses */

static uint64_t hash_of(const void *item)
{
    return hash_bytes(((const struct rabbit_reply_consumer *)item)->address);
}

static bool has_address(const void *item, struct slice key)
{
    return slice_eq(((const struct rabbit_reply_consumer *)item)->address, key);
}

static void release(struct heap *heap, void *item)
{
    struct rabbit_reply_consumer *consumer = item;
    rabbit_slice_free(heap, consumer->tag);
    rabbit_slice_free(heap, consumer->address);
    heap_free(heap, consumer, sizeof(*consumer));
}

static const struct trie_type consumer_type = {hash_of, has_address, release};

static struct rabbit_reply_consumer *find(const struct rabbit *rabbit, struct slice address)
{
    return trie_find(&rabbit->reply_consumers, &consumer_type, hash_bytes(address), address);
}

bool rabbit_reply_is_address_known(struct rabbit *rabbit, struct slice address)
{
    return find(rabbit, address) != NULL;
}

/* ---- consumers */

static bool create(struct rabbit_channel_session *channel, struct slice tag)
{
    struct rabbit *rabbit = channel->connection->rabbit;
    struct heap *heap = rabbit->host.heap;
    struct rabbit_reply_consumer *consumer = heap_zalloc(heap, sizeof(*consumer));
    char room[RABBIT_NAME_ROOM];
    bool ok = true;
    if (!consumer)
        return false;
    consumer->refs = 1;
    consumer->channel = channel;
    consumer->tag = rabbit_slice_dup(heap, tag, &ok);
    consumer->address = rabbit_slice_dup(
        heap, rabbit_generate_name(rabbit->host.random, ADDRESS_PREFIX, room), &ok);
    if (!ok ||
        !trie_insert(&rabbit->reply_consumers, &consumer_type, heap, hash_of(consumer), consumer)) {
        release(heap, consumer);
        return false;
    }
    channel->reply_consumer = consumer;
    return true;
}

bool rabbit_reply_consume(struct rabbit_channel_session *channel, struct slice tag, bool no_ack,
                          struct rabbit_error *error)
{
    if (!no_ack)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "reply consumer cannot acknowledge");
    if (channel->reply_consumer)
        return rabbit_fail(error, RABBIT_PRECONDITION_FAILED, "reply consumer already set");
    return create(channel, tag) || rabbit_fail_memory(error);
}

void rabbit_reply_cancel(struct rabbit_channel_session *channel)
{
    struct rabbit_reply_consumer *consumer = channel->reply_consumer;
    if (!consumer)
        return;
    struct rabbit *rabbit = channel->connection->rabbit;
    struct heap *heap = rabbit->host.heap;
    bool absent;
    /* Nobody shares this map: that cannot fail. */
    trie_remove(&rabbit->reply_consumers, &consumer_type, heap, hash_of(consumer),
                consumer->address, &absent);
    trie_item_release(&consumer_type, heap, consumer);
    channel->reply_consumer = NULL;
}

void rabbit_reply_publish(struct rabbit *rabbit, struct rabbit_message *message)
{
    if (message->exchange_len || !rabbit_is_reply_address(rabbit_message_routing_key(message)))
        return;
    struct rabbit_reply_consumer *consumer = find(rabbit, rabbit_message_routing_key(message));
    if (consumer)
        rabbit_deliver_reply(consumer->channel, consumer->tag, message);
}
