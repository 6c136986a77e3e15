/* Virtual hosts: names of queues, exchanges, policies and permissions, apart from all others. */
#ifndef PARLEL_EMULATORS_RABBITMQ_VHOST_H
#define PARLEL_EMULATORS_RABBITMQ_VHOST_H

#include "emulators/rabbitmq/instance.h"

struct rabbit_vhost {
    struct ring link; /* in the broker's */
    struct rabbit *rabbit;
    struct rabbit_vhost_state *state;
    uint64_t epoch;
    struct ring peers; /* struct rabbit_peer: connections that are open in it */
    unsigned peer_count;
};

/* NULL when there is none. */
struct rabbit_vhost *rabbit_vhost_find(struct rabbit *rabbit, struct slice name);

/* Creates a virtual host with RabbitMQ's exchanges (the default one, amq.direct, amq.fanout,
 * amq.topic, amq.headers, amq.match, amq.rabbitmq.trace). NULL when out of memory; there was none of the name. */
struct rabbit_vhost *rabbit_vhost_create(struct rabbit *rabbit, struct slice name,
                                         struct rabbit_error *error);

/* Asks its peers to close (320) and takes them out of it with their channels, which the caller has
 * ended; drops all that is in it. False when out of memory. */
bool rabbit_vhost_delete(struct rabbit_vhost *vhost, struct rabbit_error *error);

/* Asks its peers to close (320) and takes them out of it. */
void rabbit_vhost_send_away(struct rabbit_vhost *vhost);

/* The state for changing; NULL when out of memory. */
struct rabbit_vhost_state *rabbit_vhost_edit(struct rabbit_vhost *vhost);

/* ---- for a rewind: entities follow the data */

/* Makes an entity for a state that has none. NULL when out of memory. */
struct rabbit_vhost *rabbit_vhost_attach(struct rabbit *rabbit, struct rabbit_vhost_state *state);
/* Frees the entity. */
void rabbit_vhost_detach(struct rabbit_vhost *vhost);

static inline struct slice rabbit_vhost_name(const struct rabbit_vhost *vhost)
{
    return vhost->state->name;
}

#endif
