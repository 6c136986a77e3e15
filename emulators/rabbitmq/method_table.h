/* What the broker does for each method of a client: one table, by class and method.
 *
 * Rows are in the file of their class (exchange_methods.c, ...). Handlers answer by themselves, nowait
 * methods not at all. */
#ifndef PARLEL_EMULATORS_RABBITMQ_METHOD_TABLE_H
#define PARLEL_EMULATORS_RABBITMQ_METHOD_TABLE_H

#include "common/random.h"
#include "common/text.h"
#include "emulators/rabbitmq/channel_session.h"
#include "emulators/rabbitmq/user.h"

#define RABBIT_METHOD_KEYS 2

/* A method in the course of being served. */
struct rabbit_call {
    struct rabbit_channel_session *channel;
    struct rabbit_connection *connection;
    struct rabbit_vhost *vhost;
    const struct amqp_method_info *info;
    const union amqp_method *method;
    struct slice keys[RABBIT_METHOD_KEYS]; /* what the journal and the fault rules know it by */
    uint32_t key_count;
    struct rabbit_error error;
};

struct rabbit_method {
    /* False: call->error says why. */
    bool (*handle)(struct rabbit_call *call);
    /* Offsets of its keys in the method's structure, each plus 1; 0: it has none. */
    uint8_t keys[RABBIT_METHOD_KEYS];
};

#define RABBIT_METHOD_KEY(method, field) (uint8_t)(offsetof(struct amqp_##method, field) + 1)

/* Rows by the method's id; those of no handler are zero. */
#define RABBIT_EXCHANGE_METHODS (AMQP_METHOD_OF(AMQP_EXCHANGE_UNBIND) + 1)
#define RABBIT_QUEUE_METHODS    (AMQP_METHOD_OF(AMQP_QUEUE_UNBIND) + 1)
#define RABBIT_BASIC_METHODS    (AMQP_METHOD_OF(AMQP_BASIC_NACK) + 1)
#define RABBIT_CONFIRM_METHODS  (AMQP_METHOD_OF(AMQP_CONFIRM_SELECT) + 1)
#define RABBIT_TX_METHODS       (AMQP_METHOD_OF(AMQP_TX_ROLLBACK) + 1)

extern const struct rabbit_method rabbit_exchange_methods[RABBIT_EXCHANGE_METHODS];
extern const struct rabbit_method rabbit_queue_methods[RABBIT_QUEUE_METHODS];
extern const struct rabbit_method rabbit_basic_methods[RABBIT_BASIC_METHODS];
extern const struct rabbit_method rabbit_confirm_methods[RABBIT_CONFIRM_METHODS];
extern const struct rabbit_method rabbit_tx_methods[RABBIT_TX_METHODS];

/* The row of a method; NULL: clients may not send it on a channel. */
const struct rabbit_method *rabbit_method_find(enum amqp_method_id id);

/* A call of the method, with its keys; row NULL: it has none. */
struct rabbit_call rabbit_call_of(struct rabbit_channel_session *channel,
                                  const struct amqp_method_info *info,
                                  const union amqp_method *method, const struct rabbit_method *row);

/* Answers on the call's channel; fields: the method's structure, NULL without. */
static inline bool rabbit_answer(struct rabbit_call *call, enum amqp_method_id id,
                                 const void *fields)
{
    rabbit_channel_send(call->channel, id, fields);
    return true;
}

/* The same unless the client waits for no answer. */
static inline bool rabbit_answer_unless(struct rabbit_call *call, bool nowait,
                                        enum amqp_method_id id, const void *fields)
{
    return nowait || rabbit_answer(call, id, fields);
}

/* May the connection's user do this to the resource ("queue", "exchange") of that name? */
bool rabbit_call_may(struct rabbit_call *call, enum rabbit_access access, const char *kind,
                     struct slice name);

/* May they bind and unbind the exchange by that routing key? */
bool rabbit_call_may_bind(struct rabbit_call *call, struct slice source, struct slice routing_key);

/* The queue that a method names; an empty name is the one that the channel declared last. False: there is
 * none. */
bool rabbit_call_queue_name(struct rabbit_call *call, struct slice name, struct slice *out);

/* A name without the CR and LF that are in it, as RabbitMQ takes names; in the room if there are any. */
struct slice rabbit_strip_name(struct slice name, uint8_t room[UINT8_MAX]);

/* A name of the server's making: "amq.gen-" and 22 digits of base64url. */
#define RABBIT_NAME_DIGITS 22
#define RABBIT_NAME_ROOM   64
struct slice rabbit_generate_name(struct random *random, const char *prefix,
                                  char room[RABBIT_NAME_ROOM]);

#endif
