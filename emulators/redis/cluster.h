/* Single-node cluster mode: slots, redirections and the CLUSTER command.
 * Source: the Redis cluster specification.
 *
 * The one node serves all slots from the start; slots taken from it (CLUSTER DELSLOTS, RESET) are
 * served by nobody. There is no bus: other nodes cannot be met. */
#ifndef PARLEL_EMULATORS_REDIS_CLUSTER_H
#define PARLEL_EMULATORS_REDIS_CLUSTER_H

#include "emulators/redis/session.h"

#define REDIS_CLUSTER_SLOTS 16384

/* The hash slot of a key (CRC16 of the key or of its {tag}). */
unsigned redis_cluster_slot(struct slice key);

/* True when the command's keys are all of one slot that this node serves; otherwise the error is
 * replied, and a transaction whose EXEC this is given up. */
bool redis_cluster_check(struct redis_session *session, const struct redis_command_info *info,
                         const struct slice *argv, uint32_t argc);

/* ---- for CLUSTER itself */

struct redis_cluster {
    uint64_t epoch;
    uint8_t slots[REDIS_CLUSTER_SLOTS / 8]; /* served ones */
};

/* The state for changing; NULL: out of memory. */
struct redis_cluster *redis_cluster_edit(struct redis *redis);
void redis_cluster_destroy(struct redis *redis);

bool redis_cluster_serves(const struct redis *redis, unsigned slot);
void redis_cluster_serve(struct redis_cluster *cluster, unsigned slot, bool served);
unsigned redis_cluster_served_count(const struct redis *redis);
/* All slots are served, or need not be (cluster-require-full-coverage). */
bool redis_cluster_is_up(struct redis *redis);
uint64_t redis_cluster_epoch(const struct redis *redis);

/* The next run of served slots that ends at or after *at; false when there is none. */
bool redis_cluster_next_range(const struct redis *redis, unsigned *at, unsigned *out_last);

#endif
