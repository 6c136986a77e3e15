/* PL/pgSQL: a function's body as a tree.
 *
 * Made once of a function's source (compile.h) and kept by the session (routine/cache.h). Variables
 * are numbered through the whole function; where a name is looked up is said by scopes, each of which
 * sees the one around it. Everything is in the function's arena. Lines count from 1, the body's first
 * line being 1 (a line break right behind the opening quote makes that an empty one). */
#ifndef PARLEL_EMULATORS_POSTGRES_PLPGSQL_TREE_H
#define PARLEL_EMULATORS_POSTGRES_PLPGSQL_TREE_H

#include "emulators/postgres/routine/stored_query.h"

struct pl_expr;
struct pl_function;
struct pl_statement;

enum pl_variable_kind {
    PL_SCALAR,
    PL_RECORD, /* record, or a composite type */
    PL_ROW,    /* a list of other variables, as INTO a, b has it; without a name */
};

struct pl_cursor_arg {
    struct slice name;
    uint32_t variable;
};

struct pl_variable {
    struct slice name;
    enum pl_variable_kind kind;
    uint32_t number;
    int line;
    uint32_t type; /* PL_RECORD: the composite's, or record */
    int32_t typmod;
    uint32_t collation;
    bool constant, not_null;
    bool by_value, domain; /* its type */
    struct pl_expr *value; /* default; NULL: NULL */
    /* Bound cursors. */
    struct pl_expr *cursor;
    struct pl_cursor_arg *cursor_args;
    uint32_t cursor_arg_count;
    bool scroll, no_scroll;
    /* PL_ROW */
    struct pl_target *members;
    uint32_t member_count;
};

/* A name's place: variables first .. first + count were declared in it. */
struct pl_scope {
    const struct pl_scope *outer;
    struct slice label;
    uint32_t *variables; /* numbers */
    uint32_t count, room;
};

/* A parameter of an expression: a variable, or a field of a record. */
struct pl_use {
    uint32_t variable;
    struct slice field; /* ptr NULL: the whole variable */
    uint32_t type;      /* when it was analysed */
    uint32_t at;        /* where the field was found last */
};

/* What an expression had made while it was running and was analysed anew by an inner call. */
struct pl_retired;

struct pl_expr {
    struct pg_stored_query query;
    struct sql_scope names;
    struct sql_params params;
    const struct pl_function *function;
    const struct pl_scope *scope;
    uint32_t visible; /* of scope->variables, how many were declared before */
    struct pl_use *uses;
    uint32_t use_count, use_room;
    struct pl_frame *frame; /* of the running invocation, while analysing */
    struct pl_expr *next;   /* of the function */
    int line;
    bool whole;       /* a statement; else an expression, or what follows SELECT */
    uint32_t running; /* evaluations under way: they use the plan */
    struct pl_retired *retired;
    struct sql_simple *simple; /* the open run of a simple plan; NULL: there is none */
    struct datum *values;      /* its parameters */
    bool by_value;             /* its result */
};

/* What is assigned to: a variable, a record's field, elements of an array in either. */
struct pl_target {
    uint32_t variable;
    struct slice field; /* ptr NULL: none */
    struct pl_subscript {
        struct pl_expr *lower, *upper;
        bool slice;
    } * subscripts;
    uint32_t subscript_count;
    int line;
};

enum pl_statement_kind {
    PL_BLOCK,
    PL_ASSIGN,
    PL_IF,
    PL_CASE,
    PL_LOOP,
    PL_WHILE,
    PL_FOR_INTEGER,
    PL_FOR_QUERY,
    PL_FOR_CURSOR,
    PL_FOR_DYNAMIC,
    PL_FOREACH,
    PL_EXIT, /* and CONTINUE */
    PL_RETURN,
    PL_RETURN_NEXT,
    PL_RETURN_QUERY,
    PL_RAISE,
    PL_ASSERT,
    PL_SQL,
    PL_EXECUTE,
    PL_PERFORM,
    PL_CALL, /* CALL and DO */
    PL_GET_DIAGNOSTICS,
    PL_OPEN,
    PL_FETCH, /* and MOVE */
    PL_CLOSE,
    PL_COMMIT,
    PL_ROLLBACK,
    PL_NULL,
    PL_STATEMENT_KINDS
};

struct pl_statements {
    struct pl_statement **items;
    uint32_t count, room;
};

struct pl_statement {
    enum pl_statement_kind kind;
    int line;
};

struct pl_exprs {
    struct pl_expr **items;
    uint32_t count, room;
};

struct pl_handler {
    struct pl_condition {
        char sqlstate[6]; /* "" : OTHERS; a class when it ends in 000 */
    } * conditions;
    uint32_t count;
    struct pl_statements body;
};

struct pl_block {
    struct pl_statement statement;
    struct slice label;
    uint32_t *variables; /* to be set up when it begins */
    uint32_t variable_count;
    struct pl_statements body;
    struct pl_handler *handlers;
    uint32_t handler_count;
    uint32_t sqlstate, sqlerrm; /* variables that handlers see */
};

struct pl_assign {
    struct pl_statement statement;
    struct pl_target target;
    struct pl_expr *value;
};

struct pl_branch {
    int line;
    struct pl_expr *condition;
    struct pl_exprs values; /* CASE: WHEN a, b */
    struct pl_statements body;
};

struct pl_if { /* and CASE */
    struct pl_statement statement;
    struct pl_expr *value; /* CASE value WHEN ...; kept in `test` */
    uint32_t test;
    struct pl_branch *branches;
    uint32_t count;
    bool has_else;
    struct pl_statements otherwise;
};

struct pl_loop { /* LOOP, WHILE */
    struct pl_statement statement;
    struct slice label;
    struct pl_expr *condition;
    struct pl_statements body;
};

struct pl_for_integer {
    struct pl_statement statement;
    struct slice label;
    uint32_t variable;
    bool reverse;
    struct pl_expr *from, *to, *by;
    struct pl_statements body;
};

struct pl_for_query {
    struct pl_statement statement;
    struct slice label;
    uint32_t target;         /* a record or row variable */
    struct pl_expr *query;   /* FOR_QUERY */
    struct pl_expr *dynamic; /* FOR_DYNAMIC */
    struct pl_exprs args;    /* USING */
    uint32_t cursor;         /* FOR_CURSOR */
    struct pl_exprs cursor_args;
    struct pl_statements body;
};

struct pl_foreach {
    struct pl_statement statement;
    struct slice label;
    struct pl_target target;
    int slice;
    struct pl_expr *array;
    struct pl_statements body;
};

struct pl_exit {
    struct pl_statement statement;
    bool is_continue;
    struct slice label;
    struct pl_expr *condition;
};

struct pl_return { /* RETURN, RETURN NEXT */
    struct pl_statement statement;
    struct pl_expr *value;
    bool has_variable; /* a variable alone */
    uint32_t variable;
};

struct pl_dynamic { /* EXECUTE, RETURN QUERY, PERFORM, CALL, SQL */
    struct pl_statement statement;
    struct pl_expr *query;   /* static */
    struct pl_expr *dynamic; /* text */
    struct pl_exprs args;
    bool into, strict;
    uint32_t target;
    bool changes_rows; /* INSERT, UPDATE, DELETE, MERGE */
};

struct pl_raise {
    struct pl_statement statement;
    enum sql_severity level;
    bool rethrow;
    char sqlstate[6];
    struct slice condition; /* as named; ptr NULL: none */
    struct slice message;   /* format; ptr NULL: none */
    struct pl_exprs args;
    struct pl_raise_option {
        enum {
            PL_RAISE_MESSAGE,
            PL_RAISE_DETAIL,
            PL_RAISE_HINT,
            PL_RAISE_ERRCODE,
            PL_RAISE_COLUMN,
            PL_RAISE_CONSTRAINT,
            PL_RAISE_DATATYPE,
            PL_RAISE_TABLE,
            PL_RAISE_SCHEMA
        } option;
        struct pl_expr *value;
    } * options;
    uint32_t option_count;
};

struct pl_assert {
    struct pl_statement statement;
    struct pl_expr *condition, *message;
};

struct pl_diagnostics {
    struct pl_statement statement;
    bool stacked;
    struct pl_diagnostic {
        uint32_t item; /* of the table in compile_statement.c */
        struct pl_target target;
    } * items;
    uint32_t count;
};

struct pl_open {
    struct pl_statement statement;
    uint32_t cursor;
    bool scroll, no_scroll;
    struct pl_expr *query, *dynamic;
    struct pl_exprs args; /* of a bound cursor, or USING */
};

struct pl_fetch { /* FETCH, MOVE, CLOSE */
    struct pl_statement statement;
    uint32_t cursor;
    uint32_t target; /* FETCH */
    bool move;
    int direction; /* enum ast_fetch_direction */
    int64_t count;
    struct pl_expr *count_expr;
};

struct pl_end { /* COMMIT, ROLLBACK */
    struct pl_statement statement;
    bool chain;
};

struct pl_function {
    struct arena arena;
    struct slice name; /* for messages: "f(integer)" */
    struct slice source;
    uint32_t id;
    struct pl_variable **variables;
    uint32_t variable_count, variable_room;
    struct pl_block *body;
    struct pl_expr *exprs; /* all of them */
    uint32_t *args;        /* variables of the input arguments */
    uint32_t arg_count;
    uint32_t *outs; /* variables of the output arguments */
    uint32_t out_count;
    uint32_t out_row; /* what RETURN without a value gives; UINT32_MAX: nothing */
    uint32_t found;
    uint32_t old_row, new_row; /* of triggers; UINT32_MAX: no trigger */
    uint32_t trigger_first;    /* tg_name and the others, in order */
    uint32_t return_type;
    uint32_t collation; /* of the call: of all variables that do not say their own */
    bool returns_set, is_procedure, is_trigger, is_event_trigger, returns_record;
    bool use_variable, use_column; /* #variable_conflict */
    bool print_strict_params;
    struct pl_function *next; /* of the session's */
    uint64_t catalog_version;
    uint32_t users; /* invocations under way */
    bool stale;     /* off the list: goes with its last user */
};

#define PL_NONE UINT32_MAX

#endif
