/* PostgreSQL as a dialect of the relational core: its tables of built-in objects, which the build
 * makes of data/ (generate_builtins), and its rules. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_DIALECT_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_DIALECT_H

#include "emulators/postgres/analyze/rules.h"
#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/system_views.h"
#include "emulators/postgres/ddl/publication.h"
#include "emulators/postgres/ddl/table.h"
#include "emulators/sql/dialect.h"

extern const struct sql_dialect pg_dialect;
extern const struct sql_builtin *const pg_function_families[];
/* How the rows of a system relation are made (system/rows.h); NULL: it has none. */
const struct sql_system_relation *pg_system_relation(uint32_t id);

/* What the tables cannot say; the end of pg_dialect's initialiser. */
#define PG_DIALECT_HOOKS                                                              \
    .functions = pg_function_families, .system_relation = pg_system_relation,         \
    .analysis = &pg_analysis_rules, .view_query = pg_system_view_query,               \
    .check_change = pg_publication_check_change, .note_change = pg_table_note_change, \
    .index_key = pg_index_key_name,

#endif
