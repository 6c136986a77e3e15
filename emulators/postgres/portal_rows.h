/* Portals over rows that are there already: cursors of stored code. */
#ifndef PARLEL_EMULATORS_POSTGRES_PORTAL_ROWS_H
#define PARLEL_EMULATORS_POSTGRES_PORTAL_ROWS_H

#include "emulators/postgres/portal.h"

/* A listed portal without rows yet. text: for pg_cursors. NULL: the error is filled. */
struct pg_portal *pg_portal_for_rows(struct pg_session *session, struct slice name,
                                     struct slice text);
/* Copies the rows into it: it gives them from now on. */
bool pg_portal_keep_rows(struct sql_session *session, struct sql_env *env, struct pg_portal *portal,
                         const struct sql_result_column *columns, uint32_t column_count,
                         struct datum *const *rows, uint64_t count);

#endif
