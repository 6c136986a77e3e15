/* What is checked of a message before it is published, whoever publishes it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_PUBLISH_CHECK_H
#define PARLEL_EMULATORS_RABBITMQ_PUBLISH_CHECK_H

#include "emulators/rabbitmq/message.h"
#include "emulators/rabbitmq/vhost.h"
#include "protocols/amqp/amqp_properties.h"

/* May the user publish to that exchange (empty: the default one), with that routing key, so many bytes? 403, 404 or
 * 406 otherwise. Of the options these three matter. */
bool rabbit_publish_check(struct rabbit_vhost *vhost, struct slice user,
                          const struct rabbit_message_options *options, struct rabbit_error *error);

/* Fills what follows from the properties into the options of a message: its time to live, priority, mode.
 * False: 406, they say what they may not: another user's id, unless `user` is tagged as an impersonator. */
bool rabbit_publish_read_properties(const struct rabbit *rabbit,
                                    const struct amqp_properties *properties, struct slice user,
                                    struct rabbit_message_options *out, struct rabbit_error *error);

#endif
