#include "common/assert.h"
#include "emulators/rabbitmq/route.h"

static int compare(const void *a, const void *b)
{
    const struct rabbit_destination *left = a, *right = b;
    return (left->id > right->id) - (left->id < right->id);
}

const struct btree_type rabbit_destination_type = {
    .item_size = sizeof(struct rabbit_destination),
    .compare = compare,
};

static bool is_before(const void *item, const void *probe)
{
    return compare(item, probe) < 0;
}

/* Adds `more` to the bindings of a destination that is there. */
static bool count(struct btree *destinations, struct heap *heap,
                  const struct rabbit_destination *probe, int more)
{
    uint64_t at = btree_rank(destinations, &rabbit_destination_type, is_before, probe);
    struct rabbit_destination *item = btree_edit(destinations, &rabbit_destination_type, heap, at);
    if (!item)
        return false;
    item->bindings += (uint32_t)more;
    btree_edited(destinations, &rabbit_destination_type, at);
    return true;
}

bool rabbit_destinations_add(struct btree *destinations, struct heap *heap, uint32_t id)
{
    struct rabbit_destination item = {id, 1};
    if (btree_find(destinations, &rabbit_destination_type, &item))
        return count(destinations, heap, &item, 1);
    return btree_insert(destinations, &rabbit_destination_type, heap, &item);
}

bool rabbit_destinations_remove(struct btree *destinations, struct heap *heap, uint32_t id)
{
    struct rabbit_destination probe = {id, 0};
    const struct rabbit_destination *item =
        btree_find(destinations, &rabbit_destination_type, &probe);
    bool absent;
    ASSERT(item);
    if (item->bindings > 1)
        return count(destinations, heap, &probe, -1);
    return btree_remove(destinations, &rabbit_destination_type, heap, &probe, NULL, &absent);
}

void rabbit_destinations_put(const struct btree *destinations, struct rabbit_route_sink *sink)
{
    struct btree_iter iter;
    const struct rabbit_destination *item =
        btree_iter_at(&iter, destinations, &rabbit_destination_type, 0);
    for (; item; item = btree_iter_next(&iter, &rabbit_destination_type))
        sink->put(sink, item->id);
}
