/* What a statement's user must be allowed, checked when it begins. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_PRIVILEGE_H
#define PARLEL_EMULATORS_SQL_EXEC_PRIVILEGE_H

#include "emulators/sql/plan/plan.h"

bool sql_check_privileges(struct sql_env *env, const struct sql_plan *plan);

#endif
