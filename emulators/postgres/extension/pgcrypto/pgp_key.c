/* Ciphers, keys of passwords, cipher feedback. */
#include "emulators/postgres/extension/pgcrypto/pgp.h"

#define COUNT_BIAS 6

static const struct pgp_cipher ciphers[] = {
    {"3des",     2, MBEDTLS_CIPHER_DES_EDE3_ECB, 24, 8 },
    {"bf",       4, MBEDTLS_CIPHER_BLOWFISH_ECB, 16, 8 },
    {"blowfish", 4, MBEDTLS_CIPHER_BLOWFISH_ECB, 16, 8 },
    {"aes",      7, MBEDTLS_CIPHER_AES_128_ECB,  16, 16},
    {"aes128",   7, MBEDTLS_CIPHER_AES_128_ECB,  16, 16},
    {"aes192",   8, MBEDTLS_CIPHER_AES_192_ECB,  24, 16},
    {"aes256",   9, MBEDTLS_CIPHER_AES_256_ECB,  32, 16},
};
#define CIPHERS (sizeof ciphers / sizeof *ciphers)

const struct pgp_cipher *pgp_cipher_named(struct slice name)
{
    for (size_t i = 0; i < CIPHERS; i++)
        if (slice_eq_nocase(name, slice_str(ciphers[i].name)))
            return &ciphers[i];
    return NULL;
}

const struct pgp_cipher *pgp_cipher_of_code(int code)
{
    for (size_t i = 0; i < CIPHERS; i++)
        if (ciphers[i].code == code)
            return &ciphers[i];
    return NULL;
}

static uint32_t count_of(uint8_t code)
{
    return (16u + (code & 15)) << ((code >> 4) + COUNT_BIAS);
}

uint8_t pgp_s2k_code(int64_t count)
{
    unsigned code = 0;
    while (code < 255 && count_of((uint8_t)code) < count)
        code++;
    return (uint8_t)code;
}

/* One digest of the password, with `zeros` zeros before it. */
static bool digest_once(const struct pgp_s2k *s2k, struct slice password, size_t zeros,
                        uint8_t *out)
{
    mbedtls_md_context_t md;
    const uint8_t zero = 0;
    size_t salt_len = s2k->mode ? PGP_SALT_SIZE : 0, round = salt_len + password.len;
    size_t left = s2k->mode == 3 && count_of(s2k->count) > round ? count_of(s2k->count) : round;
    mbedtls_md_init(&md);
    bool fine = mbedtls_md_setup(&md, s2k->digest, 0) == 0 && mbedtls_md_starts(&md) == 0;
    for (size_t i = 0; i < zeros && fine; i++)
        fine = mbedtls_md_update(&md, &zero, 1) == 0;
    while (left && fine) {
        size_t salt = left < salt_len ? left : salt_len;
        size_t word = left - salt < password.len ? left - salt : password.len;
        fine = mbedtls_md_update(&md, s2k->salt, salt) == 0 &&
               (!word || mbedtls_md_update(&md, password.ptr, word) == 0);
        left -= salt + word;
    }
    fine = fine && mbedtls_md_finish(&md, out) == 0;
    mbedtls_md_free(&md);
    return fine;
}

bool pgp_s2k_key(const struct pgp_s2k *s2k, struct slice password, uint8_t *key, size_t len)
{
    uint8_t digest[MBEDTLS_MD_MAX_SIZE];
    size_t size = mbedtls_md_get_size(s2k->digest);
    for (size_t at = 0; at < len; at += size) {
        if (!digest_once(s2k, password, at / size, digest))
            return false;
        memcpy(key + at, digest, len - at < size ? len - at : size);
    }
    return true;
}

bool pgp_cfb(const struct pgp_cipher *cipher, const uint8_t *key, uint8_t *vector, uint8_t *data,
             size_t len, bool encrypting)
{
    struct pg_cipher blocks;
    uint8_t mask[PG_BLOCK_MAX];
    bool fine = pg_cipher_init(&blocks, cipher->type, key, cipher->key_len, true);
    for (size_t at = 0; at < len && fine; at += cipher->block) {
        pg_cipher_block(&blocks, vector, mask);
        for (size_t i = 0; i < cipher->block && at + i < len; i++) {
            uint8_t old = data[at + i];
            data[at + i] ^= mask[i];
            vector[i] = encrypting ? data[at + i] : old;
        }
    }
    pg_cipher_done(&blocks);
    return fine;
}
