/* Views of what the server counts and of what it does beside statements: pg_stat_*, pg_statio_*,
 * pg_stats. Counters stand still, as with track_counts off; replication, archiving and
 * maintenance in the background do not happen. */
#include "emulators/postgres/catalog/system_views.h"

#define SYSTEM "pg_catalog"

#define USER_SCHEMAS                                                \
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')" \
    " AND schemaname !~ '^pg_toast'"
#define SYSTEM_SCHEMAS                                          \
    " WHERE schemaname IN ('pg_catalog', 'information_schema')" \
    " OR schemaname ~ '^pg_toast'"

/* clang-format off */
const struct pg_view_text pg_statistics_views[] = {
    {SYSTEM, "pg_stat_all_tables",
     "SELECT c.oid, n.nspname, c.relname, 0, 0, CASE WHEN c.relhasindex THEN 0 END,"
     " CASE WHEN c.relhasindex THEN 0 END, 0, 0, 0, 0, greatest(c.reltuples, 0)::bigint,"
     " 0, 0, 0, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz, NULL::timestamptz,"
     " 0, 0, 0, 0"
     " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind IN ('r', 't', 'm', 'p')"},
    {SYSTEM, "pg_stat_user_tables", "SELECT * FROM pg_catalog.pg_stat_all_tables" USER_SCHEMAS},
    {SYSTEM, "pg_stat_sys_tables", "SELECT * FROM pg_catalog.pg_stat_all_tables" SYSTEM_SCHEMAS},
    {SYSTEM, "pg_stat_xact_all_tables",
     "SELECT c.oid, n.nspname, c.relname, 0, 0, CASE WHEN c.relhasindex THEN 0 END,"
     " CASE WHEN c.relhasindex THEN 0 END, 0, 0, 0, 0"
     " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind IN ('r', 't', 'm', 'p')"},
    {SYSTEM, "pg_stat_xact_user_tables",
     "SELECT * FROM pg_catalog.pg_stat_xact_all_tables" USER_SCHEMAS},
    {SYSTEM, "pg_stat_xact_sys_tables",
     "SELECT * FROM pg_catalog.pg_stat_xact_all_tables" SYSTEM_SCHEMAS},
    {SYSTEM, "pg_stat_all_indexes",
     "SELECT c.oid, i.oid, n.nspname, c.relname, i.relname, 0, 0, 0"
     " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indrelid"
     " JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
     " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind IN ('r', 't', 'm')"},
    {SYSTEM, "pg_stat_user_indexes", "SELECT * FROM pg_catalog.pg_stat_all_indexes" USER_SCHEMAS},
    {SYSTEM, "pg_stat_sys_indexes", "SELECT * FROM pg_catalog.pg_stat_all_indexes" SYSTEM_SCHEMAS},
    {SYSTEM, "pg_statio_all_tables",
     "SELECT c.oid, n.nspname, c.relname, 0, 0, CASE WHEN c.relhasindex THEN 0 END,"
     " CASE WHEN c.relhasindex THEN 0 END, NULL, NULL, NULL, NULL"
     " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind IN ('r', 't', 'm')"},
    {SYSTEM, "pg_statio_user_tables", "SELECT * FROM pg_catalog.pg_statio_all_tables" USER_SCHEMAS},
    {SYSTEM, "pg_statio_sys_tables",
     "SELECT * FROM pg_catalog.pg_statio_all_tables" SYSTEM_SCHEMAS},
    {SYSTEM, "pg_statio_all_indexes",
     "SELECT relid, indexrelid, schemaname, relname, indexrelname, 0, 0"
     " FROM pg_catalog.pg_stat_all_indexes"},
    {SYSTEM, "pg_statio_user_indexes",
     "SELECT * FROM pg_catalog.pg_statio_all_indexes" USER_SCHEMAS},
    {SYSTEM, "pg_statio_sys_indexes",
     "SELECT * FROM pg_catalog.pg_statio_all_indexes" SYSTEM_SCHEMAS},
    {SYSTEM, "pg_statio_all_sequences",
     "SELECT c.oid, n.nspname, c.relname, 0, 0 FROM pg_catalog.pg_class c"
     " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S'"},
    {SYSTEM, "pg_statio_user_sequences",
     "SELECT * FROM pg_catalog.pg_statio_all_sequences" USER_SCHEMAS},
    {SYSTEM, "pg_statio_sys_sequences",
     "SELECT * FROM pg_catalog.pg_statio_all_sequences" SYSTEM_SCHEMAS},
    {SYSTEM, "pg_stat_database",
     "SELECT d.oid, d.datname, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a"
     " WHERE a.datid = d.oid), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, 0, 0, 0, 0, 0, 0,"
     " 0, 0, 0, NULL::timestamptz"
     " FROM (SELECT 0::oid, NULL::name UNION ALL SELECT oid, datname FROM pg_catalog.pg_database)"
     " d(oid, datname)"},
    {SYSTEM, "pg_stat_database_conflicts",
     "SELECT oid, datname, 0, 0, 0, 0, 0 FROM pg_catalog.pg_database"},
    {SYSTEM, "pg_stat_bgwriter",
     "SELECT 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, pg_catalog.pg_postmaster_start_time()"},
    {SYSTEM, "pg_stat_archiver",
     "SELECT 0, NULL, NULL, 0, NULL, NULL, pg_catalog.pg_postmaster_start_time()"},
    {SYSTEM, "pg_stat_wal", "SELECT 0, 0, 0, 0, 0, 0, 0, 0, pg_catalog.pg_postmaster_start_time()"},
    {SYSTEM, "pg_stat_ssl",
     "SELECT pid, false, NULL, NULL, NULL, NULL, NULL, NULL FROM pg_catalog.pg_stat_activity"
     " WHERE client_port IS NOT NULL"},
    {SYSTEM, "pg_stat_gssapi",
     "SELECT pid, false, NULL, false FROM pg_catalog.pg_stat_activity"
     " WHERE client_port IS NOT NULL"},
    {SYSTEM, "pg_stat_slru",
     "SELECT name, 0, 0, 0, 0, 0, 0, 0, pg_catalog.pg_postmaster_start_time()"
     " FROM (VALUES ('CommitTs'), ('MultiXactMember'), ('MultiXactOffset'), ('Notify'),"
     " ('Serial'), ('Subtrans'), ('Xact'), ('other')) s(name)"},
    {SYSTEM, "pg_stat_user_functions", NULL},
    {SYSTEM, "pg_stat_xact_user_functions", NULL},
    {SYSTEM, "pg_stat_replication", NULL},
    {SYSTEM, "pg_stat_replication_slots", NULL},
    {SYSTEM, "pg_stat_recovery_prefetch", NULL},
    {SYSTEM, "pg_stat_wal_receiver", NULL},
    {SYSTEM, "pg_stat_subscription", NULL},
    {SYSTEM, "pg_stat_subscription_stats", NULL},
    {SYSTEM, "pg_stat_progress_analyze", NULL},
    {SYSTEM, "pg_stat_progress_basebackup", NULL},
    {SYSTEM, "pg_stat_progress_cluster", NULL},
    {SYSTEM, "pg_stat_progress_copy", NULL},
    {SYSTEM, "pg_stat_progress_create_index", NULL},
    {SYSTEM, "pg_stat_progress_vacuum", NULL},
    {SYSTEM, "pg_stats", NULL},
    {SYSTEM, "pg_stats_ext", NULL},
    {SYSTEM, "pg_stats_ext_exprs", NULL},
    {SYSTEM, "pg_seclabels", NULL},
    {SYSTEM, "pg_replication_slots", NULL},
    {SYSTEM, "pg_replication_origin_status", NULL},
    {SYSTEM, "pg_file_settings", NULL},
    {SYSTEM, "pg_hba_file_rules", NULL},
    {SYSTEM, "pg_ident_file_mappings", NULL},
    {NULL, NULL, NULL},
};
