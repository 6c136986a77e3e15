/* The syntax tree of statements, as a parser leaves it: nothing looked up, nothing checked.
 *
 * Every node begins with a struct ast_node: its kind says which struct it is, its location is the
 * byte of the whole text where it begins (-1: it stands nowhere), for the positions of errors.
 * Nodes, lists and names live in the arena given to the parser; strings are there, too, or borrow
 * from the text. A tree is not changed after parsing, so that it may be kept and analysed again.
 *
 * This header has what all others share; the nodes themselves are grouped by subject: ast_expr.h
 * (expressions), ast_query.h (SELECT, INSERT, UPDATE, DELETE, MERGE), ast_table.h (tables, indexes,
 * views, sequences, triggers), ast_object.h (all other objects, roles, privileges), ast_utility.h
 * (transactions, settings, cursors, COPY ...). The comment of a node names its rule of the grammar.
 * In comments, "or NULL" is said once here: a pointer to what was not written is NULL, a list or
 * a name that was not written has count 0, a string that was not written has ptr NULL. */
#ifndef PARLEL_EMULATORS_SQL_SYNTAX_AST_H
#define PARLEL_EMULATORS_SQL_SYNTAX_AST_H

#include "common/slice.h"
#include "emulators/sql/syntax/ast_kinds.h"

enum ast_kind {
#define AST_KIND_ENUM(kind, name) AST_##kind,
    AST_KINDS(AST_KIND_ENUM)
#undef AST_KIND_ENUM
        AST_KIND_COUNT
};

struct ast_node {
    enum ast_kind kind;
    int32_t location;
};

struct ast_list {
    struct ast_node **items;
    uint32_t count;
};

/* A qualified name, outermost part first, or a list of plain names. */
struct ast_names {
    struct slice *items;
    uint32_t count;
};

/* The node as the struct of its kind: AST_AS(select, node) is a struct ast_select *. */
#define AST_AS(name, pointer) ((struct ast_##name *)(void *)(uintptr_t)(pointer))

/* The kind in words, for messages and tests: "select". */
const char *ast_kind_name(enum ast_kind kind);

/* A list where a node is wanted: a row of VALUES, the value of an option. */
struct ast_list_node {
    struct ast_node node;
    struct ast_list list;
};

/* any_name, qual_Op: a qualified name where a node is wanted. */
struct ast_name {
    struct ast_node node;
    struct ast_names names;
};

enum ast_option_action {
    AST_OPTION_PLAIN,
    AST_OPTION_SET, /* OPTIONS (SET a 'x') */
    AST_OPTION_ADD,
    AST_OPTION_DROP,
};

/* def_elem, reloption_elem, generic_option_elem, createfunc_opt_item ...: name [= value]. */
struct ast_option {
    struct ast_node node;
    struct slice space; /* toast.autovacuum_enabled: "toast" */
    struct slice name;
    struct ast_node *value; /* ast_const, ast_type_name, ast_name, ast_list_node ...; NULL: none */
    enum ast_option_action action;
};

enum ast_role_type {
    AST_ROLE_NAME,
    AST_ROLE_CURRENT_ROLE,
    AST_ROLE_CURRENT_USER,
    AST_ROLE_SESSION_USER,
    AST_ROLE_PUBLIC,
};

/* RoleSpec. */
struct ast_role {
    struct ast_node node;
    enum ast_role_type type;
    struct slice name; /* AST_ROLE_NAME */
};

/* Typename, func_type. */
struct ast_type_name {
    struct ast_node node;
    struct ast_names names; /* built-in spellings (INTEGER, TIMESTAMP WITH TIME ZONE) are the
                             * dialect's qualified names already */
    bool setof;
    bool percent_type; /* table.column%TYPE: names are the column's */
    struct ast_list typmods;
    /* One int32_t a dimension, -1: no bound written. */
    int32_t *array_bounds;
    uint32_t array_dimensions;
};

/* alias_clause: AS name (columns). */
struct ast_alias {
    struct ast_node node;
    struct slice name;
    struct ast_names columns;
};

enum ast_persistence {
    AST_PERMANENT,
    AST_TEMPORARY,
    AST_UNLOGGED,
};

/* qualified_name, relation_expr: a table, view, index, sequence ... by name. */
struct ast_relation {
    struct ast_node node;
    struct slice catalog, schema, name;
    bool only; /* ONLY: not its children */
    enum ast_persistence persistence;
    struct ast_alias *alias;
};

/* function_with_argtypes, aggregate_with_argtypes, operator_with_argtypes. */
struct ast_func_ref {
    struct ast_node node;
    struct ast_names name;
    struct ast_list args;       /* ast_type_name; NULL: NONE of an operator. For calls: IN ones */
    struct ast_list parameters; /* ast_func_parameter, all of them as written */
    bool args_unspecified;      /* no parentheses: the name must be unique */
};

/* One of the statements of a text. Its bytes are text[start, start + len), without the semicolon;
 * len 0: up to the end. */
struct ast_raw_statement {
    struct ast_node node;
    struct ast_node *statement;
    int32_t start, len;
};

/* Where the text of an expression begins, for positions of errors: the least place of the node and
 * what stands to its left. -1: nowhere. */
int32_t ast_location(const struct ast_node *node);

/* Calls visit for each child of the node (not for the node); stops with false when one returns
 * false. To descend, visit calls ast_walk itself. */
bool ast_walk(const struct ast_node *node, bool (*visit)(struct ast_node *child, void *context),
              void *context);
bool ast_walk_list(const struct ast_list *list,
                   bool (*visit)(struct ast_node *child, void *context), void *context);

#endif
