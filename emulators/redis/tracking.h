/* CLIENT TRACKING: who has cached what, and whom to tell when it changes.
 * Source: the Redis manual, "Client-side caching". */
#ifndef PARLEL_EMULATORS_REDIS_TRACKING_H
#define PARLEL_EMULATORS_REDIS_TRACKING_H

#include "emulators/redis/session.h"

/* A key was changed by `by` (NULL: by the server itself: expiry, eviction). Cheap when no client
 * tracks. */
void redis_tracking_key(struct redis *redis, struct redis_session *by, struct slice key);
static inline void redis_tracking_changed(struct redis *redis, struct redis_session *by,
                                          struct slice key)
{
    if (__builtin_expect(redis->tracking_active, 0))
        redis_tracking_key(redis, by, key);
}

/* A tracking client has executed a command that reads: remembers its keys. */
void redis_tracking_read(struct redis_call *call);

/* More keys than tracking-table-max-keys: clients are told to forget some that are still good. */
void redis_tracking_limit(struct redis *redis);

/* The outermost command is over: invalidations held back for its own client are sent. */
void redis_tracking_settle(struct redis *redis);

/* Ends a session's tracking (off, or it closes); clients that redirect to it are told. */
void redis_tracking_stop(struct redis_session *session);

/* The client that gets the session's invalidations: 0: itself, -1: not tracking. */
int64_t redis_tracking_redirect(const struct redis_session *session);

/* Keys remembered, clients remembered for them, and prefixes: INFO's tracking_* fields. */
uint64_t redis_tracking_key_count(const struct redis *redis);
uint64_t redis_tracking_item_count(const struct redis *redis);
uint64_t redis_tracking_prefix_count(const struct redis *redis);

struct redis_tracking *redis_tracking_create(struct redis *redis);
void redis_tracking_destroy(struct redis_tracking *tracking);

/* All keys of all databases went (FLUSHALL, FLUSHDB). */
void redis_tracking_flushed(struct redis *redis);

#endif
