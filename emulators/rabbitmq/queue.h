/* Queues: declared, filled, consumed from, emptied.
 *
 * A queue is an entity with a state (data.h). Messages wait in the state's `ready`, ordered by priority
 * and position; who takes one without acknowledging it at once leaves it with its channel (unacked.h),
 * and a message that comes back takes the position that it had. Whatever may let a consumer have a
 * message wakes the queue. */
#ifndef PARLEL_EMULATORS_RABBITMQ_QUEUE_H
#define PARLEL_EMULATORS_RABBITMQ_QUEUE_H

#include "emulators/rabbitmq/vhost.h"

struct rabbit_channel;
struct rabbit_consumer;

struct rabbit_queue {
    struct rabbit_entity entity; /* FIRST */
    struct rabbit_vhost *vhost;
    struct rabbit_queue_state *state;
    struct ring consumers;  /* struct rabbit_consumer: by priority, then whose turn it is */
    struct ring resting;    /* those that could not take a message when they were asked last */
    struct ring woken_link; /* in the broker's */
    struct ring owner_link; /* in its owner's (peer.h) when it is exclusive */
    unsigned consumer_count;
    struct rabbit_consumer *exclusive; /* the only consumer there may be; NULL: anybody */
    struct rabbit_consumer *active;    /* of a single active consumer's queue */
    bool may_expire;                   /* a message with an expiry is in it, or has been */
    struct clock_timer ttl_timer;      /* the head message's expiry */
    struct clock_timer expires_timer;  /* the queue's own: x-expires */
};

static inline struct rabbit_queue *rabbit_queue_of(struct rabbit_entity *entity)
{
    return (struct rabbit_queue *)(void *)entity;
}

struct rabbit_queue_options {
    struct slice name, arguments; /* arguments: a table's bytes */
    bool durable, exclusive, auto_delete;
    uint64_t connection; /* who asks: owns the queue when it is exclusive; 0: nobody */
};

/* NULL when there is none. */
struct rabbit_queue *rabbit_queue_find(struct rabbit_vhost *vhost, struct slice name);
/* The same with 404 when there is none, and 405 when it is another connection's exclusive one. */
struct rabbit_queue *rabbit_queue_need(struct rabbit_vhost *vhost, struct slice name,
                                       uint64_t connection, struct rabbit_error *error);

/* queue.declare with a name that is not empty: creates it, or says whether the one that exists is
 * as asked for. NULL: refused. */
struct rabbit_queue *rabbit_queue_declare(struct rabbit_vhost *vhost,
                                          const struct rabbit_queue_options *options,
                                          struct rabbit_error *error);

/* queue.delete; *out_count: messages that were ready in it. A missing queue is fine. */
bool rabbit_queue_delete(struct rabbit_vhost *vhost, struct slice name, uint64_t connection,
                         bool if_unused, bool if_empty, uint64_t *out_count,
                         struct rabbit_error *error);
/* Deletes it whatever it is: consumers are told, bindings go, messages are dropped (those that
 * expired with the queue too: a queue's end dead-letters nothing). False when out of memory. */
bool rabbit_queue_drop(struct rabbit_queue *queue, struct rabbit_error *error);

/* queue.purge: drops what is ready. False when out of memory. */
bool rabbit_queue_purge(struct rabbit_queue *queue, uint64_t *out_count,
                        struct rabbit_error *error);

/* The state for changing; NULL when out of memory. */
struct rabbit_queue_state *rabbit_queue_edit(struct rabbit_queue *queue);

/* What became of a message put into a queue. */
enum rabbit_put {
    RABBIT_PUT_DONE,
    RABBIT_PUT_REFUSED /* overflow: the publisher gets a nack */,
    RABBIT_PUT_NO_MEMORY
};

/* Puts a message behind the others (of its priority), delivers, keeps the limits. Takes a reference
 * of its own. */
enum rabbit_put rabbit_queue_put(struct rabbit_queue *queue, struct rabbit_message *message);

/* Takes the first message out for basic.get or a consumer; expired ones before it are dead-lettered.
 * The entry's reference is the caller's. False: none is ready, or out of memory. */
bool rabbit_queue_take(struct rabbit_queue *queue, struct rabbit_entry *out);

/* Puts an entry back where it was, as if it had not been taken; takes its reference. */
void rabbit_queue_put_back(struct rabbit_queue *queue, const struct rabbit_entry *entry);

/* The same for one whose delivery came to nothing; takes its reference. What is over the delivery limit is
 * dead-lettered. redelivered is set. */
void rabbit_queue_requeue(struct rabbit_queue *queue, struct rabbit_entry *entry);

/* Gives an entry up that a channel had unacknowledged, acknowledged now (acked) or dead-lettered
 * because rejected. Takes its reference. */
void rabbit_queue_settle(struct rabbit_queue *queue, struct rabbit_entry *entry, bool acked);

/* Something may have come that can be delivered: it will be by the next rabbit_deliver. */
void rabbit_queue_wake(struct rabbit_queue *queue);
/* Gives ready messages of the queues that were woken to their consumers, as long as both are there.
 * Every operation ends with it. */
void rabbit_deliver(struct rabbit *rabbit);
/* Gives an entry that is in no queue yet to a consumer at once, if one has credit; takes its reference
 * then. The queue's state has been edited. */
bool rabbit_queue_hand_over(struct rabbit_queue *queue, const struct rabbit_entry *entry);

/* Notes that the queue is used now: x-expires counts from here. */
void rabbit_queue_touch(struct rabbit_queue *queue);

/* Its limits follow its arguments and the policy that applies (policy.c calls it when policies
 * change). False when out of memory. */
bool rabbit_queue_apply_policy(struct rabbit_queue *queue, struct rabbit_error *error);

/* ---- for a rewind */
struct rabbit_queue *rabbit_queue_attach(struct rabbit_vhost *vhost,
                                         struct rabbit_queue_state *state);
void rabbit_queue_detach(struct rabbit_queue *queue);
/* Starts its timers by its state. */
void rabbit_queue_arm(struct rabbit_queue *queue);

#endif
