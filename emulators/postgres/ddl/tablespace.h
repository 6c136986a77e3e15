/* Tablespaces: names for where relations are kept. Here they are all kept in memory: tablespaces are
 * known, owned, granted, asked for and shown.
 *
 * As struct sql_other: the fields are the directory, then options ("name=value"). A relation without a
 * tablespace of its own (0) is in the database's, which is pg_default. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_TABLESPACE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_TABLESPACE_H

#include "emulators/postgres/ddl/ddl.h"

enum { PG_TABLESPACE_DEFAULT = 1663, PG_TABLESPACE_GLOBAL = 1664 };

/* The id of a tablespace, 0: there is none. */
uint32_t pg_tablespace_find(struct sql_session *session, struct slice name);
/* Its name; ptr NULL: there is none. */
struct slice pg_tablespace_name(struct sql_session *session, uint32_t id);
/* Fails with 42704 when there is none. */
bool pg_tablespace_require(struct pg_ddl *ddl, struct slice name, uint32_t *out);
/* Fails with 42501 when the current role may not make anything there, 22023 when nobody may. */
bool pg_tablespace_check_use(struct pg_ddl *ddl, uint32_t id);

/* Where a new relation goes (0: where the database is): into the named one (ptr NULL: none was named),
 * else where the relation that it is a part of has its parts (above; 0: nowhere), else where
 * default_tablespace says. parted: it has no rows itself. */
bool pg_tablespace_choose(struct pg_ddl *ddl, struct slice named, uint32_t above, bool parted,
                          uint32_t *out);
/* ALTER TABLESPACE ... RENAME TO. */
bool pg_tablespace_rename(struct pg_ddl *ddl, struct slice old, struct slice name);
/* Moves a relation there; the current role must be allowed to. */
bool pg_tablespace_move(struct pg_ddl *ddl, uint32_t relation, struct slice name);

#endif
