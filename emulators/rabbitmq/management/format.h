/* Pieces of objects that several resources show. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_FORMAT_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_FORMAT_H

#include "emulators/rabbitmq/channel_session.h"
#include "emulators/rabbitmq/management/call.h"

/* The one node's name. */
#define MANAGEMENT_NODE "rabbit@parlel"

void management_put_string(struct json_writer *out, const char *name, struct slice value);
void management_put_str(struct json_writer *out, const char *name, const char *value);
/* null when the text's ptr is NULL */
void management_put_string_or_null(struct json_writer *out, const char *name, struct slice value);
void management_put_uint(struct json_writer *out, const char *name, uint64_t value);
void management_put_bool(struct json_writer *out, const char *name, bool value);
void management_put_null(struct json_writer *out, const char *name);
/* A count, and beside it the rate that it is said to change at. Counts are not sampled, so that rate is
 * 0.0. */
void management_put_count(struct json_writer *out, const char *name, uint64_t value);
/* The parts of a comma-separated list as an array. */
void management_put_words(struct json_writer *out, const char *name, struct slice list);

struct management_count {
    const char *name;
    uint64_t value;
};
/* Writes message_stats with these counts; nothing when all are 0, as RabbitMQ does of what was never used. */
void management_put_message_stats(struct json_writer *out, const struct management_count *counts,
                                  size_t count);

/* What is in queues, and what happened to them. */
struct management_totals {
    uint64_t ready, unacked;
    uint64_t publish, publish_in, publish_out;
    uint64_t deliver, deliver_no_ack, get, get_no_ack, ack, redeliver;
};
void management_add_queue(struct management_totals *totals, const struct rabbit_queue_state *queue);
/* All queues and exchanges of a virtual host. */
void management_add_vhost(struct management_totals *totals, const struct rabbit_vhost *vhost);
/* messages, messages_ready, messages_unacknowledged */
void management_put_messages(struct json_writer *out, const struct management_totals *totals);
/* message_stats with what consumers and basic.get had */
void management_put_delivery_stats(struct json_writer *out, const struct management_totals *totals);

/* message_stats of the broker or of a channel, with what publishers did, too */
void management_put_client_stats(const struct rabbit_stats *stats, struct json_writer *out);

/* exchange_types, as nodes have them */
void management_put_exchange_types(struct json_writer *out);
/* Where AMQP and management listen: an array of objects */
void management_put_listeners(struct management_call *call, struct json_writer *out);

/* contexts: what management serves where */
void management_put_contexts(struct management_call *call, struct json_writer *out);

/* "127.0.0.1:4711" taken apart, in the arena. */
struct management_address {
    const char *host;
    uint16_t port;
};
struct management_address management_address_of(struct arena *arena, const char *text);

/* "127.0.0.1:4711 -> 127.0.0.1:5672 (1)" in the arena */
struct slice management_channel_name(struct arena *arena,
                                     const struct rabbit_channel_session *channel);
/* A consumer as lists show it. */
void management_put_consumer(struct management_call *call, const struct rabbit_consumer *consumer,
                             struct json_writer *out);

/* Calls visit for every virtual host that the user sees: the path's alone when the path has one. */
void management_each_vhost(struct management_call *call,
                           void (*visit)(void *ctx, struct rabbit_vhost *vhost), void *ctx);

#endif
