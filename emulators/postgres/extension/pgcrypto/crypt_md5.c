/* FreeBSD's hash of a thousand MD5 sums. */
#include <mbedtls/md5.h>

#include "emulators/postgres/extension/pgcrypto/crypt.h"

#define MD5_SIZE 16
#define ROUNDS   1000
#define SALT_MAX 8
#define PREFIX   "$1$"

static void add(mbedtls_md5_context *md5, struct slice bytes)
{
    if (bytes.len)
        (void)mbedtls_md5_update_ret(md5, bytes.ptr, bytes.len);
}

static void begin(mbedtls_md5_context *md5)
{
    mbedtls_md5_init(md5);
    (void)mbedtls_md5_starts_ret(md5);
}

static void finish(mbedtls_md5_context *md5, uint8_t digest[MD5_SIZE])
{
    (void)mbedtls_md5_finish_ret(md5, digest);
    mbedtls_md5_free(md5);
}

/* The sum that the rounds begin with. */
static void first_digest(struct slice password, struct slice salt, uint8_t digest[MD5_SIZE])
{
    mbedtls_md5_context md5;
    begin(&md5);
    add(&md5, password);
    add(&md5, salt);
    add(&md5, password);
    finish(&md5, digest);
    begin(&md5);
    add(&md5, password);
    add(&md5, slice_str(PREFIX));
    add(&md5, salt);
    for (size_t left = password.len; left > 0; left -= left < MD5_SIZE ? left : MD5_SIZE)
        add(&md5, slice_of(digest, left < MD5_SIZE ? left : MD5_SIZE));
    for (size_t bits = password.len; bits; bits >>= 1)
        add(&md5, bits & 1 ? slice_of("", 1) : slice_of(password.ptr, 1));
    finish(&md5, digest);
}

static void rounds(struct slice password, struct slice salt, uint8_t digest[MD5_SIZE])
{
    struct slice sum = slice_of(digest, MD5_SIZE);
    for (unsigned i = 0; i < ROUNDS; i++) {
        mbedtls_md5_context md5;
        begin(&md5);
        add(&md5, i & 1 ? password : sum);
        if (i % 3)
            add(&md5, salt);
        if (i % 7)
            add(&md5, password);
        add(&md5, i & 1 ? sum : password);
        finish(&md5, digest);
    }
}

/* `count` characters of the value, the lowest six bits first. */
static void add_characters(char *out, size_t *len, uint32_t value, unsigned count)
{
    for (; count > 0; count--, value >>= 6)
        out[(*len)++] = pg_crypt_alphabet[value & 0x3f];
}

bool pg_crypt_md5(struct sql_call *call, struct slice password, struct slice setting,
                  char out[PG_CRYPT_MAX], size_t *out_len)
{
    (void)call;
    uint8_t digest[MD5_SIZE];
    struct slice salt = slice_from(setting, strlen(PREFIX));
    const uint8_t *end = memchr(salt.ptr, '$', salt.len);
    if (end)
        salt.len = (size_t)(end - salt.ptr);
    if (salt.len > SALT_MAX)
        salt.len = SALT_MAX;
    first_digest(password, salt, digest);
    rounds(password, salt, digest);
    size_t len = strlen(PREFIX) + salt.len;
    memcpy(out, setting.ptr, len);
    out[len++] = '$';
    for (unsigned i = 0; i < 5; i++)
        add_characters(out, &len,
                       (uint32_t)digest[i] << 16 | (uint32_t)digest[i + 6] << 8 |
                           digest[i == 4 ? 5 : i + 12],
                       4);
    add_characters(out, &len, digest[11], 2);
    *out_len = len;
    return true;
}
