/* OBJECT: how a key's value is kept, and when it was used. Source: the Redis command reference,
 * group "generic". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/keyspace.h"

/* redis-server keeps one object for each of these numbers and says that it is never freed. */
#define SHARED_INTEGERS 10000

/* The key's entry, without counting as an access; NULL with "no value" replied. */
static struct redis_entry *entry_of(struct redis_call *call)
{
    struct redis_entry *entry = redis_peek(call, call->argv[2]);
    if (!entry)
        redis_reply_null(call->reply);
    return entry;
}

static bool uses_lfu(const struct redis_call *call)
{
    int policy = call->redis->config.maxmemory_policy;
    return policy == REDIS_EVICT_ALLKEYS_LFU || policy == REDIS_EVICT_VOLATILE_LFU;
}

static bool uses_lru(const struct redis_call *call)
{
    int policy = call->redis->config.maxmemory_policy;
    return policy == REDIS_EVICT_ALLKEYS_LRU || policy == REDIS_EVICT_VOLATILE_LRU;
}

static void object_encoding(struct redis_call *call)
{
    struct redis_entry *entry = entry_of(call);
    if (entry)
        redis_reply_bulk_str(call->reply, redis_entry_encoding(entry));
}

/* Numbers are not shared where each key needs its own access time. */
static void object_refcount(struct redis_call *call)
{
    struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    bool own = call->redis->config.maxmemory && (uses_lru(call) || uses_lfu(call));
    bool shared = entry->type == REDIS_STRING && entry->encoding == REDIS_STRING_INT && !own &&
                  entry->value.integer >= 0 && entry->value.integer < SHARED_INTEGERS;
    redis_reply_int(call->reply, shared ? INT32_MAX : 1);
}

#define POLICY_ADVICE                                                                          \
    " Please note that when switching between policies at runtime LRU and LFU data will take " \
    "some time to adjust."

static void object_idletime(struct redis_call *call)
{
    struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    if (uses_lfu(call))
        redis_reply_error(call->reply, "ERR An LFU maxmemory policy is selected, idle time not "
                                       "tracked." POLICY_ADVICE);
    else
        redis_reply_int(call->reply, redis_idle_seconds(call->redis, entry));
}

static void object_freq(struct redis_call *call)
{
    struct redis_entry *entry = entry_of(call);
    if (!entry)
        return;
    if (uses_lfu(call))
        redis_reply_int(call->reply, redis_frequency(call->redis, entry));
    else
        redis_reply_error(call->reply, "ERR An LFU maxmemory policy is not selected, access "
                                       "frequency not tracked." POLICY_ADVICE);
}

static void object_help(struct redis_call *call)
{
    static const char *const lines[] = {
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
        NULL,
    };
    redis_reply_help(call, lines);
}

const struct redis_command redis_object_commands[] = {
    {"object|encoding", object_encoding},
    {"object|refcount", object_refcount},
    {"object|idletime", object_idletime},
    {"object|freq",     object_freq    },
    {"object|help",     object_help    },
    {NULL,              NULL           },
};
