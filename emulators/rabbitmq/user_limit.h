/* How many connections and channels a user may have: parameters of the component RABBIT_USER_LIMITS. */
#ifndef PARLEL_EMULATORS_RABBITMQ_USER_LIMIT_H
#define PARLEL_EMULATORS_RABBITMQ_USER_LIMIT_H

#include "emulators/rabbitmq/session.h"

#define RABBIT_USER_LIMITS \
    "user-limits" /* by the user's name: {"max-connections": 5, "max-channels": 7} */

/* May the connection enter a virtual host, or open one more channel? False: 530. */
bool rabbit_user_limit_connection(const struct rabbit_connection *connection,
                                  struct rabbit_error *error);
bool rabbit_user_limit_channel(const struct rabbit_connection *connection,
                               struct rabbit_error *error);

#endif
