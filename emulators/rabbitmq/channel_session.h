/* A channel as its connection sees it: frames in, methods and contents out of them.
 *
 * What is put together here is a method, or a method with its content; method_table.h says what
 * happens then. A mistake ends the channel (channel.close; its frames are ignored until close-ok has
 * come) or the connection, by the error's code. */
#ifndef PARLEL_EMULATORS_RABBITMQ_CHANNEL_SESSION_H
#define PARLEL_EMULATORS_RABBITMQ_CHANNEL_SESSION_H

#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/confirm.h"
#include "emulators/rabbitmq/content.h"
#include "emulators/rabbitmq/session.h"
#include "emulators/rabbitmq/trace.h"
#include "emulators/rabbitmq/tx.h"

struct rabbit_reply_consumer;

enum rabbit_channel_mode { RABBIT_MODE_PLAIN, RABBIT_MODE_CONFIRM, RABBIT_MODE_TX };

struct rabbit_channel_session {
    struct rabbit_channel engine; /* FIRST */
    struct rabbit_connection *connection;
    uint16_t number;
    bool closing;           /* channel.close was sent, or has come */
    struct ring leave_link; /* in its connection's, when it has come */
    enum rabbit_channel_mode mode;
    struct rabbit_content content; /* of the publish in hand */
    struct rabbit_confirms confirms;
    struct rabbit_tx tx;
    struct rabbit_reply_consumer *reply_consumer; /* NULL: it gets no direct replies */
    uint8_t last_queue_len;
    uint8_t last_queue[UINT8_MAX]; /* the name it declared last: what an empty one stands for */
};

static inline struct rabbit_channel_session *rabbit_channel_session_of(
    struct rabbit_channel *channel)
{
    return (struct rabbit_channel_session *)(void *)channel;
}

/* Whom the firehose names. */
static inline struct rabbit_trace_client rabbit_trace_client_of(
    const struct rabbit_channel_session *channel)
{
    const struct rabbit_connection *connection = channel->connection;
    return (struct rabbit_trace_client){slice_str(connection->name), connection->user,
                                        channel->number};
}

/* What a frame did. */
enum rabbit_progress {
    RABBIT_TAKEN,
    RABBIT_WAITS /* a fault rule says so: the frame comes again */
};

/* A frame of a channel other than 0 has come. */
enum rabbit_progress rabbit_channel_session_frame(struct rabbit_connection *connection,
                                                  const struct amqp_frame *frame);

/* Ends the channel with channel.close; or the connection, if the code is for that. cause: the offending method, 0:
 * none. */
void rabbit_channel_session_fail(struct rabbit_channel_session *channel,
                                 const struct rabbit_error *error, uint32_t cause);

/* Where the payload of a channel's body frame belongs (content.h), NULL: nowhere yet. */
uint8_t *rabbit_channel_session_room(struct rabbit_connection *connection, uint16_t number,
                                     uint32_t size);

/* Answers the channel.close of those that have sent it. Only now, so that who opens a number again before it
 * has read close-ok is told that it still is one. */
void rabbit_channel_sessions_leave(struct rabbit_connection *connection);
/* Cancels, requeues, forgets, and frees it. */
void rabbit_channel_session_destroy(struct rabbit_channel_session *channel);

/* Sends a method on it. */
static inline void rabbit_channel_send(struct rabbit_channel_session *channel,
                                       enum amqp_method_id id, const void *fields)
{
    rabbit_send(channel->connection, channel->number, id, fields);
}

#endif
