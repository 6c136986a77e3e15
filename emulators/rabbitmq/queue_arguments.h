/* What a queue's arguments ask for: checked, compared and read (x-message-ttl, x-max-length, ...).
 *
 * Texts are RabbitMQ's: "invalid arg 'x-expires' for queue 'q' in vhost '/': {value_zero,0}". */
#ifndef PARLEL_EMULATORS_RABBITMQ_QUEUE_ARGUMENTS_H
#define PARLEL_EMULATORS_RABBITMQ_QUEUE_ARGUMENTS_H

#include "emulators/rabbitmq/queue.h"

/* Reads x-queue-type (the virtual host's default without one) and checks all arguments and the
 * queue's properties for it. */
bool rabbit_queue_arguments_check(const struct rabbit_vhost *vhost,
                                  const struct rabbit_queue_options *options,
                                  enum rabbit_queue_type *out_type, struct rabbit_error *error);

/* Is a queue that exists as a declaration wants it? Else 406 "inequivalent arg ...". */
bool rabbit_queue_arguments_agree(const struct rabbit_queue *queue,
                                  const struct rabbit_queue_options *options,
                                  struct rabbit_error *error);

/* The limits of checked arguments alone; slices borrow from them. */
void rabbit_queue_arguments_read(struct slice arguments, struct rabbit_queue_limits *out);

/* "reject-publish"; anything else than what there is means drop-head. */
enum rabbit_overflow rabbit_overflow_of(struct slice text);

/* "classic", "quorum", "stream". */
const char *rabbit_queue_type_name(enum rabbit_queue_type type);

#endif
