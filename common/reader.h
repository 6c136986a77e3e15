/* A cursor over the body of a binary frame: big-endian fields, texts that end with a zero byte.
 *
 * The first read that goes past the end poisons the rest, which then gives zeros and empty slices; so
 * a handler reads all it wants and checks `ok` once. Slices borrow from what is read. */
#ifndef PARLEL_COMMON_READER_H
#define PARLEL_COMMON_READER_H

#include "common/slice.h"

struct reader {
    const uint8_t *at, *end;
    bool ok; /* no read went past the end yet */
};

static inline struct reader reader_of(struct slice bytes)
{
    const uint8_t *at = bytes.len ? bytes.ptr : (const uint8_t *)"";
    return (struct reader){at, at + bytes.len, true};
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

static inline struct slice read_bytes(struct reader *r, size_t len)
{
    if (!r->ok || reader_left(r) < len) {
        r->ok = false;
        return slice_of(r->end, 0);
    }
    r->at += len;
    return slice_of(r->at - len, len);
}

static inline uint8_t read_u8(struct reader *r)
{
    struct slice bytes = read_bytes(r, 1);
    return bytes.len ? bytes.ptr[0] : 0;
}

static inline uint16_t read_u16(struct reader *r)
{
    struct slice bytes = read_bytes(r, 2);
    return (uint16_t)(bytes.len ? bytes.ptr[0] << 8 | bytes.ptr[1] : 0);
}

static inline uint32_t read_u32(struct reader *r)
{
    uint32_t high = read_u16(r);
    return high << 16 | read_u16(r);
}

static inline uint64_t read_u64(struct reader *r)
{
    uint64_t high = read_u32(r);
    return high << 32 | read_u32(r);
}

/* The text before the next zero byte, which is read as well. */
static inline struct slice read_text(struct reader *r)
{
    const uint8_t *zero = r->ok ? memchr(r->at, 0, reader_left(r)) : NULL;
    if (!zero) {
        r->ok = false;
        return slice_of(r->end, 0);
    }
    struct slice text = slice_of(r->at, (size_t)(zero - r->at));
    r->at = zero + 1;
    return text;
}

#endif
