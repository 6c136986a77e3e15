/* Channels of open connections: listed and looked at. */
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/resources.h"

static unsigned count_consumers(const struct rabbit_channel *channel)
{
    unsigned count = 0;
    for (struct ring *at = channel->consumers.next; at != &channel->consumers; at = at->next)
        count++;
    return count;
}

static void put_connection_details(struct management_call *call,
                                   const struct rabbit_connection *connection,
                                   struct json_writer *out)
{
    struct management_address peer =
        management_address_of(call->arena, connection->transport->peer);
    json_key_str(out, "connection_details");
    json_object(out);
    management_put_str(out, "name", connection->name);
    management_put_str(out, "peer_host", peer.host);
    management_put_uint(out, "peer_port", peer.port);
    json_object_end(out);
}

/* The members of a channel's object. */
static void put_channel(struct management_call *call, const struct rabbit_channel_session *channel,
                        struct json_writer *out)
{
    const struct rabbit_connection *connection = channel->connection;
    const struct rabbit_channel *engine = &channel->engine;
    management_put_uint(out, "acks_uncommitted", channel->tx.settlement_count);
    management_put_bool(out, "confirm", channel->mode == RABBIT_MODE_CONFIRM);
    put_connection_details(call, connection, out);
    management_put_uint(out, "consumer_count", count_consumers(engine));
    management_put_uint(out, "global_prefetch_count", engine->prefetch_global);
    management_put_client_stats(&engine->stats, out);
    management_put_uint(out, "messages_unacknowledged", rabbit_channel_unacked(engine));
    management_put_uint(out, "messages_uncommitted", channel->tx.publish_count);
    management_put_uint(out, "messages_unconfirmed", channel->confirms.waiting);
    management_put_string(out, "name", management_channel_name(call->arena, channel));
    management_put_str(out, "node", MANAGEMENT_NODE);
    management_put_uint(out, "number", channel->number);
    management_put_uint(out, "pending_raft_commands", 0);
    management_put_uint(out, "prefetch_count", engine->prefetch);
    management_put_str(out, "state", channel->closing ? "closing" : "running");
    management_put_bool(out, "transactional", channel->mode == RABBIT_MODE_TX);
    management_put_string(out, "user", connection->user);
    management_put_string(out, "user_who_performed_action", connection->user);
    management_put_string(out, "vhost", rabbit_vhost_name(engine->vhost));
}

/* ---- lists */

static void add_channels(struct management_list *list, const struct rabbit_connection *connection)
{
    for (uint32_t i = 0; i < connection->channel_count; i++) {
        struct json_writer *out = management_list_item(list);
        json_object(out);
        put_channel(list->call, connection->channels[i], out);
        json_object_end(out);
        management_list_end_item(list);
    }
}

/* All, those of a virtual host, or those of the path's connection. */
void management_get_channels(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "name");
    struct slice name = management_parameter(call, "connection");
    struct ring *all = &call->rabbit->connections;
    bool is_found = !name.ptr;
    for (struct ring *at = all->next; at != all; at = at->next) {
        const struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        if (!management_sees_connection(call, connection) ||
            (name.ptr && !slice_eq_str(name, connection->name)))
            continue;
        is_found = true;
        add_channels(&list, connection);
    }
    if (is_found)
        management_reply_pages(&list);
    else
        management_not_found(call);
}

/* ---- one */

static const struct rabbit_channel_session *find(struct management_call *call)
{
    struct slice name = management_parameter(call, "channel");
    struct ring *all = &call->rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next) {
        const struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        for (uint32_t i = 0;
             management_sees_connection(call, connection) && i < connection->channel_count; i++)
            if (slice_eq(management_channel_name(call->arena, connection->channels[i]), name))
                return connection->channels[i];
    }
    management_not_found(call);
    return NULL;
}

void management_get_channel(struct management_call *call)
{
    static const char *const rates[] = {"deliveries", "publishes"}; /* by queue: not counted */
    const struct rabbit_channel_session *channel = find(call);
    struct json_writer *out = &call->out;
    if (!channel)
        return;
    const struct ring *consumers = &channel->engine.consumers;
    json_object(out);
    put_channel(call, channel, out);
    json_key_str(out, "consumer_details");
    json_array(out);
    for (struct ring *at = consumers->next; at != consumers; at = at->next)
        management_put_consumer(call, RING_OWNER(at, struct rabbit_consumer, link), out);
    json_array_end(out);
    for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        json_key_str(out, rates[i]);
        json_array(out);
        json_array_end(out);
    }
    json_object_end(out);
    management_reply(call);
}
