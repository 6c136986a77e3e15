/* maxmemory: access times and frequencies of entries, and what goes when memory is short.
 *
 * entry->access holds the LRU clock (seconds of virtual time) under every policy but the LFU ones,
 * where it holds the minute of the last decay and entry->frequency the logarithmic counter.
 *
 * While a checkpoint is held, evicting a key that the checkpoint shares frees nothing, and a loop
 * that waits for memory to be freed would empty the database for nothing. The rule: an evicted key
 * counts as freed with all its bytes; those that are kept by checkpoints are left out of what is
 * compared with maxmemory until no checkpoint is held. So a client sees the evictions that it would
 * see without the checkpoint, and a state at most doubles; what bounds it then is the limit of the
 * sandbox. */
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

/* What counts: the data, and what clients sent or are to be sent. */
size_t redis_used_memory(const struct redis *redis);
/* The most that it ever was, as far as anybody looked. */
size_t redis_peak_memory(struct redis *redis);
/* The checkpoints that kept evicted keys are gone, or these keys are back. */
void redis_evicted_forget(struct redis *redis);

/* Frees memory by the configured policy until it is below maxmemory. False: it is still above, and
 * commands that need memory are to be refused. */
bool redis_evict(struct redis *redis);

#endif
