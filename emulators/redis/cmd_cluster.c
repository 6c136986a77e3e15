/* CLUSTER, READONLY, READWRITE, ASKING. Source: the Redis command reference, group "cluster". */
#include <stdio.h>

#include "common/text.h"
#include "emulators/redis/arguments.h"
#include "emulators/redis/cluster.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/parameters.h"

#define BUS_PORT_OFFSET 10000

static bool is_self(const struct redis_call *call, uint32_t at)
{
    return slice_eq_str(call->argv[at], call->redis->node_id);
}

/* True when the argument is this node's id: there is no other. */
static bool known_node(struct redis_call *call, uint32_t at)
{
    if (is_self(call, at))
        return true;
    redis_reply_errorf(call->reply, "ERR Unknown node %s",
                       redis_printable(call->arena, call->argv[at], 128));
    return false;
}

static bool parse_slot(struct redis_call *call, uint32_t at, unsigned *out)
{
    static const char error[] = "ERR Invalid or out of range slot";
    int64_t slot;
    if (!redis_arg_int_in(call, at, 0, REDIS_CLUSTER_SLOTS - 1, error, &slot))
        return false;
    *out = (unsigned)slot;
    return true;
}

/* ---- what the node is called: where this client reached it, unless told otherwise */

static struct slice parameter(struct redis_call *call, const char *name, char scratch[256])
{
    return redis_parameter_get(call->redis, redis_parameter_find(slice_str(name)), scratch);
}

static struct slice node_address(struct redis_call *call)
{
    char scratch[256];
    struct slice announced = parameter(call, "cluster-announce-ip", scratch);
    if (announced.len)
        return arena_dup(call->arena, announced);
    const struct transport *t = call->session->transport;
    const char *colon = t ? strrchr(t->local, ':') : NULL;
    if (!colon || t->local[0] == '/')
        return slice_str(call->redis->address);
    return slice_of(t->local, (size_t)(colon - t->local));
}

static int64_t node_port(struct redis_call *call)
{
    char scratch[256];
    int64_t port = 0;
    text_to_i64(parameter(call, "cluster-announce-port", scratch), &port);
    return port ? port : call->redis->port;
}

/* ---- views of the cluster */

static void cluster_info(struct redis_call *call)
{
    struct redis *redis = call->redis;
    unsigned served = redis_cluster_served_count(redis);
    unsigned long long epoch = redis_cluster_epoch(redis);
    redis_reply_verbatim(
        call->reply, "txt",
        arena_printf(call->arena,
                     "cluster_state:%s\r\ncluster_slots_assigned:%u\r\ncluster_slots_ok:%u\r\n"
                     "cluster_slots_pfail:0\r\ncluster_slots_fail:0\r\n"
                     "cluster_known_nodes:1\r\ncluster_size:%d\r\n"
                     "cluster_current_epoch:%llu\r\ncluster_my_epoch:%llu\r\n"
                     "cluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0\r\n"
                     "total_cluster_links_buffer_limit_exceeded:0\r\n",
                     redis_cluster_is_up(redis) ? "ok" : "fail", served, served, served != 0, epoch,
                     epoch));
}

static void cluster_nodes(struct redis_call *call)
{
    struct outq text = {0};
    struct slice address = node_address(call);
    long long port = node_port(call);
    outq_put_slice(&text, arena_printf(call->arena,
                                       "%s " SLICE_FMT ":%lld@%lld myself,master - 0 0 %llu "
                                       "connected",
                                       call->redis->node_id, SLICE_ARG(address), port,
                                       port + BUS_PORT_OFFSET,
                                       (unsigned long long)redis_cluster_epoch(call->redis)));
    for (unsigned at = 0, last; redis_cluster_next_range(call->redis, &at, &last); at = last + 1) {
        char range[32];
        int len = last > at ? snprintf(range, sizeof(range), " %u-%u", at, last)
                            : snprintf(range, sizeof(range), " %u", at);
        outq_put(&text, range, (size_t)len);
    }
    outq_put(&text, "\n", 1);
    redis_reply_verbatim(call->reply, "txt", outq_flatten(&text));
    outq_done(&text);
}

static void cluster_slots(struct redis_call *call)
{
    struct outq_mark mark = redis_reply_later(call->reply);
    uint64_t count = 0;
    for (unsigned at = 0, last; redis_cluster_next_range(call->redis, &at, &last); at = last + 1) {
        redis_reply_array(call->reply, 3);
        redis_reply_int(call->reply, at);
        redis_reply_int(call->reply, last);
        redis_reply_array(call->reply, 4);
        redis_reply_bulk(call->reply, node_address(call));
        redis_reply_int(call->reply, node_port(call));
        redis_reply_bulk_str(call->reply, call->redis->node_id);
        redis_reply_map(call->reply, 0);
        count++;
    }
    redis_reply_array_at(call->reply, mark, count);
}

static void put_field(struct redis_call *call, const char *name, struct slice value)
{
    redis_reply_bulk_str(call->reply, name);
    redis_reply_bulk(call->reply, value);
}

static void cluster_shards(struct redis_call *call)
{
    struct redis_reply *reply = call->reply;
    struct slice address = node_address(call);
    uint64_t count = 0;
    redis_reply_array(reply, 1);
    redis_reply_map(reply, 2);
    redis_reply_bulk_str(reply, "slots");
    struct outq_mark mark = redis_reply_later(reply);
    for (unsigned at = 0, last; redis_cluster_next_range(call->redis, &at, &last); at = last + 1) {
        redis_reply_int(reply, at);
        redis_reply_int(reply, last);
        count += 2;
    }
    redis_reply_array_at(reply, mark, count);
    redis_reply_bulk_str(reply, "nodes");
    redis_reply_array(reply, 1);
    redis_reply_map(reply, 7);
    put_field(call, "id", slice_str(call->redis->node_id));
    redis_reply_bulk_str(reply, "port");
    redis_reply_int(reply, node_port(call));
    put_field(call, "ip", address);
    put_field(call, "endpoint", address);
    put_field(call, "role", slice_str("master"));
    redis_reply_bulk_str(reply, "replication-offset");
    redis_reply_int(reply, 0);
    put_field(call, "health", slice_str("online"));
}

/* No bus, hence no links; no replicas. */
static void cluster_links(struct redis_call *call)
{
    redis_reply_array(call->reply, 0);
}

static void cluster_replicas(struct redis_call *call)
{
    if (known_node(call, 2))
        redis_reply_array(call->reply, 0);
}

static void cluster_count_failure_reports(struct redis_call *call)
{
    if (known_node(call, 2))
        redis_reply_int(call->reply, 0);
}

static void cluster_myid(struct redis_call *call)
{
    redis_reply_bulk_str(call->reply, call->redis->node_id);
}

static void cluster_myshardid(struct redis_call *call)
{
    redis_reply_bulk_str(call->reply, call->redis->shard_id);
}

/* ---- keys */

static void cluster_keyslot(struct redis_call *call)
{
    redis_reply_int(call->reply, redis_cluster_slot(call->argv[2]));
}

/* Puts up to `most` of the slot's keys, or only counts them; looks at every key there is. */
static int64_t each_key(struct redis_call *call, int64_t slot, int64_t most, bool put)
{
    struct trie_iter iter;
    const struct redis_entry *entry;
    int64_t count = 0;
    trie_iter_init(&iter, &call->redis->dbs[0].data.keys);
    while (count < most && (entry = trie_iter_next(&iter))) {
        struct slice key = redis_entry_key(entry);
        if (redis_cluster_slot(key) != (unsigned)slot)
            continue;
        if (put)
            redis_reply_bulk(call->reply, key);
        count++;
    }
    return count;
}

static void cluster_countkeysinslot(struct redis_call *call)
{
    int64_t slot;
    if (!redis_arg_int(call, 2, &slot))
        return;
    if (slot < 0 || slot >= REDIS_CLUSTER_SLOTS)
        redis_reply_error(call->reply, "ERR Invalid slot");
    else
        redis_reply_int(call->reply, each_key(call, slot, INT64_MAX, false));
}

static void cluster_getkeysinslot(struct redis_call *call)
{
    int64_t slot, most;
    if (!redis_arg_int(call, 2, &slot) || !redis_arg_int(call, 3, &most))
        return;
    if (slot < 0 || slot >= REDIS_CLUSTER_SLOTS || most < 0) {
        redis_reply_error(call->reply, "ERR Invalid slot or number of keys");
        return;
    }
    struct outq_mark mark = redis_reply_later(call->reply);
    redis_reply_array_at(call->reply, mark, (uint64_t)each_key(call, slot, most, true));
}

/* ---- taking and giving up slots */

#define CHOSEN 1

/* Marks one slot for adding or deleting; false with the error replied when it cannot be. */
static bool choose(struct redis_call *call, uint8_t chosen[REDIS_CLUSTER_SLOTS], unsigned slot,
                   bool add)
{
    if (redis_cluster_serves(call->redis, slot) == add) {
        redis_reply_errorf(call->reply, "ERR Slot %u is already %s", slot,
                           add ? "busy" : "unassigned");
        return false;
    }
    if (chosen[slot] == CHOSEN) {
        redis_reply_errorf(call->reply, "ERR Slot %u specified multiple times", slot);
        return false;
    }
    chosen[slot] = CHOSEN;
    return true;
}

static bool choose_range(struct redis_call *call, uint8_t chosen[REDIS_CLUSTER_SLOTS], uint32_t at,
                         bool add)
{
    unsigned first, last;
    if (!parse_slot(call, at, &first) || !parse_slot(call, at + 1, &last))
        return false;
    if (first > last) {
        redis_reply_errorf(call->reply,
                           "ERR start slot number %u is greater than end slot number %u", first,
                           last);
        return false;
    }
    for (unsigned slot = first; slot <= last; slot++)
        if (!choose(call, chosen, slot, add))
            return false;
    return true;
}

static void change_slots(struct redis_call *call, bool add, bool ranges)
{
    uint8_t *chosen = arena_zalloc(call->arena, REDIS_CLUSTER_SLOTS);
    struct redis_cluster *cluster = redis_cluster_edit(call->redis);
    if (!chosen || !cluster) {
        redis_reply_oom(call->reply);
        return;
    }
    if (ranges && call->argc % 2) {
        redis_reply_arity(call);
        return;
    }
    for (uint32_t i = 2; i < call->argc; i += ranges ? 2 : 1) {
        unsigned slot;
        if (ranges ? !choose_range(call, chosen, i, add)
                   : !parse_slot(call, i, &slot) || !choose(call, chosen, slot, add))
            return;
    }
    for (unsigned slot = 0; slot < REDIS_CLUSTER_SLOTS; slot++)
        if (chosen[slot] == CHOSEN)
            redis_cluster_serve(cluster, slot, add);
    redis_reply_ok(call->reply);
}

static void cluster_addslots(struct redis_call *call)
{
    change_slots(call, true, false);
}

static void cluster_addslotsrange(struct redis_call *call)
{
    change_slots(call, true, true);
}

static void cluster_delslots(struct redis_call *call)
{
    change_slots(call, false, false);
}

static void cluster_delslotsrange(struct redis_call *call)
{
    change_slots(call, false, true);
}

static bool is_empty(struct redis_call *call, const char *error)
{
    bool empty = redis_db_size(&call->redis->dbs[0]) == 0;
    if (!empty)
        redis_reply_error(call->reply, error);
    return empty;
}

/* Gives up all slots; false: out of memory, and replied. */
static bool give_up_all(struct redis_call *call)
{
    struct redis_cluster *cluster = redis_cluster_edit(call->redis);
    if (cluster)
        memset(cluster->slots, 0, sizeof(cluster->slots));
    else
        redis_reply_oom(call->reply);
    return cluster;
}

static void cluster_flushslots(struct redis_call *call)
{
    if (is_empty(call, "ERR DB must be empty to perform CLUSTER FLUSHSLOTS.") && give_up_all(call))
        redis_reply_ok(call->reply);
}

static void cluster_reset(struct redis_call *call)
{
    bool hard = call->argc == 3 && slice_is(call->argv[2], "hard");
    if (call->argc > 3 || (call->argc == 3 && !hard && !slice_is(call->argv[2], "soft"))) {
        redis_reply_syntax(call->reply);
        return;
    }
    if (!is_empty(call, "ERR CLUSTER RESET can't be called with master nodes containing keys") ||
        !give_up_all(call))
        return;
    if (hard) {
        call->redis->cluster->epoch = 0;
        random_hex(call->redis->host.random, call->redis->node_id, 40);
    }
    redis_reply_ok(call->reply);
}

static void cluster_setslot(struct redis_call *call)
{
    unsigned slot;
    if (!parse_slot(call, 2, &slot))
        return;
    struct slice action = call->argv[3];
    bool served = redis_cluster_serves(call->redis, slot), has_node = call->argc == 5;
    const char *node = has_node ? redis_printable(call->arena, call->argv[4], 128) : "";
    if (call->argc == 4 && slice_is(action, "stable"))
        redis_reply_ok(call->reply);
    else if (has_node && slice_is(action, "migrating") && !served)
        redis_reply_errorf(call->reply, "ERR I'm not the owner of hash slot %u", slot);
    else if (has_node && slice_is(action, "importing") && served)
        redis_reply_errorf(call->reply, "ERR I'm already the owner of hash slot %u", slot);
    else if (has_node && (slice_is(action, "migrating") || slice_is(action, "importing")))
        redis_reply_errorf(call->reply, "ERR I don't know about node %s", node);
    else if (!has_node || !slice_is(action, "node"))
        redis_reply_error(call->reply, "ERR Invalid CLUSTER SETSLOT action or number of arguments. "
                                       "Try CLUSTER HELP");
    else if (known_node(call, 4) && redis_cluster_edit(call->redis)) {
        redis_cluster_serve(call->redis->cluster, slot, true);
        redis_reply_ok(call->reply);
    }
}

/* ---- nodes and epochs */

static void cluster_meet(struct redis_call *call)
{
    int64_t port;
    const char *address = redis_printable(call->arena, call->argv[2], 128);
    if (!text_to_i64(call->argv[3], &port))
        redis_reply_errorf(call->reply, "ERR Invalid TCP base port specified: %s",
                           redis_printable(call->arena, call->argv[3], 128));
    else if (port <= 0 || port > UINT16_MAX)
        redis_reply_errorf(call->reply, "ERR Invalid node address specified: %s:%lld", address,
                           (long long)port);
    else
        redis_reply_error(call->reply, "ERR a cluster of several nodes is not supported by this "
                                       "server");
}

static void cluster_forget(struct redis_call *call)
{
    if (known_node(call, 2))
        redis_reply_error(call->reply, "ERR I tried hard but I can't forget myself...");
}

static void cluster_replicate(struct redis_call *call)
{
    if (known_node(call, 2))
        redis_reply_error(call->reply, "ERR Can't replicate myself");
}

static void cluster_failover(struct redis_call *call)
{
    if (call->argc > 3 || (call->argc == 3 && !slice_is(call->argv[2], "force") &&
                           !slice_is(call->argv[2], "takeover")))
        redis_reply_syntax(call->reply);
    else
        redis_reply_error(call->reply, "ERR You should send CLUSTER FAILOVER to a replica");
}

static void cluster_saveconfig(struct redis_call *call)
{
    redis_reply_ok(call->reply);
}

static void cluster_bumpepoch(struct redis_call *call)
{
    struct redis_cluster *cluster = redis_cluster_edit(call->redis);
    bool first = cluster && cluster->epoch == 0;
    if (!cluster) {
        redis_reply_oom(call->reply);
        return;
    }
    if (first)
        cluster->epoch = 1;
    struct slice line = arena_printf(call->arena, "%s %llu", first ? "BUMPED" : "STILL",
                                     (unsigned long long)cluster->epoch);
    resp_put_simple(call->reply->out, line);
}

static void cluster_set_config_epoch(struct redis_call *call)
{
    int64_t epoch;
    if (!redis_arg_int(call, 2, &epoch))
        return;
    if (epoch < 0) {
        redis_reply_errorf(call->reply, "ERR Invalid config epoch specified: %lld",
                           (long long)epoch);
    } else if (redis_cluster_epoch(call->redis)) {
        redis_reply_error(call->reply, "ERR Node config epoch is already non-zero");
    } else if (redis_cluster_edit(call->redis)) {
        call->redis->cluster->epoch = (uint64_t)epoch;
        redis_reply_ok(call->reply);
    } else {
        redis_reply_oom(call->reply);
    }
}

/* ---- connections */

static void readonly(struct redis_call *call)
{
    call->session->flags |= REDIS_SESSION_READONLY;
    redis_reply_ok(call->reply);
}

static void readwrite(struct redis_call *call)
{
    call->session->flags &= ~(unsigned)REDIS_SESSION_READONLY;
    redis_reply_ok(call->reply);
}

/* No slot is ever on its way here: there is nothing that asking could open. */
static void asking(struct redis_call *call)
{
    redis_reply_ok(call->reply);
}

static const char *const help_lines[] = {
    "ADDSLOTS <slot> [<slot> ...]",
    "    Assign slots to current node.",
    "ADDSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]",
    "    Assign slots which are between <start-slot> and <end-slot> to current node.",
    "BUMPEPOCH",
    "    Advance the cluster config epoch.",
    "COUNT-FAILURE-REPORTS <node-id>",
    "    Return number of failure reports for <node-id>.",
    "COUNTKEYSINSLOT <slot>",
    "    Return the number of keys in <slot>.",
    "DELSLOTS <slot> [<slot> ...]",
    "    Delete slots information from current node.",
    "DELSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]",
    "    Delete slots information which are between <start-slot> and <end-slot> from current node.",
    "FAILOVER [FORCE|TAKEOVER]",
    "    Promote current replica node to being a master.",
    "FORGET <node-id>",
    "    Remove a node from the cluster.",
    "GETKEYSINSLOT <slot> <count>",
    "    Return key names stored by current node in a slot.",
    "FLUSHSLOTS",
    "    Delete current node own slots information.",
    "INFO",
    "    Return information about the cluster.",
    "KEYSLOT <key>",
    "    Return the hash slot for <key>.",
    "MEET <ip> <port> [<bus-port>]",
    "    Connect nodes into a working cluster.",
    "MYID",
    "    Return the node id.",
    "MYSHARDID",
    "    Return the node's shard id.",
    "NODES",
    "    Return cluster configuration seen by node. Output format:",
    "    <id> <ip:port> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...",
    "REPLICATE <node-id>",
    "    Configure current node as replica to <node-id>.",
    "RESET [HARD|SOFT]",
    "    Reset current node (default: soft).",
    "SET-CONFIG-EPOCH <epoch>",
    "    Set config epoch of current node.",
    "SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)",
    "    Set slot state.",
    "REPLICAS <node-id>",
    "    Return <node-id> replicas.",
    "SAVECONFIG",
    "    Force saving cluster configuration on disk.",
    "SLOTS",
    "    Return information about slots range mappings. Each range is made of:",
    "    start, end, master and replicas IP addresses, ports and ids",
    "SHARDS",
    "    Return information about slot range mappings and the nodes associated with them.",
    "LINKS",
    "    Return information about all network links between this node and its peers.",
    "    Output format is an array where each array element is a map containing attributes of a link",
    NULL,
};

static void cluster_help(struct redis_call *call)
{
    redis_reply_help(call, help_lines);
}

/* ---- */

static const struct redis_command when_enabled[] = {
    {"cluster|addslots",              cluster_addslots             },
    {"cluster|addslotsrange",         cluster_addslotsrange        },
    {"cluster|bumpepoch",             cluster_bumpepoch            },
    {"cluster|count-failure-reports", cluster_count_failure_reports},
    {"cluster|countkeysinslot",       cluster_countkeysinslot      },
    {"cluster|delslots",              cluster_delslots             },
    {"cluster|delslotsrange",         cluster_delslotsrange        },
    {"cluster|failover",              cluster_failover             },
    {"cluster|flushslots",            cluster_flushslots           },
    {"cluster|forget",                cluster_forget               },
    {"cluster|getkeysinslot",         cluster_getkeysinslot        },
    {"cluster|help",                  cluster_help                 },
    {"cluster|info",                  cluster_info                 },
    {"cluster|keyslot",               cluster_keyslot              },
    {"cluster|links",                 cluster_links                },
    {"cluster|meet",                  cluster_meet                 },
    {"cluster|myid",                  cluster_myid                 },
    {"cluster|myshardid",             cluster_myshardid            },
    {"cluster|nodes",                 cluster_nodes                },
    {"cluster|replicas",              cluster_replicas             },
    {"cluster|replicate",             cluster_replicate            },
    {"cluster|reset",                 cluster_reset                },
    {"cluster|saveconfig",            cluster_saveconfig           },
    {"cluster|set-config-epoch",      cluster_set_config_epoch     },
    {"cluster|setslot",               cluster_setslot              },
    {"cluster|shards",                cluster_shards               },
    {"cluster|slaves",                cluster_replicas             },
    {"cluster|slots",                 cluster_slots                },
    {"readonly",                      readonly                     },
    {"readwrite",                     readwrite                    },
    {"asking",                        asking                       },
};

/* All of them are refused alike where cluster mode is off. */
static void cluster(struct redis_call *call)
{
    if (!call->redis->config.cluster_enabled) {
        redis_reply_error(call->reply, "ERR This instance has cluster support disabled");
        return;
    }
    for (size_t i = 0; i < sizeof(when_enabled) / sizeof(when_enabled[0]); i++)
        if (strcmp(when_enabled[i].name, call->info->full_name) == 0)
            when_enabled[i].handler(call);
}

const struct redis_command redis_cluster_commands[] = {
    {"cluster|addslots",              cluster},
    {"cluster|addslotsrange",         cluster},
    {"cluster|bumpepoch",             cluster},
    {"cluster|count-failure-reports", cluster},
    {"cluster|countkeysinslot",       cluster},
    {"cluster|delslots",              cluster},
    {"cluster|delslotsrange",         cluster},
    {"cluster|failover",              cluster},
    {"cluster|flushslots",            cluster},
    {"cluster|forget",                cluster},
    {"cluster|getkeysinslot",         cluster},
    {"cluster|help",                  cluster},
    {"cluster|info",                  cluster},
    {"cluster|keyslot",               cluster},
    {"cluster|links",                 cluster},
    {"cluster|meet",                  cluster},
    {"cluster|myid",                  cluster},
    {"cluster|myshardid",             cluster},
    {"cluster|nodes",                 cluster},
    {"cluster|replicas",              cluster},
    {"cluster|replicate",             cluster},
    {"cluster|reset",                 cluster},
    {"cluster|saveconfig",            cluster},
    {"cluster|set-config-epoch",      cluster},
    {"cluster|setslot",               cluster},
    {"cluster|shards",                cluster},
    {"cluster|slaves",                cluster},
    {"cluster|slots",                 cluster},
    {"readonly",                      cluster},
    {"readwrite",                     cluster},
    {"asking",                        cluster},
    {NULL,                            NULL   },
};
