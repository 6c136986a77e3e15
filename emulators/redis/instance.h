/* One Redis server: everything that a sandbox's Redis owns.
 *
 * The data (databases, function libraries) is what checkpoints keep; the rest is settings, what the
 * connections are doing, and statistics. Features keep their own state behind an opaque pointer that
 * their module creates and destroys with the instance. */
#ifndef PARLEL_EMULATORS_REDIS_INSTANCE_H
#define PARLEL_EMULATORS_REDIS_INSTANCE_H

#include "common/fiber.h"
#include "common/stopwatch.h"
#include "emulators/redis/config.h"
#include "emulators/redis/db.h"
#include "emulators/redis/redis.h"

struct redis_acl;
struct redis_ahead;
struct redis_call;
struct redis_cluster;
struct redis_functions;
struct redis_latency;
struct redis_parameter_texts;
struct redis_pubsub;
struct redis_scripts;
struct redis_session;
struct redis_slowlog;
struct redis_tracking;

/* Per command, by its index in the table of commands. */
struct redis_command_stats {
    uint64_t calls, us, rejected, failed;
};

struct redis_stats {
    uint64_t connections, connections_rejected, reads;
    uint64_t commands, net_in, net_out; /* net_out: of closed connections */
    uint64_t keyspace_hits, keyspace_misses;
    uint64_t expired, expired_stale, evicted_keys, evicted_clients;
    uint64_t error_replies, unexpected_errors;
    uint64_t dirty; /* changes since the last save */
    uint64_t acl_denied_auth, acl_denied_cmd, acl_denied_key, acl_denied_channel;
    int64_t reset_ms;
};

/* A counter's growth per second, over the last samples. */
#define REDIS_RATE_SAMPLES 16
struct redis_rate {
    int64_t at_us; /* of the last sample, and the count then */
    uint64_t count;
    uint64_t samples[REDIS_RATE_SAMPLES];
    unsigned next;
};

/* Values and databases given up, freed piece by piece in idle moments. */
struct redis_lazy_free {
    struct reactor_idle idle;
    struct redis_garbage *first;
    uint64_t pending, freed; /* objects */
};

struct redis {
    struct emulator_host host;
    struct redis_config config;
    struct redis_db *dbs;
    int db_count;

    void (**handlers)(struct redis_call *call); /* by command index */
    struct redis_command_stats *command_stats;  /* by command index */
    struct redis_stats stats;
    struct trie error_stats; /* error code -> count, see stats.h */
    struct redis_rate command_rate, input_rate, output_rate;
    size_t startup_memory; /* bytes of an instance without data */
    int64_t last_save_ms;
    uint64_t saves, rewrites; /* SAVE and BGSAVE, BGREWRITEAOF */

    struct redis_session *first_session, *last_session;
    unsigned session_count, blocked_count, watching_count;
    uint64_t next_session_id;
    size_t transport_memory; /* of the clients' queues and unread input: beside the heap */
    size_t session_memory;   /* of the clients in the heap, see client_memory.h */
    struct reactor_idle client_evictor; /* runs once the clients need more than they may */
    size_t used_peak;                   /* of redis_used_memory, as far as it was looked at */

    /* Checkpoints and forks keep what is evicted here: so much is not counted, see evict.h. */
    unsigned checkpoint_count;
    bool forked;
    size_t evicted_shared;

    /* Clients that wait for keys: keys that became ready since they were last served. */
    struct redis_ready_key *first_ready, *last_ready;
    bool serving_ready;

    struct clock_timer expiry_timer; /* at the earliest expiry of all databases */
    struct clock_timer cron_timer;   /* ten times a second while there is something to watch */
    bool active_expire;              /* DEBUG SET-ACTIVE-EXPIRE */
    struct redis_lazy_free lazy;

    struct redis_ahead *ahead; /* session_ahead.h */

    struct redis_call *current; /* the outermost command being executed, or NULL */
    unsigned nesting;           /* depth of commands within commands (EXEC, scripts) */

    /* When the last command of this batch of input ended, so that the next one of a pipeline begins
     * then and one look at the clock a command is enough; 0: not known. */
    int64_t measured_us;
    struct stopwatch stopwatch;

    int64_t pause_until_ms; /* CLIENT PAUSE; 0: not paused */
    struct clock_timer pause_timer;
    bool pause_writes_only;
    struct redis_session *first_paused;

    struct redis_acl *acl;
    struct redis_cluster *cluster; /* NULL: as it begins */
    struct redis_functions *functions;
    struct redis_latency *latency;
    struct redis_parameter_texts *parameters;
    struct redis_pubsub *pubsub;
    struct redis_scripts *scripts;
    struct redis_slowlog *slowlog;
    struct redis_tracking *tracking;
    bool tracking_active;  /* a client tracks, or keys are remembered for one that did */
    bool tracking_pending; /* invalidations wait for the end of the command */
    struct redis_session *first_monitor;

    char run_id[41], replication_id[41], node_id[41], shard_id[41];
    int64_t started_ms;
    char address[64];
    uint16_t port;
};

/* Engines receive the contract's opaque pointer. */
static inline struct redis *redis_of(struct emulator *emulator)
{
    return (struct redis *)(void *)emulator;
}

static inline int64_t redis_now_ms(const struct redis *redis)
{
    return clock_now_ms(redis->host.clock);
}

/* Gives up a value, an entry or a whole database lazily: now when small, in idle moments when
 * large. Takes the reference. */
void redis_lazy_entry(struct redis *redis, struct redis_entry *entry);
void redis_lazy_data(struct redis *redis, struct redis_data *data);
/* Does a piece of that work now; false: there is none. */
bool redis_lazy_run(struct redis *redis);
void redis_lazy_init(struct redis *redis);
void redis_lazy_done(struct redis *redis);

/* Starts the expiry timer if a key that expires at at_ms is earlier than what it waits for. */
void redis_expiry_arm(struct redis *redis, int64_t at_ms);
void redis_expiry_init(struct redis *redis);

/* Writes are refused: min-replicas-to-write asks for replicas, and there are none. */
static inline bool redis_lacks_replicas(const struct redis *redis)
{
    return redis->config.min_replicas_to_write > 0 && redis->config.min_replicas_max_lag > 0;
}
#define REDIS_LACKS_REPLICAS "NOREPLICAS Not enough good replicas to write."

/* Makes the databases anew, all empty, as many as configured; what they held is not given back. False
 * when out of memory: they are as they were. */
bool redis_create_dbs(struct redis *redis);

/* Has the work of ten times a second done while clients are connected. */
void redis_start_cron(struct redis *redis);

/* True while CLIENT PAUSE holds writes back: nothing expires meanwhile. */
bool redis_clients_paused(struct redis *redis);

/* FLUSHALL's effect on one database: empties it, breaks WATCHes, keeps waiting clients waiting. */
void redis_db_flush(struct redis *redis, struct redis_db *db, bool lazily);

#endif
