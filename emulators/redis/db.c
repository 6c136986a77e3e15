#include "emulators/redis/db.h"

#include "common/assert.h"
#include "common/hash.h"

static int expiry_compare(const void *a, const void *b)
{
    const struct redis_expiry *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

const struct btree_type redis_expiry_type = {
    .item_size = sizeof(struct redis_expiry),
    .compare = expiry_compare,
};

/* Two keys of one hash that expire in the same millisecond share an index item: the first one to be
 * expired leaves the item to the second (see index_remove). */
static bool index_add(struct redis_db *db, uint64_t hash, int64_t at_ms)
{
    struct redis_expiry item = {at_ms, hash};
    if (btree_find(&db->data.expires, &redis_expiry_type, &item))
        return true;
    return btree_insert(&db->data.expires, &redis_expiry_type, db->heap, &item);
}

static struct redis_entry *expiring_at(const struct redis_db *db, uint64_t hash, int64_t at_ms)
{
    struct redis_entry *entry;
    for (unsigned nth = 0;
         (entry = trie_find_hash(&db->data.keys, &redis_entry_trie_type, hash, nth)); nth++)
        if (redis_entry_expire(entry) == at_ms)
            return entry;
    return NULL;
}

/* Called after the key itself is gone or has another expiry. Without memory, which a tree shared
 * with a checkpoint may need, the item stays: redis_db_first_expired passes by what has no key. */
static bool index_remove(struct redis_db *db, uint64_t hash, int64_t at_ms)
{
    struct redis_expiry item = {at_ms, hash};
    bool absent;
    if (expiring_at(db, hash, at_ms))
        return true;
    return btree_remove(&db->data.expires, &redis_expiry_type, db->heap, &item, NULL, &absent) ||
           absent;
}

struct redis_entry *redis_db_find(const struct redis_db *db, struct slice key)
{
    return trie_find(&db->data.keys, &redis_entry_trie_type, hash_bytes(key), key);
}

void redis_db_prefetch(const struct redis_db *db, const struct slice *argv, uint32_t argc,
                       uint32_t first, uint32_t step)
{
    struct trie_hint hints[REDIS_DB_PREFETCH];
    size_t count = 0;
    for (uint32_t i = first; i < argc && count < REDIS_DB_PREFETCH; i += step)
        hints[count++] = (struct trie_hint){&db->data.keys, hash_bytes(argv[i])};
    trie_prefetch(hints, count);
}

/* Makes *slot's entry one that nobody else sees, value included. */
static struct redis_entry *entry_own(struct redis_db *db, void **slot)
{
    struct redis_entry *entry = *slot;
    if (entry->refs > 1) {
        struct redis_entry *copy =
            redis_entry_copy(db->heap, entry, redis_entry_key(entry), redis_entry_expire(entry));
        if (!copy)
            return NULL;
        redis_entry_release(db->heap, entry);
        *slot = entry = copy;
    }
    if (entry->type == REDIS_STRING && entry->encoding != REDIS_STRING_RAW)
        return entry;
    struct redis_value *value = entry->value.object;
    if (value->refs > 1) {
        struct redis_value *clone = redis_types[value->type]->clone(db->heap, value);
        if (!clone)
            return NULL;
        redis_value_release(db->heap, value);
        entry->value.object = clone;
    }
    return entry;
}

struct redis_entry *redis_db_edit(struct redis_db *db, struct slice key, bool *absent)
{
    void **slot =
        trie_slot(&db->data.keys, &redis_entry_trie_type, db->heap, hash_bytes(key), key, absent);
    return slot ? entry_own(db, slot) : NULL;
}

bool redis_db_put(struct redis_db *db, struct redis_entry *entry, bool *replaced)
{
    struct slice key = redis_entry_key(entry);
    uint64_t hash = hash_bytes(key);
    int64_t expire_ms = redis_entry_expire(entry);
    bool absent;
    void **slot = trie_slot(&db->data.keys, &redis_entry_trie_type, db->heap, hash, key, &absent);
    if (!slot && !absent)
        return false;
    if (expire_ms >= 0 && !index_add(db, hash, expire_ms))
        return false;
    if (replaced)
        *replaced = slot != NULL;
    if (!slot)
        return trie_insert(&db->data.keys, &redis_entry_trie_type, db->heap, hash, entry);
    struct redis_entry *old = *slot;
    int64_t old_ms = redis_entry_expire(old);
    *slot = entry;
    redis_entry_release(db->heap, old);
    if (old_ms >= 0 && old_ms != expire_ms)
        index_remove(db, hash, old_ms);
    return true;
}

struct redis_entry *redis_db_take(struct redis_db *db, struct slice key, bool *absent)
{
    uint64_t hash = hash_bytes(key);
    struct redis_entry *entry =
        trie_remove(&db->data.keys, &redis_entry_trie_type, db->heap, hash, key, absent);
    if (entry && entry->flags & REDIS_ENTRY_EXPIRES)
        index_remove(db, hash, redis_entry_expire(entry));
    return entry;
}

bool redis_db_expire(struct redis_db *db, struct slice key, int64_t at_ms)
{
    uint64_t hash = hash_bytes(key);
    bool absent;
    void **slot = trie_slot(&db->data.keys, &redis_entry_trie_type, db->heap, hash, key, &absent);
    ASSERT(slot || !absent);
    if (!slot)
        return false;
    struct redis_entry *old = *slot;
    int64_t old_ms = redis_entry_expire(old);
    if (old_ms == at_ms)
        return true;
    struct redis_entry *entry = redis_entry_copy(db->heap, old, redis_entry_key(old), at_ms);
    if (!entry || (at_ms >= 0 && !index_add(db, hash, at_ms))) {
        redis_entry_release(db->heap, entry);
        return false;
    }
    *slot = entry;
    redis_entry_release(db->heap, old);
    if (old_ms >= 0)
        index_remove(db, hash, old_ms);
    return true;
}

static int64_t first_of(const struct btree *index)
{
    const struct redis_expiry *first = btree_at(index, &redis_expiry_type, 0);
    return first ? first->at_ms : -1;
}

int64_t redis_db_next_expiry(const struct redis_db *db)
{
    int64_t key_ms = first_of(&db->data.expires), field_ms = first_of(&db->data.fields);
    return key_ms < 0 || (field_ms >= 0 && field_ms < key_ms) ? field_ms : key_ms;
}

struct redis_entry *redis_db_first_expired(struct redis_db *db, int64_t now_ms)
{
    const struct redis_expiry *first;
    while ((first = btree_at(&db->data.expires, &redis_expiry_type, 0)) && first->at_ms <= now_ms) {
        struct redis_entry *entry = expiring_at(db, first->hash, first->at_ms);
        if (entry)
            return entry;
        if (!index_remove(db, first->hash, first->at_ms))
            return NULL;
    }
    return NULL;
}

struct redis_data redis_data_share(const struct redis_data *data)
{
    return (struct redis_data){trie_share(&data->keys), btree_share(&data->expires),
                               btree_share(&data->fields)};
}

void redis_data_clear(struct redis_data *data, struct heap *heap)
{
    trie_clear(&data->keys, &redis_entry_trie_type, heap);
    btree_clear(&data->expires, &redis_expiry_type, heap);
    btree_clear(&data->fields, &redis_expiry_type, heap);
}

bool redis_data_release_some(struct redis_data *data, struct heap *heap, size_t budget)
{
    return trie_release_some(&data->keys, &redis_entry_trie_type, heap, budget) ||
           btree_release_some(&data->expires, &redis_expiry_type, heap, budget) ||
           btree_release_some(&data->fields, &redis_expiry_type, heap, budget);
}
