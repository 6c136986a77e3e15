/* encrypt(), decrypt() and their forms with an initialisation vector: "aes", "aes-ecb",
 * "3des-cbc/pad:none". */
#include "emulators/postgres/extension/pgcrypto/cipher.h"

#include "emulators/postgres/extension/functions.h"

bool pg_cipher_init(struct pg_cipher *cipher, mbedtls_cipher_type_t type, const uint8_t *key,
                    size_t key_len, bool encrypting)
{
    const mbedtls_cipher_info_t *info = mbedtls_cipher_info_from_type(type);
    mbedtls_cipher_init(&cipher->context);
    cipher->block = info->block_size;
    return mbedtls_cipher_setup(&cipher->context, info) == 0 &&
           mbedtls_cipher_setkey(&cipher->context, key, (int)key_len * 8,
                                 encrypting ? MBEDTLS_ENCRYPT : MBEDTLS_DECRYPT) == 0;
}

void pg_cipher_block(struct pg_cipher *cipher, const uint8_t *in, uint8_t *out)
{
    size_t len = 0;
    (void)mbedtls_cipher_update(&cipher->context, in, cipher->block, out, &len);
}

void pg_cipher_done(struct pg_cipher *cipher)
{
    mbedtls_cipher_free(&cipher->context);
}

/* ---- names */

struct algorithm {
    const char *name;
    enum { AES, DES3, LEGACY } kind;
    bool chained; /* CBC, when the name does not say */
};

/* Ciphers that OpenSSL 3 keeps in its legacy provider are known, but cannot be used. */
static const struct algorithm algorithms[] = {
    {"aes",          AES,    true },
    {"aes-cbc",      AES,    true },
    {"aes-ecb",      AES,    false},
    {"rijndael",     AES,    true },
    {"rijndael-cbc", AES,    true },
    {"rijndael-ecb", AES,    false},
    {"3des",         DES3,   true },
    {"3des-cbc",     DES3,   true },
    {"3des-ecb",     DES3,   false},
    {"des3-cbc",     DES3,   true },
    {"des3-ecb",     DES3,   false},
    {"bf",           LEGACY, true },
    {"bf-cbc",       LEGACY, true },
    {"bf-cfb",       LEGACY, true },
    {"bf-ecb",       LEGACY, false},
    {"blowfish",     LEGACY, true },
    {"blowfish-cbc", LEGACY, true },
    {"blowfish-cfb", LEGACY, true },
    {"blowfish-ecb", LEGACY, false},
    {"cast5",        LEGACY, true },
    {"cast5-cbc",    LEGACY, true },
    {"cast5-ecb",    LEGACY, false},
    {"des",          LEGACY, true },
    {"des-cbc",      LEGACY, true },
    {"des-ecb",      LEGACY, false},
};

/* What an encryption is made with. */
struct method {
    const struct algorithm *algorithm;
    bool padded;
};

static bool cannot_use(struct sql_call *call, struct slice name, const char *why)
{
    return sql_fail(call->env->error, "22023", "Cannot use \"" SLICE_FMT "\": %s", SLICE_ARG(name),
                    why);
}

/* What stands before the next slash, which is taken off with it. */
static struct slice part(struct slice *text)
{
    const uint8_t *slash = memchr(text->ptr, '/', text->len);
    struct slice one = slice_of(text->ptr, slash ? (size_t)(slash - text->ptr) : text->len);
    *text = slice_from(*text, slash ? one.len + 1 : one.len);
    return one;
}

static bool read_method(struct sql_call *call, struct slice text, struct method *out)
{
    struct slice rest = text, name = part(&rest);
    *out = (struct method){.padded = true};
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
        if (slice_eq_nocase(name, slice_str(algorithms[i].name)))
            out->algorithm = &algorithms[i];
    while (rest.len) {
        struct slice option = part(&rest);
        if (slice_eq_nocase(option, slice_str("pad:none")))
            out->padded = false;
        else if (pg_begins_with(option, "pad:") && !slice_eq_nocase(option, slice_str("pad:pkcs")))
            return cannot_use(call, text, "No such cipher algorithm");
        else if (!pg_begins_with(option, "pad:"))
            return cannot_use(call, text, "Unknown option");
    }
    return out->algorithm || cannot_use(call, text, "No such cipher algorithm");
}

/* ---- working */

/* A run over data: the cipher, and the block that the next one is mixed with. */
struct run {
    struct pg_cipher cipher;
    bool encrypting, chained;
    uint8_t vector[PG_BLOCK_MAX];
};

static bool begin(struct run *run, const struct method *method, struct slice key,
                  struct slice vector)
{
    uint8_t padded[PG_KEY_MAX] = {0};
    size_t max = method->algorithm->kind == DES3 ? 24 : 32;
    size_t len = key.len < max ? key.len : max;
    size_t size = method->algorithm->kind == DES3 ? 24 : len <= 16 ? 16 : len <= 24 ? 24 : 32;
    mbedtls_cipher_type_t type = size == 16   ? MBEDTLS_CIPHER_AES_128_ECB
                                 : size == 32 ? MBEDTLS_CIPHER_AES_256_ECB
                                              : MBEDTLS_CIPHER_AES_192_ECB;
    if (method->algorithm->kind == DES3)
        type = MBEDTLS_CIPHER_DES_EDE3_ECB;
    if (len)
        memcpy(padded, key.ptr, len);
    run->chained = method->algorithm->chained;
    bool fine = pg_cipher_init(&run->cipher, type, padded, size, run->encrypting);
    memset(run->vector, 0, sizeof run->vector);
    if (vector.len)
        memcpy(run->vector, vector.ptr,
               vector.len < run->cipher.block ? vector.len : run->cipher.block);
    return fine;
}

static void mix(uint8_t *block, const uint8_t *with, size_t len)
{
    for (size_t i = 0; i < len; i++)
        block[i] ^= with[i];
}

static void encrypt_blocks(struct run *run, uint8_t *data, size_t len)
{
    for (size_t at = 0; at < len; at += run->cipher.block) {
        if (run->chained)
            mix(data + at, run->vector, run->cipher.block);
        pg_cipher_block(&run->cipher, data + at, run->vector);
        memcpy(data + at, run->vector, run->cipher.block);
    }
}

static void decrypt_blocks(struct run *run, uint8_t *data, size_t len)
{
    uint8_t plain[PG_BLOCK_MAX];
    for (size_t at = 0; at < len; at += run->cipher.block) {
        pg_cipher_block(&run->cipher, data + at, plain);
        if (run->chained)
            mix(plain, run->vector, run->cipher.block);
        memcpy(run->vector, data + at, run->cipher.block);
        memcpy(data + at, plain, run->cipher.block);
    }
}

/* PKCS 7: as many bytes as are left, each saying how many. *len shrinks. False: it is not there. */
static bool strip(const uint8_t *data, size_t *len, size_t block)
{
    if (*len == 0)
        return false;
    size_t pad = data[*len - 1];
    if (pad == 0 || pad > block || pad > *len)
        return false;
    for (size_t i = 0; i < pad; i++)
        if (data[*len - 1 - i] != pad)
            return false;
    *len -= pad;
    return true;
}

static bool work(struct run *run, uint8_t *data, size_t *len, bool padded)
{
    size_t block = run->cipher.block;
    if (run->encrypting && padded) {
        size_t pad = block - *len % block;
        memset(data + *len, (int)pad, pad);
        *len += pad;
    }
    if (*len % block)
        return false;
    if (run->encrypting)
        encrypt_blocks(run, data, *len);
    else
        decrypt_blocks(run, data, *len);
    return run->encrypting || !padded || strip(data, len, block);
}

static bool run_method(struct sql_call *call, const struct datum *args, bool encrypting,
                       struct slice vector, struct datum *out)
{
    const char *name = encrypting ? "encrypt" : "decrypt", *form = call->argc == 4 ? "_iv" : "";
    struct method method;
    struct run run = {.encrypting = encrypting};
    if (!read_method(call, datum_slice(args[call->argc - 1]), &method))
        return false;
    if (method.algorithm->kind == LEGACY)
        return sql_fail(call->env->error, "39000", "%s%s error: Cipher cannot be initialized", name,
                        form);
    size_t len = args[0].len;
    uint8_t *data = arena_alloc(call->arena, len + PG_BLOCK_MAX);
    bool fine = data && begin(&run, &method, datum_slice(args[1]), vector);
    if (!fine) {
        pg_cipher_done(&run.cipher);
        return sql_fail_memory(call->env->error);
    }
    if (len)
        memcpy(data, args[0].ptr, len);
    fine = work(&run, data, &len, method.padded);
    pg_cipher_done(&run.cipher);
    return fine ? sql_give_slice(out, slice_of(data, len))
                : sql_fail(call->env->error, "39000", "%s%s error: %s failed", name, form,
                           encrypting ? "Encryption" : "Decryption");
}

static bool encrypt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return run_method(call, args, true, slice_of(NULL, 0), out);
}

static bool decrypt(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return run_method(call, args, false, slice_of(NULL, 0), out);
}

static bool encrypt_iv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return run_method(call, args, true, datum_slice(args[2]), out);
}

static bool decrypt_iv(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return run_method(call, args, false, datum_slice(args[2]), out);
}

const struct sql_builtin pg_cipher_functions[] = {
    {"pg_encrypt",    encrypt   },
    {"pg_decrypt",    decrypt   },
    {"pg_encrypt_iv", encrypt_iv},
    {"pg_decrypt_iv", decrypt_iv},
    {NULL,            NULL      },
};
