/* Publisher confirms: each publish of a channel in confirm mode is answered by its number.
 *
 * The broker knows at once what became of a message, so acknowledgements wait only for the end of the
 * input that is there: then one basic.ack with `multiple` tells of all of them. A basic.nack is sent
 * at once, behind the acknowledgements before it. */
#ifndef PARLEL_EMULATORS_RABBITMQ_CONFIRM_H
#define PARLEL_EMULATORS_RABBITMQ_CONFIRM_H

#include <stdbool.h>
#include <stdint.h>

#include "common/ring.h"

struct rabbit_channel_session;
struct rabbit_connection;

struct rabbit_confirms {
    struct ring link;   /* in its connection's while something waits */
    uint64_t published; /* number of the publish that came last, from 1 */
    uint64_t waiting;   /* so many acknowledgements up to that are to be sent */
};

/* The publish that comes next is taken care of (ok), or was refused. */
void rabbit_confirm(struct rabbit_channel_session *channel, bool ok);

/* Sends what waits. */
void rabbit_confirms_flush(struct rabbit_channel_session *channel);
void rabbit_confirms_flush_all(struct rabbit_connection *connection);

#endif
