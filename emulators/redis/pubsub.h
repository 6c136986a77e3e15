/* Publish/subscribe: channels, patterns and shard channels, and who listens.
 * Source: the Redis manual, "Redis Pub/Sub". Subscriptions belong to connections, not to the data. */
#ifndef PARLEL_EMULATORS_REDIS_PUBSUB_H
#define PARLEL_EMULATORS_REDIS_PUBSUB_H

#include "emulators/redis/session.h"

struct redis_pubsub *redis_pubsub_create(struct redis *redis);
void redis_pubsub_destroy(struct redis_pubsub *pubsub);

/* Delivers to channel and pattern subscribers; returns how many deliveries. */
uint64_t redis_publish(struct redis *redis, struct slice channel, struct slice message);
/* Delivers to shard-channel subscribers. */
uint64_t redis_publish_shard(struct redis *redis, struct slice channel, struct slice message);

/* Ends all of a session's subscriptions silently (it closes, or RESET). */
void redis_unsubscribe_all(struct redis_session *session);

/* Number of a session's channel and pattern subscriptions together, of the patterns alone, and of
 * shard subscriptions. */
unsigned redis_subscription_count(const struct redis_session *session);
unsigned redis_pattern_count(const struct redis_session *session);
unsigned redis_shard_count(const struct redis_session *session);

/* Number of channels, patterns and shard channels that someone listens to. */
uint64_t redis_pubsub_channel_count(const struct redis *redis);
uint64_t redis_pubsub_pattern_count(const struct redis *redis);
uint64_t redis_pubsub_shard_count(const struct redis *redis);

/* Visits a session's subscriptions until visit returns false; false then (ACL). */
bool redis_each_subscription(const struct redis_session *session,
                             bool (*visit)(void *ctx, struct slice name, bool pattern), void *ctx);

#endif
