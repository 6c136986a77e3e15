/* MEMORY: what keys and the instance take. Source: the Redis command reference, group "server". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/function.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/script.h"

/* Elements that MEMORY USAGE looks at unless told otherwise. */
#define USAGE_SAMPLES 5

static void memory_usage(struct redis_call *call)
{
    int64_t samples = USAGE_SAMPLES;
    for (uint32_t i = 3; i < call->argc; i += 2) {
        if (!slice_is(call->argv[i], "samples") || i + 1 == call->argc) {
            redis_reply_syntax(call->reply);
            return;
        }
        if (!redis_arg_int(call, i + 1, &samples))
            return;
        if (samples < 0) {
            redis_reply_syntax(call->reply);
            return;
        }
    }
    struct redis_entry *entry = redis_peek(call, call->argv[2]);
    if (!entry)
        redis_reply_null(call->reply);
    else
        redis_reply_int(call->reply, (int64_t)redis_entry_memory(entry, (uint64_t)samples));
}

/* ---- MEMORY STATS */

static void put_int(struct redis_call *call, const char *name, uint64_t value)
{
    redis_reply_bulk_str(call->reply, name);
    redis_reply_int(call->reply, (int64_t)value);
}

static void put_double(struct redis_call *call, const char *name, double value)
{
    redis_reply_bulk_str(call->reply, name);
    redis_reply_double(call->reply, value);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? (double)part * 100 / (double)whole : 0;
}

static uint64_t difference(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* The databases that hold keys; returns how many pairs were put, and the keys of all. */
static uint64_t put_databases(struct redis_call *call, uint64_t *out_keys)
{
    uint64_t pairs = 0;
    *out_keys = 0;
    for (int i = 0; i < call->redis->db_count; i++) {
        const struct redis_db *db = &call->redis->dbs[i];
        if (!redis_db_size(db))
            continue;
        *out_keys += redis_db_size(db);
        redis_reply_bulk_printf(call->reply, "db.%d", i);
        redis_reply_map(call->reply, 3);
        put_int(call, "overhead.hashtable.main", redis_db_size(db) * sizeof(void *));
        put_int(call, "overhead.hashtable.expires",
                redis_db_expires(db) * sizeof(struct redis_expiry));
        put_int(call, "overhead.hashtable.slot-to-keys", 0);
        pairs++;
    }
    return pairs;
}

static uint64_t put_dataset(struct redis_call *call, uint64_t keys)
{
    struct redis *redis = call->redis;
    uint64_t used = redis_used_memory(redis);
    uint64_t dataset = difference(used, redis->startup_memory);
    put_int(call, "overhead.total", redis->startup_memory);
    put_int(call, "keys.count", keys);
    put_int(call, "keys.bytes-per-key", keys ? dataset / keys : 0);
    put_int(call, "dataset.bytes", dataset);
    put_double(call, "dataset.percentage", dataset ? 100 : 0);
    put_double(call, "peak.percentage", percent(used, redis_peak_memory(redis)));
    return 6;
}

static uint64_t put_allocator(struct redis_call *call)
{
    const struct redis *redis = call->redis;
    uint64_t used = redis_used_memory(redis);
    uint64_t reserved = heap_reserved(redis->host.heap) + redis->transport_memory;
    double ratio = used ? (double)reserved / (double)used : 0;
    put_int(call, "allocator.allocated", used);
    put_int(call, "allocator.active", reserved);
    put_int(call, "allocator.resident", reserved);
    put_double(call, "allocator-fragmentation.ratio", ratio);
    put_int(call, "allocator-fragmentation.bytes", difference(reserved, used));
    put_double(call, "allocator-rss.ratio", 1);
    put_int(call, "allocator-rss.bytes", 0);
    put_double(call, "rss-overhead.ratio", 1);
    put_int(call, "rss-overhead.bytes", 0);
    put_double(call, "fragmentation", ratio);
    put_int(call, "fragmentation.bytes", difference(reserved, used));
    return 11;
}

static void memory_stats(struct redis_call *call)
{
    struct redis *redis = call->redis;
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t keys;
    put_int(call, "peak.allocated", redis_peak_memory(redis));
    put_int(call, "total.allocated", redis_used_memory(redis));
    put_int(call, "startup.allocated", redis->startup_memory);
    put_int(call, "replication.backlog", 0);
    put_int(call, "clients.slaves", 0);
    put_int(call, "clients.normal", redis_clients_memory(redis));
    put_int(call, "cluster.links", 0);
    put_int(call, "aof.buffer", 0);
    put_int(call, "lua.caches", redis_script_cache_memory(redis));
    put_int(call, "functions.caches", redis_functions_memory(redis));
    uint64_t pairs = 10 + put_databases(call, &keys);
    pairs += put_dataset(call, keys);
    pairs += put_allocator(call);
    redis_reply_map_at(call->reply, mark, pairs);
}

/* ---- the rest */

/* Below this redis-server finds nothing worth saying. */
#define DOCTOR_BYTES_MIN (5u << 20)

static void memory_doctor(struct redis_call *call)
{
    const char *report =
        redis_used_memory(call->redis) < DOCTOR_BYTES_MIN
            ? "Hi Sam, this instance is empty or is using very little memory, my issues detector "
              "can't be used in these conditions. Please, leave for your mission on Earth and fill "
              "it with some data. The new Sam and I will be back to our programming as soon as I "
              "finished rebooting.\n"
            : "Hi Sam, I can't find any memory issue in your instance. I can only account for what "
              "occurs on this base.\n";
    redis_reply_verbatim(call->reply, "txt", slice_str(report));
}

static void memory_malloc_stats(struct redis_call *call)
{
    const struct heap *heap = call->redis->host.heap;
    redis_reply_verbatim(call->reply, "txt",
                         arena_printf(call->arena, "used: %zu\npeak: %zu\nreserved: %zu\n",
                                      heap_used(heap), heap_peak(heap), heap_reserved(heap)));
}

/* Free slabs go back to the system without being asked. */
static void memory_purge(struct redis_call *call)
{
    redis_reply_ok(call->reply);
}

static void memory_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "DOCTOR",
        "    Return memory problems reports.",
        "MALLOC-STATS",
        "    Return internal statistics report from the memory allocator.",
        "PURGE",
        "    Attempt to purge dirty pages for reclamation by the allocator.",
        "STATS",
        "    Return information about the memory usage of the server.",
        "USAGE <key> [SAMPLES <count>]",
        "    Return memory in bytes used by <key> and its value. Nested values are",
        "    sampled up to <count> times (default: 5, 0 means sample all).",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_memory_commands[] = {
    {"memory|usage",        memory_usage       },
    {"memory|stats",        memory_stats       },
    {"memory|doctor",       memory_doctor      },
    {"memory|malloc-stats", memory_malloc_stats},
    {"memory|purge",        memory_purge       },
    {"memory|help",         memory_help        },
    {NULL,                  NULL               },
};
