#include "emulators/redis/hyperloglog.h"

#include <math.h>

#define INDEX_BITS 14
#define VALUE_BITS (64 - INDEX_BITS)
#define VALUE_MAX  63
#define HASH_SEED  0xadc83b19u
#define ALPHA_INF  0.721347520444481703680

/* Sparse runs: 00xxxxxx zeros (1-64), 01xxxxxx yyyyyyyy zeros (1-16384), 1vvvvvxx a value (1-32)
 * repeated 1-4 times. */
#define RUN_VALUE_MAX     32
#define RUN_VALUE_LEN_MAX 4
#define RUN_ZERO_LEN_MAX  64

static bool is_zero(uint8_t code)
{
    return (code & 0xC0) == 0;
}
static bool is_xzero(uint8_t code)
{
    return (code & 0xC0) == 0x40;
}
static bool is_value(uint8_t code)
{
    return code & 0x80;
}
static uint8_t value_of(uint8_t code)
{
    return (uint8_t)((code >> 2 & 31) + 1);
}
static unsigned value_len(uint8_t code)
{
    return (code & 3u) + 1;
}

static uint8_t value_code(uint8_t value, unsigned len)
{
    return (uint8_t)(0x80 | (value - 1) << 2 | (len - 1));
}

static size_t put_zeros(uint8_t *to, unsigned len)
{
    if (len <= RUN_ZERO_LEN_MAX) {
        to[0] = (uint8_t)(len - 1);
        return 1;
    }
    to[0] = (uint8_t)(0x40 | (len - 1) >> 8);
    to[1] = (uint8_t)(len - 1);
    return 2;
}

/* MurmurHash64A, by Austin Appleby (public domain). */
static uint64_t murmur(struct slice bytes)
{
    const uint64_t m = UINT64_C(0xc6a4a7935bd1e995);
    uint64_t h = HASH_SEED ^ (bytes.len * m), k;
    size_t at = 0;
    for (; at + 8 <= bytes.len; at += 8) {
        memcpy(&k, bytes.ptr + at, 8);
        k *= m;
        k ^= k >> 47;
        k *= m;
        h ^= k;
        h *= m;
    }
    if (at < bytes.len) {
        k = 0;
        memcpy(&k, bytes.ptr + at, bytes.len - at);
        h ^= k;
        h *= m;
    }
    h ^= h >> 47;
    h *= m;
    return h ^ h >> 47;
}

/* ---- the header */

bool hll_is_valid(struct slice bytes)
{
    if (bytes.len < HLL_HEADER || memcmp(bytes.ptr, "HYLL", 4) != 0 || bytes.ptr[4] > HLL_SPARSE)
        return false;
    return bytes.ptr[4] != HLL_DENSE || bytes.len == HLL_DENSE_BYTES;
}

enum hll_encoding hll_encoding(struct slice bytes)
{
    return (enum hll_encoding)bytes.ptr[4];
}

bool hll_cached(struct slice bytes, uint64_t *out)
{
    memcpy(out, bytes.ptr + 8, 8);
    return !(bytes.ptr[15] & 0x80);
}

void hll_set_cached(uint8_t *bytes, uint64_t count)
{
    memcpy(bytes + 8, &count, 8);
}

void hll_void_cached(uint8_t *bytes)
{
    bytes[15] |= 0x80;
}

void hll_init(struct hll *hll)
{
    memset(hll->bytes, 0, HLL_HEADER);
    memcpy(hll->bytes, "HYLL", 4);
    hll->bytes[4] = HLL_SPARSE;
    hll->len = HLL_HEADER + put_zeros(hll->bytes + HLL_HEADER, HLL_REGISTERS);
}

/* ---- dense registers: 6 bits each, least significant bits first */

static uint8_t dense_get(const uint8_t *registers, unsigned index)
{
    unsigned bit = index * 6, shift = bit & 7;
    unsigned pair = registers[bit >> 3];
    if (shift > 2)
        pair |= (unsigned)registers[(bit >> 3) + 1] << 8;
    return pair >> shift & VALUE_MAX;
}

static void dense_set(uint8_t *registers, unsigned index, uint8_t value)
{
    unsigned bit = index * 6, shift = bit & 7;
    uint8_t *at = registers + (bit >> 3);
    at[0] = (uint8_t)((at[0] & ~(VALUE_MAX << shift)) | value << shift);
    if (shift > 2)
        at[1] = (uint8_t)((at[1] & ~(VALUE_MAX >> (8 - shift))) | value >> (8 - shift));
}

size_t hll_sparse_run(struct slice registers, size_t at, unsigned *run, uint8_t *value,
                      bool *long_form)
{
    if (at >= registers.len)
        return 0;
    uint8_t code = registers.ptr[at];
    *value = 0;
    *long_form = is_xzero(code);
    if (is_zero(code)) {
        *run = (code & 63u) + 1;
        return 1;
    }
    if (is_value(code)) {
        *run = value_len(code);
        *value = value_of(code);
        return 1;
    }
    if (at + 1 >= registers.len)
        return 0;
    *run = ((code & 63u) << 8 | registers.ptr[at + 1]) + 1;
    return 2;
}

static struct slice registers_of(const struct hll *hll)
{
    return slice_of(hll->bytes + HLL_HEADER, hll->len - HLL_HEADER);
}

bool hll_merge(uint8_t registers[HLL_REGISTERS], struct slice bytes)
{
    struct slice from = slice_from(bytes, HLL_HEADER);
    unsigned index = 0, run;
    uint8_t value;
    bool long_form;
    if (hll_encoding(bytes) == HLL_DENSE) {
        for (; index < HLL_REGISTERS; index++) {
            value = dense_get(from.ptr, index);
            if (value > registers[index])
                registers[index] = value;
        }
        return true;
    }
    for (size_t at = 0, len; (len = hll_sparse_run(from, at, &run, &value, &long_form));
         at += len) {
        if (index + run > HLL_REGISTERS)
            return false;
        for (unsigned i = 0; value && i < run; i++)
            if (value > registers[index + i])
                registers[index + i] = value;
        index += run;
    }
    return index == HLL_REGISTERS;
}

bool hll_to_dense(struct hll *hll)
{
    uint8_t registers[HLL_REGISTERS] = {0};
    if (hll_encoding(slice_of(hll->bytes, hll->len)) == HLL_DENSE)
        return true;
    if (!hll_merge(registers, slice_of(hll->bytes, hll->len)))
        return false;
    hll->bytes[4] = HLL_DENSE;
    hll->len = HLL_DENSE_BYTES;
    memset(hll->bytes + HLL_HEADER, 0, HLL_DENSE_BYTES - HLL_HEADER);
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        if (registers[i])
            dense_set(hll->bytes + HLL_HEADER, i, registers[i]);
    return true;
}

/* ---- raising a register of a sparse one */

/* The run that covers a register. */
struct place {
    size_t at, prev; /* of the run and of the one before it */
    size_t len;      /* bytes of the run */
    unsigned first, run;
    uint8_t value;
};

static bool find_place(struct slice registers, unsigned index, struct place *out)
{
    bool long_form;
    *out = (struct place){0};
    for (size_t at = 0;; at += out->len) {
        out->len = hll_sparse_run(registers, at, &out->run, &out->value, &long_form);
        if (!out->len)
            return false;
        out->at = at;
        if (index < out->first + out->run)
            return true;
        out->prev = at;
        out->first += out->run;
    }
}

/* Neighbouring runs of the same value join, as far as a run can be long; a few runs around the
 * change are looked at. */
static void join_runs(struct hll *hll, size_t from)
{
    uint8_t *at = hll->bytes + HLL_HEADER + from;
    for (int steps = 5; at < hll->bytes + hll->len && steps--;) {
        if (is_xzero(*at)) {
            at += 2;
            continue;
        }
        if (is_zero(*at)) {
            at++;
            continue;
        }
        if (at + 1 < hll->bytes + hll->len && is_value(at[1]) &&
            value_of(at[0]) == value_of(at[1]) &&
            value_len(at[0]) + value_len(at[1]) <= RUN_VALUE_LEN_MAX) {
            at[1] = value_code(value_of(at[0]), value_len(at[0]) + value_len(at[1]));
            memmove(at, at + 1, (size_t)(hll->bytes + hll->len - at) - 1);
            hll->len--;
            continue;
        }
        at++;
    }
}

/* Up to three runs in the place of one: before, the register itself, behind. */
static size_t split_run(const struct place *place, unsigned index, uint8_t value, uint8_t out[5])
{
    unsigned before = index - place->first, behind = place->first + place->run - 1 - index;
    size_t len = 0;
    if (before && place->value)
        out[len++] = value_code(place->value, before);
    else if (before)
        len += put_zeros(out, before);
    out[len++] = value_code(value, 1);
    if (behind && place->value)
        out[len++] = value_code(place->value, behind);
    else if (behind)
        len += put_zeros(out + len, behind);
    return len;
}

static int dense_raise(struct hll *hll, unsigned index, uint8_t value)
{
    if (dense_get(hll->bytes + HLL_HEADER, index) >= value)
        return 0;
    dense_set(hll->bytes + HLL_HEADER, index, value);
    hll_void_cached(hll->bytes);
    return 1;
}

static int promote(struct hll *hll, unsigned index, uint8_t value)
{
    return hll_to_dense(hll) ? dense_raise(hll, index, value) : -1;
}

static int sparse_raise(struct hll *hll, size_t sparse_max, unsigned index, uint8_t value)
{
    struct place place;
    uint8_t runs[5];
    if (value > RUN_VALUE_MAX)
        return promote(hll, index, value);
    if (!find_place(registers_of(hll), index, &place))
        return -1;
    if (place.value >= value)
        return 0;
    uint8_t *at = hll->bytes + HLL_HEADER + place.at;
    size_t len = place.run == 1 ? 1 : split_run(&place, index, value, runs);
    if (place.run == 1) {
        runs[0] = value_code(value, 1);
    } else if (len > place.len && hll->len + len - place.len > sparse_max) {
        return promote(hll, index, value);
    }
    memmove(at + len, at + place.len, (size_t)(hll->bytes + hll->len - at) - place.len);
    memcpy(at, runs, len);
    hll->len += len - place.len;
    join_runs(hll, place.prev);
    hll_void_cached(hll->bytes);
    return 1;
}

int hll_raise(struct hll *hll, size_t sparse_max, unsigned index, uint8_t value)
{
    return hll_encoding(slice_of(hll->bytes, hll->len)) == HLL_DENSE
               ? dense_raise(hll, index, value)
               : sparse_raise(hll, sparse_max, index, value);
}

int hll_add(struct hll *hll, size_t sparse_max, struct slice element)
{
    uint64_t hash = murmur(element);
    unsigned index = hash & (HLL_REGISTERS - 1);
    uint64_t rest = hash >> INDEX_BITS | UINT64_C(1) << VALUE_BITS;
    return hll_raise(hll, sparse_max, index, (uint8_t)(__builtin_ctzll(rest) + 1));
}

/* ---- counting, after Ertl */

static double sigma(double x)
{
    double before, y = 1, z = x;
    if (x == 1)
        return INFINITY;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (before != z);
    return z;
}

static double tau(double x)
{
    double before, y = 1, z = 1 - x;
    if (x == 0 || x == 1)
        return 0;
    do {
        x = sqrt(x);
        before = z;
        y *= 0.5;
        z -= pow(1 - x, 2) * y;
    } while (before != z);
    return z / 3;
}

uint64_t hll_count(const uint8_t registers[HLL_REGISTERS])
{
    int histogram[64] = {0};
    double m = HLL_REGISTERS;
    for (unsigned i = 0; i < HLL_REGISTERS; i++)
        histogram[registers[i]]++;
    double z = m * tau((m - histogram[VALUE_BITS + 1]) / m);
    for (int j = VALUE_BITS; j >= 1; j--) {
        z += histogram[j];
        z *= 0.5;
    }
    z += m * sigma(histogram[0] / m);
    return (uint64_t)llroundl(ALPHA_INF * m * m / z);
}
