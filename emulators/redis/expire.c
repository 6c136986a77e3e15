/* Keys whose time has come. One timer stands at the earliest expiry of all databases, so a key goes
 * when its millisecond comes on the sandbox's clock, whether anyone looks at it or not. */
#include "emulators/redis/block.h"
#include "emulators/redis/hash_expire.h"
#include "emulators/redis/keyspace.h"
#include "emulators/redis/notify.h"
#include "emulators/redis/script.h"
#include "emulators/redis/tracking.h"
#include "emulators/redis/watch.h"

/* Keys expired in one go before other events get their turn. */
#define EXPIRE_BATCH 1000
/* While CLIENT PAUSE or DEBUG SET-ACTIVE-EXPIRE holds expiry back, look again this often. */
#define EXPIRE_RETRY_US 100000

void redis_expire_now(struct redis *redis, struct redis_db *db, struct slice key)
{
    bool absent;
    struct redis_entry *entry = redis_db_take(db, key, &absent);
    if (!entry)
        return;
    struct slice name = redis_entry_key(entry);
    redis->stats.expired++;
    redis_key_ready(redis, db, name);
    if (redis->watching_count)
        redis_watch_touch(redis, db, name);
    redis_notify_event(redis, db->id, REDIS_NOTIFY_EXPIRED, "expired", name);
    redis_tracking_changed(redis, NULL, name);
    redis_lazy_entry(redis, entry);
}

static struct redis_db *db_with_next_expiry(struct redis *redis, int64_t *out_ms)
{
    struct redis_db *next = NULL;
    *out_ms = INT64_MAX;
    for (int i = 0; i < redis->db_count; i++) {
        int64_t at_ms = redis_db_next_expiry(&redis->dbs[i]);
        if (at_ms >= 0 && at_ms < *out_ms) {
            *out_ms = at_ms;
            next = &redis->dbs[i];
        }
    }
    return next;
}

static void expire_due(struct clock_timer *timer)
{
    struct redis *redis = (struct redis *)((char *)timer - offsetof(struct redis, expiry_timer));
    int64_t now_ms = redis_now_ms(redis), next_ms;
    struct redis_db *db;
    if (!redis->active_expire || redis_clients_paused(redis) || redis_script_busy(redis)) {
        clock_timer_start_period(redis->host.clock, timer, EXPIRE_RETRY_US);
        return;
    }
    int done = 0;
    while ((db = db_with_next_expiry(redis, &next_ms)) && next_ms <= now_ms &&
           done++ < EXPIRE_BATCH) {
        struct redis_entry *entry = redis_db_first_expired(db, now_ms);
        if (entry)
            redis_expire_now(redis, db, redis_entry_key(entry));
        else
            redis_fields_expire_all(redis, db);
    }
    if (db)
        clock_timer_start(redis->host.clock, timer, next_ms * 1000);
    redis_serve_ready(redis);
}

void redis_expiry_arm(struct redis *redis, int64_t at_ms)
{
    int64_t at_us = at_ms > INT64_MAX / 1000 ? INT64_MAX : at_ms * 1000;
    if (!clock_timer_running(&redis->expiry_timer) || at_us < redis->expiry_timer.due_us)
        clock_timer_start(redis->host.clock, &redis->expiry_timer, at_us);
}

void redis_expiry_init(struct redis *redis)
{
    redis->expiry_timer.fire = expire_due;
    redis->active_expire = true;
}

void redis_db_flush(struct redis *redis, struct redis_db *db, bool lazily)
{
    redis_watch_touch_all(redis, db, &db->data, NULL);
    if (lazily) {
        redis_lazy_data(redis, &db->data);
    } else {
        redis_data_clear(&db->data, db->heap);
    }
    redis_block_scan_ready(redis, db);
}
