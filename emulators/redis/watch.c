#include "emulators/redis/watch.h"

#include "common/hash.h"
#include "emulators/redis/client_memory.h"

/* A key with its watchers, an item of db->watched. */
struct redis_key_watchers {
    uint32_t refs;
    uint32_t key_len;
    struct redis_watch *first;
    uint8_t key[];
};

/* One session's watch of one key; in the list of the key and in that of the session. */
struct redis_watch {
    struct redis_watch *next_of_session;
    struct redis_watch *next_of_key, **link_of_key;
    struct redis_session *session;
    struct redis_db *db;
    struct redis_key_watchers *key;
    bool was_expired; /* it had expired, but was not deleted yet, when WATCH came */
};

static struct slice watched_key(const void *item)
{
    const struct redis_key_watchers *watchers = item;
    return slice_of(watchers->key, watchers->key_len);
}

static uint64_t watched_hash(const void *item)
{
    return hash_bytes(watched_key(item));
}

static bool watched_equal(const void *item, struct slice key)
{
    return slice_eq(watched_key(item), key);
}

static void watched_release(struct heap *heap, void *item)
{
    struct redis_key_watchers *watchers = item;
    heap_free(heap, watchers, sizeof(*watchers) + watchers->key_len);
}

static const struct trie_type watched_type = {watched_hash, watched_equal, watched_release};

static struct redis_key_watchers *watchers_find(const struct redis_db *db, struct slice key)
{
    return trie_find(&db->watched, &watched_type, hash_bytes(key), key);
}

static struct redis_key_watchers *watchers_add(struct redis_db *db, struct slice key)
{
    struct redis_key_watchers *watchers = heap_alloc(db->heap, sizeof(*watchers) + key.len);
    if (!watchers)
        return NULL;
    *watchers = (struct redis_key_watchers){.refs = 1, .key_len = (uint32_t)key.len};
    if (key.len)
        memcpy(watchers->key, key.ptr, key.len);
    if (!trie_insert(&db->watched, &watched_type, db->heap, hash_bytes(key), watchers)) {
        watched_release(db->heap, watchers);
        return NULL;
    }
    return watchers;
}

static void watchers_drop_if_empty(struct redis_db *db, struct redis_key_watchers *watchers)
{
    bool absent;
    struct slice key = watched_key(watchers);
    if (watchers->first)
        return;
    if (trie_remove(&db->watched, &watched_type, db->heap, hash_bytes(key), key, &absent))
        trie_item_release(&watched_type, db->heap, watchers);
}

static bool key_expired(const struct redis_db *db, struct slice key, int64_t now_ms)
{
    struct redis_entry *entry = redis_db_find(db, key);
    return entry && entry->flags & REDIS_ENTRY_EXPIRES && redis_entry_expire(entry) <= now_ms;
}

/* What a watch takes, with the key's name as if it had no other watchers. */
static size_t watch_size(const struct redis_watch *watch)
{
    return sizeof(*watch) + sizeof(*watch->key) + watch->key->key_len;
}

bool redis_watch(struct redis_session *session, struct slice key)
{
    struct redis_db *db = &session->redis->dbs[session->db];
    for (struct redis_watch *watch = session->watches; watch; watch = watch->next_of_session)
        if (watch->db == db && slice_eq(watched_key(watch->key), key))
            return true;
    struct redis_key_watchers *watchers = watchers_find(db, key);
    if (!watchers && !(watchers = watchers_add(db, key)))
        return false;
    struct redis_watch *watch = heap_alloc(db->heap, sizeof(*watch));
    if (!watch) {
        watchers_drop_if_empty(db, watchers);
        return false;
    }
    *watch = (struct redis_watch){
        .session = session,
        .db = db,
        .key = watchers,
        .was_expired = key_expired(db, key, redis_now_ms(session->redis)),
        .next_of_key = watchers->first,
        .link_of_key = &watchers->first,
        .next_of_session = session->watches,
    };
    if (watchers->first)
        watchers->first->link_of_key = &watch->next_of_key;
    watchers->first = watch;
    if (!session->watches)
        session->redis->watching_count++;
    session->watches = watch;
    redis_client_holds(session, watch_size(watch));
    return true;
}

void redis_unwatch_all(struct redis_session *session)
{
    if (session->watches)
        session->redis->watching_count--;
    while (session->watches) {
        struct redis_watch *watch = session->watches;
        session->watches = watch->next_of_session;
        *watch->link_of_key = watch->next_of_key;
        if (watch->next_of_key)
            watch->next_of_key->link_of_key = watch->link_of_key;
        redis_client_drops(session, watch_size(watch));
        watchers_drop_if_empty(watch->db, watch->key);
        heap_free(watch->db->heap, watch, sizeof(*watch));
    }
}

/* A key that had expired when it was watched was absent for the client all along: its deletion is
 * no change. */
void redis_watch_touch(struct redis *redis, struct redis_db *db, struct slice key)
{
    struct redis_key_watchers *watchers = watchers_find(db, key);
    if (!watchers)
        return;
    bool gone = !redis_db_find(db, key);
    for (struct redis_watch *watch = watchers->first; watch; watch = watch->next_of_key) {
        if (watch->was_expired && gone)
            watch->was_expired = false;
        else
            watch->session->flags |= REDIS_SESSION_DIRTY_CAS;
    }
    (void)redis;
}

static struct redis_entry *find_in(const struct redis_data *data, struct slice key)
{
    return data ? trie_find(&data->keys, &redis_entry_trie_type, hash_bytes(key), key) : NULL;
}

static bool is_stale(const struct redis_entry *entry, int64_t now_ms)
{
    return entry && entry->flags & REDIS_ENTRY_EXPIRES && redis_entry_expire(entry) <= now_ms;
}

/* A key that has expired but is still there counts as absent, before and after. */
static void touch_one(struct redis_watch *watch, const struct redis_entry *was,
                      const struct redis_entry *is, int64_t now_ms)
{
    if (watch->was_expired && !is)
        watch->was_expired = false; /* the stale key is gone now */
    else if (watch->was_expired && is_stale(is, now_ms))
        return;
    else if (!watch->was_expired && !was && is_stale(is, now_ms))
        watch->was_expired = true;
    else
        watch->session->flags |= REDIS_SESSION_DIRTY_CAS;
}

void redis_watch_touch_all(struct redis *redis, struct redis_db *db,
                           const struct redis_data *before, const struct redis_data *after)
{
    struct trie_iter iter;
    struct redis_key_watchers *watchers;
    if (!redis->watching_count)
        return;
    trie_iter_init(&iter, &db->watched);
    while ((watchers = trie_iter_next(&iter))) {
        struct redis_entry *was = find_in(before, watched_key(watchers));
        struct redis_entry *is = find_in(after, watched_key(watchers));
        if (!was && !is)
            continue;
        for (struct redis_watch *watch = watchers->first; watch; watch = watch->next_of_key)
            touch_one(watch, was, is, redis_now_ms(redis));
    }
}

bool redis_watch_expired(struct redis_session *session)
{
    int64_t now_ms = redis_now_ms(session->redis);
    for (struct redis_watch *watch = session->watches; watch; watch = watch->next_of_session)
        if (!watch->was_expired && key_expired(watch->db, watched_key(watch->key), now_ms))
            return true;
    return false;
}
