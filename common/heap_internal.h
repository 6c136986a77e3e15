/* The insides of a heap, shared by common/heap*.c and by nobody else. */
#ifndef PARLEL_COMMON_HEAP_INTERNAL_H
#define PARLEL_COMMON_HEAP_INTERNAL_H

#include "common/heap.h"

#define HEAP_SLAB_CLASSES (HEAP_SLAB_MAX / 8)
#define HEAP_REGION_SIZE  ((size_t)2 << 20) /* the size of a huge page on most machines */

struct chunk;
struct large;

struct region {
    struct region *prev, *next;
    uint8_t *base;
    uint32_t free_chunks; /* one bit a chunk */
    bool huge_pages;
};

/* Bulk blocks: a region by itself holds those of one class. */
#define HEAP_BULK_STEPS   16u /* classes a doubling of the size */
#define HEAP_BULK_CLASSES (7u * HEAP_BULK_STEPS)

struct heap_bulk {
    struct bulk_region *with_room[HEAP_BULK_CLASSES];
    struct bulk_region *full;   /* without */
    struct bulk_region *spares; /* without blocks */
    unsigned spare_count;
    unsigned spares_idle; /* the fewest there were since some were given back */
};

struct heap {
    size_t limit, used, peak, reserved;
    size_t reserve; /* of the limit */
    bool drawn;     /* the reserve may be used */
    bool failed;
    struct chunk *with_room[HEAP_SLAB_CLASSES];
    /* A few chunks without blocks are kept, so that blocks of rare sizes that come and go do not map
     * and unmap their chunks each time: a command after a checkpoint copies a node of this size and
     * one of that, which the rewind gives back. */
    struct chunk *spares;
    unsigned spare_count;
    struct region *regions, *full_regions; /* with free chunks; without */
    struct large *large;
    struct heap_bulk bulk;
};

/* Accounting: may so much more be in use, what is, and an allocation that fails. */
bool heap_fits(const struct heap *heap, size_t more);
void heap_count_used(struct heap *heap, size_t size);
void *heap_failed(struct heap *heap);

/* HEAP_REGION_SIZE bytes aligned to their size, zeroed when touched; NULL when the system has none. */
uint8_t *heap_map_region(void);
void heap_unmap_region(uint8_t *base);

/* Gives all regions of bulk blocks back. */
void heap_bulk_done(struct heap *heap);

#endif
