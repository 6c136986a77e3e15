/* Exchanges of type direct: a message goes where a binding's key is the message's. */
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/route_bucket.h"
#include "emulators/rabbitmq/route_types.h"

static bool add(struct rabbit_exchange_state *exchange, struct heap *heap,
                struct rabbit_binding *binding)
{
    struct trie *keys = &exchange->index.keys;
    struct btree *destinations =
        rabbit_bucket_edit(keys, heap, binding->routing_key, &rabbit_destination_type);
    if (!destinations)
        return false;
    if (rabbit_destinations_add(destinations, heap, binding->destination))
        return true;
    rabbit_bucket_prune(keys, heap, binding->routing_key);
    return false;
}

static bool remove_binding(struct rabbit_exchange_state *exchange, struct heap *heap,
                           struct rabbit_binding *binding)
{
    struct trie *keys = &exchange->index.keys;
    struct btree *destinations =
        rabbit_bucket_edit(keys, heap, binding->routing_key, &rabbit_destination_type);
    if (!destinations || !rabbit_destinations_remove(destinations, heap, binding->destination))
        return false;
    rabbit_bucket_prune(keys, heap, binding->routing_key);
    return true;
}

static void route(const struct rabbit_exchange_state *exchange,
                  const struct rabbit_routing *routing, struct rabbit_route_sink *sink)
{
    const struct btree *destinations =
        rabbit_bucket_find(&exchange->index.keys, routing->routing_key);
    if (destinations)
        rabbit_destinations_put(destinations, sink);
}

static void clear(struct rabbit_index *index, struct heap *heap)
{
    rabbit_buckets_clear(&index->keys, heap);
}

const struct rabbit_exchange_type rabbit_direct_type = {
    .name = "direct",
    .by_every_key = true,
    .add = add,
    .remove = remove_binding,
    .route = route,
    .clear = clear,
};
