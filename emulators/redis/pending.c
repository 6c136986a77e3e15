/* Parts that other modules bring; each goes from here when its module comes. */
#include "emulators/redis/cluster.h"
unsigned redis_cluster_slot(struct slice key) { (void)key; return 0; }
bool redis_cluster_check(struct redis_session *session, const struct redis_command_info *info, const struct slice *argv, uint32_t argc) { (void)session; (void)info; (void)argv; (void)argc; return true; }
#include "emulators/redis/execute.h"
#include "emulators/redis/seed.h"
bool redis_execute_text(struct emulator *e, struct slice c, struct json_writer *out, struct emulator_error *error) { (void)e; (void)c; (void)out; return emulator_fail(error, "ERR", "pending"); }
bool redis_seed(struct emulator *e, struct yaml_reader *r, struct emulator_error *error) { (void)e; (void)r; return emulator_fail(error, "ERR", "pending"); }
void redis_dump(struct emulator *e, struct json_writer *out) { (void)e; (void)out; }
void redis_statistics(struct emulator *e, struct json_writer *out) { (void)e; (void)out; }

#include "emulators/redis/stream_dump.h"
void redis_stream_dump(struct outq *out, const struct redis_entry *entry) { (void)out; (void)entry; }
struct redis_value *redis_stream_restore(struct redis *redis, struct rdb_reader *reader, enum rdb_type type) { (void)redis; (void)reader; (void)type; return NULL; }
