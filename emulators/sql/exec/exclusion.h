/* Exclusion constraints: no two rows of a table may satisfy all operators of one.
 *
 * Rows are compared one by one. Whoever adds a row holds the constraint's index alone until the
 * transaction's end, so that nobody's uncommitted rows are missed. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_EXCLUSION_H
#define PARLEL_EMULATORS_SQL_EXEC_EXCLUSION_H

#include "emulators/sql/exec/index_key.h"

/* A row that the constraint of access' index does not allow beside the one with these values (of all
 * columns) and that id (0: it is not stored). *out_row_id 0: none. *out_detail: both keys in words, made
 * in env->arena. */
bool sql_exclusion_find(struct sql_index_access *access, struct sql_env *env,
                        const struct datum *values, uint64_t row_id, uint64_t *out_row_id,
                        struct slice *out_detail);
/* 23P01; exists: a row was added, else the constraint was. */
bool sql_exclusion_fail(const struct sql_index_access *access, struct sql_env *env,
                        struct slice detail, bool exists);
/* Do all rows of the table satisfy it? Fails with 23P01. */
bool sql_exclusion_validate(struct sql_index_access *access, struct sql_env *env);

#endif
