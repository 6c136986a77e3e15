/* Parameters as definitions have them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_PARAMETERS_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_PARAMETERS_H

#include "emulators/rabbitmq/management/list.h"

/* Sets a parameter of a virtual host. False: the call is answered. */
bool management_set_parameter(struct management_call *call, struct rabbit_vhost *vhost,
                              struct slice component, struct slice name, struct slice value);
/* One of no virtual host. */
bool management_set_global_parameter(struct management_call *call, struct slice name,
                                     struct slice value);
/* Adds those of the virtual hosts that the user sees: of a component, ptr NULL: of all. */
void management_list_parameters(struct management_list *list, struct slice component);
void management_list_global_parameters(struct management_list *list);

#endif
