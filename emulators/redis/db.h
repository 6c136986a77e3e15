/* One numbered database: its keys, their expiry in order of time, and who waits for or watches them.
 *
 * The keys are a persistent map of entries (object.h), the expiry index a persistent B+tree of
 * (time, hash of the key); both are shared by a checkpoint in O(1). Watchers and waiting clients
 * belong to connections, not to the data, and are no part of it.
 *
 * Functions here know nothing of clients, replies or notifications: commands use the layer above
 * (keyspace.h), which adds lazy expiry, statistics, WATCH, tracking and keyspace events. */
#ifndef PARLEL_EMULATORS_REDIS_DB_H
#define PARLEL_EMULATORS_REDIS_DB_H

#include "common/btree.h"
#include "emulators/redis/object.h"

/* The data proper: what a checkpoint keeps. */
struct redis_data {
    struct trie keys;
    struct btree expires; /* struct redis_expiry */
    struct btree fields;  /* struct redis_expiry: hashes with a field that expires then */
};

struct redis_expiry {
    int64_t at_ms;
    uint64_t hash;
};

struct redis_db {
    int id;
    struct heap *heap;
    struct redis_data data;
    struct trie waiting; /* key -> struct redis_key_waiters (block.h) */
    struct trie watched; /* key -> struct redis_key_watchers (watch.h) */
};

/* The entry, borrowed, expired or not; NULL when absent. */
struct redis_entry *redis_db_find(const struct redis_db *db, struct slice key);

/* Has the memory come that looking for these keys will touch: argv[first], argv[first + step] and so
 * on, at most REDIS_DB_PREFETCH of them and none at or beyond argc. */
#define REDIS_DB_PREFETCH 16
void redis_db_prefetch(const struct redis_db *db, const struct slice *argv, uint32_t argc,
                       uint32_t first, uint32_t step);

/* The entry for changing: no checkpoint sees it (refs 1), nor its value (refs 1). NULL: *absent says
 * whether the key is not there or memory ran out. */
struct redis_entry *redis_db_edit(struct redis_db *db, struct slice key, bool *absent);

/* Puts the entry in, in place of one with the same key if there is one (*replaced tells; may be
 * NULL); keeps the expiry index right. Takes the entry when it succeeds. */
bool redis_db_put(struct redis_db *db, struct redis_entry *entry, bool *replaced);

/* Takes the key out and gives its entry's reference to the caller; NULL as for redis_db_edit. */
struct redis_entry *redis_db_take(struct redis_db *db, struct slice key, bool *absent);

/* Sets or, with -1, removes the key's expiry. False: out of memory. The key must exist. */
bool redis_db_expire(struct redis_db *db, struct slice key, int64_t at_ms);

/* The earliest expiry of a key or a hash's field, or -1 when nothing expires. */
int64_t redis_db_next_expiry(const struct redis_db *db);
/* A key that expires at or before now_ms, the earliest first; NULL when there is none, or no memory
 * to look further. */
struct redis_entry *redis_db_first_expired(struct redis_db *db, int64_t now_ms);

static inline uint64_t redis_db_size(const struct redis_db *db)
{
    return db->data.keys.count;
}
static inline uint64_t redis_db_expires(const struct redis_db *db)
{
    return db->data.expires.count;
}

/* ---- the data as a whole */
struct redis_data redis_data_share(const struct redis_data *data);
/* Gives it up at once. */
void redis_data_clear(struct redis_data *data, struct heap *heap);
/* Gives up a part; true while something is left. */
bool redis_data_release_some(struct redis_data *data, struct heap *heap, size_t budget);

extern const struct btree_type redis_expiry_type;

#endif
