/* Streams as DUMP payloads: macro nodes of listpacks, then ids, groups and consumers. */
#ifndef PARLEL_EMULATORS_REDIS_STREAM_DUMP_H
#define PARLEL_EMULATORS_REDIS_STREAM_DUMP_H

#include "emulators/redis/instance.h"
#include "emulators/redis/rdb.h"

/* Type byte and value. */
void redis_stream_dump(struct outq *out, const struct redis_entry *entry);
/* The value behind a type byte of RDB_STREAM_LISTPACKS or ..._2; NULL: corrupt. */
struct redis_value *redis_stream_restore(struct redis *redis, struct rdb_reader *reader,
                                         enum rdb_type type);

#endif
