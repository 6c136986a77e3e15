/* Bindings seen from both their ends; exchange.h has what clients do with them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_BINDING_H
#define PARLEL_EMULATORS_RABBITMQ_BINDING_H

#include "emulators/rabbitmq/exchange.h"

/* Takes all these bindings out; auto-delete exchanges that lose their last one get on the list `doomed`
 * (next_doomed). The tree is the caller's own share. False when out of memory: some are
 * out. */
bool rabbit_bindings_end(struct rabbit *rabbit, const struct btree *ending,
                         struct rabbit_exchange **doomed, struct rabbit_error *error);

/* Takes a binding out of its source and its destination; gives up their references. False when out of
 * memory: it is as it was. */
bool rabbit_binding_remove(struct rabbit *rabbit, struct rabbit_binding *binding,
                           struct rabbit_error *error);

#endif
