/* Block ciphers by the names that pgcrypto and OpenPGP have for them. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_CIPHER_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_CIPHER_H

#include <mbedtls/cipher.h>

#include "common/slice.h"

#define PG_BLOCK_MAX 16
#define PG_KEY_MAX   32

/* A key set up for blocks one by one. */
struct pg_cipher {
    mbedtls_cipher_context_t context;
    size_t block;
};

/* False: memory ran out. pg_cipher_done is due in any case. */
bool pg_cipher_init(struct pg_cipher *cipher, mbedtls_cipher_type_t type, const uint8_t *key,
                    size_t key_len, bool encrypting);
void pg_cipher_block(struct pg_cipher *cipher, const uint8_t *in, uint8_t *out);
void pg_cipher_done(struct pg_cipher *cipher);

#endif
