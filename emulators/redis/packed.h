/* Packed sequences: byte strings end to end in one block, walked either way.
 *
 * What small hashes, sorted sets and the chunks of lists are made of. An element is its length, its
 * bytes, and its length again (so that it can be stepped over backwards); a length is one byte, or
 * 0xFE and four bytes. There is free room at both ends, so pushing at the front is as cheap as at
 * the back. Finding an element by value or index is linear: callers bound the size.
 *
 * A place is a pointer to an element, valid until the sequence is changed; NULL stands for the end.
 * Sequences count references; who changes one must hold the only reference (packed_own).
 * Functions that may need memory return the sequence, which may have moved, or NULL when out of
 * memory with nothing changed. */
#ifndef PARLEL_EMULATORS_REDIS_PACKED_H
#define PARLEL_EMULATORS_REDIS_PACKED_H

#include "common/heap.h"

struct packed {
    uint32_t refs;
    uint32_t count;      /* elements */
    uint32_t start, end; /* the used part of data */
    uint32_t room;       /* bytes of data */
    uint8_t data[];
};

/* Bytes that an element of len bytes takes. */
static inline size_t packed_element_size(size_t len)
{
    return len + (len < 0xFE ? 2 : 10);
}

struct packed *packed_create(struct heap *heap, size_t room);
/* Gives up one reference. */
void packed_release(struct heap *heap, struct packed *packed);
/* The sequence itself when the caller holds the only reference, else a copy in its place. */
struct packed *packed_own(struct heap *heap, struct packed *packed);

static inline size_t packed_bytes(const struct packed *packed)
{
    return packed->end - packed->start;
}
size_t packed_memory(const struct packed *packed);

static inline struct slice packed_get(const uint8_t *at)
{
    uint32_t len = at[0];
    if (len < 0xFE)
        return slice_of(at + 1, len);
    memcpy(&len, at + 1, sizeof(len));
    return slice_of(at + 5, len);
}

static inline const uint8_t *packed_first(const struct packed *packed)
{
    return packed->count ? packed->data + packed->start : NULL;
}
static inline const uint8_t *packed_next(const struct packed *packed, const uint8_t *at)
{
    struct slice bytes = packed_get(at);
    const uint8_t *next = bytes.ptr + bytes.len + (bytes.len < 0xFE ? 1 : 5);
    return next == packed->data + packed->end ? NULL : next;
}
const uint8_t *packed_last(const struct packed *packed);
const uint8_t *packed_prev(const struct packed *packed, const uint8_t *at);
/* The element at an index below count, from whichever end is nearer. */
const uint8_t *packed_at(const struct packed *packed, uint32_t index);
/* The first element equal to bytes among those at index 0, step, 2 * step, ...; NULL if none. */
const uint8_t *packed_find(const struct packed *packed, struct slice bytes, uint32_t step);

/* Inserts before a place; NULL: at the end. */
struct packed *packed_insert(struct heap *heap, struct packed *packed, const uint8_t *at,
                             struct slice bytes);
/* Removes count elements from the place on. Never fails. */
void packed_erase(struct packed *packed, const uint8_t *at, uint32_t count);
/* Puts other bytes in an element's place. */
struct packed *packed_replace(struct heap *heap, struct packed *packed, const uint8_t *at,
                              struct slice bytes);
/* Moves the elements from index on into a new sequence; NULL: out of memory. */
struct packed *packed_split(struct heap *heap, struct packed *packed, uint32_t index);

#endif
