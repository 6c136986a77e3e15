/* The handlers of the management API's routes (routes.c), by the file that has them. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_RESOURCES_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_RESOURCES_H

struct management_call;

/* overview.c */
void management_get_page(struct management_call *call);
void management_get_overview(struct management_call *call);
void management_get_cluster_name(struct management_call *call);
void management_put_cluster_name(struct management_call *call);
void management_get_extensions(struct management_call *call);
void management_get_whoami(struct management_call *call);
void management_get_auth(struct management_call *call);
void management_get_feature_flags(struct management_call *call);
void management_enable_feature_flag(struct management_call *call);
void management_post_rebalance(struct management_call *call);
void management_delete_reset(struct management_call *call);

/* nodes.c */
void management_get_nodes(struct management_call *call);
void management_get_node(struct management_call *call);
void management_get_node_memory(struct management_call *call);

/* vhosts.c */
void management_get_vhosts(struct management_call *call);
void management_get_vhost(struct management_call *call);
void management_put_vhost(struct management_call *call);
void management_delete_vhost(struct management_call *call);
void management_start_vhost(struct management_call *call);

/* users.c */
void management_get_users(struct management_call *call);
void management_get_users_without_permissions(struct management_call *call);
void management_delete_users(struct management_call *call);
void management_get_user(struct management_call *call);
void management_put_user(struct management_call *call);
void management_delete_user(struct management_call *call);

/* limits.c */
void management_get_vhost_limits(struct management_call *call);
void management_put_vhost_limit(struct management_call *call);
void management_delete_vhost_limit(struct management_call *call);
void management_get_user_limits(struct management_call *call);
void management_put_user_limit(struct management_call *call);
void management_delete_user_limit(struct management_call *call);

/* permissions.c */
void management_get_permissions(struct management_call *call);
void management_get_topic_permissions(struct management_call *call);
void management_get_permission(struct management_call *call);
void management_put_permission(struct management_call *call);
void management_delete_permission(struct management_call *call);
void management_get_topic_permission(struct management_call *call);
void management_put_topic_permission(struct management_call *call);
void management_delete_topic_permission(struct management_call *call);

/* exchanges.c */
void management_get_exchanges(struct management_call *call);
void management_get_exchange(struct management_call *call);
void management_put_exchange(struct management_call *call);
void management_delete_exchange(struct management_call *call);

/* messages.c */
void management_post_publish(struct management_call *call);
void management_post_get(struct management_call *call);

/* bindings.c */
void management_get_source_bindings(struct management_call *call);
void management_get_destination_bindings(struct management_call *call);
void management_get_queue_bindings(struct management_call *call);
void management_get_bindings(struct management_call *call);
void management_get_bindings_between(struct management_call *call);
void management_post_binding(struct management_call *call);
void management_get_binding(struct management_call *call);
void management_delete_binding(struct management_call *call);

/* queues.c */
void management_get_queues(struct management_call *call);
void management_get_queue(struct management_call *call);
void management_put_queue(struct management_call *call);
void management_delete_queue(struct management_call *call);
void management_delete_contents(struct management_call *call);
void management_post_action(struct management_call *call);

/* connections.c */
void management_get_connections(struct management_call *call);
void management_get_user_connections(struct management_call *call);
void management_delete_user_connections(struct management_call *call);
void management_get_connection(struct management_call *call);
void management_delete_connection(struct management_call *call);

/* channels.c */
void management_get_channels(struct management_call *call);
void management_get_channel(struct management_call *call);

/* consumers.c */
void management_get_consumers(struct management_call *call);

/* policies.c */
void management_get_policies(struct management_call *call);
void management_get_policy(struct management_call *call);
void management_put_policy(struct management_call *call);
void management_delete_policy(struct management_call *call);
void management_get_operator_policies(struct management_call *call);
void management_get_operator_policy(struct management_call *call);
void management_put_operator_policy(struct management_call *call);
void management_delete_operator_policy(struct management_call *call);

/* parameters.c */
void management_get_parameters(struct management_call *call);
void management_get_parameter(struct management_call *call);
void management_put_parameter(struct management_call *call);
void management_delete_parameter(struct management_call *call);
void management_get_global_parameters(struct management_call *call);
void management_get_global_parameter(struct management_call *call);
void management_put_global_parameter(struct management_call *call);
void management_delete_global_parameter(struct management_call *call);

/* definitions.c */
void management_get_definitions(struct management_call *call);
void management_post_definitions(struct management_call *call);

/* health.c */
void management_get_aliveness(struct management_call *call);
void management_check_fine(struct management_call *call);
void management_check_node(struct management_call *call);
void management_check_alarms(struct management_call *call);
void management_check_certificates(struct management_call *call);
void management_check_port(struct management_call *call);
void management_check_protocol(struct management_call *call);
void management_check_single_node(struct management_call *call);

#endif
