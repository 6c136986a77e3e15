/* LOCK TABLE, ALTER SYSTEM. */
#ifndef PARLEL_EMULATORS_POSTGRES_MAINTENANCE_H
#define PARLEL_EMULATORS_POSTGRES_MAINTENANCE_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_lock, pg_run_alter_system;

#endif
