/* The management API: RabbitMQ's HTTP service beside AMQP, on a port of its own.
 *
 * It shows and changes the broker that it belongs to, through the engine's calls; what it counts is
 * exact at the moment of the answer. It listens on loopback as the broker does, from the moment the
 * broker's own port is known. A fork has none.
 *
 * Errors: a port that cannot be had is logged; AMQP is served without management then. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_MANAGEMENT_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_MANAGEMENT_H

#include "emulators/rabbitmq/instance.h"

#define RABBIT_MANAGEMENT_PORT 15672

/* Listens on the broker's address as its settings say, no longer where it did before. Without a port
 * given it is the usual one when AMQP has its usual one, too, and any free one otherwise. */
void rabbit_management_listen(struct rabbit *rabbit);

/* Serves a connection that is there already. False when out of memory. */
bool rabbit_management_open(struct rabbit *rabbit, struct transport *transport);

/* Ends its connections; it goes on listening. */
void rabbit_management_close_all(struct rabbit *rabbit);

/* Ends it. Does nothing when there is none. */
void rabbit_management_stop(struct rabbit *rabbit);

/* The port that it listens on; 0: it does not. */
uint16_t rabbit_management_port(const struct rabbit *rabbit);

#endif
