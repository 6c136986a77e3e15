/* Running analysed statements: plan once, run as often as wanted.
 *
 * A plan is made of a query and is immutable; it lives in the arena given (of the prepared statement,
 * or of the statement). A run (the state of one execution) is opened on it with parameters and a
 * snapshot, gives its rows to a sink in as many portions as its owner likes, and is closed. Runs that
 * are open when their transaction ends are closed by their owner first.
 *
 * Errors: false, env->error is filled. What a run changed so far is undone by the transaction. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_EXEC_H
#define PARLEL_EMULATORS_SQL_EXEC_EXEC_H

#include "emulators/sql/analyze/query.h"

struct json_writer;
struct sql_plan;
struct sql_run;
struct sql_snapshot;

/* A column of a result. */
struct sql_result_column {
    struct slice name;
    uint32_t type;
    int32_t typmod;
    uint32_t origin_table; /* relation id, 0: computed */
    int16_t origin_column;
};

/* Where rows go. row() is called once a row and may wait (backpressure); values are borrowed until
 * it returns. begin() is called once before the first row, also when there is none. */
struct sql_sink {
    bool (*begin)(struct sql_sink *sink, const struct sql_result_column *columns, uint32_t count);
    bool (*row)(struct sql_sink *sink, struct sql_env *env, const struct datum *values,
                uint32_t count);
    void *ctx;
};

/* A begin() that does not care what the columns are. */
bool sql_sink_any_columns(struct sql_sink *sink, const struct sql_result_column *columns,
                          uint32_t count);
/* A sink for rows that nobody wants, to be copied. */
extern const struct sql_sink sql_no_sink;

/* Makes a plan. The query must outlive it. */
bool sql_plan_make(struct sql_env *env, struct arena *arena, const struct sql_query *query,
                   const struct sql_params *params, struct sql_plan **out);
/* The plan of a cursor's query: its runs tell which rows of tables they stand on. */
bool sql_plan_make_cursor(struct sql_env *env, struct arena *arena, const struct sql_query *query,
                          const struct sql_params *params, struct sql_plan **out);
/* The result's columns; count 0: it returns no rows. */
const struct sql_result_column *sql_plan_columns(const struct sql_plan *plan, uint32_t *count);
/* Does which partitions it reads depend on parameters? Then EXPLAIN has to open a run to know them. */
bool sql_plan_prunes(const struct sql_plan *plan);
/* How many rows the planner thinks that it gives. */
double sql_plan_rows(const struct sql_plan *plan);
/* The catalog's version that the plan was made under: when it has moved on, make it anew. */
uint64_t sql_plan_version(const struct sql_plan *plan);

/* Locks the tables of a plan that was made in another transaction: before it is asked whether its version
 * is the catalog's still, as waiting takes time. */
bool sql_plan_lock(struct sql_env *env, const struct sql_plan *plan);

/* Is the relation among those that it locks? */
bool sql_plan_reads(const struct sql_plan *plan, uint32_t relation);

/* Has a table that it reads grown so much since that it is to be made anew? The catalog is that of then. */
bool sql_plan_is_outgrown(struct sql_env *env, const struct sql_plan *plan);

struct sql_run_options {
    const struct datum *params; /* values of $1 ... of the types that analysis found */
    uint32_t param_count;
    const struct sql_snapshot *snapshot; /* NULL: the transaction's, as its isolation level says */
    bool read_only;                      /* functions that are not volatile: changes are refused */
    bool scrollable;                     /* sql_run_fetch may go backwards */
    bool instrument;                     /* EXPLAIN ANALYZE: count rows and time */
    const struct sql_trigger_data *trigger; /* transition tables in sight; NULL: none */
};

/* Opens a run; arena: its memory, freed by its owner after sql_run_close. */
bool sql_run_open(struct sql_env *env, struct arena *arena, const struct sql_plan *plan,
                  const struct sql_run_options *options, struct sql_run **out);
/* Gives at most max rows (0: all) to the sink. *done: there are no more. */
bool sql_run_rows(struct sql_run *run, struct sql_env *env, struct sql_sink *sink, uint64_t max,
                  bool *done);
/* COPY: an INSERT of one row of parameters, again and again as one statement. Each sql_run_feed runs it
 * with other values, which may go once it returns; what belongs to the statement's end (its triggers,
 * checks of constraints) is done by sql_run_finish. */
bool sql_run_feed(struct sql_run *run, struct sql_env *env, const struct datum *params);
bool sql_run_finish(struct sql_run *run, struct sql_env *env);
/* A row of a table that the result's row was made of; relation 0: no row of that table. */
struct sql_result_place {
    uint32_t relation;
    uint64_t row_id;
};

/* How many places each row of a cursor's plan has, and how many of them may be rows of the relation.
 * *locked: they are what FOR UPDATE and its like lock. */
uint32_t sql_plan_places(const struct sql_plan *plan);
uint32_t sql_plan_places_of(const struct sql_plan *plan, uint32_t relation, bool *locked);
/* Those of the row that was given last; asked once a row. */
void sql_run_places(struct sql_run *run, struct sql_result_place *out);
/* Rows that the statement returned or changed so far, for the command's tag. */
uint64_t sql_run_count(const struct sql_run *run);
void sql_run_close(struct sql_run *run);

/* Value of one expression without tables (defaults, arguments of utility statements). */
bool sql_evaluate(struct sql_env *env, const struct sql_expr *expr, const struct datum *params,
                  uint32_t param_count, struct datum *out);

#endif
