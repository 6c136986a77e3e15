/* Functions and procedures that are being defined: parameters and attributes, as CREATE and ALTER write
 * them. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_ROUTINE_DEF_H
#define PARLEL_EMULATORS_POSTGRES_DDL_ROUTINE_DEF_H

#include "emulators/postgres/ddl/name.h"
#include "emulators/postgres/ddl/options.h"

struct ast_create_function;

enum { PG_LANGUAGE_INTERNAL = 12, PG_LANGUAGE_C = 13, PG_LANGUAGE_SQL = 14 };

/* What is written between the name and the body. NULL: it is not. */
struct pg_routine_options {
    const struct ast_option *as, *language, *transform, *window;
    const struct ast_option *volatility, *strict, *security, *leakproof, *parallel;
    const struct ast_option *cost, *rows, *support;
    const struct ast_option **sets; /* SET and RESET, in order */
    uint32_t set_count;
};

/* Sorts the options; fails when one is there twice, or is none for a procedure. */
bool pg_routine_options_read(struct pg_ddl *ddl, const struct ast_list *list, bool procedure,
                             struct pg_routine_options *out);
/* Applies those that CREATE and ALTER share: all but as, language, transform, window. */
bool pg_routine_options_apply(struct pg_ddl *ddl, const struct pg_routine_options *options,
                              struct sql_routine *routine);

/* Fills the routine's arguments, and *out_result: what OUT parameters make of the result, 0: there are
 * none. defaults are analysed and coerced. */
bool pg_routine_parameters(struct pg_ddl *ddl, const struct ast_list *parameters, const char *what,
                           struct sql_routine *routine, uint32_t *out_result);
/* Is it anyelement, anycompatible or one of their families? */
bool pg_routine_is_polymorphic(struct pg_ddl *ddl, uint32_t type);
/* Fails when no argument could say what a polymorphic type (the transition, the result: what) is, or
 * with 42P13 when none is internal as it is. */
bool pg_routine_check_type(struct pg_ddl *ddl, const struct sql_routine *routine, uint32_t type,
                           const char *sqlstate, const char *what);
/* The same of the result and of all OUT parameters: 42P13. */
bool pg_routine_check_result(struct pg_ddl *ddl, const struct sql_routine *routine);

/* The program's function of that symbol, NULL: none. */
sql_function *pg_routine_symbol(struct pg_ddl *ddl, struct slice symbol);
/* The routine of that name and input arguments in the schema, NULL: none. */
const struct sql_routine *pg_routine_find(struct pg_ddl *ddl, uint32_t schema, struct slice name,
                                          const uint32_t *types, uint32_t count);
/* Stores it, new or in the place of `old` (NULL: none), with what it depends on. */
bool pg_routine_store(struct pg_ddl *ddl, struct sql_routine *routine,
                      const struct sql_routine *old);
/* May `routine` take the place of `old`? */
bool pg_routine_check_replace(struct pg_ddl *ddl, const struct sql_routine *routine,
                              const struct sql_routine *old);

/* Shows the stored routine to its language; errors in the body point into the statement. */
bool pg_routine_check_body(struct pg_ddl *ddl, const struct pg_routine_options *options,
                           const struct sql_routine *routine);

#endif
