/* Seeded random numbers (xoshiro256**): the only dice in the program, one per sandbox, so that the
 * same seed gives the same run. Not for secrets. */
#ifndef PARLEL_COMMON_RANDOM_H
#define PARLEL_COMMON_RANDOM_H

#include "common/slice.h"

struct random {
    uint64_t state[4];
};

/* Any seed, 0 included. */
void random_seed(struct random *random, uint64_t seed);
/* A seed from the system, for a sandbox that was given none. */
uint64_t random_system_seed(void);
uint64_t random_u64(struct random *random);
/* 0 .. bound-1 without bias; bound > 0. */
uint64_t random_below(struct random *random, uint64_t bound);
/* 0 <= x < 1 with 53 bits. */
double random_double(struct random *random);
void random_bytes(struct random *random, uint8_t *out, size_t len);
/* len lower-case hexadecimal digits, no NUL (run ids, script-like ids). */
void random_hex(struct random *random, char *out, size_t len);

#endif
