/* Exchanges and the bindings that leave them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_EXCHANGE_H
#define PARLEL_EMULATORS_RABBITMQ_EXCHANGE_H

#include "emulators/rabbitmq/vhost.h"

struct rabbit_exchange {
    struct rabbit_entity entity; /* FIRST */
    struct rabbit_vhost *vhost;
    struct rabbit_exchange_state *state;
    struct clock_timer delay_timer;      /* of the earliest delayed message (delayed.h) */
    struct rabbit_exchange *next_routed; /* of the routing under way (route.c) */
    struct rabbit_exchange *next_doomed; /* of those that are about to be deleted */
    bool doomed;
};

static inline struct rabbit_exchange *rabbit_exchange_of(struct rabbit_entity *entity)
{
    return (struct rabbit_exchange *)(void *)entity;
}

struct rabbit_exchange_options {
    struct slice name, type, arguments;
    struct slice user; /* who asks; ptr NULL: nobody */
    bool durable, auto_delete, internal;
};

/* NULL when there is none. The default exchange's name is empty. */
struct rabbit_exchange *rabbit_exchange_find(struct rabbit_vhost *vhost, struct slice name);
/* The same, with 404 when there is none. */
struct rabbit_exchange *rabbit_exchange_need(struct rabbit_vhost *vhost, struct slice name,
                                             struct rabbit_error *error);

/* 403 "operation not permitted on the default exchange"; returns false. */
bool rabbit_exchange_refuse_default(struct rabbit_error *error);
/* May clients publish to it? 403 when it is internal. */
bool rabbit_exchange_may_publish(const struct rabbit_exchange *exchange,
                                 struct rabbit_error *error);

/* exchange.declare: creates it, or says whether the one that exists is as asked for (406
 * "inequivalent arg"). Reserved names, unknown types and bad arguments are refused as RabbitMQ does. */
bool rabbit_exchange_declare(struct rabbit_vhost *vhost,
                             const struct rabbit_exchange_options *options,
                             struct rabbit_error *error);

/* Creates one without asking whether its name may be; the type exists, the name is free. NULL when out of memory. */
struct rabbit_exchange *rabbit_exchange_create(struct rabbit_vhost *vhost,
                                               const struct rabbit_exchange_options *options,
                                               struct rabbit_error *error);

/* exchange.delete: with its bindings, in both directions. A missing one is fine (since 3.2). */
bool rabbit_exchange_delete(struct rabbit_vhost *vhost, struct slice name, bool if_unused,
                            struct rabbit_error *error);

/* Puts an auto-delete exchange without bindings in front of a list, unless it is on one already. */
void rabbit_exchange_doom(struct rabbit_exchange *exchange, struct rabbit_exchange **doomed);
/* Deletes the exchanges of a list, and those that auto-delete because of it. False when out of memory:
 * some are left. */
bool rabbit_exchanges_drop(struct rabbit_exchange *doomed, struct rabbit_error *error);

/* Its alternate exchange follows its arguments and the policy that applies (policy.c calls it when
 * policies change). False when out of memory. */
bool rabbit_exchange_apply_policy(struct rabbit_exchange *exchange, struct rabbit_error *error);

/* The state for changing; NULL when out of memory. */
struct rabbit_exchange_state *rabbit_exchange_edit(struct rabbit_exchange *exchange);

/* ---- bindings */

struct rabbit_binding_options {
    struct slice source, destination, routing_key, arguments;
    bool to_exchange;    /* the destination is an exchange */
    uint64_t connection; /* who asks: exclusive queues are their owner's to bind */
};

/* queue.bind, exchange.bind. Binding twice is fine. */
bool rabbit_bind(struct rabbit_vhost *vhost, const struct rabbit_binding_options *options,
                 struct rabbit_error *error);
/* A missing binding is fine, and so are missing ends. An auto-delete source goes with its last binding. */
bool rabbit_unbind(struct rabbit_vhost *vhost, const struct rabbit_binding_options *options,
                   struct rabbit_error *error);

/* Takes all bindings out whose destination is the entity, before it is deleted. False when out of memory. */
bool rabbit_unbind_destination(struct rabbit_vhost *vhost, const struct btree *bindings,
                               struct rabbit_error *error);

/* ---- for a rewind */
struct rabbit_exchange *rabbit_exchange_attach(struct rabbit_vhost *vhost,
                                               struct rabbit_exchange_state *state);
void rabbit_exchange_detach(struct rabbit_exchange *exchange);
/* Starts its timer by its state. */
void rabbit_exchange_arm(struct rabbit_exchange *exchange);

#endif
