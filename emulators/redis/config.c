#include "emulators/redis/config.h"

void redis_config_init(struct redis_config *config)
{
    *config = (struct redis_config){
        .maxmemory_policy = REDIS_EVICT_NONE,
        .maxmemory_samples = 5,
        .client_query_buffer_limit = 1u << 30,
        .maxclients = 10000,
        .proto_max_bulk_len = 512LL << 20,
        .hash_max_listpack_entries = 512,
        .hash_max_listpack_value = 64,
        .set_max_intset_entries = 512,
        .zset_max_listpack_entries = 128,
        .zset_max_listpack_value = 64,
        .list_max_listpack_size = -2,
        .stream_node_max_bytes = 4096,
        .stream_node_max_entries = 100,
        .hll_sparse_max_bytes = 3000,
        .lfu_log_factor = 10,
        .lfu_decay_time = 1,
        .slowlog_slower_than_us = 10000,
        .slowlog_max_len = 128,
        .busy_reply_threshold_ms = 5000,
        .tracking_table_max_keys = 1000000,
        .acllog_max_len = 128,
        .min_replicas_max_lag = 10,
        .databases = 16,
        .latency_tracking = true,
        .acl_pubsub_default = 1,
        .enable_debug_command = 1,
        .buffer_limit = {{0, 0, 0}, {256u << 20, 64u << 20, 60}, {32u << 20, 8u << 20, 60}},
    };
}
