/* The parameters that CONFIG GET/SET knows and the engine obeys; defaults are redis-server 7.0's. */
#ifndef PARLEL_EMULATORS_REDIS_CONFIG_H
#define PARLEL_EMULATORS_REDIS_CONFIG_H

#include "common/slice.h"

/* In the order of maxmemory-policy's words. */
enum redis_eviction_policy {
    REDIS_EVICT_VOLATILE_LRU,
    REDIS_EVICT_VOLATILE_LFU,
    REDIS_EVICT_VOLATILE_RANDOM,
    REDIS_EVICT_VOLATILE_TTL,
    REDIS_EVICT_ALLKEYS_LRU,
    REDIS_EVICT_ALLKEYS_LFU,
    REDIS_EVICT_ALLKEYS_RANDOM,
    REDIS_EVICT_NONE
};

struct redis_buffer_limit {
    uint64_t hard, soft;
    int64_t soft_seconds;
};

struct redis_config {
    uint64_t maxmemory;
    int64_t maxmemory_clients; /* bytes; negative: percent of maxmemory; 0: no limit */
    uint64_t client_query_buffer_limit;
    int maxmemory_policy; /* enum redis_eviction_policy */
    int64_t maxmemory_samples;
    int64_t maxclients;
    int64_t timeout_s;
    int64_t proto_max_bulk_len;
    int64_t hash_max_listpack_entries, hash_max_listpack_value;
    int64_t set_max_intset_entries;
    int64_t zset_max_listpack_entries, zset_max_listpack_value;
    int64_t list_max_listpack_size;
    int64_t stream_node_max_bytes, stream_node_max_entries;
    int64_t hll_sparse_max_bytes;
    int64_t lfu_log_factor, lfu_decay_time;
    int64_t slowlog_slower_than_us, slowlog_max_len;
    int64_t latency_threshold_ms;
    int64_t busy_reply_threshold_ms;
    int64_t tracking_table_max_keys;
    int64_t acllog_max_len;
    int64_t min_replicas_to_write, min_replicas_max_lag; /* there never is one */
    int64_t databases;
    unsigned notify_events; /* REDIS_NOTIFY_* */
    bool lazyfree_lazy_expire, lazyfree_lazy_eviction, lazyfree_lazy_server_del,
        lazyfree_lazy_user_del, lazyfree_lazy_user_flush;
    bool cluster_enabled, latency_tracking;
    int acl_pubsub_default;                    /* 0: allchannels, 1: resetchannels */
    int enable_debug_command;                  /* 0: no, 1: yes, 2: local */
    struct redis_buffer_limit buffer_limit[3]; /* normal, replica, pubsub */
};

/* The defaults. */
void redis_config_init(struct redis_config *config);

#endif
