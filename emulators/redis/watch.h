/* WATCH: optimistic locking. A watched key that changes marks its watchers' transactions as void. */
#ifndef PARLEL_EMULATORS_REDIS_WATCH_H
#define PARLEL_EMULATORS_REDIS_WATCH_H

#include "emulators/redis/session.h"

/* Watches a key of the session's database; false when out of memory. Watching twice is once. */
bool redis_watch(struct redis_session *session, struct slice key);
void redis_unwatch_all(struct redis_session *session);

/* The key was changed, created or deleted: marks its watchers. */
void redis_watch_touch(struct redis *redis, struct redis_db *db, struct slice key);
/* The whole database was (FLUSHDB, SWAPDB): marks the watchers of each key that exists in `before`
 * or in `after` (which may be NULL). */
void redis_watch_touch_all(struct redis *redis, struct redis_db *db,
                           const struct redis_data *before, const struct redis_data *after);
/* True when a watched key has expired since it was watched: EXEC fails then. */
bool redis_watch_expired(struct redis_session *session);

#endif
