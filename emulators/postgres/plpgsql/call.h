/* Calling PL/pgSQL: functions, triggers, DO. */
#ifndef PARLEL_EMULATORS_POSTGRES_PLPGSQL_CALL_H
#define PARLEL_EMULATORS_POSTGRES_PLPGSQL_CALL_H

#include "emulators/postgres/plpgsql/run.h"

/* A sql_function for call->routine. */
bool pl_call(struct sql_call *call, const struct datum *args, struct datum *out);
/* A trigger's function; fills data->result and data->returned_null. */
bool pl_call_trigger(struct sql_env *env, const struct sql_routine *routine,
                     struct sql_trigger_data *data);
bool pl_call_event_trigger(struct sql_env *env, const struct sql_routine *routine,
                           struct slice event, struct slice tag);
/* DO $$ ... $$ */
bool pl_call_inline(struct sql_env *env, struct slice text, bool may_end);
/* CREATE FUNCTION's look at a body. */
bool pl_check(struct sql_env *env, const struct sql_routine *routine);

#endif
