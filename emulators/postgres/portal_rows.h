/* Cursors of stored code: portals over a copy of its query, or over rows that are there already. */
#ifndef PARLEL_EMULATORS_POSTGRES_PORTAL_ROWS_H
#define PARLEL_EMULATORS_POSTGRES_PORTAL_ROWS_H

#include "emulators/postgres/portal.h"

struct pg_stored_query;

/* Does the query, which was planned, give its rows in portions? */
bool pg_portal_gives_portions(const struct pg_stored_query *query);
/* A listed portal of a copy of such a query and its parameters, begun. NULL: the error is filled. */
struct pg_portal *pg_portal_for_query(struct pg_session *session, struct slice name,
                                      const struct pg_stored_query *query,
                                      const struct datum *params, uint32_t count);
/* The same of a query that nobody else keeps: takes its memory, and `parsed`, that of its tree. */
struct pg_portal *pg_portal_of_query(struct pg_session *session, struct slice name,
                                     struct pg_stored_query *query, struct arena *parsed,
                                     const struct datum *params, uint32_t count);
/* The same of a query that was analysed and holds the values of its parameters. */
struct sql_query;
struct pg_portal *pg_portal_for_analysed(struct pg_session *session, struct slice name,
                                         struct slice text, const struct sql_query *query);
/* A listed portal without rows yet. text: for pg_cursors. NULL: the error is filled. */
struct pg_portal *pg_portal_for_rows(struct pg_session *session, struct slice name,
                                     struct slice text);
/* Copies the rows into it: it gives them from now on. */
bool pg_portal_keep_rows(struct sql_session *session, struct sql_env *env, struct pg_portal *portal,
                         const struct sql_result_column *columns, uint32_t column_count,
                         struct datum *const *rows, uint64_t count);

#endif
