/* Limits of virtual hosts and of users, as objects: {"max-connections": 5}. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_LIMITS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_LIMITS_H

#include "emulators/rabbitmq/management/body.h"

/* A user's limits as JSON; {} when there are none. */
struct slice management_user_limits(const struct rabbit *rabbit, struct slice user);
void management_forget_user_limits(struct rabbit *rabbit, struct slice user);
/* Sets those that an object has, of a user that exists. False: the call is answered. */
bool management_set_user_limits(struct management_call *call, struct slice user,
                                struct slice object);

/* Has the virtual host a limit? */
bool management_has_vhost_limits(const struct rabbit_vhost *vhost);
void management_put_vhost_limits_object(const struct rabbit_vhost *vhost, struct json_writer *out);
/* Sets all its limits to what an object says. False: the call is answered. */
bool management_set_vhost_limits(struct management_call *call, struct rabbit_vhost *vhost,
                                 struct slice object);
/* Takes all away. */
bool management_clear_vhost_limits(struct management_call *call, struct rabbit_vhost *vhost);

#endif
