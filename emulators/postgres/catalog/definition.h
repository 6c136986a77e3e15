/* Definitions of objects as SQL: what pg_get_indexdef and its like print. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_DEFINITION_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_DEFINITION_H

#include "emulators/sql/catalog/objects.h"

extern const struct sql_builtin pg_definition_functions[];
extern const struct sql_builtin pg_trigger_definition_functions[];
extern const struct sql_builtin pg_routine_definition_functions[];
extern const struct sql_builtin pg_statistics_definition_functions[];
extern const struct sql_builtin pg_catalog_functions[];
extern const struct sql_builtin pg_partition_functions[];
extern const struct sql_builtin pg_publication_functions[];

/* enum pg_deparse_flags of a call whose argument `at`, when it is there, asks for pretty printing. */
unsigned pg_definition_flags(const struct sql_call *call, const struct datum *args, uint16_t at);

/* Does it print as a call, which needs no parentheses of its own as an index's or statistics' expression? */
bool pg_reads_as_call(const struct sql_expr *expr);

/* CREATE INDEX ... of an index; column > 0: only that column or expression of it. flags: enum
 * pg_deparse_flags. */
bool pg_define_index(struct sql_env *env, const struct sql_relation *index, int column,
                     unsigned flags, struct sql_bytes *out);
/* Its key column from 0, quoted where needed, or expression: sql_dialect's index_key. */
bool pg_index_key_name(struct sql_env *env, const struct sql_relation *index,
                       const struct sql_relation *table, uint16_t at, struct sql_bytes *out);
/* What follows CONSTRAINT name. */
bool pg_define_constraint(struct sql_env *env, const struct sql_constraint *constraint,
                          unsigned flags, struct sql_bytes *out);

#endif
