#include "emulators/postgres/catalog/system_views.h"

#include "emulators/postgres/syntax/parse.h"
#include "emulators/sql/analyze/analyze.h"
#include "emulators/sql/dialect.h"
#include "emulators/sql/session.h"
#include "emulators/sql/value/bytes.h"

#define SYSTEM "pg_catalog"
#define INFO   "information_schema"

/* Whether publication p names the relation, or its schema. */
#define PUBLISHED(relid)                                                                           \
    "(EXISTS (SELECT FROM pg_catalog.pg_publication_rel m WHERE m.prpubid = p.oid AND m.prrelid =" \
    " " relid ") OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace m JOIN"                \
    " pg_catalog.pg_class k ON k.relnamespace = m.pnnspid WHERE m.pnpubid = p.oid AND k.oid ="     \
    " " relid "))"

/* clang-format off */
static const struct pg_view_text views[] = {
    {SYSTEM, "pg_roles",
     "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,"
     " rolreplication, rolconnlimit, '********'::text, rolvaliduntil, rolbypassrls,"
     " NULL::text[], oid FROM pg_catalog.pg_authid"},
    {SYSTEM, "pg_user",
     "SELECT rolname, oid, rolcreatedb, rolsuper, rolreplication, rolbypassrls, '********'::text,"
     " rolvaliduntil, NULL::text[] FROM pg_catalog.pg_authid WHERE rolcanlogin"},
    {SYSTEM, "pg_tables",
     "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), s.spcname,"
     " c.relhasindex, c.relhasrules, c.relhastriggers, c.relrowsecurity"
     " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace"
     " WHERE c.relkind IN ('r', 'p')"},
    {SYSTEM, "pg_views",
     "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner),"
     " pg_catalog.pg_get_viewdef(c.oid)"
     " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind = 'v'"},
    {SYSTEM, "pg_matviews",
     "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), s.spcname,"
     " c.relhasindex, c.relispopulated, pg_catalog.pg_get_viewdef(c.oid)"
     " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace"
     " WHERE c.relkind = 'm'"},
    {SYSTEM, "pg_indexes",
     "SELECT n.nspname, t.relname, i.relname, s.spcname, pg_catalog.pg_get_indexdef(i.oid)"
     " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class t ON t.oid = x.indrelid"
     " JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
     " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
     " LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = i.reltablespace"
     " WHERE t.relkind IN ('r', 'm', 'p') AND i.relkind IN ('i', 'I')"},
    {SYSTEM, "pg_sequences",
     "SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), s.seqtypid::regtype,"
     " s.seqstart, s.seqmin, s.seqmax, s.seqincrement, s.seqcycle, s.seqcache,"
     " pg_catalog.pg_sequence_last_value(c.oid::regclass)"
     " FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
     " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"},
    /* A partitioned table goes out as itself or as its leaves; what a publication names counts for
     * the partitions below, the columns and rows it lists only for the table named. */
    {SYSTEM, "pg_publication_tables",
     "SELECT p.pubname, n.nspname, c.relname,"
     " (SELECT pg_catalog.array_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a"
     " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
     " AND (r.prattrs IS NULL OR a.attnum = ANY (r.prattrs))),"
     " pg_catalog.pg_get_expr(r.prqual, c.oid)"
     " FROM pg_catalog.pg_publication p CROSS JOIN pg_catalog.pg_class c"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid"
     " AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_namespace s"
     " WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace)"
     " WHERE c.relpersistence = 'p' AND c.oid >= 16384"
     " AND (c.relkind = 'r' OR c.relkind = 'p' AND p.pubviaroot)"
     " AND CASE WHEN p.puballtables THEN NOT (p.pubviaroot AND c.relispartition)"
     " WHEN p.pubviaroot THEN " PUBLISHED("c.oid")
     " AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) a(relid)"
     " WHERE a.relid <> c.oid AND " PUBLISHED("a.relid") ")"
     " ELSE " PUBLISHED("c.oid")
     " OR EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) a(relid)"
     " WHERE " PUBLISHED("a.relid") ") END"},
    {SYSTEM, "pg_rules",
     "SELECT n.nspname, c.relname, r.rulename, pg_catalog.pg_get_ruledef(r.oid)"
     " FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class"
     " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE r.rulename <> '_RETURN'"},
    {SYSTEM, "pg_policies",
     "SELECT n.nspname, c.relname, p.polname,"
     " CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,"
     " CASE WHEN p.polroles = '{0}' THEN '{public}'::name[]"
     " ELSE ARRAY(SELECT rolname FROM pg_catalog.pg_authid WHERE oid = ANY (p.polroles)"
     " ORDER BY rolname) END,"
     " CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'"
     " WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,"
     " pg_catalog.pg_get_expr(p.polqual, p.polrelid),"
     " pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)"
     " FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid"
     " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"},
    {SYSTEM, "pg_publication_tables",
     "SELECT p.pubname, n.nspname, c.relname, (SELECT pg_catalog.array_agg(a.attname ORDER BY a.attnum)"
     " FROM pg_catalog.pg_attribute a WHERE a.attrelid = g.relid AND a.attnum = ANY (g.attrs)),"
     " pg_catalog.pg_get_expr(g.qual, g.relid) FROM pg_catalog.pg_publication p"
     " CROSS JOIN LATERAL pg_catalog.pg_get_publication_tables(p.pubname) g"
     " JOIN pg_catalog.pg_class c ON c.oid = g.relid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"},
    {SYSTEM, "pg_shadow",
     "SELECT rolname, oid, rolcreatedb, rolsuper, rolreplication, rolbypassrls, rolpassword,"
     " rolvaliduntil, NULL::text[] FROM pg_catalog.pg_authid WHERE rolcanlogin"},
    {SYSTEM, "pg_group",
     "SELECT r.rolname, r.oid, ARRAY(SELECT m.member FROM pg_catalog.pg_auth_members m"
     " WHERE m.roleid = r.oid) FROM pg_catalog.pg_authid r WHERE NOT r.rolcanlogin"},
    {SYSTEM, "pg_user_mappings",
     "SELECT u.oid, s.oid, s.srvname, u.umuser, CASE WHEN u.umuser = 0 THEN 'public'"
     " ELSE pg_catalog.pg_get_userbyid(u.umuser) END, u.umoptions"
     " FROM pg_catalog.pg_user_mapping u JOIN pg_catalog.pg_foreign_server s"
     " ON s.oid = u.umserver"},
    {SYSTEM, "pg_settings", "SELECT * FROM pg_catalog.pg_show_all_settings() s"},
    {SYSTEM, "pg_prepared_statements", "SELECT * FROM pg_catalog.pg_prepared_statement() s"},
    {SYSTEM, "pg_prepared_xacts",
     "SELECT p.transaction, p.gid, p.prepared, u.rolname, d.datname"
     " FROM pg_catalog.pg_prepared_xact() p LEFT JOIN pg_catalog.pg_authid u ON p.ownerid = u.oid"
     " LEFT JOIN pg_catalog.pg_database d ON p.dbid = d.oid"},
    {SYSTEM, "pg_locks", "SELECT * FROM pg_catalog.pg_lock_status() l"},
    {SYSTEM, "pg_cursors", "SELECT * FROM pg_catalog.pg_cursor() s"},
    {SYSTEM, "pg_available_extensions",
     "SELECT e.name, e.default_version, x.extversion, e.comment"
     " FROM pg_catalog.pg_available_extensions() e"
     " LEFT JOIN pg_catalog.pg_extension x ON e.name = x.extname"},
    {SYSTEM, "pg_available_extension_versions",
     "SELECT e.name, e.version, x.extname IS NOT NULL, e.superuser, e.trusted, e.relocatable,"
     " e.schema, e.requires, e.comment FROM pg_catalog.pg_available_extension_versions() e"
     " LEFT JOIN pg_catalog.pg_extension x ON e.name = x.extname AND e.version = x.extversion"},
    {SYSTEM, "pg_stat_activity",
     "SELECT s.datid, d.datname, s.pid, s.leader_pid, s.usesysid, u.rolname, s.application_name,"
     " s.client_addr, s.client_hostname, s.client_port, s.backend_start, s.xact_start,"
     " s.query_start, s.state_change, s.wait_event_type, s.wait_event, s.state, s.backend_xid,"
     " s.backend_xmin, s.query_id, s.query, s.backend_type"
     " FROM pg_catalog.pg_stat_get_activity(NULL) s"
     " LEFT JOIN pg_catalog.pg_database d ON s.datid = d.oid"
     " LEFT JOIN pg_catalog.pg_authid u ON s.usesysid = u.oid"},
    {INFO, "schemata",
     "SELECT pg_catalog.current_database(), nspname, pg_catalog.pg_get_userbyid(nspowner),"
     " NULL::name, NULL::name, NULL::name, NULL::text FROM pg_catalog.pg_namespace"},
    {INFO, "tables",
     "SELECT pg_catalog.current_database(), n.nspname, c.relname,"
     " CASE WHEN n.nspname LIKE 'pg\\_temp\\_%' THEN 'LOCAL TEMPORARY'"
     " WHEN c.relkind IN ('r', 'p') THEN 'BASE TABLE' WHEN c.relkind = 'v' THEN 'VIEW'"
     " WHEN c.relkind = 'f' THEN 'FOREIGN' END, NULL::name, NULL::text, NULL::name, NULL::name,"
     " NULL::name, CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8"
     " THEN 'YES' ELSE 'NO' END,"
     " CASE WHEN c.reloftype <> 0 THEN 'YES' ELSE 'NO' END, NULL::text"
     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind IN ('r', 'v', 'f', 'p')"
     " AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid,"
     " 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
     " OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))"},
    {INFO, "views",
     "SELECT pg_catalog.current_database(), n.nspname, c.relname,"
     " CASE WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN pg_catalog.pg_get_viewdef(c.oid)"
     " END, CASE WHEN 'check_option=cascaded' = ANY (c.reloptions) THEN 'CASCADED'"
     " WHEN 'check_option=local' = ANY (c.reloptions) THEN 'LOCAL' ELSE 'NONE' END,"
     " CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 20 = 20 THEN 'YES'"
     " ELSE 'NO' END, CASE WHEN pg_catalog.pg_relation_is_updatable(c.oid, false) & 8 = 8"
     " THEN 'YES' ELSE 'NO' END, CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t"
     " WHERE t.tgrelid = c.oid AND t.tgtype & 81 = 81) THEN 'YES' ELSE 'NO' END,"
     " CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t"
     " WHERE t.tgrelid = c.oid AND t.tgtype & 73 = 73) THEN 'YES' ELSE 'NO' END,"
     " CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t"
     " WHERE t.tgrelid = c.oid AND t.tgtype & 69 = 69) THEN 'YES' ELSE 'NO' END"
     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE c.relkind = 'v'"
     " AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid,"
     " 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
     " OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))"},
    {INFO, "table_constraints",
     "SELECT pg_catalog.current_database(), s.nspname, k.conname, pg_catalog.current_database(),"
     " n.nspname, c.relname, CASE k.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY'"
     " WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,"
     " CASE WHEN k.condeferrable THEN 'YES' ELSE 'NO' END,"
     " CASE WHEN k.condeferred THEN 'YES' ELSE 'NO' END, 'YES',"
     " CASE WHEN k.contype = 'u' THEN 'YES' END"
     " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_namespace s ON s.oid = k.connamespace"
     " WHERE k.contype IN ('c', 'f', 'p', 'u') AND c.relkind IN ('r', 'p')"},
    {INFO, "key_column_usage",
     "SELECT pg_catalog.current_database(), s.nspname, k.conname, pg_catalog.current_database(),"
     " n.nspname, c.relname, a.attname, p.place,"
     " CASE WHEN k.contype = 'f' THEN p.place END"
     " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_namespace s ON s.oid = k.connamespace,"
     " LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY p(number, place),"
     " pg_catalog.pg_attribute a"
     " WHERE a.attrelid = c.oid AND a.attnum = p.number AND k.contype IN ('p', 'u', 'f')"
     " AND c.relkind IN ('r', 'p')"},
    {INFO, "constraint_column_usage",
     "SELECT pg_catalog.current_database(), n.nspname, c.relname, a.attname,"
     " pg_catalog.current_database(), s.nspname, k.conname"
     " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c"
     " ON c.oid = CASE WHEN k.contype = 'f' THEN k.confrelid ELSE k.conrelid END"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_namespace s ON s.oid = k.connamespace"
     " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
     " AND a.attnum = ANY (CASE WHEN k.contype = 'f' THEN k.confkey ELSE k.conkey END)"
     " WHERE k.contype IN ('c', 'p', 'u', 'f') AND c.relkind IN ('r', 'p')"},
    {INFO, "referential_constraints",
     "SELECT pg_catalog.current_database(), s.nspname, k.conname,"
     " CASE WHEN u.conname IS NULL THEN NULL ELSE pg_catalog.current_database() END, us.nspname,"
     " u.conname, CASE k.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL'"
     " WHEN 's' THEN 'NONE' END,"
     " CASE k.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'"
     " WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END,"
     " CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'"
     " WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END"
     " FROM pg_catalog.pg_constraint k"
     " JOIN pg_catalog.pg_namespace s ON s.oid = k.connamespace"
     " LEFT JOIN pg_catalog.pg_constraint u ON u.conindid = k.conindid"
     " AND u.conrelid = k.confrelid AND u.contype IN ('p', 'u')"
     " LEFT JOIN pg_catalog.pg_namespace us ON us.oid = u.connamespace"
     " WHERE k.contype = 'f'"},
    {INFO, "sequences",
     "SELECT pg_catalog.current_database(), n.nspname, c.relname,"
     " pg_catalog.format_type(s.seqtypid, NULL),"
     " CASE s.seqtypid WHEN 21 THEN 16 WHEN 23 THEN 32 ELSE 64 END, 2, 0, s.seqstart::text,"
     " s.seqmin::text, s.seqmax::text, s.seqincrement::text,"
     " CASE WHEN s.seqcycle THEN 'YES' ELSE 'NO' END"
     " FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 1259"
     " AND d.objid = c.oid AND d.deptype = 'i' AND d.refobjsubid > 0)"},
    {INFO, "columns",
     "SELECT pg_catalog.current_database(), n.nspname, c.relname, a.attname, a.attnum,"
     " CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,"
     " CASE WHEN a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) THEN 'NO' ELSE 'YES' END,"
     " CASE WHEN b.typelem <> 0 AND b.typlen = -1 THEN 'ARRAY'"
     " WHEN b.typnamespace = 11 THEN pg_catalog.format_type(b.oid, NULL) ELSE 'USER-DEFINED' END,"
     " CASE WHEN b.oid IN (1042, 1043) AND m.mod >= 0 THEN m.mod - 4"
     " WHEN b.oid IN (1560, 1562) AND m.mod >= 0 THEN m.mod END,"
     " CASE WHEN b.oid IN (1042, 1043) AND m.mod >= 0 THEN (m.mod - 4) * 4"
     " WHEN b.oid IN (25, 1042, 1043) THEN 1073741824 END,"
     " CASE b.oid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701 THEN 53"
     " WHEN 1700 THEN CASE WHEN m.mod >= 0 THEN ((m.mod - 4) >> 16) & 65535 END END,"
     " CASE WHEN b.oid IN (21, 23, 20, 700, 701) THEN 2 WHEN b.oid = 1700 THEN 10 END,"
     " CASE WHEN b.oid IN (21, 23, 20) THEN 0"
     " WHEN b.oid = 1700 AND m.mod >= 0 THEN (m.mod - 4) & 2047 END,"
     " CASE WHEN b.oid = 1082 THEN 0 WHEN b.oid IN (1083, 1114, 1184, 1266)"
     " THEN CASE WHEN m.mod < 0 THEN 6 ELSE m.mod END"
     " WHEN b.oid = 1186 THEN CASE WHEN m.mod < 0 OR (m.mod & 65535) = 65535 THEN 6"
     " ELSE m.mod & 65535 END END, NULL::text, NULL::int,"
     " NULL::name, NULL::name, NULL::name,"
     " CASE WHEN l.collname <> 'default' THEN pg_catalog.current_database() END,"
     " CASE WHEN l.collname <> 'default' THEN ln.nspname END,"
     " CASE WHEN l.collname <> 'default' THEN l.collname END,"
     " CASE WHEN t.typtype = 'd' THEN pg_catalog.current_database() END,"
     " CASE WHEN t.typtype = 'd' THEN tn.nspname END, CASE WHEN t.typtype = 'd' THEN t.typname END,"
     " pg_catalog.current_database(), bn.nspname, b.typname, NULL::name, NULL::name, NULL::name,"
     " NULL::int, a.attnum::text, 'NO',"
     " CASE WHEN a.attidentity IN ('a', 'd') THEN 'YES' ELSE 'NO' END,"
     " CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END,"
     " q.seqstart::text, q.seqincrement::text, q.seqmax::text, q.seqmin::text,"
     " CASE WHEN q.seqcycle THEN 'YES' ELSE 'NO' END,"
     " CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END,"
     " CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,"
     " CASE WHEN c.relkind IN ('r', 'p')"
     " OR pg_catalog.pg_column_is_updatable(c.oid, a.attnum, false) THEN 'YES' ELSE 'NO' END"
     " FROM pg_catalog.pg_attribute a"
     " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
     " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace"
     " JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype"
     " ELSE t.oid END"
     " JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace"
     " CROSS JOIN LATERAL (SELECT CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END)"
     " m(mod)"
     " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
     " LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"
     " LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace"
     " LEFT JOIN pg_catalog.pg_depend p ON p.refclassid = 1259 AND p.refobjid = c.oid"
     " AND p.refobjsubid = a.attnum AND p.classid = 1259 AND p.deptype = 'i'"
     " LEFT JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.objid"
     " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')"
     " AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_column_privilege(c.oid,"
     " a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))"},
    {NULL, NULL, NULL},
};
/* clang-format on */

static const struct pg_view_text *find_in(const struct pg_view_text *list, struct slice schema,
                                          struct slice name)
{
    for (; list->name; list++)
        if (slice_eq_str(name, list->name) && slice_eq_str(schema, list->schema))
            return list;
    return NULL;
}

static const struct pg_view_text *find_text(struct sql_session *session,
                                            const struct sql_relation *view)
{
    static const struct pg_view_text *const lists[] = {views, pg_statistics_views,
                                                       pg_information_views};
    const struct sql_schema *schema = sql_find_schema_id(session, view->object.schema);
    const struct pg_view_text *found = NULL;
    for (size_t i = 0; schema && !found && i < sizeof lists / sizeof *lists; i++)
        found = find_in(lists[i], schema->object.name, view->object.name);
    return found;
}

/* A NULL for each column, and no row. */
static struct slice empty_query(struct sql_env *env, const struct sql_relation *view)
{
    struct sql_bytes text;
    sql_bytes_init(&text, env->arena);
    for (uint16_t i = 0; i < view->column_count; i++)
        sql_bytes_add_str(&text, i ? ", NULL" : "SELECT NULL");
    sql_bytes_add_str(&text, " WHERE false");
    return sql_bytes_slice(&text);
}

static bool is_null(const struct sql_expr *expr)
{
    const struct sql_expr *value = expr->kind == SQL_EXPR_RELABEL
                                       ? ((const struct sql_expr_convert *)(const void *)expr)->arg
                                       : expr;
    return value->kind == SQL_EXPR_CONST &&
           ((const struct sql_expr_const *)(const void *)value)->value.null;
}

/* The targets under the names and types that the view's columns have. */
static bool fit_targets(struct sql_env *env, const struct sql_relation *view,
                        struct sql_query *query)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < query->target_count && at < view->column_count; i++) {
        struct sql_target *target = &query->targets[i];
        const struct sql_column *column = &view->columns[at];
        if (target->hidden)
            continue;
        target->name = column->name;
        if (is_null(target->expr))
            target->expr->type = column->type;
        if (target->expr->type != column->type &&
            !sql_coerce_assign(env, &target->expr, column->type, column->typmod, SQL_ASSIGN_VALUE,
                               column->name))
            return false;
        at++;
    }
    return true;
}

/* A system relation that is changed is read like a view of itself. */
static struct slice relation_query(struct sql_env *env, const struct sql_relation *relation)
{
    return arena_printf(env->arena, "SELECT * FROM pg_catalog." SLICE_FMT,
                        SLICE_ARG(relation->object.name));
}

bool pg_system_view_query(struct sql_env *env, const struct sql_relation *view,
                          const struct sql_query **out)
{
    const struct pg_view_text *text = find_text(env->session, view);
    struct ast_list statements;
    struct sql_params params = {0};
    struct sql_query *query;
    *out = NULL;
    if (!text && view->kind == SQL_RELATION_VIEW)
        return true;
    struct slice source = !text         ? relation_query(env, view)
                          : text->query ? slice_str(text->query)
                                        : empty_query(env, view);
    if (!pg_parse(env->arena, source, &pg_parse_options_default, &statements, env->error))
        return false;
    const struct ast_node *statement = AST_AS(raw_statement, statements.items[0])->statement;
    if (!sql_analyze(env, statement, &params, NULL, &query) || !fit_targets(env, view, query))
        return false;
    *out = query;
    return true;
}
