/* Keys of any type: DEL, RENAME, COPY, SCAN and their kin. Source: the Redis command reference,
 * group "generic". Expiry is in cmd_expire.c, SORT in cmd_sort.c, DUMP and RESTORE in cmd_dump.c,
 * OBJECT in cmd_object.c. */
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/parameters.h"
#include "emulators/redis/persistence.h"
#include "emulators/redis/scan.h"
#include "emulators/redis/session.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/watch.h"

/* ---- DEL, UNLINK, EXISTS, TOUCH, TYPE */

static void delete_keys(struct redis_call *call, bool lazily)
{
    int64_t deleted = 0;
    for (uint32_t i = 1; i < call->argc; i++)
        if (redis_delete(call, call->argv[i], lazily)) {
            redis_changed(call, call->argv[i], REDIS_NOTIFY_GENERIC, "del");
            deleted++;
        } else if (redis_peek(call, call->argv[i])) {
            redis_reply_oom(call->reply);
            return;
        }
    redis_reply_int(call->reply, deleted);
}

static void del(struct redis_call *call)
{
    delete_keys(call, call->redis->config.lazyfree_lazy_user_del);
}

static void unlink_(struct redis_call *call)
{
    delete_keys(call, true);
}

static void touch(struct redis_call *call)
{
    int64_t found = 0;
    for (uint32_t i = 1; i < call->argc; i++)
        found += redis_lookup(call, call->argv[i]) != NULL;
    redis_reply_int(call->reply, found);
}

static void exists(struct redis_call *call)
{
    int64_t found = 0;
    for (uint32_t i = 1; i < call->argc; i++)
        found += redis_look(call, call->argv[i]) != NULL;
    redis_reply_int(call->reply, found);
}

static void type(struct redis_call *call)
{
    struct redis_entry *entry = redis_look(call, call->argv[1]);
    redis_reply_simple(call->reply, entry ? redis_types[entry->type]->name : "none");
}

/* ---- RENAME, COPY, MOVE */

/* Puts `entry`'s contents under another key of another database, with its expiry. */
static bool put_copy(struct redis_call *call, struct redis_db *db, const struct redis_entry *entry,
                     struct slice key)
{
    struct redis_call there = *call;
    there.db = db;
    struct redis_entry *copy = redis_entry_copy(db->heap, entry, key, redis_entry_expire(entry));
    if (!copy) {
        redis_reply_oom(call->reply);
        return false;
    }
    return redis_put_entry(&there, copy);
}

static void rename_key(struct redis_call *call, bool only_new)
{
    struct slice from = call->argv[1], to = call->argv[2];
    struct redis_entry *entry = redis_peek(call, from);
    bool same = slice_eq(from, to);
    if (!entry) {
        redis_reply_no_key(call->reply);
        return;
    }
    if (same || (only_new && redis_peek(call, to))) {
        if (only_new)
            redis_reply_int(call->reply, 0);
        else
            redis_reply_ok(call->reply);
        return;
    }
    bool absent;
    entry = redis_db_take(call->db, from, &absent);
    if (!entry) {
        redis_reply_oom(call->reply);
        return;
    }
    if (!put_copy(call, call->db, entry, to)) {
        /* Where it has just been taken from there is room. */
        if (!redis_db_put(call->db, entry, NULL))
            redis_entry_release(call->db->heap, entry);
        return;
    }
    redis_entry_release(call->db->heap, entry);
    redis_key_ready(call->redis, call->db, from);
    redis_changed(call, from, REDIS_NOTIFY_GENERIC, "rename_from");
    redis_changed(call, to, REDIS_NOTIFY_GENERIC, "rename_to");
    if (only_new)
        redis_reply_int(call->reply, 1);
    else
        redis_reply_ok(call->reply);
}

static void rename_(struct redis_call *call)
{
    rename_key(call, false);
}

static void renamenx(struct redis_call *call)
{
    rename_key(call, true);
}

static bool parse_db_number(struct redis_call *call, uint32_t at, const char *error, int64_t *out)
{
    if (text_to_i64(call->argv[at], out))
        return true;
    redis_reply_error(call->reply, error);
    return false;
}

static bool find_db(struct redis_call *call, int64_t id, struct redis_db **out)
{
    if (id < 0 || id >= call->redis->db_count) {
        redis_reply_error(call->reply, "ERR DB index is out of range");
        return false;
    }
    *out = &call->redis->dbs[id];
    return true;
}

static bool parse_db(struct redis_call *call, uint32_t at, struct redis_db **out)
{
    int64_t id;
    return parse_db_number(call, at, "ERR value is not an integer or out of range", &id) &&
           find_db(call, id, out);
}

static bool no_cluster(struct redis_call *call, const char *error)
{
    if (!call->redis->config.cluster_enabled)
        return true;
    redis_reply_error(call->reply, error);
    return false;
}

static void same_object(struct redis_call *call)
{
    redis_reply_error(call->reply, "ERR source and destination objects are the same");
}

static void move(struct redis_call *call)
{
    struct redis_db *to;
    struct slice key = call->argv[1];
    if (!no_cluster(call, "ERR MOVE is not allowed in cluster mode") || !parse_db(call, 2, &to))
        return;
    if (to == call->db) {
        same_object(call);
        return;
    }
    struct redis_call there = *call;
    there.db = to;
    struct redis_entry *entry = redis_peek(call, key);
    if (!entry || redis_peek(&there, key)) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (!put_copy(call, to, entry, key))
        return;
    redis_delete(call, key, false);
    redis_changed(call, key, REDIS_NOTIFY_GENERIC, "move_from");
    redis_changed(&there, key, REDIS_NOTIFY_GENERIC, "move_to");
    redis_reply_int(call->reply, 1);
}

static bool parse_copy(struct redis_call *call, struct redis_db **to, bool *replace)
{
    for (uint32_t i = 3; i < call->argc; i++) {
        if (slice_is(call->argv[i], "REPLACE")) {
            *replace = true;
        } else if (slice_is(call->argv[i], "DB") && i + 1 < call->argc) {
            if (!parse_db(call, ++i, to))
                return false;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

static void copy(struct redis_call *call)
{
    struct redis_db *to = call->db;
    struct slice source = call->argv[1], target = call->argv[2];
    bool replace = false;
    if (!parse_copy(call, &to, &replace))
        return;
    if (to != call->db && !no_cluster(call, "ERR Copying to another database is not allowed in "
                                            "cluster mode"))
        return;
    if (to == call->db && slice_eq(source, target)) {
        same_object(call);
        return;
    }
    struct redis_call there = *call;
    there.db = to;
    struct redis_entry *entry = redis_lookup(call, source);
    if (!entry || (redis_peek(&there, target) && !replace)) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (!put_copy(call, to, entry, target))
        return;
    redis_changed(&there, target, REDIS_NOTIFY_GENERIC, "copy_to");
    redis_reply_int(call->reply, 1);
}

/* ---- databases */

static void swapdb(struct redis_call *call)
{
    struct redis_db *a, *b;
    int64_t first, second;
    struct redis *redis = call->redis;
    if (!no_cluster(call, "ERR SWAPDB is not allowed in cluster mode") ||
        !parse_db_number(call, 1, "ERR invalid first DB index", &first) ||
        !parse_db_number(call, 2, "ERR invalid second DB index", &second) ||
        !find_db(call, first, &a) || !find_db(call, second, &b))
        return;
    if (a != b) {
        redis_watch_touch_all(redis, a, &a->data, &b->data);
        redis_watch_touch_all(redis, b, &b->data, &a->data);
        struct redis_data data = a->data;
        a->data = b->data;
        b->data = data;
        redis_block_scan_ready(redis, a);
        redis_block_scan_ready(redis, b);
        redis->stats.dirty++;
    }
    redis_reply_ok(call->reply);
}

static bool parse_flush(struct redis_call *call, bool *lazily)
{
    *lazily = call->redis->config.lazyfree_lazy_user_flush;
    if (call->argc == 1)
        return true;
    *lazily = slice_is(call->argv[1], "ASYNC");
    if (call->argc == 2 && (*lazily || slice_is(call->argv[1], "SYNC")))
        return true;
    redis_reply_syntax(call->reply);
    return false;
}

static void flushdb(struct redis_call *call)
{
    bool lazily;
    if (!parse_flush(call, &lazily))
        return;
    call->redis->stats.dirty += redis_db_size(call->db);
    redis_db_flush(call->redis, call->db, lazily);
    redis_tracking_flushed(call->redis);
    redis_reply_ok(call->reply);
}

static void flushall(struct redis_call *call)
{
    struct redis *redis = call->redis;
    bool lazily;
    char scratch[256];
    if (!parse_flush(call, &lazily))
        return;
    for (int i = 0; i < redis->db_count; i++) {
        redis->stats.dirty += redis_db_size(&redis->dbs[i]);
        redis_db_flush(redis, &redis->dbs[i], lazily);
    }
    redis_tracking_flushed(redis);
    redis->stats.dirty++;
    /* With save points set, redis-server saves the empty state at once. */
    if (redis_parameter_get(redis, redis_parameter_find(slice_str("save")), scratch).len)
        redis_saved(redis);
    redis_reply_ok(call->reply);
}

static void dbsize(struct redis_call *call)
{
    redis_reply_int(call->reply, (int64_t)redis_db_size(call->db));
}

/* ---- KEYS, SCAN, RANDOMKEY */

static bool is_expired(const struct redis_call *call, const struct redis_entry *entry)
{
    return entry->flags & REDIS_ENTRY_EXPIRES && redis_entry_expire(entry) <= call->now_ms;
}

static void keys(struct redis_call *call)
{
    struct trie_iter iter;
    struct redis_entry *entry;
    struct slice pattern = call->argv[1];
    bool all = slice_eq_str(pattern, "*");
    uint64_t count = 0;
    struct outq_mark mark = redis_reply_later(call->reply);
    trie_iter_init(&iter, &call->db->data.keys);
    while ((entry = trie_iter_next(&iter))) {
        struct slice key = redis_entry_key(entry);
        if (is_expired(call, entry) || !(all || text_glob(pattern, key, false)))
            continue;
        redis_reply_bulk(call->reply, key);
        count++;
    }
    redis_reply_array_at(call->reply, mark, count);
}

static void scan_key(void *context, void *item)
{
    struct redis_scan *scan = context;
    struct redis_entry *entry = item;
    if (is_expired(scan->call, entry) || (scan->type != REDIS_ANY && entry->type != scan->type))
        scan->visited++;
    else
        redis_scan_element(scan, redis_entry_key(entry));
}

static void scan(struct redis_call *call)
{
    struct redis_scan scan_;
    if (!redis_scan_begin(call, 1, &scan_) || !redis_scan_options(call, 2, true, &scan_))
        return;
    while (redis_scan_wants_more(&scan_))
        redis_scan_step(&scan_, trie_scan(&call->db->data.keys, &redis_entry_trie_type,
                                          scan_.cursor, scan_key, &scan_));
    redis_scan_end(&scan_, false);
}

/* A database of nothing but expired keys must not keep us looking for ever. */
#define RANDOM_TRIES 100

static void randomkey(struct redis_call *call)
{
    for (int i = 0; i < RANDOM_TRIES; i++) {
        struct redis_entry *entry =
            trie_random(&call->db->data.keys, random_u64(call->redis->host.random));
        if (!entry)
            break;
        if (!is_expired(call, entry)) {
            redis_reply_bulk(call->reply, redis_entry_key(entry));
            return;
        }
    }
    redis_reply_null(call->reply);
}

const struct redis_command redis_generic_commands[] = {
    {"del",       del      },
    {"unlink",    unlink_  },
    {"exists",    exists   },
    {"touch",     touch    },
    {"type",      type     },
    {"rename",    rename_  },
    {"renamenx",  renamenx },
    {"move",      move     },
    {"copy",      copy     },
    {"swapdb",    swapdb   },
    {"flushdb",   flushdb  },
    {"flushall",  flushall },
    {"dbsize",    dbsize   },
    {"keys",      keys     },
    {"scan",      scan     },
    {"randomkey", randomkey},
    {NULL,        NULL     },
};
