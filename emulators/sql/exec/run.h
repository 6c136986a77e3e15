/* One execution of a plan: registers, call sites, states of the operators.
 *
 * Memory: everything of a run is in run->arena (its owner's), or in the arena of an operator's
 * state, which is reset before each of its rows. A value in a register is valid until the operator
 * that loaded it gives its next row.
 *
 * Operators: plan nodes (plan/plan.h) are immutable; what changes while they run is their state, in
 * one block at node->state_offset. sql_node_next gives the next row by loading registers;
 * sql_node_restart lets a node begin anew because registers that it reads from outside changed. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_RUN_H
#define PARLEL_EMULATORS_SQL_EXEC_RUN_H

#include "emulators/sql/exec/exec.h"
#include "emulators/sql/exec/program.h"
#include "emulators/sql/plan/plan.h"

enum sql_next {
    SQL_NEXT_END,
    SQL_NEXT_ROW,
    SQL_NEXT_FAILED,
};

/* What every operator's state begins with. */
struct sql_state {
    struct arena arena; /* of the row that was given last */
    bool started;
    uint64_t rows, loops; /* instrument: rows of all loops */
    uint64_t removed;     /* by the filter */
    int64_t ticks, ticks_first;
};

struct sql_run {
    struct sql_env *env;
    struct arena *arena;
    const struct sql_plan *plan;
    struct datum *regs;
    struct sql_call *calls;
    uint8_t *states;
    struct sql_spool **spools; /* results of WITH queries, by number; NULL: not started */
    struct sql_run_options options;
    const struct sql_snapshot *snapshot;
    struct sql_snapshot *own_snapshot;  /* released by close */
    struct sql_subplan_state *subplans; /* exec/subplan.h */
    struct datum *row;                  /* values for the sink */
    uint64_t count;                     /* rows returned or changed */
    uint32_t ticks, pause;              /* rows until the next look whether to go on; between two */
    int64_t checked_us;                 /* the last look */
    bool begun;                         /* the sink knows the columns */
    bool done, closed;
    struct sql_modify_run *modify; /* of the statement's changes (exec/modify.h) */
    const char *merge_action;      /* what MERGE does to the row at hand: INSERT, UPDATE, DELETE */
};

struct sql_node_ops {
    const char *name;
    size_t state_size;
    /* The next row; the first call after a start or restart begins. Filter and projection are the
     * caller's. */
    enum sql_next (*next)(struct sql_run *run, const struct sql_node *node,
                          struct sql_state *state);
    /* Forgets where it was. NULL: clearing `started` is enough. Inputs are the operator's to
     * restart. */
    void (*restart)(struct sql_run *run, const struct sql_node *node, struct sql_state *state);
    void (*close)(struct sql_run *run, const struct sql_node *node, struct sql_state *state);
};

extern const struct sql_node_ops *const sql_node_ops[SQL_NODE_KIND_COUNT];

enum sql_next sql_node_next(struct sql_run *run, const struct sql_node *node);
void sql_node_restart(struct sql_run *run, const struct sql_node *node);
void sql_node_close(struct sql_run *run, const struct sql_node *node);

static inline void *sql_node_state(const struct sql_run *run, const struct sql_node *node)
{
    return run->states + node->state_offset;
}

/* Called once a row by everything that loops; every few hundred, or fewer when they take long, it asks
 * whether to go on. */
bool sql_run_check_slow(struct sql_run *run);
static inline bool sql_run_check(struct sql_run *run)
{
    return run->ticks-- != 0 || sql_run_check_slow(run);
}

/* Opens a run without a sink, for subplans of the executor itself; see exec.h for the rest. */
enum sql_next sql_fail_next(struct sql_run *run); /* memory ran out */

#endif
