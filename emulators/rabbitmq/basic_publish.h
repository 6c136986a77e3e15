/* basic.publish: what is checked of a message, and what its publisher is told. */
#ifndef PARLEL_EMULATORS_RABBITMQ_BASIC_PUBLISH_H
#define PARLEL_EMULATORS_RABBITMQ_BASIC_PUBLISH_H

#include "emulators/rabbitmq/channel_session.h"

/* Makes the message of a content, without its body yet, from its content header. NULL: refused, as the
 * exchange, the user or a property does not allow it. */
struct rabbit_message *rabbit_publish_prepare(struct rabbit_channel_session *channel,
                                              const struct rabbit_content *content,
                                              uint64_t body_len, struct slice properties,
                                              struct rabbit_error *error);

/* A message is complete: publishes it, or holds it for the transaction. False: refused. */
bool rabbit_publish_complete(struct rabbit_channel_session *channel, struct rabbit_message *message,
                             bool mandatory, struct rabbit_error *error);

/* Publishes it, returns it when it is mandatory and has nowhere to go, confirms it. */
bool rabbit_publish_now(struct rabbit_channel_session *channel, struct rabbit_message *message,
                        bool mandatory, struct rabbit_error *error);

#endif
