/* Fault rules for a connection's commands.
 *
 * A rule's op is the method's name, its key the exchange, routing key or queue. `error=CODE:TEXT` closes the
 * channel or the connection with that reply code ("404" or "NOT_FOUND"), by what the code is for; for
 * basic.publish in confirm mode, `error=nack` is a basic.nack and nothing else. Other actions are as for all
 * services. Of the op connection.blocked, `hold` and `delay` have those who publish blocked for so
 * long: they are told by connection.blocked and connection.unblocked (connection_blocked.h). */
#ifndef PARLEL_EMULATORS_RABBITMQ_FAULT_H
#define PARLEL_EMULATORS_RABBITMQ_FAULT_H

#include "common/fault.h"
#include "common/match.h"
#include "emulators/rabbitmq/session.h"

struct rabbit_call;

enum rabbit_fault {
    RABBIT_FAULT_NONE,  /* go on */
    RABBIT_FAULT_WAITS, /* take no input; the command comes again */
    RABBIT_FAULT_ERROR, /* call->error is its answer */
    RABBIT_FAULT_NACK,  /* a publish: take it, and refuse it */
    RABBIT_FAULT_CLOSED /* the connection ends without it */
};

/* What becomes of a method; of connection.open as well, whose call has no channel. */
enum rabbit_fault rabbit_fault_ask(struct rabbit_call *call);

/* Of what else a rule may apply to: does it wait? */
bool rabbit_fault_waits(struct rabbit_connection *connection, const char *op,
                        const struct slice *keys, uint32_t key_count);

/* The command in hand is over, its content too. */
void rabbit_fault_finish(struct rabbit_connection *connection);

/* Is there any rule, or has the connection to do with one? */
static inline bool rabbit_fault_possible(const struct rabbit_connection *connection)
{
    const struct fault_rules *faults = connection->rabbit->host.faults;
    return faults && (connection->gate || faults->count);
}

#endif
