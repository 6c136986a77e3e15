/* What the files of hash commands share. */
#ifndef PARLEL_EMULATORS_REDIS_CMD_HASH_H
#define PARLEL_EMULATORS_REDIS_CMD_HASH_H

#include "emulators/redis/call.h"
#include "emulators/redis/hash_value.h"

/* The key's hash, NULL when absent; false: WRONGTYPE (or, for writing, OOM) is replied. */
bool redis_hash_for_read(struct redis_call *call, struct slice key, const struct redis_hash **out);
bool redis_hash_for_write(struct redis_call *call, struct slice key, struct redis_hash **out);

#endif
