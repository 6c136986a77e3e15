/* CREATE ACCESS METHOD, and the method that a table is kept by. There is one way to keep tables: other
 * methods are names for it, as far as their handler is that of heap. Errors: false, env->error is
 * filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_ACCESS_METHOD_H
#define PARLEL_EMULATORS_POSTGRES_DDL_ACCESS_METHOD_H

#include "emulators/postgres/ddl/ddl.h"

/* The table access method of that name; 42704 when there is none, 55000 when it is for indexes. */
bool pg_table_method_find(struct sql_session *session, struct slice name, struct sql_error *error,
                          uint32_t *out);
/* Sets the relation's method (and only there, when it has rows): the named one (ptr NULL: as
 * default_table_access_method says). Fails with 0A000 when a partitioned table names one. */
bool pg_table_method_choose(struct pg_ddl *ddl, struct slice named, struct sql_relation *relation);
/* What the relation depends on by its method: nothing, when it is heap. */
bool pg_table_method_depend(struct pg_ddl *ddl, const struct sql_relation *relation);

#endif
