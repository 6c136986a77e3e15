#include "emulators/rabbitmq/route.h"

#include "common/hash.h"
#include "emulators/rabbitmq/delayed.h"
#include "emulators/rabbitmq/queue.h"
#include "protocols/amqp/amqp_table.h"

/* A routing under way. What it has come by has its stamp. */
struct run {
    struct rabbit_route_sink sink; /* FIRST */
    struct rabbit_vhost *vhost;
    const struct rabbit_routing *routing;
    struct rabbit_exchange *ahead; /* exchanges still to be asked (next_routed) */
    size_t count;                  /* queues found so far, in the broker's array */
    size_t matched;                /* destinations of the exchange in hand, those known included */
    bool delayed;                  /* an exchange keeps the message */
    bool no_memory;
};

/* ---- what is found */

/* Does the routing come by it for the first time? */
static bool stamp(struct run *run, struct rabbit_entity *entity)
{
    bool first = entity->stamp != run->vhost->rabbit->stamp;
    entity->stamp = run->vhost->rabbit->stamp;
    return first;
}

static bool make_room(struct rabbit *rabbit)
{
    size_t room = rabbit->routed_room ? 2 * rabbit->routed_room : 16;
    struct rabbit_queue **routed = heap_realloc(rabbit->host.heap, rabbit->routed,
                                                rabbit->routed_room * sizeof(struct rabbit_queue *),
                                                room * sizeof(struct rabbit_queue *));
    if (!routed)
        return false;
    rabbit->routed = routed;
    rabbit->routed_room = room;
    return true;
}

static void find_queue(struct run *run, struct rabbit_queue *queue)
{
    struct rabbit *rabbit = run->vhost->rabbit;
    if (!stamp(run, &queue->entity))
        return;
    if (run->count == rabbit->routed_room && !make_room(rabbit)) {
        run->no_memory = true;
        return;
    }
    rabbit->routed[run->count++] = queue;
}

static void find_exchange(struct run *run, struct rabbit_exchange *exchange)
{
    if (!stamp(run, &exchange->entity))
        return;
    exchange->next_routed = run->ahead;
    run->ahead = exchange;
}

static void put(struct rabbit_route_sink *sink, uint32_t id)
{
    struct run *run = (struct run *)(void *)sink;
    struct rabbit_entity *entity = rabbit_registry_get(&run->vhost->rabbit->entities, id);
    run->matched++;
    if (entity->kind == RABBIT_QUEUE)
        find_queue(run, rabbit_queue_of(entity));
    else
        find_exchange(run, rabbit_exchange_of(entity));
}

/* ---- keys: the message's own and those of its headers CC and BCC */

static const struct slice key_headers[] = {SLICE_LITERAL("CC"), SLICE_LITERAL("BCC")};
#define KEY_HEADERS (sizeof(key_headers) / sizeof(key_headers[0]))

/* RabbitMQ takes keys of any length there; here none is longer than a message's own may be. */
static bool check_keys(struct slice list, struct slice header, struct rabbit_error *error)
{
    struct amqp_table_iter iter = amqp_table_begin(list);
    struct amqp_value key;
    while (amqp_array_next(&iter, &key))
        if (key.type == 'S' && key.bytes.len > UINT8_MAX)
            return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                               "invalid message: a routing key in " SLICE_FMT
                               " is longer than %d bytes",
                               SLICE_ARG(header), UINT8_MAX);
    return true;
}

static bool check_key_headers(struct slice headers, struct rabbit_error *error)
{
    if (!headers.len)
        return true;
    for (size_t i = 0; i < KEY_HEADERS; i++) {
        struct amqp_value value;
        if (!amqp_table_get(headers, key_headers[i], &value))
            continue;
        if (value.type != 'A')
            return rabbit_fail(error, RABBIT_PRECONDITION_FAILED,
                               "invalid message: {unacceptable_type_in_header,\"" SLICE_FMT
                               "\",%s}",
                               SLICE_ARG(key_headers[i]), amqp_type_name(value.type));
        if (!check_keys(value.bytes, key_headers[i], error))
            return false;
    }
    return true;
}

/* Calls visit for every routing key. */
static void each_key(struct run *run, void (*visit)(struct run *run, struct slice key, void *ctx),
                     void *ctx)
{
    visit(run, run->routing->routing_key, ctx);
    if (!run->routing->headers.len)
        return;
    for (size_t i = 0; i < KEY_HEADERS; i++) {
        struct amqp_value list, key;
        if (!amqp_table_get(run->routing->headers, key_headers[i], &list))
            continue;
        struct amqp_table_iter iter = amqp_table_begin(list.bytes);
        while (amqp_array_next(&iter, &key))
            if (key.type == 'S')
                visit(run, key.bytes, ctx);
    }
}

/* ---- exchanges */

static void ask(struct run *run, struct slice key, void *ctx)
{
    const struct rabbit_exchange_state *state = ctx;
    struct rabbit_routing routing = *run->routing;
    routing.routing_key = key;
    state->index.type->route(state, &routing, &run->sink);
}

/* A message that matches none of an exchange's bindings goes to its alternate exchange, if there is
 * one of that name. */
static void take_alternate(struct run *run, const struct rabbit_exchange_state *state)
{
    struct rabbit_exchange *alternate =
        state->alternate.ptr ? rabbit_exchange_find(run->vhost, state->alternate) : NULL;
    if (alternate)
        find_exchange(run, alternate);
}

static void visit_exchange(struct run *run, struct rabbit_exchange *exchange)
{
    struct rabbit_exchange_state *state = exchange->state;
    enum rabbit_delay delay = rabbit_delay(exchange, run->routing);
    if (delay != RABBIT_DELAY_NONE) {
        run->delayed |= delay == RABBIT_DELAY_KEPT;
        run->no_memory |= delay == RABBIT_DELAY_NO_MEMORY;
        return;
    }
    run->matched = 0;
    if (state->index.type->by_every_key)
        each_key(run, ask, state);
    else
        ask(run, run->routing->routing_key, state);
    if (run->matched == 0)
        take_alternate(run, state);
}

/* The default exchange knows all queues by their names. */
static void find_named(struct run *run, struct slice key, void *ctx)
{
    struct rabbit_queue *queue = rabbit_queue_find(run->vhost, key);
    (void)ctx;
    if (queue)
        find_queue(run, queue);
}

bool rabbit_route(struct rabbit_vhost *vhost, struct slice exchange,
                  const struct rabbit_routing *routing, struct rabbit_routed *out,
                  struct rabbit_error *error)
{
    struct rabbit *rabbit = vhost->rabbit;
    struct run run = {.sink = {put}, .vhost = vhost, .routing = routing};
    struct rabbit_exchange *first = rabbit_exchange_need(vhost, exchange, error);
    if (!first || !check_key_headers(routing->headers, error))
        return false;
    struct rabbit_exchange_state *state = rabbit_exchange_edit(first);
    if (!state)
        return rabbit_fail_memory(error);
    rabbit->stamp++;
    if (exchange.len == 0)
        each_key(&run, find_named, NULL);
    else
        find_exchange(&run, first);
    while (run.ahead) {
        struct rabbit_exchange *next = run.ahead;
        run.ahead = next->next_routed;
        visit_exchange(&run, next);
    }
    if (run.no_memory)
        return rabbit_fail_memory(error);
    state->published++;
    state->routed += run.count;
    *out = (struct rabbit_routed){rabbit->routed, run.count, run.delayed};
    return true;
}
