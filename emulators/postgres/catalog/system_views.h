/* Views that every database has: pg_tables, information_schema.columns ... as queries over the system
 * relations. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_VIEWS_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_VIEWS_H

#include "emulators/sql/catalog/catalog.h"

/* The query of a built-in view, made in env->arena; *out NULL: it has none here. False: the error is
 * filled. (struct sql_dialect's view_query.) */
bool pg_system_view_query(struct sql_env *env, const struct sql_relation *view,
                          const struct sql_query **out);

#endif
