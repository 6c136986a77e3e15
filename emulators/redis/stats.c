#include "emulators/redis/stats.h"

#include <stdlib.h>

#include "common/hash.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/info.h"
#include "emulators/redis/latency.h"

/* Scripts can make up codes: beyond so many kinds they are counted in the total alone. */
#define ERROR_KINDS_MAX 1000

struct error_count {
    uint32_t refs;
    uint32_t len;
    uint64_t count;
    uint8_t code[24];
};

static uint64_t code_hash(const void *item)
{
    const struct error_count *count = item;
    return hash_bytes(slice_of(count->code, count->len));
}

static bool code_equal(const void *item, struct slice code)
{
    const struct error_count *count = item;
    return slice_eq(slice_of(count->code, count->len), code);
}

static void code_release(struct heap *heap, void *item)
{
    heap_free(heap, item, sizeof(struct error_count));
}

static const struct trie_type count_type = {code_hash, code_equal, code_release};

void redis_count_error(struct redis *redis, const char *code)
{
    struct slice name = slice_str(code);
    uint64_t hash = hash_bytes(name);
    redis->stats.error_replies++;
    struct error_count *count = trie_find(&redis->error_stats, &count_type, hash, name);
    if (count) {
        count->count++;
        return;
    }
    if (redis->error_stats.count >= ERROR_KINDS_MAX || name.len > sizeof(count->code))
        return;
    count = heap_alloc(redis->host.heap, sizeof(*count));
    if (!count)
        return;
    *count = (struct error_count){.refs = 1, .len = (uint32_t)name.len, .count = 1};
    memcpy(count->code, name.ptr, name.len);
    if (!trie_insert(&redis->error_stats, &count_type, redis->host.heap, hash, count))
        code_release(redis->host.heap, count);
}

static int by_code(const void *a, const void *b)
{
    const struct error_count *x = *(const struct error_count *const *)a;
    const struct error_count *y = *(const struct error_count *const *)b;
    return slice_compare(slice_of(x->code, x->len), slice_of(y->code, y->len));
}

void redis_each_error_count(struct redis *redis,
                            void (*visit)(void *ctx, struct slice code, uint64_t count), void *ctx)
{
    const struct error_count *counts[ERROR_KINDS_MAX];
    struct trie_iter iter;
    size_t total = 0;
    trie_iter_init(&iter, &redis->error_stats);
    while (total < ERROR_KINDS_MAX && (counts[total] = trie_iter_next(&iter)))
        total++;
    qsort(counts, total, sizeof(counts[0]), by_code);
    for (size_t i = 0; i < total; i++)
        visit(ctx, slice_of(counts[i]->code, counts[i]->len), counts[i]->count);
}

void redis_stats_done(struct redis *redis)
{
    trie_clear(&redis->error_stats, &count_type, redis->host.heap);
}

void redis_stats_reset(struct redis *redis)
{
    redis->stats.net_out -= redis_net_output(redis);
    redis->stats = (struct redis_stats){.net_out = redis->stats.net_out,
                                        .dirty = redis->stats.dirty,
                                        .reset_ms = redis_now_ms(redis)};
    memset(redis->command_stats, 0, redis_command_count() * sizeof(*redis->command_stats));
    redis->lazy.freed = 0;
    redis_stats_done(redis);
    redis_latency_reset_histograms(redis);
}
