/* Expressions of stored code: the run of a plan that computes one value of its parameters alone is
 * kept open and used again and again, as long as the plan is valid.
 *
 * A plan whose run is in use (its expression calls a function that gets to the same expression) must
 * be run another way; the caller sees to that. Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_SIMPLE_H
#define PARLEL_EMULATORS_SQL_EXEC_SIMPLE_H

#include "emulators/sql/exec/exec.h"

struct sql_simple;

/* Is it SELECT expression, without tables, subqueries, sets and conditions? */
bool sql_plan_is_simple(const struct sql_plan *plan);
/* Opens a run of such a plan in the arena, which must last as long as the plan does. `params`, which
 * must lie as long, is where each evaluation finds the values of its parameters. */
bool sql_simple_open(struct sql_env *env, struct arena *arena, const struct sql_plan *plan,
                     const struct datum *params, uint32_t param_count, struct sql_simple **out);
/* The value: borrowed of the plan, the parameters or `arena`, in which results are made. */
bool sql_simple_evaluate(struct sql_simple *simple, struct sql_env *env, struct arena *arena,
                         struct datum *out);
/* Frees what is not in its arena; NULL is allowed. */
void sql_simple_close(struct sql_simple *simple);

#endif
