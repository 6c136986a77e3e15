/* PostgreSQL as a dialect of the relational core: its tables of built-in objects, which the build
 * makes of data/ (generate_builtins), and its rules. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_DIALECT_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_DIALECT_H

#include "emulators/postgres/analyze/rules.h"
#include "emulators/sql/dialect.h"

extern const struct sql_dialect pg_dialect;
extern const struct sql_builtin *const pg_function_families[];

/* What the tables cannot say; the end of pg_dialect's initialiser. */
#define PG_DIALECT_HOOKS .functions = pg_function_families, .analysis = &pg_analysis_rules,

#endif
