/* Fixtures: the state from YAML, in the nouns of RabbitMQ's definitions, so that an exported
 * definitions.json is a fixture; and messages.
 *
 *     users: {ann: secret, bob: {password: secret, tags: monitoring}}
 *     vhosts: [app]
 *     permissions: [{user: ann, vhost: app}]
 *     policies: {short: {pattern: ^t, definition: {max-length: 10}}}
 *     queues: {jobs: {}, orders: quorum, audit: {durable: false, arguments: {x-max-length: 10}}}
 *     exchanges: {events: topic}
 *     bindings: [{source: events, destination: jobs, routing_key: job.#}]
 *     messages: [{exchange: events, routing_key: job.new, body: {id: 1}, count: 3}]
 *
 * A section is a sequence, as definitions have it, or a mapping by name; what is left out has the default that
 * `sections` in seed.c says, the virtual host "/". The order of sections does not matter. Messages
 * are described in seed_message.h.
 *
 * Numbers and booleans in place of texts stand for their text, as written. Queues and exchanges that exist have to be
 * as the fixture says; what else there is of the name is replaced. In a virtual host that a fixture makes, the users that are there from the beginning may do
 * everything. */
#ifndef PARLEL_EMULATORS_RABBITMQ_SEED_H
#define PARLEL_EMULATORS_RABBITMQ_SEED_H

#include "emulators/emulator.h"

/* The contract's `seed`. */
bool rabbit_seed(struct emulator *emulator, struct yaml_reader *reader,
                 struct emulator_error *error);

#endif
