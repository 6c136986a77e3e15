/* The whole state as JSON, in the nouns of fixtures: definitions as RabbitMQ exports them, `messages`
 * and `consumers`.
 *
 * Messages are in the order of their queue. What a channel has not acknowledged is among them, with
 * `unacknowledged` saying whose it is; what an exchange of type x-delayed-message keeps has no queue, but
 * a time when it is `due`. Exclusive queues are their connection's, and no part of it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DUMP_H
#define PARLEL_EMULATORS_RABBITMQ_DUMP_H

#include "emulators/emulator.h"

/* The contract's `dump`. */
void rabbit_dump(struct emulator *emulator, struct json_writer *out);

#endif
