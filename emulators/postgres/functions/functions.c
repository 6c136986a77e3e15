#include "emulators/postgres/functions/functions.h"

#include <stdarg.h>
#include <stdio.h>

#include "emulators/postgres/catalog/definition.h"
#include "emulators/postgres/catalog/reg_types.h"
#include "emulators/sql/exec/ordered_set.h"

/* One row a file of functions. */
/* clang-format off */
const struct sql_builtin *const pg_function_families[] = {
    pg_activity_functions,
    pg_catalog_functions,
    pg_concat_functions,
    pg_convert_functions,
    pg_definition_functions,
    pg_info_functions,
    pg_lock_functions,
    pg_sequence_functions,
    pg_reg_functions,
    pg_session_functions,
    pg_setting_functions,
    pg_size_functions,
    pg_time_functions,
    pg_transaction_functions,
    pg_zone_functions,
    sql_ordered_set_builtins,
    NULL,
};
/* clang-format on */

void pg_call_warn(struct sql_call *call, const char *sqlstate, const char *format, ...)
{
    char text[256];
    struct sql_error notice;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    sql_error_begin(&notice, call->env->arena);
    sql_fail(&notice, sqlstate, "%s", text);
    notice.severity = SQL_WARNING;
    call->env->session->owner->notice(call->env->session, &notice);
}
