/* The emulators' contract, kept by Redis. */
#include <stdio.h>

#include "emulators/redis/acl.h"
#include "emulators/redis/block.h"
#include "emulators/redis/client.h"
#include "emulators/redis/client_memory.h"
#include "emulators/redis/cluster.h"
#include "emulators/redis/commands.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/execute.h"
#include "emulators/redis/function.h"
#include "emulators/redis/info.h"
#include "emulators/redis/latency.h"
#include "emulators/redis/parameters.h"
#include "emulators/redis/pubsub.h"
#include "emulators/redis/redis.h"
#include "emulators/redis/script.h"
#include "emulators/redis/seed.h"
#include "emulators/redis/session.h"
#include "emulators/redis/session_ahead.h"
#include "emulators/redis/settings.h"
#include "emulators/redis/slowlog.h"
#include "emulators/redis/state_dump.h"
#include "emulators/redis/stats.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/version.h"
#include "emulators/redis/watch.h"

#define CRON_PERIOD_US 100000

struct emulator_checkpoint {
    struct trie users;
    struct redis_function_data functions;
    int count;
    struct redis_data data[];
};

/* Ten times a second while clients are connected: time-outs and buffer limits concern them alone. */
static void cron(struct clock_timer *timer)
{
    struct redis *redis = (struct redis *)((char *)timer - offsetof(struct redis, cron_timer));
    redis_clients_cron(redis);
    redis_info_sample(redis);
    if (redis->session_count)
        clock_timer_start_period(redis->host.clock, timer, CRON_PERIOD_US);
}

void redis_start_cron(struct redis *redis)
{
    if (!clock_timer_running(&redis->cron_timer))
        clock_timer_start_period(redis->host.clock, &redis->cron_timer, CRON_PERIOD_US);
}

bool redis_create_dbs(struct redis *redis)
{
    struct heap *heap = redis->host.heap;
    int count = (int)redis->config.databases;
    struct redis_db *dbs = heap_zalloc(heap, (size_t)count * sizeof(*dbs));
    if (!dbs)
        return false;
    for (int i = 0; i < count; i++)
        dbs[i] = (struct redis_db){.id = i, .heap = heap};
    heap_free(heap, redis->dbs, (size_t)redis->db_count * sizeof(*dbs));
    redis->dbs = dbs;
    redis->db_count = count;
    return true;
}

static void redis_destroy(struct emulator *emulator)
{
    struct redis *redis = redis_of(emulator);
    struct heap *heap = redis->host.heap;
    if (!redis)
        return;
    redis_scripting_stop(redis);
    while (redis->first_session)
        redis_session_destroy(redis->first_session);
    clock_timer_stop(redis->host.clock, &redis->expiry_timer);
    clock_timer_stop(redis->host.clock, &redis->cron_timer);
    clock_timer_stop(redis->host.clock, &redis->pause_timer);
    if (redis->host.reactor)
        reactor_idle_stop(redis->host.reactor, &redis->client_evictor);
    for (int i = 0; redis->dbs && i < redis->db_count; i++)
        redis_data_clear(&redis->dbs[i].data, heap);
    redis_lazy_done(redis);
    heap_free(heap, redis->dbs, (size_t)redis->db_count * sizeof(*redis->dbs));
    redis_scripting_destroy(redis);
    redis_pubsub_destroy(redis->pubsub);
    redis_tracking_destroy(redis->tracking);
    redis_slowlog_destroy(redis);
    redis_latency_destroy(redis);
    redis_cluster_destroy(redis);
    redis_acl_destroy(redis->acl);
    redis_parameters_destroy(redis);
    redis_stats_done(redis);
    redis_commands_release(redis);
    heap_free(heap, redis->ahead, sizeof(*redis->ahead));
    heap_free(heap, redis, sizeof(*redis));
}

static struct emulator *redis_create(const struct emulator_host *host, struct emulator_error *error)
{
    struct redis *redis = heap_zalloc(host->heap, sizeof(*redis));
    if (!redis) {
        emulator_fail(error, "OOM", "out of memory");
        return NULL;
    }
    redis->host = *host;
    redis_config_init(&redis->config);
    stopwatch_init(&redis->stopwatch);
    redis->ahead = heap_zalloc(host->heap, sizeof(*redis->ahead));
    redis->started_ms = redis->last_save_ms = redis->stats.reset_ms = redis_now_ms(redis);
    random_hex(host->random, redis->run_id, 40);
    random_hex(host->random, redis->replication_id, 40);
    random_hex(host->random, redis->node_id, 40);
    random_hex(host->random, redis->shard_id, 40);
    redis_lazy_init(redis);
    redis_expiry_init(redis);
    redis_client_evictor_init(redis);
    redis->cron_timer.fire = cron;
    redis->pubsub = redis_pubsub_create(redis);
    redis->tracking = redis_tracking_create(redis);
    redis->acl = redis_acl_create(redis);
    redis->parameters = redis_parameters_create(redis);
    if (!redis->ahead || !redis_create_dbs(redis) || !redis_commands_register(redis) ||
        !redis->pubsub || !redis->tracking || !redis->acl || !redis->parameters ||
        !redis_scripting_create(redis)) {
        redis_destroy((struct emulator *)(void *)redis);
        emulator_fail(error, "OOM", "out of memory");
        return NULL;
    }
    redis->startup_memory = heap_used(host->heap);
    return (struct emulator *)(void *)redis;
}

static void redis_listening(struct emulator *emulator, const char *address, uint16_t port)
{
    struct redis *redis = redis_of(emulator);
    snprintf(redis->address, sizeof(redis->address), "%s", address);
    redis->port = port;
}

static bool redis_session_open(struct emulator *emulator, struct transport *transport)
{
    struct redis *redis = redis_of(emulator);
    if (redis->session_count >= (uint64_t)redis->config.maxclients) {
        static const char refusal[] = "-ERR max number of clients reached\r\n";
        outq_put(&transport->out, refusal, sizeof(refusal) - 1);
        redis->stats.connections_rejected++;
        return false;
    }
    struct redis_session *session = redis_session_create(redis, transport);
    if (!session)
        return false;
    redis->stats.connections++;
    transport_attach(transport, &redis_session_ops, session);
    redis_start_cron(redis);
    return true;
}

static void redis_session_close_all(struct emulator *emulator)
{
    struct redis *redis = redis_of(emulator);
    redis_scripting_stop(redis); /* nobody could end it any more */
    for (struct redis_session *session = redis->first_session; session; session = session->next)
        redis_session_kill(session, false);
}

static unsigned redis_session_count(const struct emulator *emulator)
{
    return ((const struct redis *)(const void *)emulator)->session_count;
}

/* ---- undo */

static struct emulator_checkpoint *redis_checkpoint(struct emulator *emulator)
{
    struct redis *redis = redis_of(emulator);
    size_t size =
        sizeof(struct emulator_checkpoint) + (size_t)redis->db_count * sizeof(struct redis_data);
    struct emulator_checkpoint *checkpoint = heap_alloc(redis->host.heap, size);
    if (!checkpoint)
        return NULL;
    checkpoint->users = redis_acl_share(redis);
    checkpoint->count = redis->db_count;
    for (int i = 0; i < redis->db_count; i++)
        checkpoint->data[i] = redis_data_share(&redis->dbs[i].data);
    checkpoint->functions = redis_functions_share(redis);
    redis->checkpoint_count++;
    return checkpoint;
}

static void redis_release(struct emulator *emulator, struct emulator_checkpoint *checkpoint)
{
    struct redis *redis = redis_of(emulator);
    if (!checkpoint)
        return;
    redis_acl_drop(redis, &checkpoint->users);
    for (int i = 0; i < checkpoint->count; i++)
        redis_lazy_data(redis, &checkpoint->data[i]);
    redis_functions_release(redis, &checkpoint->functions);
    if (--redis->checkpoint_count == 0)
        redis_evicted_forget(redis);
    heap_free(redis->host.heap, checkpoint,
              sizeof(*checkpoint) + (size_t)checkpoint->count * sizeof(struct redis_data));
}

/* Everything under the feet of the connected clients changes: watched keys count as changed, caches
 * as void, and whoever waits for a key that is there now is served. */
static void replace_data(struct redis *redis, const struct redis_data *data)
{
    for (int i = 0; i < redis->db_count; i++) {
        struct redis_db *db = &redis->dbs[i];
        struct redis_data before = db->data;
        redis_watch_touch_all(redis, db, &before, &data[i]);
        db->data = redis_data_share(&data[i]);
        redis_lazy_data(redis, &before);
        int64_t next_ms = redis_db_next_expiry(db);
        if (next_ms >= 0)
            redis_expiry_arm(redis, next_ms);
        redis_block_scan_ready(redis, db);
    }
    redis_tracking_flushed(redis);
    redis_serve_ready(redis);
}

static bool redis_rewind(struct emulator *emulator, const struct emulator_checkpoint *checkpoint)
{
    struct redis *redis = redis_of(emulator);
    redis_scripting_stop(redis);
    redis_acl_restore(redis, &checkpoint->users);
    replace_data(redis, checkpoint->data);
    redis_evicted_forget(redis);
    redis_functions_replace(redis, &checkpoint->functions);
    return true;
}

static struct emulator *redis_fork(struct emulator *emulator,
                                   const struct emulator_checkpoint *from,
                                   const struct emulator_host *host, struct emulator_error *error)
{
    struct emulator *fork = redis_create(host, error);
    if (!fork)
        return NULL;
    struct redis *child = redis_of(fork);
    child->config = redis_of(emulator)->config;
    if (!redis_create_dbs(child) || !redis_parameters_inherit(child, redis_of(emulator))) {
        redis_destroy(fork);
        emulator_fail(error, "OOM", "out of memory");
        return NULL;
    }
    child->forked = redis_of(emulator)->forked = true;
    redis_acl_restore(child, &from->users);
    replace_data(child, from->data);
    redis_functions_replace(child, &from->functions);
    redis_scripting_inherit(child, redis_of(emulator));
    return fork;
}

static void redis_reset(struct emulator *emulator)
{
    struct redis *redis = redis_of(emulator);
    redis_scripting_stop(redis);
    for (int i = 0; i < redis->db_count; i++)
        redis_db_flush(redis, &redis->dbs[i], true);
    redis_tracking_flushed(redis);
    redis_scripting_reset(redis);
    redis_acl_clear(redis);
}

static bool redis_ready(const struct emulator *emulator)
{
    return emulator != NULL;
}

static const struct emulator_variable variables[] = {
    {"REDIS_HOST", "{host}"},
    {"REDIS_PORT", "{port}"},
    {NULL,         NULL    },
};

const struct emulator_type redis_emulator_type = {
    .name = "redis",
    .title = "Redis",
    .protocol = "RESP2/RESP3",
    .version = REDIS_VERSION,
    .port = 6379,
    .url_format = "redis://%s:%u",
    .url_env = "REDIS_URL",
    .variables = variables,
    .create = redis_create,
    .destroy = redis_destroy,
    .set = redis_setting,
    .listening = redis_listening,
    .session_open = redis_session_open,
    .session_count = redis_session_count,
    .session_close_all = redis_session_close_all,
    .reset = redis_reset,
    .seed = redis_seed,
    .dump = redis_dump,
    .execute = redis_execute_text,
    .checkpoint = redis_checkpoint,
    .rewind = redis_rewind,
    .release = redis_release,
    .fork = redis_fork,
    .stats = redis_statistics,
    .ready = redis_ready,
};
