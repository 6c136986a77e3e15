/* Messages made from others: with another header table, another place to go.
 *
 * A message is immutable, so whatever the broker adds to one (x-death) or takes away (BCC, expiration)
 * makes a copy of it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MESSAGE_EDIT_H
#define PARLEL_EMULATORS_RABBITMQ_MESSAGE_EDIT_H

#include "emulators/rabbitmq/message.h"

struct rabbit_message_edit {
    struct slice exchange, routing_key; /* of the copy */
    struct slice headers;               /* its table; ptr NULL: none */
    bool drop_expiration;
    int64_t published_ms;
};

/* A copy with one reference; NULL when out of memory. */
struct rabbit_message *rabbit_message_edited(struct heap *heap,
                                             const struct rabbit_message *message,
                                             const struct rabbit_message_edit *edit);

/* A copy without the header BCC; the message itself, of one reference more, when there is none. */
struct rabbit_message *rabbit_message_without_bcc(struct heap *heap,
                                                  struct rabbit_message *message);

#endif
