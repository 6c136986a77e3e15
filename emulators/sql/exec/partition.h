/* Which partition a row belongs to. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_PARTITION_H
#define PARLEL_EMULATORS_SQL_EXEC_PARTITION_H

#include "emulators/sql/exec/partition_bounds.h"

/* The hash of a key's values by which a hash partitioned table places rows. */
bool sql_partition_hash(struct sql_env *env, const struct sql_relation *table,
                        const struct datum *values, uint64_t *out);
/* Does the row (values of all columns of that partition) fit its bounds, and those of the partitioned
 * tables above it? */
bool sql_partition_fits(struct sql_env *env, const struct sql_relation *partition,
                        const struct datum *values, bool *out);
/* The leaf partition for a row of `table`, whose values are given, locked as are those above it; fails
 * with 23514 when there is none. *out_values: the row in the leaf's order of columns, in `arena`. */
bool sql_partition_route(struct sql_env *env, struct arena *arena, const struct sql_relation *table,
                         const struct datum *values, const struct sql_relation **out,
                         struct datum **out_values);

/* May a row of the partition move elsewhere in `root`? Fails with 0A000 when a foreign key refers to a
 * table between the two: it would lose the row. */
bool sql_partition_may_leave(struct sql_env *env, const struct sql_relation *partition,
                             const struct sql_relation *root);

/* A partition's column for each of the table's, 0: none. */
bool sql_partition_map(struct sql_env *env, struct arena *arena, const struct sql_relation *table,
                       const struct sql_relation *partition, const int32_t **out);

#endif
