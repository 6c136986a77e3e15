/* Making a table's rows anew, when its columns change. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_REWRITE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_REWRITE_H

#include "emulators/postgres/ddl/ddl.h"

/* Stores `changed` (a new version of the relation, not stored yet) with a new storage whose rows are the
 * values of `columns` (one for each of its columns, over table 1 = the relation as it was; NULL: NULL),
 * and fills its indexes anew. */
bool pg_rewrite(struct pg_ddl *ddl, const struct sql_relation *changed,
                struct sql_expr *const *columns);
/* The same rows again: a new storage for each index, filled from the table. */
bool pg_reindex_table(struct pg_ddl *ddl, uint32_t relation);
/* Columns were added to the relation or dropped: indexes that have its rows among their keys, in
 * whatever table, are filled anew. Waits for those who write to the tables. */
bool pg_reindex_rows(struct pg_ddl *ddl, const struct sql_relation *relation);

#endif
