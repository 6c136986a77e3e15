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

/* What is not counted here, and what RabbitMQ would have done on disk, which it is not. */
static void put_nothings(struct json_writer *out)
{
    static const char *const nothings[] = {
        "context_switches",       "gc_num",
        "gc_bytes_reclaimed",     "io_read_count",
        "io_read_bytes",          "io_read_avg_time",
        "io_write_count",         "io_write_bytes",
        "io_write_avg_time",      "io_sync_count",
        "io_sync_avg_time",       "io_seek_count",
        "io_seek_avg_time",       "io_reopen_count",
        "mnesia_ram_tx_count",    "mnesia_disk_tx_count",
        "msg_store_read_count",   "msg_store_write_count",
        "queue_index_read_count", "queue_index_write_count",
    };
    for (size_t i = 0; i < sizeof(nothings) / sizeof(nothings[0]); i++)
        management_put_count(out, nothings[i], 0);
}

static uint64_t count_channels(const struct rabbit *rabbit)
{
    uint64_t count = 0;
    for (const struct ring *at = rabbit->channels.next; at != &rabbit->channels; at = at->next)
        count++;
    return count;
}

/* Limits as RabbitMQ's defaults have them; connections and channels stand for Erlang's processes. */
static void put_limits(const struct rabbit *rabbit, struct json_writer *out)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t files = (uint64_t)sysconf(_SC_OPEN_MAX);
    management_put_uint(out, "mem_limit", memory / 5 * 2);
    management_put_str(out, "mem_calculation_strategy", "allocated");
    management_put_uint(out, "disk_free_limit", 50000000);
    management_put_uint(out, "fd_total", files);
    management_put_count(out, "fd_used", rabbit->connection_count);
    management_put_uint(out, "sockets_total", files - files / 10);
    management_put_uint(out, "proc_total", 1048576);
    management_put_count(out, "proc_used", rabbit->connection_count + count_channels(rabbit));
    management_put_uint(out, "run_queue", 0);
    management_put_uint(out, "net_ticktime", 60);
}

/* What there is of a node here. */
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
    put_limits(rabbit, out);
    put_nothings(out);
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
