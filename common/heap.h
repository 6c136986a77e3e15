/* Accounted memory of one sandbox: slabs for small blocks, the C library for large ones.
 *
 * Every block that makes up a sandbox's state comes from its heap, so that the sandbox's size is a
 * counter, a limit can be enforced, and dropping the sandbox drops its memory. Blocks carry no
 * header: the caller gives the size back on free, which every owner knows (it is a field of the
 * object or follows from it). Under a sanitizer each block is its own malloc with the size kept
 * aside, so that overruns and wrong sizes are found.
 *
 * Small blocks (up to HEAP_SLAB_MAX bytes) are rounded up to 16-byte classes (those for whom 8-byte
 * alignment will do, to 8-byte classes: heap_alloc_packed) and carved from 64 KiB chunks; chunks whose blocks are all free go back to the system, a few aside. One thread
 * only.
 *
 * The last bytes below the limit can be kept as a reserve, for work that must not stop half-way:
 * whoever begins it looks whether the reserve is whole, refuses it otherwise, and draws on the
 * reserve until it is done.
 *
 * Errors: allocation returns NULL when the limit would be passed or the system has no memory; the
 * caller answers with its protocol's out-of-memory error and has changed nothing yet. */
#ifndef PARLEL_COMMON_HEAP_H
#define PARLEL_COMMON_HEAP_H

#include "common/slice.h"

#define HEAP_SLAB_MAX 1024
/* Larger requests are refused, so that sizes can be added up without overflow. */
#define HEAP_ALLOC_MAX ((size_t)PTRDIFF_MAX / 4)

struct heap;

/* limit: bytes that may be in use at once, 0 = no limit. NULL when out of memory. */
struct heap *heap_create(size_t limit);

/* Another limit from now on; below what is in use it stops allocation alone. */
void heap_set_limit(struct heap *heap, size_t limit);

/* The last `bytes` below the limit are given out while the reserve is drawn on alone. */
void heap_set_reserve(struct heap *heap, size_t bytes);
size_t heap_reserve(const struct heap *heap);
void heap_draw_reserve(struct heap *heap, bool on);

/* Bytes that may still be taken, the reserve included; SIZE_MAX: there is no limit. */
size_t heap_room(const struct heap *heap);

/* Has an allocation failed since this was asked last? */
bool heap_take_failure(struct heap *heap);

/* Frees the heap and every block still in it. NULL is accepted. */
void heap_destroy(struct heap *heap);

/* size > 0. The block is 16-byte aligned and uninitialised. */
void *heap_alloc(struct heap *heap, size_t size);
void *heap_zalloc(struct heap *heap, size_t size);

/* The same in steps of 8 bytes, for what there are millions of: the block is 8-byte aligned, and goes
 * back by heap_free_packed. */
void *heap_alloc_packed(struct heap *heap, size_t size);
void heap_free_packed(struct heap *heap, void *ptr, size_t size);
size_t heap_block_size_packed(size_t size);

/* Grows or shrinks a block in place where its class allows it, else moves it. NULL leaves the old
 * block as it was. ptr NULL with old_size 0 allocates. */
void *heap_realloc(struct heap *heap, void *ptr, size_t old_size, size_t new_size);

/* ptr NULL is accepted; size is the size asked for at allocation. */
void heap_free(struct heap *heap, void *ptr, size_t size);

/* The same for blocks of 1 to 128 KiB of which there may be very many, as messages: sixteen classes a
 * doubling of the size, each in regions of its own. A
 * region whose blocks are all free is kept, up to a gigabyte of them, until heap_give_back. What has another size is as
 * heap_alloc gives it. The block goes back by heap_free_bulk; what is larger than HEAP_BULK_MAX may be reallocated. */
#define HEAP_BULK_MAX ((size_t)128 << 10)
void *heap_alloc_bulk(struct heap *heap, size_t size);
void heap_free_bulk(struct heap *heap, void *ptr, size_t size);
size_t heap_block_size_bulk(size_t size);

/* To be called four times a second or so: gives some of the memory back that was kept for bulk blocks, and not used since
 * the last call; half of it in some ten seconds. True: there is more. */
bool heap_give_back(struct heap *heap);

/* Bytes that a block of `size` really takes (the slab class or the C library's rounding). */
size_t heap_block_size(size_t size);

/* Bytes in use now, by block sizes; the most there ever were since the last heap_reset_peak; bytes
 * taken from the system for the slabs and large blocks together. */
size_t heap_used(const struct heap *heap);
size_t heap_peak(const struct heap *heap);
size_t heap_reserved(const struct heap *heap);
void heap_reset_peak(struct heap *heap);

#endif
