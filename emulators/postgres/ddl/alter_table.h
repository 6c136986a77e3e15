/* The commands of ALTER TABLE that change columns. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_ALTER_TABLE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_ALTER_TABLE_H

#include "emulators/postgres/ddl/name.h"

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

#endif
