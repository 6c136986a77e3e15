#include "emulators/redis/keyspace.h"

#include "common/assert.h"
#include "emulators/redis/block.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/hash_expire.h"
#include "emulators/redis/notify.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/watch.h"

/* ---- looking */

static bool is_expired(const struct redis_entry *entry, int64_t now_ms)
{
    return entry->flags & REDIS_ENTRY_EXPIRES && redis_entry_expire(entry) <= now_ms;
}

/* While a script runs time stands still for it, and while writes are paused nothing may change: an
 * expired key is treated as absent then but stays where it is. */
static struct redis_entry *find_live(struct redis_call *call, struct slice key)
{
    struct redis_entry *entry = redis_db_find(call->db, key);
    if (!entry || __builtin_expect(!is_expired(entry, call->now_ms), 1))
        return entry;
    if (!redis_clients_paused(call->redis))
        redis_expire_now(call->redis, call->db, redis_entry_key(entry));
    return NULL;
}

struct redis_entry *redis_peek(struct redis_call *call, struct slice key)
{
    return find_live(call, key);
}

static void count_miss(struct redis_call *call, struct slice key)
{
    call->redis->stats.keyspace_misses++;
    if (call->redis->config.notify_events & REDIS_NOTIFY_MISS)
        redis_notify(call, REDIS_NOTIFY_MISS, "keymiss", key);
}

struct redis_entry *redis_look(struct redis_call *call, struct slice key)
{
    struct redis_entry *entry = find_live(call, key);
    if (entry)
        call->redis->stats.keyspace_hits++;
    else
        count_miss(call, key);
    return entry;
}

struct redis_entry *redis_lookup(struct redis_call *call, struct slice key)
{
    struct redis_entry *entry = redis_look(call, key);
    if (entry)
        redis_access(call, entry);
    return entry;
}

struct redis_entry *redis_lookup_edit(struct redis_call *call, struct slice key, bool *failed)
{
    bool absent;
    *failed = false;
    struct redis_entry *entry = redis_db_edit(call->db, key, &absent);
    if (!entry) {
        *failed = !absent;
        if (*failed)
            redis_reply_oom(call->reply);
        return NULL;
    }
    if (is_expired(entry, call->now_ms)) {
        redis_expire_now(call->redis, call->db, redis_entry_key(entry));
        return NULL;
    }
    redis_access(call, entry);
    return entry;
}

bool redis_value_for_read(struct redis_call *call, struct slice key, enum redis_type type,
                          const struct redis_value **out)
{
    struct redis_entry *entry = redis_lookup(call, key);
    if (entry && entry->type != type) {
        redis_reply_wrongtype(call->reply);
        return false;
    }
    *out = entry ? entry->value.object : NULL;
    return true;
}

bool redis_value_for_write(struct redis_call *call, struct slice key, enum redis_type type,
                           struct redis_value **out)
{
    bool failed;
    struct redis_entry *entry = redis_lookup_edit(call, key, &failed);
    if (failed)
        return false;
    if (entry && entry->type != type) {
        redis_reply_wrongtype(call->reply);
        return false;
    }
    *out = entry ? entry->value.object : NULL;
    return true;
}

bool redis_check_type(struct redis_call *call, struct slice key, enum redis_type type)
{
    struct redis_entry *entry = redis_peek(call, key);
    if (!entry || entry->type == type)
        return true;
    redis_reply_wrongtype(call->reply);
    return false;
}

/* ---- changing */

bool redis_put_entry(struct redis_call *call, struct redis_entry *entry)
{
    bool replaced;
    struct slice key = redis_entry_key(entry);
    int64_t expire_ms = redis_entry_expire(entry);
    redis_access_init(call->redis, entry);
    if (!redis_db_put(call->db, entry, &replaced)) {
        redis_entry_release(call->db->heap, entry);
        redis_reply_oom(call->reply);
        return false;
    }
    if (expire_ms >= 0)
        redis_expiry_arm(call->redis, expire_ms);
    if (entry->type == REDIS_HASH)
        redis_fields_arm(call->redis, call->db, entry);
    /* Whoever waits for a stream's group must learn, too, that a string has taken its place. */
    if (entry->type != REDIS_STRING || replaced)
        redis_key_ready(call->redis, call->db, key);
    if (!replaced && call->redis->config.notify_events & REDIS_NOTIFY_NEW)
        redis_notify(call, REDIS_NOTIFY_NEW, "new", key);
    return true;
}

bool redis_put_value(struct redis_call *call, struct slice key, struct redis_value *value)
{
    struct redis_entry *entry = redis_entry_of_value(call->db->heap, key, value, -1);
    if (!entry) {
        redis_value_release(call->db->heap, value);
        redis_reply_oom(call->reply);
        return false;
    }
    return redis_put_entry(call, entry);
}

bool redis_add_value(struct redis_call *call, struct slice key, struct redis_value *value)
{
    return redis_put_value(call, key, value);
}

/* SET over a short string of the same size, which is most SETs, writes in place. */
static bool overwrite_in_place(struct redis_entry *entry, struct slice value, int64_t expire_ms)
{
    int64_t integer;
    if (entry->type != REDIS_STRING || redis_entry_expire(entry) != expire_ms)
        return false;
    bool is_int = value.len <= 20 && text_to_i64(value, &integer);
    if (entry->encoding == REDIS_STRING_INT && is_int) {
        entry->value.integer = integer;
        return true;
    }
    if (entry->encoding != REDIS_STRING_EMBSTR || is_int || entry->value.embedded_len != value.len)
        return false;
    uint8_t *to = (uint8_t *)(entry + 1) + (expire_ms >= 0 ? 8 : 0) + entry->key_len;
    if (value.len)
        memcpy(to, value.ptr, value.len);
    return true;
}

bool redis_put_string(struct redis_call *call, struct slice key, struct slice value, bool keep_ttl,
                      int64_t expire_ms)
{
    bool absent;
    struct redis_entry *old = redis_db_edit(call->db, key, &absent);
    if (!old && !absent) {
        redis_reply_oom(call->reply);
        return false;
    }
    if (old && is_expired(old, call->now_ms)) {
        redis_expire_now(call->redis, call->db, redis_entry_key(old));
        old = NULL;
    }
    if (old && keep_ttl)
        expire_ms = redis_entry_expire(old);
    if (old && overwrite_in_place(old, value, expire_ms)) {
        redis_access(call, old);
        return true;
    }
    struct redis_entry *entry = redis_entry_of_string(call->db->heap, key, value, expire_ms);
    if (!entry) {
        redis_reply_oom(call->reply);
        return false;
    }
    return redis_put_entry(call, entry);
}

/* Room for len bytes with some to spare when the string already grew once: appends stay linear. */
static struct redis_raw *raw_resize(struct heap *heap, struct redis_raw *raw, size_t len)
{
    if (len > raw->room) {
        size_t room = len < (1u << 20) ? len * 2 : len + (1u << 20);
        struct redis_raw *grown =
            heap_realloc(heap, raw, sizeof(*raw) + raw->room, sizeof(*raw) + room);
        if (!grown)
            return NULL;
        raw = grown;
        raw->room = room;
    }
    if (len > raw->len)
        memset(raw->bytes + raw->len, 0, len - raw->len);
    raw->len = len;
    return raw;
}

static struct redis_raw *raw_of_bytes(struct heap *heap, struct slice from, size_t len)
{
    struct redis_raw *raw = redis_raw_create(heap, len, len);
    if (!raw)
        return NULL;
    size_t kept = from.len < len ? from.len : len;
    if (kept)
        memcpy(raw->bytes, from.ptr, kept);
    memset(raw->bytes + kept, 0, len - kept);
    return raw;
}

struct redis_raw *redis_edit_string(struct redis_call *call, struct slice key, size_t len)
{
    bool failed;
    struct redis_entry *entry = redis_lookup_edit(call, key, &failed);
    if (failed)
        return NULL;
    struct heap *heap = call->db->heap;
    struct redis_raw *raw;
    if (entry && entry->encoding == REDIS_STRING_RAW) {
        raw = raw_resize(heap, (struct redis_raw *)entry->value.object, len);
        if (raw)
            entry->value.object = &raw->base;
        else
            redis_reply_oom(call->reply);
        return raw;
    }
    char scratch[TEXT_INT_MAX];
    struct slice old = entry ? redis_entry_string(entry, scratch) : slice_of("", 0);
    raw = raw_of_bytes(heap, old, len);
    if (!raw) {
        redis_reply_oom(call->reply);
        return NULL;
    }
    int64_t expire_ms = entry ? redis_entry_expire(entry) : -1;
    struct redis_entry *changed = redis_entry_of_value(heap, key, &raw->base, expire_ms);
    if (!changed) {
        redis_value_release(heap, &raw->base);
        redis_reply_oom(call->reply);
        return NULL;
    }
    return redis_put_entry(call, changed) ? raw : NULL;
}

bool redis_delete(struct redis_call *call, struct slice key, bool lazily)
{
    bool absent;
    if (!redis_peek(call, key))
        return false;
    struct redis_entry *entry = redis_db_take(call->db, key, &absent);
    if (!entry)
        return false;
    redis_key_ready(call->redis, call->db, key);
    if (lazily)
        redis_lazy_entry(call->redis, entry);
    else
        redis_entry_release(call->db->heap, entry);
    return true;
}

void redis_delete_unused(struct redis_call *call, struct slice key)
{
    const struct redis_entry *entry = redis_db_find(call->db, key);
    if (entry && entry->type != REDIS_STRING &&
        redis_types[entry->type]->length(entry->value.object) == 0)
        redis_delete(call, key, false);
}

void redis_delete_emptied(struct redis_call *call, struct slice key)
{
    redis_delete(call, key, false);
    redis_notify(call, REDIS_NOTIFY_GENERIC, "del", key);
}

bool redis_set_expire(struct redis_call *call, struct slice key, int64_t at_ms)
{
    if (!redis_db_expire(call->db, key, at_ms)) {
        redis_reply_oom(call->reply);
        return false;
    }
    if (at_ms >= 0)
        redis_expiry_arm(call->redis, at_ms);
    return true;
}

/* ---- telling */

void redis_touched(struct redis_call *call, struct slice key)
{
    struct redis *redis = call->redis;
    redis->stats.dirty++;
    if (redis->watching_count)
        redis_watch_touch(redis, call->db, key);
    redis_tracking_changed(redis, call->session, key);
}

void redis_notify(struct redis_call *call, unsigned class, const char *event, struct slice key)
{
    if (__builtin_expect(call->redis->config.notify_events & class, 0))
        redis_notify_event(call->redis, call->db->id, class, event, key);
}

void redis_changed(struct redis_call *call, struct slice key, unsigned class, const char *event)
{
    redis_touched(call, key);
    if (class)
        redis_notify(call, class, event, key);
}
