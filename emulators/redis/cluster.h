/* Single-node cluster mode: slots, redirections and the CLUSTER command.
 * Source: the Redis cluster specification. */
#ifndef PARLEL_EMULATORS_REDIS_CLUSTER_H
#define PARLEL_EMULATORS_REDIS_CLUSTER_H

#include "emulators/redis/session.h"

/* The hash slot of a key (CRC16 of the key or of its {tag}). */
unsigned redis_cluster_slot(struct slice key);

/* True when the command's keys are all of one slot; otherwise the error is replied. */
bool redis_cluster_check(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc);

#endif
