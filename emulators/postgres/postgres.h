/* PostgreSQL as the server knows it. */
#ifndef PARLEL_EMULATORS_POSTGRES_POSTGRES_H
#define PARLEL_EMULATORS_POSTGRES_POSTGRES_H

#include "emulators/emulator.h"

#define PG_VERSION        "15.18"
#define PG_SERVER_VERSION "15.18 (Debian 15.18-0+deb12u1)"

extern const struct emulator_type postgres_emulator_type;

#endif
