#include "emulators/redis/instance.h"
#include "emulators/redis/session.h"

/* An aggregate with more elements than this is freed in idle moments. */
#define LAZY_ELEMENTS_MIN 64
/* Items freed in one idle step: well below a millisecond. */
#define LAZY_STEP 1000

/* A database given up, waiting to be freed. Single values are wrapped in a database of one key. */
struct redis_garbage {
    struct redis_garbage *next;
    struct redis_data data;
    uint64_t objects;
};

static bool lazy_step(struct reactor_idle *idle)
{
    struct redis_lazy_free *lazy =
        (struct redis_lazy_free *)((char *)idle - offsetof(struct redis_lazy_free, idle));
    struct redis *redis = (struct redis *)((char *)lazy - offsetof(struct redis, lazy));
    struct redis_garbage *garbage = lazy->first;
    if (!garbage)
        return false;
    if (!redis_data_release_some(&garbage->data, redis->host.heap, LAZY_STEP)) {
        lazy->first = garbage->next;
        lazy->pending -= garbage->objects;
        lazy->freed += garbage->objects;
        heap_free(redis->host.heap, garbage, sizeof(*garbage));
    }
    return lazy->first != NULL;
}

bool redis_lazy_run(struct redis *redis)
{
    return redis->lazy.first && (lazy_step(&redis->lazy.idle), true);
}

void redis_lazy_init(struct redis *redis)
{
    redis->lazy.idle.run = lazy_step;
}

void redis_lazy_done(struct redis *redis)
{
    if (redis->host.reactor)
        reactor_idle_stop(redis->host.reactor, &redis->lazy.idle);
    while (redis->lazy.first)
        lazy_step(&redis->lazy.idle);
}

void redis_lazy_data(struct redis *redis, struct redis_data *data)
{
    struct redis_garbage *garbage =
        redis->host.reactor ? heap_alloc(redis->host.heap, sizeof(*garbage)) : NULL;
    if (!garbage) {
        redis_data_clear(data, redis->host.heap);
        return;
    }
    *garbage = (struct redis_garbage){redis->lazy.first, *data, data->keys.count};
    *data = (struct redis_data){0};
    redis->lazy.first = garbage;
    redis->lazy.pending += garbage->objects;
    reactor_idle_start(redis->host.reactor, &redis->lazy.idle);
}

static bool worth_deferring(const struct redis_entry *entry)
{
    if (entry->type == REDIS_STRING || entry->refs > 1 || entry->value.object->refs > 1)
        return false;
    return redis_types[entry->type]->length(entry->value.object) > LAZY_ELEMENTS_MIN;
}

void redis_lazy_entry(struct redis *redis, struct redis_entry *entry)
{
    struct redis_data data = {0};
    uint64_t hash = redis_entry_trie_type.hash(entry);
    if (!worth_deferring(entry) ||
        !trie_insert(&data.keys, &redis_entry_trie_type, redis->host.heap, hash, entry)) {
        redis_entry_release(redis->host.heap, entry);
        return;
    }
    redis_lazy_data(redis, &data);
}
