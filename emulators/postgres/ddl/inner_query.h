/* Queries that definitions run themselves: over one table, made without text. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_INNER_QUERY_H
#define PARLEL_EMULATORS_POSTGRES_DDL_INNER_QUERY_H

#include "emulators/postgres/ddl/ddl.h"

/* SELECT targets FROM ONLY relation WHERE condition. targets and condition are over table 1. NULL: the
 * error is filled. */
struct sql_query *pg_inner_query(struct pg_ddl *ddl, const struct sql_relation *relation,
                                 struct sql_expr **targets, uint32_t count,
                                 struct sql_expr *condition);
/* Runs it; rows go to the sink (max of them, 0: all). *out_count: how many there were. */
bool pg_inner_run(struct pg_ddl *ddl, const struct sql_query *query, struct sql_sink *sink,
                  uint64_t max, uint64_t *out_count);

/* Expressions: NULL when out of memory (the error is filled). */
struct sql_expr *pg_inner_column(struct pg_ddl *ddl, const struct sql_relation *relation,
                                 int16_t column, uint32_t up);
/* The row's own columns, which are not dropped, into values[number - 1]; of dropped ones NULL. */
bool pg_inner_columns(struct pg_ddl *ddl, const struct sql_relation *relation,
                      struct sql_expr **values);
struct sql_expr *pg_inner_null_test(struct pg_ddl *ddl, struct sql_expr *arg, bool negated);
struct sql_expr *pg_inner_bool(struct pg_ddl *ddl, enum sql_bool_op op, struct sql_expr **args,
                               uint32_t count);
/* left op right, for an operator that takes exactly these types. */
struct sql_expr *pg_inner_operator(struct pg_ddl *ddl, uint32_t op, struct sql_expr *left,
                                   struct sql_expr *right, uint32_t collation);
struct sql_expr *pg_inner_exists(struct pg_ddl *ddl, struct sql_query *query);
struct sql_expr *pg_inner_true(struct pg_ddl *ddl);

#endif
