/* The Redis emulator, as the server sees it: one table of the emulators' contract. */
#ifndef PARLEL_EMULATORS_REDIS_H
#define PARLEL_EMULATORS_REDIS_H

#include "emulators/emulator.h"

extern const struct emulator_type redis_emulator_type;

#endif
