/* PREPARE, EXECUTE, DEALLOCATE; DECLARE, FETCH, MOVE, CLOSE. */
#ifndef PARLEL_EMULATORS_POSTGRES_CURSOR_STATEMENTS_H
#define PARLEL_EMULATORS_POSTGRES_CURSOR_STATEMENTS_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_prepare, pg_run_execute, pg_run_deallocate;
struct ast_execute;
struct pg_portal;
/* A portal of the prepared statement with EXECUTE's arguments; the caller closes it. NULL: the error is
 * filled. */
struct pg_portal *pg_execute_open(struct pg_utility_call *call, const struct ast_execute *execute);
pg_utility pg_run_declare, pg_run_fetch, pg_run_close;
struct sql_query;
/* May the rows be gone through backwards without SCROLL having been asked for? */
bool pg_cursor_goes_back(const struct sql_query *query);

/* The columns of what EXECUTE and FETCH give. */
bool pg_execute_columns(struct pg_session *session, const struct ast_node *tree,
                        struct pg_analysis *analysis);
bool pg_fetch_columns(struct pg_session *session, const struct ast_node *tree,
                      struct pg_analysis *analysis);

#endif
