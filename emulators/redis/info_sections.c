/* What each section of INFO shows, in the order in which redis-server shows it. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "emulators/redis/client_memory.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/function.h"
#include "emulators/redis/histogram.h"
#include "emulators/redis/info.h"
#include "emulators/redis/latency.h"
#include "emulators/redis/parameters.h"
#include "emulators/redis/pubsub.h"
#include "emulators/redis/script.h"
#include "emulators/redis/stats.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/version.h"

#define LINE_MAX_BYTES 512

static void put(struct redis_info *info, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct redis_info *info, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line) - 2, format, args);
    va_end(args);
    size_t used = len < 0 ? 0 : (size_t)len < sizeof(line) - 2 ? (size_t)len : sizeof(line) - 3;
    memcpy(line + used, "\r\n", 2);
    outq_put(info->out, line, used + 2);
}

static void put_count(struct redis_info *info, const char *field, uint64_t value)
{
    put(info, "%s:%llu", field, (unsigned long long)value);
}

/* A number of bytes, and the same for people. */
static void put_bytes(struct redis_info *info, const char *field, uint64_t bytes)
{
    put_count(info, field, bytes);
    put(info, "%s_human:" SLICE_FMT, field, SLICE_ARG(redis_human_bytes(info->arena, bytes)));
}

static void put_text(struct redis_info *info, const char *lines)
{
    outq_put_slice(info->out, slice_str(lines));
}

/* ---- server, clients */

static void put_server(struct redis_info *info)
{
    struct redis *redis = info->redis;
    int64_t now_us = clock_now_us(redis->host.clock);
    int64_t up_s = now_us / 1000000 - redis->started_ms / 1000;
    struct utsname os = {0};
    uname(&os);
    put_text(info, "redis_version:" REDIS_VERSION "\r\n"
                   "redis_git_sha1:00000000\r\n"
                   "redis_git_dirty:0\r\n"
                   "redis_build_id:0\r\n");
    put(info, "redis_mode:%s", redis->config.cluster_enabled ? "cluster" : "standalone");
    put(info, "os:%s %s %s", os.sysname, os.release, os.machine);
    put(info, "arch_bits:%d", (int)sizeof(void *) * 8);
    put_text(info, "monotonic_clock:POSIX clock_gettime\r\n"
                   "multiplexing_api:epoll\r\n"
                   "atomicvar_api:c11-builtin\r\n");
    put(info, "gcc_version:%d.%d.%d", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
    put(info, "process_id:%ld", (long)getpid());
    put_text(info, "process_supervised:no\r\n");
    put(info, "run_id:%s", redis->run_id);
    put(info, "tcp_port:%u", redis->port);
    put(info, "server_time_usec:%lld", (long long)now_us);
    put(info, "uptime_in_seconds:%lld", (long long)up_s);
    put(info, "uptime_in_days:%lld", (long long)(up_s / 86400));
    put_text(info, "hz:10\r\nconfigured_hz:10\r\n");
    put(info, "lru_clock:%llu", (unsigned long long)(now_us / 1000000) & 0xffffff);
    put_text(info, "executable:parlel\r\n"
                   "config_file:\r\n"
                   "io_threads_active:0\r\n"
                   "listener0:name=tcp,bind=");
    put(info, "%s,port=%u", redis->address, redis->port);
}

static void put_clients(struct redis_info *info)
{
    const struct redis *redis = info->redis;
    unsigned tracking = 0, with_deadline = 0;
    uint64_t connected = 0, waiting_keys = 0;
    size_t output_max = 0;
    for (const struct redis_session *s = redis->first_session; s; s = s->next) {
        size_t output = s->transport ? outq_memory(&s->transport->out) : 0;
        connected += s->counted;
        tracking += (s->flags & REDIS_SESSION_TRACKING) != 0;
        with_deadline += clock_timer_running(&s->block.timer);
        output_max = output > output_max ? output : output_max;
    }
    for (int i = 0; i < redis->db_count; i++)
        waiting_keys += redis->dbs[i].waiting.count;
    put_count(info, "connected_clients", connected);
    put_text(info, "cluster_connections:0\r\n");
    put_count(info, "maxclients", (uint64_t)redis->config.maxclients);
    put_text(info, "client_recent_max_input_buffer:0\r\n");
    put_count(info, "client_recent_max_output_buffer", output_max);
    put_count(info, "blocked_clients", redis->blocked_count);
    put_count(info, "tracking_clients", tracking);
    put_count(info, "clients_in_timeout_table", with_deadline);
    put_count(info, "total_blocking_keys", waiting_keys);
    put_text(info, "total_blocking_keys_on_nokey:0\r\n");
}

/* ---- memory */

static uint64_t reserved(const struct redis *redis)
{
    return heap_reserved(redis->host.heap) + redis->transport_memory;
}

static void put_used(struct redis_info *info)
{
    struct redis *redis = info->redis;
    uint64_t used = redis_used_memory(redis), peak = redis_peak_memory(redis);
    uint64_t dataset = used > redis->startup_memory ? used - redis->startup_memory : 0;
    struct slice human = redis_human_bytes(info->arena, peak);
    put_bytes(info, "used_memory", used);
    put_bytes(info, "used_memory_rss", reserved(redis));
    put_count(info, "used_memory_peak", peak);
    put(info, "used_memory_peak_human:" SLICE_FMT, SLICE_ARG(human));
    put(info, "used_memory_peak_perc:%.2f%%", peak ? (double)used * 100 / (double)peak : 0);
    put_count(info, "used_memory_overhead", redis->startup_memory);
    put_count(info, "used_memory_startup", redis->startup_memory);
    put_count(info, "used_memory_dataset", dataset);
    put(info, "used_memory_dataset_perc:%.2f%%", dataset ? 100.0 : 0.0);
}

static void put_allocator(struct redis_info *info)
{
    uint64_t used = redis_used_memory(info->redis), held = reserved(info->redis);
    put_count(info, "allocator_allocated", used);
    put_count(info, "allocator_active", held);
    put_count(info, "allocator_resident", held);
    put_bytes(info, "total_system_memory",
              (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE));
}

static void put_fragmentation(struct redis_info *info)
{
    uint64_t used = redis_used_memory(info->redis), held = reserved(info->redis);
    double ratio = used ? (double)held / (double)used : 0;
    uint64_t bytes = held > used ? held - used : 0;
    put(info, "allocator_frag_ratio:%.2f", ratio);
    put_count(info, "allocator_frag_bytes", bytes);
    put_text(info, "allocator_rss_ratio:1.00\r\n"
                   "allocator_rss_bytes:0\r\n"
                   "rss_overhead_ratio:1.00\r\n"
                   "rss_overhead_bytes:0\r\n");
    put(info, "mem_fragmentation_ratio:%.2f", ratio);
    put_count(info, "mem_fragmentation_bytes", bytes);
}

static void put_scripts(struct redis_info *info)
{
    struct redis *redis = info->redis;
    const struct redis_function_data *functions = redis_functions_data(redis);
    uint64_t eval = redis_script_lua_memory(redis);
    uint64_t vm_functions = redis_functions_lua_memory(redis);
    uint64_t scripts = redis_script_cache_memory(redis);
    uint64_t libraries = redis_functions_memory(redis);
    put_count(info, "used_memory_lua", eval);
    put_count(info, "used_memory_vm_eval", eval);
    put(info, "used_memory_lua_human:" SLICE_FMT, SLICE_ARG(redis_human_bytes(info->arena, eval)));
    put_count(info, "used_memory_scripts_eval", scripts);
    put_count(info, "number_of_cached_scripts", redis_script_count(redis));
    put_count(info, "number_of_functions", functions->names.count);
    put_count(info, "number_of_libraries", functions->libraries.count);
    put_count(info, "used_memory_vm_functions", vm_functions);
    put_bytes(info, "used_memory_vm_total", eval + vm_functions);
    put_count(info, "used_memory_functions", libraries);
    put_bytes(info, "used_memory_scripts", scripts + libraries);
}

static void put_memory(struct redis_info *info)
{
    struct redis *redis = info->redis;
    char scratch[256];
    struct slice policy =
        redis_parameter_get(redis, redis_parameter_find(slice_str("maxmemory-policy")), scratch);
    put_used(info);
    put_allocator(info);
    put_scripts(info);
    put_bytes(info, "maxmemory", redis->config.maxmemory);
    put(info, "maxmemory_policy:" SLICE_FMT, SLICE_ARG(policy));
    put_fragmentation(info);
    put_count(info, "mem_not_counted_for_evict", redis->evicted_shared);
    put_text(info, "mem_replication_backlog:0\r\n"
                   "mem_total_replication_buffers:0\r\n"
                   "mem_clients_slaves:0\r\n");
    put_count(info, "mem_clients_normal", redis_clients_memory(redis));
    put_text(info, "mem_cluster_links:0\r\n"
                   "mem_aof_buffer:0\r\n"
                   "mem_allocator:slab\r\n"
                   "active_defrag_running:0\r\n");
    put_count(info, "lazyfree_pending_objects", redis->lazy.pending);
    put_count(info, "lazyfreed_objects", redis->lazy.freed);
}

/* ---- persistence: there is none, by design; saves succeed and keep nothing */

static void put_persistence(struct redis_info *info)
{
    const struct redis *redis = info->redis;
    put_text(info, "loading:0\r\n"
                   "async_loading:0\r\n"
                   "current_cow_peak:0\r\n"
                   "current_cow_size:0\r\n"
                   "current_cow_size_age:0\r\n"
                   "current_fork_perc:0.00\r\n"
                   "current_save_keys_processed:0\r\n"
                   "current_save_keys_total:0\r\n");
    put_count(info, "rdb_changes_since_last_save", redis->stats.dirty);
    put_text(info, "rdb_bgsave_in_progress:0\r\n");
    put(info, "rdb_last_save_time:%lld", (long long)redis->last_save_ms / 1000);
    put_text(info, "rdb_last_bgsave_status:ok\r\n");
    put(info, "rdb_last_bgsave_time_sec:%d", redis->saves ? 0 : -1);
    put_text(info, "rdb_current_bgsave_time_sec:-1\r\n");
    put_count(info, "rdb_saves", redis->saves);
    put_text(info, "rdb_last_cow_size:0\r\n"
                   "rdb_last_load_keys_expired:0\r\n"
                   "rdb_last_load_keys_loaded:0\r\n"
                   "aof_enabled:0\r\n"
                   "aof_rewrite_in_progress:0\r\n"
                   "aof_rewrite_scheduled:0\r\n");
    put(info, "aof_last_rewrite_time_sec:%d", redis->rewrites ? 0 : -1);
    put_text(info, "aof_current_rewrite_time_sec:-1\r\n"
                   "aof_last_bgrewrite_status:ok\r\n");
    put_count(info, "aof_rewrites", redis->rewrites);
    put_text(info, "aof_rewrites_consecutive_failures:0\r\n"
                   "aof_last_write_status:ok\r\n"
                   "aof_last_cow_size:0\r\n"
                   "module_fork_in_progress:0\r\n"
                   "module_fork_last_cow_size:0\r\n");
}

/* ---- statistics */

static uint64_t per_second(const struct redis_rate *rate)
{
    uint64_t sum = 0;
    for (int i = 0; i < REDIS_RATE_SAMPLES; i++)
        sum += rate->samples[i];
    return sum / REDIS_RATE_SAMPLES;
}

static void put_traffic(struct redis_info *info)
{
    const struct redis *redis = info->redis;
    put_count(info, "total_connections_received", redis->stats.connections);
    put_count(info, "total_commands_processed", redis->stats.commands);
    put_count(info, "instantaneous_ops_per_sec", per_second(&redis->command_rate));
    put_count(info, "total_net_input_bytes", redis->stats.net_in);
    put_count(info, "total_net_output_bytes", redis_net_output(redis));
    put_text(info, "total_net_repl_input_bytes:0\r\n"
                   "total_net_repl_output_bytes:0\r\n");
    put(info, "instantaneous_input_kbps:%.2f", (double)per_second(&redis->input_rate) / 1024);
    put(info, "instantaneous_output_kbps:%.2f", (double)per_second(&redis->output_rate) / 1024);
    put_text(info, "instantaneous_input_repl_kbps:0.00\r\n"
                   "instantaneous_output_repl_kbps:0.00\r\n");
    put_count(info, "rejected_connections", redis->stats.connections_rejected);
}

static void put_keyspace_stats(struct redis_info *info)
{
    const struct redis *redis = info->redis;
    put_count(info, "expired_keys", redis->stats.expired);
    put_text(info, "expired_stale_perc:0.00\r\n"
                   "expired_time_cap_reached_count:0\r\n"
                   "expire_cycle_cpu_milliseconds:0\r\n");
    put_count(info, "evicted_keys", redis->stats.evicted_keys);
    put_count(info, "evicted_clients", redis->stats.evicted_clients);
    put_text(info, "total_eviction_exceeded_time:0\r\n"
                   "current_eviction_exceeded_time:0\r\n");
    put_count(info, "keyspace_hits", redis->stats.keyspace_hits);
    put_count(info, "keyspace_misses", redis->stats.keyspace_misses);
    put_count(info, "pubsub_channels", redis_pubsub_channel_count(redis));
    put_count(info, "pubsub_patterns", redis_pubsub_pattern_count(redis));
    put_count(info, "pubsubshard_channels", redis_pubsub_shard_count(redis));
}

static void put_stats(struct redis_info *info)
{
    const struct redis *redis = info->redis;
    put_traffic(info);
    put_text(info, "sync_full:0\r\n"
                   "sync_partial_ok:0\r\n"
                   "sync_partial_err:0\r\n");
    put_keyspace_stats(info);
    put_text(info, "latest_fork_usec:0\r\n"
                   "total_forks:0\r\n"
                   "migrate_cached_sockets:0\r\n"
                   "slave_expires_tracked_keys:0\r\n"
                   "active_defrag_hits:0\r\n"
                   "active_defrag_misses:0\r\n"
                   "active_defrag_key_hits:0\r\n"
                   "active_defrag_key_misses:0\r\n"
                   "total_active_defrag_time:0\r\n"
                   "current_active_defrag_time:0\r\n");
    put_count(info, "tracking_total_keys", redis_tracking_key_count(redis));
    put_count(info, "tracking_total_items", redis_tracking_item_count(redis));
    put_count(info, "tracking_total_prefixes", redis_tracking_prefix_count(redis));
    put_count(info, "unexpected_error_replies", redis->stats.unexpected_errors);
    put_count(info, "total_error_replies", redis->stats.error_replies);
    put_text(info, "dump_payload_sanitizations:0\r\n");
    put_count(info, "total_reads_processed", redis->stats.reads);
    /* What one read brought is answered by one write. */
    put_count(info, "total_writes_processed", redis->stats.reads);
    put_text(info, "io_threaded_reads_processed:0\r\n"
                   "io_threaded_writes_processed:0\r\n"
                   "reply_buffer_shrinks:0\r\n"
                   "reply_buffer_expands:0\r\n");
    put_count(info, "acl_access_denied_auth", redis->stats.acl_denied_auth);
    put_count(info, "acl_access_denied_cmd", redis->stats.acl_denied_cmd);
    put_count(info, "acl_access_denied_key", redis->stats.acl_denied_key);
    put_count(info, "acl_access_denied_channel", redis->stats.acl_denied_channel);
}

/* ---- replication, CPU, modules, cluster */

static void put_replication(struct redis_info *info)
{
    put_text(info, "role:master\r\n"
                   "connected_slaves:0\r\n"
                   "master_failover_state:no-failover\r\n");
    put(info, "master_replid:%s", info->redis->replication_id);
    put_text(info, "master_replid2:0000000000000000000000000000000000000000\r\n"
                   "master_repl_offset:0\r\n"
                   "second_repl_offset:-1\r\n"
                   "repl_backlog_active:0\r\n"
                   "repl_backlog_size:1048576\r\n"
                   "repl_backlog_first_byte_offset:0\r\n"
                   "repl_backlog_histlen:0\r\n");
}

static void put_cpu_time(struct redis_info *info, const char *field, struct timeval time)
{
    put(info, "%s:%ld.%06ld", field, (long)time.tv_sec, (long)time.tv_usec);
}

static void put_cpu(struct redis_info *info)
{
    struct rusage self = {0}, children = {0};
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    put_cpu_time(info, "used_cpu_sys", self.ru_stime);
    put_cpu_time(info, "used_cpu_user", self.ru_utime);
    put_cpu_time(info, "used_cpu_sys_children", children.ru_stime);
    put_cpu_time(info, "used_cpu_user_children", children.ru_utime);
    put_cpu_time(info, "used_cpu_sys_main_thread", self.ru_stime);
    put_cpu_time(info, "used_cpu_user_main_thread", self.ru_utime);
}

static void put_nothing(struct redis_info *info)
{
    (void)info;
}

static void put_cluster(struct redis_info *info)
{
    put(info, "cluster_enabled:%d", info->redis->config.cluster_enabled);
}

/* ---- commands and errors */

static void put_command_stats(struct redis_info *info)
{
    for (uint32_t i = 0; i < redis_command_count(); i++) {
        const struct redis_command_stats *stats = &info->redis->command_stats[i];
        if (!stats->calls && !stats->failed && !stats->rejected)
            continue;
        put(info,
            "cmdstat_%s:calls=%llu,usec=%llu,usec_per_call=%.2f,rejected_calls=%llu,"
            "failed_calls=%llu",
            redis_command_at(i)->full_name, (unsigned long long)stats->calls,
            (unsigned long long)stats->us,
            stats->calls ? (double)stats->us / (double)stats->calls : 0,
            (unsigned long long)stats->rejected, (unsigned long long)stats->failed);
    }
}

static void put_error(void *ctx, struct slice code, uint64_t count)
{
    put(ctx, "errorstat_" SLICE_FMT ":count=%llu", SLICE_ARG(code), (unsigned long long)count);
}

static void put_error_stats(struct redis_info *info)
{
    redis_each_error_count(info->redis, put_error, info);
}

/* The percentiles asked for by a parameter: numbers with blanks between them. */
static void put_percentiles(struct redis_info *info, const char *command,
                            const struct redis_histogram *histogram)
{
    static const char name[] = "latency-tracking-info-percentiles";
    char scratch[256], line[LINE_MAX_BYTES] = "";
    size_t len = 0;
    struct slice wanted =
        redis_parameter_get(info->redis, redis_parameter_find(slice_str(name)), scratch);
    while (wanted.len) {
        size_t word = 0;
        double percentile = 0;
        while (word < wanted.len && wanted.ptr[word] != ' ')
            word++;
        struct slice number = slice_of(wanted.ptr, word);
        text_to_double(number, &percentile);
        double us = (double)redis_histogram_percentile(histogram, percentile) / 1000;
        if (len < sizeof(line) - 64)
            len += (size_t)snprintf(line + len, sizeof(line) - len, "%sp%.9g=%.3f", len ? "," : "",
                                    percentile, us);
        wanted = slice_from(wanted, word + 1);
    }
    put(info, "latency_percentiles_usec_%s:%s", command, line);
}

static void put_latency_stats(struct redis_info *info)
{
    for (uint32_t i = 0; info->redis->config.latency_tracking && i < redis_command_count(); i++) {
        const struct redis_histogram *histogram = redis_latency_histogram(info->redis, i);
        if (histogram)
            put_percentiles(info, redis_command_at(i)->full_name, histogram);
    }
}

/* ---- keys */

#define TTL_SAMPLES 20

/* The mean of the times to live of some keys, evenly picked in order of their expiry. */
static int64_t mean_ttl(const struct redis *redis, const struct redis_db *db)
{
    uint64_t count = redis_db_expires(db);
    uint64_t samples = count < TTL_SAMPLES ? count : TTL_SAMPLES;
    int64_t now_ms = redis_now_ms(redis), mean = 0;
    for (uint64_t i = 0; i < samples; i++) {
        const struct redis_expiry *expiry =
            btree_at(&db->data.expires, &redis_expiry_type, i * count / samples);
        if (expiry->at_ms > now_ms)
            mean += (expiry->at_ms - now_ms) / (int64_t)samples;
    }
    return mean;
}

static void put_keyspace(struct redis_info *info)
{
    for (int i = 0; i < info->redis->db_count; i++) {
        const struct redis_db *db = &info->redis->dbs[i];
        if (redis_db_size(db))
            put(info, "db%d:keys=%llu,expires=%llu,avg_ttl=%lld", i,
                (unsigned long long)redis_db_size(db), (unsigned long long)redis_db_expires(db),
                (long long)mean_ttl(info->redis, db));
    }
}

const struct redis_info_section redis_info_sections[] = {
    {"server",       "Server",       true,  put_server       },
    {"clients",      "Clients",      true,  put_clients      },
    {"memory",       "Memory",       true,  put_memory       },
    {"persistence",  "Persistence",  true,  put_persistence  },
    {"stats",        "Stats",        true,  put_stats        },
    {"replication",  "Replication",  true,  put_replication  },
    {"cpu",          "CPU",          true,  put_cpu          },
    {"modules",      "Modules",      true,  put_nothing      },
    {"commandstats", "Commandstats", false, put_command_stats},
    {"errorstats",   "Errorstats",   true,  put_error_stats  },
    {"latencystats", "Latencystats", false, put_latency_stats},
    {"cluster",      "Cluster",      true,  put_cluster      },
    {"keyspace",     "Keyspace",     true,  put_keyspace     },
};
const size_t redis_info_section_count =
    sizeof(redis_info_sections) / sizeof(redis_info_sections[0]);
