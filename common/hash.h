/* The hash of keys: xxh3, 64 bits, seeded once per process against crafted collisions.
 *
 * The seed is the single process-wide constant below main; it is set before the first map exists
 * and never changes, so hashes may be stored. */
#ifndef PARLEL_COMMON_HASH_H
#define PARLEL_COMMON_HASH_H

#include "common/slice.h"

/* Called once by main (and by tests that want to be repeatable). */
void hash_seed(uint64_t seed);
uint64_t hash_bytes(struct slice bytes);

#endif
