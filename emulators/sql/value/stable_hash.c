#include "emulators/sql/value/stable_hash.h"

struct lookup3 {
    uint32_t a, b, c;
};

static uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

/* One third of the mixing of twelve bytes. */
static void mix_step(uint32_t *x, uint32_t *y, uint32_t *z, unsigned bits)
{
    *x = (*x - *z) ^ rotate(*z, bits);
    *z += *y;
}

static void mix(struct lookup3 *h)
{
    mix_step(&h->a, &h->b, &h->c, 4);
    mix_step(&h->b, &h->c, &h->a, 6);
    mix_step(&h->c, &h->a, &h->b, 8);
    mix_step(&h->a, &h->b, &h->c, 16);
    mix_step(&h->b, &h->c, &h->a, 19);
    mix_step(&h->c, &h->a, &h->b, 4);
}

static uint64_t finish(struct lookup3 h)
{
    h.c = (h.c ^ h.b) - rotate(h.b, 14);
    h.a = (h.a ^ h.c) - rotate(h.c, 11);
    h.b = (h.b ^ h.a) - rotate(h.a, 25);
    h.c = (h.c ^ h.b) - rotate(h.b, 16);
    h.a = (h.a ^ h.c) - rotate(h.c, 4);
    h.b = (h.b ^ h.a) - rotate(h.a, 14);
    h.c = (h.c ^ h.b) - rotate(h.b, 24);
    return (uint64_t)h.b << 32 | h.c;
}

static struct lookup3 start(size_t len, uint64_t seed)
{
    uint32_t value = 0x9e3779b9 + (uint32_t)len + 3923095;
    struct lookup3 h = {value, value, value};
    if (seed) {
        h.a += (uint32_t)(seed >> 32);
        h.b += (uint32_t)seed;
        mix(&h);
    }
    return h;
}

/* Up to four bytes, the first the lowest. */
static uint32_t load(const uint8_t *at, size_t len)
{
    uint32_t value = 0;
    for (size_t i = 0; i < len && i < 4; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

uint64_t sql_stable_hash(struct slice bytes, uint64_t seed)
{
    struct lookup3 h = start(bytes.len, seed);
    const uint8_t *at = bytes.ptr;
    size_t left = bytes.len;
    for (; left >= 12; left -= 12, at += 12) {
        h.a += load(at, 4);
        h.b += load(at + 4, 4);
        h.c += load(at + 8, 4);
        mix(&h);
    }
    h.a += load(at, left);
    if (left > 4)
        h.b += load(at + 4, left - 4);
    if (left > 8) /* the lowest byte is the length's */
        h.c += load(at + 8, left - 8) << 8;
    return finish(h);
}

uint64_t sql_stable_hash_u32(uint32_t value, uint64_t seed)
{
    struct lookup3 h = start(4, seed);
    h.a += value;
    return finish(h);
}

uint64_t sql_stable_hash_i64(int64_t value, uint64_t seed)
{
    uint32_t low = (uint32_t)value, high = (uint32_t)((uint64_t)value >> 32);
    return sql_stable_hash_u32(low ^ (value >= 0 ? high : ~high), seed);
}
