/* Taking objects out with what depends on them: DROP's RESTRICT and CASCADE. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_DELETE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_DELETE_H

#include "emulators/postgres/ddl/ddl.h"

/* Drops the objects (and parts of objects). Without cascade it fails with 2BP01 and the list of what
 * depends on them, if there is any that does not go with them by itself; with it, a notice lists what
 * went. quiet: no notice. */
bool pg_delete(struct pg_ddl *ddl, const struct sql_reference *objects, uint32_t count,
               bool cascade, bool quiet);

/* Drops what the session has made in its schema of temporary objects, and that schema. */
bool pg_delete_temporary(struct sql_env *env);

/* Takes a column away from its relation: it stays, as a dropped one. Its dependents are gone already. */
bool pg_delete_column(struct pg_ddl *ddl, uint32_t relation, int32_t column);

#endif
