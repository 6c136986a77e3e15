#include "emulators/redis/state_dump.h"

#include <stdio.h>
#include <stdlib.h>

#include "emulators/redis/acl.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/function.h"
#include "emulators/redis/info.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/script_run.h"
#include "emulators/redis/state_dump_key.h"

/* ---- keys */

static int compare_entries(const void *a, const void *b)
{
    const struct redis_entry *const *left = a, *const *right = b;
    return slice_compare(redis_entry_key(*left), redis_entry_key(*right));
}

/* In the order of their names; NULL: out of memory. */
static const struct redis_entry **sorted_entries(const struct redis_db *db, struct arena *arena)
{
    uint64_t count = redis_db_size(db);
    const struct redis_entry **entries = arena_array(arena, count, sizeof(struct redis_entry *));
    struct trie_iter iter;
    trie_iter_init(&iter, &db->data.keys);
    for (uint64_t i = 0; entries && i < count; i++)
        entries[i] = trie_iter_next(&iter);
    if (entries)
        qsort(entries, count, sizeof(struct redis_entry *), compare_entries);
    return entries;
}

static void dump_db(struct redis_dump *dump, const struct redis_db *db, int64_t now_ms)
{
    struct arena arena;
    char number[16];
    arena_init(&arena);
    const struct redis_entry **entries = sorted_entries(db, &arena);
    if (!entries)
        dump->out->out->failed = true;
    snprintf(number, sizeof(number), "%d", db->id);
    json_key_str(dump->out, number);
    json_object(dump->out);
    for (uint64_t i = 0; entries && i < redis_db_size(db); i++) {
        int64_t expire_ms = redis_entry_expire(entries[i]);
        if (expire_ms < 0 || expire_ms > now_ms)
            redis_dump_key(dump, entries[i]);
    }
    json_object_end(dump->out);
    arena_done(&arena);
}

static void dump_databases(struct redis_dump *dump, const struct redis *redis)
{
    json_key_str(dump->out, "databases");
    json_object(dump->out);
    for (int i = 0; i < redis->db_count; i++)
        if (redis_db_size(&redis->dbs[i]))
            dump_db(dump, &redis->dbs[i], redis_now_ms(redis));
    json_object_end(dump->out);
}

/* ---- users */

static void dump_users(struct redis_dump *dump, const struct redis *redis)
{
    uint64_t count = redis_acl_user_count(redis);
    const struct redis_user **users = redis_acl_users(redis, &dump->arena);
    json_key_str(dump->out, "users");
    json_object(dump->out);
    for (uint64_t i = 0; users && i < count; i++) {
        json_key(dump->out, users[i]->name);
        json_string(dump->out, redis_user_describe(users[i], &dump->arena));
    }
    json_object_end(dump->out);
    if (!users)
        dump->out->out->failed = true;
    arena_reset(&dump->arena);
}

/* ---- code, in the order of the text */

static struct slice library_code(const void *item)
{
    return ((const struct redis_library *)item)->code;
}

static struct slice script_body(const void *item)
{
    const struct redis_script *script = item;
    return slice_of(script->body, script->body_len);
}

/* Source that is not text is shown as JSON shows it. */
static void dump_code(struct redis_dump *dump, const char *name, const struct trie *trie,
                      struct slice (*code)(const void *item))
{
    struct trie_iter iter;
    struct slice *texts = arena_array(&dump->arena, trie->count, sizeof(*texts));
    if (!texts)
        dump->out->out->failed = true;
    if (!trie->count || !texts)
        return;
    trie_iter_init(&iter, trie);
    for (uint64_t i = 0; i < trie->count; i++)
        texts[i] = code(trie_iter_next(&iter));
    redis_sort_slices(texts, trie->count);
    json_key_str(dump->out, name);
    json_array(dump->out);
    for (uint64_t i = 0; i < trie->count; i++)
        json_string(dump->out, texts[i]);
    json_array_end(dump->out);
    arena_reset(&dump->arena);
}

void redis_dump(struct emulator *emulator, struct json_writer *out)
{
    struct redis *redis = redis_of(emulator);
    struct redis_dump dump = {.out = out};
    arena_init(&dump.arena);
    json_object(out);
    dump_databases(&dump, redis);
    dump_code(&dump, "functions", &redis_functions_data(redis)->libraries, library_code);
    dump_code(&dump, "scripts", &redis->scripts->cache, script_body);
    dump_users(&dump, redis);
    json_object_end(out);
    arena_done(&dump.arena);
}

/* ---- counters */

static void put_counter(struct json_writer *out, const char *name, uint64_t value)
{
    json_key_str(out, name);
    json_uint(out, value);
}

void redis_statistics(struct emulator *emulator, struct json_writer *out)
{
    const struct redis *redis = redis_of(emulator);
    const struct redis_stats *stats = &redis->stats;
    uint64_t keys = 0, expiring = 0;
    for (int i = 0; i < redis->db_count; i++) {
        keys += redis_db_size(&redis->dbs[i]);
        expiring += redis_db_expires(&redis->dbs[i]);
    }
    put_counter(out, "keys", keys);
    put_counter(out, "expiring_keys", expiring);
    put_counter(out, "memory_bytes", redis_used_memory(redis));
    put_counter(out, "clients", redis->session_count);
    put_counter(out, "blocked_clients", redis->blocked_count);
    put_counter(out, "connections", stats->connections);
    put_counter(out, "rejected_connections", stats->connections_rejected);
    put_counter(out, "commands", stats->commands);
    put_counter(out, "error_replies", stats->error_replies);
    put_counter(out, "input_bytes", stats->net_in);
    put_counter(out, "output_bytes", redis_net_output(redis));
    put_counter(out, "keyspace_hits", stats->keyspace_hits);
    put_counter(out, "keyspace_misses", stats->keyspace_misses);
    put_counter(out, "expired_keys", stats->expired);
    put_counter(out, "evicted_keys", stats->evicted_keys);
}
