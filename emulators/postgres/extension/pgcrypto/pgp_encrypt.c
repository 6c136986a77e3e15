/* Writing messages: session key, then the encrypted literal data with its check. */
#include <mbedtls/sha1.h>

#include "common/random.h"
#include "emulators/postgres/extension/pgcrypto/pgp.h"

#define CLOCK_OFFSET  INT64_C(946684800) /* seconds from 1970 to 2000 */
#define DEFAULT_COUNT 96                 /* coded; and up to 31 more by chance */

/* A packet's head (4.2.2). */
static void add_head(struct sql_bytes *out, enum pgp_tag tag, size_t len)
{
    sql_bytes_add_char(out, (char)(0xc0 | tag));
    if (len < 192) {
        sql_bytes_add_char(out, (char)len);
    } else if (len < 8384) {
        sql_bytes_add_char(out, (char)(((len - 192) >> 8) + 192));
        sql_bytes_add_char(out, (char)(len - 192));
    } else {
        sql_bytes_add_char(out, (char)0xff);
        sql_bytes_add_u32(out, (uint32_t)len);
    }
}

static struct pgp_s2k make_s2k(struct sql_call *call, const struct pgp_options *options)
{
    struct pgp_s2k s2k = {.mode = (int)options->s2k_mode, .digest = options->s2k_digest};
    random_bytes(call->env->random, s2k.salt, sizeof s2k.salt);
    s2k.count = options->s2k_count ? pgp_s2k_code(options->s2k_count)
                                   : (uint8_t)(DEFAULT_COUNT + random_below(call->env->random, 32));
    return s2k;
}

/* 5.3; `key` becomes the key of the data. */
static bool add_session_key(struct sql_call *call, const struct pgp_options *options,
                            struct slice password, uint8_t *key, struct sql_bytes *out)
{
    const struct pgp_cipher *cipher =
        options->session_key && options->s2k_cipher ? options->s2k_cipher : options->cipher;
    struct pgp_s2k s2k = make_s2k(call, options);
    uint8_t vector[PG_BLOCK_MAX] = {0}, sealed[1 + PG_KEY_MAX];
    size_t extra = options->session_key ? 1 + options->cipher->key_len : 0;
    if (!pgp_s2k_key(&s2k, password, key, cipher->key_len))
        return sql_fail_memory(call->env->error);
    add_head(out, PGP_SESSION_KEY, 4 + (s2k.mode ? PGP_SALT_SIZE : 0) + (s2k.mode == 3) + extra);
    sql_bytes_add_char(out, 4);
    sql_bytes_add_char(out, (char)cipher->code);
    sql_bytes_add_char(out, (char)s2k.mode);
    sql_bytes_add_char(out, (char)pg_digest_code(s2k.digest));
    if (s2k.mode)
        sql_bytes_add(out, s2k.salt, sizeof s2k.salt);
    if (s2k.mode == 3)
        sql_bytes_add_char(out, (char)s2k.count);
    if (!extra)
        return true;
    sealed[0] = (uint8_t)options->cipher->code;
    random_bytes(call->env->random, sealed + 1, extra - 1);
    uint8_t session[PG_KEY_MAX];
    memcpy(session, sealed + 1, extra - 1);
    if (!pgp_cfb(cipher, key, vector, sealed, extra, true))
        return sql_fail_memory(call->env->error);
    sql_bytes_add(out, sealed, extra);
    memcpy(key, session, extra - 1);
    return true;
}

static void add_data(struct sql_bytes *out, struct slice data, bool crlf)
{
    for (size_t i = 0; i < data.len; i++) {
        if (crlf && data.ptr[i] == '\n')
            sql_bytes_add_char(out, '\r');
        sql_bytes_add_char(out, (char)data.ptr[i]);
    }
}

/* 5.9: kind, no file's name, the time. */
static void add_literal(struct sql_call *call, const struct pgp_options *options, struct slice data,
                        struct sql_bytes *out)
{
    struct sql_bytes body = sql_bytes_begin(call);
    sql_bytes_add_char(&body, !options->text ? 'b' : options->unicode ? 'u' : 't');
    sql_bytes_add_char(&body, 0);
    sql_bytes_add_u32(&body, (uint32_t)(call->env->statement_time / 1000000 + CLOCK_OFFSET));
    add_data(&body, data, options->text && options->convert_crlf);
    add_head(out, PGP_LITERAL, body.len);
    sql_bytes_add_slice(out, sql_bytes_slice(&body));
}

/* A block by chance, whose last two bytes come again: that tells a right key. */
static void add_prefix(struct sql_call *call, const struct pgp_cipher *cipher,
                       struct sql_bytes *out)
{
    uint8_t prefix[PG_BLOCK_MAX + 2];
    random_bytes(call->env->random, prefix, cipher->block);
    memcpy(prefix + cipher->block, prefix + cipher->block - 2, 2);
    sql_bytes_add(out, prefix, cipher->block + 2);
}

/* 5.7 and 5.13. */
static bool add_encrypted(struct sql_call *call, const struct pgp_options *options,
                          struct slice data, const uint8_t *key, struct sql_bytes *out)
{
    const struct pgp_cipher *cipher = options->cipher;
    struct sql_bytes body = sql_bytes_begin(call);
    uint8_t vector[PG_BLOCK_MAX] = {0}, check[PGP_SHA1_SIZE];
    size_t head = cipher->block + 2;
    add_prefix(call, cipher, &body);
    add_literal(call, options, data, &body);
    if (!options->no_integrity) {
        add_head(&body, PGP_INTEGRITY, sizeof check);
        if (body.failed || mbedtls_sha1_ret(body.ptr, body.len, check) != 0)
            return sql_fail_memory(call->env->error);
        sql_bytes_add(&body, check, sizeof check);
    }
    if (body.failed)
        return sql_fail_memory(call->env->error);
    bool fine = options->no_integrity ? pgp_cfb(cipher, key, vector, body.ptr, head, true)
                                      : pgp_cfb(cipher, key, vector, body.ptr, body.len, true);
    if (fine && options->no_integrity) { /* begins anew behind the prefix */
        memcpy(vector, body.ptr + 2, cipher->block);
        fine = pgp_cfb(cipher, key, vector, body.ptr + head, body.len - head, true);
    }
    if (!fine)
        return sql_fail_memory(call->env->error);
    add_head(out, options->no_integrity ? PGP_ENCRYPTED : PGP_ENCRYPTED_INTEGRITY,
             body.len + !options->no_integrity);
    if (!options->no_integrity)
        sql_bytes_add_char(out, 1);
    sql_bytes_add_slice(out, sql_bytes_slice(&body));
    return true;
}

bool pgp_encrypt(struct sql_call *call, const struct pgp_options *options, struct slice data,
                 struct slice password, struct datum *out)
{
    struct sql_bytes message = sql_bytes_begin(call);
    uint8_t key[PG_KEY_MAX];
    if (options->compress_algo && options->compress_level)
        return pgp_fail(call, "Unsupported compression algorithm");
    return add_session_key(call, options, password, key, &message) &&
           add_encrypted(call, options, data, key, &message) && sql_give_bytes(call, out, &message);
}
