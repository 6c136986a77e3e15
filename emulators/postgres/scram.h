/* Passwords: how they are stored, and the exchanges by which a client shows that it knows one.
 *
 * SCRAM-SHA-256 is RFC 5802 and RFC 7677 without channel binding; "md5" is the older scheme of the
 * protocol. Stored passwords are texts as pg_authid.rolpassword has them: "SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server
 * key>", "md5<hex of md5(password || user)>".
 *
 * Errors: false; for what the client did wrong *error has its text. */
#ifndef PARLEL_EMULATORS_POSTGRES_SCRAM_H
#define PARLEL_EMULATORS_POSTGRES_SCRAM_H

#include "common/arena.h"
#include "common/random.h"

#define PG_SCRAM_KEY        32
#define PG_SCRAM_ITERATIONS 4096
#define PG_SCRAM_SALT       16

struct pg_scram_secret {
    uint32_t iterations;
    struct slice salt;
    uint8_t stored_key[PG_SCRAM_KEY], server_key[PG_SCRAM_KEY];
};

/* Derives the keys of a password; the salt is borrowed. */
void pg_scram_derive(struct slice password, struct slice salt, uint32_t iterations,
                     struct pg_scram_secret *out);
/* The stored form; ptr NULL: out of memory. */
struct slice pg_scram_store(struct arena *arena, const struct pg_scram_secret *secret);
/* Reads a stored form; false: it is none. */
bool pg_scram_read(struct arena *arena, struct slice stored, struct pg_scram_secret *out);

/* One exchange; everything lives in the arena. */
struct pg_scram {
    struct arena *arena;
    struct pg_scram_secret secret;
    bool doomed; /* there is no such user or no password: it fails in the end, not before */
    struct slice client_first_bare, server_first, nonce;
    const char *error; /* what was wrong with a message; NULL: only the proof */
};

/* The client's first message; *out is the server's first. nonce: 18 bytes of dice. */
bool pg_scram_first(struct pg_scram *scram, struct slice client_first, const uint8_t nonce[18],
                    struct slice *out);
/* The client's final message; *out is the server's final. False: wrong password, or scram->error. */
bool pg_scram_final(struct pg_scram *scram, struct slice client_final, struct slice *out);

/* "md5" and 32 digits of md5(password || user). */
#define PG_MD5_LEN 35
void pg_md5_store(struct slice password, struct slice user, char out[PG_MD5_LEN]);
/* What a client answers to a salt when that is stored. */
void pg_md5_answer(const char stored[PG_MD5_LEN], const uint8_t salt[4], char out[PG_MD5_LEN]);

/* Is it the stored form of a password already? */
bool pg_password_is_stored(struct slice password);
/* Does the password in clear fit the stored one (in whichever form)? */
bool pg_password_fits(struct arena *arena, struct slice stored, struct slice user,
                      struct slice password);

#endif
