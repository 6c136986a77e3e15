#include "emulators/rabbitmq/management/format.h"

#include <stdio.h>

#include "common/text.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/management.h"

/* ---- members */

void management_put_string(struct json_writer *out, const char *name, struct slice value)
{
    json_key_str(out, name);
    json_string(out, value);
}

void management_put_str(struct json_writer *out, const char *name, const char *value)
{
    management_put_string(out, name, slice_str(value));
}

void management_put_string_or_null(struct json_writer *out, const char *name, struct slice value)
{
    if (value.ptr)
        management_put_string(out, name, value);
    else
        management_put_null(out, name);
}

void management_put_uint(struct json_writer *out, const char *name, uint64_t value)
{
    json_key_str(out, name);
    json_uint(out, value);
}

void management_put_bool(struct json_writer *out, const char *name, bool value)
{
    json_key_str(out, name);
    json_bool(out, value);
}

void management_put_null(struct json_writer *out, const char *name)
{
    json_key_str(out, name);
    json_null(out);
}

void management_put_count(struct json_writer *out, const char *name, uint64_t value)
{
    char details[64];
    size_t len = strlen(name);
    management_put_uint(out, name, value);
    memcpy(details, name, len);
    memcpy(details + len, "_details", sizeof("_details"));
    json_key_str(out, details);
    json_raw(out, slice_str("{\"rate\":0.0}"));
}

void management_put_words(struct json_writer *out, const char *name, struct slice list)
{
    json_key_str(out, name);
    json_array(out);
    while (list.len) {
        const uint8_t *comma = memchr(list.ptr, ',', list.len);
        size_t len = comma ? (size_t)(comma - list.ptr) : list.len;
        if (len)
            json_string(out, slice_of(list.ptr, len));
        list = slice_from(list, len + (comma != NULL));
    }
    json_array_end(out);
}

/* ---- counts */

void management_put_message_stats(struct json_writer *out, const struct management_count *counts,
                                  size_t count)
{
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++)
        any |= counts[i].value;
    if (!any)
        return;
    json_key_str(out, "message_stats");
    json_object(out);
    for (size_t i = 0; i < count; i++)
        management_put_count(out, counts[i].name, counts[i].value);
    json_object_end(out);
}

void management_add_queue(struct management_totals *totals, const struct rabbit_queue_state *queue)
{
    totals->ready += queue->ready.count;
    totals->unacked += queue->unacked_count;
    totals->publish += queue->published;
    totals->deliver += queue->delivered - queue->delivered_no_ack;
    totals->deliver_no_ack += queue->delivered_no_ack;
    totals->get += queue->got - queue->got_no_ack;
    totals->get_no_ack += queue->got_no_ack;
    totals->ack += queue->acked;
    totals->redeliver += queue->redelivered;
}

void management_add_vhost(struct management_totals *totals, const struct rabbit_vhost *vhost)
{
    struct trie_iter iter;
    const struct rabbit_queue_state *queue;
    const struct rabbit_exchange_state *exchange;
    trie_iter_init(&iter, &vhost->state->queues);
    while ((queue = trie_iter_next(&iter)))
        management_add_queue(totals, queue);
    trie_iter_init(&iter, &vhost->state->exchanges);
    while ((exchange = trie_iter_next(&iter))) {
        totals->publish_in += exchange->published;
        totals->publish_out += exchange->routed;
    }
}

void management_put_messages(struct json_writer *out, const struct management_totals *totals)
{
    management_put_count(out, "messages", totals->ready + totals->unacked);
    management_put_count(out, "messages_ready", totals->ready);
    management_put_count(out, "messages_unacknowledged", totals->unacked);
}

void management_put_delivery_stats(struct json_writer *out, const struct management_totals *totals)
{
    const struct management_count counts[] = {
        {"ack",            totals->ack                                              },
        {"deliver",        totals->deliver                                          },
        {"deliver_get",
         totals->deliver + totals->deliver_no_ack + totals->get + totals->get_no_ack},
        {"deliver_no_ack", totals->deliver_no_ack                                   },
        {"get",            totals->get                                              },
        {"get_no_ack",     totals->get_no_ack                                       },
        {"publish",        totals->publish                                          },
        {"redeliver",      totals->redeliver                                        },
    };
    management_put_message_stats(out, counts, sizeof(counts) / sizeof(counts[0]));
}

/* ---- the broker */

void management_put_exchange_types(struct json_writer *out)
{
    const struct rabbit_exchange_type *type;
    json_key_str(out, "exchange_types");
    json_array(out);
    for (size_t i = 0; (type = rabbit_exchange_type_at(i)); i++) {
        json_object(out);
        management_put_str(out, "name", type->name);
        management_put_str(out, "description", "");
        management_put_bool(out, "enabled", true);
        json_object_end(out);
    }
    json_array_end(out);
}

static void put_listener(struct json_writer *out, const char *protocol, const char *address,
                         uint16_t port)
{
    json_object(out);
    management_put_str(out, "node", MANAGEMENT_NODE);
    management_put_str(out, "protocol", protocol);
    management_put_str(out, "ip_address", address);
    management_put_uint(out, "port", port);
    json_key_str(out, "socket_opts");
    json_raw(out, slice_str("{\"nodelay\":true}"));
    json_object_end(out);
}

void management_put_contexts(struct management_call *call, struct json_writer *out)
{
    char port[8];
    snprintf(port, sizeof(port), "%u", rabbit_management_port(call->rabbit));
    json_key_str(out, "contexts");
    json_array(out);
    json_object(out);
    management_put_str(out, "node", MANAGEMENT_NODE);
    management_put_str(out, "description", "RabbitMQ Management");
    management_put_str(out, "path", "/");
    management_put_str(out, "ip", call->rabbit->address);
    management_put_str(out, "port", port);
    json_object_end(out);
    json_array_end(out);
}

void management_put_listeners(struct management_call *call, struct json_writer *out)
{
    const struct rabbit *rabbit = call->rabbit;
    json_array(out);
    put_listener(out, "amqp", rabbit->address, rabbit->port);
    put_listener(out, "http", rabbit->address, rabbit_management_port(rabbit));
    json_array_end(out);
}

/* ---- connections and their parts */

struct management_address management_address_of(struct arena *arena, const char *text)
{
    struct management_address address = {text, 0};
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (!colon || !text_to_u64(slice_str(colon + 1), &port))
        return address;
    size_t len = (size_t)(colon - text);
    bool in_brackets = len > 2 && text[0] == '[';
    struct slice host =
        arena_dup(arena, in_brackets ? slice_of(text + 1, len - 2) : slice_of(text, len));
    if (host.ptr)
        address = (struct management_address){(const char *)host.ptr, (uint16_t)port};
    return address;
}

struct slice management_channel_name(struct arena *arena,
                                     const struct rabbit_channel_session *channel)
{
    return arena_printf(arena, "%s (%u)", channel->connection->name, channel->number);
}

static void put_channel_details(struct management_call *call,
                                const struct rabbit_channel_session *channel,
                                struct json_writer *out)
{
    struct rabbit_connection *connection = channel->connection;
    struct management_address peer =
        management_address_of(call->arena, connection->transport->peer);
    json_key_str(out, "channel_details");
    json_object(out);
    management_put_str(out, "connection_name", connection->name);
    management_put_string(out, "name", management_channel_name(call->arena, channel));
    management_put_str(out, "node", MANAGEMENT_NODE);
    management_put_uint(out, "number", channel->number);
    management_put_str(out, "peer_host", peer.host);
    management_put_uint(out, "peer_port", peer.port);
    management_put_string(out, "user", connection->user);
    json_object_end(out);
}

void management_put_consumer(struct management_call *call, const struct rabbit_consumer *consumer,
                             struct json_writer *out)
{
    const struct rabbit_queue *queue = consumer->queue;
    bool is_active = !queue->state->limits.single_active_consumer || queue->active == consumer;
    json_object(out);
    json_key_str(out, "arguments");
    management_put_table(call, consumer->arguments, out);
    management_put_bool(out, "ack_required", !consumer->no_ack);
    management_put_bool(out, "active", is_active);
    management_put_str(out, "activity_status", is_active ? "up" : "waiting");
    put_channel_details(call, rabbit_channel_session_of(consumer->channel), out);
    management_put_string(out, "consumer_tag", consumer->tag);
    management_put_bool(out, "exclusive", consumer->exclusive);
    management_put_uint(out, "prefetch_count", consumer->prefetch);
    json_key_str(out, "queue");
    json_object(out);
    management_put_string(out, "name", queue->state->name);
    management_put_string(out, "vhost", rabbit_vhost_name(queue->vhost));
    json_object_end(out);
    json_object_end(out);
}

/* ---- virtual hosts */

void management_each_vhost(struct management_call *call,
                           void (*visit)(void *ctx, struct rabbit_vhost *vhost), void *ctx)
{
    struct ring *all = &call->rabbit->vhosts;
    if (call->vhost) {
        visit(ctx, call->vhost);
        return;
    }
    for (struct ring *at = all->next; at != all; at = at->next) {
        struct rabbit_vhost *vhost = RING_OWNER(at, struct rabbit_vhost, link);
        if (management_sees(call, vhost))
            visit(ctx, vhost);
    }
}
