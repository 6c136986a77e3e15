/* The one node that there is. */
#include <stdio.h>
#include <unistd.h>

#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/resources.h"

static void put_mechanisms(struct json_writer *out)
{
    static const char *const mechanisms[] = {"PLAIN", "AMQPLAIN"};
    json_key_str(out, "auth_mechanisms");
    json_array(out);
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
        json_object(out);
        management_put_str(out, "name", mechanisms[i]);
        management_put_str(out, "description", "");
        management_put_bool(out, "enabled", true);
        json_object_end(out);
    }
    json_array_end(out);
}

static void put_applications(struct json_writer *out)
{
    static const char *const applications[] = {"rabbit", "rabbitmq_management"};
    json_key_str(out, "applications");
    json_array(out);
    for (size_t i = 0; i < sizeof(applications) / sizeof(applications[0]); i++) {
        json_object(out);
        management_put_str(out, "name", applications[i]);
        management_put_str(out, "description", "");
        management_put_str(out, "version", RABBIT_VERSION);
        json_object_end(out);
    }
    json_array_end(out);
}

static void put_empty(struct json_writer *out, const char *name)
{
    json_key_str(out, name);
    json_array(out);
    json_array_end(out);
}

static void put_churn(const struct rabbit_stats *stats, struct json_writer *out)
{
    management_put_count(out, "connection_created", stats->connections_opened);
    management_put_count(out, "connection_closed", stats->connections_closed);
    management_put_count(out, "channel_created", stats->channels_opened);
    management_put_count(out, "channel_closed", stats->channels_closed);
    management_put_count(out, "queue_declared", stats->queues_declared);
    management_put_count(out, "queue_created", stats->queues_created);
    management_put_count(out, "queue_deleted", stats->queues_deleted);
}

/* What there is of a node here: no counts of files, processes and collections. */
static void put_node(struct management_call *call)
{
    const struct rabbit *rabbit = call->rabbit;
    struct json_writer *out = &call->out;
    char pid[24];
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    json_object(out);
    management_put_str(out, "name", MANAGEMENT_NODE);
    management_put_str(out, "type", "disc");
    management_put_bool(out, "running", true);
    management_put_str(out, "os_pid", pid);
    management_put_str(out, "rates_mode", "basic");
    management_put_uint(out, "uptime", (uint64_t)(rabbit_now_ms(rabbit) - rabbit->started_ms));
    management_put_bool(out, "mem_alarm", rabbit->alarm);
    management_put_bool(out, "disk_free_alarm", false);
    management_put_count(out, "mem_used", heap_used(rabbit->host.heap));
    management_put_count(out, "sockets_used", rabbit->connection_count);
    management_put_uint(out, "processors", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
    management_put_uint(out, "fd_total", (uint64_t)sysconf(_SC_OPEN_MAX));
    management_put_exchange_types(out);
    put_mechanisms(out);
    put_applications(out);
    put_empty(out, "partitions");
    management_put_contexts(call, out);
    put_empty(out, "log_files");
    put_empty(out, "config_files");
    put_empty(out, "cluster_links");
    management_put_words(out, "enabled_plugins", slice_str("rabbitmq_management"));
    put_churn(&rabbit->stats, out);
    json_object_end(out);
}

void management_get_nodes(struct management_call *call)
{
    json_array(&call->out);
    put_node(call);
    json_array_end(&call->out);
    management_reply(call);
}

static bool check_node(struct management_call *call)
{
    if (slice_eq_str(management_parameter(call, "node"), MANAGEMENT_NODE))
        return true;
    management_not_found(call);
    return false;
}

void management_get_node(struct management_call *call)
{
    if (!check_node(call))
        return;
    put_node(call);
    management_reply(call);
}

void management_get_node_memory(struct management_call *call)
{
    struct json_writer *out = &call->out;
    if (!check_node(call))
        return;
    json_object(out);
    json_key_str(out, "memory");
    json_object(out);
    json_key_str(out, "total");
    json_object(out);
    management_put_uint(out, "allocated", heap_reserved(call->rabbit->host.heap));
    json_object_end(out);
    json_object_end(out);
    json_object_end(out);
    management_reply(call);
}
