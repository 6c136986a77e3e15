/* What a new server has beside its built-in objects: roles and databases, and in each database the
 * schema public and the extension plpgsql. These can be changed and dropped, so they are stored like users' objects. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_SEED_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_SEED_H

#include "emulators/sql/catalog/change.h"

enum {
    PG_TEMPLATE1 = 1,
    PG_TEMPLATE0 = 4,
    PG_POSTGRES = 5,
    PG_PUBLIC_SCHEMA = 2200,
    PG_SUPERUSER = 10,
    PG_PLPGSQL = 13559,       /* the extension */
    PG_DATABASE_OWNER = 6171, /* the role that whoever owns the database belongs to */
};

/* Roles, and the objects of the three databases (not their contents). */
bool pg_seed_shared(struct sql_env *env);
/* The contents of a new database: env->session->database. */
bool pg_seed_database(struct sql_env *env);

#endif
