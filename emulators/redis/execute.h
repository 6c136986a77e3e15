/* Commands given as text: the contract's `execute`, and replies as JSON. */
#ifndef PARLEL_EMULATORS_REDIS_EXECUTE_H
#define PARLEL_EMULATORS_REDIS_EXECUTE_H

#include "emulators/emulator.h"

/* One command line, quoted as redis-cli takes it; its reply becomes one JSON value. */
bool redis_execute_text(struct emulator *emulator, struct slice command, struct json_writer *out,
                        struct emulator_error *error);

#endif
