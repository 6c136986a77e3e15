/* Counters that INFO shows beyond struct redis_stats. */
#ifndef PARLEL_EMULATORS_REDIS_STATS_H
#define PARLEL_EMULATORS_REDIS_STATS_H

#include "emulators/redis/instance.h"

/* An error reply went to a client: counts it under its code (errorstat_*). */
void redis_count_error(struct redis *redis, const char *code);

/* Visits the counts in alphabetical order. */
void redis_each_error_count(struct redis *redis,
                            void (*visit)(void *ctx, struct slice code, uint64_t count), void *ctx);

/* CONFIG RESETSTAT. */
void redis_stats_reset(struct redis *redis);
void redis_stats_done(struct redis *redis);

#endif
