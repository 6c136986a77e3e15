/* bcrypt: Blowfish with a key setup that is made slow (Provos and Mazieres, 1999). */
#include "emulators/postgres/extension/pgcrypto/crypt.h"

#include "emulators/postgres/extension/pgcrypto/blowfish.h"

#define SALT_SIZE   16
#define HEAD        7  /* "$2a$06$" */
#define SALT_CHARS  22 /* of the alphabet below */
#define KEY_MAX     72
#define PARTS       6 /* 32-bit words of the text that is encrypted */
#define COST_MIN    4
#define COST_MAX    31
#define CHECK_EVERY 64

static const char alphabet[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static void encrypt(const struct pg_blowfish *state, uint32_t *left, uint32_t *right)
{
    uint32_t l = *left, r = *right;
    for (unsigned i = 0; i < 16; i++) {
        l ^= state->p[i];
        uint32_t next =
            r ^
            (((state->s[0][l >> 24] + state->s[1][l >> 16 & 0xff]) ^ state->s[2][l >> 8 & 0xff]) +
             state->s[3][l & 0xff]);
        r = l;
        l = next;
    }
    *left = r ^ state->p[17];
    *right = l ^ state->p[16];
}

/* The key as 18 words, repeated with its NUL. signed_bytes: as the old fault read it, each byte
 * extending its sign over those before it. */
static void expand_key(struct slice password, bool signed_bytes, uint32_t key[18])
{
    size_t len = (password.len < KEY_MAX ? password.len : KEY_MAX) + 1, at = 0;
    for (unsigned i = 0; i < 18; i++) {
        key[i] = 0;
        for (unsigned n = 0; n < 4; n++, at = at + 1 == len ? 0 : at + 1) {
            uint8_t byte = at < password.len && at < KEY_MAX ? password.ptr[at] : 0;
            key[i] = key[i] << 8 | (signed_bytes ? (uint32_t)(int32_t)(int8_t)byte : byte);
        }
    }
}

/* Mixes the key in; salt NULL: without any. */
static void expand_state(struct pg_blowfish *state, const uint32_t key[18], const uint32_t *salt)
{
    uint32_t left = 0, right = 0, at = 0;
    for (unsigned i = 0; i < 18; i++)
        state->p[i] ^= key[i];
    uint32_t *words = (uint32_t *)state;
    for (unsigned i = 0; i < sizeof *state / sizeof *words; i += 2, at ^= 2) {
        left ^= salt ? salt[at] : 0;
        right ^= salt ? salt[at + 1] : 0;
        encrypt(state, &left, &right);
        words[i] = left;
        words[i + 1] = right;
    }
}

static int bits_of(uint8_t c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static bool read_salt(struct slice text, uint32_t salt[4])
{
    uint8_t bytes[SALT_SIZE + 1] = {0};
    for (unsigned i = 0; i < SALT_CHARS; i++) {
        int bits = bits_of(text.ptr[i]);
        if (bits < 0)
            return false;
        unsigned at = i * 6 / 8, shift = i * 6 % 8;
        unsigned wide = (unsigned)bits << (10 - shift);
        bytes[at] = (uint8_t)(bytes[at] | wide >> 8);
        bytes[at + 1] = (uint8_t)(bytes[at + 1] | wide);
    }
    for (unsigned i = 0; i < 4; i++)
        salt[i] = (uint32_t)bytes[4 * i] << 24 | (uint32_t)bytes[4 * i + 1] << 16 |
                  (uint32_t)bytes[4 * i + 2] << 8 | bytes[4 * i + 3];
    return true;
}

/* Six bits a character, from the left. */
static size_t add_characters(char *out, const uint8_t *bytes, size_t len)
{
    size_t count = (len * 8 + 5) / 6;
    for (size_t i = 0; i < count; i++) {
        size_t at = i * 6 / 8, shift = i * 6 % 8;
        unsigned wide = (unsigned)bytes[at] << 8 | (at + 1 < len ? bytes[at + 1] : 0);
        out[i] = alphabet[wide >> (10 - shift) & 0x3f];
    }
    return count;
}

static bool read_setting(struct slice setting, uint32_t salt[4], unsigned *cost)
{
    if (setting.len < HEAD + SALT_CHARS || setting.ptr[HEAD - 1] != '$' || setting.ptr[4] < '0' ||
        setting.ptr[4] > '3' || setting.ptr[5] < '0' || setting.ptr[5] > '9')
        return false;
    *cost = (unsigned)(setting.ptr[4] - '0') * 10 + (unsigned)(setting.ptr[5] - '0');
    return *cost >= COST_MIN && *cost <= COST_MAX && read_salt(slice_from(setting, HEAD), salt);
}

bool pg_crypt_bcrypt(struct sql_call *call, struct slice password, struct slice setting,
                     char out[PG_CRYPT_MAX], size_t *out_len)
{
    /* "OrpheanBeholderScryDoubt" */
    uint32_t text[PARTS] = {0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274};
    uint32_t salt[4], key[18], salt_key[18];
    unsigned cost;
    if (!read_setting(setting, salt, &cost))
        return pg_crypt_refuse(call);
    struct pg_blowfish state = pg_blowfish_initial;
    expand_key(password, setting.ptr[2] == 'x', key);
    for (unsigned i = 0; i < 18; i++)
        salt_key[i] = salt[i & 3];
    expand_state(&state, key, salt);
    for (uint32_t n = 0; n < UINT32_C(1) << cost; n++) {
        expand_state(&state, key, NULL);
        expand_state(&state, salt_key, NULL);
        if (n % CHECK_EVERY == 0 && call->env->check && !call->env->check(call->env))
            return false;
    }
    uint8_t bytes[PARTS * 4];
    for (unsigned i = 0; i < PARTS; i += 2)
        for (unsigned n = 0; n < 64; n++)
            encrypt(&state, &text[i], &text[i + 1]);
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(text[i / 4] >> (24 - 8 * (i % 4)));
    memcpy(out, setting.ptr, HEAD + SALT_CHARS);
    /* Only two bits of the salt's last character count. */
    out[HEAD + SALT_CHARS - 1] = alphabet[bits_of(setting.ptr[HEAD + SALT_CHARS - 1]) & 0x30];
    *out_len = HEAD + SALT_CHARS + add_characters(out + HEAD + SALT_CHARS, bytes, sizeof bytes - 1);
    return true;
}
