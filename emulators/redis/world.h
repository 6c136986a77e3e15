/* Clients that belong to a fork of the sandbox: a user "NAME@WORLD" in AUTH or HELLO moves the
 * connection to the Redis of that world, a user without a suffix back to the sandbox's own. */
#ifndef PARLEL_EMULATORS_REDIS_WORLD_H
#define PARLEL_EMULATORS_REDIS_WORLD_H

#include "emulators/redis/session.h"

/* Looks at a command before it is executed: when it names a user of a world, the client moves there,
 * and the name in argv loses its suffix. Within MULTI nobody moves. A world that is not there changes nothing: AUTH refuses
 * the name then, as one that no user has. */
void redis_world_enter(struct redis_session *session, struct slice *argv, uint32_t argc);

#endif
