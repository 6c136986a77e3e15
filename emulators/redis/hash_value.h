/* Hashes: fields with values, packed in one block while small, else a map; fields may expire.
 *
 * Small hashes (hash-max-listpack-entries, hash-max-listpack-value) keep their fields in the order
 * they were added. A field with an expiry (Redis 7.4) makes the hash a map; times are milliseconds
 * since the epoch. Functions that change a hash need one that nobody else sees and return false when
 * out of memory. Slices borrow from the hash until it is changed. */
#ifndef PARLEL_EMULATORS_REDIS_HASH_VALUE_H
#define PARLEL_EMULATORS_REDIS_HASH_VALUE_H

#include "common/btree.h"
#include "common/random.h"
#include "emulators/redis/config.h"
#include "emulators/redis/object.h"
#include "emulators/redis/packed.h"

enum redis_hash_encoding { REDIS_HASH_LISTPACK, REDIS_HASH_HASHTABLE };

struct redis_hash {
    struct redis_value base;
    struct packed *packed; /* LISTPACK: field, value, field, value, ... */
    struct trie fields;    /* HASHTABLE: of struct redis_field */
    struct btree expires;  /* HASHTABLE: struct redis_expiry (db.h) of the fields that expire */
};

struct redis_field {
    struct slice name, value;
    int64_t expire_ms; /* -1: never */
};

struct redis_hash *redis_hash_create(struct heap *heap);
uint64_t redis_hash_length(const struct redis_hash *hash);

bool redis_hash_get(const struct redis_hash *hash, struct slice name, struct redis_field *out);
/* Sets a field; its expiry goes, unless keep_ttl. *added: it is new. */
bool redis_hash_put(struct heap *heap, struct redis_hash *hash, const struct redis_config *config,
                    struct slice name, struct slice value, bool keep_ttl, bool *added);
bool redis_hash_remove(struct heap *heap, struct redis_hash *hash, struct slice name,
                       bool *removed);
/* The field must exist; -1 removes its expiry. */
bool redis_hash_expire(struct heap *heap, struct redis_hash *hash, struct slice name,
                       int64_t at_ms);
/* The earliest expiry of a field, -1 for none; the name of a field that expires then. */
int64_t redis_hash_next_expiry(const struct redis_hash *hash);
bool redis_hash_first_expired(const struct redis_hash *hash, int64_t now_ms, struct slice *out);

struct redis_hash_iter {
    const struct redis_hash *hash;
    const uint8_t *at;
    struct trie_iter iter;
};
void redis_hash_iter_init(struct redis_hash_iter *iter, const struct redis_hash *hash);
bool redis_hash_iter_next(struct redis_hash_iter *iter, struct redis_field *out);

/* A field chosen evenly; the hash is not empty. */
void redis_hash_random(const struct redis_hash *hash, struct random *random,
                       struct redis_field *out);

uint64_t redis_hash_scan(const struct redis_hash *hash, uint64_t cursor,
                         void (*visit)(void *ctx, const struct redis_field *field), void *ctx);

#endif
