/* Fixture files: YAML or JSON whose top level maps services to what they shall hold. */
#ifndef PARLEL_SERVER_FIXTURES_H
#define PARLEL_SERVER_FIXTURES_H

#include "server/problem.h"
#include "server/registry.h"
#include "server/sandbox.h"

/* Adds what the file says to the services of the sandbox: the whole file or, when something is
 * wrong with it, nothing. *problem then begins with file:line:column. Services that this program
 * has but the sandbox has not are passed over, so that one file serves several set-ups. */
bool fixtures_load(struct sandbox *sandbox, const struct registry *registry, const char *path,
                   struct problem *problem);

#endif
