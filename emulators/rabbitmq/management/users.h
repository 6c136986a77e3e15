/* Users as definitions have them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_USERS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_USERS_H

#include "emulators/rabbitmq/management/body.h"

/* Writes a user's object, with the hash of the password. */
void management_put_user_object(const struct rabbit *rabbit, const struct rabbit_user *user,
                                struct json_writer *out);

/* Makes or replaces a user by an object with password or password_hash, hashing_algorithm and tags. False:
 * the call is answered. */
bool management_declare_user(struct management_call *call, struct slice name, struct slice object);

#endif
