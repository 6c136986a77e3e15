/* What a policy may say: the keys of its definition and their values, checked in RabbitMQ's words. */
#ifndef PARLEL_EMULATORS_RABBITMQ_POLICY_DEFINITION_H
#define PARLEL_EMULATORS_RABBITMQ_POLICY_DEFINITION_H

#include "common/slice.h"
#include "emulators/rabbitmq/error.h"

/* Is the definition an object with something in it that policies know? Operators' ones know fewer keys. */
bool rabbit_policy_definition_check(struct slice definition, bool is_operator,
                                    struct rabbit_error *error);

/* Fails with "Validation failed" and the text in the form in which management shows it. Returns false. */
bool rabbit_policy_fail(struct rabbit_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
