/* Routines that are not built in: which language runs them. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROUTINE_ROUTINE_H
#define PARLEL_EMULATORS_POSTGRES_ROUTINE_ROUTINE_H

#include "emulators/postgres/utility.h"
#include "emulators/sql/exec/trigger.h"

/* owner->call_routine and owner->call_trigger. */
bool pg_routine_call(struct sql_call *call, const struct datum *args, struct datum *out);
bool pg_routine_call_trigger(struct sql_env *env, struct sql_trigger_data *data);
/* The function of an event trigger. */
bool pg_routine_call_event_trigger(struct sql_env *env, uint32_t function, struct slice event,
                                   struct slice tag);
/* CREATE FUNCTION's look at a body that is complete: its syntax, names in SQL bodies. */
bool pg_routine_check(struct sql_env *env, const struct sql_routine *routine);
/* LANGUAGE sql. */
bool pg_sql_function_call(struct sql_call *call, const struct datum *args, struct datum *out);
bool pg_sql_function_check(struct sql_env *env, const struct sql_routine *routine);

/* What a session keeps of functions in SQL that it called. */
void pg_sql_bodies_clear(struct pg_session *session);

/* The text of a built-in function in SQL; ptr NULL: there is none. */
struct slice pg_builtin_sql_body(uint32_t id);

struct ast_node;

/* Analyses RETURN ... or BEGIN ATOMIC ... END as the routine's body. */
bool pg_sql_function_set_body(struct sql_env *env, const struct ast_node *body,
                              struct sql_routine *routine);

/* DO, CALL. */
pg_utility pg_run_do, pg_run_call;
/* May what the statement calls end the transaction? */
bool pg_call_may_end(const struct pg_utility_call *call);
/* The OUT parameters that CALL answers with. */
bool pg_call_columns(struct pg_session *session, const struct ast_node *tree,
                     struct pg_analysis *analysis);

#endif
