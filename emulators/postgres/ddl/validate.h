/* Do the rows that a table has satisfy a constraint that is added? And making rows anew when columns
 * change. Looks at all rows that the transaction sees, with the errors of the constraint. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_VALIDATE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_VALIDATE_H

#include "emulators/postgres/ddl/ddl.h"

/* 23514 "check constraint ... of relation ... is violated by some row". */
bool pg_validate_check(struct pg_ddl *ddl, uint32_t relation,
                       const struct sql_constraint *constraint);
/* 23502 "column ... of relation ... contains null values". */
bool pg_validate_not_null(struct pg_ddl *ddl, uint32_t relation, int16_t column);
/* 23503, as an INSERT of the row would give. */
bool pg_validate_foreign_key(struct pg_ddl *ddl, const struct sql_constraint *constraint);

/* Puts the relation into the error that is filled; false. */
bool pg_error_relation(struct pg_ddl *ddl, const struct sql_relation *relation);
/* Fails with 23503 when a row refers to the partition that the key (part) is about. */
bool pg_validate_removal(struct pg_ddl *ddl, const struct sql_constraint *key);

#endif
