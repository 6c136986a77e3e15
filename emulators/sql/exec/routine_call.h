/* How expressions call what is not built in: functions in SQL and in procedural languages.
 *
 * The planner binds the call site of such a function to sql_routine_call; call->routine says which
 * function it is. The interpreters are found through the session's owner; without one, as with
 * built-in functions that the program lacks, the call fails with 0A000. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_ROUTINE_CALL_H
#define PARLEL_EMULATORS_SQL_EXEC_ROUTINE_CALL_H

#include "emulators/sql/catalog/catalog.h"

/* A sql_function. */
bool sql_routine_call(struct sql_call *call, const struct datum *args, struct datum *out);

#endif
