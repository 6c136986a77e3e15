/* Values as DUMP payloads and back: the RDB encodings of each type. */
#ifndef PARLEL_EMULATORS_REDIS_DUMP_H
#define PARLEL_EMULATORS_REDIS_DUMP_H

#include "emulators/redis/instance.h"
#include "emulators/redis/rdb.h"

/* Appends the payload of the entry's value, footer included. */
void redis_dump_value(struct outq *out, const struct redis_entry *entry);

/* Reads one value under a key. NULL: corrupt (or out of memory). A string becomes an entry of the
 * encoding that SET would choose. */
struct redis_entry *redis_restore_value(struct redis *redis, struct rdb_reader *reader,
                                        struct slice key, int64_t expire_ms);

#endif
