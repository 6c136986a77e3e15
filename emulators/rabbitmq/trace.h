/* The firehose: in a virtual host whose tracing is on, a copy of every message that clients publish and get goes
 * through the exchange amq.rabbitmq.trace, by the key publish.<exchange> or deliver.<queue>, with headers that tell
 * of the message and the client.
 *
 * Copies wait until the operation under way is over, as dead letters do (dead_letter.h); of copies no copies are
 * made. What is out of memory is not traced. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TRACE_H
#define PARLEL_EMULATORS_RABBITMQ_TRACE_H

#include "emulators/rabbitmq/queue.h"

/* Who publishes or gets it. */
struct rabbit_trace_client {
    struct slice connection, user; /* names */
    uint16_t channel;
};

void rabbit_trace_published(struct rabbit_vhost *vhost, const struct rabbit_trace_client *client,
                            const struct rabbit_message *message,
                            const struct rabbit_routed *routed);
void rabbit_trace_delivered(const struct rabbit_queue *queue,
                            const struct rabbit_trace_client *client,
                            const struct rabbit_entry *entry);

#endif
