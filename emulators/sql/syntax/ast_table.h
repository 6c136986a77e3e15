/* Tables and what belongs to them in the syntax tree: columns, constraints, partitions, indexes,
 * views, sequences, triggers, rules, policies, statistics. See ast.h. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_TABLE_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_TABLE_H

#include "emulators/sql/syntax/ast_object.h"
#include "emulators/sql/syntax/ast_query.h"

enum ast_constraint_type {
    AST_CONSTRAINT_NULL,
    AST_CONSTRAINT_NOT_NULL,
    AST_CONSTRAINT_DEFAULT,
    AST_CONSTRAINT_IDENTITY,
    AST_CONSTRAINT_GENERATED, /* GENERATED ALWAYS AS (expression) STORED */
    AST_CONSTRAINT_CHECK,
    AST_CONSTRAINT_PRIMARY,
    AST_CONSTRAINT_UNIQUE,
    AST_CONSTRAINT_EXCLUDE,
    AST_CONSTRAINT_FOREIGN,
    /* ConstraintAttr: in a column's list of constraints they follow the one that they are about. */
    AST_CONSTRAINT_ATTR_DEFERRABLE,
    AST_CONSTRAINT_ATTR_NOT_DEFERRABLE,
    AST_CONSTRAINT_ATTR_DEFERRED,
    AST_CONSTRAINT_ATTR_IMMEDIATE,
};

enum ast_match {
    AST_MATCH_SIMPLE,
    AST_MATCH_FULL,
    AST_MATCH_PARTIAL,
};

enum ast_fk_action {
    AST_FK_NO_ACTION,
    AST_FK_RESTRICT,
    AST_FK_CASCADE,
    AST_FK_SET_NULL,
    AST_FK_SET_DEFAULT,
};

/* ColConstraintElem, ConstraintElem. */
struct ast_constraint {
    struct ast_node node;
    enum ast_constraint_type type;
    struct slice name;
    bool deferrable, initially_deferred;
    bool skip_validation; /* NOT VALID */
    bool no_inherit;
    struct ast_node *expression; /* CHECK, DEFAULT, GENERATED */
    bool generated_always;       /* IDENTITY, GENERATED: ALWAYS rather than BY DEFAULT */
    bool nulls_not_distinct;
    struct ast_names columns;   /* PRIMARY, UNIQUE, FOREIGN (the referencing ones) */
    struct ast_names including; /* INCLUDE (...) */
    struct ast_list exclusions; /* ast_index_element with exclude_operator */
    struct ast_list options;    /* WITH (...); IDENTITY: the sequence's, ast_option */
    struct slice index;         /* USING INDEX name */
    struct slice tablespace;    /* USING INDEX TABLESPACE name */
    struct slice access_method; /* EXCLUDE USING name */
    struct ast_node *where;     /* EXCLUDE ... WHERE */
    struct ast_relation *referenced;
    struct ast_names referenced_columns;
    enum ast_match match;
    enum ast_fk_action on_update, on_delete;
    struct ast_names on_delete_columns; /* SET NULL (columns) */
};

/* columnDef, columnOptions, TableFuncElement. */
struct ast_column_def {
    struct ast_node node;
    struct slice name;
    struct ast_type_name *type; /* columnOptions have none */
    struct slice compression;
    struct slice storage;            /* SET STORAGE's name, version 16 */
    struct ast_collate *collate;     /* its arg is NULL */
    struct ast_list constraints;     /* ast_constraint */
    struct ast_list foreign_options; /* ast_option */
};

enum ast_like_option {
    AST_LIKE_COMMENTS = 1 << 0,
    AST_LIKE_COMPRESSION = 1 << 1,
    AST_LIKE_CONSTRAINTS = 1 << 2,
    AST_LIKE_DEFAULTS = 1 << 3,
    AST_LIKE_GENERATED = 1 << 4,
    AST_LIKE_IDENTITY = 1 << 5,
    AST_LIKE_INDEXES = 1 << 6,
    AST_LIKE_STATISTICS = 1 << 7,
    AST_LIKE_STORAGE = 1 << 8,
    AST_LIKE_ALL = 0x7fffffff,
};

/* TableLikeClause. */
struct ast_table_like {
    struct ast_node node;
    struct ast_relation *relation;
    uint32_t options; /* enum ast_like_option */
};

/* PartitionSpec. */
struct ast_partition_spec {
    struct ast_node node;
    struct slice strategy; /* list, range, hash: as written */
    struct ast_list elements;
};

/* part_elem. */
struct ast_partition_element {
    struct ast_node node;
    struct slice column; /* or expression */
    struct ast_node *expression;
    struct ast_names collation, op_class;
};

enum ast_partition_strategy {
    AST_PARTITION_LIST = 'l',
    AST_PARTITION_RANGE = 'r',
    AST_PARTITION_HASH = 'h',
};

/* PartitionBoundSpec. MINVALUE and MAXVALUE are ast_column_ref of these names. */
struct ast_partition_bound {
    struct ast_node node;
    bool is_default;
    enum ast_partition_strategy strategy; /* not set of DEFAULT */
    int32_t modulus, remainder;
    struct ast_list values;       /* IN (...) */
    struct ast_list lower, upper; /* FROM (...) TO (...) */
};

/* CreateStmt. elements: ast_column_def, ast_constraint, ast_table_like. */
struct ast_create_table {
    struct ast_node node;
    struct ast_relation *relation;
    bool if_not_exists;
    struct ast_list elements;
    struct ast_list inherits; /* ast_relation; the parent of PARTITION OF */
    struct ast_type_name *of_type;
    struct ast_partition_bound *bound; /* PARTITION OF: not NULL */
    struct ast_partition_spec *partition;
    struct ast_list options; /* WITH (...) */
    enum ast_on_commit on_commit;
    struct slice tablespace, access_method;
};

/* CreateForeignTableStmt. */
struct ast_create_foreign_table {
    struct ast_node node;
    struct ast_create_table *table;
    struct slice server;
    struct ast_list options;
};

/* CreateAsStmt, CreateMatViewStmt, and CREATE TABLE .. AS EXECUTE. */
struct ast_create_table_as {
    struct ast_node node;
    struct ast_into *into;
    struct ast_node *query; /* ast_select, ast_execute */
    bool materialized_view;
    bool if_not_exists;
};

/* IndexStmt. */
struct ast_create_index {
    struct ast_node node;
    struct slice name;
    struct ast_relation *relation;
    bool unique, concurrently, if_not_exists, nulls_not_distinct;
    struct slice access_method; /* ptr NULL: btree */
    struct slice tablespace;
    struct ast_list elements;  /* ast_index_element */
    struct ast_list including; /* ast_index_element */
    struct ast_list options;
    struct ast_node *where;
};

enum ast_check_option {
    AST_CHECK_OPTION_NONE,
    AST_CHECK_OPTION_LOCAL,
    AST_CHECK_OPTION_CASCADED,
};

/* ViewStmt. */
struct ast_create_view {
    struct ast_node node;
    struct ast_relation *view;
    struct ast_names columns;
    struct ast_node *query;
    bool replace;
    struct ast_list options;
    enum ast_check_option check_option;
};

/* RefreshMatViewStmt. */
struct ast_refresh_view {
    struct ast_node node;
    bool concurrently, skip_data;
    struct ast_relation *relation;
};

/* CreateSeqStmt. Options are as, cache, cycle, increment, maxvalue, minvalue, owned_by,
 * sequence_name, start, restart. */
struct ast_create_sequence {
    struct ast_node node;
    struct ast_relation *sequence;
    struct ast_list options;
    bool if_not_exists;
};

struct ast_alter_sequence {
    struct ast_node node;
    struct ast_relation *sequence;
    struct ast_list options;
    bool missing_ok;
};

/* AlterTableStmt, AlterCompositeTypeStmt: which sort of relation says `type`. */
struct ast_alter_table {
    struct ast_node node;
    struct ast_relation *relation;
    enum ast_object_type type;
    bool missing_ok;
    struct ast_list commands; /* ast_alter_table_command */
};

enum ast_alter_table_type {
    AST_ADD_COLUMN,     /* definition: ast_column_def */
    AST_COLUMN_DEFAULT, /* definition: expression, NULL: DROP DEFAULT */
    AST_DROP_NOT_NULL,
    AST_SET_NOT_NULL,
    AST_DROP_EXPRESSION,
    AST_SET_EXPRESSION,     /* definition: expression */
    AST_SET_STATISTICS,     /* definition: ast_const; column name or number */
    AST_SET_COLUMN_OPTIONS, /* definition: ast_list_node of ast_option */
    AST_RESET_COLUMN_OPTIONS,
    AST_SET_STORAGE, /* definition: ast_const string */
    AST_SET_COMPRESSION,
    AST_DROP_COLUMN,
    AST_ADD_CONSTRAINT,   /* definition: ast_constraint */
    AST_ALTER_CONSTRAINT, /* definition: ast_constraint with its new attributes */
    AST_VALIDATE_CONSTRAINT,
    AST_DROP_CONSTRAINT,
    AST_ALTER_COLUMN_TYPE, /* definition: ast_column_def, the USING expression is in a
                                * constraint DEFAULT of it */
    AST_ALTER_COLUMN_FOREIGN_OPTIONS,
    AST_CLUSTER_ON,
    AST_DROP_CLUSTER,
    AST_SET_LOGGED,
    AST_SET_UNLOGGED,
    AST_SET_TABLESPACE,
    AST_SET_OPTIONS, /* definition: ast_list_node of ast_option */
    AST_RESET_OPTIONS,
    AST_SET_ACCESS_METHOD,
    AST_ENABLE_TRIGGER,
    AST_ENABLE_TRIGGER_ALWAYS,
    AST_ENABLE_TRIGGER_REPLICA,
    AST_ENABLE_TRIGGER_ALL,
    AST_ENABLE_TRIGGER_USER,
    AST_DISABLE_TRIGGER,
    AST_DISABLE_TRIGGER_ALL,
    AST_DISABLE_TRIGGER_USER,
    AST_ENABLE_RULE,
    AST_ENABLE_RULE_ALWAYS,
    AST_ENABLE_RULE_REPLICA,
    AST_DISABLE_RULE,
    AST_ADD_INHERIT, /* definition: ast_relation */
    AST_DROP_INHERIT,
    AST_ADD_OF, /* definition: ast_type_name */
    AST_DROP_OF,
    AST_CHANGE_OWNER,             /* role */
    AST_REPLICA_IDENTITY_COMMAND, /* definition: ast_replica_identity */
    AST_ENABLE_ROW_SECURITY,
    AST_DISABLE_ROW_SECURITY,
    AST_FORCE_ROW_SECURITY,
    AST_NO_FORCE_ROW_SECURITY,
    AST_FOREIGN_OPTIONS,  /* definition: ast_list_node of ast_option */
    AST_ATTACH_PARTITION, /* definition: ast_partition_command */
    AST_DETACH_PARTITION,
    AST_DETACH_PARTITION_FINALIZE,
    AST_ADD_IDENTITY, /* definition: ast_constraint */
    AST_SET_IDENTITY, /* definition: ast_list_node of ast_option */
    AST_DROP_IDENTITY,
    AST_DROP_OIDS, /* SET WITHOUT OIDS */
};

/* alter_table_cmd. */
struct ast_alter_table_command {
    struct ast_node node;
    enum ast_alter_table_type type;
    struct slice name; /* column, constraint, trigger ... */
    int32_t number;    /* column by number, 0: by name */
    struct ast_role *role;
    struct ast_node *definition;
    bool cascade;
    bool missing_ok;
};

/* ALTER TABLE ALL IN TABLESPACE a [OWNED BY roles] SET TABLESPACE b. */
struct ast_alter_table_move_all {
    struct ast_node node;
    struct slice from, to;
    enum ast_object_type type;
    struct ast_list roles;
    bool nowait;
};

enum ast_replica_identity_type {
    AST_REPLICA_NOTHING = 'n',
    AST_REPLICA_FULL = 'f',
    AST_REPLICA_DEFAULT = 'd',
    AST_REPLICA_INDEX = 'i',
};

struct ast_replica_identity {
    struct ast_node node;
    enum ast_replica_identity_type type;
    struct slice index;
};

/* ATTACH, DETACH PARTITION; ALTER INDEX .. ATTACH PARTITION has no bound. */
struct ast_partition_command {
    struct ast_node node;
    struct ast_relation *partition;
    struct ast_partition_bound *bound;
    bool concurrently;
};

enum ast_trigger_timing {
    AST_TRIGGER_BEFORE,
    AST_TRIGGER_AFTER,
    AST_TRIGGER_INSTEAD,
};

enum ast_trigger_event {
    AST_TRIGGER_INSERT = 1 << 0,
    AST_TRIGGER_DELETE = 1 << 1,
    AST_TRIGGER_UPDATE = 1 << 2,
    AST_TRIGGER_TRUNCATE = 1 << 3,
};

/* CreateTrigStmt. */
struct ast_create_trigger {
    struct ast_node node;
    bool replace, constraint;
    struct slice name;
    struct ast_relation *relation;
    enum ast_trigger_timing timing;
    uint32_t events;          /* enum ast_trigger_event */
    struct ast_names columns; /* UPDATE OF */
    bool row;
    struct ast_list transitions; /* ast_trigger_transition */
    struct ast_node *when;
    struct ast_names function;
    struct ast_names args;
    bool deferrable, initially_deferred;
    struct ast_relation *constraint_relation; /* FROM name */
};

/* TriggerTransition. */
struct ast_trigger_transition {
    struct ast_node node;
    struct slice name;
    bool is_new, is_table;
};

enum ast_rule_event {
    AST_RULE_SELECT = 1,
    AST_RULE_UPDATE,
    AST_RULE_INSERT,
    AST_RULE_DELETE,
};

/* RuleStmt. */
struct ast_create_rule {
    struct ast_node node;
    bool replace, instead;
    struct slice name;
    struct ast_relation *relation;
    enum ast_rule_event event;
    struct ast_node *where;
    struct ast_list actions; /* none: NOTHING */
};

/* CreatePolicyStmt. */
struct ast_create_policy {
    struct ast_node node;
    struct slice name;
    struct ast_relation *relation;
    struct slice command; /* all, select, insert, update, delete */
    bool permissive;
    struct ast_list roles; /* ast_role */
    struct ast_node *using_expression, *check;
};

struct ast_alter_policy {
    struct ast_node node;
    struct slice name;
    struct ast_relation *relation;
    struct ast_list roles;
    struct ast_node *using_expression, *check;
};

/* CreateStatsStmt. */
struct ast_create_statistics {
    struct ast_node node;
    struct ast_names name;
    struct ast_names kinds;
    struct ast_list elements; /* ast_statistics_element */
    struct ast_list from;
    bool if_not_exists;
};

/* stats_param. */
struct ast_statistics_element {
    struct ast_node node;
    struct slice column; /* or expression */
    struct ast_node *expression;
};

struct ast_alter_statistics {
    struct ast_node node;
    struct ast_names name;
    int32_t target;
    bool missing_ok;
};

#endif
