/* Digests of values and of all data: DEBUG DIGEST and DEBUG DIGEST-VALUE, equal to redis-server's.
 *
 * Ordered elements are chained (digest = SHA1(digest xor SHA1(element))), unordered ones added up by
 * xor, so that two servers with the same data give the same digest. */
#ifndef PARLEL_EMULATORS_REDIS_DIGEST_H
#define PARLEL_EMULATORS_REDIS_DIGEST_H

#include "emulators/redis/instance.h"

#define REDIS_DIGEST_LEN 20

/* Of one key's value and expiry, mixed into what digest holds. */
void redis_digest_entry(const struct redis_entry *entry, uint8_t digest[REDIS_DIGEST_LEN]);

/* Of all databases. */
void redis_digest_all(const struct redis *redis, uint8_t out[REDIS_DIGEST_LEN]);

#endif
