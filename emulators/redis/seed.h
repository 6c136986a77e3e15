/* Fixtures: the state from YAML and back to JSON. */
#ifndef PARLEL_EMULATORS_REDIS_SEED_H
#define PARLEL_EMULATORS_REDIS_SEED_H

#include "emulators/emulator.h"

/* The contract's `seed`, `dump` and `stats`. */
bool redis_seed(struct emulator *emulator, struct yaml_reader *reader,
                struct emulator_error *error);
void redis_dump(struct emulator *emulator, struct json_writer *out);
void redis_statistics(struct emulator *emulator, struct json_writer *out);

#endif
