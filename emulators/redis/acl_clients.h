/* What a change of the users does to the clients that are connected. */
#ifndef PARLEL_EMULATORS_REDIS_ACL_CLIENTS_H
#define PARLEL_EMULATORS_REDIS_ACL_CLIENTS_H

#include "emulators/redis/acl.h"

/* A user is about to become another: its subscribers that have a channel or pattern which the new
 * one may not listen to are disconnected. False: out of memory, nothing was done. */
bool redis_acl_drop_subscribers(struct redis *redis, struct arena *arena,
                                const struct redis_user *before, const struct redis_user *after);

/* A user is gone: its clients are disconnected, and `heir` until then, not authenticated. */
void redis_acl_drop_clients(struct redis *redis, const struct redis_user *user,
                            struct redis_user *heir);

#endif
