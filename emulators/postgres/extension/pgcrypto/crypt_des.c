/* The traditional hash: DES of zeros, again and again, with the password for its key and the salt
 * swapping bits of its expansion. FIPS 46-3 for the tables; bits are numbered from 1 there. */
#include "emulators/postgres/extension/pgcrypto/crypt.h"

#define CLASSIC_COUNT 25
#define CHECK_EVERY   1024 /* rounds of all */

static const uint8_t initial[64] = {58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4,
                                    62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
                                    57, 49, 41, 33, 25, 17, 9,  1, 59, 51, 43, 35, 27, 19, 11, 3,
                                    61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7};
static const uint8_t expansion[48] = {
    32, 1,  2,  3,  4,  5,  4,  5,  6,  7,  8,  9,  8,  9,  10, 11, 12, 13, 12, 13, 14, 15, 16, 17,
    16, 17, 18, 19, 20, 21, 20, 21, 22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32, 1};
static const uint8_t permutation[32] = {16, 7, 20, 21, 29, 12, 28, 17, 1,  15, 23,
                                        26, 5, 18, 31, 10, 2,  8,  24, 14, 32, 27,
                                        3,  9, 19, 13, 30, 6,  22, 11, 4,  25};
static const uint8_t choice_1[56] = {57, 49, 41, 33, 25, 17, 9,  1,  58, 50, 42, 34, 26, 18,
                                     10, 2,  59, 51, 43, 35, 27, 19, 11, 3,  60, 52, 44, 36,
                                     63, 55, 47, 39, 31, 23, 15, 7,  62, 54, 46, 38, 30, 22,
                                     14, 6,  61, 53, 45, 37, 29, 21, 13, 5,  28, 20, 12, 4};
static const uint8_t choice_2[48] = {
    14, 17, 11, 24, 1,  5,  3,  28, 15, 6,  21, 10, 23, 19, 12, 4,  26, 8,  16, 7,  27, 20, 13, 2,
    41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32};
static const uint8_t shifts[16] = {1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1};
static const uint8_t boxes[8][64] = {
    {14, 4,  13, 1,  2,  15, 11, 8,  3,  10, 6,  12, 5,  9,  0,  7,  0,  15, 7,  4,  14, 2,
     13, 1,  10, 6, 12, 11, 9,  5,  3,  8, 4,  1,  14, 8,  13, 6,  2,  11, 15, 12, 9,  7,
     3,  10, 5,  0,  15, 12, 8,  2,  4,  9,  1,  7,  5,  11, 3,  14, 10, 0, 6,  13},
    {15, 1,  8,  14, 6,  11, 3,  4,  9,  7,  2,  13, 12, 0,  5,  10, 3,  13, 4,  7,  15, 2,
     8,  14, 12, 0, 1,  10, 6,  9,  11, 5, 0,  14, 7,  11, 10, 4,  13, 1,  5,  8,  12, 6,
     9,  3,  2,  15, 13, 8,  10, 1,  3,  15, 4,  2,  11, 6,  7,  12, 0,  5, 14, 9 },
    {10, 0,  9,  14, 6,  3,  15, 5,  1,  13, 12, 7,  11, 4,  2,  8,  13, 7,  0,  9,  3,  4,
     6,  10, 2,  8, 5,  14, 12, 11, 15, 1, 13, 6,  4,  9,  8,  15, 3,  0,  11, 1,  2,  12,
     5,  10, 14, 7,  1,  10, 13, 0,  6,  9,  8,  7,  4,  15, 14, 3,  11, 5, 2,  12},
    {7,  13, 14, 3,  0,  6,  9,  10, 1,  2,  8,  5,  11, 12, 4,  15, 13, 8,  11, 5,  6,  15,
     0,  3,  4,  7, 2,  12, 1,  10, 14, 9, 10, 6,  9,  0,  12, 11, 7,  13, 15, 1,  3,  14,
     5,  2,  8,  4,  3,  15, 0,  6,  10, 1,  13, 8,  9,  4,  5,  11, 12, 7, 2,  14},
    {2,  12, 4,  1,  7,  10, 11, 6,  8,  5,  3,  15, 13, 0,  14, 9,  14, 11, 2,  12, 4,  7,
     13, 1,  5,  0, 15, 10, 3,  9,  8,  6, 4,  2,  1,  11, 10, 13, 7,  8,  15, 9,  12, 5,
     6,  3,  0,  14, 11, 8,  12, 7,  1,  14, 2,  13, 6,  15, 0,  9,  10, 4, 5,  3 },
    {12, 1,  10, 15, 9,  2,  6,  8,  0,  13, 3,  4,  14, 7,  5,  11, 10, 15, 4,  2,  7,  12,
     9,  5,  6,  1, 13, 14, 0,  11, 3,  8, 9,  14, 15, 5,  2,  8,  12, 3,  7,  0,  4,  10,
     1,  13, 11, 6,  4,  3,  2,  12, 9,  5,  15, 10, 11, 14, 1,  7,  6,  0, 8,  13},
    {4,  11, 2,  14, 15, 0,  8,  13, 3,  12, 9,  7,  5,  10, 6,  1,  13, 0,  11, 7,  4,  9,
     1,  10, 14, 3, 5,  12, 2,  15, 8,  6, 1,  4,  11, 13, 12, 3,  7,  14, 10, 15, 6,  8,
     0,  5,  9,  2,  6,  11, 13, 8,  1,  4,  10, 7,  9,  5,  0,  15, 14, 2, 3,  12},
    {13, 2,  8,  4,  6,  15, 11, 1,  10, 9,  3,  14, 5,  0,  12, 7,  1,  15, 13, 8,  10, 3,
     7,  4,  12, 5, 6,  11, 0,  14, 9,  2, 7,  11, 4,  1,  9,  12, 14, 2,  0,  6,  10, 13,
     15, 3,  5,  8,  2,  1,  14, 7,  4,  10, 8,  13, 15, 12, 9,  0,  3,  5, 6,  11}
};

struct des {
    uint64_t keys[16]; /* 48 bits each */
    uint32_t salt;     /* bit i swaps bits i and i + 24 of the expansion */
};

/* Bit table[i] of a value of `width` bits becomes bit i of the result, from the left. */
static uint64_t permute(uint64_t value, unsigned width, const uint8_t *table, unsigned count)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < count; i++)
        out = out << 1 | (value >> (width - table[i]) & 1);
    return out;
}

/* The inverse of the initial permutation. */
static uint64_t permute_back(uint64_t value)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < 64; i++)
        out |= (value >> (63 - i) & 1) << (64 - initial[i]);
    return out;
}

static void set_key(struct des *des, uint64_t key)
{
    uint64_t halves = permute(key, 64, choice_1, 56);
    uint32_t left = (uint32_t)(halves >> 28), right = (uint32_t)(halves & 0xfffffff);
    for (unsigned i = 0; i < 16; i++) {
        left = (left << shifts[i] | left >> (28 - shifts[i])) & 0xfffffff;
        right = (right << shifts[i] | right >> (28 - shifts[i])) & 0xfffffff;
        des->keys[i] = permute((uint64_t)left << 28 | right, 56, choice_2, 48);
    }
}

static uint32_t feistel(const struct des *des, uint32_t half, uint64_t key)
{
    uint64_t wide = permute(half, 32, expansion, 48);
    uint32_t high = (uint32_t)(wide >> 24), low = (uint32_t)(wide & 0xffffff);
    uint32_t swapped = (high ^ low) & des->salt;
    wide = ((uint64_t)(high ^ swapped) << 24 | (low ^ swapped)) ^ key;
    uint32_t out = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned six = (unsigned)(wide >> (42 - 6 * i)) & 0x3f;
        unsigned row = (six & 0x20) >> 4 | (six & 1), column = six >> 1 & 0xf;
        out = out << 4 | boxes[i][row * 16 + column];
    }
    return (uint32_t)permute(out, 32, permutation, 32);
}

/* `count` encryptions one after the other. False: cancelled. */
static bool encrypt(struct sql_call *call, const struct des *des, uint32_t count, uint64_t *block)
{
    uint64_t mixed = permute(*block, 64, initial, 64);
    uint32_t left = (uint32_t)(mixed >> 32), right = (uint32_t)mixed;
    for (uint32_t n = 0; n < count; n++) {
        for (unsigned i = 0; i < 16; i++) {
            uint32_t next = left ^ feistel(des, right, des->keys[i]);
            left = right;
            right = next;
        }
        uint32_t swap = left;
        left = right;
        right = swap;
        if (n % CHECK_EVERY == 0 && call->env->check && !call->env->check(call->env))
            return false;
    }
    *block = permute_back((uint64_t)left << 32 | right);
    return true;
}

/* What a character of the alphabet stands for; others stand for 0. */
static uint32_t bits_of(uint8_t c)
{
    const char *at = c ? strchr(pg_crypt_alphabet, c) : NULL;
    return at ? (uint32_t)(at - pg_crypt_alphabet) : 0;
}

static uint32_t read_bits(struct slice text, size_t at, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= bits_of(text.ptr[at + i]) << (6 * i);
    return value;
}

/* Salt bits count from the expansion's left. */
static uint32_t salt_mask(uint32_t salt)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < 24; i++)
        mask |= (salt >> i & 1) << (23 - i);
    return mask;
}

/* The next eight bytes of the password, one bit to the left each. */
static uint64_t key_of(struct slice *password)
{
    uint64_t key = 0;
    for (unsigned i = 0; i < 8; i++)
        key = key << 8 | (i < password->len ? (uint8_t)(password->ptr[i] << 1) : 0);
    *password = slice_from(*password, password->len < 8 ? password->len : 8);
    return key;
}

bool pg_crypt_des(struct sql_call *call, struct slice password, struct slice setting,
                  char out[PG_CRYPT_MAX], size_t *out_len)
{
    struct des des = {.salt = 0};
    bool extended = setting.len > 0 && setting.ptr[0] == '_';
    size_t head = extended ? 9 : 2;
    if (setting.len < head)
        return pg_crypt_refuse(call);
    uint32_t count = extended ? read_bits(setting, 1, 4) : CLASSIC_COUNT;
    uint64_t key = key_of(&password), block = 0;
    if (count == 0)
        return sql_fail(call->env->error, "39000", "crypt(3) returned NULL");
    set_key(&des, key);
    while (extended && password.len) {
        if (!encrypt(call, &des, 1, &key))
            return false;
        key ^= key_of(&password);
        set_key(&des, key);
    }
    des.salt = salt_mask(extended ? read_bits(setting, 5, 4) : read_bits(setting, 0, 2));
    if (!encrypt(call, &des, count, &block))
        return false;
    memcpy(out, setting.ptr, head);
    for (unsigned i = 0; i < 11; i++) /* from the left; the last character has two bits less */
        out[head + i] =
            pg_crypt_alphabet[i < 10 ? block >> (58 - 6 * i) & 0x3f : block << 2 & 0x3f];
    *out_len = head + 11;
    return true;
}
