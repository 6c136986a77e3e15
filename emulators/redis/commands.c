#include "emulators/redis/commands.h"

#include "common/assert.h"
#include "emulators/redis/instance.h"

#define TABLE(name) redis_##name##_commands,
static const struct redis_command *const tables[] = {REDIS_COMMAND_TABLES(TABLE)};

bool redis_commands_register(struct redis *redis)
{
    size_t count = redis_command_count();
    struct heap *heap = redis->host.heap;
    redis->handlers = heap_zalloc(heap, count * sizeof(*redis->handlers));
    redis->command_stats = heap_zalloc(heap, count * sizeof(*redis->command_stats));
    if (!redis->handlers || !redis->command_stats)
        return false;
    for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
        for (const struct redis_command *command = tables[t]; command->name; command++) {
            const struct redis_command_info *info = redis_command_by_name(command->name);
            ASSERT(info != NULL);
            redis->handlers[info->index] = command->handler;
        }
    return true;
}

void redis_commands_release(struct redis *redis)
{
    size_t count = redis_command_count();
    heap_free(redis->host.heap, redis->handlers, count * sizeof(*redis->handlers));
    heap_free(redis->host.heap, redis->command_stats, count * sizeof(*redis->command_stats));
}
