/* Hashes. Source: the Redis command reference, group "hash". The expiry of fields is in
 * cmd_hash_expire.c. */
#include "emulators/redis/cmd_hash.h"

#include <math.h>

#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/hash_expire.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/scan.h"

bool redis_hash_for_read(struct redis_call *call, struct slice key, const struct redis_hash **out)
{
    const struct redis_value *value;
    redis_fields_expire(call->redis, call->db, key);
    if (!redis_value_for_read(call, key, REDIS_HASH, &value))
        return false;
    *out = (const struct redis_hash *)value;
    return true;
}

bool redis_hash_for_write(struct redis_call *call, struct slice key, struct redis_hash **out)
{
    struct redis_value *value;
    redis_fields_expire(call->redis, call->db, key);
    if (!redis_value_for_write(call, key, REDIS_HASH, &value))
        return false;
    *out = (struct redis_hash *)value;
    return true;
}

/* The hash for changing, made when the key is absent; false: WRONGTYPE or OOM replied. */
static bool hash_or_new(struct redis_call *call, struct slice key, struct redis_hash **out)
{
    if (!redis_hash_for_write(call, key, out))
        return false;
    if (*out)
        return true;
    *out = redis_hash_create(call->db->heap);
    if (!*out) {
        redis_reply_oom(call->reply);
        return false;
    }
    return redis_add_value(call, key, &(*out)->base);
}

static bool put(struct redis_call *call, struct redis_hash *hash, struct slice name,
                struct slice value, bool *added)
{
    if (redis_hash_put(call->db->heap, hash, &call->redis->config, name, value, false, added))
        return true;
    redis_reply_oom(call->reply);
    return false;
}

/* ---- writing */

static bool set_fields(struct redis_call *call, int64_t *out_added)
{
    struct redis_hash *hash;
    bool added;
    if (call->argc % 2 == 1) {
        redis_reply_arity(call);
        return false;
    }
    if (!hash_or_new(call, call->argv[1], &hash))
        return false;
    *out_added = 0;
    for (uint32_t i = 2; i < call->argc; i += 2) {
        if (!put(call, hash, call->argv[i], call->argv[i + 1], &added)) {
            redis_delete_unused(call, call->argv[1]);
            return false;
        }
        *out_added += added;
    }
    redis_changed(call, call->argv[1], REDIS_NOTIFY_HASH, "hset");
    return true;
}

static void hset(struct redis_call *call)
{
    int64_t added;
    if (set_fields(call, &added))
        redis_reply_int(call->reply, added);
}

static void hmset(struct redis_call *call)
{
    int64_t added;
    if (set_fields(call, &added))
        redis_reply_ok(call->reply);
}

static void hsetnx(struct redis_call *call)
{
    struct redis_hash *hash;
    struct redis_field field;
    bool added;
    if (!hash_or_new(call, call->argv[1], &hash))
        return;
    if (redis_hash_get(hash, call->argv[2], &field)) {
        redis_reply_int(call->reply, 0);
    } else if (put(call, hash, call->argv[2], call->argv[3], &added)) {
        redis_reply_int(call->reply, 1);
        redis_changed(call, call->argv[1], REDIS_NOTIFY_HASH, "hset");
    } else {
        redis_delete_unused(call, call->argv[1]);
    }
}

static void hdel(struct redis_call *call)
{
    struct redis_hash *hash;
    int64_t deleted = 0;
    bool removed;
    if (!redis_hash_for_write(call, call->argv[1], &hash))
        return;
    for (uint32_t i = 2; hash && i < call->argc; i++) {
        redis_hash_remove(call->db->heap, hash, call->argv[i], &removed);
        deleted += removed;
    }
    if (deleted) {
        redis_changed(call, call->argv[1], REDIS_NOTIFY_HASH, "hdel");
        if (redis_hash_length(hash) == 0)
            redis_delete_emptied(call, call->argv[1]);
    }
    redis_reply_int(call->reply, deleted);
}

/* Puts a counted-up value back; its field keeps its expiry. */
static bool put_number(struct redis_call *call, struct redis_hash *hash, struct slice text)
{
    bool added;
    if (redis_hash_put(call->db->heap, hash, &call->redis->config, call->argv[2], text, true,
                       &added))
        return true;
    redis_reply_oom(call->reply);
    return false;
}

/* A hash made for a counter that then failed must not stay behind empty. */
static void drop_if_empty(struct redis_call *call, const struct redis_hash *hash)
{
    if (redis_hash_length(hash) == 0)
        redis_delete(call, call->argv[1], false);
}

static void hincrby(struct redis_call *call)
{
    struct redis_hash *hash;
    struct redis_field field;
    int64_t by, value = 0;
    char text[TEXT_INT_MAX];
    if (!redis_arg_int(call, 3, &by) || !hash_or_new(call, call->argv[1], &hash))
        return;
    if (redis_hash_get(hash, call->argv[2], &field) && !text_to_i64(field.value, &value)) {
        redis_reply_error(call->reply, "ERR hash value is not an integer");
    } else if (__builtin_add_overflow(value, by, &value)) {
        redis_reply_error(call->reply, "ERR increment or decrement would overflow");
    } else if (put_number(call, hash, slice_of(text, text_from_i64(text, value)))) {
        redis_reply_int(call->reply, value);
        redis_changed(call, call->argv[1], REDIS_NOTIFY_HASH, "hincrby");
    }
    drop_if_empty(call, hash);
}

static void hincrbyfloat(struct redis_call *call)
{
    struct redis_hash *hash;
    struct redis_field field;
    long double by, value = 0;
    char text[TEXT_DOUBLE_MAX * 16];
    if (!text_to_long_double(call->argv[3], &by) || isnan(by)) {
        redis_reply_not_float(call->reply);
        return;
    }
    if (isinf(by)) {
        redis_reply_error(call->reply, "ERR value is NaN or Infinity");
        return;
    }
    if (!hash_or_new(call, call->argv[1], &hash))
        return;
    if (redis_hash_get(hash, call->argv[2], &field) && !text_to_long_double(field.value, &value)) {
        redis_reply_error(call->reply, "ERR hash value is not a float");
    } else if (isnan(value + by) || isinf(value + by)) {
        redis_reply_error(call->reply, "ERR increment would produce NaN or Infinity");
    } else {
        struct slice result = slice_of(text, text_from_long_double(text, value + by));
        if (put_number(call, hash, result)) {
            redis_reply_bulk(call->reply, result);
            redis_changed(call, call->argv[1], REDIS_NOTIFY_HASH, "hincrbyfloat");
        }
    }
    drop_if_empty(call, hash);
}

/* ---- reading */

static void reply_value(struct redis_call *call, const struct redis_hash *hash, struct slice name)
{
    struct redis_field field;
    if (hash && redis_hash_get(hash, name, &field))
        redis_reply_bulk(call->reply, field.value);
    else
        redis_reply_null(call->reply);
}

static void hget(struct redis_call *call)
{
    const struct redis_hash *hash;
    if (redis_hash_for_read(call, call->argv[1], &hash))
        reply_value(call, hash, call->argv[2]);
}

static void hmget(struct redis_call *call)
{
    const struct redis_hash *hash;
    if (!redis_hash_for_read(call, call->argv[1], &hash))
        return;
    redis_reply_array(call->reply, call->argc - 2);
    for (uint32_t i = 2; i < call->argc; i++)
        reply_value(call, hash, call->argv[i]);
}

static void hlen(struct redis_call *call)
{
    const struct redis_hash *hash;
    if (redis_hash_for_read(call, call->argv[1], &hash))
        redis_reply_int(call->reply, hash ? (int64_t)redis_hash_length(hash) : 0);
}

static void hstrlen(struct redis_call *call)
{
    const struct redis_hash *hash;
    struct redis_field field;
    if (redis_hash_for_read(call, call->argv[1], &hash))
        redis_reply_int(call->reply, hash && redis_hash_get(hash, call->argv[2], &field)
                                         ? (int64_t)field.value.len
                                         : 0);
}

static void hexists(struct redis_call *call)
{
    const struct redis_hash *hash;
    struct redis_field field;
    if (redis_hash_for_read(call, call->argv[1], &hash))
        redis_reply_int(call->reply, hash && redis_hash_get(hash, call->argv[2], &field));
}

enum { WANT_NAMES = 1, WANT_VALUES = 2 };

static void reply_all(struct redis_call *call, int want)
{
    const struct redis_hash *hash;
    struct redis_hash_iter iter;
    struct redis_field field;
    if (!redis_hash_for_read(call, call->argv[1], &hash))
        return;
    uint64_t count = hash ? redis_hash_length(hash) : 0;
    if (want == (WANT_NAMES | WANT_VALUES))
        redis_reply_map(call->reply, count);
    else
        redis_reply_array(call->reply, count);
    if (!hash)
        return;
    redis_hash_iter_init(&iter, hash);
    while (redis_hash_iter_next(&iter, &field)) {
        if (want & WANT_NAMES)
            redis_reply_bulk(call->reply, field.name);
        if (want & WANT_VALUES)
            redis_reply_bulk(call->reply, field.value);
    }
}

static void hgetall(struct redis_call *call)
{
    reply_all(call, WANT_NAMES | WANT_VALUES);
}

static void hkeys(struct redis_call *call)
{
    reply_all(call, WANT_NAMES);
}

static void hvals(struct redis_call *call)
{
    reply_all(call, WANT_VALUES);
}

/* ---- HRANDFIELD */

static void reply_field(struct redis_call *call, const struct redis_field *field, bool with_values)
{
    if (with_values && call->reply->resp >= 3)
        redis_reply_array(call->reply, 2);
    redis_reply_bulk(call->reply, field->name);
    if (with_values)
        redis_reply_bulk(call->reply, field->value);
}

static void announce_fields(struct redis_call *call, uint64_t count, bool with_values)
{
    redis_reply_array(call->reply, with_values && call->reply->resp < 3 ? count * 2 : count);
}

/* A negative count: that many fields, each drawn anew. */
static void random_with_repeats(struct redis_call *call, const struct redis_hash *hash,
                                uint64_t count, bool with_values)
{
    struct redis_field field;
    announce_fields(call, count, with_values);
    while (count--) {
        redis_hash_random(hash, call->redis->host.random, &field);
        reply_field(call, &field, with_values);
    }
}

/* A positive count: distinct fields, by selection sampling over one walk. */
static void random_distinct(struct redis_call *call, const struct redis_hash *hash, uint64_t count,
                            bool with_values)
{
    struct redis_hash_iter iter;
    struct redis_field field;
    uint64_t left = redis_hash_length(hash);
    count = count < left ? count : left;
    announce_fields(call, count, with_values);
    redis_hash_iter_init(&iter, hash);
    for (; count && redis_hash_iter_next(&iter, &field); left--)
        if (random_below(call->redis->host.random, left) < count) {
            reply_field(call, &field, with_values);
            count--;
        }
}

static void hrandfield(struct redis_call *call)
{
    const struct redis_hash *hash;
    struct redis_field field;
    int64_t count = 0;
    bool with_values = call->argc == 4 && slice_is(call->argv[3], "WITHVALUES");
    if (call->argc >= 3 && !redis_arg_count(call, 2, &count))
        return;
    if (call->argc > 4 || (call->argc == 4 && !with_values)) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (with_values && (count < -(INT64_MAX / 2) || count > INT64_MAX / 2)) {
        redis_reply_error(call->reply, "ERR value is out of range");
        return;
    }
    if (!redis_hash_for_read(call, call->argv[1], &hash))
        return;
    if (call->argc == 2) {
        if (!hash) {
            redis_reply_null(call->reply);
        } else {
            redis_hash_random(hash, call->redis->host.random, &field);
            redis_reply_bulk(call->reply, field.name);
        }
    } else if (!hash || count == 0) {
        redis_reply_array(call->reply, 0);
    } else if (count < 0) {
        random_with_repeats(call, hash, (uint64_t)-count, with_values);
    } else {
        random_distinct(call, hash, (uint64_t)count, with_values);
    }
}

/* ---- HSCAN */

static void scan_field(void *context, const struct redis_field *field)
{
    redis_scan_pair(context, field->name, field->value);
}

static void hscan(struct redis_call *call)
{
    struct redis_scan scan;
    const struct redis_hash *hash;
    if (!redis_scan_begin(call, 2, &scan) || !redis_hash_for_read(call, call->argv[1], &hash) ||
        (hash && !redis_scan_options(call, 3, false, &scan)))
        return;
    if (hash)
        while (redis_scan_wants_more(&scan))
            redis_scan_step(&scan, redis_hash_scan(hash, scan.cursor, scan_field, &scan));
    redis_scan_end(&scan, hash == NULL);
}

const struct redis_command redis_hash_commands[] = {
    {"hset",         hset        },
    {"hmset",        hmset       },
    {"hsetnx",       hsetnx      },
    {"hdel",         hdel        },
    {"hincrby",      hincrby     },
    {"hincrbyfloat", hincrbyfloat},
    {"hget",         hget        },
    {"hmget",        hmget       },
    {"hlen",         hlen        },
    {"hstrlen",      hstrlen     },
    {"hexists",      hexists     },
    {"hgetall",      hgetall     },
    {"hkeys",        hkeys       },
    {"hvals",        hvals       },
    {"hrandfield",   hrandfield  },
    {"hscan",        hscan       },
    {NULL,           NULL        },
};
