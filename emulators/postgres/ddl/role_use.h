/* What keeps a role from being dropped. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_ROLE_USE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_ROLE_USE_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/catalog/role_use.h"

/* Fails with 2BP01 and the list of what uses it, in all databases. */
bool pg_role_is_unused(struct pg_ddl *ddl, const struct sql_role *role);
/* The uses of one role by objects of the session's database and shared ones: an array in ddl->arena,
 * by the objects' ids. */
bool pg_role_uses(struct pg_ddl *ddl, uint32_t role, const struct sql_role_use **out,
                  uint32_t *out_count);

#endif
