/* The output queue of one connection: chained chunks that writev takes.
 *
 * Encoders append to it; the transport takes bytes from its front once per loop turn. Small appends
 * are a copy into the tail chunk; the fast path is inline. A queue counts its bytes, so a session
 * can pause at a high-water mark and enforce output-buffer limits, and its memory is counted in its
 * owner's total as well, so that what waits for slow peers counts against a limit of memory. Not
 * tied to a socket: scripts, tests and fuzzers encode into a queue of their own.
 *
 * Errors: when memory runs out the queue sets `failed`, drops what is appended from then on, and
 * the owner closes the connection: a reply is never sent with a hole in it. */
#ifndef PARLEL_COMMON_OUTQ_H
#define PARLEL_COMMON_OUTQ_H

#include "common/slice.h"

struct iovec;
struct outq_chunk;

struct outq {
    uint8_t *at, *end;        /* free space of the tail chunk */
    struct outq_chunk *first; /* oldest; NULL when empty */
    struct outq_chunk *last;
    size_t sent;    /* bytes of the first chunk that are already taken */
    size_t settled; /* bytes in all chunks but the last, without `sent` subtracted */
    size_t held;    /* memory of all chunks */
    size_t *total;  /* of all queues of the owner, kept up to date; NULL: nobody asks */
    bool failed;
};

/* A zeroed struct outq is a valid empty one. */
void outq_init(struct outq *q);
void outq_done(struct outq *q);

/* Bytes waiting. */
size_t outq_len(const struct outq *q);
/* Bytes of memory that the queue holds. */
size_t outq_memory(const struct outq *q);

/* Pieces that the memory is in: counted one by one. */
size_t outq_chunk_count(const struct outq *q);

/* Counts the queue's memory in *total from now on, and no longer where it was counted. NULL:
 * nowhere, as after outq_init and outq_done; the total must live that long. */
void outq_count_in(struct outq *q, size_t *total);

/* Slow path of outq_reserve: a new tail chunk with room for len bytes. */
uint8_t *outq_grow(struct outq *q, size_t len);

/* Room for len contiguous bytes, to be filled and then committed with outq_commit(used <= len).
 * NULL when out of memory. */
static inline uint8_t *outq_reserve(struct outq *q, size_t len)
{
    if ((size_t)(q->end - q->at) >= len && q->at)
        return q->at;
    return outq_grow(q, len);
}

static inline void outq_commit(struct outq *q, size_t used)
{
    q->at += used;
}

static inline void outq_put(struct outq *q, const void *bytes, size_t len)
{
    uint8_t *to = outq_reserve(q, len);
    if (to && len) {
        memcpy(to, bytes, len);
        q->at += len;
    }
}

static inline void outq_put_slice(struct outq *q, struct slice s)
{
    outq_put(q, s.ptr, s.len);
}

/* A mark remembers a place so that a length known only later can be written there: reserve the
 * bytes now, patch them with outq_patch. Marks stay valid until bytes are taken from the queue or
 * inserted before them. */
struct outq_mark {
    struct outq_chunk *chunk;
    size_t at;
};
struct outq_mark outq_mark(struct outq *q, size_t len);
void outq_patch(struct outq *q, struct outq_mark mark, const void *bytes, size_t len);

/* Inserts bytes at a mark made with len 0 (a count prefix of unknown width); at most 32 bytes. */
void outq_insert(struct outq *q, struct outq_mark mark, const void *bytes, size_t len);

/* Bytes appended since the mark, those that it reserved included. */
size_t outq_since(const struct outq *q, struct outq_mark mark);

/* A place to measure from, without anything reserved; valid as marks are. */
struct outq_place {
    const struct outq_chunk *chunk;
    const uint8_t *at;
};

static inline struct outq_place outq_place(const struct outq *q)
{
    return (struct outq_place){q->last, q->at};
}

size_t outq_grown_across(const struct outq *q, struct outq_place place);

/* Bytes appended since. */
static inline size_t outq_grown(const struct outq *q, struct outq_place place)
{
    if (q->last == place.chunk && q->at && place.at)
        return (size_t)(q->at - place.at);
    return outq_grown_across(q, place);
}

/* Drops everything appended since the mark, what it reserved included. */
void outq_truncate(struct outq *q, struct outq_mark mark);

/* Fills up to max iovecs with the queue's front; returns how many. */
int outq_iovec(const struct outq *q, struct iovec *iov, int max);

/* Takes len bytes off the front. */
void outq_take(struct outq *q, size_t len);

/* Moves everything from `from` to the end of q without copying large parts. A failure of `from` is
 * one of q then. */
void outq_append(struct outq *q, struct outq *from);

/* All bytes as one contiguous slice, valid until the queue changes (joins the chunks when there are
 * several); ptr NULL when out of memory, or when the queue has failed before. */
struct slice outq_flatten(struct outq *q);

#endif
