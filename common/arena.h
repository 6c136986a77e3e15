/* Request memory: bump allocation, freed all at once.
 *
 * A handler allocates what it needs for one request and frees nothing; the session resets the arena
 * when the reply is queued. The first chunk is kept over resets. Allocation never returns NULL for
 * sizes up to ARENA_ALLOC_MAX while the system has memory; callers check, as everywhere. */
#ifndef PARLEL_COMMON_ARENA_H
#define PARLEL_COMMON_ARENA_H

#include "common/slice.h"

/* Larger requests are refused, so that sizes can be added up without overflow. */
#define ARENA_ALLOC_MAX ((size_t)PTRDIFF_MAX / 4)

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* newest first */
    uint8_t *at, *end;          /* free space of the newest chunk */
};

/* A zeroed struct arena is a valid empty one. */
void arena_init(struct arena *arena);
void arena_done(struct arena *arena);

/* Forgets everything allocated; keeps one chunk for the next request. */
void arena_reset(struct arena *arena);

/* Bytes of all its chunks. */
size_t arena_size(const struct arena *arena);

/* 16-byte aligned, uninitialised; NULL when out of memory. size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
/* count * size with overflow checked. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Copies into the arena. The copy is followed by a NUL that its length does not count. A slice with
 * ptr NULL when out of memory. */
struct slice arena_dup(struct arena *arena, struct slice bytes);
/* The three one behind the other. ptr NULL when out of memory. */
struct slice arena_concat(struct arena *arena, struct slice a, struct slice b, struct slice c);
struct slice arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
