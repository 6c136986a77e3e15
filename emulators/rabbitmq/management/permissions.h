/* Permissions and topic permissions as definitions have them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_PERMISSIONS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_PERMISSIONS_H

#include "emulators/rabbitmq/management/list.h"

/* Sets a user's permissions by an object's configure, write and read. False: the call is answered. */
bool management_set_permission(struct management_call *call, struct slice vhost, struct slice user,
                               struct slice object);
/* The same of exchange, write and read. */
bool management_set_topic_permission(struct management_call *call, struct slice vhost,
                                     struct slice user, struct slice object);

/* Adds those of the virtual hosts that the user sees; user: only that one's, ptr NULL: all. */
void management_list_permissions(struct management_list *list, struct slice user);
void management_list_topic_permissions(struct management_list *list, struct slice user);

#endif
