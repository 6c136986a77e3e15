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
/* Its value as a name; *out_schema.ptr NULL: none was written. */
bool pg_define_names(struct pg_ddl *ddl, const struct ast_option *option, struct slice *out_schema,
                     struct slice *out_name);
/* The function that the option names, of exactly these arguments; fails with 42883. */
bool pg_define_routine(struct pg_ddl *ddl, const struct ast_option *option, const uint32_t *types,
                       uint32_t count, const struct sql_routine **out);
/* Fails with 42501 when the current role may not call it. */
bool pg_define_may_execute(struct pg_ddl *ddl, const struct sql_routine *routine);
/* May a value of one type be handed over as one of the other without being changed? */
bool pg_define_stands_for(struct pg_ddl *ddl, uint32_t from, uint32_t to);

bool pg_create_aggregate(struct pg_ddl *ddl, const struct ast_define *ast);
/* A type by its functions, or with ast->shell its name alone. */
bool pg_create_base_type(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_collation(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_operator(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_ts_configuration(struct pg_ddl *ddl, const struct ast_define *ast);
bool pg_create_ts_dictionary(struct pg_ddl *ddl, const struct ast_define *ast);

#endif
