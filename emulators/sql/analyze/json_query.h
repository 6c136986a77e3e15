/* JSON_EXISTS, JSON_VALUE and JSON_QUERY as JSON_TABLE's columns have them, too. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_JSON_QUERY_H
#define PARLEL_EMULATORS_SQL_ANALYZE_JSON_QUERY_H

#include "emulators/sql/analyze/json.h"
#include "emulators/sql/syntax/ast_expr.h"
#include "emulators/sql/value/json_query.h"

/* The expression of a node; for a column: its name, which makes its messages speak of it, and what it
 * looks into, in place of the node's context. 42601, 42804, 0A000 for what cannot be so. */
struct sql_expr *make_json_query(struct analysis *a, const struct ast_json_query *node,
                                 struct slice column, struct sql_expr *document);
/* The document, the path and what is passed: of the table as a whole. */
struct sql_expr_json_query *make_json_table_query(struct analysis *a,
                                                  const struct ast_json_query *node);

#endif
