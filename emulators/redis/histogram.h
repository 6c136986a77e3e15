/* A histogram of durations with two significant digits, shaped as the HdrHistogram that
 * redis-server keeps for each command, so that percentiles come out the same.
 *
 * Values are nanoseconds. Up to 256 they are counted one by one; above that each power of two has
 * 128 buckets of equal width. A row of 128 counts is allocated when it is first needed. */
#ifndef PARLEL_EMULATORS_REDIS_HISTOGRAM_H
#define PARLEL_EMULATORS_REDIS_HISTOGRAM_H

#include "common/heap.h"

#define REDIS_HISTOGRAM_ROWS 24
#define REDIS_HISTOGRAM_ROW  128
#define REDIS_HISTOGRAM_MAX  1000000000

struct redis_histogram {
    uint64_t total;
    uint64_t *rows[REDIS_HISTOGRAM_ROWS];
};

/* Longer durations count as REDIS_HISTOGRAM_MAX. What memory is short for is not counted. */
void redis_histogram_add(struct heap *heap, struct redis_histogram *histogram, uint64_t ns);
void redis_histogram_clear(struct heap *heap, struct redis_histogram *histogram);

/* The greatest value of the bucket in which the percentile (0..100) lies. */
uint64_t redis_histogram_percentile(const struct redis_histogram *histogram, double percentile);

/* Values of the buckets up to that of `ns`, counted. */
uint64_t redis_histogram_count_to(const struct redis_histogram *histogram, uint64_t ns);

/* The greatest value that shares a bucket with ns. */
uint64_t redis_histogram_bucket_end(uint64_t ns);

#endif
