/* The whole state as JSON, in the nouns of fixtures (seed.h). */
#ifndef PARLEL_EMULATORS_POSTGRES_DUMP_H
#define PARLEL_EMULATORS_POSTGRES_DUMP_H

#include "emulators/emulator.h"

/* The contract's `dump`. */
void pg_dump(struct emulator *emulator, struct json_writer *out);

#endif
