/* Messages that exchanges of type x-delayed-message keep until they are due.
 *
 * As RabbitMQ's plugin has it: the header x-delay says how many milliseconds. When they are over the
 * message is routed as the exchange's x-delayed-type says, with the header's sign turned: so an exchange of
 * this type further on does not keep it again, and consumers see that it was delayed. What is
 * waiting is part of the exchange's state, so a rewind brings it back and a deletion drops it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DELAYED_H
#define PARLEL_EMULATORS_RABBITMQ_DELAYED_H

#include "emulators/rabbitmq/exchange.h"

enum rabbit_delay { RABBIT_DELAY_NONE, RABBIT_DELAY_KEPT, RABBIT_DELAY_NO_MEMORY };

/* Keeps a message, or rather a copy with the other header, if it asks for a delay and the exchange
 * delays. */
enum rabbit_delay rabbit_delay(struct rabbit_exchange *exchange,
                               const struct rabbit_routing *routing);

/* Keeps a message until then, whatever its headers say. Takes its reference. False when out of memory: the
 * reference is the caller's still. */
bool rabbit_delayed_keep(struct rabbit_exchange *exchange, struct rabbit_message *message,
                         int64_t due_ms);

/* The exchange's delay_timer: routes what is due. rabbit_exchange_arm starts it. */
void rabbit_delayed_fire(struct clock_timer *timer);

#endif
