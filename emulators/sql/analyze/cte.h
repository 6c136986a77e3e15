/* WITH, shared by cte.c (its queries) and recursion.c (their order, and what recursion may not). */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_CTE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_CTE_H

#include "emulators/sql/analyze/analysis.h"

/* An order in which each query comes after those that it uses; which use themselves. */
bool order_ctes(struct analysis *a, const struct ast_with *with, uint32_t *order, bool *recursive);
/* The query has the form that a recursive one must have. */
bool check_recursion(struct analysis *a, const struct ast_cte *cte);
/* The query with what SEARCH and CYCLE mean written out. */
bool expand_search(struct analysis *a, const struct ast_cte *cte, const struct ast_cte **out);
bool show_cte(struct analysis *a, struct sql_cte *cte);

#endif
