/* Identifiers and literals as statements write them. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_QUOTE_H
#define PARLEL_EMULATORS_SQL_VALUE_QUOTE_H

#include "emulators/sql/value/type.h"

/* Appends the name, in double quotes when it would be read as something else without. */
void sql_quote_identifier(struct sql_env *env, struct sql_bytes *out, struct slice name);
/* Appends 'text', or E'text' when there is a backslash in it. */
void sql_quote_literal(struct sql_bytes *out, struct slice text);

#endif
