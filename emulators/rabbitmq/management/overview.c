/* The broker as a whole, and what it is called. */
#include <stdio.h>

#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/body.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/parameters.h"
#include "emulators/rabbitmq/management/resources.h"

/* Seconds for which RabbitMQ keeps samples, as it is set up. */
#define RETENTION "{\"global\":[600,3600,28800,86400],\"basic\":[600,3600],\"detailed\":[600]}"

/* ---- overview */

void management_put_client_stats(const struct rabbit_stats *stats, struct json_writer *out)
{
    uint64_t returned = stats->returned < stats->dropped ? stats->returned : stats->dropped;
    const struct management_count counts[] = {
        {"ack",               stats->acked                              },
        {"confirm",           stats->confirmed                          },
        {"deliver",           stats->delivered - stats->delivered_no_ack},
        {"deliver_get",       stats->delivered + stats->got             },
        {"deliver_no_ack",    stats->delivered_no_ack                   },
        {"drop_unroutable",   stats->dropped - returned                 },
        {"get",               stats->got - stats->got_no_ack            },
        {"get_empty",         stats->got_empty                          },
        {"get_no_ack",        stats->got_no_ack                         },
        {"publish",           stats->published                          },
        {"redeliver",         stats->redelivered                        },
        {"return_unroutable", stats->returned                           },
    };
    management_put_message_stats(out, counts, sizeof(counts) / sizeof(counts[0]));
}

static void put_churn(const struct rabbit_stats *stats, struct json_writer *out)
{
    const struct management_count counts[] = {
        {"channel_closed",     stats->channels_closed   },
        {"channel_created",    stats->channels_opened   },
        {"connection_closed",  stats->connections_closed},
        {"connection_created", stats->connections_opened},
        {"queue_created",      stats->queues_created    },
        {"queue_declared",     stats->queues_declared   },
        {"queue_deleted",      stats->queues_deleted    },
    };
    json_key_str(out, "churn_rates");
    json_object(out);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        management_put_count(out, counts[i].name, counts[i].value);
    json_object_end(out);
}

struct objects {
    struct management_totals totals;
    uint64_t queues, exchanges, channels, connections, consumers;
};

static void add_vhost(void *ctx, struct rabbit_vhost *vhost)
{
    struct objects *objects = ctx;
    management_add_vhost(&objects->totals, vhost);
    objects->queues += vhost->state->queues.count;
    objects->exchanges += vhost->state->exchanges.count;
}

static void count_consumer(void *ctx, struct rabbit_entity *entity)
{
    (void)entity;
    ++*(uint64_t *)ctx;
}

static struct objects count_objects(struct management_call *call)
{
    struct objects objects = {{0}};
    struct ring *all = &call->rabbit->connections;
    management_each_vhost(call, add_vhost, &objects);
    for (struct ring *at = all->next; at != all; at = at->next) {
        const struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        objects.connections += connection->peer.vhost != NULL;
        objects.channels += connection->channel_count;
    }
    rabbit_registry_each(&call->rabbit->consumers, count_consumer, &objects.consumers);
    return objects;
}

static void put_objects(const struct objects *objects, struct json_writer *out)
{
    json_key_str(out, "queue_totals");
    json_object(out);
    management_put_messages(out, &objects->totals);
    json_object_end(out);
    json_key_str(out, "object_totals");
    json_object(out);
    management_put_uint(out, "channels", objects->channels);
    management_put_uint(out, "connections", objects->connections);
    management_put_uint(out, "consumers", objects->consumers);
    management_put_uint(out, "exchanges", objects->exchanges);
    management_put_uint(out, "queues", objects->queues);
    json_object_end(out);
}

static void put_versions(const struct rabbit *rabbit, struct json_writer *out)
{
    management_put_str(out, "management_version", RABBIT_VERSION);
    management_put_str(out, "rates_mode", "basic");
    json_key_str(out, "sample_retention_policies");
    json_raw(out, slice_str(RETENTION));
    management_put_exchange_types(out);
    management_put_str(out, "product_version", RABBIT_VERSION);
    management_put_str(out, "product_name", "RabbitMQ");
    management_put_str(out, "rabbitmq_version", RABBIT_VERSION);
    management_put_str(out, "cluster_name", rabbit->cluster_name);
    management_put_str(out, "erlang_version", RABBIT_ERLANG_VERSION);
    management_put_str(out, "erlang_full_version", "Erlang/OTP " RABBIT_ERLANG_VERSION);
    management_put_str(out, "release_series_support_status", "supported");
    management_put_bool(out, "disable_stats", false);
    management_put_bool(out, "enable_queue_totals", false);
}

static void put_node(struct management_call *call, struct json_writer *out)
{
    management_put_str(out, "node", MANAGEMENT_NODE);
    json_key_str(out, "listeners");
    management_put_listeners(call, out);
    management_put_contexts(call, out);
}

void management_get_overview(struct management_call *call)
{
    const struct rabbit *rabbit = call->rabbit;
    struct objects objects = count_objects(call);
    struct json_writer *out = &call->out;
    json_object(out);
    put_versions(rabbit, out);
    management_put_client_stats(&rabbit->stats, out);
    put_churn(&rabbit->stats, out);
    put_objects(&objects, out);
    management_put_uint(out, "statistics_db_event_queue", 0);
    if (management_is_monitor(call))
        put_node(call, out);
    json_object_end(out);
    management_reply(call);
}

/* ---- names */

void management_get_cluster_name(struct management_call *call)
{
    json_object(&call->out);
    management_put_str(&call->out, "name", call->rabbit->cluster_name);
    json_object_end(&call->out);
    management_reply(call);
}

/* A global parameter says it, too. */
static bool set_cluster_parameter(struct management_call *call, struct slice body)
{
    return management_set_global_parameter(call, slice_str("cluster_name"),
                                           management_member(call, body, "name").json);
}

void management_put_cluster_name(struct management_call *call)
{
    struct rabbit *rabbit = call->rabbit;
    struct slice body, name;
    if (!management_body(call, &body) || !management_need_text(call, body, "name", &name))
        return;
    if (name.len >= sizeof(rabbit->cluster_name)) {
        management_bad_request(call, "a cluster's name has at most %zu bytes",
                               sizeof(rabbit->cluster_name) - 1);
        return;
    }
    if (!set_cluster_parameter(call, body))
        return;
    snprintf(rabbit->cluster_name, sizeof(rabbit->cluster_name), SLICE_FMT, SLICE_ARG(name));
    management_reply_done(call);
}

void management_get_whoami(struct management_call *call)
{
    json_object(&call->out);
    management_put_string(&call->out, "name", call->user->name);
    management_put_words(&call->out, "tags", call->user->tags);
    json_object_end(&call->out);
    management_reply(call);
}

/* Of OAuth there is nothing. */
void management_get_auth(struct management_call *call)
{
    json_raw(&call->out,
             slice_str("{\"enable_uaa\":false,\"uaa_client_id\":\"\",\"uaa_location\":\"\"}"));
    management_reply(call);
}

/* Extensions are scripts for pages, which there are none of. */
void management_get_extensions(struct management_call *call)
{
    json_raw(&call->out, slice_str("[]"));
    management_reply(call);
}

/* All are enabled. */
static const struct {
    const char *name, *provided_by;
} flags[] = {
    {"classic_mirrored_queue_version", "rabbit"                   },
    {"drop_unroutable_metric",         "rabbitmq_management_agent"},
    {"empty_basic_get_metric",         "rabbitmq_management_agent"},
    {"implicit_default_bindings",      "rabbit"                   },
    {"maintenance_mode_status",        "rabbit"                   },
    {"quorum_queue",                   "rabbit"                   },
    {"stream_queue",                   "rabbit"                   },
    {"user_limits",                    "rabbit"                   },
    {"virtual_host_metadata",          "rabbit"                   },
};
#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))

void management_get_feature_flags(struct management_call *call)
{
    struct json_writer *out = &call->out;
    json_array(out);
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        json_object(out);
        management_put_str(out, "name", flags[i].name);
        management_put_str(out, "desc", "");
        management_put_str(out, "doc_url", "");
        management_put_str(out, "state", "enabled");
        management_put_str(out, "stability", "stable");
        management_put_str(out, "provided_by", flags[i].provided_by);
        json_object_end(out);
    }
    json_array_end(out);
    management_reply(call);
}

void management_enable_feature_flag(struct management_call *call)
{
    for (size_t i = 0; i < FLAG_COUNT; i++)
        if (slice_eq_str(management_parameter(call, "flag"), flags[i].name)) {
            management_reply_done(call);
            return;
        }
    management_bad_request(call, "unsupported");
}

/* One node's queues are balanced. */
void management_post_rebalance(struct management_call *call)
{
    management_reply_done(call);
}

/* The statistics begin again. */
void management_delete_reset(struct management_call *call)
{
    call->rabbit->stats = (struct rabbit_stats){0};
    management_reply_done(call);
}

void management_get_page(struct management_call *call)
{
    outq_put_slice(&call->body, slice_str("RabbitMQ's management API, served by parlel: there are "
                                          "no pages, only /api/.\n"));
    call->content_type = "text/plain";
    management_reply_status(call, HTTP_OK);
}
