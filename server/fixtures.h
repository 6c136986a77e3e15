/* Fixtures: YAML or JSON whose top level maps services to what they shall hold, and besides
 *
 *     clock: TIME, or {set: TIME, advance: DURATION, freeze: true}
 *     random: SEED
 *     faults: a list of rules: {service, op, key, connection, world, nth, times, probability, action}
 *
 * A fixture is loaded wholly or, when something is wrong with it, not at all; *problem then begins with
 * file:line:column. Services that this program has but the sandbox has not are passed over, so that
 * one file serves several set-ups. What is loaded is what reset comes back to. */
#ifndef PARLEL_SERVER_FIXTURES_H
#define PARLEL_SERVER_FIXTURES_H

#include "server/problem.h"
#include "server/registry.h"
#include "server/sandbox.h"

/* The services that a fixture had something for. */
struct fixtures_loaded {
    size_t count;
    const struct emulator_type *services[REGISTRY_MAX];
};

/* Adds what the file says to the services of the sandbox. */
bool fixtures_load(struct sandbox *sandbox, const struct registry *registry, const char *path,
                   struct problem *problem);
/* The same with the text itself, which messages call `name`. only: the text is this service's section
 * alone; NULL: a whole fixture. */
bool fixtures_load_bytes(struct sandbox *sandbox, const struct registry *registry, const char *name,
                         struct slice text, struct service *only,
                         struct fixtures_loaded *out_loaded, struct problem *problem);

#endif
