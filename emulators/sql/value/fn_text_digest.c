/* Digests: md5 and the SHA-2 family. */
#include <mbedtls/md5.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

#include "common/text.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/text.h"

#define MD5_SIZE        16
#define SHA512_SIZE_MAX 64

static bool md5(struct sql_call *call, const struct datum *args, struct datum *out)
{
    uint8_t digest[MD5_SIZE];
    char *hex = arena_alloc(call->arena, MD5_SIZE * 2);
    if (!hex)
        return sql_fail_memory(call->env->error);
    if (mbedtls_md5_ret(args[0].ptr, args[0].len, digest) != 0)
        return sql_fail_memory(call->env->error);
    text_to_hex(hex, digest, sizeof(digest));
    return sql_give_slice(out, slice_of(hex, MD5_SIZE * 2));
}

static bool sha2(struct sql_call *call, const struct datum *args, unsigned bits, struct datum *out)
{
    uint8_t digest[SHA512_SIZE_MAX];
    int failed = bits > 256 ? mbedtls_sha512_ret(args[0].ptr, args[0].len, digest, bits == 384)
                            : mbedtls_sha256_ret(args[0].ptr, args[0].len, digest, bits == 224);
    if (failed)
        return sql_fail_memory(call->env->error);
    return sql_give_copy(call, out, slice_of(digest, bits / 8));
}

static bool sha224(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sha2(call, args, 224, out);
}

static bool sha256(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sha2(call, args, 256, out);
}

static bool sha384(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sha2(call, args, 384, out);
}

static bool sha512(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return sha2(call, args, 512, out);
}

const struct sql_builtin sql_text_digest_builtins[] = {
    {"md5_text",     md5   },
    {"md5_bytea",    md5   },
    {"sha224_bytea", sha224},
    {"sha256_bytea", sha256},
    {"sha384_bytea", sha384},
    {"sha512_bytea", sha512},
    {NULL,           NULL  },
};
