/* What the files of sorted-set commands share. */
#ifndef PARLEL_EMULATORS_REDIS_CMD_ZSET_H
#define PARLEL_EMULATORS_REDIS_CMD_ZSET_H

#include "emulators/redis/call.h"
#include "emulators/redis/zset.h"

/* The key's sorted set, NULL when absent; false: WRONGTYPE (or, for writing, OOM) is replied. */
bool redis_zset_for_read(struct redis_call *call, struct slice key, const struct redis_zset **out);
bool redis_zset_for_write(struct redis_call *call, struct slice key, struct redis_zset **out);
void redis_zset_drop_if_empty(struct redis_call *call, struct slice key,
                              const struct redis_zset *zset);

/* ZADD itself, for GEOADD. */
void redis_zadd(struct redis_call *call);

/* Puts a sorted set in the target's place, or deletes the target when it is empty, with the event
 * and the reply of its size (ZRANGESTORE, ZUNIONSTORE, GEOSEARCHSTORE). Takes the set. */
void redis_zset_store(struct redis_call *call, struct slice target, struct redis_zset *zset,
                      const char *event);

#endif
