/* Objects other than tables in the syntax tree: DROP, COMMENT, RENAME and the like of any object,
 * schemas, databases, roles, privileges, functions, types, operators, extensions, foreign data,
 * publications, text search. See ast.h. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_OBJECT_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_OBJECT_H

#include "emulators/sql/syntax/ast.h"

enum ast_object_type {
    AST_OBJECT_ACCESS_METHOD,
    AST_OBJECT_AGGREGATE,
    AST_OBJECT_ATTRIBUTE, /* of a composite type */
    AST_OBJECT_CAST,
    AST_OBJECT_COLLATION,
    AST_OBJECT_COLUMN,
    AST_OBJECT_CONVERSION,
    AST_OBJECT_DATABASE,
    AST_OBJECT_DOMAIN,
    AST_OBJECT_DOMAIN_CONSTRAINT,
    AST_OBJECT_EVENT_TRIGGER,
    AST_OBJECT_EXTENSION,
    AST_OBJECT_FDW,
    AST_OBJECT_FOREIGN_TABLE,
    AST_OBJECT_FUNCTION,
    AST_OBJECT_INDEX,
    AST_OBJECT_LANGUAGE,
    AST_OBJECT_LARGE_OBJECT,
    AST_OBJECT_MATERIALIZED_VIEW,
    AST_OBJECT_OPERATOR,
    AST_OBJECT_OP_CLASS,
    AST_OBJECT_OP_FAMILY,
    AST_OBJECT_PARAMETER,
    AST_OBJECT_POLICY,
    AST_OBJECT_PROCEDURE,
    AST_OBJECT_PUBLICATION,
    AST_OBJECT_ROLE,
    AST_OBJECT_ROUTINE,
    AST_OBJECT_RULE,
    AST_OBJECT_SCHEMA,
    AST_OBJECT_SEQUENCE,
    AST_OBJECT_SERVER,
    AST_OBJECT_STATISTICS,
    AST_OBJECT_SUBSCRIPTION,
    AST_OBJECT_TABLE,
    AST_OBJECT_TABLE_CONSTRAINT,
    AST_OBJECT_TABLESPACE,
    AST_OBJECT_TRANSFORM,
    AST_OBJECT_TRIGGER,
    AST_OBJECT_TS_CONFIGURATION,
    AST_OBJECT_TS_DICTIONARY,
    AST_OBJECT_TS_PARSER,
    AST_OBJECT_TS_TEMPLATE,
    AST_OBJECT_TYPE,
    AST_OBJECT_VIEW,
};

enum ast_object_type_scope {
    AST_GRANT_ON_OBJECTS,
    AST_GRANT_ON_ALL_IN_SCHEMA, /* objects are the schemas */
    AST_GRANT_DEFAULTS,         /* within ALTER DEFAULT PRIVILEGES */
};

/* One object as DROP, COMMENT and others name it. What is set follows from the type:
 *   relations and plain names    name
 *   column, attribute            name of the relation, part: the column
 *   table constraint, policy,
 *   rule, trigger                name of the relation, part
 *   domain constraint            type_name, part
 *   functions, operators         function
 *   type, domain                 type_name
 *   cast                         type_name, target_type
 *   operator class, family       name, method
 *   transform                    type_name, method: the language
 *   large object                 oid, an ast_const
 * relation is the name again with its ONLY, where the grammar has a relation_expr (RENAME). */
struct ast_object {
    struct ast_node node;
    enum ast_object_type type;
    struct ast_names name;
    struct slice part;
    struct slice method;
    struct ast_func_ref *function;
    struct ast_type_name *type_name, *target_type;
    struct ast_node *oid;
    struct ast_relation *relation;
};

/* DropStmt and RemoveFuncStmt and all other DROPs without a node of their own. */
struct ast_drop {
    struct ast_node node;
    enum ast_object_type type;
    struct ast_list objects; /* ast_object */
    bool cascade, missing_ok, concurrently;
};

/* CommentStmt. */
struct ast_comment {
    struct ast_node node;
    struct ast_object *object;
    struct slice text; /* ptr NULL: IS NULL */
};

/* SecLabelStmt. */
struct ast_security_label {
    struct ast_node node;
    struct ast_object *object;
    struct slice provider;
    struct slice label;
};

/* RenameStmt. relation_type: what ALTER ... said before the relation's name, when a column or
 * attribute is renamed. */
struct ast_rename {
    struct ast_node node;
    struct ast_object *object;
    enum ast_object_type relation_type;
    struct slice new_name;
    bool cascade, missing_ok;
};

/* AlterOwnerStmt; a relation's owner is changed by ast_alter_table. */
struct ast_alter_owner {
    struct ast_node node;
    struct ast_object *object;
    struct ast_role *owner;
};

/* AlterObjectSchemaStmt. */
struct ast_alter_schema {
    struct ast_node node;
    struct ast_object *object;
    struct slice new_schema;
    bool missing_ok;
};

/* AlterObjectDependsStmt: [NO] DEPENDS ON EXTENSION name. */
struct ast_alter_depends {
    struct ast_node node;
    struct ast_object *object;
    struct slice extension;
    bool remove;
};

/* CreateSchemaStmt; elements are statements. */
struct ast_create_schema {
    struct ast_node node;
    struct slice name; /* ptr NULL: as the role */
    struct ast_role *owner;
    struct ast_list elements;
    bool if_not_exists;
};

/* CreatedbStmt. */
struct ast_create_database {
    struct ast_node node;
    struct slice name;
    struct ast_list options;
};

/* AlterDatabaseStmt: options; tablespace; or REFRESH COLLATION VERSION. */
struct ast_alter_database {
    struct ast_node node;
    struct slice name;
    struct ast_list options; /* SET TABLESPACE is the option "tablespace" */
    bool refresh_collation;
};

struct ast_alter_database_set {
    struct ast_node node;
    struct slice name;
    struct ast_set *set;
};

struct ast_drop_database {
    struct ast_node node;
    struct slice name;
    bool missing_ok;
    struct ast_list options; /* FORCE */
};

struct ast_create_tablespace {
    struct ast_node node;
    struct slice name;
    struct ast_role *owner;
    struct slice directory;
    struct ast_list options;
};

struct ast_drop_tablespace {
    struct ast_node node;
    struct slice name;
    bool missing_ok;
};

struct ast_alter_tablespace {
    struct ast_node node;
    struct slice name;
    struct ast_list options;
    bool reset;
};

enum ast_role_statement {
    AST_CREATE_ROLE_PLAIN,
    AST_CREATE_USER,
    AST_CREATE_GROUP,
};

/* CreateRoleStmt, CreateUserStmt, CreateGroupStmt. Options: password, superuser, inherit,
 * createrole, createdb, canlogin, isreplication, bypassrls, connectionlimit, validUntil,
 * rolemembers, sysid, addroleto, adminmembers. */
struct ast_create_role {
    struct ast_node node;
    enum ast_role_statement statement;
    struct slice name;
    struct ast_list options;
};

/* AlterRoleStmt, AlterGroupStmt (option "rolemembers", and `remove` for DROP USER). */
struct ast_alter_role {
    struct ast_node node;
    struct ast_role *role;
    struct ast_list options;
    bool remove;
};

struct ast_alter_role_set {
    struct ast_node node;
    struct ast_role *role; /* NULL: ALL */
    struct slice database;
    struct ast_set *set;
};

struct ast_drop_role {
    struct ast_node node;
    struct ast_list roles; /* ast_role */
    bool missing_ok;
};

/* privilege: SELECT (a, b). Without name: ALL. */
struct ast_privilege {
    struct ast_node node;
    struct slice name;
    struct ast_names columns;
};

/* GrantStmt, RevokeStmt, DefACLAction. */
struct ast_grant {
    struct ast_node node;
    bool is_grant;
    enum ast_object_type_scope scope;
    enum ast_object_type type;
    struct ast_list objects;    /* ast_object; relations: ast_relation; roles' settings: names */
    struct ast_list privileges; /* ast_privilege; none: ALL */
    struct ast_list grantees;   /* ast_role */
    bool grant_option;          /* WITH GRANT OPTION, GRANT OPTION FOR */
    struct ast_role *grantor;
    bool cascade;
};

/* What a membership allows: bits of ast_grant_role. */
enum ast_member_option { AST_MEMBER_ADMIN = 1, AST_MEMBER_INHERIT = 2, AST_MEMBER_SET = 4 };

/* GrantRoleStmt, RevokeRoleStmt. */
struct ast_grant_role {
    struct ast_node node;
    bool is_grant;
    struct ast_list granted; /* ast_privilege: name is a role */
    struct ast_list grantees;
    uint8_t options; /* those that are named; REVOKE: of which alone the membership is deprived */
    uint8_t options_on; /* GRANT: those of them that it shall have */
    struct ast_role *grantor;
    bool cascade;
};

/* AlterDefaultPrivilegesStmt. */
struct ast_alter_default_privileges {
    struct ast_node node;
    struct ast_names schemas;
    struct ast_list roles;
    struct ast_grant *action;
};

struct ast_drop_owned {
    struct ast_node node;
    struct ast_list roles;
    bool cascade;
};

struct ast_reassign_owned {
    struct ast_node node;
    struct ast_list roles;
    struct ast_role *new_role;
};

enum ast_parameter_mode {
    AST_PARAMETER_DEFAULT,
    AST_PARAMETER_IN,
    AST_PARAMETER_OUT,
    AST_PARAMETER_INOUT,
    AST_PARAMETER_VARIADIC,
    AST_PARAMETER_TABLE, /* RETURNS TABLE (...) */
};

/* func_arg_with_default, table_func_column, aggr_arg. */
struct ast_func_parameter {
    struct ast_node node;
    struct slice name;
    enum ast_parameter_mode mode;
    struct ast_type_name *type;
    struct ast_node *default_value;
};

/* CreateFunctionStmt. Options: as (ast_list_node of one or two strings), language, transform,
 * window, volatility, strict, security, leakproof, cost, rows, support, set (an ast_set), parallel. */
struct ast_create_function {
    struct ast_node node;
    bool procedure, replace;
    struct ast_names name;
    struct ast_list parameters; /* ast_func_parameter, those of RETURNS TABLE too */
    struct ast_type_name *returns;
    struct ast_list options;
    struct ast_node *body; /* ast_return, or ast_list_node of statements: BEGIN ATOMIC ... END */
};

/* AlterFunctionStmt. */
struct ast_alter_function {
    struct ast_node node;
    enum ast_object_type type;
    struct ast_func_ref *function;
    struct ast_list actions; /* ast_option */
};

/* RETURN expression as the body of a function. */
struct ast_return {
    struct ast_node node;
    struct ast_node *value;
};

/* DoStmt; options: as (string), language. */
struct ast_do {
    struct ast_node node;
    struct ast_list options;
};

struct ast_call {
    struct ast_node node;
    struct ast_func_call *call;
};

/* DefineStmt: CREATE AGGREGATE, OPERATOR, TYPE (base and shell), TEXT SEARCH ..., COLLATION. */
struct ast_define {
    struct ast_node node;
    enum ast_object_type type;
    bool old_style; /* CREATE AGGREGATE name (basetype = ...) */
    bool replace, if_not_exists;
    struct ast_names name;
    struct ast_list args;    /* aggregates: ast_func_parameter */
    bool args_star;          /* aggregates: (*) */
    int32_t direct_args;     /* aggregates: how many before ORDER BY; -1: no ORDER BY */
    struct ast_list options; /* ast_option */
    struct ast_names from;   /* CREATE COLLATION a FROM b */
    bool shell;              /* CREATE TYPE a */
};

/* CreateDomainStmt. */
struct ast_create_domain {
    struct ast_node node;
    struct ast_names name;
    struct ast_type_name *type;
    struct ast_collate *collate;
    struct ast_list constraints; /* ast_constraint */
};

enum ast_alter_domain_action {
    AST_DOMAIN_DEFAULT = 'T', /* definition; NULL: DROP DEFAULT */
    AST_DOMAIN_DROP_NOT_NULL = 'N',
    AST_DOMAIN_SET_NOT_NULL = 'O',
    AST_DOMAIN_ADD_CONSTRAINT = 'C',
    AST_DOMAIN_DROP_CONSTRAINT = 'X',
    AST_DOMAIN_VALIDATE_CONSTRAINT = 'V',
};

/* AlterDomainStmt. */
struct ast_alter_domain {
    struct ast_node node;
    enum ast_alter_domain_action action;
    struct ast_names domain;
    struct slice constraint;
    struct ast_node *definition;
    bool cascade, missing_ok;
};

/* CREATE TYPE name AS (columns). */
struct ast_create_composite {
    struct ast_node node;
    struct ast_names name;
    struct ast_list columns; /* ast_column_def */
};

/* CREATE TYPE name AS ENUM (labels). */
struct ast_create_enum {
    struct ast_node node;
    struct ast_names name;
    struct ast_names labels;
};

/* AlterEnumStmt. */
struct ast_alter_enum {
    struct ast_node node;
    struct ast_names name;
    struct slice old_label; /* RENAME VALUE old TO new */
    struct slice new_label;
    struct slice neighbor;
    bool after;
    bool if_not_exists;
};

/* CREATE TYPE name AS RANGE (options). */
struct ast_create_range {
    struct ast_node node;
    struct ast_names name;
    struct ast_list options;
};

/* AlterTypeStmt: ALTER TYPE name SET (options). */
struct ast_alter_type {
    struct ast_node node;
    struct ast_names name;
    struct ast_list options;
};

/* AlterOperatorStmt. */
struct ast_alter_operator {
    struct ast_node node;
    struct ast_func_ref *operator;
    struct ast_list options;
};

/* ALTER COLLATION name REFRESH VERSION. */
struct ast_alter_collation {
    struct ast_node node;
    struct ast_names name;
};

enum ast_cast_context {
    AST_CAST_EXPLICIT,
    AST_CAST_ASSIGNMENT,
    AST_CAST_IMPLICIT,
};

/* CreateCastStmt. */
struct ast_create_cast {
    struct ast_node node;
    struct ast_type_name *source, *target;
    struct ast_func_ref *function; /* NULL: WITHOUT FUNCTION or WITH INOUT */
    bool inout;
    enum ast_cast_context context;
};

/* CreateTransformStmt. */
struct ast_create_transform {
    struct ast_node node;
    bool replace;
    struct ast_type_name *type;
    struct slice language;
    struct ast_func_ref *from_sql, *to_sql;
};

/* CreateConversionStmt. */
struct ast_create_conversion {
    struct ast_node node;
    bool is_default;
    struct ast_names name;
    struct slice from_encoding, to_encoding;
    struct ast_names function;
};

enum ast_op_class_item_type {
    AST_OP_CLASS_OPERATOR = 1,
    AST_OP_CLASS_FUNCTION,
    AST_OP_CLASS_STORAGE,
};

/* opclass_item, opclass_drop. */
struct ast_op_class_item {
    struct ast_node node;
    enum ast_op_class_item_type type;
    struct ast_func_ref *name; /* operator or function */
    int32_t number;
    struct ast_names order_family; /* FOR ORDER BY */
    struct ast_list class_args;    /* ast_type_name */
    struct ast_type_name *storage;
};

/* CreateOpClassStmt. */
struct ast_create_op_class {
    struct ast_node node;
    struct ast_names name, family;
    struct slice method;
    struct ast_type_name *type;
    struct ast_list items;
    bool is_default;
};

struct ast_create_op_family {
    struct ast_node node;
    struct ast_names name;
    struct slice method;
};

struct ast_alter_op_family {
    struct ast_node node;
    struct ast_names name;
    struct slice method;
    bool drop;
    struct ast_list items;
};

/* CreatePLangStmt. Without a handler it is CREATE EXTENSION by its old name. */
struct ast_create_language {
    struct ast_node node;
    bool replace, trusted;
    struct slice name;
    struct ast_names handler, inline_handler, validator;
};

/* CreateAmStmt. */
struct ast_create_access_method {
    struct ast_node node;
    struct slice name;
    struct ast_names handler;
    char type; /* 'i' index, 't' table */
};

/* CreateEventTrigStmt. */
struct ast_create_event_trigger {
    struct ast_node node;
    struct slice name, event;
    struct ast_list filters; /* ast_option, values: ast_list_node of strings */
    struct ast_names function;
};

struct ast_alter_event_trigger {
    struct ast_node node;
    struct slice name;
    char enabled; /* 'O' enable, 'R' replica, 'A' always, 'D' disable */
};

/* CreateExtensionStmt; options: schema, new_version, cascade. */
struct ast_create_extension {
    struct ast_node node;
    struct slice name;
    bool if_not_exists;
    struct ast_list options;
};

/* ALTER EXTENSION name UPDATE. */
struct ast_alter_extension {
    struct ast_node node;
    struct slice name;
    struct ast_list options;
};

/* ALTER EXTENSION name ADD | DROP object. */
struct ast_alter_extension_contents {
    struct ast_node node;
    struct slice name;
    bool add;
    struct ast_object *object;
};

/* CreateFdwStmt; function options: handler, validator (ast_name, NULL: NO HANDLER). */
struct ast_create_fdw {
    struct ast_node node;
    struct slice name;
    struct ast_list functions;
    struct ast_list options;
};

struct ast_alter_fdw {
    struct ast_node node;
    struct slice name;
    struct ast_list functions;
    struct ast_list options;
};

/* CreateForeignServerStmt. */
struct ast_create_server {
    struct ast_node node;
    struct slice name, type, version, wrapper;
    bool if_not_exists;
    struct ast_list options;
};

struct ast_alter_server {
    struct ast_node node;
    struct slice name, version;
    bool has_version; /* VERSION NULL has it, too */
    struct ast_list options;
};

struct ast_create_user_mapping {
    struct ast_node node;
    struct ast_role *user;
    struct slice server;
    bool if_not_exists;
    struct ast_list options;
};

struct ast_alter_user_mapping {
    struct ast_node node;
    struct ast_role *user;
    struct slice server;
    struct ast_list options;
};

struct ast_drop_user_mapping {
    struct ast_node node;
    struct ast_role *user;
    struct slice server;
    bool missing_ok;
};

enum ast_import_type {
    AST_IMPORT_ALL,
    AST_IMPORT_LIMIT_TO,
    AST_IMPORT_EXCEPT,
};

/* ImportForeignSchemaStmt. */
struct ast_import_foreign_schema {
    struct ast_node node;
    struct slice server, remote_schema, local_schema;
    enum ast_import_type type;
    struct ast_list tables; /* ast_relation */
    struct ast_list options;
};

enum ast_publication_object_type {
    AST_PUBLICATION_TABLE,
    AST_PUBLICATION_SCHEMA,
    AST_PUBLICATION_CURRENT_SCHEMA,
};

/* PublicationObjSpec. */
struct ast_publication_object {
    struct ast_node node;
    enum ast_publication_object_type type;
    struct slice schema;
    struct ast_relation *relation;
    struct ast_names columns;
    struct ast_node *where;
};

struct ast_create_publication {
    struct ast_node node;
    struct slice name;
    struct ast_list options;
    struct ast_list objects; /* ast_publication_object */
    bool all_tables;
};

enum ast_publication_action {
    AST_PUBLICATION_OPTIONS,
    AST_PUBLICATION_ADD,
    AST_PUBLICATION_DROP,
    AST_PUBLICATION_SET,
};

struct ast_alter_publication {
    struct ast_node node;
    struct slice name;
    enum ast_publication_action action;
    struct ast_list options;
    struct ast_list objects;
};

/* CreateSubscriptionStmt. */
struct ast_create_subscription {
    struct ast_node node;
    struct slice name, connection;
    struct ast_names publications;
    struct ast_list options;
};

enum ast_subscription_action {
    AST_SUBSCRIPTION_OPTIONS,
    AST_SUBSCRIPTION_CONNECTION,
    AST_SUBSCRIPTION_SET_PUBLICATION,
    AST_SUBSCRIPTION_ADD_PUBLICATION,
    AST_SUBSCRIPTION_DROP_PUBLICATION,
    AST_SUBSCRIPTION_REFRESH,
    AST_SUBSCRIPTION_ENABLE, /* option "enabled" */
    AST_SUBSCRIPTION_SKIP,
};

struct ast_alter_subscription {
    struct ast_node node;
    enum ast_subscription_action action;
    struct slice name, connection;
    struct ast_names publications;
    struct ast_list options;
};

struct ast_drop_subscription {
    struct ast_node node;
    struct slice name;
    bool missing_ok, cascade;
};

/* AlterTSDictionaryStmt. */
struct ast_alter_ts_dictionary {
    struct ast_node node;
    struct ast_names name;
    struct ast_list options;
};

enum ast_ts_configuration_action {
    AST_TS_ADD_MAPPING,
    AST_TS_ALTER_MAPPING,
    AST_TS_REPLACE_DICTIONARY, /* dictionaries: the old and the new one */
    AST_TS_REPLACE_DICTIONARY_FOR_TOKEN,
    AST_TS_DROP_MAPPING,
};

/* AlterTSConfigurationStmt. */
struct ast_alter_ts_configuration {
    struct ast_node node;
    enum ast_ts_configuration_action action;
    struct ast_names name;
    struct ast_names tokens;
    struct ast_list dictionaries; /* ast_name */
    bool missing_ok;
};

#endif
