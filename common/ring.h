/* Intrusive doubly linked lists: a ring through the links embedded in its members.
 *
 * A member knows no owner: RING_OWNER gives the struct around a link. A link is in one ring or in
 * none; taking it out of none does nothing, so that owners need no flag. */
#ifndef PARLEL_COMMON_RING_H
#define PARLEL_COMMON_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring {
    struct ring *prev, *next;
};

#define RING_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* An empty ring, or a link that is in none. */
static inline void ring_init(struct ring *ring)
{
    ring->prev = ring->next = ring;
}

static inline bool ring_empty(const struct ring *ring)
{
    return ring->next == ring;
}

static inline void ring_remove(struct ring *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    ring_init(link);
}

/* Puts a link, taken out of where it was, behind `at`; at the ring itself: as its first. */
static inline void ring_insert_after(struct ring *at, struct ring *link)
{
    ring_remove(link);
    link->prev = at;
    link->next = at->next;
    at->next->prev = link;
    at->next = link;
}

static inline void ring_push_front(struct ring *ring, struct ring *link)
{
    ring_insert_after(ring, link);
}

static inline void ring_push_back(struct ring *ring, struct ring *link)
{
    ring_remove(link);
    ring_insert_after(ring->prev, link);
}

/* The first link, taken out; NULL of an empty ring. */
static inline struct ring *ring_pop(struct ring *ring)
{
    struct ring *first = ring->next;
    if (first == ring)
        return NULL;
    ring_remove(first);
    return first;
}

/* Moves all members, in their order, to the end of another ring. */
static inline void ring_move(struct ring *to, struct ring *from)
{
    if (ring_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    ring_init(from);
}

#endif
