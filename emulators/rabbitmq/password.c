#include "emulators/rabbitmq/password.h"

#include <mbedtls/md.h>

#include "common/text.h"

#define SALT_BYTES 4u

static const struct hashing {
    const char *name;
    mbedtls_md_type_t type;
} hashings[] = {
    {RABBIT_PASSWORD_SHA256,           MBEDTLS_MD_SHA256},
    {"rabbit_password_hashing_sha512", MBEDTLS_MD_SHA512},
    {"rabbit_password_hashing_md5",    MBEDTLS_MD_MD5   },
};

/* Writes the hash behind its salt; returns the bytes of both. 0: it cannot be made. */
static size_t hash_salted(mbedtls_md_type_t type, uint8_t *salted, struct slice password)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(type);
    mbedtls_md_context_t context;
    mbedtls_md_init(&context);
    bool ok =
        info && mbedtls_md_setup(&context, info, 0) == 0 && mbedtls_md_starts(&context) == 0 &&
        mbedtls_md_update(&context, salted, SALT_BYTES) == 0 &&
        mbedtls_md_update(&context, password.len ? password.ptr : salted, password.len) == 0 &&
        mbedtls_md_finish(&context, salted + SALT_BYTES) == 0;
    mbedtls_md_free(&context);
    return ok ? SALT_BYTES + mbedtls_md_get_size(info) : 0;
}

struct slice rabbit_password_hash(struct random *random, struct slice password,
                                  char out[RABBIT_PASSWORD_HASH_MAX])
{
    uint8_t salted[SALT_BYTES + MBEDTLS_MD_MAX_SIZE];
    random_bytes(random, salted, SALT_BYTES);
    size_t len = hash_salted(MBEDTLS_MD_SHA256, salted, password);
    text_to_base64(out, salted, len);
    return slice_of(out, TEXT_BASE64_LEN(len));
}

bool rabbit_password_matches(struct slice hashing, struct slice hash, struct slice password)
{
    uint8_t stored[RABBIT_PASSWORD_HASH_MAX], salted[SALT_BYTES + MBEDTLS_MD_MAX_SIZE];
    size_t len;
    if (hash.len > sizeof(stored) || !text_from_base64(hash, stored, &len) || len < SALT_BYTES)
        return false;
    for (size_t i = 0; i < sizeof(hashings) / sizeof(hashings[0]); i++) {
        if (!slice_eq_str(hashing, hashings[i].name))
            continue;
        memcpy(salted, stored, SALT_BYTES);
        size_t wanted = hash_salted(hashings[i].type, salted, password);
        return wanted == len && memcmp(salted, stored, len) == 0;
    }
    return false;
}
