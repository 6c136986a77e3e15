/* connection.blocked: publishers are not read from while memory is short, or a fault rule says so.
 *
 * As with RabbitMQ, a connection is blocked as it publishes, and only those are told that announced
 * the capability connection.blocked. */
#ifndef PARLEL_EMULATORS_RABBITMQ_CONNECTION_BLOCKED_H
#define PARLEL_EMULATORS_RABBITMQ_CONNECTION_BLOCKED_H

#include "emulators/rabbitmq/session.h"

/* The connection is about to publish (keys: exchange and routing key). True: it is blocked, and the
 * publish comes again. */
bool rabbit_publish_blocks(struct rabbit_connection *connection, const struct slice *keys,
                           uint32_t key_count);

/* Looks whether the memory is short still, and lets the blocked go on if not. */
void rabbit_blocked_look(struct rabbit *rabbit);

/* The connection goes on, and is told so if it was told otherwise. */
void rabbit_blocked_end(struct rabbit_connection *connection);

#endif
