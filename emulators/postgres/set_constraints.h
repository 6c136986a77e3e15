/* SET CONSTRAINTS: when deferrable constraints are checked in this transaction. */
#ifndef PARLEL_EMULATORS_POSTGRES_SET_CONSTRAINTS_H
#define PARLEL_EMULATORS_POSTGRES_SET_CONSTRAINTS_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_set_constraints;

#endif
