#include "emulators/rabbitmq/connection_blocked.h"

#include "emulators/rabbitmq/fault.h"

/* Memory is short below this part of what is in use, and no longer above twice that. */
#define SHORT_PART 16

#define LOW_ON_MEMORY "low on memory"

static bool is_memory_short(const struct rabbit *rabbit, unsigned margin)
{
    const struct heap *heap = rabbit->host.heap;
    return heap_room(heap) < heap_used(heap) / SHORT_PART * margin;
}

static void tell_blocked(struct rabbit_connection *connection, const char *reason)
{
    struct amqp_connection_blocked blocked = {.reason = slice_str(reason)};
    if (connection->told_blocked || !(connection->capabilities & RABBIT_CONNECTION_BLOCKED))
        return;
    connection->told_blocked = true;
    rabbit_send(connection, 0, AMQP_CONNECTION_BLOCKED, &blocked);
    transport_wake(connection->transport);
}

void rabbit_blocked_end(struct rabbit_connection *connection)
{
    connection->blocked = false;
    if (connection->told_blocked && connection->phase == RABBIT_PHASE_RUNNING) {
        rabbit_send(connection, 0, AMQP_CONNECTION_UNBLOCKED, NULL);
        transport_wake(connection->transport);
    }
    connection->told_blocked = false;
    rabbit_connection_resume(connection);
}

void rabbit_blocked_look(struct rabbit *rabbit)
{
    if (!rabbit->alarm || is_memory_short(rabbit, 2))
        return;
    rabbit->alarm = false;
    rabbit->alarm_reason = NULL;
    struct ring *all = &rabbit->connections;
    for (struct ring *at = all->next; at != all; at = at->next) {
        struct rabbit_connection *connection = RING_OWNER(at, struct rabbit_connection, link);
        if (connection->blocked)
            rabbit_blocked_end(connection);
    }
}

bool rabbit_publish_blocks(struct rabbit_connection *connection, const struct slice *keys,
                           uint32_t key_count)
{
    struct rabbit *rabbit = connection->rabbit;
    if (__builtin_expect(is_memory_short(rabbit, 1) && rabbit->host.reactor, 0)) {
        rabbit->alarm = true;
        rabbit->alarm_reason = LOW_ON_MEMORY;
        connection->blocked = true;
        tell_blocked(connection, LOW_ON_MEMORY);
        return true;
    }
    if (__builtin_expect(!rabbit_fault_possible(connection), 1) || connection->asked_blocked)
        return false;
    connection->asked_blocked = true;
    if (!rabbit_fault_waits(connection, "connection.blocked", keys, key_count))
        return false;
    tell_blocked(connection, LOW_ON_MEMORY);
    return true;
}
