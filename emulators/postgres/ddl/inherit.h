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
/* Gives a new partition the indexes and foreign keys of its parent. */
bool pg_partition_finish(struct pg_ddl *ddl, uint32_t partition, const struct sql_relation *parent);

#endif
