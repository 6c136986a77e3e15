/* The emulators' contract, kept by RabbitMQ. */
#include <stdio.h>

#include "common/json.h"
#include "common/text.h"
#include "emulators/rabbitmq/consumer_timeout.h"
#include "emulators/rabbitmq/dump.h"
#include "emulators/rabbitmq/execute.h"
#include "emulators/rabbitmq/heartbeat.h"
#include "emulators/rabbitmq/management/management.h"
#include "emulators/rabbitmq/rabbitmq.h"
#include "emulators/rabbitmq/seed.h"
#include "emulators/rabbitmq/session.h"
#include "emulators/rabbitmq/undo.h"

#define DEFAULT_FRAME_MAX           131072
#define DEFAULT_CHANNEL_MAX         2047
#define DEFAULT_HEARTBEAT_S         60
#define DEFAULT_CONSUMER_TIMEOUT_MS 1800000

#define NO_MEMORY "541"

struct emulator_checkpoint {
    struct rabbit_data data;
};

/* ---- coming and going */

static void drop_data(struct rabbit *rabbit)
{
    struct heap *heap = rabbit->host.heap;
    const struct rabbit_data nothing = {0};
    rabbit_data_replace(rabbit, &nothing); /* needs no memory: nothing is made alive */
    rabbit_data_clear(&rabbit->data, heap);
    rabbit_data_clear(&rabbit->beginning, heap);
    rabbit_registry_done(&rabbit->entities, heap);
    rabbit_registry_done(&rabbit->consumers, heap);
    heap_free(heap, rabbit->routed, rabbit->routed_room * sizeof(*rabbit->routed));
}

static void destroy(struct emulator *emulator)
{
    struct rabbit *rabbit = rabbit_of(emulator);
    if (!rabbit)
        return;
    rabbit_management_stop(rabbit);
    while (!ring_empty(&rabbit->connections))
        rabbit_connection_destroy(
            RING_OWNER(rabbit->connections.next, struct rabbit_connection, link));
    rabbit_heartbeats_stop(rabbit);
    rabbit_consumer_timeout_stop(rabbit);
    drop_data(rabbit);
    heap_free(rabbit->host.heap, rabbit, sizeof(*rabbit));
}

/* A broker without data. */
static struct rabbit *new_broker(const struct emulator_host *host)
{
    struct rabbit *rabbit = heap_zalloc(host->heap, sizeof(*rabbit));
    if (!rabbit)
        return NULL;
    rabbit->host = *host;
    rabbit->config = (struct rabbit_config){
        .frame_max = DEFAULT_FRAME_MAX,
        .channel_max = DEFAULT_CHANNEL_MAX,
        .heartbeat_s = DEFAULT_HEARTBEAT_S,
        .consumer_timeout_ms = DEFAULT_CONSUMER_TIMEOUT_MS,
    };
    rabbit_consumer_timeout_init(rabbit);
    ring_init(&rabbit->vhosts);
    ring_init(&rabbit->connections);
    ring_init(&rabbit->channels);
    ring_init(&rabbit->dismissed);
    ring_init(&rabbit->woken);
    ring_init(&rabbit->letters);
    /* Ids of channels are keys of data that worlds share with each other. */
    rabbit->last_channel = (uint64_t)host->world << 40;
    rabbit->started_ms = rabbit_now_ms(rabbit);
    snprintf(rabbit->cluster_name, sizeof(rabbit->cluster_name), "rabbit@parlel");
    return rabbit;
}

/* Another share of all there is; what is changed from now on is made the broker's own first. */
static struct rabbit_data share_data(struct rabbit *rabbit)
{
    rabbit->epoch++;
    return rabbit_data_share(&rabbit->data);
}

static struct emulator *create(const struct emulator_host *host, struct emulator_error *error)
{
    struct rabbit_error problem;
    struct rabbit *rabbit = new_broker(host);
    if (rabbit && rabbit_data_create(rabbit, &problem)) {
        rabbit->beginning = share_data(rabbit);
        return (struct emulator *)(void *)rabbit;
    }
    destroy((struct emulator *)(void *)rabbit);
    emulator_fail(error, NO_MEMORY, "out of memory");
    return NULL;
}

/* ---- settings */

static bool set_auth(struct rabbit *rabbit, struct slice value, struct emulator_error *error)
{
    rabbit->config.any_credentials = slice_eq_str(value, "any");
    return rabbit->config.any_credentials || slice_eq_str(value, "strict") ||
           emulator_fail(error, "400", "expected any or strict, got \"" SLICE_FMT "\"",
                         SLICE_ARG(value));
}

static bool read_number(struct slice value, uint64_t least, uint64_t most, uint64_t *out,
                        struct emulator_error *error)
{
    return (text_to_u64(value, out) && *out >= least && *out <= most) ||
           emulator_fail(error, "400", "expected a number from %llu to %llu, got \"" SLICE_FMT "\"",
                         (unsigned long long)least, (unsigned long long)most, SLICE_ARG(value));
}

static bool set_frame_max(struct rabbit *rabbit, struct slice value, struct emulator_error *error)
{
    uint64_t number;
    if (!read_number(value, AMQP_FRAME_MIN_MAX, UINT32_MAX, &number, error))
        return false;
    rabbit->config.frame_max = (uint32_t)number;
    return true;
}

static bool set_channel_max(struct rabbit *rabbit, struct slice value, struct emulator_error *error)
{
    uint64_t number;
    if (!read_number(value, 0, UINT16_MAX, &number, error))
        return false;
    rabbit->config.channel_max = (uint16_t)number;
    return true;
}

static bool set_heartbeat(struct rabbit *rabbit, struct slice value, struct emulator_error *error)
{
    uint64_t number;
    if (!read_number(value, 0, UINT16_MAX, &number, error))
        return false;
    rabbit->config.heartbeat_s = (uint16_t)number;
    return true;
}

/* Milliseconds; off: for ever. */
static bool set_consumer_timeout(struct rabbit *rabbit, struct slice value,
                                 struct emulator_error *error)
{
    uint64_t number = 0;
    bool on = !slice_eq_str(value, "off");
    if (on && !read_number(value, 0, UINT32_MAX, &number, error))
        return false;
    rabbit->config.consumer_timeout_ms = on ? (int64_t)number : -1;
    rabbit_consumer_timeout_look(rabbit);
    return true;
}

static bool set_management(struct rabbit *rabbit, struct slice value, struct emulator_error *error)
{
    uint64_t number = 0;
    bool on = !slice_eq_str(value, "off");
    if (on && !read_number(value, 0, UINT16_MAX, &number, error))
        return false;
    rabbit->config.management = on ? RABBIT_MANAGEMENT_PORTED : RABBIT_MANAGEMENT_OFF;
    rabbit->config.management_port = (uint16_t)number;
    if (rabbit->port)
        rabbit_management_listen(rabbit);
    return true;
}

static const struct setting {
    const char *key;
    bool (*set)(struct rabbit *rabbit, struct slice value, struct emulator_error *error);
} settings[] = {
    {"auth",             set_auth            },
    {"channel_max",      set_channel_max     },
    {"consumer_timeout", set_consumer_timeout},
    {"frame_max",        set_frame_max       },
    {"heartbeat",        set_heartbeat       },
    {"management",       set_management      },
};

static bool set(struct emulator *emulator, struct slice key, struct slice value,
                struct emulator_error *error)
{
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (slice_eq_str(key, settings[i].key))
            return settings[i].set(rabbit_of(emulator), value, error);
    return emulator_fail(
        error, "400",
        "rabbitmq has no setting \"" SLICE_FMT
        "\"; there are auth, channel_max, consumer_timeout, frame_max, heartbeat and management",
        SLICE_ARG(key));
}

/* ---- connections */

static void listening(struct emulator *emulator, const char *address, uint16_t port)
{
    struct rabbit *rabbit = rabbit_of(emulator);
    snprintf(rabbit->address, sizeof(rabbit->address), "%s", address);
    rabbit->port = port;
    rabbit_management_listen(rabbit);
}

static bool session_open(struct emulator *emulator, struct transport *transport)
{
    struct rabbit_connection *connection = rabbit_connection_create(rabbit_of(emulator), transport);
    if (connection)
        transport_attach(transport, &rabbit_session_ops, connection);
    return connection != NULL;
}

static unsigned session_count(const struct emulator *emulator)
{
    return ((const struct rabbit *)(const void *)emulator)->connection_count;
}

static void session_close_all(struct emulator *emulator)
{
    struct ring *all = &rabbit_of(emulator)->connections;
    for (struct ring *at = all->next; at != all; at = at->next)
        rabbit_connection_drop(RING_OWNER(at, struct rabbit_connection, link));
    rabbit_management_close_all(rabbit_of(emulator));
}

/* ---- undo */

static struct emulator_checkpoint *checkpoint(struct emulator *emulator)
{
    struct rabbit *rabbit = rabbit_of(emulator);
    struct emulator_checkpoint *kept = heap_alloc(rabbit->host.heap, sizeof(*kept));
    if (!kept)
        return NULL;
    kept->data = share_data(rabbit);
    return kept;
}

static bool rewind_to(struct emulator *emulator, const struct emulator_checkpoint *kept)
{
    struct rabbit *rabbit = rabbit_of(emulator);
    bool ok = rabbit_data_replace(rabbit, &kept->data);
    rabbit_connections_rewound(rabbit);
    return ok;
}

static void release(struct emulator *emulator, struct emulator_checkpoint *kept)
{
    struct heap *heap = rabbit_of(emulator)->host.heap;
    if (!kept)
        return;
    rabbit_data_clear(&kept->data, heap);
    heap_free(heap, kept, sizeof(*kept));
}

static struct emulator *fork_from(struct emulator *emulator, const struct emulator_checkpoint *from,
                                  const struct emulator_host *host, struct emulator_error *error)
{
    struct rabbit *rabbit = new_broker(host);
    if (rabbit && rabbit_data_replace(rabbit, &from->data)) {
        rabbit->config = rabbit_of(emulator)->config;
        rabbit->beginning = rabbit_data_share(&rabbit_of(emulator)->beginning);
        return (struct emulator *)(void *)rabbit;
    }
    destroy((struct emulator *)(void *)rabbit);
    emulator_fail(error, NO_MEMORY, "out of memory");
    return NULL;
}

static void reset(struct emulator *emulator)
{
    struct rabbit *rabbit = rabbit_of(emulator);
    rabbit_data_replace(rabbit, &rabbit->beginning);
    rabbit_connections_rewound(rabbit);
}

/* ---- looks */

static void stats(struct emulator *emulator, struct json_writer *out)
{
    const struct rabbit *rabbit = rabbit_of(emulator);
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"connections",       rabbit->connection_count        },
        {"connections_total", rabbit->stats.connections_opened},
        {"published",         rabbit->stats.published         },
        {"confirmed",         rabbit->stats.confirmed         },
        {"returned",          rabbit->stats.returned          },
        {"delivered",         rabbit->stats.delivered         },
        {"got",               rabbit->stats.got               },
        {"acked",             rabbit->stats.acked             },
        {"redelivered",       rabbit->stats.redelivered       },
        {"management_port",   rabbit_management_port(rabbit)  },
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_key_str(out, members[i].name);
        json_uint(out, members[i].value);
    }
}

static bool ready(const struct emulator *emulator)
{
    return emulator != NULL;
}

static const struct emulator_variable variables[] = {
    {"AMQP_URL",      "amqp://guest:guest@{host}:{port}"},
    {"RABBITMQ_HOST", "{host}"                          },
    {"RABBITMQ_PORT", "{port}"                          },
    {NULL,            NULL                              },
};

const struct emulator_type rabbitmq_emulator_type = {
    .name = "rabbitmq",
    .title = "RabbitMQ",
    .protocol = "AMQP 0-9-1",
    .version = RABBIT_VERSION,
    .port = 5672,
    .url_format = "amqp://guest:guest@%s:%u",
    .url_env = "RABBITMQ_URL",
    .variables = variables,
    .create = create,
    .destroy = destroy,
    .set = set,
    .listening = listening,
    .session_open = session_open,
    .session_count = session_count,
    .session_close_all = session_close_all,
    .reset = reset,
    .seed = rabbit_seed,
    .dump = rabbit_dump,
    .execute = rabbit_execute,
    .checkpoint = checkpoint,
    .rewind = rewind_to,
    .release = release,
    .fork = fork_from,
    .stats = stats,
    .ready = ready,
};
