/* Parts that other modules bring; each goes from here when its module comes. */

#include "emulators/redis/stream_dump.h"
void redis_stream_dump(struct outq *out, const struct redis_entry *entry) { (void)out; (void)entry; }
struct redis_value *redis_stream_restore(struct redis *redis, struct rdb_reader *reader, enum rdb_type type) { (void)redis; (void)reader; (void)type; return NULL; }
