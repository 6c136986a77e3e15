#include "emulators/postgres/scram.h"

#include <mbedtls/md.h>
#include <mbedtls/md5.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/sha256.h>

#include "common/text.h"

#define SALT_MAX 64

/* ---- pieces */

static void hmac(const uint8_t key[PG_SCRAM_KEY], struct slice text, uint8_t out[PG_SCRAM_KEY])
{
    mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), key, PG_SCRAM_KEY, text.ptr,
                    text.len, out);
}

static void sha256(struct slice bytes, uint8_t out[PG_SCRAM_KEY])
{
    mbedtls_sha256_ret(bytes.ptr, bytes.len, out, 0);
}

static struct slice base64(struct arena *arena, struct slice bytes)
{
    size_t len = TEXT_BASE64_LEN(bytes.len);
    char *out = arena_alloc(arena, len + 1);
    if (!out)
        return slice_of(NULL, 0);
    text_to_base64(out, bytes.ptr, bytes.len);
    return slice_of(out, len);
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t differs = 0;
    for (size_t i = 0; i < len; i++)
        differs |= (uint8_t)(a[i] ^ b[i]);
    return differs == 0;
}

/* RFC 5802, 3: SaltedPassword, ClientKey, StoredKey, ServerKey. */
void pg_scram_derive(struct slice password, struct slice salt, uint32_t iterations,
                     struct pg_scram_secret *out)
{
    uint8_t salted[PG_SCRAM_KEY], client_key[PG_SCRAM_KEY];
    mbedtls_md_context_t context;
    mbedtls_md_init(&context);
    mbedtls_md_setup(&context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1);
    mbedtls_pkcs5_pbkdf2_hmac(&context, password.ptr, password.len, salt.ptr, salt.len, iterations,
                              PG_SCRAM_KEY, salted);
    mbedtls_md_free(&context);
    hmac(salted, slice_str("Client Key"), client_key);
    sha256(slice_of(client_key, PG_SCRAM_KEY), out->stored_key);
    hmac(salted, slice_str("Server Key"), out->server_key);
    out->salt = salt;
    out->iterations = iterations;
}

/* ---- the stored form */

struct slice pg_scram_store(struct arena *arena, const struct pg_scram_secret *secret)
{
    struct slice salt = base64(arena, secret->salt);
    struct slice stored = base64(arena, slice_of(secret->stored_key, PG_SCRAM_KEY));
    struct slice server = base64(arena, slice_of(secret->server_key, PG_SCRAM_KEY));
    if (!salt.ptr || !stored.ptr || !server.ptr)
        return slice_of(NULL, 0);
    return arena_printf(arena, "SCRAM-SHA-256$%u:" SLICE_FMT "$" SLICE_FMT ":" SLICE_FMT,
                        (unsigned)secret->iterations, SLICE_ARG(salt), SLICE_ARG(stored),
                        SLICE_ARG(server));
}

/* The text up to the separator, which is taken off `rest` with it. */
static bool cut(struct slice *rest, uint8_t separator, struct slice *out)
{
    const uint8_t *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    if (!at)
        return false;
    *out = slice_of(rest->ptr, (size_t)(at - rest->ptr));
    *rest = slice_from(*rest, out->len + 1);
    return true;
}

static bool read_key(struct slice text, uint8_t key[PG_SCRAM_KEY])
{
    uint8_t bytes[TEXT_BASE64_LEN(PG_SCRAM_KEY)];
    size_t len;
    if (text.len != sizeof(bytes) || !text_from_base64(text, bytes, &len) || len != PG_SCRAM_KEY)
        return false;
    memcpy(key, bytes, PG_SCRAM_KEY);
    return true;
}

bool pg_scram_read(struct arena *arena, struct slice stored, struct pg_scram_secret *out)
{
    struct slice name, iterations, salt, stored_key;
    uint64_t number;
    size_t salt_len;
    if (!cut(&stored, '$', &name) || !slice_eq_str(name, "SCRAM-SHA-256") ||
        !cut(&stored, ':', &iterations) || !cut(&stored, '$', &salt) ||
        !cut(&stored, ':', &stored_key) || !text_to_u64(iterations, &number) || number == 0 ||
        number > INT32_MAX || !read_key(stored_key, out->stored_key) ||
        !read_key(stored, out->server_key))
        return false;
    uint8_t *bytes = arena_alloc(arena, salt.len + 1);
    if (!bytes || !text_from_base64(salt, bytes, &salt_len))
        return false;
    out->salt = slice_of(bytes, salt_len);
    out->iterations = (uint32_t)number;
    return true;
}

/* ---- the exchange */

static bool malformed(struct pg_scram *scram, const char *error)
{
    scram->error = error;
    return false;
}

/* "x=value" at the front of the message, up to a comma or the end. */
static bool take_attribute(struct slice *rest, char name, struct slice *out)
{
    if (rest->len < 2 || rest->ptr[0] != (uint8_t)name || rest->ptr[1] != '=')
        return false;
    struct slice all = slice_from(*rest, 2);
    if (!cut(&all, ',', out)) {
        *out = all;
        all = slice_of(rest->ptr + rest->len, 0);
    }
    *rest = all;
    return true;
}

bool pg_scram_first(struct pg_scram *scram, struct slice client_first, const uint8_t nonce[18],
                    struct slice *out)
{
    struct slice flag, name, client_nonce, rest = client_first;
    if (!cut(&rest, ',', &flag) || flag.len == 0)
        return malformed(scram, "The message length does not match the input length.");
    if (flag.ptr[0] == 'p')
        return malformed(scram, "The client selected SCRAM-SHA-256 without channel binding, but "
                                "the SCRAM message includes channel binding data.");
    if (flag.len != 1 || (flag.ptr[0] != 'n' && flag.ptr[0] != 'y'))
        return malformed(scram, "Unexpected channel-binding flag.");
    if (!cut(&rest, ',', &name) || name.len != 0)
        return malformed(scram, "client uses authorization identity, but it is not supported");
    scram->client_first_bare = arena_dup(scram->arena, rest);
    rest = scram->client_first_bare;
    if (!rest.ptr || !take_attribute(&rest, 'n', &name) ||
        !take_attribute(&rest, 'r', &client_nonce) || client_nonce.len == 0)
        return malformed(scram, "Attribute expected.");
    struct slice mine = base64(scram->arena, slice_of(nonce, 18));
    struct slice salt = base64(scram->arena, scram->secret.salt);
    if (!mine.ptr || !salt.ptr)
        return malformed(scram, "out of memory");
    scram->nonce =
        arena_printf(scram->arena, SLICE_FMT SLICE_FMT, SLICE_ARG(client_nonce), SLICE_ARG(mine));
    scram->server_first =
        arena_printf(scram->arena, "r=" SLICE_FMT ",s=" SLICE_FMT ",i=%u", SLICE_ARG(scram->nonce),
                     SLICE_ARG(salt), (unsigned)scram->secret.iterations);
    *out = scram->server_first;
    return scram->server_first.ptr ? true : malformed(scram, "out of memory");
}

/* RFC 5802, 3: the proof is right when it and the signature give a key that hashes to StoredKey. */
static bool proof_fits(const struct pg_scram *scram, const uint8_t proof[PG_SCRAM_KEY],
                       struct slice auth_message)
{
    uint8_t key[PG_SCRAM_KEY], hash[PG_SCRAM_KEY];
    hmac(scram->secret.stored_key, auth_message, key);
    for (size_t i = 0; i < PG_SCRAM_KEY; i++)
        key[i] ^= proof[i];
    sha256(slice_of(key, PG_SCRAM_KEY), hash);
    return same_bytes(hash, scram->secret.stored_key, PG_SCRAM_KEY) && !scram->doomed;
}

bool pg_scram_final(struct pg_scram *scram, struct slice client_final, struct slice *out)
{
    struct slice binding, nonce, proof_text, rest = client_final;
    uint8_t proof[PG_SCRAM_KEY], signature[PG_SCRAM_KEY];
    if (!take_attribute(&rest, 'c', &binding) || !take_attribute(&rest, 'r', &nonce))
        return malformed(scram, "Attribute expected.");
    if (!slice_eq_str(binding, "biws") && !slice_eq_str(binding, "eSws"))
        return malformed(scram,
                         "unexpected SCRAM channel-binding attribute in client-final-message");
    if (!slice_eq(nonce, scram->nonce))
        return malformed(scram, "Nonce does not match.");
    size_t without_proof = client_final.len - rest.len - (rest.len ? 1 : 0);
    if (!take_attribute(&rest, 'p', &proof_text) || rest.len || !read_key(proof_text, proof))
        return malformed(scram, "Malformed proof in client-final-message.");
    struct slice auth_message = arena_printf(
        scram->arena, SLICE_FMT "," SLICE_FMT "," SLICE_FMT, SLICE_ARG(scram->client_first_bare),
        SLICE_ARG(scram->server_first), SLICE_ARG(slice_of(client_final.ptr, without_proof)));
    if (!auth_message.ptr || !proof_fits(scram, proof, auth_message))
        return false;
    hmac(scram->secret.server_key, auth_message, signature);
    struct slice text = base64(scram->arena, slice_of(signature, PG_SCRAM_KEY));
    *out = arena_printf(scram->arena, "v=" SLICE_FMT, SLICE_ARG(text));
    return out->ptr != NULL;
}

/* ---- md5 */

static void md5_hex(struct slice a, struct slice b, char out[PG_MD5_LEN])
{
    uint8_t digest[16];
    mbedtls_md5_context context;
    mbedtls_md5_init(&context);
    mbedtls_md5_starts_ret(&context);
    mbedtls_md5_update_ret(&context, a.ptr, a.len);
    mbedtls_md5_update_ret(&context, b.ptr, b.len);
    mbedtls_md5_finish_ret(&context, digest);
    mbedtls_md5_free(&context);
    memcpy(out, "md5", 3);
    text_to_hex(out + 3, digest, sizeof(digest));
}

void pg_md5_store(struct slice password, struct slice user, char out[PG_MD5_LEN])
{
    md5_hex(password, user, out);
}

void pg_md5_answer(const char stored[PG_MD5_LEN], const uint8_t salt[4], char out[PG_MD5_LEN])
{
    md5_hex(slice_of(stored + 3, PG_MD5_LEN - 3), slice_of(salt, 4), out);
}

/* ---- either */

static bool is_md5(struct slice password)
{
    uint8_t digest[16];
    return password.len == PG_MD5_LEN && memcmp(password.ptr, "md5", 3) == 0 &&
           text_from_hex(slice_from(password, 3), digest);
}

bool pg_password_is_stored(struct slice password)
{
    static const char scram[] = "SCRAM-SHA-256$";
    return is_md5(password) || (password.len > sizeof(scram) - 1 &&
                                memcmp(password.ptr, scram, sizeof(scram) - 1) == 0);
}

bool pg_password_fits(struct arena *arena, struct slice stored, struct slice user,
                      struct slice password)
{
    struct pg_scram_secret secret, given;
    char md5[PG_MD5_LEN];
    if (is_md5(stored)) {
        pg_md5_store(password, user, md5);
        return slice_eq(stored, slice_of(md5, sizeof(md5)));
    }
    if (!pg_scram_read(arena, stored, &secret))
        return slice_eq(stored, password);
    pg_scram_derive(password, secret.salt, secret.iterations, &given);
    return same_bytes(given.stored_key, secret.stored_key, PG_SCRAM_KEY);
}
