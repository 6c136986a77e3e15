#include "common/readbuf.h"

#include <stdlib.h>

#include "common/assert.h"

/* Below this, spare room is not worth a move. */
#define ROOM_KEPT 65536u
#define ROOM_MAX  ((size_t)PTRDIFF_MAX / 4)

void readbuf_count_in(struct readbuf *b, size_t *total)
{
    if (b->total)
        *b->total -= b->room;
    if (total)
        *total += b->room;
    b->total = total;
}

static void clear(struct readbuf *b)
{
    size_t *total = b->total;
    if (total)
        *total -= b->room;
    free(b->ptr);
    *b = (struct readbuf){.total = total};
}

void readbuf_done(struct readbuf *b)
{
    clear(b);
    *b = (struct readbuf){0};
}

static void move_to_front(struct readbuf *b)
{
    if (b->at > 0 && b->len > b->at)
        memmove(b->ptr, b->ptr + b->at, b->len - b->at);
    b->len -= b->at;
    b->at = 0;
}

static bool set_room(struct readbuf *b, size_t room)
{
    uint8_t *ptr = realloc(b->ptr, room);
    if (!ptr)
        return false;
    b->ptr = ptr;
    if (b->total)
        *b->total += room - b->room;
    b->room = room;
    return true;
}

uint8_t *readbuf_reserve(struct readbuf *b, size_t len)
{
    if (len > ROOM_MAX || b->len > ROOM_MAX)
        return NULL;
    if (b->ptr && b->room - b->len >= len)
        return b->ptr + b->len;
    if (b->at >= b->len - b->at)
        move_to_front(b);
    if (!b->ptr || b->room - b->len < len) {
        size_t need = b->len + len;
        size_t room = b->room ? b->room + b->room / 2 : need;
        if (!set_room(b, room < need ? need : room))
            return NULL;
    }
    return b->ptr + b->len;
}

bool readbuf_append(struct readbuf *b, struct slice bytes)
{
    if (bytes.len == 0)
        return true;
    uint8_t *to = readbuf_reserve(b, bytes.len);
    if (!to)
        return false;
    memcpy(to, bytes.ptr, bytes.len);
    readbuf_commit(b, bytes.len);
    return true;
}

void readbuf_consume(struct readbuf *b, size_t len)
{
    ASSERT(len <= b->len - b->at);
    b->at += len;
    size_t rest = b->len - b->at;
    if (rest == 0) {
        clear(b);
    } else if (b->room > ROOM_KEPT && rest < b->room / 4 && b->at >= rest) {
        move_to_front(b);
        /* A failure to shrink leaves the larger block, which serves as well. */
        (void)set_room(b, rest);
    }
}
