/* Exchanges of type x-delayed-message: they keep a message for as long as its header x-delay says. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DELAYED_H
#define PARLEL_EMULATORS_RABBITMQ_DELAYED_H

#include "emulators/rabbitmq/exchange.h"

/* Keeps the message when its exchange is one of these and the header asks for a delay: *out_kept. Takes
 * a reference of its own then. False when out of memory. */
bool rabbit_delay(struct rabbit_vhost *vhost, struct rabbit_message *message,
                  const struct rabbit_routing *routing, bool *out_kept, struct rabbit_error *error);

#endif
