#include "emulators/rabbitmq/heartbeat.h"

#include "emulators/rabbitmq/connection_blocked.h"

/* Short against the shortest interval, a second. */
#define LOOK_PERIOD_US 250000

#define MISSED_MAX 3 /* intervals of silence */

/* How long nothing has passed in this direction. */
static int64_t silence(struct rabbit_pulse *pulse, uint64_t bytes, int64_t now_us)
{
    if (pulse->bytes != bytes || !pulse->at_us) {
        pulse->bytes = bytes;
        pulse->at_us = now_us;
    }
    return now_us - pulse->at_us;
}

static void beat(struct rabbit_connection *connection, int64_t now_us)
{
    struct transport *transport = connection->transport;
    int64_t interval_us = connection->heartbeat_s * INT64_C(1000000);
    /* Whom nobody listens to cannot be told from one who is silent. */
    if (connection->blocked || connection->faulty || transport->throttled)
        connection->heard.at_us = now_us;
    if (silence(&connection->heard, transport->bytes_in, now_us) >= MISSED_MAX * interval_us) {
        rabbit_connection_drop(connection);
        return;
    }
    if (silence(&connection->said, transport->bytes_out, now_us) < interval_us / 2)
        return;
    amqp_put_heartbeat(rabbit_connection_out(connection));
    connection->said.at_us = now_us;
    transport_wake(transport);
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
    if (ring_empty(&rabbit->connections))
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
