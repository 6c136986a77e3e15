/* Replication, as a server without replicas that is nobody's replica answers: ROLE, WAIT,
 * REPLICAOF NO ONE and their kin. Being a replica, or having one, is refused. Source: the Redis
 * command reference, groups "server" and "generic". */
#include "emulators/redis/arguments.h"
#include "emulators/redis/block.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/parameters.h"

static void role(struct redis_call *call)
{
    redis_reply_array(call->reply, 3);
    redis_reply_bulk_str(call->reply, "master");
    redis_reply_int(call->reply, 0);
    redis_reply_array(call->reply, 0);
}

/* ---- WAIT, WAITAOF */

static bool parse_timeout(struct redis_call *call, uint32_t at, int64_t *out_ms)
{
    if (!redis_arg_int_in(call, at, INT64_MIN, INT64_MAX,
                          "ERR timeout is not an integer or out of range", out_ms))
        return false;
    if (*out_ms >= 0 && *out_ms <= INT64_MAX / 1000 - call->now_ms)
        return true;
    redis_reply_error(call->reply,
                      *out_ms < 0 ? "ERR timeout is negative" : "ERR timeout is out of range");
    return false;
}

static void no_replicas(struct redis_call *call)
{
    redis_reply_int(call->reply, 0);
}

static void wait(struct redis_call *call)
{
    int64_t replicas, timeout_ms;
    if (!redis_arg_int(call, 1, &replicas) || !parse_timeout(call, 2, &timeout_ms))
        return;
    if (replicas <= 0)
        no_replicas(call);
    else
        redis_block_until(call, timeout_ms, no_replicas);
}

static bool has_append_log(const struct redis_call *call)
{
    char scratch[256];
    const struct redis_parameter *parameter = redis_parameter_find(slice_str("appendonly"));
    return slice_eq_str(redis_parameter_get(call->redis, parameter, scratch), "yes");
}

static void put_synced(struct redis_call *call)
{
    redis_reply_array(call->reply, 2);
    redis_reply_int(call->reply, has_append_log(call));
    redis_reply_int(call->reply, 0);
}

static void waitaof(struct redis_call *call)
{
    int64_t local, replicas, timeout_ms;
    if (!redis_arg_int(call, 1, &local) ||
        !redis_arg_int_in(call, 1, 0, 1, "ERR value is out of range, value must between 0 and 1",
                          &local) ||
        !redis_arg_int_in(call, 2, 0, INT64_MAX, "ERR value is out of range, must be positive",
                          &replicas) ||
        !parse_timeout(call, 3, &timeout_ms))
        return;
    if (local && !has_append_log(call))
        redis_reply_error(call->reply, "ERR WAITAOF cannot be used when numlocal is set but "
                                       "appendonly is disabled.");
    else if (!replicas)
        put_synced(call);
    else
        redis_block_until(call, timeout_ms, put_synced);
}

/* ---- who follows whom */

static void replicaof(struct redis_call *call)
{
    int64_t port;
    if (call->redis->config.cluster_enabled)
        redis_reply_error(call->reply, "ERR REPLICAOF not allowed in cluster mode.");
    else if (slice_is(call->argv[1], "no") && slice_is(call->argv[2], "one"))
        redis_reply_ok(call->reply);
    else if (redis_arg_int_in(call, 2, 0, UINT16_MAX, "ERR Invalid master port", &port))
        redis_reply_error(call->reply, "ERR replication is not supported by this server");
}

static void failover(struct redis_call *call)
{
    bool aborts = false, forced = false, has_target = false, has_timeout = false;
    int64_t timeout_ms;
    if (call->redis->config.cluster_enabled) {
        redis_reply_error(call->reply,
                          "ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER "
                          "command instead.");
        return;
    }
    for (uint32_t i = 1; i < call->argc; i++) {
        uint32_t left = call->argc - 1 - i;
        int64_t port;
        if (slice_is(call->argv[i], "timeout") && left >= 1 && !has_timeout) {
            if (!redis_arg_int(call, ++i, &timeout_ms))
                return;
            if (timeout_ms <= 0) {
                redis_reply_error(call->reply, "ERR FAILOVER timeout must be greater than 0");
                return;
            }
            has_timeout = true;
        } else if (slice_is(call->argv[i], "abort") && call->argc == 2) {
            aborts = true;
        } else if (slice_is(call->argv[i], "to") && left >= 2 && !has_target) {
            if (!redis_arg_int(call, i + 2, &port))
                return;
            has_target = true;
            i += 2;
        } else if (slice_is(call->argv[i], "force") && !forced) {
            forced = true;
        } else {
            redis_reply_syntax(call->reply);
            return;
        }
    }
    if (aborts)
        redis_reply_error(call->reply, "ERR No failover in progress.");
    else
        redis_reply_error(call->reply, "ERR FAILOVER requires connected replicas.");
}

static void replconf(struct redis_call *call)
{
    static const char *const options[] = {
        "listening-port", "ip-address", "capa",    "ack",
        "getack",         "rdb-only",   "version", "rdb-filter-only"};
    if (call->argc % 2 == 0) {
        redis_reply_syntax(call->reply);
        return;
    }
    for (uint32_t i = 1; i < call->argc; i += 2) {
        bool known = false;
        for (size_t o = 0; o < sizeof(options) / sizeof(options[0]); o++)
            known |= slice_is(call->argv[i], options[o]);
        if (!known) {
            redis_reply_errorf(call->reply, "ERR Unrecognized REPLCONF option: %s",
                               redis_printable(call->arena, call->argv[i], 128));
            return;
        }
    }
    redis_reply_ok(call->reply);
}

static void sync_(struct redis_call *call)
{
    redis_reply_error(call->reply, "ERR replication is not supported by this server");
}

const struct redis_command redis_replication_commands[] = {
    {"role",      role     },
    {"wait",      wait     },
    {"waitaof",   waitaof  },
    {"replicaof", replicaof},
    {"slaveof",   replicaof},
    {"failover",  failover },
    {"replconf",  replconf },
    {"psync",     sync_    },
    {"sync",      sync_    },
    {NULL,        NULL     },
};
