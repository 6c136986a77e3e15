#include "common/outq.h"

#include <stdlib.h>
#include <sys/uio.h>

#include "common/assert.h"

/* The first chunk of a queue is small enough for malloc's cache of small blocks: most queues hold a
 * few replies for the length of one turn. Chunks after it grow by this factor up to the maximum,
 * which bounds what an insert moves. */
#define CHUNK_FIRST  1008u
#define CHUNK_FACTOR 4u
#define CHUNK_MAX    65536u
/* Room left behind a large piece, for the header of the next one. */
#define CHUNK_SLACK 128u
/* Larger requests are refused, so that sizes can be added up without overflow. */
#define RESERVE_MAX ((size_t)PTRDIFF_MAX / 4)
/* What outq_append copies rather than link. */
#define APPEND_COPY_MAX 1024u
#define INSERT_MAX      32u

struct outq_chunk {
    struct outq_chunk *next;
    size_t room;
    size_t len; /* of the last chunk only when the queue has failed: outq.at says it else */
    uint8_t bytes[];
};

static struct outq_chunk *chunk_create(size_t room)
{
    struct outq_chunk *chunk = malloc(sizeof *chunk + room);
    if (chunk)
        *chunk = (struct outq_chunk){.room = room};
    return chunk;
}

/* Brings the last chunk's len up to date. */
static void settle_last(struct outq *q)
{
    if (q->at)
        q->last->len = (size_t)(q->at - q->last->bytes);
}

/* Makes a chunk, linked already and with its len set, the one that is appended to. */
static void open_tail(struct outq *q, struct outq_chunk *chunk)
{
    q->last = chunk;
    q->at = q->failed ? NULL : chunk->bytes + chunk->len;
    q->end = q->failed ? NULL : chunk->bytes + chunk->room;
}

static size_t tail_len(const struct outq *q)
{
    if (!q->last)
        return 0;
    return q->at ? (size_t)(q->at - q->last->bytes) : q->last->len;
}

static size_t chunk_len(const struct outq *q, const struct outq_chunk *chunk)
{
    return chunk == q->last ? tail_len(q) : chunk->len;
}

static void count_more(struct outq *q, size_t bytes)
{
    q->held += bytes;
    if (q->total)
        *q->total += bytes;
}

static void count_less(struct outq *q, size_t bytes)
{
    q->held -= bytes;
    if (q->total)
        *q->total -= bytes;
}

static void chunk_free(struct outq *q, struct outq_chunk *chunk)
{
    count_less(q, sizeof *chunk + chunk->room);
    free(chunk);
}

static void free_chunks(struct outq *q, struct outq_chunk *chunk)
{
    while (chunk) {
        struct outq_chunk *next = chunk->next;
        chunk_free(q, chunk);
        chunk = next;
    }
}

/* Without free space every append comes to outq_grow, which refuses it. */
static void fail(struct outq *q)
{
    if (q->last)
        settle_last(q);
    q->failed = true;
    q->at = q->end = NULL;
}

static void clear(struct outq *q)
{
    free_chunks(q, q->first);
    *q = (struct outq){.failed = q->failed, .total = q->total};
}

void outq_init(struct outq *q)
{
    *q = (struct outq){0};
}

void outq_done(struct outq *q)
{
    clear(q);
    outq_init(q);
}

size_t outq_len(const struct outq *q)
{
    return q->settled + tail_len(q) - q->sent;
}

size_t outq_memory(const struct outq *q)
{
    return q->held;
}

size_t outq_chunk_count(const struct outq *q)
{
    size_t count = 0;
    for (const struct outq_chunk *c = q->first; c; c = c->next)
        count++;
    return count;
}

void outq_count_in(struct outq *q, size_t *total)
{
    if (q->total)
        *q->total -= q->held;
    if (total)
        *total += q->held;
    q->total = total;
}

static size_t room_of_next(const struct outq *q, size_t len)
{
    size_t room = CHUNK_FIRST - sizeof(struct outq_chunk);
    if (q->last)
        room = q->last->room * CHUNK_FACTOR;
    if (room > CHUNK_MAX)
        room = CHUNK_MAX;
    return len <= room ? room : len + CHUNK_SLACK;
}

uint8_t *outq_grow(struct outq *q, size_t len)
{
    if (q->failed)
        return NULL;
    struct outq_chunk *chunk = len <= RESERVE_MAX ? chunk_create(room_of_next(q, len)) : NULL;
    if (!chunk) {
        fail(q);
        return NULL;
    }
    count_more(q, sizeof *chunk + chunk->room);
    if (q->last) {
        settle_last(q);
        q->settled += q->last->len;
        q->last->next = chunk;
    } else {
        q->first = chunk;
    }
    open_tail(q, chunk);
    return q->at;
}

struct outq_mark outq_mark(struct outq *q, size_t len)
{
    if (!outq_reserve(q, len))
        return (struct outq_mark){0};
    struct outq_mark mark = {q->last, tail_len(q)};
    outq_commit(q, len);
    return mark;
}

void outq_patch(struct outq *q, struct outq_mark mark, const void *bytes, size_t len)
{
    if (!mark.chunk || len == 0)
        return;
    ASSERT(mark.at + len <= chunk_len(q, mark.chunk));
    memcpy(mark.chunk->bytes + mark.at, bytes, len);
}

/* Puts the bytes and what followed the mark in its chunk into a chunk of their own. */
static void insert_chunk(struct outq *q, struct outq_mark mark, const void *bytes, size_t len)
{
    size_t rest = chunk_len(q, mark.chunk) - mark.at;
    struct outq_chunk *chunk = chunk_create(len + rest + CHUNK_SLACK);
    if (!chunk) {
        fail(q);
        return;
    }
    count_more(q, sizeof *chunk + chunk->room);
    memcpy(chunk->bytes, bytes, len);
    memcpy(chunk->bytes + len, mark.chunk->bytes + mark.at, rest);
    chunk->len = len + rest;
    chunk->next = mark.chunk->next;
    mark.chunk->next = chunk;
    mark.chunk->len = mark.at;
    if (q->last == mark.chunk) {
        q->settled += mark.at;
        open_tail(q, chunk);
    } else {
        q->settled += len;
    }
}

void outq_insert(struct outq *q, struct outq_mark mark, const void *bytes, size_t len)
{
    ASSERT(len <= INSERT_MAX);
    if (!mark.chunk || q->failed || len == 0)
        return;
    size_t used = chunk_len(q, mark.chunk);
    ASSERT(mark.at <= used);
    if (mark.chunk->room - used < len) {
        insert_chunk(q, mark, bytes, len);
        return;
    }
    uint8_t *at = mark.chunk->bytes + mark.at;
    memmove(at + len, at, used - mark.at);
    memcpy(at, bytes, len);
    if (mark.chunk == q->last) {
        q->at += len;
    } else {
        mark.chunk->len += len;
        q->settled += len;
    }
}

size_t outq_since(const struct outq *q, struct outq_mark mark)
{
    if (!mark.chunk)
        return 0;
    size_t len = chunk_len(q, mark.chunk) - mark.at;
    for (const struct outq_chunk *c = mark.chunk->next; c; c = c->next)
        len += chunk_len(q, c);
    return len;
}

size_t outq_grown_across(const struct outq *q, struct outq_place place)
{
    const struct outq_chunk *chunk = q->first;
    while (chunk && chunk != place.chunk)
        chunk = chunk->next;
    if (!chunk || !place.at)
        return q->failed ? 0 : outq_len(q);
    size_t len = chunk_len(q, chunk) - (size_t)(place.at - chunk->bytes);
    while ((chunk = chunk->next))
        len += chunk_len(q, chunk);
    return len;
}

void outq_truncate(struct outq *q, struct outq_mark mark)
{
    if (!mark.chunk)
        return;
    settle_last(q);
    for (const struct outq_chunk *c = mark.chunk; c != q->last; c = c->next)
        q->settled -= c->len;
    free_chunks(q, mark.chunk->next);
    mark.chunk->next = NULL;
    mark.chunk->len = mark.at;
    open_tail(q, mark.chunk);
}

int outq_iovec(const struct outq *q, struct iovec *iov, int max)
{
    int count = 0;
    size_t skip = q->sent;
    for (struct outq_chunk *c = q->first; c && count < max; c = c->next) {
        size_t len = chunk_len(q, c) - skip;
        if (len > 0)
            iov[count++] = (struct iovec){c->bytes + skip, len};
        skip = 0;
    }
    return count;
}

void outq_take(struct outq *q, size_t len)
{
    ASSERT(len <= outq_len(q));
    if (len == outq_len(q)) {
        clear(q);
        return;
    }
    q->sent += len;
    while (q->first != q->last && q->sent >= q->first->len) {
        struct outq_chunk *taken = q->first;
        q->first = taken->next;
        q->sent -= taken->len;
        q->settled -= taken->len;
        chunk_free(q, taken);
    }
}

static void link_chunks(struct outq *q, struct outq *from)
{
    if (q->last) {
        settle_last(q);
        q->settled += q->last->len;
        q->last->next = from->first;
    } else {
        q->first = from->first;
    }
    settle_last(from);
    q->settled += from->settled;
    outq_count_in(from, NULL);
    count_more(q, from->held);
    open_tail(q, from->last);
    outq_init(from);
}

/* Moves the first chunk's bytes over those already taken. */
static void drop_sent(struct outq *q)
{
    struct outq_chunk *first = q->first;
    settle_last(q);
    first->len -= q->sent;
    memmove(first->bytes, first->bytes + q->sent, first->len);
    if (first == q->last)
        open_tail(q, first);
    else
        q->settled -= q->sent;
    q->sent = 0;
}

void outq_append(struct outq *q, struct outq *from)
{
    if (from->failed)
        fail(q);
    if (q->failed || !from->first) {
        outq_done(from);
        return;
    }
    if (from->sent)
        drop_sent(from);
    if (outq_len(from) > APPEND_COPY_MAX) {
        link_chunks(q, from);
        return;
    }
    for (struct outq_chunk *c = from->first; c; c = c->next)
        outq_put(q, c->bytes, chunk_len(from, c));
    outq_done(from);
}

struct slice outq_flatten(struct outq *q)
{
    if (q->failed)
        return slice_of(NULL, 0);
    if (!q->first)
        return slice_str("");
    if (q->first != q->last) {
        size_t len = outq_len(q);
        struct outq whole = {0};
        uint8_t *to = outq_reserve(&whole, len);
        if (!to) {
            fail(q);
            return slice_of(NULL, 0);
        }
        size_t skip = q->sent;
        for (const struct outq_chunk *c = q->first; c; c = c->next) {
            memcpy(to, c->bytes + skip, chunk_len(q, c) - skip);
            to += chunk_len(q, c) - skip;
            skip = 0;
        }
        outq_commit(&whole, len);
        clear(q);
        outq_count_in(&whole, q->total);
        *q = whole;
    }
    return slice_of(q->first->bytes + q->sent, outq_len(q));
}
