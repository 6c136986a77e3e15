/* Databases by name. They are objects of the core's shared database. */
#ifndef PARLEL_EMULATORS_POSTGRES_DATABASES_H
#define PARLEL_EMULATORS_POSTGRES_DATABASES_H

#include "emulators/postgres/instance.h"

/* NULL: there is no such database. */
struct sql_database *pg_database_find(struct pg *pg, struct slice name);
/* Makes what a new server has: template0, template1, postgres. */
bool pg_databases_create(struct pg *pg);

#endif
