/* Exchanges of type fanout: a message goes wherever a binding leads. */
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/route_types.h"

static bool add(struct rabbit_exchange_state *exchange, struct heap *heap,
                struct rabbit_binding *binding)
{
    return rabbit_destinations_add(&exchange->index.every, heap, binding->destination);
}

static bool remove_binding(struct rabbit_exchange_state *exchange, struct heap *heap,
                           struct rabbit_binding *binding)
{
    return rabbit_destinations_remove(&exchange->index.every, heap, binding->destination);
}

static void route(const struct rabbit_exchange_state *exchange,
                  const struct rabbit_routing *routing, struct rabbit_route_sink *sink)
{
    (void)routing;
    rabbit_destinations_put(&exchange->index.every, sink);
}

static void clear(struct rabbit_index *index, struct heap *heap)
{
    btree_clear(&index->every, &rabbit_destination_type, heap);
}

const struct rabbit_exchange_type rabbit_fanout_type = {
    .name = "fanout",
    .add = add,
    .remove = remove_binding,
    .route = route,
    .clear = clear,
};
