/* Dead letters: messages that a queue gives up go on to its dead-letter exchange, with x-death. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DEAD_LETTER_H
#define PARLEL_EMULATORS_RABBITMQ_DEAD_LETTER_H

#include "emulators/rabbitmq/queue.h"

enum rabbit_death { RABBIT_EXPIRED, RABBIT_REJECTED, RABBIT_MAXLEN, RABBIT_DELIVERY_LIMIT };

/* Sends the message to the queue's dead-letter exchange, if it has one. It waits among the broker's letters
 * until the operation under way is over. Borrows the message. */
void rabbit_dead_letter(struct rabbit_queue *queue, const struct rabbit_message *message,
                        enum rabbit_death why);

/* Has a message that the broker makes wait among the letters for being published to its exchange. Takes the
 * reference; out of memory it is lost. */
void rabbit_letter_send(struct rabbit_vhost *vhost, struct rabbit_message *message);

/* Publishes the letters that wait: not where the exchange is missing, nor into queues where a message would go
 * round in a cycle without anybody rejecting it. True when there were any. */
bool rabbit_letters_deliver(struct rabbit *rabbit);
/* Drops the letters of a virtual host that goes; NULL: all. */
void rabbit_letters_drop(struct rabbit *rabbit, const struct rabbit_vhost *vhost);

#endif
