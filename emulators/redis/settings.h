/* Settings from outside Redis's own CONFIG: --set redis.KEY=VALUE, fixtures. */
#ifndef PARLEL_EMULATORS_REDIS_SETTINGS_H
#define PARLEL_EMULATORS_REDIS_SETTINGS_H

#include "emulators/emulator.h"

/* The contract's `set`: "cluster" and every parameter that CONFIG SET knows, and those that Redis
 * takes at its start alone ("databases"). */
bool redis_setting(struct emulator *emulator, struct slice key, struct slice value,
                   struct emulator_error *error);

#endif
