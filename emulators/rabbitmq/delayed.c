#include "emulators/rabbitmq/delayed.h"

#include "common/ring.h"
#include "common/text.h"
#include "emulators/rabbitmq/message_edit.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/route_types.h"
#include "protocols/amqp/amqp_table.h"

/* The longest that Erlang's timers wait; what asks for more is not delayed. */
#define DELAY_MAX_MS 4294967295
/* When memory is short, routing what is due waits so long. */
#define RETRY_MS 1000

static const struct slice x_delay = SLICE_LITERAL("x-delay");

/* ---- the header */

/* The milliseconds that a value asks for; 0: no delay. */
static int64_t delay_of(const struct amqp_value *value)
{
    int64_t delay = 0;
    if (value->type == 'S')
        (void)text_to_i64(value->bytes, &delay);
    else if (value->type == 'f' || value->type == 'd')
        delay = value->real >= 1 && value->real <= DELAY_MAX_MS ? (int64_t)value->real : 0;
    else
        (void)amqp_value_to_i64(value, &delay);
    return delay > 0 && delay <= DELAY_MAX_MS ? delay : 0;
}

/* Writes the headers with -delay as that one's value. */
static void put_turned(struct outq *out, struct slice headers, int64_t delay)
{
    struct amqp_table_writer writer;
    struct amqp_table_iter iter = amqp_table_begin(headers);
    struct slice name;
    struct amqp_value value;
    amqp_table_writer_init(&writer, out);
    while (amqp_table_next(&iter, &name, &value))
        if (slice_eq(name, x_delay))
            amqp_table_put_integer(&writer, name, delay > INT32_MAX ? 'l' : 'I', -delay);
        else
            amqp_table_put_raw(&writer, name, value.raw);
}

static struct rabbit_message *turned(struct heap *heap, const struct rabbit_message *message,
                                     struct slice headers, int64_t delay)
{
    struct outq out;
    outq_init(&out);
    put_turned(&out, headers, delay);
    struct rabbit_message_edit edit = {
        .exchange = rabbit_message_exchange(message),
        .routing_key = rabbit_message_routing_key(message),
        .headers = outq_flatten(&out),
        .published_ms = message->published_ms,
    };
    struct rabbit_message *made =
        edit.headers.ptr ? rabbit_message_edited(heap, message, &edit) : NULL;
    outq_done(&out);
    return made;
}

/* ---- keeping */

bool rabbit_delayed_keep(struct rabbit_exchange *exchange, struct rabbit_message *message,
                         int64_t due_ms)
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
    int64_t delay = amqp_table_get(routing->headers, x_delay, &header) ? delay_of(&header) : 0;
    if (delay == 0)
        return RABBIT_DELAY_NONE;
    struct rabbit_message *message =
        turned(rabbit->host.heap, routing->message, routing->headers, delay);
    if (message && rabbit_delayed_keep(exchange, message, rabbit_now_ms(rabbit) + delay))
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
    rabbit_deliver(rabbit);
}
