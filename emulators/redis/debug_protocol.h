/* DEBUG PROTOCOL: one reply of each type that RESP has, for clients' own tests. */
#ifndef PARLEL_EMULATORS_REDIS_DEBUG_PROTOCOL_H
#define PARLEL_EMULATORS_REDIS_DEBUG_PROTOCOL_H

#include "emulators/redis/call.h"

/* argv[2] names the type. */
void redis_debug_protocol(struct redis_call *call);

#endif
