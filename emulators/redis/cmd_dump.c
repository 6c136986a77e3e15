/* DUMP and RESTORE. Source: the Redis command reference, group "generic". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/dump.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/keyspace.h"

static void dump(struct redis_call *call)
{
    struct redis_entry *entry = redis_peek(call, call->argv[1]);
    struct outq payload = {0};
    if (!entry) {
        redis_reply_null(call->reply);
        return;
    }
    redis_dump_value(&payload, entry);
    redis_reply_bulk(call->reply, outq_flatten(&payload));
    outq_done(&payload);
}

struct restore_options {
    bool replace, absolute;
    int64_t ttl_ms;
    int64_t idle_s, frequency; /* -1: not given */
};

static bool parse_option_number(struct redis_call *call, uint32_t at, int64_t max,
                                const char *error, int64_t *out)
{
    if (!redis_arg_int(call, at, out))
        return false;
    if (*out >= 0 && *out <= max)
        return true;
    redis_reply_error(call->reply, error);
    return false;
}

static bool parse_restore(struct redis_call *call, struct restore_options *out)
{
    *out = (struct restore_options){.idle_s = -1, .frequency = -1};
    for (uint32_t i = 4; i < call->argc; i++) {
        bool more = i + 1 < call->argc;
        if (slice_is(call->argv[i], "REPLACE")) {
            out->replace = true;
        } else if (slice_is(call->argv[i], "ABSTTL")) {
            out->absolute = true;
        } else if (slice_is(call->argv[i], "IDLETIME") && more && out->frequency == -1) {
            if (!parse_option_number(call, ++i, INT64_MAX,
                                     "ERR Invalid IDLETIME value, must be >= 0", &out->idle_s))
                return false;
        } else if (slice_is(call->argv[i], "FREQ") && more && out->idle_s == -1) {
            if (!parse_option_number(call, ++i, 255,
                                     "ERR Invalid FREQ value, must be >= 0 and <= 255",
                                     &out->frequency))
                return false;
        } else {
            redis_reply_syntax(call->reply);
            return false;
        }
    }
    return true;
}

static bool check_target(struct redis_call *call, const struct restore_options *options)
{
    if (options->replace || !redis_peek(call, call->argv[1]))
        return true;
    redis_reply_error(call->reply, "BUSYKEY Target key name already exists.");
    return false;
}

static bool parse_ttl(struct redis_call *call, struct restore_options *options)
{
    if (!redis_arg_int(call, 2, &options->ttl_ms))
        return false;
    if (options->ttl_ms >= 0)
        return true;
    redis_reply_error(call->reply, "ERR Invalid TTL value, must be >= 0");
    return false;
}

static struct redis_entry *read_payload(struct redis_call *call, int64_t expire_ms)
{
    struct rdb_reader reader;
    if (!rdb_open(&reader, call->argv[3], call->arena)) {
        redis_reply_error(call->reply, "ERR DUMP payload version or checksum are wrong");
        return NULL;
    }
    struct redis_entry *entry = redis_restore_value(call->redis, &reader, call->argv[1], expire_ms);
    if (!entry)
        redis_reply_error(call->reply, "ERR Bad data format");
    return entry;
}

static void set_access(struct redis_call *call, struct redis_entry *entry,
                       const struct restore_options *options)
{
    redis_access_init(call->redis, entry);
    if (options->idle_s >= 0)
        entry->access = (uint32_t)(call->now_ms / 1000 - options->idle_s);
    if (options->frequency >= 0)
        entry->frequency = (uint8_t)options->frequency;
}

static void restore(struct redis_call *call)
{
    struct slice key = call->argv[1];
    struct restore_options options;
    if (!parse_restore(call, &options) || !check_target(call, &options) ||
        !parse_ttl(call, &options))
        return;
    int64_t expire_ms = options.ttl_ms == 0 ? -1
                        : options.absolute  ? options.ttl_ms
                                            : options.ttl_ms + call->now_ms;
    struct redis_entry *entry = read_payload(call, expire_ms);
    if (!entry)
        return;
    bool deleted = options.replace && redis_delete(call, key, false);
    if (options.ttl_ms && options.absolute && expire_ms <= call->now_ms) {
        redis_entry_release(call->db->heap, entry);
        if (deleted)
            redis_changed(call, key, REDIS_NOTIFY_GENERIC, "del");
        redis_reply_ok(call->reply);
        return;
    }
    set_access(call, entry, &options);
    if (!redis_put_entry(call, entry))
        return;
    redis_changed(call, key, REDIS_NOTIFY_GENERIC, "restore");
    redis_reply_ok(call->reply);
}

const struct redis_command redis_dump_commands[] = {
    {"dump",           dump   },
    {"restore",        restore},
    {"restore-asking", restore},
    {NULL,             NULL   },
};
