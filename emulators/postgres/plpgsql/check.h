/* What the settings plpgsql.* ask for: checks beyond those that are always made, and what STRICT tells.
 * They are no settings of the server's until somebody sets them. */
#ifndef PARLEL_EMULATORS_POSTGRES_PLPGSQL_CHECK_H
#define PARLEL_EMULATORS_POSTGRES_PLPGSQL_CHECK_H

#include "emulators/postgres/plpgsql/run.h"
#include "emulators/sql/session.h"

enum pl_check_level { PL_CHECK_OFF, PL_CHECK_WARNS, PL_CHECK_FAILS };

/* What extra_errors and extra_warnings want of a check ("too_many_rows"). */
enum pl_check_level pl_check_level(struct sql_env *env, const char *check);
/* The value of a setting, "print_strict_params"; ptr NULL: it was never set. Made in env->arena. */
struct slice pl_setting(struct sql_env *env, const char *name);
/* Fails with that error, or tells it as a warning. The caller has filled all of it but the severity. */
bool pl_check_tell(struct pl_frame *frame, struct sql_error *error, enum pl_check_level level);

/* INTO a list of variables, or a variable of a composite type: are there as many columns as places?
 * Fails with 42804 when the check is on. */
bool pl_check_columns(struct pl_frame *frame, uint32_t places, uint32_t columns);

/* "parameters: p1 = '2', $1 = NULL" as the detail of the error, where the function wants it.
 * query NULL: the arguments of EXECUTE ... USING, as pl_read_dynamic gave them. */
bool pl_strict_detail(struct pl_frame *frame, const struct pl_expr *query,
                      const struct pl_dynamic_text *dynamic);

#endif
