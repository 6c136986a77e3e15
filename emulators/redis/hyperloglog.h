/* HyperLogLog: the number of distinct elements, from 16384 registers of 6 bits.
 *
 * The representation is Redis's own string format, sparse or dense, byte for byte: 16 bytes of
 * header ("HYLL", encoding, a cached count) and the registers. Source: the Redis manual's
 * HyperLogLog page; Heule, Nunkesser, Hall, "HyperLogLog in Practice"; Ertl, "New cardinality
 * estimation algorithms for HyperLogLog sketches". */
#ifndef PARLEL_EMULATORS_REDIS_HYPERLOGLOG_H
#define PARLEL_EMULATORS_REDIS_HYPERLOGLOG_H

#include "common/slice.h"

#define HLL_REGISTERS   16384
#define HLL_HEADER      16
#define HLL_DENSE_BYTES (HLL_HEADER + HLL_REGISTERS * 6 / 8)
#define HLL_EMPTY_BYTES (HLL_HEADER + 2)

/* A value being worked on: a copy in memory of HLL_DENSE_BYTES or more. */
struct hll {
    uint8_t *bytes;
    size_t len;
};

enum hll_encoding { HLL_DENSE, HLL_SPARSE };

/* Is this string one at all? (Its registers may still be corrupt.) */
bool hll_is_valid(struct slice bytes);
enum hll_encoding hll_encoding(struct slice bytes);

/* An empty sparse one; hll->bytes has room for HLL_DENSE_BYTES. */
void hll_init(struct hll *hll);

/* Adds an element: 1 a register changed, 0 none did, -1 corrupt. A sparse one that would pass
 * sparse_max bytes becomes dense. The cached count is void when a register changed. */
int hll_add(struct hll *hll, size_t sparse_max, struct slice element);
/* The same for a register and the value that it should at least have. */
int hll_raise(struct hll *hll, size_t sparse_max, unsigned index, uint8_t value);
/* False: corrupt. */
bool hll_to_dense(struct hll *hll);

/* Every register, the larger of what is there and what `bytes` has; false: corrupt. */
bool hll_merge(uint8_t registers[HLL_REGISTERS], struct slice bytes);
uint64_t hll_count(const uint8_t registers[HLL_REGISTERS]);

/* The cached count; false when it is void. */
bool hll_cached(struct slice bytes, uint64_t *out);
void hll_set_cached(uint8_t *bytes, uint64_t count);
void hll_void_cached(uint8_t *bytes);

/* One run of a sparse representation, for PFDEBUG DECODE. Returns its length in bytes, 0 at the
 * end. `value` is 0 for runs of zeros; `long_form` tells XZERO from ZERO. */
size_t hll_sparse_run(struct slice registers, size_t at, unsigned *run, uint8_t *value,
                      bool *long_form);

#endif
