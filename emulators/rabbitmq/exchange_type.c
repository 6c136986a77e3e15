#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/route_types.h"

/* RabbitMQ's own first, then those of its plugins. */
static const struct rabbit_exchange_type *const types[] = {
    &rabbit_direct_type, &rabbit_fanout_type, &rabbit_headers_type,
    &rabbit_topic_type,  &rabbit_hash_type,   &rabbit_delayed_exchange_type,
};
#define TYPES (sizeof(types) / sizeof(types[0]))

const struct rabbit_exchange_type *rabbit_exchange_type_at(size_t n)
{
    return n < TYPES ? types[n] : NULL;
}

const struct rabbit_exchange_type *rabbit_exchange_type_find(struct slice name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (slice_eq_str(name, types[i]->name))
            return types[i];
    return NULL;
}

struct rabbit_index rabbit_index_share(const struct rabbit_index *index)
{
    return (struct rabbit_index){index->type, trie_share(&index->keys), btree_share(&index->every)};
}

void rabbit_index_clear(struct rabbit_index *index, struct heap *heap)
{
    if (index->type)
        index->type->clear(index, heap);
}

bool rabbit_index_change(struct rabbit_exchange_state *exchange, struct heap *heap,
                         struct rabbit_binding *binding,
                         bool (*step)(struct rabbit_index *index, struct heap *heap,
                                      struct rabbit_binding *binding))
{
    struct rabbit_index before = rabbit_index_share(&exchange->index);
    bool ok = step(&exchange->index, heap, binding);
    rabbit_index_clear(ok ? &before : &exchange->index, heap);
    if (!ok)
        exchange->index = before;
    return ok;
}
