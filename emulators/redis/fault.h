/* Fault rules applied to a client's commands (emulators/fault_gate.h has what all services share). */
#ifndef PARLEL_EMULATORS_REDIS_FAULT_H
#define PARLEL_EMULATORS_REDIS_FAULT_H

#include "emulators/fault_gate.h"
#include "emulators/redis/session.h"

/* Executes a command of a connection as the rules will have it. False: it has to wait, and comes
 * again. */
bool redis_fault_dispatch(struct redis_session *session, struct slice *argv, uint32_t argc);

/* A reply that a rule wanted for itself is complete: a client that waited has been served. */
void redis_fault_finish(struct redis_session *session);

#endif
