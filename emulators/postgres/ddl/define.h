/* CREATE AGGREGATE, OPERATOR, COLLATION, TYPE: objects defined by a list of options. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_DEFINE_H
#define PARLEL_EMULATORS_POSTGRES_DDL_DEFINE_H

#include "emulators/postgres/ddl/name.h"

/* The option of that name, NULL: it is not there. */
const struct ast_option *pg_define_option(const struct ast_define *ast, const char *name);
/* Its value as text, as a type, as a flag (option NULL: false). */
struct slice pg_define_text(struct pg_ddl *ddl, const struct ast_option *option);
bool pg_define_type(struct pg_ddl *ddl, const struct ast_option *option, uint32_t *out);
bool pg_define_flag(struct pg_ddl *ddl, const struct ast_option *option);
/* The function that the option names, for arguments of these types; fails with 42883. */
bool pg_define_routine(struct pg_ddl *ddl, const struct ast_option *option, const uint32_t *types,
                       uint32_t count, const struct sql_routine **out);

bool pg_create_aggregate(struct pg_ddl *ddl, const struct ast_define *ast);
/* A type by its functions, or with ast->shell its name alone. */
bool pg_create_base_type(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_collation(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_operator(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_ts_configuration(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_ts_dictionary(struct pg_ddl *ddl, const struct ast_define *ast);

#endif
