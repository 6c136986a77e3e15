/* Input of one connection that its session has not consumed yet, in one contiguous piece.
 *
 * Empty most of the time, and without memory then. Bytes are appended behind and consumed in front;
 * both are linear however small the pieces: room grows geometrically and bytes move only when at
 * least as many were consumed before them.
 *
 * Its room is counted in its owner's total as well, like an output queue's memory (outq.h).
 *
 * Errors: appending returns false (NULL) when out of memory and changes nothing. */
#ifndef PARLEL_COMMON_READBUF_H
#define PARLEL_COMMON_READBUF_H

#include "common/slice.h"

/* Zeroed: a valid empty one. */
struct readbuf {
    uint8_t *ptr;
    size_t at;  /* bytes consumed */
    size_t len; /* bytes in all, consumed ones included */
    size_t room;
    size_t *total; /* NULL: nobody asks */
};

void readbuf_done(struct readbuf *b);

/* Counts the buffer's memory in *total from now on, see outq_count_in. */
void readbuf_count_in(struct readbuf *b, size_t *total);

/* What is not consumed; valid until the buffer changes. */
static inline struct slice readbuf_rest(const struct readbuf *b)
{
    return b->ptr ? slice_of(b->ptr + b->at, b->len - b->at) : slice_of(NULL, 0);
}

/* Room for at least len bytes behind the rest, to be filled and then committed. */
uint8_t *readbuf_reserve(struct readbuf *b, size_t len);
static inline void readbuf_commit(struct readbuf *b, size_t used)
{
    b->len += used;
}

bool readbuf_append(struct readbuf *b, struct slice bytes);

/* Drops len bytes in front; memory that the rest does not justify is given back. */
void readbuf_consume(struct readbuf *b, size_t len);

#endif
