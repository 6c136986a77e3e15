#include "emulators/redis/hash_expire.h"

#include "common/hash.h"
#include "emulators/redis/block.h"
#include "emulators/redis/hash_value.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/notify.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/watch.h"

static int64_t next_field(const struct redis_entry *entry)
{
    return entry && entry->type == REDIS_HASH
               ? redis_hash_next_expiry((const struct redis_hash *)entry->value.object)
               : -1;
}

void redis_fields_arm(struct redis *redis, struct redis_db *db, const struct redis_entry *entry)
{
    struct redis_expiry item = {next_field(entry), 0};
    if (item.at_ms < 0)
        return;
    item.hash = hash_bytes(redis_entry_key(entry));
    if (!btree_find(&db->data.fields, &redis_expiry_type, &item))
        btree_insert(&db->data.fields, &redis_expiry_type, db->heap, &item);
    redis_expiry_arm(redis, item.at_ms);
}

static void remove_due(struct redis *redis, struct redis_db *db, struct redis_hash *hash)
{
    struct slice due;
    bool removed;
    while (redis_hash_first_expired(hash, redis_now_ms(redis), &due)) {
        struct arena arena = {0};
        struct slice name = arena_dup(&arena, due); /* the field's bytes go with it */
        bool ok = name.ptr && redis_hash_remove(db->heap, hash, name, &removed);
        arena_done(&arena);
        if (!ok)
            return;
    }
}

void redis_fields_expire(struct redis *redis, struct redis_db *db, struct slice key)
{
    bool absent;
    struct redis_entry *entry = redis_db_find(db, key);
    int64_t next_ms = next_field(entry);
    if (next_ms < 0 || next_ms > redis_now_ms(redis) || redis_clients_paused(redis))
        return;
    entry = redis_db_edit(db, key, &absent);
    if (!entry)
        return;
    struct redis_hash *hash = (struct redis_hash *)entry->value.object;
    remove_due(redis, db, hash);
    if (redis->watching_count)
        redis_watch_touch(redis, db, key);
    redis_tracking_changed(redis, NULL, key);
    redis_notify_event(redis, db->id, REDIS_NOTIFY_HASH, "hexpired", key);
    if (redis_hash_length(hash) == 0) {
        entry = redis_db_take(db, key, &absent);
        redis_key_ready(redis, db, key);
        redis_notify_event(redis, db->id, REDIS_NOTIFY_GENERIC, "del", key);
        redis_entry_release(db->heap, entry);
    } else {
        redis_fields_arm(redis, db, entry);
    }
}

/* Several keys may share a hash; those that are not due are left alone. */
static void expire_keys_of(struct redis *redis, struct redis_db *db, uint64_t hash)
{
    struct redis_entry *entry;
    for (unsigned nth = 0;
         (entry = trie_find_hash(&db->data.keys, &redis_entry_trie_type, hash, nth)); nth++) {
        int64_t next_ms = next_field(entry);
        if (next_ms < 0 || next_ms > redis_now_ms(redis))
            continue;
        struct arena arena = {0};
        struct slice key = arena_dup(&arena, redis_entry_key(entry));
        if (key.ptr)
            redis_fields_expire(redis, db, key);
        arena_done(&arena);
    }
}

void redis_fields_expire_all(struct redis *redis, struct redis_db *db)
{
    struct redis_expiry item;
    for (;;) {
        const struct redis_expiry *first = btree_at(&db->data.fields, &redis_expiry_type, 0);
        if (!first || first->at_ms > redis_now_ms(redis))
            return;
        if (!btree_remove_at(&db->data.fields, &redis_expiry_type, db->heap, 0, &item))
            return;
        expire_keys_of(redis, db, item.hash);
    }
}
