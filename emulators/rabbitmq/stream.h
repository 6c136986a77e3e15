/* Stream queues: a log that consumers read from an offset on, and that nobody empties.
 *
 * A stream's `ready` is its log, an entry's seq its offset. Acknowledgements give credit alone. Old
 * entries go by whole segments when the log is longer (x-max-length-bytes) or older (x-max-age) than it
 * may be, as RabbitMQ's do. */
#ifndef PARLEL_EMULATORS_RABBITMQ_STREAM_H
#define PARLEL_EMULATORS_RABBITMQ_STREAM_H

#include "emulators/rabbitmq/channel.h"

/* Appends a message; takes no reference of the caller's. False when out of memory. */
bool rabbit_stream_put(struct rabbit_queue *queue, struct rabbit_message *message);

/* Puts a consumer where its argument x-stream-offset says: first, last, next (default), an offset, a
 * time, or an interval ("1h"). False: it says nothing of the kind. */
bool rabbit_stream_attach(struct rabbit_queue *queue, struct rabbit_consumer *consumer,
                          struct rabbit_error *error);

/* "7D" in milliseconds, by Y M D h m s. False: it is no interval. */
bool rabbit_stream_interval(struct slice text, int64_t *out_ms);

/* Gives every consumer with credit what it has not had. */
void rabbit_stream_deliver(struct rabbit_queue *queue);

#endif
