/* Messages on their way out: basic.deliver, basic.get-ok, basic.return.
 *
 * Properties go out as they came in, byte for byte; but quorum queues and streams say x-delivery-count and
 * x-stream-offset in the headers, and what went through no queue loses its header BCC here. */
#ifndef PARLEL_EMULATORS_RABBITMQ_DELIVERY_H
#define PARLEL_EMULATORS_RABBITMQ_DELIVERY_H

#include "emulators/rabbitmq/channel_session.h"

/* What the engine hands a channel's messages and news through. */
extern const struct rabbit_channel_ops rabbit_delivery_ops;

/* basic.get-ok. */
void rabbit_deliver_got(struct rabbit_channel_session *channel, const struct rabbit_queue *queue,
                        const struct rabbit_entry *entry, uint64_t tag);

/* The headers with which basic.get gives an entry of the queue, from those of its properties; they are in
 * `out` if anything is added to them. */
struct slice rabbit_delivery_headers(const struct rabbit_queue *queue,
                                     const struct rabbit_entry *entry, struct slice headers,
                                     struct outq *out);

/* A message that no queue has: basic.deliver of a direct reply. */
void rabbit_deliver_reply(struct rabbit_channel_session *channel, struct slice consumer_tag,
                          struct rabbit_message *message);

/* basic.return, 312 NO_ROUTE. */
void rabbit_deliver_returned(struct rabbit_channel_session *channel,
                             struct rabbit_message *message);

#endif
