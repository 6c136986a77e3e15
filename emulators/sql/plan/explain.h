/* EXPLAIN: a plan's tree in the words and formats of PostgreSQL (its documentation: "Using EXPLAIN"). */
#ifndef PARLEL_EMULATORS_SQL_PLAN_EXPLAIN_H
#define PARLEL_EMULATORS_SQL_PLAN_EXPLAIN_H

#include "emulators/sql/exec/exec.h"
#include "emulators/sql/plan/explain_writer.h"

/* What a subquery inside an expression is called: (SubPlan 1), $0 */
struct sql_explain_link {
    const struct sql_expr_sublink *link;
    struct slice name;
};

/* An expression to be printed, in the terms of levels[0]; the queries around that one follow. */
struct sql_explain_expr {
    const struct sql_expr *expr;
    const struct sql_query *const *levels;
    uint32_t level_count;
    bool prefix;         /* columns with their table's name, */
    uint32_t bare_table; /* except those of this one of levels[0], 0: none */
    const struct sql_explain_link *links;
    uint32_t link_count;
    /* What PARAM_EXEC number n stands for: a target of that query. */
    const struct sql_query *parameters;
};

struct sql_explain_options {
    bool analyze, verbose, costs, buffers, timing, summary, settings, wal;
    bool generic_plan; /* of no values: nothing is begun for it */
    enum sql_explain_format format;
    double ms_per_tick; /* of the run's clock */
    /* The dialect's printer of expressions and of names. */
    bool (*put_expr)(struct sql_env *env, const struct sql_explain_expr *expr,
                     struct sql_bytes *out);
    void (*put_name)(struct sql_bytes *out, struct slice name);
};

/* Writes the plan as a group "Plan"; run: what really happened, NULL: it was not run. */
bool sql_explain(struct sql_env *env, const struct sql_plan *plan, struct sql_run *run,
                 const struct sql_explain_options *options, struct sql_explain_writer *out);

#endif
