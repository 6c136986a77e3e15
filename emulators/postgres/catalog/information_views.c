/* Views of information_schema about routines, types, constraints, triggers, grants and foreign data.
 * What an object may be seen by is its owner's roles, and who was granted something. */
#include "emulators/postgres/catalog/system_views.h"

#define INFO "information_schema"
#define DB   "pg_catalog.current_database()"

#define NULLS_3  "NULL, NULL, NULL"
#define NULLS_6  NULLS_3 ", " NULLS_3
#define NULLS_12 NULLS_6 ", " NULLS_6
#define NULLS_13 NULLS_12 ", NULL"

/* The standard's word for a type t in the schema named tn. */
#define TYPE_WORD(t, tn)                                                       \
    "CASE WHEN " t ".typelem <> 0 AND " t ".typlen = -1 THEN 'ARRAY' WHEN " tn \
    " = 'pg_catalog' THEN pg_catalog.format_type(" t ".oid, NULL) ELSE 'USER-DEFINED' END"

/* Lengths, character set, collation, precisions of a domain's (or attribute's) type b with the modifier
 * m, its collation c in the schema named cn. */
#define TYPE_DETAILS(b, m, c, cn)                                                                  \
    "CASE WHEN " b " IN (1042, 1043) AND " m " >= 0 THEN " m " - 4"                                \
    " WHEN " b " IN (1560, 1562) AND " m " >= 0 THEN " m " END,"                                   \
    " CASE WHEN " b " IN (1042, 1043) AND " m " >= 0 THEN (" m " - 4) * 4"                         \
    " WHEN " b " IN (25, 1042, 1043) THEN 1073741824 END, " NULLS_3 ","                            \
    " CASE WHEN " c " <> 'default' THEN " DB " END, CASE WHEN " c " <> 'default' THEN " cn " END," \
    " CASE WHEN " c " <> 'default' THEN " c " END,"                                                \
    " CASE " b " WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24 WHEN 701"        \
    " THEN 53 WHEN 1700 THEN CASE WHEN " m " >= 0 THEN ((" m " - 4) >> 16) & 65535 END END,"       \
    " CASE WHEN " b " IN (21, 23, 20, 700, 701) THEN 2 WHEN " b " = 1700 THEN 10 END,"             \
    " CASE WHEN " b " IN (21, 23, 20) THEN 0"                                                      \
    " WHEN " b " = 1700 AND " m " >= 0 THEN (" m " - 4) & 2047 END,"                               \
    " CASE WHEN " b " = 1082 THEN 0 WHEN " b " IN (1083, 1114, 1184, 1266)"                        \
    " THEN CASE WHEN " m " < 0 THEN 6 ELSE " m " END END, NULL, NULL"

#define YES_NO(condition) "CASE WHEN " condition " THEN 'YES' ELSE 'NO' END"
#define MINE(owner)       "pg_catalog.pg_has_role(" owner ", 'USAGE')"

/* The grants of the rows of a catalog: acl and owner are its columns, kind the letter of acldefault. */
#define GRANTS(acl, kind, owner)                                                               \
    " CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(" acl ", pg_catalog.acldefault('" kind \
    "', " owner "))) g LEFT JOIN pg_catalog.pg_authid ge ON ge.oid = g.grantee"                \
    " JOIN pg_catalog.pg_authid gr ON gr.oid = g.grantor"
#define GRANTEE "CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE ge.rolname END"
#define SEEN                                                       \
    "(pg_catalog.pg_has_role(g.grantor, 'USAGE') OR g.grantee = 0" \
    " OR pg_catalog.pg_has_role(g.grantee, 'USAGE'))"
#define GRANTABLE(owner)                                                                    \
    YES_NO("g.is_grantable OR (g.grantee <> 0 AND pg_catalog.pg_has_role(g.grantee, " owner \
           ", 'USAGE'))")

#define OF_ENABLED_ROLES                                                        \
    "WHERE grantor IN (SELECT role_name FROM information_schema.enabled_roles)" \
    " OR grantee IN (SELECT role_name FROM information_schema.enabled_roles)"

/* clang-format off */
const struct pg_view_text pg_information_views[] = {
    {INFO, "information_schema_catalog_name", "SELECT " DB},
    {INFO, "enabled_roles",
     "SELECT rolname FROM pg_catalog.pg_authid WHERE " MINE("oid")},
    {INFO, "applicable_roles",
     "SELECT m.rolname, r.rolname, " YES_NO("a.admin_option")
     " FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_authid m ON m.oid = a.member"
     " JOIN pg_catalog.pg_authid r ON r.oid = a.roleid WHERE " MINE("m.oid")},
    {INFO, "administrable_role_authorizations",
     "SELECT * FROM information_schema.applicable_roles WHERE is_grantable = 'YES'"},
    {INFO, "character_sets",
     "SELECT NULL, NULL, pg_catalog.getdatabaseencoding(), 'UCS', pg_catalog.getdatabaseencoding(),"
     " " DB ", 'pg_catalog', 'ucs_basic'"},
    {INFO, "collations",
     "SELECT " DB ", n.nspname, c.collname, 'NO PAD' FROM pg_catalog.pg_collation c"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.collencoding IN (-1, 6)"},
    {INFO, "collation_character_set_applicability",
     "SELECT " DB ", n.nspname, c.collname, NULL, NULL, pg_catalog.getdatabaseencoding()"
     " FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace"
     " WHERE c.collencoding IN (-1, 6)"},
    {INFO, "routines",
     "SELECT " DB ", n.nspname, p.proname || '_' || p.oid, " DB ", n.nspname, p.proname,"
     " CASE p.prokind WHEN 'f' THEN 'FUNCTION' WHEN 'p' THEN 'PROCEDURE' END, " NULLS_6 ","
     " CASE WHEN p.prokind <> 'p' THEN " TYPE_WORD("t", "tn.nspname") " END, " NULLS_13 ", NULL,"
     " CASE WHEN p.prokind <> 'p' THEN " DB " END, CASE WHEN p.prokind <> 'p' THEN tn.nspname END,"
     " CASE WHEN p.prokind <> 'p' THEN t.typname END, " NULLS_3 ", NULL,"
     " CASE WHEN p.prokind <> 'p' THEN '0' END,"
     " CASE WHEN l.lanname = 'sql' THEN 'SQL' ELSE 'EXTERNAL' END,"
     " CASE WHEN " MINE("p.proowner") " THEN p.prosrc END,"
     " CASE WHEN l.lanname = 'c' THEN p.prosrc END, pg_catalog.upper(l.lanname), 'GENERAL',"
     " " YES_NO("p.provolatile = 'i'") ", 'MODIFIES',"
     " CASE WHEN p.prokind <> 'p' THEN " YES_NO("p.proisstrict") " END, NULL, 'YES', 0, NULL, NULL,"
     " CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END, " NULLS_3 ", 'NO', NULL, NULL, NULL,"
     " 'NO', NULL, NULL, " NULLS_12 ", " NULLS_6 ", " NULLS_3 ", NULL, NULL"
     " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
     " JOIN pg_catalog.pg_language l ON l.oid = p.prolang"
     " JOIN pg_catalog.pg_type t ON t.oid = p.prorettype"
     " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace"
     " WHERE " MINE("p.proowner") " OR pg_catalog.has_function_privilege(p.oid, 'EXECUTE')"},
    {INFO, "parameters",
     "SELECT " DB ", n.nspname, p.proname || '_' || p.oid, a.place,"
     " CASE p.proargmodes[a.place] WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 't' THEN 'OUT'"
     " ELSE 'IN' END, 'NO', 'NO', NULLIF(p.proargnames[a.place], ''),"
     " " TYPE_WORD("t", "tn.nspname") ", " NULLS_13 ", NULL, " DB ", tn.nspname, t.typname, " NULLS_3 ","
     " NULL, a.place::text, pg_catalog.pg_get_function_arg_default(p.oid, a.place::int)"
     " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
     " CROSS JOIN LATERAL pg_catalog.unnest(COALESCE(p.proallargtypes, p.proargtypes::oid[]))"
     " WITH ORDINALITY a(type, place)"
     " JOIN pg_catalog.pg_type t ON t.oid = a.type"
     " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace"
     " WHERE " MINE("p.proowner") " OR pg_catalog.has_function_privilege(p.oid, 'EXECUTE')"},
    {INFO, "triggers",
     "SELECT " DB ", n.nspname, t.tgname, e.word, " DB ", n.nspname, c.relname,"
     " pg_catalog.rank() OVER (PARTITION BY n.nspname, c.relname, e.word, t.tgtype & 1,"
     " t.tgtype & 66 ORDER BY t.tgname),"
     " CASE WHEN " MINE("c.relowner")
     " THEN (pg_catalog.regexp_match(pg_catalog.pg_get_triggerdef(t.oid), '.{35,} WHEN \\((.+)\\) EXECUTE FUNCTION'))[1]"
     " END, pg_catalog.substring(pg_catalog.pg_get_triggerdef(t.oid),"
     " pg_catalog.strpos(pg_catalog.pg_get_triggerdef(t.oid), 'EXECUTE FUNCTION')),"
     " CASE WHEN t.tgtype & 1 = 1 THEN 'ROW' ELSE 'STATEMENT' END,"
     " CASE WHEN t.tgtype & 66 = 2 THEN 'BEFORE' WHEN t.tgtype & 66 = 64 THEN 'INSTEAD OF'"
     " ELSE 'AFTER' END, t.tgoldtable, t.tgnewtable, NULL, NULL, NULL"
     " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN (VALUES (4, 'INSERT'), (8, 'DELETE'), (16, 'UPDATE')) e(bit, word)"
     " ON t.tgtype & e.bit <> 0"
     " WHERE NOT t.tgisinternal AND (" MINE("c.relowner")
     " OR pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))"},
    {INFO, "triggered_update_columns",
     "SELECT " DB ", n.nspname, t.tgname, " DB ", n.nspname, c.relname, a.attname"
     " FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (t.tgattr)"
     " WHERE NOT t.tgisinternal"},
    {INFO, "check_constraints",
     "SELECT " DB ", n.nspname, k.conname,"
     " SUBSTRING(pg_catalog.pg_get_constraintdef(k.oid) FROM 'CHECK (.*)')"
     " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace"
     " LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
     " LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid"
     " WHERE k.contype = 'c' AND " MINE("COALESCE(c.relowner, t.typowner)")
     " UNION SELECT " DB ", n.nspname,"
     " n.oid::text || '_' || c.oid || '_' || a.attnum || '_not_null', a.attname || ' IS NOT NULL'"
     " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND c.relkind IN ('r', 'p')"
     " AND " MINE("c.relowner")},
    {INFO, "constraint_table_usage",
     "SELECT " DB ", n.nspname, c.relname, " DB ", s.nspname, k.conname"
     " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c"
     " ON c.oid = CASE WHEN k.contype = 'f' THEN k.confrelid ELSE k.conrelid END"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_namespace s ON s.oid = k.connamespace"
     " WHERE k.contype IN ('f', 'p', 'u') AND c.relkind IN ('r', 'p') AND " MINE("c.relowner")},
    {INFO, "domains",
     "SELECT " DB ", n.nspname, t.typname, " TYPE_WORD("b", "bn.nspname") ","
     " " TYPE_DETAILS("b.oid", "t.typtypmod", "c.collname", "cn.nspname") ","
     " pg_catalog.pg_get_expr(t.typdefaultbin, 'pg_catalog.pg_type'::regclass),"
     " " DB ", bn.nspname, b.typname, " NULLS_3 ", NULL, '1'"
     " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
     " JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype"
     " JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace"
     " LEFT JOIN pg_catalog.pg_collation c ON c.oid = t.typcollation"
     " LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace"
     " WHERE t.typtype = 'd'"},
    {INFO, "domain_constraints",
     "SELECT " DB ", s.nspname, k.conname, " DB ", n.nspname, t.typname,"
     " " YES_NO("k.condeferrable") ", " YES_NO("k.condeferred")
     " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_type t ON t.oid = k.contypid"
     " JOIN pg_catalog.pg_namespace s ON s.oid = k.connamespace"
     " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
     " WHERE " MINE("t.typowner")},
    {INFO, "domain_udt_usage",
     "SELECT " DB ", bn.nspname, b.typname, " DB ", n.nspname, t.typname"
     " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
     " JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype"
     " JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace"
     " WHERE t.typtype = 'd' AND " MINE("b.typowner")},
    {INFO, "attributes",
     "SELECT " DB ", n.nspname, c.relname, a.attname, a.attnum,"
     " pg_catalog.pg_get_expr(d.adbin, d.adrelid), " YES_NO("NOT a.attnotnull") ","
     " " TYPE_WORD("b", "bn.nspname") ","
     " " TYPE_DETAILS("b.oid", "a.atttypmod", "l.collname", "ln.nspname") ","
     " " DB ", bn.nspname, b.typname, " NULLS_3 ", NULL, a.attnum::text, 'NO'"
     " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_type b ON b.oid = a.atttypid"
     " JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace"
     " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
     " LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation"
     " LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace"
     " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'c'"},
    {INFO, "user_defined_types",
     "SELECT " DB ", n.nspname, c.relname, 'STRUCTURED', 'YES', " NULLS_12 ", " NULLS_6 ", " NULLS_6
     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_type t ON t.oid = c.reltype WHERE c.relkind = 'c'"
     " AND (" MINE("t.typowner") " OR pg_catalog.has_type_privilege(t.oid, 'USAGE'))"},
    {INFO, "column_udt_usage",
     "SELECT " DB ", bn.nspname, b.typname, " DB ", n.nspname, c.relname, a.attname"
     " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
     " JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype"
     " ELSE t.oid END"
     " JOIN pg_catalog.pg_namespace bn ON bn.oid = b.typnamespace"
     " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')"
     " AND " MINE("b.typowner")},
    {INFO, "column_domain_usage",
     "SELECT " DB ", tn.nspname, t.typname, " DB ", n.nspname, c.relname, a.attname"
     " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
     " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace"
     " WHERE t.typtype = 'd' AND a.attnum > 0 AND NOT a.attisdropped"
     " AND c.relkind IN ('r', 'v', 'f', 'p') AND " MINE("t.typowner")},
    {INFO, "view_table_usage",
     "SELECT DISTINCT " DB ", n.nspname, v.relname, " DB ", tn.nspname, t.relname"
     " FROM pg_catalog.pg_class v JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace"
     " JOIN pg_catalog.pg_depend d ON d.classid = 1259 AND d.objid = v.oid AND d.refclassid = 1259"
     " JOIN pg_catalog.pg_class t ON t.oid = d.refobjid"
     " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace"
     " WHERE v.relkind = 'v' AND d.deptype = 'n' AND t.relkind IN ('r', 'v', 'f', 'p')"
     " AND " MINE("t.relowner")},
    {INFO, "view_column_usage",
     "SELECT DISTINCT " DB ", n.nspname, v.relname, " DB ", tn.nspname, t.relname, a.attname"
     " FROM pg_catalog.pg_class v JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace"
     " JOIN pg_catalog.pg_depend d ON d.classid = 1259 AND d.objid = v.oid AND d.refclassid = 1259"
     " JOIN pg_catalog.pg_class t ON t.oid = d.refobjid"
     " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace"
     " JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid"
     " WHERE v.relkind = 'v' AND d.deptype = 'n' AND t.relkind IN ('r', 'v', 'f', 'p')"
     " AND " MINE("t.relowner")},
    {INFO, "view_routine_usage",
     "SELECT DISTINCT " DB ", n.nspname, v.relname, " DB ", pn.nspname, p.proname || '_' || p.oid"
     " FROM pg_catalog.pg_class v JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace"
     " JOIN pg_catalog.pg_depend d ON d.classid = 1259 AND d.objid = v.oid AND d.refclassid = 1255"
     " JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid"
     " JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace"
     " WHERE v.relkind = 'v' AND " MINE("p.proowner")},
    {INFO, "table_privileges",
     "SELECT gr.rolname, " GRANTEE ", " DB ", n.nspname, c.relname, g.privilege_type,"
     " " GRANTABLE("c.relowner") ", " YES_NO("g.privilege_type = 'SELECT'")
     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     GRANTS("c.relacl", "r", "c.relowner")
     " WHERE c.relkind IN ('r', 'v', 'f', 'p') AND " SEEN},
    {INFO, "role_table_grants",
     "SELECT * FROM information_schema.table_privileges " OF_ENABLED_ROLES},
    {INFO, "column_privileges",
     "SELECT DISTINCT gr.rolname, " GRANTEE ", " DB ", n.nspname, c.relname, a.attname,"
     " g.privilege_type, " GRANTABLE("c.relowner")
     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
     " CROSS JOIN LATERAL (SELECT * FROM pg_catalog.aclexplode(COALESCE(c.relacl,"
     " pg_catalog.acldefault('r', c.relowner))) UNION ALL"
     " SELECT * FROM pg_catalog.aclexplode(a.attacl)) g"
     " LEFT JOIN pg_catalog.pg_authid ge ON ge.oid = g.grantee"
     " JOIN pg_catalog.pg_authid gr ON gr.oid = g.grantor"
     " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')"
     " AND g.privilege_type IN ('INSERT', 'SELECT', 'UPDATE', 'REFERENCES') AND " SEEN},
    {INFO, "role_column_grants",
     "SELECT * FROM information_schema.column_privileges " OF_ENABLED_ROLES},
    {INFO, "routine_privileges",
     "SELECT gr.rolname, " GRANTEE ", " DB ", n.nspname, p.proname || '_' || p.oid, " DB ","
     " n.nspname, p.proname, 'EXECUTE', " GRANTABLE("p.proowner")
     " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
     GRANTS("p.proacl", "f", "p.proowner")
     " WHERE " SEEN},
    {INFO, "role_routine_grants",
     "SELECT * FROM information_schema.routine_privileges " OF_ENABLED_ROLES},
    {INFO, "udt_privileges",
     "SELECT gr.rolname, " GRANTEE ", " DB ", n.nspname, t.typname, 'TYPE USAGE',"
     " " GRANTABLE("t.typowner")
     " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
     GRANTS("t.typacl", "T", "t.typowner")
     " WHERE t.typtype = 'c' AND " SEEN},
    {INFO, "role_udt_grants",
     "SELECT * FROM information_schema.udt_privileges " OF_ENABLED_ROLES},
    {INFO, "usage_privileges",
     "SELECT pg_catalog.pg_get_userbyid(c.collowner), 'PUBLIC', " DB ", n.nspname, c.collname,"
     " 'COLLATION', 'USAGE', 'NO' FROM pg_catalog.pg_collation c"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace WHERE c.collencoding IN (-1, 6)"
     " UNION ALL SELECT gr.rolname, " GRANTEE ", " DB ", n.nspname, t.typname, 'DOMAIN', 'USAGE',"
     " " GRANTABLE("t.typowner")
     " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
     GRANTS("t.typacl", "T", "t.typowner")
     " WHERE t.typtype = 'd' AND " SEEN
     " UNION ALL SELECT gr.rolname, " GRANTEE ", " DB ", '', w.fdwname, 'FOREIGN DATA WRAPPER',"
     " 'USAGE', " GRANTABLE("w.fdwowner") " FROM pg_catalog.pg_foreign_data_wrapper w"
     GRANTS("w.fdwacl", "F", "w.fdwowner")
     " WHERE " SEEN
     " UNION ALL SELECT gr.rolname, " GRANTEE ", " DB ", '', s.srvname, 'FOREIGN SERVER', 'USAGE',"
     " " GRANTABLE("s.srvowner") " FROM pg_catalog.pg_foreign_server s"
     GRANTS("s.srvacl", "S", "s.srvowner")
     " WHERE " SEEN
     " UNION ALL SELECT gr.rolname, " GRANTEE ", " DB ", n.nspname, c.relname, 'SEQUENCE', 'USAGE',"
     " " GRANTABLE("c.relowner")
     " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     GRANTS("c.relacl", "s", "c.relowner")
     " WHERE c.relkind = 'S' AND g.privilege_type = 'USAGE' AND " SEEN},
    {INFO, "role_usage_grants",
     "SELECT * FROM information_schema.usage_privileges " OF_ENABLED_ROLES},
    {INFO, "foreign_data_wrappers",
     "SELECT " DB ", fdwname, pg_catalog.pg_get_userbyid(fdwowner), NULL, 'c'"
     " FROM pg_catalog.pg_foreign_data_wrapper WHERE " MINE("fdwowner")
     " OR pg_catalog.has_foreign_data_wrapper_privilege(oid, 'USAGE')"},
    {INFO, "foreign_data_wrapper_options",
     "SELECT " DB ", fdwname, o.option_name, o.option_value"
     " FROM pg_catalog.pg_foreign_data_wrapper"
     " CROSS JOIN LATERAL pg_catalog.pg_options_to_table(fdwoptions) o WHERE " MINE("fdwowner")
     " OR pg_catalog.has_foreign_data_wrapper_privilege(oid, 'USAGE')"},
    {INFO, "foreign_servers",
     "SELECT " DB ", s.srvname, " DB ", w.fdwname, s.srvtype, s.srvversion,"
     " pg_catalog.pg_get_userbyid(s.srvowner) FROM pg_catalog.pg_foreign_server s"
     " JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE " MINE("s.srvowner")
     " OR pg_catalog.has_server_privilege(s.oid, 'USAGE')"},
    {INFO, "foreign_server_options",
     "SELECT " DB ", s.srvname, o.option_name, o.option_value FROM pg_catalog.pg_foreign_server s"
     " CROSS JOIN LATERAL pg_catalog.pg_options_to_table(s.srvoptions) o WHERE " MINE("s.srvowner")
     " OR pg_catalog.has_server_privilege(s.oid, 'USAGE')"},
    {INFO, "foreign_tables",
     "SELECT " DB ", n.nspname, c.relname, " DB ", s.srvname FROM pg_catalog.pg_foreign_table f"
     " JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver"},
    {INFO, "foreign_table_options",
     "SELECT " DB ", n.nspname, c.relname, o.option_name, o.option_value"
     " FROM pg_catalog.pg_foreign_table f JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " CROSS JOIN LATERAL pg_catalog.pg_options_to_table(f.ftoptions) o"},
    {INFO, "column_options",
     "SELECT " DB ", n.nspname, c.relname, a.attname, o.option_name, o.option_value"
     " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " CROSS JOIN LATERAL pg_catalog.pg_options_to_table(a.attfdwoptions) o"
     " WHERE c.relkind = 'f' AND a.attnum > 0 AND NOT a.attisdropped"},
    {INFO, "user_mappings",
     "SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(m.umuser) END,"
     " " DB ", s.srvname FROM pg_catalog.pg_user_mapping m"
     " JOIN pg_catalog.pg_foreign_server s ON s.oid = m.umserver WHERE " MINE("s.srvowner")
     " OR pg_catalog.has_server_privilege(s.oid, 'USAGE')"},
    {INFO, "user_mapping_options",
     "SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(m.umuser) END,"
     " " DB ", s.srvname, o.option_name,"
     " CASE WHEN (m.umuser <> 0 AND pg_catalog.pg_get_userbyid(m.umuser) = CURRENT_USER)"
     " OR (m.umuser = 0 AND " MINE("s.srvowner") ")"
     " OR (SELECT rolsuper FROM pg_catalog.pg_authid WHERE rolname = CURRENT_USER)"
     " THEN o.option_value END"
     " FROM pg_catalog.pg_user_mapping m JOIN pg_catalog.pg_foreign_server s ON s.oid = m.umserver"
     " CROSS JOIN LATERAL pg_catalog.pg_options_to_table(m.umoptions) o WHERE " MINE("s.srvowner")
     " OR pg_catalog.has_server_privilege(s.oid, 'USAGE')"},
    {INFO, "routine_column_usage", NULL},
    {INFO, "routine_routine_usage", NULL},
    {INFO, "routine_sequence_usage", NULL},
    {INFO, "routine_table_usage", NULL},
    {INFO, "check_constraint_routine_usage", NULL},
    {INFO, "column_column_usage",
     "SELECT current_database()::information_schema.sql_identifier, n.nspname, c.relname, u.attname,"
     " g.attname FROM pg_catalog.pg_attribute g"
     " JOIN pg_catalog.pg_attrdef e ON e.adrelid = g.attrelid AND e.adnum = g.attnum"
     " JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::regclass"
     " AND d.objid = e.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass"
     " AND d.refobjid = g.attrelid AND d.refobjsubid <> g.attnum"
     " JOIN pg_catalog.pg_attribute u ON u.attrelid = d.refobjid AND u.attnum = d.refobjsubid"
     " JOIN pg_catalog.pg_class c ON c.oid = g.attrelid"
     " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
     " WHERE g.attgenerated <> '' AND pg_catalog.pg_has_role(c.relowner, 'USAGE')"},
    {INFO, "transforms", NULL},
    {NULL, NULL, NULL},
};
