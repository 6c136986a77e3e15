#include "emulators/rabbitmq/heartbeat.h"

#include "emulators/rabbitmq/connection_blocked.h"

/* Short against the shortest interval, a second. */
#define LOOK_PERIOD_US 250000

#define MISSED_MAX 2 /* intervals of silence in a row */

/* RabbitMQ looks once an interval whether anything has come since it looked before: a client is given up two to
 * three intervals after its last byte. True: now. */
static bool is_given_up(struct rabbit_connection *connection, int64_t now_us)
{
    struct transport *transport = connection->transport;
    struct rabbit_pulse *heard = &connection->heard;
    int64_t interval_us = connection->heartbeat_s * INT64_C(1000000);
    /* Whom nobody listens to cannot be told from one who is silent. */
    if (connection->blocked || connection->faulty || transport->throttled || !heard->at_us) {
        *heard = (struct rabbit_pulse){.bytes = transport->bytes_in, .at_us = now_us};
        return false;
    }
    if (now_us - heard->at_us < interval_us)
        return false;
    heard->missed = heard->bytes == transport->bytes_in ? heard->missed + 1 : 0;
    heard->bytes = transport->bytes_in;
    /* A process that was held up has not heard what came meanwhile: it looks anew. */
    bool late = now_us - heard->at_us >= 2 * interval_us;
    heard->at_us = late ? now_us : heard->at_us + interval_us;
    return heard->missed >= MISSED_MAX;
}

/* Has nothing been said for half an interval? */
static bool is_silent(struct rabbit_connection *connection, int64_t now_us)
{
    struct rabbit_pulse *said = &connection->said;
    uint64_t bytes = connection->transport->bytes_out;
    if (said->bytes != bytes || !said->at_us)
        *said = (struct rabbit_pulse){.bytes = bytes, .at_us = now_us};
    return now_us - said->at_us >= connection->heartbeat_s * INT64_C(500000);
}

static void beat(struct rabbit_connection *connection, int64_t now_us)
{
    if (is_given_up(connection, now_us)) {
        rabbit_connection_drop(connection);
        return;
    }
    if (!is_silent(connection, now_us))
        return;
    amqp_put_heartbeat(rabbit_connection_out(connection));
    connection->said.at_us = now_us;
    transport_wake(connection->transport);
}

static void look_after(struct rabbit_connection *connection, int64_t now_us)
{
    if (connection->deadline_us && now_us >= connection->deadline_us) {
        connection->deadline_us = 0;
        rabbit_connection_drop(connection);
    } else if (connection->heartbeat_s && connection->phase >= RABBIT_PHASE_OPENING &&
               connection->phase <= RABBIT_PHASE_RUNNING) {
        beat(connection, now_us);
    }
}

void rabbit_heartbeats_look(struct rabbit *rabbit, int64_t now_us)
{
    struct ring *all = &rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next)
        look_after(RING_OWNER(at, struct rabbit_connection, link), now_us);
    rabbit_blocked_look(rabbit);
}

static void tick(void *context)
{
    struct rabbit *rabbit = context;
    bool is_giving = heap_give_back(rabbit->host.heap);
    if (ring_empty(&rabbit->connections) && !is_giving)
        rabbit_heartbeats_stop(rabbit);
    else
        rabbit_heartbeats_look(rabbit, reactor_monotonic_us());
}

void rabbit_heartbeats_run(struct rabbit *rabbit)
{
    struct reactor *reactor = rabbit->host.reactor;
    if (reactor && !rabbit->pulse)
        rabbit->pulse = reactor_every(reactor, LOOK_PERIOD_US, tick, rabbit);
}

void rabbit_heartbeats_stop(struct rabbit *rabbit)
{
    if (rabbit->pulse)
        reactor_timer_destroy(rabbit->pulse);
    rabbit->pulse = NULL;
}

void rabbit_connection_expire(struct rabbit_connection *connection, int64_t in_us)
{
    connection->deadline_us = in_us ? reactor_monotonic_us() + in_us : 0;
}
