#include "emulators/rabbitmq/handshake.h"

#include "emulators/rabbitmq/fault.h"
#include "emulators/rabbitmq/heartbeat.h"
#include "emulators/rabbitmq/method_table.h"
#include "emulators/rabbitmq/record.h"
#include "emulators/rabbitmq/refusal.h"
#include "emulators/rabbitmq/user.h"
#include "emulators/rabbitmq/user_limit.h"
#include "protocols/amqp/amqp_table.h"

/* After its connection.close a client closes the socket; one that forgets is given so long. */
#define CLOSED_US 30000000

static bool fail(struct rabbit_connection *connection, const struct rabbit_error *error,
                 enum amqp_method_id cause)
{
    if (connection->phase < RABBIT_PHASE_OPENING)
        rabbit_connection_refuse(connection);
    else
        rabbit_connection_fail(connection, error, cause);
    return false;
}

/* ---- connection.start */

static const char *const capabilities[] = {
    "publisher_confirms",           "exchange_exchange_bindings", "basic.nack",
    "consumer_cancel_notify",       "connection.blocked",         "consumer_priorities",
    "authentication_failure_close", "per_consumer_qos",           "direct_reply_to",
};

static const struct server_property {
    const char *name, *value;
} server_properties[] = {
    {"copyright",   "Copyright (c) 2007-2024 Broadcom Inc and/or its subsidiaries"},
    {"information", "Licensed under the MPL 2.0. Website: https://rabbitmq.com"   },
    {"platform",    "Erlang/OTP " RABBIT_ERLANG_VERSION                           },
    {"product",     "RabbitMQ"                                                    },
    {"version",     RABBIT_VERSION                                                },
};

static void put_server_properties(const struct rabbit *rabbit, struct outq *out)
{
    struct amqp_table_writer w;
    amqp_table_writer_init(&w, out);
    amqp_table_begin_table(&w, slice_str("capabilities"));
    for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
        amqp_table_put_bool(&w, slice_str(capabilities[i]), true);
    amqp_table_end(&w);
    amqp_table_put_bytes(&w, slice_str("cluster_name"), 'S', slice_str(rabbit->cluster_name));
    for (size_t i = 0; i < sizeof(server_properties) / sizeof(server_properties[0]); i++)
        amqp_table_put_bytes(&w, slice_str(server_properties[i].name), 'S',
                             slice_str(server_properties[i].value));
}

void rabbit_handshake_begin(struct rabbit_connection *connection)
{
    struct outq properties;
    outq_init(&properties);
    put_server_properties(connection->rabbit, &properties);
    struct amqp_connection_start start = {
        .version_major = 0,
        .version_minor = 9,
        .server_properties = outq_flatten(&properties),
        .mechanisms = slice_str("PLAIN AMQPLAIN"),
        .locales = slice_str("en_US"),
    };
    rabbit_send(connection, 0, AMQP_CONNECTION_START, &start);
    connection->phase = RABBIT_PHASE_STARTING;
    outq_done(&properties);
}

/* ---- connection.start-ok */

struct credentials {
    struct slice user, password;
};

/* RFC 4616: an identity to act as, NUL, the user, NUL, the password. */
static bool read_plain(struct slice response, struct credentials *out)
{
    const uint8_t *end = response.ptr + response.len;
    const uint8_t *first = response.len ? memchr(response.ptr, 0, response.len) : NULL;
    const uint8_t *second = first ? memchr(first + 1, 0, (size_t)(end - first - 1)) : NULL;
    if (!second)
        return false;
    out->user = slice_of(first + 1, (size_t)(second - first - 1));
    out->password = slice_of(second + 1, (size_t)(end - second - 1));
    return true;
}

/* A table with LOGIN and PASSWORD. */
static bool read_amqplain(struct slice response, struct credentials *out)
{
    struct amqp_value user, password;
    if (!amqp_table_check(response, NULL) || !amqp_table_get(response, slice_str("LOGIN"), &user) ||
        user.type != 'S' || !amqp_table_get(response, slice_str("PASSWORD"), &password) ||
        password.type != 'S')
        return false;
    *out = (struct credentials){user.bytes, password.bytes};
    return true;
}

static const struct mechanism {
    const char *name;
    bool (*read)(struct slice response, struct credentials *out);
} mechanisms[] = {
    {"PLAIN",    read_plain   },
    {"AMQPLAIN", read_amqplain},
};

static const struct mechanism *find_mechanism(struct slice name)
{
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
        if (slice_eq_str(name, mechanisms[i].name))
            return &mechanisms[i];
    return NULL;
}

static const struct client_capability {
    const char *name;
    enum rabbit_capability flag;
} client_capabilities[] = {
    {"authentication_failure_close", RABBIT_AUTHENTICATION_FAILURE_CLOSE},
    {"connection.blocked",           RABBIT_CONNECTION_BLOCKED          },
    {"consumer_cancel_notify",       RABBIT_CONSUMER_CANCEL_NOTIFY      },
};

static unsigned read_capabilities(struct slice client_properties)
{
    struct amqp_value announced, value;
    unsigned flags = 0;
    if (!amqp_table_get(client_properties, slice_str("capabilities"), &announced) ||
        announced.type != 'F')
        return 0;
    for (size_t i = 0; i < sizeof(client_capabilities) / sizeof(client_capabilities[0]); i++) {
        const struct client_capability *known = &client_capabilities[i];
        if (amqp_table_get(announced.bytes, slice_str(known->name), &value) && value.type == 't' &&
            value.boolean)
            flags |= known->flag;
    }
    return flags;
}

/* Only who says so is told that the login failed. */
static void refuse_login(struct rabbit_connection *connection)
{
    struct rabbit_error error;
    if (!(connection->capabilities & RABBIT_AUTHENTICATION_FAILURE_CLOSE)) {
        rabbit_connection_refuse(connection);
        return;
    }
    rabbit_fail(&error, RABBIT_ACCESS_REFUSED,
                "Login was refused using authentication mechanism " SLICE_FMT
                ". For details see the broker logfile.",
                SLICE_ARG(connection->mechanism));
    rabbit_connection_fail(connection, &error, 0);
}

static void send_tune(struct rabbit_connection *connection)
{
    const struct rabbit_config *config = &connection->rabbit->config;
    struct amqp_connection_tune tune = {
        .channel_max = config->channel_max,
        .frame_max = config->frame_max,
        .heartbeat = config->heartbeat_s,
    };
    rabbit_send(connection, 0, AMQP_CONNECTION_TUNE, &tune);
    connection->phase = RABBIT_PHASE_TUNING;
}

static void start_ok(struct rabbit_connection *connection, const union amqp_method *method)
{
    const struct amqp_connection_start_ok *ok = &method->connection_start_ok;
    const struct mechanism *mechanism = find_mechanism(ok->mechanism);
    struct credentials given;
    connection->capabilities = read_capabilities(ok->client_properties);
    if (!mechanism || !mechanism->read(ok->response, &given) ||
        !rabbit_connection_set(connection, &connection->mechanism, ok->mechanism) ||
        !rabbit_connection_set(connection, &connection->client_properties, ok->client_properties) ||
        !rabbit_connection_set(connection, &connection->user, given.user)) {
        rabbit_connection_refuse(connection);
        return;
    }
    if (rabbit_user_login(connection->rabbit, given.user, given.password))
        send_tune(connection);
    else
        refuse_login(connection);
}

/* ---- connection.tune-ok */

/* What a client may make of an offer: not more, nor less than the minimum. 0 is no limit at all. */
static bool is_within(uint32_t offered, uint32_t minimum, uint32_t value)
{
    if (value && value < minimum)
        return false;
    return !offered || (value && value <= offered);
}

static void tune_ok(struct rabbit_connection *connection, const union amqp_method *method)
{
    const struct amqp_connection_tune_ok *ok = &method->connection_tune_ok;
    const struct rabbit_config *config = &connection->rabbit->config;
    if (!is_within(config->frame_max, AMQP_FRAME_MIN_MAX, ok->frame_max) ||
        !is_within(config->channel_max, 1, ok->channel_max)) {
        rabbit_connection_refuse(connection);
        return;
    }
    connection->frame_max = connection->decoder.frame_max = ok->frame_max;
    connection->channel_max = ok->channel_max;
    connection->heartbeat_s = ok->heartbeat;
    connection->phase = RABBIT_PHASE_OPENING;
}

/* ---- connection.open */

/* "app@t42" without what is behind the last '@', when there is such a world, and no virtual host of
 * the whole name. */
static struct slice enter_world(struct rabbit_connection *connection, struct slice name)
{
    const struct emulator_host *host = &connection->rabbit->host;
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '@')
        at--;
    if (at == 0 || !host->find_world || rabbit_vhost_find(connection->rabbit, name))
        return name;
    struct emulator *world = host->find_world(host, slice_from(name, at));
    if (!world)
        return name;
    if (rabbit_of(world) != connection->rabbit)
        rabbit_connection_move(connection, rabbit_of(world));
    return slice_of(name.ptr, at - 1);
}

static bool check_access(const struct rabbit_connection *connection,
                         const struct rabbit_vhost *vhost, struct rabbit_error *error)
{
    const struct rabbit *rabbit = connection->rabbit;
    struct slice name = rabbit_vhost_name(vhost);
    int64_t most = vhost->state->max_connections;
    bool is_stranger = !rabbit_user_find(rabbit, connection->user);
    if (is_stranger ? !rabbit->config.any_credentials
                    : !rabbit_permission_find(vhost, connection->user))
        return rabbit_fail(error, RABBIT_NOT_ALLOWED,
                           "access to vhost '" SLICE_FMT "' refused for user '" SLICE_FMT "'",
                           SLICE_ARG(name), SLICE_ARG(connection->user));
    if (most >= 0 && vhost->peer_count >= (uint64_t)most)
        return rabbit_fail(error, RABBIT_NOT_ALLOWED,
                           "access to vhost '" SLICE_FMT "' refused for user '" SLICE_FMT
                           "': connection limit (%lld) is reached",
                           SLICE_ARG(name), SLICE_ARG(connection->user), (long long)most);
    return rabbit_user_limit_connection(connection, error);
}

static bool open_vhost(struct rabbit_connection *connection, struct slice name,
                       struct rabbit_error *error)
{
    struct rabbit_vhost *vhost = rabbit_vhost_find(connection->rabbit, name);
    if (!vhost)
        return rabbit_fail(error, RABBIT_NOT_ALLOWED, "vhost " SLICE_FMT " not found",
                           SLICE_ARG(name));
    if (!check_access(connection, vhost, error))
        return false;
    struct amqp_connection_open_ok ok = {0};
    rabbit_connection_enter(connection, vhost);
    rabbit_connection_expire(connection, 0);
    rabbit_send(connection, 0, AMQP_CONNECTION_OPEN_OK, &ok);
    connection->phase = RABBIT_PHASE_RUNNING;
    return true;
}

static enum rabbit_progress open(struct rabbit_connection *connection,
                                 const struct amqp_method_info *info,
                                 const union amqp_method *method)
{
    struct rabbit_call call = {.connection = connection, .info = info, .key_count = 1};
    enum rabbit_fault fault = RABBIT_FAULT_NONE;
    call.keys[0] = enter_world(connection, method->connection_open.virtual_host);
    if (rabbit_fault_possible(connection))
        fault = rabbit_fault_ask(&call);
    if (fault == RABBIT_FAULT_WAITS || fault == RABBIT_FAULT_CLOSED)
        return fault == RABBIT_FAULT_WAITS ? RABBIT_WAITS : RABBIT_TAKEN;
    struct outq_place began = outq_place(rabbit_connection_out(connection));
    bool ok = fault == RABBIT_FAULT_NONE && open_vhost(connection, call.keys[0], &call.error);
    if (!ok)
        rabbit_connection_fail(connection, &call.error, info->id);
    struct rabbit_record record = {
        .op = info->name,
        .keys = call.keys,
        .key_count = call.key_count,
        .bytes_in = connection->command_bytes,
        .bytes_out = outq_grown(rabbit_connection_out(connection), began),
        .code = ok ? 0 : call.error.code,
    };
    rabbit_record(connection, &record);
    rabbit_fault_finish(connection);
    return RABBIT_TAKEN;
}

/* ---- an open connection */

static void close_connection(struct rabbit_connection *connection)
{
    rabbit_confirms_flush_all(connection);
    rabbit_channel_sessions_leave(connection);
    rabbit_connection_leave(connection);
    rabbit_send(connection, 0, AMQP_CONNECTION_CLOSE_OK, NULL);
    connection->phase = RABBIT_PHASE_CLOSED;
    rabbit_connection_expire(connection, CLOSED_US);
}

static bool serve_running(struct rabbit_connection *connection, enum amqp_method_id id)
{
    if (id == AMQP_CONNECTION_CLOSE)
        close_connection(connection);
    else if (id == AMQP_CONNECTION_UPDATE_SECRET)
        rabbit_send(connection, 0, AMQP_CONNECTION_UPDATE_SECRET_OK, NULL);
    else
        return false;
    return true;
}

static void serve_closing(struct rabbit_connection *connection, enum amqp_method_id id)
{
    if (id == AMQP_CONNECTION_CLOSE)
        rabbit_send(connection, 0, AMQP_CONNECTION_CLOSE_OK, NULL);
    if (id != AMQP_CONNECTION_CLOSE_OK)
        return;
    connection->phase = RABBIT_PHASE_CLOSED;
    transport_close(connection->transport);
}

/* In RabbitMQ's words. */
static const char *const phase_names[] = {
    [RABBIT_PHASE_HEADER] = "handshake", [RABBIT_PHASE_STARTING] = "starting",
    [RABBIT_PHASE_TUNING] = "tuning",    [RABBIT_PHASE_OPENING] = "opening",
    [RABBIT_PHASE_RUNNING] = "running",  [RABBIT_PHASE_CLOSING] = "closing",
    [RABBIT_PHASE_CLOSED] = "closed",
};

const char *rabbit_phase_name(enum rabbit_phase phase)
{
    return phase_names[phase];
}

static enum rabbit_progress serve(struct rabbit_connection *connection,
                                  const struct amqp_method_info *info,
                                  const union amqp_method *method)
{
    enum amqp_method_id id = info->id;
    struct rabbit_error error;
    if (connection->phase == RABBIT_PHASE_CLOSING) {
        serve_closing(connection, id);
        return RABBIT_TAKEN;
    }
    if (connection->phase == RABBIT_PHASE_OPENING && id == AMQP_CONNECTION_OPEN)
        return open(connection, info, method);
    if (connection->phase == RABBIT_PHASE_STARTING && id == AMQP_CONNECTION_START_OK) {
        start_ok(connection, method);
    } else if (connection->phase == RABBIT_PHASE_TUNING && id == AMQP_CONNECTION_TUNE_OK) {
        tune_ok(connection, method);
    } else if (connection->phase != RABBIT_PHASE_RUNNING || !serve_running(connection, id)) {
        rabbit_fail(&error, RABBIT_CHANNEL_ERROR, "unexpected method in connection state %s",
                    phase_names[connection->phase]);
        fail(connection, &error, id);
    }
    return RABBIT_TAKEN;
}

enum rabbit_progress rabbit_handshake_method(struct rabbit_connection *connection,
                                             const struct amqp_frame *frame)
{
    const struct amqp_method_info *info;
    union amqp_method method;
    struct rabbit_error error;
    enum amqp_method_error problem = amqp_method_decode(frame->payload, &info, &method);
    if (problem == AMQP_METHOD_OK)
        return serve(connection, info, &method);
    if (connection->phase == RABBIT_PHASE_CLOSING)
        return RABBIT_TAKEN;
    if (problem == AMQP_METHOD_TRUNCATED || problem == AMQP_METHOD_TRAILING) {
        rabbit_refuse_fields(frame->payload, &error);
        fail(connection, &error, info->id);
    } else {
        rabbit_connection_drop(connection); /* as RabbitMQ does */
    }
    return RABBIT_TAKEN;
}
