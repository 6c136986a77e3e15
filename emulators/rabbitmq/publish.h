/* Publishing: from an exchange to the queues. */
#ifndef PARLEL_EMULATORS_RABBITMQ_PUBLISH_H
#define PARLEL_EMULATORS_RABBITMQ_PUBLISH_H

#include "emulators/rabbitmq/trace.h"

enum rabbit_publish_result {
    RABBIT_PUBLISHED,
    RABBIT_UNROUTED,        /* no queue yet: dropped, or delayed; returned when mandatory */
    RABBIT_PUBLISH_REFUSED, /* a queue was full: nack */
    RABBIT_PUBLISH_FAILED   /* *error says why */
};

/* Routes a message by its exchange, routing key and headers, and puts it into every queue. Borrows the
 * reference. Delayed exchanges keep it for later (delayed.h). */
enum rabbit_publish_result rabbit_publish(struct rabbit_vhost *vhost,
                                          struct rabbit_message *message,
                                          struct rabbit_error *error);
/* The same for a client, traced; NULL: for nobody. */
enum rabbit_publish_result rabbit_publish_for(struct rabbit_vhost *vhost,
                                              const struct rabbit_trace_client *client,
                                              struct rabbit_message *message,
                                              struct rabbit_error *error);

/* The same for a dead letter: a missing exchange drops it, and with `no_cycles` so do queues where it
 * would go round. */
void rabbit_publish_letter(struct rabbit_vhost *vhost, struct rabbit_message *message,
                           bool no_cycles, struct rabbit_error *error);

/* Routes a message through another exchange than it was published to, that which has kept it until it
 * was due. */
void rabbit_publish_through(struct rabbit_vhost *vhost, struct slice exchange,
                            struct rabbit_message *message);

#endif
