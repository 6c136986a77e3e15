#include <sys/mman.h>

#include "common/assert.h"
#include "common/heap_internal.h"
#include "common/sanitizer.h"

/* With a sanitizer every block is its own. */
#define BULK_MAX (SANITIZER_ADDRESS ? 0 : HEAP_BULK_MAX)
/* A queue that was long may be so again, and memory that was used costs half of what new memory does. */
#define SPARES_MAX      512u
#define GIVE_BACK_SHARE 64u
/* The system is asked for memory in such pieces: one fault for each of its pages costs more than the page. (Huge
 * pages cost less still where there are any at hand, and far more where they have to be made first.) */
#define PIECE_BYTES ((size_t)256 << 10)

struct free_block {
    struct free_block *next;
};

/* Stands at a region's begin. */
struct bulk_region {
    struct bulk_region *prev, *next; /* among those of its class that have room, or the full ones */
    struct free_block *free;
    uint8_t *at;    /* from here on no block was ever given out */
    uint8_t *there; /* memory up to here has been asked for */
    uint32_t used, room;
    uint32_t class, block_size;
};

#define REGION_HEADER ((sizeof(struct bulk_region) + 63) & ~(size_t)63)

static bool is_bulk(size_t size)
{
    return size > HEAP_SLAB_MAX && size <= BULK_MAX;
}

/* The class is the size's highest bit and the four below it, rounded up. */
static uint32_t class_of(size_t size, uint32_t *out_block_size)
{
    unsigned top = 63 - (unsigned)__builtin_clzll((uint64_t)(size - 1));
    uint32_t step = (1u << top) / HEAP_BULK_STEPS;
    uint32_t steps = (uint32_t)((size - (1u << top) + step - 1) / step);
    *out_block_size = (1u << top) + steps * step;
    return (top - 10) * HEAP_BULK_STEPS + steps - 1;
}
_Static_assert(HEAP_SLAB_MAX == 1024, "the first class begins there");
_Static_assert(HEAP_BULK_MAX == 1024u << HEAP_BULK_CLASSES / HEAP_BULK_STEPS, "and the last ends");

size_t heap_block_size_bulk(size_t size)
{
    uint32_t block_size;
    if (!is_bulk(size))
        return heap_block_size(size);
    class_of(size, &block_size);
    return block_size;
}

static void list_add(struct bulk_region **list, struct bulk_region *region)
{
    region->prev = NULL;
    region->next = *list;
    if (region->next)
        region->next->prev = region;
    *list = region;
}

static void list_remove(struct bulk_region **list, struct bulk_region *region)
{
    *(region->prev ? &region->prev->next : list) = region->next;
    if (region->next)
        region->next->prev = region->prev;
}

static struct bulk_region *add_region(struct heap *heap, uint32_t class, uint32_t block_size)
{
    struct heap_bulk *bulk = &heap->bulk;
    struct bulk_region *region = bulk->spares;
    if (region) {
        bulk->spares = region->next;
        if (--bulk->spare_count < bulk->spares_idle)
            bulk->spares_idle = bulk->spare_count;
    } else {
        uint8_t *base = heap_map_region();
        if (!base)
            return NULL;
        region = (struct bulk_region *)(void *)base;
        region->there = base;
    }
    *region = (struct bulk_region){
        .at = (uint8_t *)region + REGION_HEADER,
        .there = region->there,
        .room = (uint32_t)((HEAP_REGION_SIZE - REGION_HEADER) / block_size),
        .class = class,
        .block_size = block_size,
    };
    list_add(&bulk->with_room[class], region);
    return region;
}

/* Without the call, or without memory, faults bring the pages one by one. */
static void fetch_piece(struct bulk_region *region)
{
    uint8_t *end = (uint8_t *)region + HEAP_REGION_SIZE;
    uint8_t *from = region->there;
    region->there = end - from > (ptrdiff_t)PIECE_BYTES ? from + PIECE_BYTES : end;
#ifdef MADV_POPULATE_WRITE
    (void)madvise(from, (size_t)(region->there - from), MADV_POPULATE_WRITE);
#endif
}

void *heap_alloc_bulk(struct heap *heap, size_t size)
{
    uint32_t block_size;
    if (!is_bulk(size))
        return heap_alloc(heap, size);
    uint32_t class = class_of(size, &block_size);
    struct bulk_region *region = heap->bulk.with_room[class];
    if (!heap_fits(heap, block_size) ||
        (!region && !(region = add_region(heap, class, block_size))))
        return heap_failed(heap);
    void *block = region->free;
    if (block) {
        region->free = region->free->next;
    } else {
        block = region->at;
        region->at += block_size;
        if (region->at > region->there)
            fetch_piece(region);
    }
    if (++region->used == region->room) {
        list_remove(&heap->bulk.with_room[class], region);
        list_add(&heap->bulk.full, region);
    }
    heap->reserved += block_size;
    heap_count_used(heap, block_size);
    return block;
}

static void drop_region(struct heap *heap, struct bulk_region *region)
{
    struct heap_bulk *bulk = &heap->bulk;
    list_remove(&bulk->with_room[region->class], region);
    if (bulk->spare_count == SPARES_MAX) {
        heap_unmap_region((uint8_t *)region);
        return;
    }
    region->next = bulk->spares;
    bulk->spares = region;
    bulk->spare_count++;
}

void heap_free_bulk(struct heap *heap, void *ptr, size_t size)
{
    if (!ptr || !is_bulk(size)) {
        heap_free(heap, ptr, size);
        return;
    }
    struct bulk_region *region =
        (struct bulk_region *)((uintptr_t)ptr & ~(uintptr_t)(HEAP_REGION_SIZE - 1));
    struct free_block *block = ptr;
    ASSERT(region->used > 0 && size <= region->block_size);
    block->next = region->free;
    region->free = block;
    heap->reserved -= region->block_size;
    heap->used -= region->block_size;
    if (region->used-- == region->room) {
        list_remove(&heap->bulk.full, region);
        list_add(&heap->bulk.with_room[region->class], region);
    }
    if (!region->used)
        drop_region(heap, region);
}

bool heap_give_back(struct heap *heap)
{
    struct heap_bulk *bulk = &heap->bulk;
    unsigned share = (bulk->spares_idle + GIVE_BACK_SHARE - 1) / GIVE_BACK_SHARE;
    for (; share; share--) {
        struct bulk_region *region = bulk->spares;
        bulk->spares = region->next;
        bulk->spare_count--;
        heap_unmap_region((uint8_t *)region);
    }
    bulk->spares_idle = bulk->spare_count;
    return bulk->spare_count > 0;
}

static void unmap_all(struct bulk_region *region)
{
    while (region) {
        struct bulk_region *next = region->next;
        heap_unmap_region((uint8_t *)region);
        region = next;
    }
}

void heap_bulk_done(struct heap *heap)
{
    for (size_t i = 0; i < HEAP_BULK_CLASSES; i++)
        unmap_all(heap->bulk.with_room[i]);
    unmap_all(heap->bulk.full);
    unmap_all(heap->bulk.spares);
}
