/* Every function that the core has, by symbol. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_BUILTINS_H
#define PARLEL_EMULATORS_SQL_VALUE_BUILTINS_H

#include "emulators/sql/value/type.h"

/* The function with that symbol, NULL: there is none (the dialect refuses the call then). */
sql_function *sql_builtin_find(struct slice symbol);

/* Input, output and send functions of all types, as functions. */
extern const struct sql_builtin sql_type_io_builtins[];

#endif
