#include "emulators/redis/packed.h"

#include "common/assert.h"

static size_t block_size(size_t room)
{
    return sizeof(struct packed) + room;
}

struct packed *packed_create(struct heap *heap, size_t room)
{
    struct packed *packed = heap_alloc(heap, block_size(room));
    if (packed)
        *packed = (struct packed){.refs = 1, .room = (uint32_t)room};
    return packed;
}

void packed_release(struct heap *heap, struct packed *packed)
{
    if (packed && --packed->refs == 0)
        heap_free(heap, packed, block_size(packed->room));
}

struct packed *packed_own(struct heap *heap, struct packed *packed)
{
    if (packed->refs == 1)
        return packed;
    struct packed *copy = packed_create(heap, packed_bytes(packed));
    if (!copy)
        return NULL;
    copy->count = packed->count;
    copy->end = (uint32_t)packed_bytes(packed);
    memcpy(copy->data, packed->data + packed->start, packed_bytes(packed));
    packed_release(heap, packed);
    return copy;
}

size_t packed_memory(const struct packed *packed)
{
    return heap_block_size(block_size(packed->room));
}

/* ---- walking */

/* The element that ends at `end`. */
static const uint8_t *element_before(const uint8_t *end)
{
    uint32_t len = end[-1];
    if (len < 0xFE)
        return end - len - 2;
    memcpy(&len, end - 5, sizeof(len));
    return end - len - 10;
}

const uint8_t *packed_last(const struct packed *packed)
{
    return packed->count ? element_before(packed->data + packed->end) : NULL;
}

const uint8_t *packed_prev(const struct packed *packed, const uint8_t *at)
{
    return at == packed->data + packed->start ? NULL : element_before(at);
}

const uint8_t *packed_at(const struct packed *packed, uint32_t index)
{
    const uint8_t *at;
    ASSERT(index < packed->count);
    if (index <= packed->count / 2) {
        at = packed_first(packed);
        while (index--)
            at = packed_next(packed, at);
    } else {
        at = packed_last(packed);
        for (index = packed->count - 1 - index; index; index--)
            at = packed_prev(packed, at);
    }
    return at;
}

const uint8_t *packed_find(const struct packed *packed, struct slice bytes, uint32_t step)
{
    uint32_t index = 0;
    for (const uint8_t *at = packed_first(packed); at; at = packed_next(packed, at), index++)
        if (index % step == 0 && slice_eq(packed_get(at), bytes))
            return at;
    return NULL;
}

/* ---- changing */

static uint8_t *put_element(uint8_t *to, struct slice bytes)
{
    uint32_t len = (uint32_t)bytes.len;
    if (len < 0xFE) {
        *to++ = (uint8_t)len;
    } else {
        *to++ = 0xFE;
        memcpy(to, &len, sizeof(len));
        to += sizeof(len);
    }
    if (len)
        memcpy(to, bytes.ptr, len);
    to += len;
    if (len >= 0xFE) {
        memcpy(to, &len, sizeof(len));
        to += sizeof(len);
    }
    *to++ = len < 0xFE ? (uint8_t)len : 0xFE;
    return to;
}

/* Without memory for a larger block: in the room at both ends, if that is enough. So whoever takes an
 * element out to put one of the same size in elsewhere cannot fail. */
static struct packed *squeeze_hole(struct packed *packed, size_t at, size_t size)
{
    size_t used = packed_bytes(packed);
    const uint8_t *from = packed->data + packed->start;
    if (packed->start + (packed->room - packed->end) < size)
        return NULL;
    if (size > packed->start) {
        memmove(packed->data + at + size, from + at, used - at);
        memmove(packed->data, from, at);
    } else {
        memmove(packed->data, from, at);
        memmove(packed->data + at + size, from + at, used - at);
    }
    packed->start = 0;
    packed->end = (uint32_t)(used + size);
    return packed;
}

/* Makes a hole of `size` bytes at offset `at` (from start): in the room at the nearer end if there
 * is enough there, else in a larger block that leaves room on the side that grew. */
static struct packed *open_hole(struct heap *heap, struct packed *packed, size_t at, size_t size)
{
    size_t used = packed_bytes(packed);
    bool front = at < used / 2;
    if (front && packed->start >= size) {
        memmove(packed->data + packed->start - size, packed->data + packed->start, at);
        packed->start -= (uint32_t)size;
        return packed;
    }
    if (packed->room - packed->end >= size) {
        memmove(packed->data + packed->start + at + size, packed->data + packed->start + at,
                used - at);
        packed->end += (uint32_t)size;
        return packed;
    }
    size_t spare = used < 64 ? 0 : used / 4;
    struct packed *grown = packed_create(heap, used + size + spare);
    if (!grown)
        return squeeze_hole(packed, at, size);
    grown->count = packed->count;
    grown->start = front ? (uint32_t)spare : 0;
    grown->end = (uint32_t)(grown->start + used + size);
    memcpy(grown->data + grown->start, packed->data + packed->start, at);
    memcpy(grown->data + grown->start + at + size, packed->data + packed->start + at, used - at);
    packed_release(heap, packed);
    return grown;
}

static size_t offset_of(const struct packed *packed, const uint8_t *at)
{
    return at ? (size_t)(at - packed->data) - packed->start : packed_bytes(packed);
}

struct packed *packed_insert(struct heap *heap, struct packed *packed, const uint8_t *at,
                             struct slice bytes)
{
    size_t offset = offset_of(packed, at);
    ASSERT(packed->refs == 1);
    packed = open_hole(heap, packed, offset, packed_element_size(bytes.len));
    if (!packed)
        return NULL;
    put_element(packed->data + packed->start + offset, bytes);
    packed->count++;
    return packed;
}

static void close_hole(struct packed *packed, size_t at, size_t size)
{
    size_t rest = packed_bytes(packed) - at - size;
    uint8_t *from = packed->data + packed->start;
    if (at < rest) {
        memmove(from + size, from, at);
        packed->start += (uint32_t)size;
    } else {
        memmove(from + at, from + at + size, rest);
        packed->end -= (uint32_t)size;
    }
    if (packed->start == packed->end)
        packed->start = packed->end = 0;
}

void packed_erase(struct packed *packed, const uint8_t *at, uint32_t count)
{
    size_t offset = offset_of(packed, at);
    const uint8_t *end = at;
    ASSERT(packed->refs == 1);
    for (uint32_t i = 0; i < count; i++)
        end += packed_element_size(packed_get(end).len);
    packed->count -= count;
    close_hole(packed, offset, (size_t)(end - at));
}

struct packed *packed_replace(struct heap *heap, struct packed *packed, const uint8_t *at,
                              struct slice bytes)
{
    size_t offset = offset_of(packed, at);
    size_t old_size = packed_element_size(packed_get(at).len);
    size_t new_size = packed_element_size(bytes.len);
    ASSERT(packed->refs == 1);
    if (new_size > old_size)
        packed = open_hole(heap, packed, offset, new_size - old_size);
    else if (new_size < old_size)
        close_hole(packed, offset, old_size - new_size);
    if (!packed)
        return NULL;
    put_element(packed->data + packed->start + offset, bytes);
    return packed;
}

struct packed *packed_split(struct heap *heap, struct packed *packed, uint32_t index)
{
    const uint8_t *at = index < packed->count ? packed_at(packed, index) : NULL;
    size_t offset = offset_of(packed, at);
    size_t size = packed_bytes(packed) - offset;
    ASSERT(packed->refs == 1);
    struct packed *rest = packed_create(heap, size);
    if (!rest)
        return NULL;
    memcpy(rest->data, packed->data + packed->start + offset, size);
    rest->end = (uint32_t)size;
    rest->count = packed->count - index;
    packed->end -= (uint32_t)size;
    packed->count = index;
    return rest;
}
