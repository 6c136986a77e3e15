#include "common/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The one exception to "no mutable globals": hash.h says when it may change. */
static uint64_t process_seed;

void hash_seed(uint64_t seed)
{
    process_seed = seed;
}

uint64_t hash_bytes(struct slice bytes)
{
    return XXH3_64bits_withSeed(bytes.ptr, bytes.len, process_seed);
}
