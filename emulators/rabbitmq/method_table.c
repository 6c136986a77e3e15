#include "emulators/rabbitmq/method_table.h"

#include <stdio.h>

#include "emulators/rabbitmq/topic_permission.h"

static bool flow(struct rabbit_call *call)
{
    if (!call->method->channel_flow.active)
        return rabbit_fail(&call->error, RABBIT_NOT_IMPLEMENTED, "active=false");
    struct amqp_channel_flow_ok ok = {.active = true};
    return rabbit_answer(call, AMQP_CHANNEL_FLOW_OK, &ok);
}

/* Of AMQP 0-8: nobody asks for the ticket again. */
static bool request_access(struct rabbit_call *call)
{
    struct amqp_access_request_ok ok = {.ticket = 1};
    return rabbit_answer(call, AMQP_ACCESS_REQUEST_OK, &ok);
}

static const struct rabbit_method channel_methods[] = {
    [AMQP_METHOD_OF(AMQP_CHANNEL_FLOW)] = {flow, {0}},
};

static const struct rabbit_method access_methods[] = {
    [AMQP_METHOD_OF(AMQP_ACCESS_REQUEST)] = {request_access, {0}},
};

static const struct method_class {
    const struct rabbit_method *methods;
    uint16_t count;
} classes[AMQP_CLASS_ID_MAX + 1] = {
    [AMQP_CLASS_CHANNEL] = {channel_methods,         sizeof(channel_methods) / sizeof(channel_methods[0])},
    [AMQP_CLASS_ACCESS] = {access_methods,          sizeof(access_methods) / sizeof(access_methods[0])  },
    [AMQP_CLASS_EXCHANGE] = {rabbit_exchange_methods, RABBIT_EXCHANGE_METHODS                             },
    [AMQP_CLASS_QUEUE] = {rabbit_queue_methods,    RABBIT_QUEUE_METHODS                                },
    [AMQP_CLASS_BASIC] = {rabbit_basic_methods,    RABBIT_BASIC_METHODS                                },
    [AMQP_CLASS_CONFIRM] = {rabbit_confirm_methods,  RABBIT_CONFIRM_METHODS                              },
    [AMQP_CLASS_TX] = {rabbit_tx_methods,       RABBIT_TX_METHODS                                   },
};

const struct rabbit_method *rabbit_method_find(enum amqp_method_id id)
{
    const struct method_class *methods = &classes[AMQP_CLASS_OF(id)];
    uint16_t method = AMQP_METHOD_OF(id);
    if (method >= methods->count || !methods->methods[method].handle)
        return NULL;
    return &methods->methods[method];
}

struct rabbit_call rabbit_call_of(struct rabbit_channel_session *channel,
                                  const struct amqp_method_info *info,
                                  const union amqp_method *method, const struct rabbit_method *row)
{
    struct rabbit_call call = {
        .channel = channel,
        .connection = channel->connection,
        .vhost = channel->engine.vhost,
        .info = info,
        .method = method,
    };
    for (unsigned i = 0; i < RABBIT_METHOD_KEYS && row->keys[i]; i++) {
        const uint8_t *at = (const uint8_t *)method + row->keys[i] - 1;
        struct slice key = *(const struct slice *)(const void *)at;
        if (key.len) /* the default exchange, the queue declared last */
            call.keys[call.key_count++] = key;
    }
    return call;
}

bool rabbit_call_may(struct rabbit_call *call, enum rabbit_access access, const char *kind,
                     struct slice name)
{
    return rabbit_user_may(call->vhost, call->connection->user, access, kind, name, &call->error);
}

bool rabbit_call_may_bind(struct rabbit_call *call, struct slice source, struct slice routing_key)
{
    struct rabbit_topic_access topic = {call->connection->user, source, routing_key, RABBIT_READ};
    return rabbit_user_may_topic(call->vhost, &topic, &call->error);
}

struct slice rabbit_strip_name(struct slice name, uint8_t room[UINT8_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != '\r' && name.ptr[i] != '\n')
            room[len++] = name.ptr[i];
    return len == name.len ? name : slice_of(room, len);
}

struct slice rabbit_generate_name(struct random *random, const char *prefix,
                                  char room[RABBIT_NAME_ROOM])
{
    uint8_t dice[16];
    char digits[TEXT_BASE64_LEN(sizeof(dice))];
    random_bytes(random, dice, sizeof(dice));
    text_to_base64(digits, dice, sizeof(dice));
    for (size_t i = 0; i < RABBIT_NAME_DIGITS; i++)
        digits[i] = digits[i] == '+' ? '-' : digits[i] == '/' ? '_' : digits[i];
    int len = snprintf(room, RABBIT_NAME_ROOM, "%s%.*s", prefix, RABBIT_NAME_DIGITS, digits);
    return slice_of(room, (size_t)len);
}
