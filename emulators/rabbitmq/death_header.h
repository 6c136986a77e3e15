/* The header x-death: what a message has been through.
 *
 * An array of tables, the newest death first, one for each queue and reason, which counts; besides,
 * x-first-death-exchange, -queue and -reason, set once. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DEATH_HEADER_H
#define PARLEL_EMULATORS_RABBITMQ_DEATH_HEADER_H

#include "common/outq.h"
#include "emulators/rabbitmq/message.h"

/* One death: what is told of it. */
struct rabbit_death_note {
    struct slice queue, exchange; /* where it died, and how it had got there: */
    struct slice routing_key;
    struct slice expiration; /* its property; ptr NULL without one */
    struct slice headers;    /* the message's table; empty without one */
    const char *reason;
    int64_t time_s;
};

/* Appends the message's header table with this death in it, sorted by name as RabbitMQ does; drop_cc:
 * without CC, whose keys are not routed by any more. */
void rabbit_death_put_headers(struct outq *out, const struct rabbit_death_note *death,
                              bool drop_cc);

/* Has the message died in this queue before, and nobody has rejected it since? */
bool rabbit_death_is_cycle(const struct rabbit_message *message, struct slice queue);

#endif
