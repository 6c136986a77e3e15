/* Time in queues: messages that expire, and queues that nobody uses.
 *
 * A message expires when it comes to the head of its queue (of its priority), as in RabbitMQ: behind one
 * that lives longer it waits. */
#ifndef PARLEL_EMULATORS_RABBITMQ_QUEUE_EXPIRY_H
#define PARLEL_EMULATORS_RABBITMQ_QUEUE_EXPIRY_H

#include "emulators/rabbitmq/queue.h"

void rabbit_queue_expiry_init(struct rabbit_queue *queue);
void rabbit_queue_expiry_stop(struct rabbit_queue *queue);

/* When a message put into the queue now expires; -1: never. */
int64_t rabbit_queue_expiry_of(const struct rabbit_queue *queue,
                               const struct rabbit_message *message);

/* Dead-letters what has expired at the head. */
void rabbit_queue_expire(struct rabbit_queue *queue);

/* The head may be another one: the timer follows it. */
void rabbit_queue_head_changed(struct rabbit_queue *queue);

#endif
