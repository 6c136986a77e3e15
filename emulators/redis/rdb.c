#include "emulators/redis/rdb.h"

#include <math.h>
#include <stdlib.h>

#include "common/text.h"
#include "emulators/redis/crc64.h"
#include "emulators/redis/lzf.h"

#define FOOTER 10

enum { ENCODED_INT8 = 0xC0, ENCODED_INT16 = 0xC1, ENCODED_INT32 = 0xC2, ENCODED_LZF = 0xC3 };

/* ---- writing */

void rdb_put_byte(struct outq *q, uint8_t byte)
{
    outq_put(q, &byte, 1);
}

void rdb_put_length(struct outq *q, uint64_t length)
{
    uint8_t bytes[9];
    if (length < 64) {
        rdb_put_byte(q, (uint8_t)length);
        return;
    }
    if (length < 16384) {
        bytes[0] = (uint8_t)(0x40 | length >> 8);
        bytes[1] = (uint8_t)length;
        outq_put(q, bytes, 2);
        return;
    }
    int width = length <= UINT32_MAX ? 4 : 8;
    bytes[0] = width == 4 ? 0x80 : 0x81;
    for (int i = 0; i < width; i++)
        bytes[1 + i] = (uint8_t)(length >> (8 * (width - 1 - i)));
    outq_put(q, bytes, 1 + (size_t)width);
}

static bool put_as_int(struct outq *q, struct slice text)
{
    int64_t value;
    uint8_t bytes[5];
    if (text.len > 11 || !text_to_i64(text, &value) || value < INT32_MIN || value > INT32_MAX)
        return false;
    size_t width = value >= INT8_MIN && value <= INT8_MAX     ? 1
                   : value >= INT16_MIN && value <= INT16_MAX ? 2
                                                              : 4;
    bytes[0] = width == 1 ? ENCODED_INT8 : width == 2 ? ENCODED_INT16 : ENCODED_INT32;
    for (size_t i = 0; i < width; i++)
        bytes[1 + i] = (uint8_t)((uint64_t)value >> (8 * i));
    outq_put(q, bytes, 1 + width);
    return true;
}

static bool put_compressed(struct outq *q, struct slice bytes)
{
    if (bytes.len <= 20 || bytes.len > UINT32_MAX)
        return false;
    uint8_t *packed = malloc(bytes.len + 1);
    size_t len = packed ? redis_lzf_compress(bytes, packed, bytes.len - 4) : 0;
    if (len) {
        rdb_put_byte(q, ENCODED_LZF);
        rdb_put_length(q, len);
        rdb_put_length(q, bytes.len);
        outq_put(q, packed, len);
    }
    free(packed);
    return len != 0;
}

void rdb_put_string(struct outq *q, struct slice bytes)
{
    if (put_as_int(q, bytes) || put_compressed(q, bytes))
        return;
    rdb_put_length(q, bytes.len);
    outq_put_slice(q, bytes);
}

void rdb_put_double(struct outq *q, double value)
{
    outq_put(q, &value, sizeof(value));
}

void rdb_put_footer(struct outq *q)
{
    uint8_t version[2] = {RDB_VERSION, 0};
    outq_put(q, version, 2);
    uint64_t crc = redis_crc64(0, outq_flatten(q));
    outq_put(q, &crc, sizeof(crc));
}

/* ---- reading */

bool rdb_open(struct rdb_reader *reader, struct slice payload, struct arena *arena)
{
    uint64_t crc;
    if (payload.len < FOOTER)
        return false;
    const uint8_t *footer = payload.ptr + payload.len - FOOTER;
    unsigned version = footer[0] | (unsigned)footer[1] << 8;
    memcpy(&crc, footer + 2, sizeof(crc));
    if (version > RDB_VERSION || redis_crc64(0, slice_of(payload.ptr, payload.len - 8)) != crc)
        return false;
    *reader = (struct rdb_reader){payload.ptr, footer, true, arena};
    return true;
}

static struct slice take(struct rdb_reader *reader, uint64_t len)
{
    if (!reader->ok || (uint64_t)(reader->end - reader->at) < len) {
        reader->ok = false;
        return slice_of(reader->end, 0);
    }
    reader->at += len;
    return slice_of(reader->at - len, (size_t)len);
}

uint8_t rdb_get_byte(struct rdb_reader *reader)
{
    struct slice byte = take(reader, 1);
    return byte.len ? byte.ptr[0] : 0;
}

static uint64_t get_big_endian(struct rdb_reader *reader, int width)
{
    uint64_t value = 0;
    for (int i = 0; i < width; i++)
        value = value << 8 | rdb_get_byte(reader);
    return value;
}

/* A length, or the code of an encoded string (*encoded). */
static uint64_t get_length(struct rdb_reader *reader, bool *encoded)
{
    uint8_t first = rdb_get_byte(reader);
    *encoded = first >= 0xC0;
    if (*encoded)
        return first;
    if (first < 0x40)
        return first;
    if (first < 0x80)
        return (uint64_t)(first & 63) << 8 | rdb_get_byte(reader);
    if (first == 0x80)
        return get_big_endian(reader, 4);
    if (first == 0x81)
        return get_big_endian(reader, 8);
    reader->ok = false;
    return 0;
}

uint64_t rdb_get_length(struct rdb_reader *reader)
{
    bool encoded;
    uint64_t length = get_length(reader, &encoded);
    if (encoded)
        reader->ok = false;
    return reader->ok ? length : 0;
}

static struct slice get_int(struct rdb_reader *reader, uint64_t code)
{
    size_t width = code == ENCODED_INT8 ? 1 : code == ENCODED_INT16 ? 2 : 4;
    struct slice bytes = take(reader, width);
    uint32_t value = 0;
    for (size_t i = 0; i < bytes.len; i++)
        value |= (uint32_t)bytes.ptr[i] << (8 * i);
    int64_t number = width == 1 ? (int8_t)value : width == 2 ? (int16_t)value : (int32_t)value;
    return arena_printf(reader->arena, "%lld", (long long)number);
}

static struct slice get_compressed(struct rdb_reader *reader)
{
    uint64_t packed_len = rdb_get_length(reader), len = rdb_get_length(reader);
    struct slice packed = take(reader, packed_len);
    /* LZF makes at most 264 bytes of three: a length beyond that is a lie. */
    if (!reader->ok || !len || len / 100 > packed_len || len > UINT32_MAX) {
        reader->ok = false;
        return packed;
    }
    uint8_t *bytes = arena_alloc(reader->arena, (size_t)len);
    if (!bytes || !redis_lzf_decompress(packed, bytes, (size_t)len))
        reader->ok = false;
    return slice_of(bytes, reader->ok ? (size_t)len : 0);
}

struct slice rdb_get_string(struct rdb_reader *reader)
{
    bool encoded;
    uint64_t length = get_length(reader, &encoded);
    if (!encoded)
        return take(reader, length);
    if (length == ENCODED_LZF)
        return get_compressed(reader);
    if (length <= ENCODED_INT32)
        return get_int(reader, length);
    reader->ok = false;
    return slice_of(reader->end, 0);
}

double rdb_get_double(struct rdb_reader *reader)
{
    double value = 0;
    struct slice bytes = take(reader, sizeof(value));
    if (bytes.len)
        memcpy(&value, bytes.ptr, sizeof(value));
    return value;
}

double rdb_get_text_double(struct rdb_reader *reader)
{
    uint8_t len = rdb_get_byte(reader);
    double value = 0;
    if (len >= 253)
        return len == 253 ? NAN : len == 254 ? INFINITY : -INFINITY;
    if (!text_to_double(take(reader, len), &value))
        reader->ok = false;
    return value;
}
