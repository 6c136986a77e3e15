/* The tables of handlers, one per command file; commands.c lists them all. */
#ifndef PARLEL_EMULATORS_REDIS_COMMANDS_H
#define PARLEL_EMULATORS_REDIS_COMMANDS_H

#include "emulators/redis/call.h"

#define REDIS_COMMAND_TABLES(X) \
    X(acl)                      \
    X(client)                   \
    X(lcs)                      \
    X(bitmap)                   \
    X(bitfield)                 \
    X(cluster)                  \
    X(command)                  \
    X(config)                   \
    X(connection)               \
    X(dump)                     \
    X(debug)                    \
    X(expire)                   \
    X(generic)                  \
    X(function)                 \
    X(function_dump)            \
    X(geo_search)               \
    X(geo)                      \
    X(hash)                     \
    X(hash_expire)              \
    X(hyperloglog)              \
    X(info)                     \
    X(latency)                  \
    X(list)                     \
    X(memory)                   \
    X(migrate)                  \
    X(monitor)                  \
    X(object)                   \
    X(persistence)              \
    X(pubsub)                   \
    X(replication)              \
    X(server)                   \
    X(script)                   \
    X(set)                      \
    X(slowlog)                  \
    X(sort)                     \
    X(stream)                   \
    X(stream_claim)             \
    X(stream_group)             \
    X(stream_info)              \
    X(stream_read)              \
    X(string)                   \
    X(tracking)                 \
    X(transaction)              \
    X(zset)                     \
    X(zset_algebra)             \
    X(zset_range)

#define REDIS_DECLARE_TABLE(name) extern const struct redis_command redis_##name##_commands[];
REDIS_COMMAND_TABLES(REDIS_DECLARE_TABLE)

/* Fills redis->handlers and makes redis->command_stats; false when out of memory. */
bool redis_commands_register(struct redis *redis);
void redis_commands_release(struct redis *redis);

/* The command or, for a container and a known second word, its subcommand. *unknown_subcommand: the
 * second word is none. NULL: no such command. */
const struct redis_command_info *redis_resolve(const struct slice *argv, uint32_t argc,
                                               bool *unknown_subcommand);

#endif
