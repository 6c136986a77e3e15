/* Operators that change tables or lock rows. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_MODIFY_H
#define PARLEL_EMULATORS_SQL_EXEC_MODIFY_H

#include "emulators/sql/exec/run.h"

/* What is due when a statement has changed all its rows: deferred checks of this statement, AFTER
 * triggers. */
bool sql_modify_finish(struct sql_run *run);

#endif
