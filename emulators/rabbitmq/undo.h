/* Checkpoints, rewinds, forks and resets: a broker's data in exchange for another, under everything alive.
 *
 * Connections, channels and consumers live on. Consumers of a queue that is no more are told so; exclusive
 * queues of connections that are gone go, too; what closed channels owed is ready again, and what open
 * ones owed they owe again. */
#ifndef PARLEL_EMULATORS_RABBITMQ_UNDO_H
#define PARLEL_EMULATORS_RABBITMQ_UNDO_H

#include "emulators/rabbitmq/instance.h"

/* Makes a share of `data` the broker's, its own is given up. False when out of memory: what could not be
 * kept alive is gone, the data itself is in place. */
bool rabbit_data_replace(struct rabbit *rabbit, const struct rabbit_data *data);

/* What a broker begins with: the virtual host "/" with its exchanges, the users guest and parlel. False when
 * out of memory. */
bool rabbit_data_create(struct rabbit *rabbit, struct rabbit_error *error);

#endif
