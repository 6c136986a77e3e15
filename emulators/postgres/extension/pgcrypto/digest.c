/* digest(), hmac(), gen_random_bytes(), gen_random_uuid(). */
#include "emulators/postgres/extension/pgcrypto/digest.h"

#include "common/random.h"
#include "emulators/postgres/extension/functions.h"

#define RANDOM_MAX 1024

static const struct {
    const char *name;
    mbedtls_md_type_t type;
    int code;
} digests[] = {
    {"md5",       MBEDTLS_MD_MD5,       1 },
    {"sha1",      MBEDTLS_MD_SHA1,      2 },
    {"rmd160",    MBEDTLS_MD_RIPEMD160, 3 },
    {"sha256",    MBEDTLS_MD_SHA256,    8 },
    {"sha384",    MBEDTLS_MD_SHA384,    9 },
    {"sha512",    MBEDTLS_MD_SHA512,    10},
    {"sha224",    MBEDTLS_MD_SHA224,    11},
    {"ripemd160", MBEDTLS_MD_RIPEMD160, 3 },
    {"sha-1",     MBEDTLS_MD_SHA1,      2 },
};
#define DIGESTS (sizeof digests / sizeof *digests)

const mbedtls_md_info_t *pg_digest_named(struct slice name)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if (slice_eq_nocase(name, slice_str(digests[i].name)))
            return mbedtls_md_info_from_type(digests[i].type);
    return NULL;
}

int pg_digest_code(const mbedtls_md_info_t *digest)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if (digests[i].type == mbedtls_md_get_type(digest))
            return digests[i].code;
    return 0;
}

const mbedtls_md_info_t *pg_digest_of_code(int code)
{
    for (size_t i = 0; i < DIGESTS; i++)
        if (digests[i].code == code)
            return mbedtls_md_info_from_type(digests[i].type);
    return NULL;
}

static bool require(struct sql_call *call, struct datum name, const mbedtls_md_info_t **out)
{
    *out = pg_digest_named(datum_slice(name));
    return *out || sql_fail(call->env->error, "22023",
                            "Cannot use \"" SLICE_FMT "\": No such hash algorithm",
                            SLICE_ARG(datum_slice(name)));
}

static bool digest(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const mbedtls_md_info_t *info;
    uint8_t sum[MBEDTLS_MD_MAX_SIZE];
    if (!require(call, args[1], &info))
        return false;
    if (mbedtls_md(info, args[0].ptr, args[0].len, sum) != 0)
        return sql_fail_memory(call->env->error);
    return sql_give_copy(call, out, slice_of(sum, mbedtls_md_get_size(info)));
}

static bool hmac(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const mbedtls_md_info_t *info;
    uint8_t sum[MBEDTLS_MD_MAX_SIZE];
    if (!require(call, args[2], &info))
        return false;
    if (mbedtls_md_hmac(info, args[1].ptr, args[1].len, args[0].ptr, args[0].len, sum) != 0)
        return sql_fail_memory(call->env->error);
    return sql_give_copy(call, out, slice_of(sum, mbedtls_md_get_size(info)));
}

static bool gen_random_bytes(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[0].i < 1 || args[0].i > RANDOM_MAX)
        return sql_fail(call->env->error, "39000", "Length not in range");
    uint8_t bytes[RANDOM_MAX];
    random_bytes(call->env->random, bytes, (size_t)args[0].i);
    return sql_give_copy(call, out, slice_of(bytes, (size_t)args[0].i));
}

static bool gen_random_uuid(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sql_builtin_find(slice_str("gen_random_uuid"))(call, args, out);
}

const struct sql_builtin pg_digest_functions[] = {
    {"pg_digest",       digest          },
    {"pg_hmac",         hmac            },
    {"pg_random_bytes", gen_random_bytes},
    {"pg_random_uuid",  gen_random_uuid },
    {NULL,              NULL            },
};
