/* What a table takes from others when it is made: INHERITS, PARTITION OF, OF type, LIKE. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_INHERIT_H
#define PARLEL_EMULATORS_POSTGRES_DDL_INHERIT_H

#include "emulators/postgres/ddl/constraint.h"

/* The parents' columns, merged; called before the table's own are defined. */
bool pg_inherit_columns(struct pg_table_def *table, const struct ast_create_table *ast);
/* The child's own columns of a parent's name become one with it. Called after they are defined. */
bool pg_inherit_merge(struct pg_table_def *table);
/* After the table is made: links to the parents, their checks. */
bool pg_inherit_finish(struct pg_table_def *table, const struct ast_create_table *ast);
/* The composite type by that name and its columns; fails with 42809 for other types. */
bool pg_typed_shape(struct pg_ddl *ddl, const struct ast_type_name *type_name, uint32_t *out_type,
                    const struct sql_relation **out);
/* Columns of CREATE TABLE OF. */
bool pg_typed_columns(struct pg_table_def *table, const struct ast_type_name *type);
/* LIKE: columns now, and what follows when the table is there. */
bool pg_like_columns(struct pg_table_def *table, const struct ast_table_like *like);
bool pg_like_finish(struct pg_table_def *table, const struct ast_table_like *like);

/* The same expression with the columns of table 1 numbered as map says (map[n] for column n + 1). */
struct sql_expr *pg_expr_map(struct pg_ddl *ddl, const struct sql_expr *expr, const int16_t *map);
/* map[n]: the column of `to` by the name of column n + 1 of `from`, 0: none. */
int16_t *pg_column_map(struct pg_ddl *ddl, const struct sql_relation *from,
                       const struct sql_relation *to);

/* Partitions: the key of PARTITION BY, the bound of PARTITION OF. Called when the relation is made. */
bool pg_partition_key(struct pg_table_def *table, const struct ast_partition_spec *spec);
bool pg_partition_bound(struct pg_ddl *ddl, uint32_t partition, const struct sql_relation *parent,
                        const struct ast_partition_bound *bound);
/* Fails with 42P17 when another partition would have the same rows. */
bool pg_partition_check_overlap(struct pg_ddl *ddl, const struct sql_relation *partition,
                                const struct sql_relation *parent,
                                const struct sql_partition_bound *bound);
/* Orders two values of a column of the key, and two ranges. */
int pg_partition_compare(struct pg_ddl *ddl, const struct sql_relation *parent, uint16_t at,
                         const struct sql_expr *a, const struct sql_expr *b);
bool pg_partition_starts_before(struct pg_ddl *ddl, const struct sql_relation *parent,
                                const struct sql_partition_bound *a,
                                const struct sql_partition_bound *b);
/* What the partition's bound, and those of the partitioned tables above it, demand of a row: over table 1,
 * the partition. NULL in *out: nothing. */
bool pg_partition_condition(struct sql_env *env, const struct sql_relation *partition,
                            struct sql_expr **out);
/* Gives a new partition the indexes, foreign keys and row triggers of its parent; what it has already is
 * made part of the parent's. */
bool pg_partition_finish(struct pg_ddl *ddl, uint32_t partition, const struct sql_relation *parent);
/* Its indexes and foreign keys are its own again, triggers of the parent go. */
bool pg_partition_leave(struct pg_ddl *ddl, uint32_t partition);
/* The constraint is (from NULL: no longer) a part of the parent's. */
bool pg_constraint_link(struct pg_ddl *ddl, uint32_t id, const struct sql_constraint *from);
/* The partitions get the foreign key of the partitioned table, too; the same for partitions of the table
 * that it refers to. */
bool pg_foreign_key_to_partitions(struct pg_ddl *ddl, uint32_t constraint);
bool pg_foreign_key_to_referenced(struct pg_ddl *ddl, uint32_t constraint);
/* A new partition has the keys of its parent, and is referred to as that is; a detached one keeps its own
 * keys. Fails with 23503 when rows of it are referred to. */
bool pg_foreign_keys_to_partition(struct pg_ddl *ddl, uint32_t partition,
                                  const struct sql_relation *parent);
bool pg_foreign_keys_leave(struct pg_ddl *ddl, uint32_t partition);
/* Is the index (of a partition) like that of the parent? */
bool pg_partition_index_fits(struct pg_ddl *ddl, const struct sql_relation *parent_index,
                             const struct sql_relation *index);
/* Makes the index (and its constraint) a part of the parent's. */
bool pg_partition_index_link(struct pg_ddl *ddl, uint32_t index, uint32_t parent_index);

/* ---- joining and leaving parents later: INHERIT, ATTACH */

/* Makes `child` a child of `parent`, whose columns and checks it must have. */
bool pg_inherit_join(struct pg_ddl *ddl, uint32_t child, uint32_t parent, bool partition);
/* The opposite; fails with 42P01 when it is none. */
bool pg_inherit_part(struct pg_ddl *ddl, uint32_t child, uint32_t parent, bool partition);
/* Locks all that inherit from the relation, at any depth. */
bool pg_inherit_lock_below(struct pg_ddl *ddl, uint32_t id, enum sql_lock_mode lock);
/* Is `other` the relation itself, or one of its children (at any depth)? */
bool pg_inherit_has(struct pg_ddl *ddl, uint32_t relation, uint32_t other);
/* The first row trigger of the relation with transition tables, NULL: none. */
const struct sql_trigger *pg_trigger_with_transitions(struct pg_ddl *ddl,
                                                      const struct sql_relation *relation);
/* Do the rows of the relation and its partitions fit the partitions' bounds? Fails with 23514. */
bool pg_partition_validate(struct pg_ddl *ddl, uint32_t partition);
/* The same for the default partition of `parent`, which may have rows that `added` takes. */
bool pg_partition_validate_default(struct pg_ddl *ddl, const struct sql_relation *parent,
                                   uint32_t added);

#endif
