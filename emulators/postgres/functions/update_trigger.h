/* suppress_redundant_updates_trigger: a BEFORE UPDATE trigger that lets no row be written that would be
 * what it was. */
#ifndef PARLEL_EMULATORS_POSTGRES_FUNCTIONS_UPDATE_TRIGGER_H
#define PARLEL_EMULATORS_POSTGRES_FUNCTIONS_UPDATE_TRIGGER_H

#include "emulators/sql/exec/trigger.h"
#include "emulators/sql/value/type.h"

/* Runs the trigger function of that symbol; *known false: it is another one. Fails with 39P01 when the
 * trigger is of another kind. */
bool pg_update_trigger(struct sql_env *env, struct slice symbol, struct sql_trigger_data *data,
                       bool *known);

#endif
