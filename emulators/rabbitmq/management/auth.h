/* Who may ask what: Basic authentication by the broker's users, and their tags. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_AUTH_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_AUTH_H

#include "emulators/rabbitmq/management/call.h"
#include "emulators/rabbitmq/session.h"

/* Finds the user by the field Authorization, checks the tags against the route's flags and finds its
 * virtual host. False: the call is answered. */
bool management_authorize(struct management_call *call, unsigned flags);

/* Sees everything of every connection: monitoring, administrator. */
bool management_is_monitor(const struct management_call *call);
/* Is the connection in its virtual host, and not yet told to go? */
bool management_is_open(const struct rabbit_connection *connection);
/* Is it open, the user's if that is no monitor, and in the virtual host of the path? */
bool management_sees_connection(const struct management_call *call,
                                const struct rabbit_connection *connection);
/* Has lists show what is in this virtual host. */
bool management_sees(const struct management_call *call, const struct rabbit_vhost *vhost);
/* May the user do it? Answers as the engine's refusals are when not. */
bool management_may(struct management_call *call, enum rabbit_access access, const char *kind,
                    struct slice name);
bool management_may_forward(struct management_call *call, const struct rabbit_forward *forward);
/* The same of binding and unbinding an exchange by a routing key. */
bool management_may_bind(struct management_call *call, struct slice source,
                         struct slice routing_key);

#endif
