/* SELECT, INSERT, UPDATE, DELETE, MERGE and their clauses in the syntax tree. See ast.h. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_QUERY_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_QUERY_H

#include "emulators/sql/syntax/ast_expr.h"

enum ast_set_operation {
    AST_SET_NONE,
    AST_UNION,
    AST_INTERSECT,
    AST_EXCEPT,
};

enum ast_limit_option {
    AST_LIMIT_COUNT,
    AST_LIMIT_WITH_TIES, /* FETCH FIRST n ROWS WITH TIES */
};

/* SelectStmt: a plain SELECT, VALUES (values_lists is not empty), TABLE name (as SELECT * FROM
 * name), or a set operation (operation is not NONE: left and right are, and of the rest only the
 * order, limit, locking and with clauses). */
struct ast_select {
    struct ast_node node;
    struct ast_with *with;
    bool distinct;
    struct ast_list distinct_on; /* DISTINCT ON (...) */
    struct ast_list targets;     /* ast_target */
    struct ast_into *into;
    struct ast_list from;
    struct ast_node *where;
    struct ast_list group_by; /* expressions and ast_grouping_set */
    bool group_distinct;      /* GROUP BY DISTINCT */
    struct ast_node *having;
    struct ast_list windows;         /* ast_window with names */
    struct ast_list values_lists;    /* ast_list_node each */
    struct ast_list order_by;        /* ast_sort_by */
    struct ast_node *limit, *offset; /* LIMIT ALL is an ast_const NULL */
    enum ast_limit_option limit_option;
    struct ast_list locking; /* ast_locking */
    enum ast_set_operation operation;
    bool all; /* UNION ALL */
    struct ast_select *left, *right;
};

/* target_el, set_target, insert_column_item. In SELECT and RETURNING name is the AS label; in INSERT
 * and UPDATE it is the column, and indirection what stands behind it. */
struct ast_target {
    struct ast_node node;
    struct slice name;
    struct ast_list indirection; /* ast_name, ast_indices, ast_star */
    struct ast_node *value;
};

/* SET (a, b) = source: the value of each of these targets. */
struct ast_multi_assign {
    struct ast_node node;
    struct ast_node *source; /* shared by all of them */
    int32_t column;          /* 1-based */
    int32_t columns;
};

/* with_clause. */
struct ast_with {
    struct ast_node node;
    bool recursive;
    struct ast_list ctes;
};

enum ast_materialize {
    AST_MATERIALIZE_DEFAULT,
    AST_MATERIALIZE_ALWAYS,
    AST_MATERIALIZE_NEVER,
};

/* common_table_expr. */
struct ast_cte {
    struct ast_node node;
    struct slice name;
    struct ast_names columns;
    enum ast_materialize materialize;
    struct ast_node *query; /* ast_select, ast_insert, ast_update, ast_delete, ast_merge */
    struct ast_cte_search *search;
    struct ast_cte_cycle *cycle;
};

/* SEARCH BREADTH | DEPTH FIRST BY columns SET name. */
struct ast_cte_search {
    struct ast_node node;
    struct ast_names columns;
    bool breadth_first;
    struct slice sequence_column;
};

/* CYCLE columns SET name [TO value DEFAULT value] USING name. */
struct ast_cte_cycle {
    struct ast_node node;
    struct ast_names columns;
    struct slice mark_column;
    struct ast_node *mark_value, *mark_default; /* TRUE and FALSE when not written */
    struct slice path_column;
};

enum ast_on_commit {
    AST_ON_COMMIT_NOOP,
    AST_ON_COMMIT_PRESERVE_ROWS,
    AST_ON_COMMIT_DELETE_ROWS,
    AST_ON_COMMIT_DROP,
};

/* into_clause, create_as_target, create_mv_target. */
struct ast_into {
    struct ast_node node;
    struct ast_relation *relation;
    struct ast_names columns;
    struct slice access_method;
    struct ast_list options; /* ast_option */
    enum ast_on_commit on_commit;
    struct slice tablespace;
    bool skip_data; /* WITH NO DATA */
};

enum ast_grouping_set_type {
    AST_GROUPING_EMPTY, /* () */
    AST_GROUPING_ROLLUP,
    AST_GROUPING_CUBE,
    AST_GROUPING_SETS,
};

struct ast_grouping_set {
    struct ast_node node;
    enum ast_grouping_set_type type;
    struct ast_list content;
};

enum ast_lock_strength {
    AST_LOCK_KEY_SHARE = 1,
    AST_LOCK_SHARE,
    AST_LOCK_NO_KEY_UPDATE,
    AST_LOCK_UPDATE,
};

enum ast_lock_wait {
    AST_LOCK_BLOCK,
    AST_LOCK_SKIP_LOCKED,
    AST_LOCK_NOWAIT,
};

/* for_locking_item. */
struct ast_locking {
    struct ast_node node;
    struct ast_list relations; /* ast_relation; none: all of the FROM */
    enum ast_lock_strength strength;
    enum ast_lock_wait wait;
};

enum ast_join_type {
    AST_JOIN_INNER,
    AST_JOIN_LEFT,
    AST_JOIN_FULL,
    AST_JOIN_RIGHT,
};

/* joined_table. CROSS JOIN is an inner join without conditions. */
struct ast_join {
    struct ast_node node;
    enum ast_join_type type;
    bool natural;
    struct ast_node *left, *right;
    struct ast_names using_columns;
    struct ast_alias *using_alias; /* USING (...) AS name */
    struct ast_node *on;
    struct ast_alias *alias; /* of the parenthesised join */
};

/* (query) AS alias in FROM. */
struct ast_from_subquery {
    struct ast_node node;
    bool lateral;
    struct ast_node *query;
    struct ast_alias *alias;
};

/* func_table: function(...) or ROWS FROM (...). */
struct ast_from_function {
    struct ast_node node;
    bool lateral;
    bool ordinality;
    bool rows_from;
    struct ast_list functions; /* ast_from_function_item */
    struct ast_alias *alias;
    struct ast_list column_defs; /* ast_column_def: AS alias (a int, ...) */
};

/* rowsfrom_item. */
struct ast_from_function_item {
    struct ast_node node;
    struct ast_node *call;       /* ast_func_call or one of the expressions written like one */
    struct ast_list column_defs; /* ast_column_def */
};

/* xmltable. */
struct ast_from_xml_table {
    struct ast_node node;
    bool lateral;
    struct ast_node *document, *row;
    struct ast_list namespaces; /* ast_target; without name: DEFAULT */
    struct ast_list columns;    /* ast_xml_table_column */
    struct ast_alias *alias;
};

/* xmltable_column_el. */
struct ast_xml_table_column {
    struct ast_node node;
    struct slice name;
    struct ast_type_name *type;
    bool for_ordinality, not_null;
    struct ast_node *path, *default_value;
};

/* JSON_TABLE. */
struct ast_from_json_table {
    struct ast_node node;
    bool lateral;
    struct ast_json_value *context;
    struct ast_node *path;
    struct slice path_name;
    struct ast_list passing; /* ast_target */
    struct ast_list columns; /* ast_json_table_column */
    struct ast_json_behavior *on_error;
    struct ast_alias *alias;
};

enum ast_json_table_column_type {
    AST_JSON_COLUMN_ORDINALITY,
    AST_JSON_COLUMN_REGULAR,
    AST_JSON_COLUMN_EXISTS,
    AST_JSON_COLUMN_FORMATTED,
    AST_JSON_COLUMN_NESTED,
};

struct ast_json_table_column {
    struct ast_node node;
    enum ast_json_table_column_type type;
    struct slice name;
    struct ast_type_name *type_name;
    struct slice path; /* ptr NULL: $.name */
    struct slice path_name;
    int32_t path_name_location;
    struct ast_json_format *format;
    enum ast_json_wrapper wrapper;
    enum ast_json_quotes quotes;
    struct ast_list columns; /* NESTED */
    struct ast_json_behavior *on_empty, *on_error;
};

/* relation TABLESAMPLE method(args) REPEATABLE (seed). */
struct ast_from_sample {
    struct ast_node node;
    struct ast_node *relation;
    struct ast_names method;
    struct ast_list args;
    struct ast_node *repeatable;
};

/* index_elem, opt_conf_expr's elements, ExclusionConstraintElem's. */
struct ast_index_element {
    struct ast_node node;
    struct slice column; /* or expression */
    struct ast_node *expression;
    struct ast_names collation, op_class;
    struct ast_list op_class_options; /* ast_option */
    enum ast_sort_direction direction;
    enum ast_nulls_order nulls;
    struct ast_names exclude_operator; /* EXCLUDE (element WITH operator) */
};

/* ON CONFLICT's target: (elements) WHERE ..., or ON CONSTRAINT name. */
struct ast_infer {
    struct ast_node node;
    struct ast_list elements; /* ast_index_element */
    struct ast_node *where;
    struct slice constraint;
};

struct ast_on_conflict {
    struct ast_node node;
    bool update; /* DO UPDATE rather than DO NOTHING */
    struct ast_infer *infer;
    struct ast_list targets; /* ast_target */
    struct ast_node *where;
};

enum ast_overriding {
    AST_OVERRIDING_NONE,
    AST_OVERRIDING_USER,
    AST_OVERRIDING_SYSTEM,
};

/* InsertStmt; DEFAULT VALUES has source NULL. */
struct ast_insert {
    struct ast_node node;
    struct ast_with *with;
    struct ast_relation *relation;
    struct ast_list columns; /* ast_target */
    enum ast_overriding overriding;
    bool ignores_rules; /* rows of COPY: rules do not see them */
    struct ast_select *source;
    struct ast_on_conflict *on_conflict;
    struct ast_list returning; /* ast_target */
};

/* UpdateStmt. */
struct ast_update {
    struct ast_node node;
    struct ast_with *with;
    struct ast_relation *relation;
    struct ast_list targets; /* ast_target */
    struct ast_list from;
    struct ast_node *where;
    struct ast_list returning;
};

/* DeleteStmt. */
struct ast_delete {
    struct ast_node node;
    struct ast_with *with;
    struct ast_relation *relation;
    struct ast_list from; /* USING */
    struct ast_node *where;
    struct ast_list returning;
};

/* MergeStmt. */
struct ast_merge {
    struct ast_node node;
    struct ast_with *with;
    struct ast_relation *relation;
    struct ast_node *source;
    struct ast_node *on;
    struct ast_list whens; /* ast_merge_when */
    struct ast_list returning;
};

enum ast_merge_match {
    AST_MERGE_MATCHED,
    AST_MERGE_NOT_MATCHED_BY_SOURCE,
    AST_MERGE_NOT_MATCHED,
};

enum ast_merge_action {
    AST_MERGE_DO_NOTHING,
    AST_MERGE_INSERT,
    AST_MERGE_UPDATE,
    AST_MERGE_DELETE,
};

/* merge_when_clause. */
struct ast_merge_when {
    struct ast_node node;
    enum ast_merge_match match;
    struct ast_node *condition;
    enum ast_merge_action action;
    enum ast_overriding overriding;
    struct ast_list targets; /* ast_target: UPDATE's, or INSERT's columns */
    struct ast_list values;  /* INSERT; none: DEFAULT VALUES */
};

#endif
