/* What table.c, table_change.c and index.c share. */
#ifndef PARLEL_EMULATORS_SQL_STORAGE_TABLE_INTERNAL_H
#define PARLEL_EMULATORS_SQL_STORAGE_TABLE_INTERNAL_H

#include "emulators/sql/txn/txn_internal.h"

/* The newest version of the row, whoever made it, tombstones too; NULL: there is none. */
const struct sql_row *sql_table_newest(const struct sql_table_rows *table, uint64_t row_id);

/* "while updating tuple (0,1) in relation "t"", in env->arena. */
struct slice sql_table_doing(struct sql_env *env, const struct sql_table_rows *table,
                             const struct sql_row *row, uint64_t row_id, const char *doing);

#endif
