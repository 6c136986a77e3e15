/* Transactions, settings, cursors, prepared statements, EXPLAIN, COPY and maintenance in the syntax
 * tree. See ast.h. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_UTILITY_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_UTILITY_H

#include "emulators/sql/syntax/ast_object.h"

enum ast_transaction_type {
    AST_TRANSACTION_BEGIN,
    AST_TRANSACTION_START,
    AST_TRANSACTION_COMMIT,
    AST_TRANSACTION_ROLLBACK,
    AST_TRANSACTION_SAVEPOINT,
    AST_TRANSACTION_RELEASE,
    AST_TRANSACTION_ROLLBACK_TO,
    AST_TRANSACTION_PREPARE,
    AST_TRANSACTION_COMMIT_PREPARED,
    AST_TRANSACTION_ROLLBACK_PREPARED,
};

/* TransactionStmt. Options (BEGIN, START): transaction_isolation (string), transaction_read_only,
 * transaction_deferrable (ast_const integer 0 or 1). */
struct ast_transaction {
    struct ast_node node;
    enum ast_transaction_type type;
    struct ast_list options;
    struct slice savepoint;
    struct slice global_id;
    bool chain;
};

enum ast_set_type {
    AST_SET_VALUE,
    AST_SET_DEFAULT,
    AST_SET_CURRENT, /* FROM CURRENT */
    AST_SET_MULTI,   /* SET TRANSACTION (name TRANSACTION), SET SESSION CHARACTERISTICS (SESSION
                      * CHARACTERISTICS), args: ast_option; TRANSACTION SNAPSHOT: a string */
    AST_RESET,
    AST_RESET_ALL,
};

/* VariableSetStmt, VariableResetStmt. */
struct ast_set {
    struct ast_node node;
    enum ast_set_type type;
    struct slice name;    /* with its dots */
    struct ast_list args; /* ast_const, ast_type_cast (SET TIME ZONE INTERVAL '1' HOUR) */
    bool local;
};

/* VariableShowStmt. */
struct ast_show {
    struct ast_node node;
    struct slice name; /* "all", "timezone", "transaction_isolation", "session_authorization" too */
};

struct ast_alter_system {
    struct ast_node node;
    struct ast_set *set;
};

enum ast_discard_type {
    AST_DISCARD_ALL,
    AST_DISCARD_PLANS,
    AST_DISCARD_SEQUENCES,
    AST_DISCARD_TEMP,
};

struct ast_discard {
    struct ast_node node;
    enum ast_discard_type type;
};

/* ConstraintsSetStmt. */
struct ast_set_constraints {
    struct ast_node node;
    struct ast_list constraints; /* ast_relation; none: ALL */
    bool deferred;
};

enum ast_cursor_option {
    AST_CURSOR_BINARY = 1 << 0,
    AST_CURSOR_SCROLL = 1 << 1,
    AST_CURSOR_NO_SCROLL = 1 << 2,
    AST_CURSOR_INSENSITIVE = 1 << 3,
    AST_CURSOR_ASENSITIVE = 1 << 4,
    AST_CURSOR_HOLD = 1 << 5,
};

/* DeclareCursorStmt. */
struct ast_declare_cursor {
    struct ast_node node;
    struct slice name;
    uint32_t options;
    struct ast_node *query;
};

struct ast_close_cursor {
    struct ast_node node;
    struct slice name; /* ptr NULL: ALL */
};

enum ast_fetch_direction {
    AST_FETCH_FORWARD,
    AST_FETCH_BACKWARD,
    AST_FETCH_ABSOLUTE,
    AST_FETCH_RELATIVE,
};

#define AST_FETCH_ALL INT64_MAX

/* FetchStmt. */
struct ast_fetch {
    struct ast_node node;
    enum ast_fetch_direction direction;
    int64_t count;
    struct slice cursor;
    bool move;
};

/* PrepareStmt. */
struct ast_prepare {
    struct ast_node node;
    struct slice name;
    struct ast_list types; /* ast_type_name */
    struct ast_node *query;
};

struct ast_execute {
    struct ast_node node;
    struct slice name;
    struct ast_list args;
};

struct ast_deallocate {
    struct ast_node node;
    struct slice name; /* ptr NULL: ALL */
};

/* ExplainStmt. Options as written, also those of EXPLAIN ANALYZE VERBOSE. */
struct ast_explain {
    struct ast_node node;
    struct ast_node *query;
    struct ast_list options;
};

/* CopyStmt. Options of the old syntax are the new one's: format, delimiter, null, header, quote,
 * escape, force_quote (ast_star or ast_list_node), force_not_null, force_null, freeze, encoding. */
struct ast_copy {
    struct ast_node node;
    struct ast_relation *relation; /* or query */
    struct ast_node *query;
    struct ast_names columns;
    bool from, program;
    struct slice file; /* ptr NULL: STDIN, STDOUT */
    struct ast_list options;
    struct ast_node *where;
};

/* TruncateStmt. */
struct ast_truncate {
    struct ast_node node;
    struct ast_list relations; /* ast_relation */
    bool restart_sequences, cascade;
};

enum ast_lock_mode {
    AST_ACCESS_SHARE = 1,
    AST_ROW_SHARE,
    AST_ROW_EXCLUSIVE,
    AST_SHARE_UPDATE_EXCLUSIVE,
    AST_SHARE,
    AST_SHARE_ROW_EXCLUSIVE,
    AST_EXCLUSIVE,
    AST_ACCESS_EXCLUSIVE,
};

/* LockStmt. */
struct ast_lock {
    struct ast_node node;
    struct ast_list relations;
    enum ast_lock_mode mode;
    bool nowait;
};

/* VacuumStmt, AnalyzeStmt. */
struct ast_vacuum {
    struct ast_node node;
    bool is_vacuum; /* false: ANALYZE alone */
    struct ast_list options;
    struct ast_list relations; /* ast_vacuum_relation */
};

struct ast_vacuum_relation {
    struct ast_node node;
    struct ast_relation *relation;
    struct ast_names columns;
};

/* ClusterStmt. */
struct ast_cluster {
    struct ast_node node;
    struct ast_relation *relation;
    struct slice index;
    struct ast_list options;
};

enum ast_reindex_type {
    AST_REINDEX_INDEX,
    AST_REINDEX_TABLE,
    AST_REINDEX_SCHEMA,
    AST_REINDEX_SYSTEM,
    AST_REINDEX_DATABASE,
};

/* ReindexStmt. */
struct ast_reindex {
    struct ast_node node;
    enum ast_reindex_type type;
    struct ast_relation *relation; /* INDEX, TABLE */
    struct slice name;             /* the others */
    struct ast_list options;
};

struct ast_checkpoint {
    struct ast_node node;
};

struct ast_load {
    struct ast_node node;
    struct slice file;
};

struct ast_listen {
    struct ast_node node;
    struct slice channel;
};

struct ast_unlisten {
    struct ast_node node;
    struct slice channel; /* ptr NULL: * */
};

struct ast_notify {
    struct ast_node node;
    struct slice channel, payload;
};

/* PLAssignStmt: target := query, in routines. */
struct ast_assignment {
    struct ast_node node;
    struct slice name;
    int32_t param;               /* target is $n, name is empty */
    struct ast_list indirection; /* ast_name, ast_indices */
    int32_t name_parts;          /* how many parts of the name belong to the variable's name */
    struct ast_select *query;
};

#endif
