/* Fault rules applied to a client's commands (emulators/fault_gate.h has what all services share). */
#ifndef PARLEL_EMULATORS_REDIS_FAULT_H
#define PARLEL_EMULATORS_REDIS_FAULT_H

#include "emulators/fault_gate.h"
#include "emulators/redis/session.h"

/* Executes a command of a connection as the rules will have it. False: it has to wait, and comes
 * again. */
bool redis_fault_dispatch(struct redis_session *session, struct slice *argv, uint32_t argc);

/* The command in hand, which may have waited, is over, and with it the rule that applied to it; nothing
 * when it waits still. */
void redis_fault_finish(struct redis_session *session);

/* Where a message goes that is no reply: to `out`, or behind the reply that a rule has drip. */
struct outq *redis_fault_out(struct redis_session *session, struct outq *out);

#endif
