/* Numbers of bytes as people read them: "10 kB", "1.5 GB" and back. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FN_SIZE_H
#define PARLEL_EMULATORS_SQL_VALUE_FN_SIZE_H

#include "emulators/sql/value/type.h"

extern const struct sql_builtin sql_size_builtins[];

#endif
