/* AMQP's field tables as JSON, and JSON objects as field tables. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_ARGUMENTS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_ARGUMENTS_H

#include "emulators/rabbitmq/management/body.h"

/* Writes a table as an object. What is no UTF-8 is said to be none and given as base64, as RabbitMQ does. */
void management_put_table(struct management_call *call, struct slice table,
                          struct json_writer *out);

bool management_is_utf8(struct slice bytes);

/* A table's bytes from the object's member, in the arena; empty without it, and of an empty array.
 * Integers are of 64 bits. False: the call is answered. */
bool management_table(struct management_call *call, struct slice object, const char *name,
                      struct slice *out);

#endif
