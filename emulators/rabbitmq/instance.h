/* One broker: everything that a sandbox's RabbitMQ owns.
 *
 * Its data is what checkpoints keep (data.h). The rest is what is alive: virtual hosts, queues and
 * exchanges as entities, connections with their channels and consumers, settings, statistics. */
#ifndef PARLEL_EMULATORS_RABBITMQ_INSTANCE_H
#define PARLEL_EMULATORS_RABBITMQ_INSTANCE_H

#include "common/clock.h"
#include "common/ring.h"
#include "emulators/emulator.h"
#include "emulators/rabbitmq/data.h"
#include "emulators/rabbitmq/entity.h"

struct rabbit_connection;
struct rabbit_management;

#define RABBIT_VERSION        "3.13.7"
#define RABBIT_ERLANG_VERSION "26.2.5" /* that it says to run on */

enum rabbit_management_mode {
    RABBIT_MANAGEMENT_USUAL, /* on its usual port if AMQP is on its own, else on any free one */
    RABBIT_MANAGEMENT_PORTED,
    RABBIT_MANAGEMENT_OFF
};

struct rabbit_config {
    uint32_t frame_max;          /* offered: 131072 */
    uint16_t channel_max;        /* 2047 */
    uint16_t heartbeat_s;        /* 60 */
    bool any_credentials;        /* auth=any: unknown users are let in as administrators */
    int64_t consumer_timeout_ms; /* 30 minutes; -1: deliveries may stay unacknowledged for ever */
    enum rabbit_management_mode management;
    uint16_t management_port; /* of RABBIT_MANAGEMENT_PORTED; 0: any free one */
};

struct rabbit_stats {
    uint64_t connections_opened, connections_closed, channels_opened, channels_closed;
    uint64_t queues_declared, queues_created, queues_deleted;
    uint64_t published, confirmed, delivered, got, acked, redelivered, returned, dropped;
    uint64_t delivered_no_ack, got_no_ack; /* among the above */
    uint64_t got_empty;                    /* basic.get of an empty queue */
};

struct rabbit {
    struct emulator_host host;
    struct rabbit_config config;
    struct rabbit_data data;
    struct rabbit_data beginning; /* what a reset brings back */
    uint64_t epoch;
    struct rabbit_registry entities;
    struct ring vhosts;      /* struct rabbit_vhost */
    struct ring connections; /* struct rabbit_connection, oldest first */
    unsigned connection_count;
    struct ring channels; /* struct rabbit_channel that are open */
    struct rabbit_registry consumers;
    uint32_t last_consumer;
    struct ring dismissed; /* struct rabbit_consumer: their queues are gone (channel.h) */
    struct ring woken;     /* struct rabbit_queue: something may be delivered */
    struct ring letters;   /* dead ones on their way (dead_letter.h) */
    uint64_t last_connection, last_channel; /* ids */
    struct trie reply_consumers;            /* by address: see reply_to.h */
    struct reactor_timer *pulse;            /* of heartbeats and time limits: see heartbeat.h */
    struct clock_timer timeout_timer;       /* of deliveries: see consumer_timeout.h */
    struct rabbit_stats stats;

    uint64_t stamp; /* of the routing under way */
    struct rabbit_queue **routed;
    size_t routed_room;

    bool alarm; /* publishers are blocked: memory is short, or a rule says so */
    const char *alarm_reason;
    struct rabbit_management *management;
    char cluster_name[64];
    char address[64];
    uint16_t port;
    int64_t started_ms;
};

static inline struct rabbit *rabbit_of(struct emulator *emulator)
{
    return (struct rabbit *)(void *)emulator;
}

static inline int64_t rabbit_now_ms(const struct rabbit *rabbit)
{
    return clock_now_ms(rabbit->host.clock);
}

#endif
