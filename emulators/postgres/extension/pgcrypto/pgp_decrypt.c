/* Reading messages, and the functions. */
#include <mbedtls/sha1.h>

#include "emulators/postgres/extension/functions.h"
#include "emulators/postgres/extension/pgcrypto/pgp.h"
#include "emulators/sql/value/text.h"

#define INTEGRITY_SIZE (2 + PGP_SHA1_SIZE) /* of that packet */

/* ---- packets (4.2) */

struct packet {
    int tag;
    struct slice body;
};

/* A length of the new format; *partial: more parts follow. False: the bytes end. */
static bool read_length(struct slice *from, size_t *len, bool *partial)
{
    *partial = false;
    if (!from->len)
        return false;
    uint8_t first = from->ptr[0];
    size_t size = first < 192 ? 1 : first < 224 ? 2 : first < 255 ? 1 : 5;
    if (from->len < size)
        return false;
    const uint8_t *p = from->ptr;
    if (first < 192) {
        *len = first;
    } else if (first < 224) {
        *len = ((size_t)(first - 192) << 8) + p[1] + 192;
    } else if (first < 255) {
        *len = (size_t)1 << (first & 31);
        *partial = true;
    } else {
        *len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
    }
    *from = slice_from(*from, size);
    return true;
}

/* A body in parts is joined. */
static bool read_new(struct sql_call *call, struct slice *from, struct slice *body)
{
    struct sql_bytes joined = sql_bytes_begin(call);
    bool partial = true;
    while (partial) {
        size_t len;
        if (!read_length(from, &len, &partial) || len > from->len)
            return pgp_fail_corrupt(call);
        if (!partial && !joined.len)
            *body = slice_of(from->ptr, len);
        else
            sql_bytes_add(&joined, from->ptr, len);
        *from = slice_from(*from, len);
    }
    if (joined.len)
        *body = sql_bytes_slice(&joined);
    return !joined.failed || sql_fail_memory(call->env->error);
}

static bool read_packet(struct sql_call *call, struct slice *from, struct packet *out)
{
    if (!from->len || !(from->ptr[0] & 0x80))
        return pgp_fail_corrupt(call);
    uint8_t head = from->ptr[0];
    *from = slice_from(*from, 1);
    out->tag = head & 0x40 ? head & 0x3f : head >> 2 & 0x0f;
    if (head & 0x40)
        return read_new(call, from, &out->body);
    size_t bytes = (size_t)1 << (head & 3), len = 0;
    if ((head & 3) == 3) { /* up to the end */
        out->body = *from;
        *from = slice_from(*from, from->len);
        return true;
    }
    if (from->len < bytes)
        return pgp_fail_corrupt(call);
    for (size_t i = 0; i < bytes; i++)
        len = len << 8 | from->ptr[i];
    *from = slice_from(*from, bytes);
    if (from->len < len)
        return pgp_fail_corrupt(call);
    out->body = slice_of(from->ptr, len);
    *from = slice_from(*from, len);
    return true;
}

/* ---- keys */

struct key {
    const struct pgp_cipher *cipher; /* NULL: there was none */
    uint8_t bytes[PG_KEY_MAX];
};

/* A session key that the password's key seals. */
static bool unseal(struct sql_call *call, struct slice sealed, struct key *key)
{
    uint8_t vector[PG_BLOCK_MAX] = {0}, plain[1 + PG_KEY_MAX];
    if (sealed.len < 1 || sealed.len > sizeof plain)
        return pgp_fail_corrupt(call);
    memcpy(plain, sealed.ptr, sealed.len);
    if (!pgp_cfb(key->cipher, key->bytes, vector, plain, sealed.len, false))
        return sql_fail_memory(call->env->error);
    key->cipher = pgp_cipher_of_code(plain[0]);
    if (!key->cipher || key->cipher->key_len != sealed.len - 1)
        return pgp_fail_corrupt(call);
    memcpy(key->bytes, plain + 1, sealed.len - 1);
    return true;
}

static bool read_session_key(struct sql_call *call, struct slice body, struct slice password,
                             struct key *out)
{
    struct pgp_s2k s2k = {0};
    if (body.len < 4 || body.ptr[0] != 4)
        return pgp_fail_corrupt(call);
    out->cipher = pgp_cipher_of_code(body.ptr[1]);
    s2k.mode = body.ptr[2];
    s2k.digest = pg_digest_of_code(body.ptr[3]);
    size_t head = 4 + (s2k.mode ? PGP_SALT_SIZE : 0) + (s2k.mode == 3);
    if (!out->cipher || !s2k.digest)
        return pgp_fail(call, out->cipher ? "Unsupported digest algorithm"
                                          : "Unsupported cipher algorithm");
    if ((s2k.mode != 0 && s2k.mode != 1 && s2k.mode != 3) || body.len < head)
        return pgp_fail(call, "Bad S2K mode");
    if (s2k.mode)
        memcpy(s2k.salt, body.ptr + 4, PGP_SALT_SIZE);
    if (s2k.mode == 3)
        s2k.count = body.ptr[head - 1];
    if (!pgp_s2k_key(&s2k, password, out->bytes, out->cipher->key_len))
        return sql_fail_memory(call->env->error);
    return body.len == head || unseal(call, slice_from(body, head), out);
}

/* ---- data */

/* The plain bytes behind the prefix. */
static bool open_encrypted(struct sql_call *call, const struct key *key, struct slice body,
                           bool integrity, struct slice *out)
{
    size_t block = key->cipher->block, head = block + 2;
    uint8_t vector[PG_BLOCK_MAX] = {0}, check[PGP_SHA1_SIZE];
    if (integrity) {
        if (!body.len || body.ptr[0] != 1)
            return pgp_fail_corrupt(call);
        body = slice_from(body, 1);
    }
    if (body.len < head + (integrity ? INTEGRITY_SIZE : 0))
        return pgp_fail_corrupt(call);
    uint8_t *plain = arena_alloc(call->arena, body.len);
    if (!plain)
        return sql_fail_memory(call->env->error);
    memcpy(plain, body.ptr, body.len);
    bool fine = pgp_cfb(key->cipher, key->bytes, vector, plain, integrity ? body.len : head, false);
    if (fine && !integrity) { /* begins anew behind the prefix */
        memcpy(vector, body.ptr + 2, block);
        fine = pgp_cfb(key->cipher, key->bytes, vector, plain + head, body.len - head, false);
    }
    if (!fine)
        return sql_fail_memory(call->env->error);
    if (memcmp(plain + block - 2, plain + block, 2) != 0)
        return pgp_fail_corrupt(call);
    size_t end = body.len - (integrity ? INTEGRITY_SIZE : 0);
    if (integrity && (plain[end] != (0xc0 | PGP_INTEGRITY) || plain[end + 1] != PGP_SHA1_SIZE ||
                      mbedtls_sha1_ret(plain, end + 2, check) != 0 ||
                      memcmp(check, plain + end + 2, sizeof check) != 0))
        return pgp_fail_corrupt(call);
    *out = slice_of(plain + head, end - head);
    return true;
}

/* Without the carriage returns before line feeds. */
static bool give_lines(struct sql_call *call, struct slice text, struct datum *out)
{
    struct sql_bytes lines = sql_bytes_begin(call);
    sql_bytes_reserve(&lines, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\r' || i + 1 == text.len || text.ptr[i + 1] != '\n')
            sql_bytes_add_char(&lines, (char)text.ptr[i]);
    return sql_give_bytes(call, out, &lines);
}

static bool read_literal(struct sql_call *call, const struct pgp_options *options,
                         struct slice plain, struct datum *out)
{
    struct packet packet;
    if (!read_packet(call, &plain, &packet))
        return false;
    if (packet.tag == PGP_COMPRESSED)
        return pgp_fail(call, "Unsupported compression algorithm");
    size_t head = packet.body.len > 1 ? 6 + (size_t)packet.body.ptr[1] : 6;
    if (packet.tag != PGP_LITERAL || packet.body.len < head)
        return pgp_fail_corrupt(call);
    uint8_t kind = packet.body.ptr[0];
    struct slice data = slice_from(packet.body, head);
    if (options->text && kind == 'b')
        return pgp_fail(call, "Not text data");
    if (options->text && !sql_text_check(call->env->error, data))
        return false;
    return options->text && options->convert_crlf ? give_lines(call, data, out)
                                                  : sql_give_slice(out, data);
}

bool pgp_decrypt(struct sql_call *call, const struct pgp_options *options, struct slice message,
                 struct slice password, struct datum *out)
{
    struct key key = {0};
    struct packet packet;
    struct slice plain;
    while (message.len) {
        if (!read_packet(call, &message, &packet))
            return false;
        if (packet.tag == PGP_SESSION_KEY) {
            if (!read_session_key(call, packet.body, password, &key))
                return false;
            continue;
        }
        if (packet.tag != PGP_ENCRYPTED && packet.tag != PGP_ENCRYPTED_INTEGRITY)
            break;
        return key.cipher ? open_encrypted(call, &key, packet.body,
                                           packet.tag == PGP_ENCRYPTED_INTEGRITY, &plain) &&
                                read_literal(call, options, plain, out)
                          : pgp_fail_corrupt(call);
    }
    return pgp_fail_corrupt(call);
}

/* ---- functions: data, password, options */

static bool work(struct sql_call *call, const struct datum *args, bool encrypting, bool text,
                 struct datum *out)
{
    struct pgp_options options;
    struct slice words = call->argc > 2 ? datum_slice(args[2]) : slice_of("", 0);
    if (!pgp_read_options(call, words, &options))
        return false;
    options.text = text;
    return encrypting
               ? pgp_encrypt(call, &options, datum_slice(args[0]), datum_slice(args[1]), out)
               : pgp_decrypt(call, &options, datum_slice(args[0]), datum_slice(args[1]), out);
}

static bool encrypt_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return work(call, args, true, true, out);
}

static bool encrypt_bytea(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return work(call, args, true, false, out);
}

static bool decrypt_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return work(call, args, false, true, out);
}

static bool decrypt_bytea(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return work(call, args, false, false, out);
}

const struct sql_builtin pg_pgp_functions[] = {
    {"pgp_sym_encrypt_text",  encrypt_text },
    {"pgp_sym_encrypt_bytea", encrypt_bytea},
    {"pgp_sym_decrypt_text",  decrypt_text },
    {"pgp_sym_decrypt_bytea", decrypt_bytea},
    {NULL,                    NULL         },
};
