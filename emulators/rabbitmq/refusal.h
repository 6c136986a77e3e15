/* How RabbitMQ words what is wrong with frames: "type 1, all octets = <<0>>: unknown_frame". */
#ifndef PARLEL_EMULATORS_RABBITMQ_REFUSAL_H
#define PARLEL_EMULATORS_RABBITMQ_REFUSAL_H

#include "emulators/rabbitmq/error.h"
#include "protocols/amqp/amqp_frame.h"
#include "protocols/amqp/amqp_method.h"

/* 501: a frame of no known type, or not as its type has it. */
bool rabbit_refuse_frame(const struct amqp_frame *frame, struct rabbit_error *error);
/* 501: what the decoder says of it. */
bool rabbit_refuse_malformed(const struct amqp_decoder *decoder, const struct amqp_frame *frame,
                             struct rabbit_error *error);
/* 505: a frame that is not for channel 0. */
bool rabbit_refuse_unexpected(const struct amqp_frame *frame, struct rabbit_error *error);
/* 501: a method whose fields do not fit its payload. */
bool rabbit_refuse_fields(struct slice payload, struct rabbit_error *error);

#endif
