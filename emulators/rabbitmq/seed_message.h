/* Messages of fixtures: published to an exchange, or put into a queue.
 *
 *     {exchange: events, routing_key: job.new, body: text, headers: {tries: 1}, count: 3}
 *     {queue: jobs, properties: {priority: 5}, body: {id: 1}}
 *
 * body is a text, bytes (!!binary), or a mapping or sequence, which becomes JSON and has the content type
 * application/json. In its place may be `payload` with `payload_encoding`, as management and dumps
 * give messages. properties have management's names; headers may stand beside them. count is how often.
 * With `delay` an x-delayed-message exchange has the message and keeps it so many milliseconds, with `due`
 * until that time. */
#ifndef PARLEL_EMULATORS_RABBITMQ_SEED_MESSAGE_H
#define PARLEL_EMULATORS_RABBITMQ_SEED_MESSAGE_H

#include "common/yaml.h"
#include "emulators/rabbitmq/management/call.h"

/* Reads the value of the member `body` and writes members of what is to be imported. False: the reader has
 * failed. */
bool rabbit_seed_read_body(struct yaml_reader *reader, struct arena *arena,
                           struct json_writer *out);

/* Publishes what an object says. False: the call is answered. */
bool rabbit_seed_import_message(struct management_call *call, struct slice object);

#endif
