/* The methods of channel 0: the handshake, connection.close, connection.update-secret.
 *
 * The virtual host's name may end in "@WORLD": the connection moves to that world's broker then, unless
 * a virtual host of the whole name exists. */
#ifndef PARLEL_EMULATORS_RABBITMQ_HANDSHAKE_H
#define PARLEL_EMULATORS_RABBITMQ_HANDSHAKE_H

#include "emulators/rabbitmq/channel_session.h"

/* The protocol header was right: connection.start. */
void rabbit_handshake_begin(struct rabbit_connection *connection);

/* A method frame of channel 0. */
enum rabbit_progress rabbit_handshake_method(struct rabbit_connection *connection,
                                             const struct amqp_frame *frame);

/* "running": RabbitMQ's name of a phase, for management. */
const char *rabbit_phase_name(enum rabbit_phase phase);

#endif
