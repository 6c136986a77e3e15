/* Fixtures: the state from YAML.
 *
 *     users: {ann: secret, bob: {password: secret, superuser: true}}
 *     databases:
 *       app:
 *         owner: ann
 *         sql: CREATE TABLE ...          a script, or a sequence of scripts
 *         tables: {users: [{id: 1, email: ann@example.com}]}      rows, inserted in order
 *     sql: ...                           of the database "postgres"
 *     tables: ...
 *
 * Databases and users that exist already are kept and added to. */
#ifndef PARLEL_EMULATORS_POSTGRES_SEED_H
#define PARLEL_EMULATORS_POSTGRES_SEED_H

#include "emulators/emulator.h"

/* The contract's `seed`. */
bool pg_seed(struct emulator *emulator, struct yaml_reader *reader, struct emulator_error *error);

#endif
