/* Streams in fixtures.
 *
 *     name:
 *       type: stream
 *       value:
 *         - {id: 1-1, fields: {city: Oslo, degrees: 3}}     without id: the clock's
 *         - {id: 1-2, fields: [city, Oslo, city, Bergen]}   fields that come twice
 *       metadata: {last_id: 1-5, entries_added: 7, max_deleted_id: 1-4}
 *       groups:
 *         readers: 1-1                                      last delivered id; $: the last one
 *         workers:
 *           last_delivered_id: 1-2
 *           entries_read: 2
 *           consumers:
 *             ann:
 *             bob: {pending: [{id: 1-2, delivered_at: 2031-05-06T07:08:09Z, deliveries: 3}]} */
#ifndef PARLEL_EMULATORS_REDIS_SEED_STREAM_H
#define PARLEL_EMULATORS_REDIS_SEED_STREAM_H

#include "emulators/redis/seed_run.h"

/* The value, whose first event was just read. */
bool redis_seed_stream(struct redis_seed *seed, const struct yaml_event *first);

/* Another member of the long form, after the value; *known: a stream has one of this name. */
bool redis_seed_stream_member(struct redis_seed *seed, struct slice name, bool *known);

#endif
