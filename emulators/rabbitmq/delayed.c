#include "emulators/rabbitmq/delayed.h"

#include "common/arena.h"
#include "common/ring.h"
#include "common/text.h"
#include "emulators/rabbitmq/message_edit.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/route_types.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_table.h"

/* The longest that Erlang's timers wait; what asks for more is not delayed. */
#define DELAY_MAX_MS 4294967295
/* When memory is short, routing what is due waits so long. */
#define RETRY_MS 1000

static const struct slice x_delay = SLICE_LITERAL("x-delay");

/* ---- the header */

/* The header's value and, in milliseconds, what it asks for; 0: no delay. */
static int64_t delay_of(struct slice headers, struct amqp_value *out)
{
    int64_t delay = 0;
    double real;
    if (!amqp_table_get(headers, x_delay, out) || amqp_value_to_i64(out, &delay))
        ;
    else if (out->type == 'S' && !text_to_i64(out->bytes, &delay))
        return 0;
    else if (out->type == 'f' || out->type == 'd') {
        real = out->real;
        delay = real >= 1 && real <= DELAY_MAX_MS ? (int64_t)real : 0;
    }
    return delay > 0 && delay <= DELAY_MAX_MS ? delay : 0;
}

/* The headers with -delay as that one's value. ptr NULL when out of memory. */
static struct slice turn_header(struct arena *arena, struct slice headers,
                                const struct amqp_value *header, int64_t delay)
{
    struct slice raw = header->raw;
    size_t before = (size_t)(raw.ptr - headers.ptr);
    uint8_t *made = arena_alloc(arena, headers.len + 1 + sizeof(delay));
    if (!made)
        return slice_of(NULL, 0);
    bool wide = delay > INT32_MAX;
    uint8_t *at = amqp_store_bytes(made, slice_of(headers.ptr, before));
    at = amqp_store_u8(at, wide ? 'l' : 'I');
    at = wide ? amqp_store_u64(at, (uint64_t)-delay) : amqp_store_u32(at, (uint32_t)-delay);
    at = amqp_store_bytes(at, slice_from(headers, before + raw.len));
    return slice_of(made, (size_t)(at - made));
}

static struct rabbit_message *turned(struct heap *heap, const struct rabbit_message *message,
                                     struct slice headers, const struct amqp_value *header,
                                     int64_t delay)
{
    struct arena arena = {0};
    struct rabbit_message_edit edit = {
        .exchange = rabbit_message_exchange(message),
        .routing_key = rabbit_message_routing_key(message),
        .headers = turn_header(&arena, headers, header, delay),
        .published_ms = message->published_ms,
    };
    struct rabbit_message *made =
        edit.headers.ptr ? rabbit_message_edited(heap, message, &edit) : NULL;
    arena_done(&arena);
    return made;
}

/* ---- keeping */

/* Takes the message's reference when it is kept. */
static bool keep(struct rabbit_exchange *exchange, struct rabbit_message *message, int64_t due_ms)
{
    struct rabbit *rabbit = exchange->vhost->rabbit;
    struct rabbit_exchange_state *state = rabbit_exchange_edit(exchange);
    if (!state)
        return false;
    struct rabbit_delayed item = {due_ms, state->last_delayed + 1, message};
    if (!btree_insert(&state->delayed, &rabbit_delayed_type, rabbit->host.heap, &item))
        return false;
    state->last_delayed++;
    rabbit_exchange_arm(exchange);
    return true;
}

enum rabbit_delay rabbit_delay(struct rabbit_exchange *exchange,
                               const struct rabbit_routing *routing)
{
    struct rabbit *rabbit = exchange->vhost->rabbit;
    struct amqp_value header;
    if (exchange->state->type != &rabbit_delayed_exchange_type || !routing->message)
        return RABBIT_DELAY_NONE;
    int64_t delay = delay_of(routing->headers, &header);
    if (delay == 0)
        return RABBIT_DELAY_NONE;
    struct rabbit_message *message =
        turned(rabbit->host.heap, routing->message, routing->headers, &header, delay);
    if (message && keep(exchange, message, rabbit_now_ms(rabbit) + delay))
        return RABBIT_DELAY_KEPT;
    rabbit_message_release(rabbit->host.heap, message);
    return RABBIT_DELAY_NO_MEMORY;
}

/* ---- routing what is due */

static void start(struct rabbit_exchange *exchange, int64_t due_ms)
{
    clock_timer_start(exchange->vhost->rabbit->host.clock, &exchange->delay_timer, due_ms * 1000);
}

void rabbit_exchange_arm(struct rabbit_exchange *exchange)
{
    const struct rabbit_delayed *first =
        btree_at(&exchange->state->delayed, &rabbit_delayed_type, 0);
    if (first)
        start(exchange, first->due_ms);
    else
        clock_timer_stop(exchange->vhost->rabbit->host.clock, &exchange->delay_timer);
}

void rabbit_delayed_fire(struct clock_timer *timer)
{
    struct rabbit_exchange *exchange = RING_OWNER(timer, struct rabbit_exchange, delay_timer);
    struct rabbit *rabbit = exchange->vhost->rabbit;
    struct rabbit_exchange_state *state;
    const struct rabbit_delayed *first;
    while ((first = btree_at(&exchange->state->delayed, &rabbit_delayed_type, 0)) &&
           first->due_ms <= rabbit_now_ms(rabbit)) {
        struct rabbit_delayed due;
        if (!(state = rabbit_exchange_edit(exchange)) ||
            !btree_remove_at(&state->delayed, &rabbit_delayed_type, rabbit->host.heap, 0, &due)) {
            start(exchange, rabbit_now_ms(rabbit) + RETRY_MS);
            return;
        }
        rabbit_publish_through(exchange->vhost, state->name, due.message);
        rabbit_message_release(rabbit->host.heap, due.message);
    }
    rabbit_exchange_arm(exchange);
}
