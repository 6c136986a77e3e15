/* Arguments of queues and exchanges that are declared again: compared, and told apart in RabbitMQ's words. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ARGUMENT_TEXT_H
#define PARLEL_EMULATORS_RABBITMQ_ARGUMENT_TEXT_H

#include "emulators/rabbitmq/error.h"
#include "protocols/amqp/amqp_table.h"

/* Whose arguments they are, for the text. */
struct rabbit_argument_owner {
    const char *kind; /* "queue", "exchange" */
    struct slice name, vhost;
};

/* Is an argument the same in two tables, by value whatever the integers' widths? False with 406
 * "inequivalent arg ...". */
bool rabbit_argument_agrees(const struct rabbit_argument_owner *owner, const char *argument,
                            struct slice asked, struct slice current, struct rabbit_error *error);

/* A value as RabbitMQ's texts have it: 5, abc, true, [{signedint,1}]. At most room bytes with the NUL. */
void rabbit_argument_print(const struct amqp_value *value, char *out, size_t room);

#endif
