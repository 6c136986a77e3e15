/* Fixtures: the state from YAML.
 *
 *     keys: {...}                      of database 0
 *     databases: {0: {...}, 3: {...}}  of any
 *     functions: [CODE, ...]           libraries, as FUNCTION LOAD REPLACE takes them
 *     scripts: [CODE, ...]             as SCRIPT LOAD takes them
 *     users: {ann: on >secret ~* +@all}      rules as ACL SETUSER takes them, a string or a sequence
 *
 * How a key is written: seed_key.c; streams: seed_stream.h. What the fixture names replaces what was
 * there under that name; everything else stays. redis_dump writes the same nouns. */
#ifndef PARLEL_EMULATORS_REDIS_SEED_H
#define PARLEL_EMULATORS_REDIS_SEED_H

#include "emulators/emulator.h"

/* The contract's `seed`. */
bool redis_seed(struct emulator *emulator, struct yaml_reader *reader,
                struct emulator_error *error);

#endif
