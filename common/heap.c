#include <stdlib.h>
#include <sys/mman.h>

#include "common/assert.h"
#include "common/heap_internal.h"
#include "common/sanitizer.h"

/* Slabs: the system gives aligned regions, a region is cut into aligned chunks, a chunk into blocks
 * of one class. So the chunk of a block, and with it the class, is found by masking its address. */

#define ALIGN         ((size_t)16)
#define ALIGN_PACKED  ((size_t)8)
#define CHUNK_SIZE    ((size_t)64 << 10)
#define SPARES_MAX    8
#define REGION_SIZE   HEAP_REGION_SIZE
#define REGION_CHUNKS (REGION_SIZE / CHUNK_SIZE)
_Static_assert(HEAP_SLAB_CLASSES == HEAP_SLAB_MAX / ALIGN_PACKED, "a class every 8 bytes");

/* From this size on, regions ask for huge pages: large states miss the TLB at every key otherwise,
 * small ones would waste most of the page. */
#define HUGE_PAGES_FROM ((size_t)8 << 20)

/* With a sanitizer every block is a large one, so that it sees each of them. */
#define SLAB_MAX (SANITIZER_ADDRESS ? 0 : HEAP_SLAB_MAX)

_Static_assert(REGION_CHUNKS == 32, "one bit a chunk in free_chunks");

struct free_block {
    struct free_block *next;
};

struct chunk {
    struct chunk *prev, *next; /* among the chunks of its class that have room; else unused */
    struct region *region;
    struct free_block *free; /* blocks given back */
    uint8_t *at;             /* from here on no block was ever given out */
    uint32_t used;           /* blocks given out */
    uint32_t room;           /* blocks it can hold */
    uint32_t block_size;
};

#define CHUNK_HEADER ((sizeof(struct chunk) + 63) & ~(size_t)63)

/* Stands before each large block, so that heap_destroy finds it. */
struct large {
    struct large *prev, *next;
    size_t size; /* as asked for */
    size_t unused;
};
_Static_assert(sizeof(struct large) % ALIGN == 0, "blocks are aligned");

size_t heap_block_size(size_t size)
{
    if (size <= HEAP_SLAB_MAX)
        return (size + ALIGN - 1) & ~(ALIGN - 1);
    /* With our header, and with the C library's and its rounding. */
    return (size + sizeof(struct large) + sizeof(size_t) + ALIGN - 1) & ~(ALIGN - 1);
}

size_t heap_block_size_packed(size_t size)
{
    return size <= HEAP_SLAB_MAX ? (size + ALIGN_PACKED - 1) & ~(ALIGN_PACKED - 1)
                                 : heap_block_size(size);
}

struct heap *heap_create(size_t limit)
{
    struct heap *heap = calloc(1, sizeof *heap);
    if (heap)
        heap->limit = limit;
    return heap;
}

void heap_set_limit(struct heap *heap, size_t limit)
{
    heap->limit = limit;
}

void heap_set_reserve(struct heap *heap, size_t bytes)
{
    heap->reserve = bytes;
}

size_t heap_reserve(const struct heap *heap)
{
    return heap->reserve;
}

void heap_draw_reserve(struct heap *heap, bool on)
{
    heap->drawn = on;
}

size_t heap_room(const struct heap *heap)
{
    if (!heap->limit)
        return SIZE_MAX;
    return heap->used < heap->limit ? heap->limit - heap->used : 0;
}

bool heap_take_failure(struct heap *heap)
{
    bool failed = heap->failed;
    heap->failed = false;
    return failed;
}

size_t heap_used(const struct heap *heap)
{
    return heap->used;
}

size_t heap_peak(const struct heap *heap)
{
    return heap->peak;
}

size_t heap_reserved(const struct heap *heap)
{
    return heap->reserved;
}

void heap_reset_peak(struct heap *heap)
{
    heap->peak = heap->used;
}

bool heap_fits(const struct heap *heap, size_t more)
{
    size_t room = heap_room(heap), kept = heap->drawn ? 0 : heap->reserve;
    return room == SIZE_MAX || (room >= kept && more <= room - kept);
}

void heap_count_used(struct heap *heap, size_t size)
{
    heap->used += size;
    if (heap->used > heap->peak)
        heap->peak = heap->used;
}

/* ---- regions */

static void region_link(struct region **list, struct region *region)
{
    region->prev = NULL;
    region->next = *list;
    if (region->next)
        region->next->prev = region;
    *list = region;
}

static void region_unlink(struct region **list, struct region *region)
{
    *(region->prev ? &region->prev->next : list) = region->next;
    if (region->next)
        region->next->prev = region->prev;
}

/* Maps twice the size and gives back what lies outside of the aligned part. */
uint8_t *heap_map_region(void)
{
    uint8_t *all = mmap(NULL, 2 * REGION_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED)
        return NULL;
    size_t before = (size_t)(-(uintptr_t)all & (REGION_SIZE - 1));
    if (before)
        (void)munmap(all, before);
    (void)munmap(all + before + REGION_SIZE, REGION_SIZE - before);
    return all + before;
}

void heap_unmap_region(uint8_t *base)
{
    (void)munmap(base, REGION_SIZE);
}

static void set_huge_pages(const struct region *region, bool wanted)
{
#ifdef MADV_HUGEPAGE
    (void)madvise(region->base, REGION_SIZE, wanted ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#else
    (void)region, (void)wanted;
#endif
}

static bool region_add(struct heap *heap)
{
    struct region *region = malloc(sizeof *region);
    uint8_t *base = region ? heap_map_region() : NULL;
    if (!base) {
        free(region);
        return false;
    }
    region->base = base;
    region->huge_pages = heap->reserved >= HUGE_PAGES_FROM;
    if (region->huge_pages)
        set_huge_pages(region, true);
    region->free_chunks = UINT32_MAX;
    region_link(&heap->regions, region);
    return true;
}

static void region_free(struct region *region)
{
    heap_unmap_region(region->base);
    free(region);
}

static void regions_free(struct region *region)
{
    while (region) {
        struct region *next = region->next;
        region_free(region);
        region = next;
    }
}

/* ---- chunks */

static struct chunk *chunk_of(const void *block)
{
    return (struct chunk *)((uintptr_t)block & ~(CHUNK_SIZE - 1));
}

static struct chunk *chunk_map(struct heap *heap)
{
    if (!heap->regions && !region_add(heap))
        return NULL;
    struct region *region = heap->regions;
    unsigned at = (unsigned)__builtin_ctz(region->free_chunks);
    region->free_chunks &= region->free_chunks - 1;
    if (!region->free_chunks) {
        region_unlink(&heap->regions, region);
        region_link(&heap->full_regions, region);
    }
    heap->reserved += CHUNK_SIZE;
    struct chunk *chunk = (struct chunk *)(void *)(region->base + at * CHUNK_SIZE);
    chunk->region = region;
    return chunk;
}

static void chunk_unmap(struct heap *heap, struct chunk *chunk)
{
    struct region *region = chunk->region;
    heap->reserved -= CHUNK_SIZE;
    if (!region->free_chunks) {
        region_unlink(&heap->full_regions, region);
        region_link(&heap->regions, region);
    }
    region->free_chunks |= (uint32_t)1 << ((size_t)((uint8_t *)chunk - region->base) / CHUNK_SIZE);
    if (region->free_chunks == UINT32_MAX) {
        region_unlink(&heap->regions, region);
        region_free(region);
        return;
    }
    if (region->huge_pages) {
        /* Else the kernel would gather the region's pages, with the ones given back, in a new
         * one. */
        region->huge_pages = false;
        set_huge_pages(region, false);
    }
    (void)madvise(chunk, CHUNK_SIZE, MADV_DONTNEED);
}

static void chunk_link(struct heap *heap, struct chunk *chunk)
{
    struct chunk **list = &heap->with_room[chunk->block_size / ALIGN_PACKED - 1];
    chunk->prev = NULL;
    chunk->next = *list;
    if (chunk->next)
        chunk->next->prev = chunk;
    *list = chunk;
}

static void chunk_unlink(struct heap *heap, struct chunk *chunk)
{
    struct chunk **list = &heap->with_room[chunk->block_size / ALIGN_PACKED - 1];
    *(chunk->prev ? &chunk->prev->next : list) = chunk->next;
    if (chunk->next)
        chunk->next->prev = chunk->prev;
}

static struct chunk *chunk_add(struct heap *heap, size_t block_size)
{
    struct chunk *chunk = heap->spares;
    if (chunk) {
        heap->spares = chunk->next;
        heap->spare_count--;
    } else if (!(chunk = chunk_map(heap))) {
        return NULL;
    }
    chunk->free = NULL;
    chunk->at = (uint8_t *)chunk + CHUNK_HEADER;
    chunk->used = 0;
    chunk->room = (uint32_t)((CHUNK_SIZE - CHUNK_HEADER) / block_size);
    chunk->block_size = (uint32_t)block_size;
    chunk_link(heap, chunk);
    return chunk;
}

static void *slab_alloc(struct heap *heap, size_t block_size)
{
    struct chunk *chunk = heap->with_room[block_size / ALIGN_PACKED - 1];
    if (!chunk && !(chunk = chunk_add(heap, block_size)))
        return NULL;
    void *block = chunk->free;
    if (block) {
        chunk->free = chunk->free->next;
    } else {
        block = chunk->at;
        chunk->at += block_size;
    }
    if (++chunk->used == chunk->room)
        chunk_unlink(heap, chunk);
    return block;
}

static void slab_free(struct heap *heap, void *ptr, size_t block_size)
{
    struct chunk *chunk = chunk_of(ptr);
    ASSERT(chunk->block_size == block_size);
    struct free_block *block = ptr;
    block->next = chunk->free;
    chunk->free = block;
    if (chunk->used-- == chunk->room)
        chunk_link(heap, chunk);
    if (chunk->used)
        return;
    chunk_unlink(heap, chunk);
    if (heap->spare_count == SPARES_MAX) {
        chunk_unmap(heap, chunk);
        return;
    }
    chunk->next = heap->spares;
    heap->spares = chunk;
    heap->spare_count++;
}

/* ---- large blocks */

static struct large *large_of(void *block)
{
    return (struct large *)block - 1;
}

/* Its neighbours learn where the header is: it may be new, or moved by realloc. */
static void *large_settle(struct heap *heap, struct large *large, size_t size)
{
    large->size = size;
    *(large->prev ? &large->prev->next : &heap->large) = large;
    if (large->next)
        large->next->prev = large;
    return large + 1;
}

static void *large_alloc(struct heap *heap, size_t size)
{
    struct large *large = malloc(sizeof *large + size);
    if (!large)
        return NULL;
    large->prev = NULL;
    large->next = heap->large;
    heap->reserved += heap_block_size(size);
    return large_settle(heap, large, size);
}

static void *large_realloc(struct heap *heap, void *ptr, size_t old_size, size_t new_size)
{
    struct large *large = large_of(ptr);
    ASSERT(large->size == old_size);
    large = realloc(large, sizeof *large + new_size);
    if (!large)
        return NULL;
    heap->reserved += heap_block_size(new_size) - heap_block_size(old_size);
    return large_settle(heap, large, new_size);
}

static void large_free(struct heap *heap, void *ptr, size_t size)
{
    struct large *large = large_of(ptr);
    ASSERT(large->size == size);
    *(large->prev ? &large->prev->next : &heap->large) = large->next;
    if (large->next)
        large->next->prev = large->prev;
    heap->reserved -= heap_block_size(size);
    free(large);
}

/* ---- blocks */

void heap_destroy(struct heap *heap)
{
    if (!heap)
        return;
    while (heap->large)
        large_free(heap, heap->large + 1, heap->large->size);
    regions_free(heap->regions);
    regions_free(heap->full_regions);
    heap_bulk_done(heap);
    free(heap);
}

void *heap_failed(struct heap *heap)
{
    heap->failed = true;
    return NULL;
}

/* block_size: what the block takes. */
static void *alloc_block(struct heap *heap, size_t size, size_t block_size)
{
    ASSERT(size > 0);
    if (size > HEAP_ALLOC_MAX || !heap_fits(heap, block_size))
        return heap_failed(heap);
    void *block = size <= SLAB_MAX ? slab_alloc(heap, block_size) : large_alloc(heap, size);
    if (!block)
        return heap_failed(heap);
    heap_count_used(heap, block_size);
    return block;
}

void *heap_alloc(struct heap *heap, size_t size)
{
    return alloc_block(heap, size, heap_block_size(size));
}

void *heap_alloc_packed(struct heap *heap, size_t size)
{
    return alloc_block(heap, size, heap_block_size_packed(size));
}

void *heap_zalloc(struct heap *heap, size_t size)
{
    void *block = heap_alloc(heap, size);
    if (block)
        memset(block, 0, size);
    return block;
}

static void free_block(struct heap *heap, void *ptr, size_t size, size_t block_size)
{
    if (!ptr)
        return;
    ASSERT(size > 0);
    if (size <= SLAB_MAX)
        slab_free(heap, ptr, block_size);
    else
        large_free(heap, ptr, size);
    heap->used -= block_size;
}

void heap_free(struct heap *heap, void *ptr, size_t size)
{
    free_block(heap, ptr, size, heap_block_size(size));
}

void heap_free_packed(struct heap *heap, void *ptr, size_t size)
{
    free_block(heap, ptr, size, heap_block_size_packed(size));
}

static void *move_block(struct heap *heap, void *ptr, size_t old_size, size_t new_size)
{
    void *block = heap_alloc(heap, new_size);
    if (!block)
        return NULL;
    memcpy(block, ptr, old_size < new_size ? old_size : new_size);
    heap_free(heap, ptr, old_size);
    return block;
}

void *heap_realloc(struct heap *heap, void *ptr, size_t old_size, size_t new_size)
{
    if (!ptr)
        return heap_alloc(heap, new_size);
    ASSERT(old_size > 0 && new_size > 0);
    if (new_size > HEAP_ALLOC_MAX)
        return heap_failed(heap);
    if (old_size <= SLAB_MAX && heap_block_size(old_size) == heap_block_size(new_size))
        return ptr;
    if (old_size <= SLAB_MAX || new_size <= SLAB_MAX)
        return move_block(heap, ptr, old_size, new_size);
    size_t before = heap_block_size(old_size), after = heap_block_size(new_size);
    if (after > before && !heap_fits(heap, after - before))
        return heap_failed(heap);
    void *block = large_realloc(heap, ptr, old_size, new_size);
    if (!block)
        return heap_failed(heap);
    heap->used -= before;
    heap_count_used(heap, after);
    return block;
}
