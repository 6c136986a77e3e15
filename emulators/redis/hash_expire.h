/* Fields whose time has come. Each database keeps, next to its keys, when a field of which hash
 * expires next; one timer (see expire.c) stands at the earliest. */
#ifndef PARLEL_EMULATORS_REDIS_HASH_EXPIRE_H
#define PARLEL_EMULATORS_REDIS_HASH_EXPIRE_H

#include "emulators/redis/call.h"
#include "emulators/redis/instance.h"

/* The hash's earliest field expiry may be new: notes it. No hash, or none that expires: nothing. */
void redis_fields_arm(struct redis *redis, struct redis_db *db, const struct redis_entry *entry);

/* Removes the fields of a hash that are due, with the events; the hash goes when it is empty. A key
 * that is absent or no such hash is left alone. */
void redis_fields_expire(struct redis *redis, struct redis_db *db, struct slice key);

/* The same for every hash of the database that is due. */
void redis_fields_expire_all(struct redis *redis, struct redis_db *db);

#endif
