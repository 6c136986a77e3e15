/* regclass, regtype and the other types that name objects. */
#ifndef PARLEL_EMULATORS_POSTGRES_CATALOG_REG_TYPES_H
#define PARLEL_EMULATORS_POSTGRES_CATALOG_REG_TYPES_H

#include "emulators/sql/value/type.h"

/* The operations of all of them. */
extern const struct sql_type_ops pg_reg_ops;
extern const struct sql_builtin pg_reg_functions[];

/* The object that the text names, as a value of that type ("regclass"); *out_found: is there one? */
bool pg_reg_find(struct sql_call *call, const char *type, struct slice text, bool *out_found,
                 struct datum *out);

#endif
