/* Policies, users' and operators', as definitions have them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_POLICIES_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_POLICIES_H

#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/policy.h"

/* Their components where they are listed as parameters. */
#define MANAGEMENT_POLICY          "policy"
#define MANAGEMENT_OPERATOR_POLICY "operator_policy"

/* Writes pattern, apply-to, definition and priority. */
void management_put_policy_members(const struct rabbit_policy *policy, struct json_writer *out);
/* Sets a policy by an object with these. False: the call is answered. */
bool management_set_policy(struct management_call *call, struct rabbit_vhost *vhost,
                           struct slice name, bool is_operator, struct slice object);
/* Adds those of the virtual hosts that the user sees. */
void management_list_policies(struct management_list *list, bool is_operator);
/* The same, as parameters. */
void management_list_policy_parameters(struct management_list *list, bool is_operator);

#endif
