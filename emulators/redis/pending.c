/* Parts that other modules bring; each goes from here when its module comes. */
#include "emulators/redis/cluster.h"
unsigned redis_cluster_slot(struct slice key) { (void)key; return 0; }
bool redis_cluster_check(struct redis_session *session, const struct redis_command_info *info, const struct slice *argv, uint32_t argc) { (void)session; (void)info; (void)argv; (void)argc; return true; }

#include "emulators/redis/stream_dump.h"
void redis_stream_dump(struct outq *out, const struct redis_entry *entry) { (void)out; (void)entry; }
struct redis_value *redis_stream_restore(struct redis *redis, struct rdb_reader *reader, enum rdb_type type) { (void)redis; (void)reader; (void)type; return NULL; }
