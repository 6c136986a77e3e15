/* maxmemory: access times and frequencies of entries, and what goes when memory is short.
 *
 * entry->access holds the LRU clock (seconds of virtual time) under every policy but the LFU ones,
 * where it holds the minute of the last decay and entry->frequency the logarithmic counter. */
#ifndef PARLEL_EMULATORS_REDIS_EVICT_H
#define PARLEL_EMULATORS_REDIS_EVICT_H

#include "emulators/redis/call.h"
#include "emulators/redis/instance.h"

/* A client saw or used the key. */
void redis_access(struct redis_call *call, struct redis_entry *entry);
/* The key is new. */
void redis_access_init(struct redis *redis, struct redis_entry *entry);

/* Seconds since the last access; the LFU counter with its decay. */
int64_t redis_idle_seconds(const struct redis *redis, const struct redis_entry *entry);
uint8_t redis_frequency(const struct redis *redis, const struct redis_entry *entry);

/* Frees memory by the configured policy until it is below maxmemory. False: it is still above, and
 * commands that need memory are to be refused. */
bool redis_evict(struct redis *redis);

#endif
