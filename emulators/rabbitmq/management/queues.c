/* Queues: listed, looked at, declared, emptied, deleted. */
#include "emulators/rabbitmq/management/arguments.h"
#include "emulators/rabbitmq/management/auth.h"
#include "emulators/rabbitmq/management/format.h"
#include "emulators/rabbitmq/management/list.h"
#include "emulators/rabbitmq/management/policy_text.h"
#include "emulators/rabbitmq/management/resources.h"
#include "emulators/rabbitmq/queue_arguments.h"
#include "protocols/amqp/amqp_properties.h"

/* ---- one */

static void put_declaration(struct management_call *call, const struct rabbit_queue_state *state,
                            struct json_writer *out)
{
    json_key_str(out, "arguments");
    management_put_table(call, state->arguments, out);
    management_put_bool(out, "auto_delete", state->auto_delete);
    management_put_bool(out, "durable", state->durable);
    management_put_bool(out, "exclusive", state->exclusive);
    management_put_string(out, "name", state->name);
    management_put_str(out, "node", MANAGEMENT_NODE);
    management_put_str(out, "type", rabbit_queue_type_name(state->type));
}

/* The timestamp of the first message, as its publisher gave it. */
static void put_head_timestamp(const struct rabbit_queue_state *state, struct json_writer *out)
{
    const struct rabbit_entry *head = btree_at(&state->ready, &rabbit_entry_type, 0);
    struct amqp_properties properties;
    if (head && amqp_properties_decode(rabbit_message_properties(head->message), &properties) &&
        properties.flags & AMQP_TIMESTAMP)
        management_put_uint(out, "head_message_timestamp", properties.timestamp);
    else
        management_put_null(out, "head_message_timestamp");
}

static void put_bytes(const struct rabbit_queue_state *state, struct json_writer *out)
{
    uint64_t all = state->ready_bytes + state->unacked_bytes;
    management_put_uint(out, "message_bytes", all);
    management_put_uint(out, "message_bytes_ram", all);
    management_put_uint(out, "message_bytes_ready", state->ready_bytes);
    management_put_uint(out, "message_bytes_unacknowledged", state->unacked_bytes);
    management_put_uint(out, "messages_ram", state->ready.count + state->unacked_count);
    if (state->type == RABBIT_QUORUM) { /* dead letters on their way: none */
        management_put_uint(out, "message_bytes_dlx", 0);
        management_put_uint(out, "messages_dlx", 0);
        return;
    }
    management_put_uint(out, "message_bytes_paged_out", 0);
    management_put_uint(out, "messages_paged_out", 0);
    management_put_uint(out, "messages_ready_ram", state->ready.count);
    management_put_uint(out, "messages_unacknowledged_ram", state->unacked_count);
}

/* Could messages be delivered at once? 1 when no message waits for a consumer that is there. */
static void put_capacity(const struct rabbit_queue *queue, struct json_writer *out)
{
    bool is_ready = queue->consumer_count && !queue->state->ready.count;
    if (queue->state->type == RABBIT_STREAM)
        return;
    management_put_uint(out, "consumer_capacity", is_ready);
    management_put_uint(out, "consumer_utilisation", is_ready);
}

static void put_consumers(const struct rabbit_queue *queue, struct json_writer *out)
{
    const struct slice none = slice_of(NULL, 0);
    bool is_single = queue->state->limits.single_active_consumer;
    management_put_uint(out, "consumers", queue->consumer_count);
    put_capacity(queue, out);
    if (queue->state->type == RABBIT_CLASSIC)
        management_put_string_or_null(out, "exclusive_consumer_tag",
                                      queue->exclusive ? queue->exclusive->tag : none);
    if (queue->state->type == RABBIT_STREAM)
        return;
    management_put_string_or_null(out,
                                  queue->state->type == RABBIT_QUORUM
                                      ? "single_active_consumer_ctag"
                                      : "single_active_consumer_tag",
                                  is_single && queue->active ? queue->active->tag : none);
}

/* Where a replicated queue is: on the one node. */
static void put_members(const struct rabbit_queue_state *state, struct json_writer *out)
{
    static const char *const names[] = {"members", "online"};
    if (state->type == RABBIT_CLASSIC)
        return;
    if (state->type == RABBIT_QUORUM)
        management_put_str(out, "leader", MANAGEMENT_NODE);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        management_put_words(out, names[i], slice_str(MANAGEMENT_NODE));
}

static void put_owner(struct management_call *call, const struct rabbit_queue_state *state,
                      struct json_writer *out)
{
    struct rabbit_connection *owner =
        state->exclusive ? rabbit_connection_find(call->rabbit, state->owner) : NULL;
    if (!owner)
        return;
    struct management_address peer = management_address_of(call->arena, owner->transport->peer);
    json_key_str(out, "owner_pid_details");
    json_object(out);
    management_put_str(out, "name", owner->name);
    management_put_str(out, "peer_host", peer.host);
    management_put_uint(out, "peer_port", peer.port);
    json_object_end(out);
}

static void put_statistics(struct management_call *call, const struct rabbit_queue *queue,
                           struct json_writer *out)
{
    const struct rabbit_queue_state *state = queue->state;
    struct management_totals totals = {0};
    management_add_queue(&totals, state);
    put_consumers(queue, out);
    management_put_uint(out, "memory", sizeof(*queue) + state->ready_bytes + state->unacked_bytes);
    if (state->type != RABBIT_STREAM)
        put_bytes(state, out);
    if (state->type == RABBIT_CLASSIC) {
        put_head_timestamp(state, out);
        management_put_null(out, "recoverable_slaves");
    }
    put_members(state, out);
    put_owner(call, state, out);
    json_key_str(out, "effective_policy_definition");
    management_put_effective_policy(call, queue, out);
    management_put_string_or_null(out, "policy", state->policy);
    management_put_string_or_null(out, "operator_policy", state->operator_policy);
    management_put_delivery_stats(out, &totals);
    management_put_messages(out, &totals);
}

static void put_totals(const struct rabbit_queue_state *state, struct json_writer *out)
{
    management_put_uint(out, "messages", state->ready.count + state->unacked_count);
    management_put_uint(out, "messages_ready", state->ready.count);
    management_put_uint(out, "messages_unacknowledged", state->unacked_count);
}

/* The members of a queue's object. */
static void put_queue(struct management_call *call, const struct rabbit_queue *queue,
                      struct json_writer *out)
{
    put_declaration(call, queue->state, out);
    management_put_string(out, "vhost", rabbit_vhost_name(queue->vhost));
    bool has_statistics = !management_query_is_true(call, "disable_stats");
    bool has_totals = management_query_is_true(call, "enable_queue_totals");
    management_put_str(out, "state", has_statistics || has_totals ? "running" : "live");
    if (has_statistics)
        put_statistics(call, queue, out);
    else if (has_totals)
        put_totals(queue->state, out);
}

static void put_consumer_details(struct management_call *call, const struct rabbit_queue *queue,
                                 struct json_writer *out)
{
    const struct ring *rings[] = {&queue->consumers, &queue->resting};
    json_key_str(out, "consumer_details");
    json_array(out);
    for (size_t i = 0; i < 2; i++)
        for (struct ring *at = rings[i]->next; at != rings[i]; at = at->next)
            management_put_consumer(call, RING_OWNER(at, struct rabbit_consumer, queue_link), out);
    json_array_end(out);
}

/* Rates by exchange and by channel, which nobody counts. */
static void put_empty_array(struct json_writer *out, const char *name)
{
    json_key_str(out, name);
    json_array(out);
    json_array_end(out);
}

static struct rabbit_queue *find(struct management_call *call)
{
    struct rabbit_queue *queue =
        rabbit_queue_find(call->vhost, management_parameter(call, "queue"));
    if (!queue)
        management_not_found(call);
    return queue;
}

void management_get_queue(struct management_call *call)
{
    const struct rabbit_queue *queue = find(call);
    if (!queue)
        return;
    json_object(&call->out);
    put_queue(call, queue, &call->out);
    if (!management_query_is_true(call, "disable_stats")) {
        put_consumer_details(call, queue, &call->out);
        put_empty_array(&call->out, "deliveries");
        put_empty_array(&call->out, "incoming");
    }
    json_object_end(&call->out);
    management_reply(call);
}

/* ---- all */

static void add_queues(void *ctx, struct rabbit_vhost *vhost)
{
    struct management_list *list = ctx;
    const struct rabbit_queue_state *state;
    struct trie_iter iter;
    trie_iter_init(&iter, &vhost->state->queues);
    while ((state = trie_iter_next(&iter))) {
        struct json_writer *out = management_list_item(list);
        json_object(out);
        put_queue(list->call, rabbit_queue_find(vhost, state->name), out);
        json_object_end(out);
        management_list_end_item(list);
    }
}

void management_get_queues(struct management_call *call)
{
    struct management_list list = management_list_of(call, "vhost", "name");
    management_each_vhost(call, add_queues, &list);
    management_reply_pages(&list);
}

/* ---- changes */

void management_put_queue(struct management_call *call)
{
    struct rabbit_queue_options options = {.name = management_parameter(call, "queue")};
    struct rabbit_error error;
    struct slice body;
    if (!management_body(call, &body) ||
        !management_flag(call, body, "durable", &options.durable) ||
        !management_flag(call, body, "auto_delete", &options.auto_delete) ||
        !management_table(call, body, "arguments", &options.arguments))
        return;
    bool is_new = !rabbit_queue_find(call->vhost, options.name);
    if (is_new && rabbit_is_reserved_name(options.name)) {
        management_refuse(call, "Access refused.");
        return;
    }
    struct rabbit_forward dead_letters = {"queue", options.name, options.arguments,
                                          "x-dead-letter-exchange"};
    if (!management_may(call, RABBIT_CONFIGURE, "queue", options.name) ||
        (is_new && !management_may_forward(call, &dead_letters)))
        return;
    if (rabbit_queue_declare(call->vhost, &options, &error))
        management_reply_put(call, is_new);
    else
        management_fail_engine(call, &error);
}

void management_delete_queue(struct management_call *call)
{
    struct slice name = management_parameter(call, "queue");
    struct rabbit_error error;
    uint64_t count;
    if (!find(call) || !management_may(call, RABBIT_CONFIGURE, "queue", name))
        return;
    if (rabbit_queue_delete(call->vhost, name, 0, management_query_is_true(call, "if-unused"),
                            management_query_is_true(call, "if-empty"), &count, &error))
        management_reply_done(call);
    else
        management_fail_engine(call, &error);
}

void management_delete_contents(struct management_call *call)
{
    struct rabbit_queue *queue = find(call);
    struct rabbit_error error;
    uint64_t count;
    if (!queue || !management_may(call, RABBIT_READ, "queue", queue->state->name))
        return;
    if (rabbit_queue_purge(queue, &count, &error))
        management_reply_done(call);
    else
        management_fail_engine(call, &error);
}

/* Mirrors there are none of: synchronising them is done. */
void management_post_action(struct management_call *call)
{
    struct slice body, action;
    if (!find(call) || !management_body(call, &body) ||
        !management_need_text(call, body, "action", &action))
        return;
    if (slice_eq_str(action, "sync") || slice_eq_str(action, "cancel_sync"))
        management_reply_done(call);
    else
        management_bad_request(call, "%s", "unknown action");
}
