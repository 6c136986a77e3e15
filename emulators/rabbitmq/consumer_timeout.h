/* What consumers may keep unacknowledged for how long: RabbitMQ closes a channel that owes a delivery for longer than
 * its consumer_timeout (half an hour unless told otherwise), got ones included.
 *
 * It runs on the sandbox's clock, as all that expires does; RabbitMQ looks once a minute, here it is when it is due.
 * A delivery's time counts from when it became the channel's oldest, so that it need not be kept with each. */
#ifndef PARLEL_EMULATORS_RABBITMQ_CONSUMER_TIMEOUT_H
#define PARLEL_EMULATORS_RABBITMQ_CONSUMER_TIMEOUT_H

#include "emulators/rabbitmq/channel.h"

void rabbit_consumer_timeout_init(struct rabbit *rabbit);
void rabbit_consumer_timeout_stop(struct rabbit *rabbit);
/* The oldest of what the channel owes may be another: its time counts from now. */
void rabbit_consumer_timeout_watch(struct rabbit_channel *channel);
/* The limit or what is owed has changed: looks at all channels. */
void rabbit_consumer_timeout_look(struct rabbit *rabbit);

#endif
