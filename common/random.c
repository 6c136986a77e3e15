#include "common/random.h"

#include <errno.h>
#include <sys/random.h>

#include "common/assert.h"

/* ---- xoshiro256** 1.0 of Blackman and Vigna, its state filled by SplitMix64 as they advise */

static uint64_t rotate_left(uint64_t x, unsigned by)
{
    return (x << by) | (x >> (64 - by));
}

static uint64_t splitmix_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

void random_seed(struct random *random, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        random->state[i] = splitmix_next(&seed);
}

uint64_t random_system_seed(void)
{
    uint64_t seed;
    ssize_t got;
    do
        got = getrandom(&seed, sizeof seed, 0);
    while (got < 0 && errno == EINTR);
    /* Requests of up to 256 bytes are never cut short, and the call is older than any kernel that
     * the program supports. */
    ASSERT(got == sizeof seed);
    return seed;
}

uint64_t random_u64(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t random_below(struct random *random, uint64_t bound)
{
    ASSERT(bound > 0);
    /* The smallest mask that covers bound - 1: a draw is refused less than every second time. */
    uint64_t mask = bound == 1 ? 0 : UINT64_MAX >> __builtin_clzll(bound - 1);
    uint64_t value;
    do
        value = random_u64(random) & mask;
    while (value >= bound);
    return value;
}

double random_double(struct random *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

void random_bytes(struct random *random, uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len; at += 8) {
        uint64_t bits = random_u64(random);
        for (size_t i = at; i < len && i < at + 8; i++, bits >>= 8)
            out[i] = (uint8_t)bits;
    }
}

void random_hex(struct random *random, char *out, size_t len)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < len; i++, bits >>= 4) {
        if (i % 16 == 0)
            bits = random_u64(random);
        out[i] = "0123456789abcdef"[bits & 15];
    }
}
