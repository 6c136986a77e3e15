/* From a function's source to its tree.
 *
 * Errors are those of PostgreSQL's PL/pgSQL parser: 42601 "syntax error at or near", with the
 * position in the body as internal position and the body as internal query where the real server
 * shows it so. */
#ifndef PARLEL_EMULATORS_POSTGRES_PLPGSQL_COMPILE_H
#define PARLEL_EMULATORS_POSTGRES_PLPGSQL_COMPILE_H

#include "emulators/postgres/plpgsql/tree.h"

/* What is compiled: a function, or the body of DO (routine NULL). */
struct pl_source {
    const struct sql_routine *routine;
    struct slice text;
    bool trigger, event_trigger;
    bool checks; /* of CREATE FUNCTION: the extra checks of declarations are made */
    /* Of this call: polymorphic types are resolved. NULL: as declared. */
    const struct sql_type *const *arg_types;
    uint32_t result_type;
    uint32_t collation; /* what the arguments have; 0: none */
};

/* NULL: the error is filled. The caller destroys it. */
struct pl_function *pl_compile(struct sql_env *env, const struct pl_source *source);
void pl_function_destroy(struct pl_function *function);

/* Variables of trigger functions from function->trigger_first on, in this order. */
enum pl_trigger_variable {
    PL_TG_NAME,
    PL_TG_WHEN,
    PL_TG_LEVEL,
    PL_TG_OP,
    PL_TG_RELID,
    PL_TG_RELNAME,
    PL_TG_TABLE_NAME,
    PL_TG_TABLE_SCHEMA,
    PL_TG_NARGS,
    PL_TG_ARGV,
    PL_TRIGGER_VARIABLES
};

/* The variable that names mean in a scope, NULL: none. *used: how many names were its own, label
 * included; the next one is a field. */
struct pl_variable *pl_scope_find(const struct pl_function *function, const struct pl_scope *scope,
                                  uint32_t visible, const struct slice *names, unsigned count,
                                  unsigned *used);

/* Items of GET DIAGNOSTICS by number. */
enum pl_diagnostic_item {
    PL_ROW_COUNT,
    PL_CONTEXT,
    PL_ERROR_CONTEXT,
    PL_ERROR_DETAIL,
    PL_ERROR_HINT,
    PL_RETURNED_SQLSTATE,
    PL_COLUMN_NAME,
    PL_CONSTRAINT_NAME,
    PL_DATATYPE_NAME,
    PL_MESSAGE_TEXT,
    PL_TABLE_NAME,
    PL_SCHEMA_NAME,
    PL_ROUTINE_OID,
    PL_DIAGNOSTIC_ITEMS
};

/* SQLSTATE of a condition's name ("division_by_zero"); NULL: there is none. */
const char *pl_condition_sqlstate(struct slice name);

#endif
