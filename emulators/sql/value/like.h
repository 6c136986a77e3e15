/* LIKE: % is any text, _ any character, \ takes the next character as it is. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_LIKE_H
#define PARLEL_EMULATORS_SQL_VALUE_LIKE_H

#include "emulators/sql/value/type.h"

enum sql_like_how {
    SQL_LIKE_TEXT, /* characters are UTF-8 */
    SQL_LIKE_NOCASE,
    SQL_LIKE_BYTES, /* characters are bytes */
};

/* Costs no more than text.len * pattern.len. 22025 for a pattern that ends with a backslash. */
bool sql_like(struct sql_call *call, struct slice text, struct slice pattern, enum sql_like_how how,
              bool *out);

extern const struct sql_builtin sql_like_builtins[];

#endif
