/* Connections: listed, looked at, closed. */
#include "emulators/rabbitmq/handshake.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"
#include "protocols/amqp/amqp_table.h"

#define REASON_DEFAULT "Closed via management plugin"

static struct rabbit_connection *connection_of(struct ring *link)
{
    return RING_OWNER(link, struct rabbit_connection, link);
}

/* ---- showing */

static void put_ends(struct management_call *call, const struct rabbit_connection *connection,
                     struct json_writer *out)
{
    struct management_address peer =
        management_address_of(call->arena, connection->transport->peer);
    struct management_address local =
        management_address_of(call->arena, connection->transport->local);
    management_put_str(out, "host", local.host);
    management_put_str(out, "peer_host", peer.host);
    management_put_uint(out, "peer_port", peer.port);
    management_put_uint(out, "port", local.port);
}

/* No connection is encrypted. */
static void put_encryption(struct json_writer *out)
{
    static const char *const members[] = {
        "peer_cert_issuer", "peer_cert_subject", "peer_cert_validity", "ssl_cipher",
        "ssl_hash",         "ssl_key_exchange",  "ssl_protocol",
    };
    management_put_bool(out, "ssl", false);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        management_put_null(out, members[i]);
}

static void put_given_name(const struct rabbit_connection *connection, struct json_writer *out)
{
    struct amqp_value name;
    if (amqp_table_get(connection->client_properties, slice_str("connection_name"), &name) &&
        name.type == 'S')
        management_put_string(out, "user_provided_name", name.bytes);
}

static void put_connection(struct management_call *call, const struct rabbit_connection *connection,
                           struct json_writer *out)
{
    const struct transport *transport = connection->transport;
    json_object(out);
    management_put_string(out, "auth_mechanism", connection->mechanism);
    management_put_uint(out, "channel_max", connection->channel_max);
    management_put_uint(out, "channels", connection->channel_count);
    json_key_str(out, "client_properties");
    management_put_table(call, connection->client_properties, out);
    management_put_uint(out, "connected_at", (uint64_t)connection->connected_ms);
    management_put_uint(out, "frame_max", connection->frame_max);
    management_put_str(out, "name", connection->name);
    management_put_str(out, "node", MANAGEMENT_NODE);
    put_ends(call, connection, out);
    management_put_str(out, "protocol", "AMQP 0-9-1");
    management_put_count(out, "recv_oct", transport->bytes_in);
    management_put_count(out, "send_oct", transport->bytes_out);
    management_put_uint(out, "send_pend", outq_len(&transport->out));
    put_encryption(out);
    management_put_str(out, "state",
                       connection->blocked ? "blocked" : rabbit_phase_name(connection->phase));
    management_put_uint(out, "timeout", connection->heartbeat_s);
    management_put_str(out, "type", "network");
    management_put_string(out, "user", connection->user);
    put_given_name(connection, out);
    management_put_string(out, "user_who_performed_action", connection->user);
    management_put_string(out, "vhost", rabbit_vhost_name(connection->peer.vhost));
    json_object_end(out);
}

/* ---- lists */

void management_get_connections(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "name");
    struct ring *all = &call->rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next)
        if (management_sees_connection(call, connection_of(at))) {
            put_connection(call, connection_of(at), management_list_item(&list));
            management_list_end_item(&list);
        }
    management_reply_pages(&list);
}

void management_get_user_connections(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "name");
    struct slice user = management_parameter(call, "user");
    struct ring *all = &call->rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next) {
        const struct rabbit_connection *connection = connection_of(at);
        if (!management_sees_connection(call, connection) || !slice_eq(connection->user, user))
            continue;
        struct json_writer *out = management_list_item(&list);
        json_object(out);
        management_put_str(out, "name", connection->name);
        management_put_string(out, "vhost", rabbit_vhost_name(connection->peer.vhost));
        management_put_string(out, "user", connection->user);
        management_put_str(out, "node", MANAGEMENT_NODE);
        json_object_end(out);
        management_list_end_item(&list);
    }
    management_reply_list(&list);
}

/* ---- one */

static struct rabbit_connection *find(struct management_call *call)
{
    struct slice name = management_parameter(call, "connection");
    struct ring *all = &call->rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next)
        if (management_sees_connection(call, connection_of(at)) &&
            slice_eq_str(name, connection_of(at)->name))
            return connection_of(at);
    management_not_found(call);
    return NULL;
}

void management_get_connection(struct management_call *call)
{
    const struct rabbit_connection *connection = find(call);
    if (!connection)
        return;
    put_connection(call, connection, &call->out);
    management_reply(call);
}

static void close_connection(struct management_call *call, struct rabbit_connection *connection)
{
    struct slice given = http_head_field(&call->x->head, "X-Reason");
    struct slice reason = given.len ? arena_dup(call->arena, given) : slice_of(NULL, 0);
    rabbit_connection_force(connection, reason.ptr ? (const char *)reason.ptr : REASON_DEFAULT);
    transport_wake(connection->transport);
}

void management_delete_connection(struct management_call *call)
{
    struct rabbit_connection *connection = find(call);
    if (!connection)
        return;
    close_connection(call, connection);
    management_reply_done(call);
}

void management_delete_user_connections(struct management_call *call)
{
    struct slice user = management_parameter(call, "user");
    struct ring *all = &call->rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next)
        if (management_is_open(connection_of(at)) && slice_eq(connection_of(at)->user, user))
            close_connection(call, connection_of(at));
    management_reply_done(call);
}
