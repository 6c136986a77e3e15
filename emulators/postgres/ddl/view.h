/* What views, materialized views and CREATE TABLE AS share: relations made from a query. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_VIEW_H
#define PARLEL_EMULATORS_POSTGRES_DDL_VIEW_H

#include "emulators/postgres/ddl/relation.h"

struct pg_portal;

/* Adds the query's columns; names (as many as there are) replace theirs. */
bool pg_query_columns(struct pg_table_def *table, const struct sql_query *query,
                      const struct ast_names *names);
/* Reads relation.options: security_barrier, security_invoker, check_option. */
bool pg_view_options(struct pg_ddl *ddl, struct sql_relation *view);
/* Does it read a temporary relation, anywhere? */
bool pg_query_reads_temporary(struct pg_ddl *ddl, const struct sql_query *query);
/* Rewrites and runs the query as the statement's own; its rows go into the relation. */
bool pg_query_fill(struct pg_ddl *ddl, const struct sql_query *query, uint32_t relation,
                   uint64_t *out_count);
/* The same with the rows of a prepared statement's portal. */
bool pg_portal_fill(struct pg_ddl *ddl, struct pg_portal *portal, uint32_t relation,
                    uint64_t *out_count);

#endif
