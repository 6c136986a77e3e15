/* Settings that the program is started with: --set postgres.KEY=VALUE.
 *
 * `auth` (trust, password, md5, scram-sha-256) is parlel's own; every other key is a setting of the
 * server, which new sessions begin with. */
#ifndef PARLEL_EMULATORS_POSTGRES_CONFIGURE_H
#define PARLEL_EMULATORS_POSTGRES_CONFIGURE_H

#include "emulators/postgres/instance.h"

/* The contract's `set`. */
bool pg_configure(struct emulator *emulator, struct slice key, struct slice value,
                  struct emulator_error *error);
/* Puts what was configured into a new session's settings. */
bool pg_configured_apply(const struct pg *pg, struct pg_settings *settings, struct arena *arena,
                         struct sql_error *error);
/* A fork begins as its parent was started. False: out of memory. */
bool pg_configure_inherit(struct pg *pg, const struct pg *parent);
void pg_configured_done(struct pg *pg);

#endif
