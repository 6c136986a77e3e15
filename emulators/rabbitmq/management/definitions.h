/* Definitions: all that a broker has been told, but messages. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_DEFINITIONS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_DEFINITIONS_H

#include "emulators/rabbitmq/management/body.h"

/* Writes the definitions of the call's virtual host, or of the broker, as members of an open object. The call's
 * body is used up. False when out of memory. */
bool management_put_definitions(struct management_call *call, struct json_writer *out);

/* Does what one item of a section ("queues") says. False: the call is answered. */
bool management_import_definition(struct management_call *call, const char *section,
                                  struct slice object);

#endif
