/* Channels and their consumers as the engine sees them: who gets messages, and what they owe.
 *
 * A channel belongs to a connection's session, which makes it, serves its methods and sends what the
 * engine hands over through `ops`: the engine knows no frame. Unacknowledged deliveries are part of the
 * versioned data, by the channel's id, so that a rewind brings back what a channel that is still open
 * owed at the checkpoint; what a closed one owed returns to its queue. */
#ifndef PARLEL_EMULATORS_RABBITMQ_CHANNEL_H
#define PARLEL_EMULATORS_RABBITMQ_CHANNEL_H

#include "emulators/rabbitmq/queue.h"

struct rabbit_channel;
struct rabbit_consumer;

/* What the engine asks of a session. None but the last may call back into the engine. */
struct rabbit_channel_ops {
    /* Sends basic.deliver. tag: the delivery's. */
    void (*deliver)(struct rabbit_channel *channel, const struct rabbit_consumer *consumer,
                    uint64_t tag, const struct rabbit_entry *entry);
    /* The consumer is no more because its queue has gone: basic.cancel if the client wants it. */
    void (*cancelled)(struct rabbit_channel *channel, const struct rabbit_consumer *consumer);
    /* Can the peer take more now? False: its connection is slow; session calls rabbit_channel_resume. */
    bool (*is_writable)(const struct rabbit_channel *channel);
    /* It owes a delivery for too long: channel.close, all that it holds returns. */
    void (*timed_out)(struct rabbit_channel *channel, int64_t timeout_ms);
};

struct rabbit_channel {
    struct ring link; /* in the broker's */
    struct rabbit *rabbit;
    struct rabbit_vhost *vhost;
    const struct rabbit_channel_ops *ops;
    uint64_t id;                        /* never used again; key of its state */
    uint64_t connection;                /* its id */
    struct rabbit_channel_state *state; /* NULL until something is unacknowledged */
    uint64_t epoch;
    uint64_t last_tag;        /* the delivery tag given last */
    uint64_t forgiven_tag;    /* acknowledgements up to here may name what a rewind took back */
    struct ring consumers;    /* struct rabbit_consumer: whose turn it is under prefetch_global */
    uint16_t prefetch;        /* of consumers to come: basic.qos global=false; 0: none */
    uint16_t prefetch_global; /* of the channel as a whole: global=true; 0: none */
    uint32_t unacked_global;  /* deliveries to consumers that count against it */
    bool flow_stopped;        /* closing, or channel.flow: nothing is delivered */
    uint64_t watched_tag; /* its oldest delivery, and since when it is: see consumer_timeout.h */
    int64_t watched_ms;
    struct rabbit_stats stats; /* its part of the broker's: of messages */
};

struct rabbit_consumer {
    struct rabbit_entity entity; /* FIRST; numbered among the broker's consumers, oldest first */
    struct ring link;            /* in its channel's */
    struct ring queue_link;      /* in one of its queue's */
    struct rabbit_channel *channel;
    struct rabbit_queue *queue;
    int32_t priority;
    uint16_t prefetch;
    uint32_t unacked;
    bool no_ack, exclusive;
    bool resting;           /* in its queue's ring of those */
    uint64_t next_offset;   /* of a stream: what it gets next */
    struct slice arguments; /* heap */
    struct slice tag;       /* heap */
};

struct rabbit_consume_options {
    struct slice tag; /* not empty */
    struct slice arguments;
    bool no_ack, exclusive;
};

static inline struct rabbit_consumer *rabbit_consumer_of(struct rabbit_entity *entity)
{
    return (struct rabbit_consumer *)(void *)entity;
}

void rabbit_channel_init(struct rabbit_channel *channel, struct rabbit_vhost *vhost,
                         const struct rabbit_channel_ops *ops, uint64_t connection);
/* Cancels its consumers and requeues what it owes. */
void rabbit_channel_done(struct rabbit_channel *channel);
/* The peer can take more: its consumers' queues are looked at again. */
void rabbit_channel_resume(struct rabbit_channel *channel);

/* basic.consume on a queue that was found. Nothing is delivered before the next rabbit_deliver, which the
 * session calls once consume-ok is sent. NULL: refused (403, 530), or out of memory. */
struct rabbit_consumer *rabbit_consume(struct rabbit_channel *channel, struct rabbit_queue *queue,
                                       const struct rabbit_consume_options *options,
                                       struct rabbit_error *error);
struct rabbit_consumer *rabbit_consumer_find(struct rabbit_channel *channel, struct slice tag);
/* Ends a consumer; what it owes stays with the channel. An auto-delete queue goes with its last. */
void rabbit_consumer_cancel(struct rabbit_consumer *consumer);

/* The same for all consumers of a queue that goes: their channels are told by the next rabbit_deliver. */
void rabbit_consumers_dismiss(struct rabbit_queue *queue);
void rabbit_dismissals_send(struct rabbit *rabbit);
/* Nobody is to be told any more: the channel goes. */
void rabbit_dismissals_forget(struct rabbit_channel *channel);

/* It may have credit again: its queue will look. */
void rabbit_consumer_wake(struct rabbit_consumer *consumer);

/* May the consumer have a message now? */
bool rabbit_consumer_has_credit(const struct rabbit_consumer *consumer);

/* basic.qos; global as RabbitMQ means it. */
void rabbit_channel_qos(struct rabbit_channel *channel, uint16_t count, bool global);

/* basic.get: *out_tag and *out are the delivery (unacknowledged unless no_ack); a reference to its message is
 * the caller's. *out_empty: nothing was ready. False: refused. */
bool rabbit_channel_get(struct rabbit_channel *channel, struct rabbit_queue *queue, bool no_ack,
                        struct rabbit_entry *out, uint64_t *out_tag, bool *out_empty,
                        struct rabbit_error *error);

/* Keeps an entry as unacknowledged; takes its reference. consumer NULL: basic.get. 0: out of memory,
 * the entry is the caller's still. */
uint64_t rabbit_channel_owe(struct rabbit_channel *channel, struct rabbit_queue *queue,
                            struct rabbit_consumer *consumer, const struct rabbit_entry *entry);

enum rabbit_settlement { RABBIT_ACK, RABBIT_REJECT, RABBIT_REQUEUE };

/* basic.ack, nack, reject: one delivery, or all up to it. Unknown ones: 406 "unknown delivery tag". */
bool rabbit_channel_settle(struct rabbit_channel *channel, uint64_t tag, bool multiple,
                           enum rabbit_settlement how, struct rabbit_error *error);
/* Would it be refused? For transactions, which settle later. */
bool rabbit_channel_knows(const struct rabbit_channel *channel, uint64_t tag, bool multiple,
                          struct rabbit_error *error);
/* basic.recover(requeue=true): all that is unacknowledged returns to its queues. */
void rabbit_channel_recover(struct rabbit_channel *channel);
/* The same without the deliveries that `keeps` names, of a transaction which acknowledges them. */
void rabbit_channel_recover_but(struct rabbit_channel *channel,
                                bool (*keeps)(const void *ctx, uint64_t tag), const void *ctx);

/* ---- for a rewind: what open channels owe follows the data; what others owed returns to its queues. False when
 * out of memory. */
bool rabbit_channels_rewind(struct rabbit *rabbit);

/* Deliveries not acknowledged. */
uint64_t rabbit_channel_unacked(const struct rabbit_channel *channel);

#endif
