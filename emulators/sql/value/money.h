/* Money: a number of cents, the datum's i. Shown as the C locale does: -$1,234.50. */
#ifndef PARLEL_EMULATORS_SQL_VALUE_MONEY_H
#define PARLEL_EMULATORS_SQL_VALUE_MONEY_H

#include "emulators/sql/value/type.h"

extern const struct sql_type_ops sql_money_ops;
extern const struct sql_builtin sql_money_builtins[];

#endif
