/* The handlers of ddl.c's table, by what they define. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_HANDLERS_H
#define PARLEL_EMULATORS_POSTGRES_DDL_HANDLERS_H

#include "emulators/postgres/ddl/ddl.h"

pg_ddl_handler pg_create_table, pg_create_index, pg_create_sequence, pg_alter_sequence,
    pg_create_schema, pg_drop, pg_create_view, pg_create_table_as, pg_refresh_view;
pg_ddl_handler pg_create_database, pg_drop_database, pg_truncate;

#endif
