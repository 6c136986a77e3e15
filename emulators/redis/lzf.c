#include "emulators/redis/lzf.h"

#include <stdlib.h>

#define HASH_SLOTS   65536u
#define DISTANCE_MAX 8192u
#define MATCH_MAX    264u
#define LITERALS_MAX 32u

struct compressor {
    struct slice in;
    uint8_t *out;
    size_t room, at; /* of out */
    size_t literals; /* of the run whose length byte is at `at - literals - 1` */
    uint32_t *seen;  /* position + 1 by hash of three bytes */
};

static uint32_t *slot(struct compressor *c, size_t at)
{
    const uint8_t *p = c->in.ptr + at;
    uint32_t h = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    return &c->seen[((h >> 8) - h * 5) & (HASH_SLOTS - 1)];
}

static void begin_run(struct compressor *c)
{
    c->literals = 0;
    c->at++;
}

/* Writes the run's length, or takes its byte back when it is empty. */
static void end_run(struct compressor *c)
{
    if (c->literals)
        c->out[c->at - c->literals - 1] = (uint8_t)(c->literals - 1);
    else
        c->at--;
}

static bool put_literal(struct compressor *c, size_t at)
{
    if (c->at >= c->room)
        return false;
    c->out[c->at++] = c->in.ptr[at];
    if (++c->literals == LITERALS_MAX) {
        end_run(c);
        begin_run(c);
    }
    return true;
}

/* Where the three bytes at `at` were seen last, near enough; SIZE_MAX if nowhere. Position 0 is
 * never referred to. */
static size_t find_match(struct compressor *c, size_t at)
{
    uint32_t *seen = slot(c, at);
    size_t from = *seen ? *seen - 1 : 0;
    *seen = (uint32_t)at + 1;
    bool near = from > 0 && at - from - 1 < DISTANCE_MAX;
    return near && memcmp(c->in.ptr + from, c->in.ptr + at, 3) == 0 ? from : SIZE_MAX;
}

static size_t match_length(const struct compressor *c, size_t from, size_t at)
{
    size_t max = c->in.len - at - 2, len = 3;
    max = max > MATCH_MAX ? MATCH_MAX : max;
    while (len < max && c->in.ptr[from + len] == c->in.ptr[at + len])
        len++;
    return len;
}

static bool put_match(struct compressor *c, size_t distance, size_t len)
{
    if (c->at - !c->literals + 4 >= c->room)
        return false;
    end_run(c);
    len -= 2;
    if (len < 7) {
        c->out[c->at++] = (uint8_t)(distance >> 8 | len << 5);
    } else {
        c->out[c->at++] = (uint8_t)(distance >> 8 | 7 << 5);
        c->out[c->at++] = (uint8_t)(len - 7);
    }
    c->out[c->at++] = (uint8_t)distance;
    begin_run(c);
    return true;
}

static size_t compress(struct compressor *c)
{
    size_t at = 0, end = c->in.len;
    begin_run(c);
    while (at + 2 < end) {
        size_t from = find_match(c, at);
        if (from == SIZE_MAX) {
            if (!put_literal(c, at++))
                return 0;
            continue;
        }
        size_t len = match_length(c, from, at);
        if (!put_match(c, at - from - 1, len))
            return 0;
        at += len;
        if (at + 2 >= end)
            break;
        /* Of the bytes within a match only the last two positions are remembered. */
        *slot(c, at - 2) = (uint32_t)at - 1;
        *slot(c, at - 1) = (uint32_t)at;
    }
    if (c->at + 3 > c->room)
        return 0;
    while (at < end)
        put_literal(c, at++);
    end_run(c);
    return c->at;
}

size_t redis_lzf_compress(struct slice in, uint8_t *out, size_t room)
{
    struct compressor c = {.in = in, .out = out, .room = room};
    if (!in.len || !room || in.len >= UINT32_MAX)
        return 0;
    c.seen = calloc(HASH_SLOTS, sizeof(*c.seen));
    size_t len = c.seen ? compress(&c) : 0;
    free(c.seen);
    return len;
}

bool redis_lzf_decompress(struct slice in, uint8_t *out, size_t len)
{
    size_t at = 0, to = 0;
    while (at < in.len) {
        size_t code = in.ptr[at++];
        if (code < LITERALS_MAX) {
            if (code + 1 > in.len - at || code + 1 > len - to)
                return false;
            memcpy(out + to, in.ptr + at, code + 1);
            at += code + 1;
            to += code + 1;
            continue;
        }
        size_t count = code >> 5, distance = (code & 31) << 8;
        if (count == 7 && at < in.len)
            count += in.ptr[at++];
        if (at >= in.len)
            return false;
        distance += in.ptr[at++] + 1u;
        count += 2;
        if (distance > to || count > len - to)
            return false;
        for (; count; count--, to++)
            out[to] = out[to - distance];
    }
    return to == len;
}
