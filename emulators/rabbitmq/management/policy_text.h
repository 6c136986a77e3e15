/* What policies say of one queue or exchange, as JSON. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_POLICY_TEXT_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_POLICY_TEXT_H

#include "emulators/rabbitmq/management/call.h"
#include "emulators/rabbitmq/queue.h"

/* The members of the queue's policy and of its operators' one; of numbers in both the smaller. */
void management_put_effective_policy(struct management_call *call, const struct rabbit_queue *queue,
                                     struct json_writer *out);

#endif
