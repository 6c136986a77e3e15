/* Running PL/pgSQL.
 *
 * A frame is one invocation of a function: its variables' values, what it returned so far. Statements
 * run in the frame's environment; `scratch` lasts as long as one of them. Values of variables are
 * copies of their own, freed with the frame.
 *
 * Errors: false (PL_FAILED), env->error is filled; blocks with handlers catch them. */
#ifndef PARLEL_EMULATORS_POSTGRES_PLPGSQL_RUN_H
#define PARLEL_EMULATORS_POSTGRES_PLPGSQL_RUN_H

#include "emulators/postgres/plpgsql/compile.h"
#include "emulators/postgres/routine/stored_cast.h"
#include "emulators/sql/exec/trigger.h"

struct ast_fetch;
struct pg_portal;

/* A record's columns and their values, in arenas of its own. */
struct pl_record {
    struct arena arena; /* what it looks like */
    struct arena
        bytes[2]; /* of values: those of the current one, while they are replaced the other */
    const struct arena_chunk *measured; /* the newest one of those when they were replaced last */
    uint8_t current;
    bool assigned; /* it has a structure */
    bool null;     /* it has no values: all are NULL */
    uint32_t type; /* composite's, or record's */
    uint32_t count;
    struct slice *names;
    uint32_t *types;
    int32_t *typmods;
    struct datum *values;
};

struct pl_value {
    struct datum datum;
    uint8_t *buffer; /* of a datum with bytes */
    size_t room;
    struct pl_record record; /* PL_RECORD */
};

/* Rows that a set-returning function gave; each `columns` datums. */
struct pl_result {
    struct arena *arena;
    struct datum **rows;
    uint64_t count, room;
    uint64_t given; /* to the caller */
    uint32_t columns;
    const uint32_t *types; /* of the columns */
    bool of_rows;          /* composite values, even of one column */
};

struct pl_frame {
    struct sql_env env;
    const struct pl_function *function;
    struct pl_value *values;
    struct arena arena, scratch;
    struct pl_result *result; /* of a set; NULL: none */
    struct datum returned;    /* value of RETURN, in `arena` */
    uint32_t returned_type;
    uint32_t returned_variable; /* a record or row variable was returned; PL_NONE: none */
    bool has_returned;
    const struct sql_error *caught; /* innermost; NULL: not in a handler */
    uint64_t row_count;
    struct slice label; /* of EXIT and CONTINUE under way */
    int line;
    const char *doing;                /* words of contexts; NULL: it sets a block's variables up */
    struct sql_trigger_data *trigger; /* NULL: no trigger */
    uint16_t trigger_known;           /* bits: which of its variables have their values */
    uint8_t turns;                    /* of loops, until the next look whether to go on */
    bool atomic;                      /* COMMIT and ROLLBACK are not allowed */
};

enum pl_flow { PL_NEXT, PL_EXITING, PL_CONTINUING, PL_RETURNING, PL_FAILED };

/* ---- frames */
bool pl_frame_init(struct pl_frame *frame, const struct sql_env *env,
                   const struct pl_function *function);
void pl_frame_done(struct pl_frame *frame);
/* Runs the body. A function that must return a value and did not has failed (2F005). */
bool pl_frame_run(struct pl_frame *frame);

enum pl_flow pl_run(struct pl_frame *frame, const struct pl_statements *statements);
enum pl_flow pl_run_block(struct pl_frame *frame, const struct pl_block *block);

/* ---- values (value.c) */
struct pl_variable *pl_variable(const struct pl_frame *frame, uint32_t number);
/* A variable's value as a datum of its type, borrowed or made in scratch. */
bool pl_get(struct pl_frame *frame, uint32_t variable, struct datum *out);
/* A field of a record: its place; fails with 42703 or 55000. */
bool pl_field(struct pl_frame *frame, uint32_t variable, struct slice field, uint32_t *out);
/* Assigns with a cast. */
bool pl_set(struct pl_frame *frame, uint32_t variable, struct datum value, uint32_t type,
            int32_t typmod);
bool pl_set_target(struct pl_frame *frame, const struct pl_target *target, struct datum value,
                   uint32_t type, int32_t typmod);
/* Assigns a row: to a record by structure, to a row variable member by member. values NULL: no row. */
bool pl_set_row(struct pl_frame *frame, uint32_t variable, const struct sql_result_column *columns,
                const struct datum *values, uint32_t count);
bool pl_set_record(struct pl_frame *frame, uint32_t variable, struct datum record, uint32_t type);
bool pl_set_bool(struct pl_frame *frame, uint32_t variable, bool value);
bool pl_set_text(struct pl_frame *frame, uint32_t variable, struct slice text);
/* Gives the record the structure of a relation's rows and their values. */
bool pl_set_relation_row(struct pl_frame *frame, uint32_t variable,
                         const struct sql_relation *relation, const struct datum *values);
/* Gives a variable of the trigger's (tg_name) its value, which it has when somebody wants it. */
bool pl_set_trigger_variable(struct pl_frame *frame, uint32_t variable);
void pl_value_done(struct pl_value *value);
/* A copy in the arena. */
bool pl_copy(struct pl_frame *frame, struct arena *arena, uint32_t type, struct datum *value);

/* ---- expressions (expression.c, evaluate.c) */
bool pl_eval(struct pl_frame *frame, struct pl_expr *expr, struct datum *out, uint32_t *type,
             int32_t *typmod);
bool pl_eval_bool(struct pl_frame *frame, struct pl_expr *expr, bool *out, bool *null);
bool pl_eval_as(struct pl_frame *frame, struct pl_expr *expr, uint32_t type, struct datum *out);
/* As text; null: *out.ptr is NULL. */
bool pl_eval_text(struct pl_frame *frame, struct pl_expr *expr, struct slice *out);
/* Plans it for the variables as they are and gathers the parameters in scratch. */
bool pl_prepare(struct pl_frame *frame, struct pl_expr *expr, struct datum **params);
/* One of the uses of its plan that expr->running counts is over. */
void pl_expr_end(struct pl_expr *expr);
void pl_expr_done(struct pl_expr *expr);
/* An error's position in the expression's text: the text is an internal query. */
void pl_locate(struct pl_frame *frame, const struct pl_expr *expr);

/* ---- rows of statements (rows.c) */

/* What a statement gave: its rows, copied. */
struct pl_rows {
    struct arena arena;
    const struct sql_result_column *columns; /* in the arena */
    uint32_t column_count;
    struct datum **items;
    uint64_t count, room, next;
    uint64_t changed;         /* rows given or changed, for ROW_COUNT */
    enum sql_command command; /* of a static statement */
    bool has_columns;
    bool fetched; /* they stand for rows of a cursor, whose errors do not name the statement */
};

void pl_rows_init(struct pl_rows *rows);
void pl_rows_done(struct pl_rows *rows);
/* Runs a statement; at most max rows (0: all). */
bool pl_run_query(struct pl_frame *frame, struct pl_expr *expr, uint64_t max, struct pl_rows *rows);
/* A static statement has failed: its text becomes a line of the context where no position says more. */
bool pl_fail_query(struct pl_frame *frame, const struct pl_expr *expr);
/* EXECUTE text USING args, in two steps: the text and the arguments' values, and running it. */
struct pl_dynamic_text {
    struct slice text;
    struct ast_list statements;
    struct datum *values;
    struct sql_params params;
    uint32_t arg_count;
};
bool pl_read_dynamic(struct pl_frame *frame, struct pl_expr *text, const struct pl_exprs *args,
                     struct pl_dynamic_text *out);
bool pl_run_read(struct pl_frame *frame, struct pl_dynamic_text *dynamic, uint64_t max,
                 struct pl_rows *rows);
/* The portal of a query that gives its rows in portions; *out NULL: it is none, and is to be run. */
bool pl_dynamic_portal(struct pl_frame *frame, struct pl_dynamic_text *dynamic, struct slice name,
                       struct pg_portal **out);

/* ---- kinds of statements */
typedef enum pl_flow pl_runner(struct pl_frame *frame, const struct pl_statement *statement);
pl_runner pl_run_sql, pl_run_execute, pl_run_perform;             /* run_sql.c */
pl_runner pl_run_call;                                            /* run_call.c */
pl_runner pl_run_return, pl_run_return_next, pl_run_return_query; /* run_return.c */
pl_runner pl_run_raise, pl_run_assert, pl_run_diagnostics;        /* run_raise.c */
pl_runner pl_run_for_integer, pl_run_for_query, pl_run_for_cursor, pl_run_foreach; /* run_loop.c */
pl_runner pl_run_open, pl_run_fetch, pl_run_close; /* run_cursor.c */
pl_runner pl_run_end;                              /* run_sql.c */
/* One turn of a loop's body; *over: the loop ends with the flow that is returned. */
enum pl_flow pl_loop_turn(struct pl_frame *frame, const struct pl_statements *body,
                          struct slice label, bool *over);
/* A row of the result. */
bool pl_result_add(struct pl_frame *frame, const struct datum *values, const uint32_t *types,
                   uint32_t count);
/* Appends the variable's value as the result's columns. */
bool pl_result_add_variable(struct pl_frame *frame, uint32_t variable);

/* ---- what a function gives against what is wanted (conform.c) */

struct pl_row_shape {
    const uint32_t *types;
    uint32_t count;
};

/* A composite type, record, or a domain over one? */
bool pl_is_row_type(struct pl_frame *frame, uint32_t type);
/* Has the row just the wanted types? Else 42804 with the message, and in the detail what differs. */
bool pl_check_row(struct pl_frame *frame, const char *message, const struct pl_row_shape *wanted,
                  const struct pl_row_shape *row);
/* A returned row of the type, as one of the call's result. */
bool pl_conform_returned(struct sql_call *call, struct pl_frame *frame, struct datum *value,
                         uint32_t type);

/* ---- cursors (run_cursor.c) */

/* What OPEN, or a FOR loop over a bound cursor, says. */
struct pl_opening {
    uint32_t cursor;                 /* the variable */
    struct pl_expr *query, *dynamic; /* of an unbound cursor */
    const struct pl_exprs *args;     /* of a bound cursor, or USING */
    bool scroll, no_scroll;
};

/* Opens its portal; the variable gets a name when it has none. NULL: the error is filled. */
struct pg_portal *pl_cursor_open(struct pl_frame *frame, const struct pl_opening *opening);
/* What a loop is over at most without a portal of its own, as far as the planner knows. */
#define PL_LOOP_ROWS_KEPT 1000
/* The portal of a loop over the query; *out NULL: its rows are few, or it changes something, so that it
 * runs whole. The caller pins and closes it. */
bool pl_loop_portal(struct pl_frame *frame, struct pl_expr *query, struct pg_portal **out);
/* Fetches into the target (a record or row variable). nulls: that gets NULLs when there is no row. */
bool pl_cursor_fetch(struct pl_frame *frame, const struct ast_fetch *fetch, uint32_t target,
                     bool nulls, uint64_t *rows);

#endif
