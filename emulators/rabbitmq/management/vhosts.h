/* Virtual hosts as definitions have them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_VHOSTS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_VHOSTS_H

#include "emulators/rabbitmq/management/body.h"

/* Writes an object with the description, the tags and the default type of queues. */
void management_put_vhost_metadata(const struct rabbit_vhost *vhost, struct json_writer *out);

/* Makes a virtual host, in which the user may do everything, or changes what the body says of one that exists.
 * False: the call is answered. */
bool management_declare_vhost(struct management_call *call, struct slice name, struct slice body,
                              bool *out_new);

#endif
