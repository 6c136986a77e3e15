/* Field values as Erlang writes them: RabbitMQ's texts show what a client sent so.
 *
 * 5, 1.5, true, <<"text">>, <<1,2>>, [{<<"name">>,longstr,<<"text">>}]; a value of no type's content
 * is undefined. All on one line. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ERLANG_TERM_H
#define PARLEL_EMULATORS_RABBITMQ_ERLANG_TERM_H

#include "protocols/amqp/amqp_table.h"

/* Both write a NUL-terminated text into out, cut to what fits, and return it. */
const char *rabbit_erlang_binary(struct slice bytes, char *out, size_t size);
const char *rabbit_erlang_value(const struct amqp_value *value, char *out, size_t size);

#endif
