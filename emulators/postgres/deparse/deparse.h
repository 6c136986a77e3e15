/* From analysed queries and expressions back to SQL, letter by letter as PostgreSQL prints them.
 *
 * What pg_get_viewdef, pg_get_expr, pg_get_constraintdef, pg_get_indexdef, EXPLAIN and pg_dump show.
 * Names are qualified only where the session's search path would not find them. Without
 * PG_DEPARSE_PAREN every operator is put in parentheses, so that a reader of another precedence
 * understands the same.
 *
 * Output is appended to a buffer whose arena also holds what is needed on the way. Functions return
 * false, with env->error filled, when an object that is named does not exist any more, or when the
 * expression nests too deeply. */
#ifndef PARLEL_EMULATORS_POSTGRES_DEPARSE_DEPARSE_H
#define PARLEL_EMULATORS_POSTGRES_DEPARSE_DEPARSE_H

#include "emulators/sql/catalog/catalog.h"
#include "emulators/sql/value/bytes.h"

enum pg_deparse_flags {
    PG_DEPARSE_PAREN = 1,  /* "pretty": only the parentheses that are needed */
    PG_DEPARSE_INDENT = 2, /* clauses on lines of their own */
    PG_DEPARSE_SCHEMA = 4, /* relations by visible names, unqualified where possible */
    PG_DEPARSE_PREFIX = 8, /* columns always with their table's name */
};

/* An expression over table 1 = relation (NULL: over none). alias: the name its columns are prefixed
 * with under PG_DEPARSE_PREFIX. */
bool pg_deparse_expr(struct sql_env *env, const struct sql_expr *expr,
                     const struct sql_relation *relation, unsigned flags, struct sql_bytes *out);

/* A trigger's WHEN, a rule's WHERE: table 1 is `old`, table 2 is `new`. */
bool pg_deparse_trigger_when(struct sql_env *env, const struct sql_expr *expr,
                             const struct sql_relation *relation, unsigned flags,
                             struct sql_bytes *out);

/* A whole statement, without a semicolon. */
bool pg_deparse_query(struct sql_env *env, const struct sql_query *query, unsigned flags,
                      struct sql_bytes *out);

/* A statement of a routine's SQL body, indented, and an expression: parameters by their names. */
bool pg_deparse_routine_query(struct sql_env *env, const struct sql_routine *routine,
                              const struct sql_query *query, struct sql_bytes *out);
bool pg_deparse_routine_expr(struct sql_env *env, const struct sql_routine *routine,
                             const struct sql_expr *expr, struct sql_bytes *out);

/* An expression of a plan: sql_explain_options' put_expr. */
struct sql_explain_expr;
bool pg_deparse_explain(struct sql_env *env, const struct sql_explain_expr *what,
                        struct sql_bytes *out);

/* ---- names (others: catalog/describe.h) */

/* A relation's, routine's, operator's name as far as it must be qualified to be found. */
bool pg_deparse_relation_name(struct sql_env *env, uint32_t relation, struct sql_bytes *out);
bool pg_deparse_routine_name(struct sql_env *env, const struct sql_routine *routine,
                             struct sql_bytes *out);
/* As in an expression: + or OPERATOR(schema.+). */
bool pg_deparse_operator_name(struct sql_env *env, uint32_t op, struct sql_bytes *out);
bool pg_deparse_collation_name(struct sql_env *env, uint32_t collation, struct sql_bytes *out);

#endif
