/* The steps of rewriting (rewrite.c), each in a file of its own. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_REWRITE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_REWRITE_H

#include "emulators/sql/analyze/analysis.h"

/* Expands views below the query and prepares what it changes; in place. */
bool rewrite_query(struct analysis *a, struct sql_query *query);
/* INSERT, UPDATE, MERGE: DEFAULT becomes the column's, missing columns of an INSERT get theirs. */
bool rewrite_defaults(struct analysis *a, struct sql_query *query);
/* A copy of an expression over table 1, over table `number`. */
struct sql_expr *shift_table(struct analysis *a, const struct sql_expr *expr, uint32_t number);
/* Which unique indexes ON CONFLICT means. */
bool rewrite_conflict(struct analysis *a, struct sql_query *query);

#endif
