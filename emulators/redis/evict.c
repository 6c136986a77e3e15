#include "emulators/redis/evict.h"

#include "emulators/redis/keyspace.h"
#include "emulators/redis/notify.h"
#include "emulators/redis/session.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/watch.h"

/* The LFU counter of a new key: high enough to survive until it is used again. */
#define LFU_INITIAL 5
/* Elements by which an evicted value's size is estimated. */
#define EVICT_SAMPLES 5

static bool uses_lfu(const struct redis *redis)
{
    int policy = redis->config.maxmemory_policy;
    return policy == REDIS_EVICT_ALLKEYS_LFU || policy == REDIS_EVICT_VOLATILE_LFU;
}

static uint32_t minutes_now(const struct redis *redis)
{
    return (uint32_t)(redis_now_ms(redis) / 60000);
}

uint8_t redis_frequency(const struct redis *redis, const struct redis_entry *entry)
{
    int64_t decay = redis->config.lfu_decay_time;
    uint32_t periods = decay ? (minutes_now(redis) - entry->access) / (uint32_t)decay : 0;
    return periods >= entry->frequency ? 0 : (uint8_t)(entry->frequency - periods);
}

/* Logarithmic: the higher the counter, the less likely a use raises it. */
static uint8_t count_use(struct redis *redis, uint8_t counter)
{
    if (counter == 255)
        return 255;
    double above = counter > LFU_INITIAL ? counter - LFU_INITIAL : 0;
    double chance = 1.0 / (above * (double)redis->config.lfu_log_factor + 1);
    return random_double(redis->host.random) < chance ? (uint8_t)(counter + 1) : counter;
}

void redis_access(struct redis_call *call, struct redis_entry *entry)
{
    struct redis *redis = call->redis;
    if (call->session->flags & REDIS_SESSION_NO_TOUCH &&
        !(call->info && strcmp(call->info->name, "touch") == 0))
        return;
    if (__builtin_expect(uses_lfu(redis), 0)) {
        entry->frequency = count_use(redis, redis_frequency(redis, entry));
        entry->access = minutes_now(redis);
    } else {
        entry->access = (uint32_t)(call->now_ms / 1000);
    }
}

void redis_access_init(struct redis *redis, struct redis_entry *entry)
{
    if (entry->access)
        return; /* a copy keeps what it has */
    entry->frequency = LFU_INITIAL;
    entry->access = uses_lfu(redis) ? minutes_now(redis) : (uint32_t)(redis_now_ms(redis) / 1000);
}

int64_t redis_idle_seconds(const struct redis *redis, const struct redis_entry *entry)
{
    int64_t idle = redis_now_ms(redis) / 1000 - entry->access;
    return idle < 0 ? 0 : idle;
}

/* ---- choosing */

struct candidate {
    struct redis_db *db;
    struct redis_entry *entry;
    double score; /* the highest goes */
};

/* A random key that expires: through the expiry index, which has no dice of its own. */
static struct redis_entry *random_volatile(struct redis *redis, struct redis_db *db)
{
    uint64_t count = db->data.expires.count;
    if (!count)
        return NULL;
    const struct redis_expiry *expiry =
        btree_at(&db->data.expires, &redis_expiry_type, random_below(redis->host.random, count));
    return trie_find_hash(&db->data.keys, &redis_entry_trie_type, expiry->hash, 0);
}

static double score_of(const struct redis *redis, const struct redis_entry *entry)
{
    switch (redis->config.maxmemory_policy) {
    case REDIS_EVICT_ALLKEYS_LRU:
    case REDIS_EVICT_VOLATILE_LRU: return (double)redis_idle_seconds(redis, entry);
    case REDIS_EVICT_ALLKEYS_LFU:
    case REDIS_EVICT_VOLATILE_LFU: return 255 - redis_frequency(redis, entry);
    case REDIS_EVICT_VOLATILE_TTL: return -(double)redis_entry_expire(entry);
    default: return random_double(redis->host.random);
    }
}

static bool volatile_only(const struct redis *redis)
{
    int policy = redis->config.maxmemory_policy;
    return policy <= REDIS_EVICT_VOLATILE_TTL;
}

static bool choose(struct redis *redis, struct candidate *best)
{
    *best = (struct candidate){0};
    for (int i = 0; i < redis->db_count; i++) {
        struct redis_db *db = &redis->dbs[i];
        for (int64_t s = 0; s < redis->config.maxmemory_samples; s++) {
            struct redis_entry *entry =
                volatile_only(redis) ? random_volatile(redis, db)
                                     : trie_random(&db->data.keys, random_u64(redis->host.random));
            if (!entry || (volatile_only(redis) && !(entry->flags & REDIS_ENTRY_EXPIRES)))
                break;
            double score = score_of(redis, entry);
            if (!best->entry || score > best->score)
                *best = (struct candidate){db, entry, score};
        }
    }
    return best->entry != NULL;
}

/* ---- evicting */

static size_t difference(size_t a, size_t b)
{
    return a > b ? a - b : 0;
}

size_t redis_used_memory(const struct redis *redis)
{
    return heap_used(redis->host.heap) + redis->transport_memory;
}

size_t redis_peak_memory(struct redis *redis)
{
    size_t used = redis_used_memory(redis), peak = heap_peak(redis->host.heap);
    peak = used > peak ? used : peak;
    redis->used_peak = peak > redis->used_peak ? peak : redis->used_peak;
    return redis->used_peak;
}

void redis_evicted_forget(struct redis *redis)
{
    redis->evicted_shared = 0;
}

/* Bytes above maxmemory. */
static size_t excess(const struct redis *redis)
{
    size_t counted = difference(redis_used_memory(redis), redis->evicted_shared);
    return difference(counted, redis->config.maxmemory);
}

static void release(struct redis *redis, struct redis_entry *entry)
{
    if (redis->config.lazyfree_lazy_eviction)
        redis_lazy_entry(redis, entry);
    else
        redis_entry_release(redis->host.heap, entry);
}

/* Adds what counts as freed; what others are told about it takes memory, but has no part in it: the
 * eviction would chase its own messages. False: there is no memory to take a key out of data that a
 * checkpoint shares. */
static bool evict_one(struct redis *redis, const struct candidate *victim, size_t *freed)
{
    bool absent, shared = redis->checkpoint_count || redis->forked;
    struct redis_db *db = victim->db;
    size_t size = redis_entry_memory(victim->entry, EVICT_SAMPLES);
    size_t before = heap_used(redis->host.heap);
    struct redis_entry *entry = redis_db_take(db, redis_entry_key(victim->entry), &absent);
    if (!entry)
        return false;
    struct slice key = redis_entry_key(entry);
    redis->stats.evicted_keys++;
    if (redis->watching_count)
        redis_watch_touch(redis, db, key);
    size_t taken = difference(before, heap_used(redis->host.heap));
    redis_notify_event(redis, db->id, REDIS_NOTIFY_EVICTED, "evicted", key);
    redis_tracking_changed(redis, NULL, key);
    before = heap_used(redis->host.heap);
    release(redis, entry);
    taken += difference(before, heap_used(redis->host.heap));
    if (shared)
        redis->evicted_shared += difference(size, taken);
    *freed += shared && size > taken ? size : taken;
    return true;
}

bool redis_evict(struct redis *redis)
{
    struct candidate victim;
    size_t freed = 0;
    while (excess(redis) && redis_lazy_run(redis))
        ; /* what was given up already goes first */
    size_t wanted = excess(redis);
    while (freed < wanted) {
        if (redis->config.maxmemory_policy == REDIS_EVICT_NONE || !choose(redis, &victim))
            return false;
        if (!evict_one(redis, &victim, &freed))
            return false;
    }
    return true;
}
