/* Heartbeats, and the times by which connections have to be gone: one real-time timer a broker.
 *
 * Source: AMQP 0-9-1, 4.2.7 "Heartbeat frames"; as RabbitMQ does it: a heartbeat is sent when nothing
 * else was for half the interval, and a peer that was silent for three intervals is dropped. */
#ifndef PARLEL_EMULATORS_RABBITMQ_HEARTBEAT_H
#define PARLEL_EMULATORS_RABBITMQ_HEARTBEAT_H

#include "emulators/rabbitmq/session.h"

/* The timer runs while there are connections. */
void rabbit_heartbeats_run(struct rabbit *rabbit);
void rabbit_heartbeats_stop(struct rabbit *rabbit);

/* Looks after all connections, at this real monotonic time. */
void rabbit_heartbeats_look(struct rabbit *rabbit, int64_t now_us);

/* The connection is dropped in so much time, unless told otherwise; 0: it is not. */
void rabbit_connection_expire(struct rabbit_connection *connection, int64_t in_us);

#endif
