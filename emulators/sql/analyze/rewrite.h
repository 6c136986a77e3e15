/* The steps of rewriting (rewrite.c), each in a file of its own. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_REWRITE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_REWRITE_H

#include "emulators/sql/analyze/analysis.h"

/* Expands views below the query and prepares what it changes, in place or as another query. */
bool rewrite_query(struct analysis *a, struct sql_query **query);
/* INSERT, UPDATE, MERGE: DEFAULT becomes the column's, missing columns of an INSERT get theirs. */
bool rewrite_defaults(struct analysis *a, struct sql_query *query);
/* The same for the defaults that a view has itself. */
bool rewrite_view_defaults(struct analysis *a, struct sql_query *query,
                           const struct sql_relation *view);
/* A copy of an expression over table 1, over table `number`. */
struct sql_expr *shift_table(struct analysis *a, const struct sql_expr *expr, uint32_t number);
/* Which unique indexes ON CONFLICT means. */
bool rewrite_conflict(struct analysis *a, struct sql_query *query);
/* A table without a view around it: its rows that the role may see or make. */
bool rewrite_security(struct analysis *a, struct sql_query *query, uint32_t number);
/* A check of the rows that the query makes, before the others (those of views below come first) or
 * behind them. The query's list may be one that has no room: it is made anew. */
bool rewrite_add_check(struct analysis *a, struct sql_query *query,
                       const struct sql_with_check *check, bool first);
/* Why a view of this query cannot be changed; NULL: it can. */
const char *view_obstacle(const struct sql_query *view);
/* The result table is a view: it becomes what the view selects from. */
bool rewrite_changed_view(struct analysis *a, struct sql_query **query,
                          const struct sql_relation *view);

#endif
