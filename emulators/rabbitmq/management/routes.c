#include "emulators/rabbitmq/management/routes.h"

#include "emulators/rabbitmq/management/resources.h"

/* Whom a route is for, as rows say it; OPEN: everybody, without credentials. */
enum {
    OPEN = 0,
    ANYBODY = MANAGEMENT_ANYBODY,
    MONITOR = MANAGEMENT_MONITOR,
    POLICYMAKER = MANAGEMENT_POLICYMAKER,
    ADMIN = MANAGEMENT_ADMIN,
    VHOST = MANAGEMENT_VHOST,
    ENTER = MANAGEMENT_ENTER,
    CONNECT = MANAGEMENT_CONNECT
};

/* clang-format off */
#define ROUTES(ROW) \
    ROW("GET",    "/",                                                           OPEN,                    management_get_page,                      "management.GET index") \
    ROW("GET",    "/api/overview",                                               ANYBODY,                 management_get_overview,                   "management.GET overview") \
    ROW("GET",    "/api/cluster-name",                                           ANYBODY,                 management_get_cluster_name,               "management.GET cluster-name") \
    ROW("PUT",    "/api/cluster-name",                                           ADMIN,                   management_put_cluster_name,               "management.PUT cluster-name") \
    ROW("GET",    "/api/nodes",                                                  MONITOR,                 management_get_nodes,                      "management.GET nodes") \
    ROW("GET",    "/api/nodes/{node}",                                           MONITOR,                 management_get_node,                       "management.GET nodes") \
    ROW("GET",    "/api/nodes/{node}/memory",                                    MONITOR,                 management_get_node_memory,                "management.GET nodes") \
    ROW("GET",    "/api/extensions",                                             ANYBODY,                 management_get_extensions,                 "management.GET extensions") \
    ROW("GET",    "/api/whoami",                                                 ANYBODY,                 management_get_whoami,                     "management.GET whoami") \
    ROW("GET",    "/api/auth",                                                   OPEN,                    management_get_auth,                       "management.GET auth") \
    ROW("GET",    "/api/feature-flags",                                          ADMIN,                   management_get_feature_flags,              "management.GET feature-flags") \
    ROW("PUT",    "/api/feature-flags/{flag}/enable",                            ADMIN,                   management_enable_feature_flag,            "management.PUT feature-flags") \
    ROW("POST",   "/api/rebalance/queues",                                       ADMIN,                   management_post_rebalance,                 "management.POST rebalance") \
    ROW("DELETE", "/api/reset",                                                  ADMIN,                   management_delete_reset,                   "management.DELETE reset") \
    ROW("DELETE", "/api/reset/{node}",                                           ADMIN,                   management_delete_reset,                   "management.DELETE reset") \
    ROW("GET",    "/api/vhosts",                                                 ANYBODY,                 management_get_vhosts,                     "management.GET vhosts") \
    ROW("GET",    "/api/vhosts/{vhost}",                                         ADMIN|VHOST,             management_get_vhost,                      "management.GET vhosts") \
    ROW("PUT",    "/api/vhosts/{name}",                                          ADMIN,                   management_put_vhost,                      "management.PUT vhosts") \
    ROW("DELETE", "/api/vhosts/{vhost}",                                         ADMIN|VHOST,             management_delete_vhost,                   "management.DELETE vhosts") \
    ROW("POST",   "/api/vhosts/{vhost}/start/{node}",                            ADMIN|VHOST,             management_start_vhost,                    "management.POST vhosts") \
    ROW("GET",    "/api/vhosts/{vhost}/permissions",                             ADMIN|VHOST,             management_get_permissions,                "management.GET permissions") \
    ROW("GET",    "/api/vhosts/{vhost}/topic-permissions",                       ADMIN|VHOST,             management_get_topic_permissions,          "management.GET topic-permissions") \
    ROW("GET",    "/api/vhosts/{vhost}/connections",                             ANYBODY|VHOST,           management_get_connections,                "management.GET connections") \
    ROW("GET",    "/api/vhosts/{vhost}/channels",                                ANYBODY|VHOST,           management_get_channels,                   "management.GET channels") \
    ROW("GET",    "/api/vhost-limits",                                           ANYBODY,                 management_get_vhost_limits,               "management.GET vhost-limits") \
    ROW("GET",    "/api/vhost-limits/{vhost}",                                   ANYBODY|VHOST,           management_get_vhost_limits,               "management.GET vhost-limits") \
    ROW("PUT",    "/api/vhost-limits/{vhost}/{limit}",                           ADMIN|VHOST,             management_put_vhost_limit,                "management.PUT vhost-limits") \
    ROW("DELETE", "/api/vhost-limits/{vhost}/{limit}",                           ADMIN|VHOST,             management_delete_vhost_limit,             "management.DELETE vhost-limits") \
    ROW("GET",    "/api/users",                                                  ADMIN,                   management_get_users,                      "management.GET users") \
    ROW("GET",    "/api/users/without-permissions",                              ADMIN,                   management_get_users_without_permissions,  "management.GET users") \
    ROW("GET",    "/api/users/without-permissions/",                             ADMIN,                   management_get_users_without_permissions,  "management.GET users") \
    ROW("POST",   "/api/users/bulk-delete",                                      ADMIN,                   management_delete_users,                   "management.POST users") \
    ROW("GET",    "/api/users/{user}",                                           ADMIN,                   management_get_user,                       "management.GET users") \
    ROW("PUT",    "/api/users/{user}",                                           ADMIN,                   management_put_user,                       "management.PUT users") \
    ROW("DELETE", "/api/users/{user}",                                           ADMIN,                   management_delete_user,                    "management.DELETE users") \
    ROW("GET",    "/api/users/{user}/permissions",                               ADMIN,                   management_get_permissions,                "management.GET permissions") \
    ROW("GET",    "/api/users/{user}/topic-permissions",                         ADMIN,                   management_get_topic_permissions,          "management.GET topic-permissions") \
    ROW("GET",    "/api/user-limits",                                            ANYBODY,                 management_get_user_limits,                "management.GET user-limits") \
    ROW("GET",    "/api/user-limits/{user}",                                     ANYBODY,                 management_get_user_limits,                "management.GET user-limits") \
    ROW("PUT",    "/api/user-limits/{user}/{limit}",                             ADMIN,                   management_put_user_limit,                 "management.PUT user-limits") \
    ROW("DELETE", "/api/user-limits/{user}/{limit}",                             ADMIN,                   management_delete_user_limit,              "management.DELETE user-limits") \
    ROW("GET",    "/api/permissions",                                            ADMIN,                   management_get_permissions,                "management.GET permissions") \
    ROW("GET",    "/api/permissions/{vhost}/{user}",                             ADMIN|VHOST,             management_get_permission,                 "management.GET permissions") \
    ROW("PUT",    "/api/permissions/{name}/{user}",                              ADMIN,                   management_put_permission,                 "management.PUT permissions") \
    ROW("DELETE", "/api/permissions/{vhost}/{user}",                             ADMIN|VHOST,             management_delete_permission,              "management.DELETE permissions") \
    ROW("GET",    "/api/topic-permissions",                                      ADMIN,                   management_get_topic_permissions,          "management.GET topic-permissions") \
    ROW("GET",    "/api/topic-permissions/{vhost}/{user}",                       ADMIN|VHOST,             management_get_topic_permission,           "management.GET topic-permissions") \
    ROW("PUT",    "/api/topic-permissions/{name}/{user}",                        ADMIN,                   management_put_topic_permission,           "management.PUT topic-permissions") \
    ROW("DELETE", "/api/topic-permissions/{vhost}/{user}",                       ADMIN|VHOST,             management_delete_topic_permission,        "management.DELETE topic-permissions") \
    ROW("DELETE", "/api/topic-permissions/{vhost}/{user}/{exchange}",            ADMIN|VHOST,             management_delete_topic_permission,        "management.DELETE topic-permissions") \
    ROW("GET",    "/api/exchanges",                                              ANYBODY,                 management_get_exchanges,                  "management.GET exchanges") \
    ROW("GET",    "/api/exchanges/{vhost}",                                      ANYBODY|VHOST,           management_get_exchanges,                  "management.GET exchanges") \
    ROW("GET",    "/api/exchanges/{vhost}/{exchange}",                           ANYBODY|VHOST,           management_get_exchange,                   "management.GET exchanges") \
    ROW("PUT",    "/api/exchanges/{vhost}/{exchange}",                           ANYBODY|VHOST|ENTER,     management_put_exchange,                   "management.PUT exchanges") \
    ROW("DELETE", "/api/exchanges/{vhost}/{exchange}",                           ANYBODY|VHOST|ENTER,     management_delete_exchange,                "management.DELETE exchanges") \
    ROW("POST",   "/api/exchanges/{vhost}/{exchange}/publish",                   ANYBODY|VHOST|CONNECT,   management_post_publish,                   "management.POST publish") \
    ROW("GET",    "/api/exchanges/{vhost}/{exchange}/bindings/source",           ANYBODY|VHOST,           management_get_source_bindings,            "management.GET bindings") \
    ROW("GET",    "/api/exchanges/{vhost}/{exchange}/bindings/destination",      ANYBODY|VHOST,           management_get_destination_bindings,       "management.GET bindings") \
    ROW("GET",    "/api/queues",                                                 ANYBODY,                 management_get_queues,                     "management.GET queues") \
    ROW("GET",    "/api/queues/{vhost}",                                         ANYBODY|VHOST,           management_get_queues,                     "management.GET queues") \
    ROW("GET",    "/api/queues/{vhost}/{queue}",                                 ANYBODY|VHOST,           management_get_queue,                      "management.GET queues") \
    ROW("PUT",    "/api/queues/{vhost}/{queue}",                                 ANYBODY|VHOST|ENTER,     management_put_queue,                      "management.PUT queues") \
    ROW("DELETE", "/api/queues/{vhost}/{queue}",                                 ANYBODY|VHOST|ENTER,     management_delete_queue,                   "management.DELETE queues") \
    ROW("DELETE", "/api/queues/{vhost}/{queue}/contents",                        ANYBODY|VHOST|ENTER,     management_delete_contents,                "management.DELETE contents") \
    ROW("POST",   "/api/queues/{vhost}/{queue}/get",                             ANYBODY|VHOST|CONNECT,   management_post_get,                       "management.POST get") \
    ROW("POST",   "/api/queues/{vhost}/{queue}/actions",                         ADMIN|VHOST,             management_post_action,                    "management.POST actions") \
    ROW("GET",    "/api/queues/{vhost}/{queue}/bindings",                        ANYBODY|VHOST,           management_get_queue_bindings,             "management.GET bindings") \
    ROW("GET",    "/api/bindings",                                               ANYBODY,                 management_get_bindings,                   "management.GET bindings") \
    ROW("GET",    "/api/bindings/{vhost}",                                       ANYBODY|VHOST,           management_get_bindings,                   "management.GET bindings") \
    ROW("GET",    "/api/bindings/{vhost}/e/{source}/q/{queue}",                  ANYBODY|VHOST,           management_get_bindings_between,           "management.GET bindings") \
    ROW("POST",   "/api/bindings/{vhost}/e/{source}/q/{queue}",                  ANYBODY|VHOST|ENTER,     management_post_binding,                   "management.POST bindings") \
    ROW("GET",    "/api/bindings/{vhost}/e/{source}/e/{exchange}",               ANYBODY|VHOST,           management_get_bindings_between,           "management.GET bindings") \
    ROW("POST",   "/api/bindings/{vhost}/e/{source}/e/{exchange}",               ANYBODY|VHOST|ENTER,     management_post_binding,                   "management.POST bindings") \
    ROW("GET",    "/api/bindings/{vhost}/e/{source}/q/{queue}/{props}",          ANYBODY|VHOST,           management_get_binding,                    "management.GET bindings") \
    ROW("DELETE", "/api/bindings/{vhost}/e/{source}/q/{queue}/{props}",          ANYBODY|VHOST|ENTER,     management_delete_binding,                 "management.DELETE bindings") \
    ROW("GET",    "/api/bindings/{vhost}/e/{source}/e/{exchange}/{props}",       ANYBODY|VHOST,           management_get_binding,                    "management.GET bindings") \
    ROW("DELETE", "/api/bindings/{vhost}/e/{source}/e/{exchange}/{props}",       ANYBODY|VHOST|ENTER,     management_delete_binding,                 "management.DELETE bindings") \
    ROW("GET",    "/api/connections",                                            ANYBODY,                 management_get_connections,                "management.GET connections") \
    ROW("GET",    "/api/connections/username/{user}",                            ANYBODY,                 management_get_user_connections,           "management.GET connections") \
    ROW("DELETE", "/api/connections/username/{user}",                            ADMIN,                   management_delete_user_connections,        "management.DELETE connections") \
    ROW("GET",    "/api/connections/{connection}",                               ANYBODY,                 management_get_connection,                 "management.GET connections") \
    ROW("DELETE", "/api/connections/{connection}",                               ANYBODY,                 management_delete_connection,              "management.DELETE connections") \
    ROW("GET",    "/api/connections/{connection}/channels",                      ANYBODY,                 management_get_channels,                   "management.GET channels") \
    ROW("GET",    "/api/channels",                                               ANYBODY,                 management_get_channels,                   "management.GET channels") \
    ROW("GET",    "/api/channels/{channel}",                                     ANYBODY,                 management_get_channel,                    "management.GET channels") \
    ROW("GET",    "/api/consumers",                                              ANYBODY,                 management_get_consumers,                  "management.GET consumers") \
    ROW("GET",    "/api/consumers/{vhost}",                                      ANYBODY|VHOST,           management_get_consumers,                  "management.GET consumers") \
    ROW("GET",    "/api/policies",                                               ANYBODY,                 management_get_policies,                   "management.GET policies") \
    ROW("GET",    "/api/policies/{vhost}",                                       ANYBODY|VHOST,           management_get_policies,                   "management.GET policies") \
    ROW("GET",    "/api/policies/{vhost}/{policy}",                              ANYBODY|VHOST,           management_get_policy,                     "management.GET policies") \
    ROW("PUT",    "/api/policies/{vhost}/{policy}",                              POLICYMAKER|VHOST,       management_put_policy,                     "management.PUT policies") \
    ROW("DELETE", "/api/policies/{vhost}/{policy}",                              POLICYMAKER|VHOST,       management_delete_policy,                  "management.DELETE policies") \
    ROW("GET",    "/api/operator-policies",                                      ANYBODY,                 management_get_operator_policies,          "management.GET operator-policies") \
    ROW("GET",    "/api/operator-policies/{vhost}",                              ANYBODY|VHOST,           management_get_operator_policies,          "management.GET operator-policies") \
    ROW("GET",    "/api/operator-policies/{vhost}/{policy}",                     ANYBODY|VHOST,           management_get_operator_policy,            "management.GET operator-policies") \
    ROW("PUT",    "/api/operator-policies/{vhost}/{policy}",                     ADMIN|VHOST,             management_put_operator_policy,            "management.PUT operator-policies") \
    ROW("DELETE", "/api/operator-policies/{vhost}/{policy}",                     ADMIN|VHOST,             management_delete_operator_policy,         "management.DELETE operator-policies") \
    ROW("GET",    "/api/parameters",                                             POLICYMAKER,             management_get_parameters,                 "management.GET parameters") \
    ROW("GET",    "/api/parameters/{component}",                                 POLICYMAKER,             management_get_parameters,                 "management.GET parameters") \
    ROW("GET",    "/api/parameters/{component}/{vhost}",                         POLICYMAKER|VHOST,       management_get_parameters,                 "management.GET parameters") \
    ROW("GET",    "/api/parameters/{component}/{vhost}/{parameter}",             POLICYMAKER|VHOST,       management_get_parameter,                  "management.GET parameters") \
    ROW("PUT",    "/api/parameters/{component}/{vhost}/{parameter}",             POLICYMAKER|VHOST,       management_put_parameter,                  "management.PUT parameters") \
    ROW("DELETE", "/api/parameters/{component}/{vhost}/{parameter}",             POLICYMAKER|VHOST,       management_delete_parameter,               "management.DELETE parameters") \
    ROW("GET",    "/api/global-parameters",                                      POLICYMAKER,             management_get_global_parameters,          "management.GET global-parameters") \
    ROW("GET",    "/api/global-parameters/{parameter}",                          POLICYMAKER,             management_get_global_parameter,           "management.GET global-parameters") \
    ROW("PUT",    "/api/global-parameters/{parameter}",                          POLICYMAKER,             management_put_global_parameter,           "management.PUT global-parameters") \
    ROW("DELETE", "/api/global-parameters/{parameter}",                          POLICYMAKER,             management_delete_global_parameter,        "management.DELETE global-parameters") \
    ROW("GET",    "/api/definitions",                                            ADMIN,                   management_get_definitions,                "management.GET definitions") \
    ROW("POST",   "/api/definitions",                                            ADMIN,                   management_post_definitions,               "management.POST definitions") \
    ROW("GET",    "/api/definitions/{name}",                                     ADMIN,                   management_get_definitions,                "management.GET definitions") \
    ROW("POST",   "/api/definitions/{name}",                                     ADMIN,                   management_post_definitions,               "management.POST definitions") \
    ROW("GET",    "/api/all-configuration",                                      ADMIN,                   management_get_definitions,                "management.GET definitions") \
    ROW("POST",   "/api/all-configuration",                                      ADMIN,                   management_post_definitions,               "management.POST definitions") \
    ROW("GET",    "/api/aliveness-test/{vhost}",                                 ANYBODY|VHOST|ENTER,     management_get_aliveness,                  "management.GET aliveness-test") \
    ROW("GET",    "/api/healthchecks/node",                                      ANYBODY,                 management_check_fine,                     "management.GET healthchecks") \
    ROW("GET",    "/api/healthchecks/node/{node}",                               ANYBODY,                 management_check_node,                     "management.GET healthchecks") \
    ROW("GET",    "/api/health/checks/alarms",                                   ANYBODY,                 management_check_alarms,                   "management.GET health") \
    ROW("GET",    "/api/health/checks/local-alarms",                             ANYBODY,                 management_check_alarms,                   "management.GET health") \
    ROW("GET",    "/api/health/checks/certificate-expiration/{within}/{unit}",   ANYBODY,                 management_check_certificates,             "management.GET health") \
    ROW("GET",    "/api/health/checks/port-listener/{port}",                     ANYBODY,                 management_check_port,                     "management.GET health") \
    ROW("GET",    "/api/health/checks/protocol-listener/{protocol}",             ANYBODY,                 management_check_protocol,                 "management.GET health") \
    ROW("GET",    "/api/health/checks/virtual-hosts",                            ANYBODY,                 management_check_fine,                     "management.GET health") \
    ROW("GET",    "/api/health/checks/node-is-mirror-sync-critical",             ANYBODY,                 management_check_single_node,              "management.GET health") \
    ROW("GET",    "/api/health/checks/node-is-quorum-critical",                  ANYBODY,                 management_check_single_node,              "management.GET health")
/* clang-format on */

/* Found by their place in the table; a handler takes a call, not what http_route_request gives. */
#define HTTP_ROUTE(method, pattern, flags, handle, op) {method, pattern, NULL, flags},
#define ROUTE(method, pattern, flags, handle, op)      {op, handle},

static const struct http_route http[] = {ROUTES(HTTP_ROUTE){0}};
static const struct management_route all[] = {ROUTES(ROUTE){0}};

const struct http_route *management_routes(void)
{
    return http;
}

const struct management_route *management_route_of(const struct http_match *match)
{
    return &all[match->route - http];
}
