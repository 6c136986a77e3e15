/* Views that every database has: pg_tables, information_schema.columns ... as queries over the system
 * relations. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_VIEWS_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_SYSTEM_VIEWS_H

#include "emulators/sql/catalog/catalog.h"

/* A view's columns are the query's, in their order; types are made the view's. query NULL: it has no
 * rows here. */
struct pg_view_text {
    const char *schema, *name, *query;
};
/* Lists that end with a NULL name. */
extern const struct pg_view_text pg_statistics_views[], pg_information_views[];

/* The query of a built-in view, made in env->arena; *out NULL: it has none here. False: the error is
 * filled. (struct sql_dialect's view_query.) */
bool pg_system_view_query(struct sql_env *env, const struct sql_relation *view,
                          const struct sql_query **out);

#endif
