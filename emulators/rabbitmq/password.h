/* Passwords as RabbitMQ keeps them: base64 of a salt of 4 bytes and the hash of salt and password. */
#ifndef PARLEL_EMULATORS_RABBITMQ_PASSWORD_H
#define PARLEL_EMULATORS_RABBITMQ_PASSWORD_H

#include "common/random.h"
#include "common/slice.h"

#define RABBIT_PASSWORD_HASH_MAX 96 /* base64 of salt and SHA-512 */
#define RABBIT_PASSWORD_SHA256   "rabbit_password_hashing_sha256"

/* The hash of a password, by SHA-256 with a new salt; lies in out. */
struct slice rabbit_password_hash(struct random *random, struct slice password,
                                  char out[RABBIT_PASSWORD_HASH_MAX]);

/* Is this the password? hashing: rabbit_password_hashing_sha256, _sha512 or _md5; false of others. */
bool rabbit_password_matches(struct slice hashing, struct slice hash, struct slice password);

#endif
