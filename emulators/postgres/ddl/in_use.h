/* Tables that the session's own statements and cursors are reading. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_IN_USE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_IN_USE_H

#include "emulators/postgres/ddl/ddl.h"

/* Fails with 55006 when a query of the session, open or under way, is about the relation; what: the
 * command that cannot be done, "DROP TABLE". */
bool pg_refuse_in_use(struct pg_ddl *ddl, const struct sql_relation *relation, const char *what);

#endif
