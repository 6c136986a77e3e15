/* OpenPGP messages under a password: RFC 4880. Compressed data and public keys are refused.
 *
 * Errors: 39000 with pgcrypto's own words. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_PGP_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_PGCRYPTO_PGP_H

#include "emulators/postgres/extension/pgcrypto/cipher.h"
#include "emulators/postgres/extension/pgcrypto/digest.h"
#include "emulators/sql/value/call.h"

#define PGP_SALT_SIZE 8
#define PGP_SHA1_SIZE 20

enum pgp_tag {
    PGP_SESSION_KEY = 3, /* symmetric-key encrypted */
    PGP_COMPRESSED = 8,
    PGP_ENCRYPTED = 9,
    PGP_LITERAL = 11,
    PGP_ENCRYPTED_INTEGRITY = 18,
    PGP_INTEGRITY = 19, /* modification detection code */
};

/* 9.2: a cipher by its code. */
struct pgp_cipher {
    const char *name;
    int code;
    mbedtls_cipher_type_t type;
    size_t key_len, block;
};

const struct pgp_cipher *pgp_cipher_named(struct slice name);
const struct pgp_cipher *pgp_cipher_of_code(int code);

/* 3.7: how a key is made of a password. */
struct pgp_s2k {
    int mode; /* 0 simple, 1 salted, 3 iterated */
    const mbedtls_md_info_t *digest;
    uint8_t salt[PGP_SALT_SIZE];
    uint8_t count; /* coded */
};

bool pgp_s2k_key(const struct pgp_s2k *s2k, struct slice password, uint8_t *key, size_t len);
/* The code of the first count that is not less. */
uint8_t pgp_s2k_code(int64_t count);

/* Cipher feedback (13.9), in place. vector has a block, and is the next one afterwards. */
bool pgp_cfb(const struct pgp_cipher *cipher, const uint8_t *key, uint8_t *vector, uint8_t *data,
             size_t len, bool encrypting);

/* What the options of a call say; the defaults are pgcrypto's. */
struct pgp_options {
    const struct pgp_cipher *cipher, *s2k_cipher; /* s2k_cipher NULL: the same */
    const mbedtls_md_info_t *s2k_digest;
    int64_t s2k_mode, s2k_count; /* count 0: by chance */
    int64_t compress_algo, compress_level;
    bool no_integrity, session_key, unicode, convert_crlf;
    bool text; /* the data is */
};

bool pgp_read_options(struct sql_call *call, struct slice text, struct pgp_options *out);
bool pgp_fail(struct sql_call *call, const char *what);
bool pgp_fail_corrupt(struct sql_call *call);

bool pgp_encrypt(struct sql_call *call, const struct pgp_options *options, struct slice data,
                 struct slice password, struct datum *out);
bool pgp_decrypt(struct sql_call *call, const struct pgp_options *options, struct slice message,
                 struct slice password, struct datum *out);

#endif
