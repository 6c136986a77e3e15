/* VACUUM, ANALYZE, CLUSTER, REINDEX, LOCK TABLE: checked like the real server's; but for locks there is
 * nothing to be done, since nothing bloats here. */
#ifndef PARLEL_EMULATORS_POSTGRES_MAINTENANCE_H
#define PARLEL_EMULATORS_POSTGRES_MAINTENANCE_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_vacuum, pg_run_cluster, pg_run_reindex, pg_run_lock, pg_run_alter_system;

#endif
