/* Time to live of keys. Source: the Redis command reference, group "generic". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/instance.h"
#include "emulators/redis/keyspace.h"

enum { EXPIRE_NX = 1, EXPIRE_XX = 2, EXPIRE_GT = 4, EXPIRE_LT = 8 };

static bool parse_conditions(struct redis_call *call, uint32_t at, unsigned *out)
{
    static const struct {
        const char *name;
        unsigned flag;
    } words[] = {
        {"NX", EXPIRE_NX},
        {"XX", EXPIRE_XX},
        {"GT", EXPIRE_GT},
        {"LT", EXPIRE_LT}
    };
    *out = 0;
    for (uint32_t i = at; i < call->argc; i++) {
        size_t w = 0;
        while (w < 4 && !slice_is(call->argv[i], words[w].name))
            w++;
        if (w == 4) {
            redis_reply_errorf(call->reply, "ERR Unsupported option %s",
                               redis_printable(call->arena, call->argv[i], 128));
            return false;
        }
        *out |= words[w].flag;
    }
    const char *error = NULL;
    if (*out & EXPIRE_NX && *out & ~(unsigned)EXPIRE_NX)
        error = "ERR NX and XX, GT or LT options at the same time are not compatible";
    else if (*out & EXPIRE_GT && *out & EXPIRE_LT)
        error = "ERR GT and LT options at the same time are not compatible";
    if (error)
        redis_reply_error(call->reply, error);
    return !error;
}

/* A key without expiry counts as one that lives for ever. */
static bool condition_holds(unsigned conditions, int64_t current_ms, int64_t at_ms)
{
    if (conditions & EXPIRE_NX && current_ms >= 0)
        return false;
    if (conditions & EXPIRE_XX && current_ms < 0)
        return false;
    if (conditions & EXPIRE_GT && (current_ms < 0 || at_ms <= current_ms))
        return false;
    return !(conditions & EXPIRE_LT) || current_ms < 0 || at_ms < current_ms;
}

/* argv[2] in seconds or milliseconds, relative or absolute, to absolute milliseconds. */
static bool parse_time(struct redis_call *call, bool seconds, bool absolute, int64_t *out_ms)
{
    int64_t value;
    if (!redis_arg_int(call, 2, &value))
        return false;
    bool ok = !seconds || (value <= INT64_MAX / 1000 && value >= INT64_MIN / 1000);
    if (ok && seconds)
        value *= 1000;
    if (ok && !absolute)
        ok = !__builtin_add_overflow(value, call->now_ms, &value);
    if (!ok) {
        redis_reply_errorf(call->reply, "ERR invalid expire time in '%s' command",
                           call->info->full_name);
        return false;
    }
    *out_ms = value;
    return true;
}

static void expire_generic(struct redis_call *call, bool seconds, bool absolute)
{
    struct slice key = call->argv[1];
    unsigned conditions;
    int64_t at_ms;
    if (!parse_conditions(call, 3, &conditions) || !parse_time(call, seconds, absolute, &at_ms))
        return;
    struct redis_entry *entry = redis_peek(call, key);
    if (!entry || !condition_holds(conditions, redis_entry_expire(entry), at_ms)) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (at_ms <= call->now_ms) {
        redis_delete(call, key, call->redis->config.lazyfree_lazy_expire);
        redis_changed(call, key, REDIS_NOTIFY_GENERIC, "del");
    } else {
        if (!redis_set_expire(call, key, at_ms))
            return;
        redis_changed(call, key, REDIS_NOTIFY_GENERIC, "expire");
    }
    redis_reply_int(call->reply, 1);
}

static void expire(struct redis_call *call)
{
    expire_generic(call, true, false);
}

static void pexpire(struct redis_call *call)
{
    expire_generic(call, false, false);
}

static void expireat(struct redis_call *call)
{
    expire_generic(call, true, true);
}

static void pexpireat(struct redis_call *call)
{
    expire_generic(call, false, true);
}

static void ttl_generic(struct redis_call *call, bool seconds, bool absolute)
{
    struct redis_entry *entry = redis_look(call, call->argv[1]);
    int64_t at_ms = entry ? redis_entry_expire(entry) : -1;
    if (!entry || at_ms < 0) {
        redis_reply_int(call->reply, entry ? -1 : -2);
        return;
    }
    int64_t ms = absolute ? at_ms : at_ms - call->now_ms;
    redis_reply_int(call->reply, seconds ? (ms + (absolute ? 0 : 500)) / 1000 : ms);
}

static void ttl(struct redis_call *call)
{
    ttl_generic(call, true, false);
}

static void pttl(struct redis_call *call)
{
    ttl_generic(call, false, false);
}

static void expiretime(struct redis_call *call)
{
    ttl_generic(call, true, true);
}

static void pexpiretime(struct redis_call *call)
{
    ttl_generic(call, false, true);
}

static void persist(struct redis_call *call)
{
    struct redis_entry *entry = redis_peek(call, call->argv[1]);
    if (!entry || !(entry->flags & REDIS_ENTRY_EXPIRES)) {
        redis_reply_int(call->reply, 0);
        return;
    }
    if (!redis_set_expire(call, call->argv[1], -1))
        return;
    redis_changed(call, call->argv[1], REDIS_NOTIFY_GENERIC, "persist");
    redis_reply_int(call->reply, 1);
}

const struct redis_command redis_expire_commands[] = {
    {"expire",      expire     },
    {"pexpire",     pexpire    },
    {"expireat",    expireat   },
    {"pexpireat",   pexpireat  },
    {"ttl",         ttl        },
    {"pttl",        pttl       },
    {"expiretime",  expiretime },
    {"pexpiretime", pexpiretime},
    {"persist",     persist    },
    {NULL,          NULL       },
};
