/* Ids of transactions (xid, 32 bits; xid8, 64 bits) and of commands (cid): by value in datum.u. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_XID_H
#define PARLEL_EMULATORS_SQL_VALUE_XID_H

#include "emulators/sql/value/type.h"

extern const struct sql_type_ops sql_xid_ops; /* of cid, too */
extern const struct sql_type_ops sql_xid8_ops;

extern const struct sql_builtin sql_xid_builtins[];

#endif
