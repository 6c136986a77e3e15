/* The types of exchanges, and what their indexes share. exchange_type.c makes a table of them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_ROUTE_TYPES_H
#define PARLEL_EMULATORS_RABBITMQ_ROUTE_TYPES_H

#include "emulators/rabbitmq/route.h"

extern const struct rabbit_exchange_type rabbit_direct_type, rabbit_fanout_type, rabbit_topic_type,
    rabbit_headers_type, rabbit_hash_type, rabbit_delayed_exchange_type;

/* The type whose index an exchange of that type and those arguments has. */
const struct rabbit_exchange_type *rabbit_exchange_type_indexing(
    const struct rabbit_exchange_type *type, struct slice arguments);

/* A change of several steps to an exchange's index, of which all are made or none. */
bool rabbit_index_change(struct rabbit_exchange_state *exchange, struct heap *heap,
                         struct rabbit_binding *binding,
                         bool (*step)(struct rabbit_index *index, struct heap *heap,
                                      struct rabbit_binding *binding));

#endif
