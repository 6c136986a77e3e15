/* CLIENT TRACKING: who has cached what, and whom to tell when it changes.
 * Source: the Redis manual, "Client-side caching". */
#ifndef PARLEL_EMULATORS_REDIS_TRACKING_H
#define PARLEL_EMULATORS_REDIS_TRACKING_H

#include "emulators/redis/session.h"

/* A key was changed by `by` (NULL: by the server itself: expiry, eviction). Cheap when no client
 * tracks. */
void redis_tracking_changed(struct redis *redis, struct redis_session *by, struct slice key);

/* All keys of all databases went (FLUSHALL, FLUSHDB). */
void redis_tracking_flushed(struct redis *redis);

#endif
