/* tsvector_update_trigger and tsvector_update_trigger_column: a column that follows the texts of others. */
#ifndef PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_UPDATE_TRIGGER_H
#define PARLEL_EMULATORS_POSTGRES_TEXT_SEARCH_UPDATE_TRIGGER_H

#include "emulators/sql/exec/trigger.h"
#include "emulators/sql/value/type.h"

/* Runs the trigger function of that symbol; *known false: it is none of them. */
bool pg_ts_update_trigger(struct sql_env *env, struct slice symbol, struct sql_trigger_data *data,
                          bool *known);

#endif
