/* Time to live of hash fields, from Redis 7.4. Source: the Redis command reference, group "hash". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/cmd_hash.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/hash_expire.h"
#include "emulators/redis/keyspace.h"

/* What is answered for each field. */
enum { NO_FIELD = -2, NO_EXPIRY = -1, NOT_SET = 0, DONE = 1, DELETED = 2 };

enum { COND_NX = 1, COND_XX = 2, COND_GT = 4, COND_LT = 8 };

struct fields {
    uint32_t first, count; /* of argv */
};

/* "FIELDS count name..." at argv[at], to the end. */
static bool parse_fields(struct redis_call *call, uint32_t at, struct fields *out)
{
    int64_t count;
    const char *error = NULL;
    if (at >= call->argc || !slice_is(call->argv[at], "FIELDS"))
        error = "ERR Mandatory argument FIELDS is missing or not at the right position";
    else if (at + 1 >= call->argc || !text_to_i64(call->argv[at + 1], &count) || count < 1)
        error = "ERR Parameter `numFields` should be greater than 0";
    else if (count != (int64_t)call->argc - at - 2)
        error = "ERR The `numfields` parameter must match the number of arguments";
    if (error) {
        redis_reply_error(call->reply, error);
        return false;
    }
    *out = (struct fields){at + 2, (uint32_t)count};
    return true;
}

static unsigned parse_condition(struct slice word)
{
    static const char *const names[] = {"NX", "XX", "GT", "LT"};
    for (unsigned i = 0; i < 4; i++)
        if (slice_is(word, names[i]))
            return 1u << i;
    return 0;
}

static bool parse_time(struct redis_call *call, bool seconds, bool absolute, int64_t *out_ms)
{
    int64_t value;
    if (!redis_arg_int(call, 2, &value))
        return false;
    if (value < 0) {
        redis_reply_error(call->reply, "ERR invalid expire time, must be >= 0");
        return false;
    }
    /* 46 bits of milliseconds are what Redis keeps for a field. */
    const int64_t max = (INT64_C(1) << 46) - 1;
    bool ok = value <= (seconds ? max / 1000 : max);
    value = ok && seconds ? value * 1000 : value;
    value = ok && !absolute ? value + call->now_ms : value;
    if (!ok || value > max) {
        redis_reply_errorf(call->reply, "ERR invalid expire time in '%s' command",
                           call->info->full_name);
        return false;
    }
    *out_ms = value;
    return true;
}

/* A field without expiry counts as one that lives for ever. */
static bool condition_holds(unsigned condition, int64_t current_ms, int64_t at_ms)
{
    switch (condition) {
    case COND_NX: return current_ms < 0;
    case COND_XX: return current_ms >= 0;
    case COND_GT: return current_ms >= 0 && at_ms > current_ms;
    case COND_LT: return current_ms < 0 || at_ms < current_ms;
    default: return true;
    }
}

static int expire_one(struct redis_call *call, struct redis_hash *hash, struct slice name,
                      unsigned condition, int64_t at_ms)
{
    struct redis_field field;
    bool removed;
    if (!hash || !redis_hash_get(hash, name, &field))
        return NO_FIELD;
    if (!condition_holds(condition, field.expire_ms, at_ms))
        return NOT_SET;
    if (at_ms <= call->now_ms)
        return redis_hash_remove(call->db->heap, hash, name, &removed) ? DELETED : NOT_SET;
    return redis_hash_expire(call->db->heap, hash, name, at_ms) ? DONE : NOT_SET;
}

static void after_expire(struct redis_call *call, struct slice key, const struct redis_hash *hash,
                         bool set, bool deleted)
{
    if (set || deleted)
        redis_touched(call, key);
    if (deleted)
        redis_notify(call, REDIS_NOTIFY_HASH, "hdel", key);
    if (set)
        redis_notify(call, REDIS_NOTIFY_HASH, "hexpire", key);
    if (set)
        redis_fields_arm(call->redis, call->db, redis_peek(call, key));
    if (hash && redis_hash_length(hash) == 0)
        redis_delete_emptied(call, key);
}

static void expire_generic(struct redis_call *call, bool seconds, bool absolute)
{
    struct slice key = call->argv[1];
    struct redis_hash *hash;
    struct fields fields;
    int64_t at_ms;
    unsigned condition = parse_condition(call->argv[3]);
    bool set = false, deleted = false;
    if (!redis_check_type(call, key, REDIS_HASH) ||
        !parse_fields(call, condition ? 4 : 3, &fields) ||
        !parse_time(call, seconds, absolute, &at_ms) || !redis_hash_for_write(call, key, &hash))
        return;
    redis_reply_array(call->reply, fields.count);
    for (uint32_t i = 0; i < fields.count; i++) {
        int result = expire_one(call, hash, call->argv[fields.first + i], condition, at_ms);
        set |= result == DONE;
        deleted |= result == DELETED;
        redis_reply_int(call->reply, result);
    }
    after_expire(call, key, hash, set, deleted);
}

static void hexpire(struct redis_call *call)
{
    expire_generic(call, true, false);
}

static void hpexpire(struct redis_call *call)
{
    expire_generic(call, false, false);
}

static void hexpireat(struct redis_call *call)
{
    expire_generic(call, true, true);
}

static void hpexpireat(struct redis_call *call)
{
    expire_generic(call, false, true);
}

static void ttl_generic(struct redis_call *call, bool seconds, bool absolute)
{
    const struct redis_hash *hash;
    struct redis_field field;
    struct fields fields;
    if (!redis_check_type(call, call->argv[1], REDIS_HASH) || !parse_fields(call, 2, &fields) ||
        !redis_hash_for_read(call, call->argv[1], &hash))
        return;
    redis_reply_array(call->reply, fields.count);
    for (uint32_t i = 0; i < fields.count; i++) {
        if (!hash || !redis_hash_get(hash, call->argv[fields.first + i], &field)) {
            redis_reply_int(call->reply, NO_FIELD);
        } else if (field.expire_ms < 0) {
            redis_reply_int(call->reply, NO_EXPIRY);
        } else {
            int64_t ms = absolute ? field.expire_ms : field.expire_ms - call->now_ms;
            redis_reply_int(call->reply, seconds ? (ms + 999) / 1000 : ms);
        }
    }
}

static void httl(struct redis_call *call)
{
    ttl_generic(call, true, false);
}

static void hpttl(struct redis_call *call)
{
    ttl_generic(call, false, false);
}

static void hexpiretime(struct redis_call *call)
{
    ttl_generic(call, true, true);
}

static void hpexpiretime(struct redis_call *call)
{
    ttl_generic(call, false, true);
}

static void hpersist(struct redis_call *call)
{
    struct slice key = call->argv[1];
    struct redis_hash *hash;
    struct redis_field field;
    struct fields fields;
    bool changed = false;
    if (!redis_check_type(call, key, REDIS_HASH) || !parse_fields(call, 2, &fields) ||
        !redis_hash_for_write(call, key, &hash))
        return;
    redis_reply_array(call->reply, fields.count);
    for (uint32_t i = 0; i < fields.count; i++) {
        struct slice name = call->argv[fields.first + i];
        int result = NO_FIELD;
        if (hash && redis_hash_get(hash, name, &field))
            result = field.expire_ms < 0                                 ? NO_EXPIRY
                     : redis_hash_expire(call->db->heap, hash, name, -1) ? DONE
                                                                         : NO_EXPIRY;
        changed |= result == DONE;
        redis_reply_int(call->reply, result);
    }
    if (changed)
        redis_changed(call, key, REDIS_NOTIFY_HASH, "hpersist");
}

const struct redis_command redis_hash_expire_commands[] = {
    {"hexpire",      hexpire     },
    {"hpexpire",     hpexpire    },
    {"hexpireat",    hexpireat   },
    {"hpexpireat",   hpexpireat  },
    {"httl",         httl        },
    {"hpttl",        hpttl       },
    {"hexpiretime",  hexpiretime },
    {"hpexpiretime", hpexpiretime},
    {"hpersist",     hpersist    },
    {NULL,           NULL        },
};
