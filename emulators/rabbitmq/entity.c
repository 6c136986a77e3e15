#include "emulators/rabbitmq/entity.h"

#include <string.h>

static bool grow(struct rabbit_registry *registry, struct heap *heap, uint32_t page)
{
    uint32_t room = registry->page_room ? registry->page_room : 4;
    while (room <= page)
        room *= 2;
    struct rabbit_registry_page **pages = heap_realloc(
        heap, registry->pages, registry->page_room * sizeof(struct rabbit_registry_page *),
        room * sizeof(struct rabbit_registry_page *));
    if (!pages)
        return false;
    memset(pages + registry->page_room, 0,
           (room - registry->page_room) * sizeof(struct rabbit_registry_page *));
    registry->pages = pages;
    registry->page_room = room;
    return true;
}

bool rabbit_registry_put(struct rabbit_registry *registry, struct heap *heap,
                         struct rabbit_entity *entity)
{
    uint32_t page = entity->id / RABBIT_REGISTRY_PAGE;
    if (page >= registry->page_room && !grow(registry, heap, page))
        return false;
    struct rabbit_registry_page **slot = &registry->pages[page];
    if (!*slot && !(*slot = heap_zalloc(heap, sizeof(**slot))))
        return false;
    (*slot)->entities[entity->id % RABBIT_REGISTRY_PAGE] = entity;
    (*slot)->used++;
    return true;
}

void rabbit_registry_remove(struct rabbit_registry *registry, struct heap *heap, uint32_t id)
{
    struct rabbit_registry_page **slot = &registry->pages[id / RABBIT_REGISTRY_PAGE];
    (*slot)->entities[id % RABBIT_REGISTRY_PAGE] = NULL;
    if (--(*slot)->used == 0) {
        heap_free(heap, *slot, sizeof(**slot));
        *slot = NULL;
    }
}

void rabbit_registry_each(const struct rabbit_registry *registry,
                          void (*visit)(void *ctx, struct rabbit_entity *entity), void *ctx)
{
    for (uint32_t page = 0; page < registry->page_room; page++)
        /* The page may go with its last entity. */
        for (uint32_t at = 0; registry->pages[page] && at < RABBIT_REGISTRY_PAGE; at++)
            if (registry->pages[page]->entities[at])
                visit(ctx, registry->pages[page]->entities[at]);
}

void rabbit_registry_done(struct rabbit_registry *registry, struct heap *heap)
{
    for (uint32_t page = 0; page < registry->page_room; page++)
        heap_free(heap, registry->pages[page], sizeof(*registry->pages[page]));
    heap_free(heap, registry->pages, registry->page_room * sizeof(struct rabbit_registry_page *));
    *registry = (struct rabbit_registry){0};
}
