/* What the program has for each extension: functions by symbol, operations of types by name. code.c
 * lists them; the files end with these tables. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENSION_FUNCTIONS_H
#define PARLEL_EMULATORS_POSTGRES_EXTENSION_FUNCTIONS_H

#include "emulators/postgres/extension/extension.h"
#include "emulators/sql/value/builtins.h"
#include "emulators/sql/value/call.h"

extern const struct sql_builtin pg_citext_functions[];
extern const struct sql_builtin pg_uuid_ossp_functions[];

extern const struct pg_extension_type pg_citext_types[];

#endif
