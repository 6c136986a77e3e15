/* The COPY statement: between a table or query and the client or a file. */
#ifndef PARLEL_EMULATORS_POSTGRES_COPY_H
#define PARLEL_EMULATORS_POSTGRES_COPY_H

#include "emulators/postgres/copy_options.h"
#include "emulators/postgres/utility.h"
#include "emulators/sql/catalog/catalog.h"

pg_utility pg_run_copy;

/* COPY ... TO (copy_to.c) and FROM (copy_from.c); *rows: how many. */
bool pg_copy_to(struct pg_utility_call *call, const struct pg_copy_options *options,
                uint64_t *rows);
bool pg_copy_from(struct pg_utility_call *call, const struct pg_copy_options *options,
                  uint64_t *rows);

/* What both need (copy.c). */
const struct sql_relation *pg_copy_relation(struct pg_utility_call *call);
/* The columns that are copied, in order: those of the list, or all that are no generated ones. */
bool pg_copy_columns(struct pg_utility_call *call, const struct sql_relation *relation,
                     const struct sql_column ***out, uint32_t *count);
/* "schema"."table" ("a", "b") or a, b: for the statement that does the work. */
bool pg_copy_add_table(struct pg_utility_call *call, const struct sql_relation *relation,
                       struct sql_bytes *out);
void pg_copy_add_columns(const struct sql_column *const *columns, uint32_t count,
                         struct sql_bytes *out);

#endif
