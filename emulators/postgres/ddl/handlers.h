/* The handlers of ddl.c's table, by what they define, and what they share. */
#ifndef PARLEL_EMULATORS_POSTGRES_DDL_HANDLERS_H
#define PARLEL_EMULATORS_POSTGRES_DDL_HANDLERS_H

#include "emulators/postgres/ddl/ddl.h"
#include "emulators/sql/syntax/ast_table.h"

pg_ddl_handler pg_create_table, pg_create_index, pg_create_sequence, pg_alter_sequence,
    pg_create_schema, pg_drop, pg_create_view, pg_create_table_as, pg_refresh_view;
pg_ddl_handler pg_create_database, pg_drop_database, pg_truncate;
pg_ddl_handler pg_create_enum, pg_alter_enum, pg_create_composite, pg_create_domain,
    pg_create_range, pg_comment, pg_rename, pg_alter_owner, pg_alter_schema, pg_alter_table;

/* The head of a new type of that name (id, schema, owner); fails with 42710 when there is one. */
bool pg_type_begin(struct pg_ddl *ddl, const struct ast_names *names, struct sql_type_object *out);
/* Gives the domain, which is not stored yet, its default. */
bool pg_domain_default(struct pg_ddl *ddl, struct sql_type_object *domain,
                       const struct ast_node *expression);
/* A check of a domain: a constraint of its own. */
bool pg_domain_add_check(struct pg_ddl *ddl, uint32_t domain, const struct ast_constraint *ast);
bool pg_analyze_domain_check(struct pg_ddl *ddl, const struct sql_type *domain,
                             const struct ast_node *expression, struct sql_expr **out);
bool pg_range_functions_make(struct pg_ddl *ddl, const struct sql_type_object *range,
                             const struct sql_type_object *multirange);
pg_ddl_handler pg_create_function, pg_alter_function, pg_create_trigger, pg_alter_domain,
    pg_create_extension, pg_alter_extension, pg_alter_extension_contents, pg_define, pg_create_cast,
    pg_alter_collation;
pg_ddl_handler pg_create_role, pg_alter_role, pg_alter_role_set, pg_alter_database,
    pg_alter_database_set, pg_drop_role, pg_grant_role, pg_grant, pg_alter_default_privileges,
    pg_reassign_owned, pg_drop_owned, pg_create_policy, pg_alter_policy, pg_create_rule;
pg_ddl_handler pg_create_statistics, pg_alter_statistics, pg_create_event_trigger,
    pg_alter_event_trigger;

pg_ddl_handler pg_create_fdw, pg_alter_fdw, pg_create_server, pg_alter_server,
    pg_create_user_mapping, pg_alter_user_mapping, pg_drop_user_mapping, pg_create_foreign_table;

pg_ddl_handler pg_create_publication, pg_alter_publication;

pg_ddl_handler pg_create_subscription, pg_alter_subscription, pg_drop_subscription;

pg_ddl_handler pg_vacuum, pg_cluster, pg_reindex;

pg_ddl_handler pg_create_tablespace, pg_alter_tablespace_options, pg_drop_tablespace,
    pg_alter_move_all;

pg_ddl_handler pg_alter_ts_configuration, pg_alter_ts_dictionary;

pg_ddl_handler pg_create_conversion, pg_create_access_method, pg_alter_operator,
    pg_create_op_family, pg_alter_op_family, pg_create_op_class, pg_create_language,
    pg_security_label;

#endif
