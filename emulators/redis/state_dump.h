/* The state as JSON, in the nouns of fixtures (seed.h), and the counters. */
#ifndef PARLEL_EMULATORS_REDIS_STATE_DUMP_H
#define PARLEL_EMULATORS_REDIS_STATE_DUMP_H

#include "emulators/emulator.h"

/* The contract's `dump`: databases with keys in their long form, users, functions and scripts. Keys
 * that are due are left out. A key with bytes that are not UTF-8, in its name or its value, has
 * base64 set and all its strings so encoded. */
void redis_dump(struct emulator *emulator, struct json_writer *out);

/* The contract's `stats`. */
void redis_statistics(struct emulator *emulator, struct json_writer *out);

#endif
