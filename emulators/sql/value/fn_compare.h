/* Comparison operators, three-way comparisons, and the larger and smaller of two.
 *
 * Two families: one for types whose datum is an integer, of any width, and one that asks the
 * compare operation of call->arg_types[0]. The latter serves any type that has one; its functions
 * are here for the tables of other files. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_FN_COMPARE_H
#define PARLEL_EMULATORS_SQL_VALUE_FN_COMPARE_H

#include "emulators/sql/value/type.h"

bool sql_call_eq(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_ne(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_lt(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_le(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_gt(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_ge(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_cmp(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_larger(struct sql_call *call, const struct datum *args, struct datum *out);
bool sql_call_smaller(struct sql_call *call, const struct datum *args, struct datum *out);

extern const struct sql_builtin sql_compare_builtins[];

#endif
