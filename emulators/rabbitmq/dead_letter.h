/* Dead letters: messages that a queue gives up go on to its dead-letter exchange, with x-death.
 *
 * x-death is an array of tables, the newest first, one for each queue and reason, which counts; besides,
 * x-first-death-exchange, -queue and -reason are set once. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DEAD_LETTER_H
#define PARLEL_EMULATORS_RABBITMQ_DEAD_LETTER_H

#include "emulators/rabbitmq/queue.h"

enum rabbit_death { RABBIT_EXPIRED, RABBIT_REJECTED, RABBIT_MAXLEN, RABBIT_DELIVERY_LIMIT };

/* Publishes the message to the queue's dead-letter exchange, unless it has none, the exchange is
 * missing, or the message would go round in an automatic cycle. Borrows the message. */
void rabbit_dead_letter(struct rabbit_queue *queue, const struct rabbit_message *message,
                        enum rabbit_death why);

#endif
