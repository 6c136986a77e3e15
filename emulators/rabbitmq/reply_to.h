/* Direct reply-to: answers that come back to a channel without a queue.
 *
 * A channel that consumes amq.rabbitmq.reply-to may publish requests with that as reply-to, which
 * becomes "amq.rabbitmq.reply-to.TOKEN"; whoever publishes to this routing key through the default
 * exchange has the message delivered to the channel, if it is still there. */
#ifndef PARLEL_EMULATORS_RABBITMQ_REPLY_TO_H
#define PARLEL_EMULATORS_RABBITMQ_REPLY_TO_H

#include "emulators/rabbitmq/channel_session.h"

#define RABBIT_REPLY_TO "amq.rabbitmq.reply-to"

struct rabbit_reply_consumer {
    uint32_t refs; /* FIRST: an item of the broker's map, by address */
    struct rabbit_channel_session *channel;
    struct slice tag;     /* the consumer's; heap */
    struct slice address; /* "amq.rabbitmq.reply-to.TOKEN"; heap */
};

/* Is this the queue's name that stands for direct replies? */
bool rabbit_is_reply_to(struct slice queue);
/* Is this the address of a reply? */
bool rabbit_is_reply_address(struct slice routing_key);

/* basic.consume on it. False: refused. */
bool rabbit_reply_consume(struct rabbit_channel_session *channel, struct slice tag, bool no_ack,
                          struct rabbit_error *error);
/* Ends it. Does nothing without one. */
void rabbit_reply_cancel(struct rabbit_channel_session *channel);

/* Delivers a message that is a reply to whom it is for, if that is still there. It counts as unroutable
 * nevertheless, as with RabbitMQ. */
void rabbit_reply_publish(struct rabbit *rabbit, struct rabbit_message *message);

/* Is somebody there? */
bool rabbit_reply_is_address_known(struct rabbit *rabbit, struct slice address);

#endif
