/* A publish on its way in: basic.publish, its content header, its body in frames.
 *
 * What can be refused is refused as soon as it is known, so a body is never waited for in vain; a refusal
 * that closes the channel has its remaining frames ignored with all others. */
#ifndef PARLEL_EMULATORS_RABBITMQ_CONTENT_H
#define PARLEL_EMULATORS_RABBITMQ_CONTENT_H

#include "emulators/rabbitmq/error.h"
#include "emulators/rabbitmq/message.h"
#include "protocols/amqp/amqp_frame.h"
#include "protocols/amqp/amqp_methods.h"

struct rabbit_channel_session;

enum rabbit_content_step { RABBIT_CONTENT_NONE, RABBIT_CONTENT_HEADER, RABBIT_CONTENT_BODY };

struct rabbit_content {
    enum rabbit_content_step step; /* what is to come */
    bool mandatory;
    bool nacked;     /* a fault rule refuses it */
    bool is_overrun; /* the body was longer than said: as with RabbitMQ it never ends now */
    struct rabbit_message *message;
    uint64_t filled; /* bytes of its body */
    uint64_t bytes;  /* of its frames so far */
    uint8_t exchange_len, routing_key_len;
    uint8_t names[2 * UINT8_MAX]; /* exchange, routing key */
};

static inline struct slice rabbit_content_exchange(const struct rabbit_content *content)
{
    return slice_of(content->names, content->exchange_len);
}
static inline struct slice rabbit_content_routing_key(const struct rabbit_content *content)
{
    return slice_of(content->names + content->exchange_len, content->routing_key_len);
}

/* basic.publish has come. */
void rabbit_content_begin(struct rabbit_channel_session *channel,
                          const struct amqp_basic_publish *publish, uint64_t bytes);
/* A frame within it; publishes when it was the last. False: refused. */
bool rabbit_content_frame(struct rabbit_channel_session *channel, const struct amqp_frame *frame,
                          struct rabbit_error *error);
/* Where the payload of a body frame of that size belongs, of which only the head has come; valid until the frame ends or
 * the content is forgotten. NULL: the frame is to come as others do. */
uint8_t *rabbit_content_room(struct rabbit_channel_session *channel, uint32_t size);
/* Forgets it. */
void rabbit_content_clear(struct rabbit_channel_session *channel);

#endif
