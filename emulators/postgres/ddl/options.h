/* Options of statements, and of relations, tablespaces, columns, which are kept as texts: name=value.
 *
 * Errors: false, env->error is filled. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_OPTIONS_H
#define PARLEL_EMULATORS_POSTGRES_DDL_OPTIONS_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/syntax/ast_expr.h"

/* ---- one option of a statement, as it is written */

struct slice pg_option_string(struct pg_ddl *ddl, const struct ast_option *option);
/* Without a value it is true; 42601 for what is no boolean. */
bool pg_option_flag(struct pg_ddl *ddl, const struct ast_option *option, bool *out);
/* 42601 for what is no integer. */
bool pg_option_integer(struct pg_ddl *ddl, const struct ast_option *option, int *out);

/* ---- options that are kept */

/* name=value texts of WITH (...). */
bool pg_options_text(struct pg_ddl *ddl, const struct ast_list *options, const struct slice **out,
                     uint16_t *out_count);
/* Are these ("name=value") options of that: an access method, an operator class, "heap" (tables),
 * "partitioned", "toast", "column", "tablespace"? 22023 otherwise. */
bool pg_options_check(struct pg_ddl *ddl, struct slice of, const struct slice *options,
                      uint16_t count);
/* The lock under which a relation gets these: readers and writers do not mind most of them. */
enum sql_lock_mode pg_options_lock(const struct ast_list *options);
/* The list with those of another one changed (reset: gone, and they must come without values). */
bool pg_options_merge(struct pg_ddl *ddl, const struct ast_list *list, bool reset,
                      const struct slice **options, uint16_t *option_count);
/* The same for those behind a class' name, as they are written. */
bool pg_index_check_class_options(struct pg_ddl *ddl, struct slice class,
                                  const struct ast_list *options);

#endif
