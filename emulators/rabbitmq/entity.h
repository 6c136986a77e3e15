/* What queues, exchanges and consumers have in common: a number, by which others name them.
 *
 * A broker's state exists in versions (data.h) which checkpoints and forks share; what is alive beside
 * it (consumers, timers) hangs off an entity, which is at one address for as long as it lives. Numbers
 * are given once and never again, so that whatever names an entity by its number may outlive it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ENTITY_H
#define PARLEL_EMULATORS_RABBITMQ_ENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/heap.h"

enum rabbit_entity_kind { RABBIT_QUEUE, RABBIT_EXCHANGE, RABBIT_CONSUMER };

struct rabbit_entity {
    uint32_t id;
    enum rabbit_entity_kind kind;
    uint64_t epoch; /* of the broker when its state was last made its own, see data.h */
    uint64_t stamp; /* the last routing that came by, see route.h */
    bool seen;      /* by the rewind under way */
};

/* Entities by their number: pages of pointers, which come and go. Zeroed: an empty one. */
#define RABBIT_REGISTRY_PAGE 512
struct rabbit_registry {
    struct rabbit_registry_page **pages;
    uint32_t page_room;
};
struct rabbit_registry_page {
    uint32_t used;
    struct rabbit_entity *entities[RABBIT_REGISTRY_PAGE];
};

/* Names that begin with "amq." are the broker's to give. */
static inline bool rabbit_is_reserved_name(struct slice name)
{
    return name.len >= 4 && memcmp(name.ptr, "amq.", 4) == 0;
}

/* NULL when there is none of that number. */
static inline struct rabbit_entity *rabbit_registry_get(const struct rabbit_registry *registry,
                                                        uint32_t id)
{
    uint32_t page = id / RABBIT_REGISTRY_PAGE;
    if (page >= registry->page_room || !registry->pages[page])
        return NULL;
    return registry->pages[page]->entities[id % RABBIT_REGISTRY_PAGE];
}

/* False when out of memory. */
bool rabbit_registry_put(struct rabbit_registry *registry, struct heap *heap,
                         struct rabbit_entity *entity);
void rabbit_registry_remove(struct rabbit_registry *registry, struct heap *heap, uint32_t id);
/* Calls visit for every entity, in the order of their numbers; it may remove the one it is given. */
void rabbit_registry_each(const struct rabbit_registry *registry,
                          void (*visit)(void *ctx, struct rabbit_entity *entity), void *ctx);
void rabbit_registry_done(struct rabbit_registry *registry, struct heap *heap);

#endif
