/* The commands of ALTER TABLE that stand in files of their own. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_ALTER_TABLE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_ALTER_TABLE_H

#include "emulators/postgres/ddl/relation.h"

typedef bool pg_alter_command(struct pg_ddl *ddl, uint32_t relation,
                              const struct ast_alter_table_command *command);

bool pg_alter_add_column(struct pg_ddl *ddl, uint32_t relation,
                         const struct ast_alter_table_command *command);
bool pg_alter_default(struct pg_ddl *ddl, uint32_t relation,
                      const struct ast_alter_table_command *command);
bool pg_alter_not_null(struct pg_ddl *ddl, uint32_t relation,
                       const struct ast_alter_table_command *command);
bool pg_alter_drop_expression(struct pg_ddl *ddl, uint32_t relation,
                              const struct ast_alter_table_command *command);
bool pg_alter_set_expression(struct pg_ddl *ddl, uint32_t relation,
                             const struct ast_alter_table_command *command);
bool pg_alter_storage(struct pg_ddl *ddl, uint32_t relation,
                      const struct ast_alter_table_command *command);
bool pg_alter_drop_column(struct pg_ddl *ddl, uint32_t relation,
                          const struct ast_alter_table_command *command);
bool pg_alter_type(struct pg_ddl *ddl, uint32_t relation,
                   const struct ast_alter_table_command *command);
bool pg_alter_add_identity(struct pg_ddl *ddl, uint32_t relation,
                           const struct ast_alter_table_command *command);
bool pg_alter_set_identity(struct pg_ddl *ddl, uint32_t relation,
                           const struct ast_alter_table_command *command);
bool pg_alter_drop_identity(struct pg_ddl *ddl, uint32_t relation,
                            const struct ast_alter_table_command *command);

/* ---- what only tunes */
pg_alter_command pg_alter_column_statistics, pg_alter_compression, pg_alter_options,
    pg_alter_column_options, pg_alter_cluster, pg_alter_replica_identity, pg_alter_access_method,
    pg_alter_tablespace, pg_alter_rule, pg_alter_trigger;
/* The index of that name, if the table can be clustered by it. NULL: fails with 42704 or 0A000. */
const struct sql_relation *pg_cluster_index(struct pg_ddl *ddl, const struct sql_relation *relation,
                                            struct slice name);
/* The table is clustered by that index. */
bool pg_cluster_mark(struct pg_ddl *ddl, const struct sql_relation *relation, struct slice index);

/* ---- foreign_table.c */
pg_alter_command pg_alter_foreign_options, pg_alter_column_foreign_options;

/* ---- what they share */

/* The column that a command names, as a copy. */
bool pg_alter_get_column(struct pg_ddl *ddl, uint32_t relation, struct slice name,
                         struct sql_column *out);
/* Takes the default with its dependencies away; the caller stores the column. */
bool pg_alter_clear_default(struct pg_ddl *ddl, struct sql_column *column);
/* Runs the command on all children, too; with ONLY on none. */
bool pg_alter_each_child(struct pg_ddl *ddl, uint32_t relation, pg_alter_command *run,
                         const struct ast_alter_table_command *command);
/* Of a composite type: runs the command (which must say CASCADE, else it fails with 2BP01) on tables OF
 * it. */
bool pg_alter_typed_tables(struct pg_ddl *ddl, const struct sql_relation *relation,
                           pg_alter_command *run, const struct ast_alter_table_command *command);
/* Fails with 42P16 when the column is in the key by which the table or a partition of it is partitioned;
 * verb: what cannot be done. */
bool pg_alter_refuse_partition_key(struct pg_ddl *ddl, const struct sql_relation *relation,
                                   const struct sql_column *column, const char *verb);
/* Under ONLY: the partitions' columns must be NOT NULL already. */
bool pg_alter_check_not_null(struct pg_ddl *ddl, const struct sql_relation *relation,
                             const struct sql_column *column);
/* Fails with 0A000 when a stored column has the relation's row type. */
bool pg_alter_refuse_row_users(struct pg_ddl *ddl, const struct sql_relation *relation);
/* Fails with 0A000 when a stored column has values of the type, or of one made of it; name_of: the type
 * that the message names. */
bool pg_alter_refuse_type_users(struct pg_ddl *ddl, uint32_t type, uint32_t name_of);
/* May values of the type have rows of that type inside, or be one? */
bool pg_type_has_rows_of(struct pg_ddl *ddl, uint32_t type, uint32_t row_type);
/* Fails with 42P16 when a value of the type would have the relation's rows inside. */
bool pg_alter_refuse_own_member(struct pg_ddl *ddl, const struct sql_relation *relation,
                                uint32_t type);

/* ---- INHERIT, NO INHERIT, OF, NOT OF */
pg_alter_command pg_alter_inherit, pg_alter_no_inherit, pg_alter_of, pg_alter_not_of;
/* Fails with 42P07 when the parent-to-be is a child of the child-to-be already. */
bool pg_alter_refuse_circle(struct pg_ddl *ddl, const struct sql_relation *child,
                            const struct sql_relation *parent);
/* Is the relation of the kind that ALTER names (TABLE: any)? Fails with 42809. */
bool pg_alter_check_kind(struct pg_ddl *ddl, const struct sql_relation *relation,
                         enum ast_object_type type);
/* Does the command go with relations of that kind? Fails with 42809. */
bool pg_alter_allowed(struct pg_ddl *ddl, enum ast_alter_table_type type,
                      const struct sql_relation *relation);

/* ---- ATTACH, DETACH PARTITION; of an index, too */
pg_alter_command pg_alter_attach, pg_alter_detach;

#endif
