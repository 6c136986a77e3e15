/* Places of row versions (block, number in it): six bytes, big-endian. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_TID_H
#define PARLEL_EMULATORS_SQL_VALUE_TID_H

#include "emulators/sql/value/type.h"

/* From and to positions as storage/table.h has them; false: out of memory. */
bool sql_tid_make(struct arena *arena, uint64_t position, struct datum *out);
uint64_t sql_tid_position(struct datum tid); /* 0: there is no such position */

extern const struct sql_type_ops sql_tid_ops;
extern const struct sql_builtin sql_tid_builtins[];

#endif
