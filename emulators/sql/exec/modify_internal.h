/* What INSERT, UPDATE, DELETE (modify.c, modify_row.c) and MERGE (merge.c) share. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_MODIFY_INTERNAL_H
#define PARLEL_EMULATORS_SQL_EXEC_MODIFY_INTERNAL_H

#include "emulators/sql/exec/change.h"
#include "emulators/sql/exec/modify.h"
#include "emulators/sql/plan/modify.h"

struct modify_state {
    struct sql_state state;
    struct sql_after after;
    struct sql_changer **changers; /* one a member; opened when first needed */
    struct sql_changer *root;      /* whose statement triggers fire */
    struct datum *values;          /* of the row being made */
    struct datum *mapped;          /* in the relation's own order of columns */
    struct modify_state *next;     /* of the run's */
    const struct sql_node_modify *node;
    const uint32_t *arbiters; /* ON CONFLICT: the indexes that decide; NULL: all do */
    uint32_t arbiter_count;
    bool opened, finished;
    bool inserting;  /* the running change is an INSERT's */
    bool retry;      /* the row in the way has gone: insert after all */
    bool sourceless; /* MERGE: no row of the source matched the target, none is looked for again */
};

enum outcome {
    OUTCOME_NOTHING, /* no row was changed */
    OUTCOME_ROW,
    OUTCOME_AGAIN, /* somebody has changed the row: its last version, now locked, is the target */
    OUTCOME_GONE, /* somebody has deleted it, or changed it so that the statement is not about it */
    OUTCOME_FAILED,
};

/* A row that the statement is about, as it saw it or as it was locked last. */
struct target_row {
    struct sql_changer *changer;
    const struct sql_modify_member *member;
    uint64_t row_id;
    const struct sql_row *version;
};

/* Sets the arbiters: of the indexes that ON CONFLICT may mean those whose predicates hold by the
 * parameters that the run has. Fails with 42P10 when there is none. */
bool sql_modify_choose_arbiters(struct sql_run *run, struct modify_state *state);
/* The target that the input's registers name. */
bool sql_modify_target(struct sql_run *run, struct modify_state *state, struct target_row *out);
enum outcome sql_modify_insert(struct sql_run *run, struct modify_state *state,
                               const struct sql_modify_set *set);
enum outcome sql_modify_update(struct sql_run *run, struct modify_state *state,
                               struct target_row *target, const struct sql_modify_set *set);
enum outcome sql_modify_delete(struct sql_run *run, struct modify_state *state,
                               struct target_row *target);

/* ---- rows as they are shown (modify_row.c) */

/* A row as conditions and RETURNING see it. */
struct shown_row {
    const struct sql_relation *relation;
    struct sql_table_rows *table;
    const struct datum *values; /* in the relation's order */
    const struct sql_row *row;  /* NULL: a view's */
    uint64_t row_id;
};

/* A member's values in the order of the relation's columns (map NULL: they are); in state->mapped. */
const struct datum *sql_modify_in_order(struct modify_state *state, const int32_t *map,
                                        const struct datum *values);
bool sql_modify_load_columns(struct sql_run *run, const struct sql_scan_column *columns,
                             uint32_t count, const struct shown_row *shown);
/* The checks of one kind (SQL_CHECK_*): of new rows, or of the row that ON CONFLICT found. */
bool sql_modify_check_options(struct sql_run *run, struct modify_state *state, unsigned kind,
                              const struct shown_row *shown);
/* Policies are asked before anything else that could tell of other rows. */
bool sql_modify_check_policies(struct sql_run *run, struct modify_state *state,
                               const struct sql_relation *relation, const struct datum *values);
/* Loads the row for RETURNING; new rows (checked) must pass the checks of views. */
enum outcome sql_modify_show_row(struct sql_run *run, struct modify_state *state,
                                 const struct shown_row *shown, bool checked);

/* Does the isolation level let the statement look at what others have made of a row since? */
bool sql_modify_rereads(const struct sql_run *run);
/* Locks the target's newest version, so that it stays that while it is looked at; target->version NULL:
 * the row is gone. */
bool sql_modify_lock_latest(struct sql_run *run, const struct sql_node_modify *node,
                            struct target_row *target);
/* Locks the row that is in the way of ON CONFLICT; *same false: meanwhile it has changed, and its key may
 * have. */
bool sql_modify_lock_conflict(struct sql_run *run, const struct sql_node_modify *node,
                              struct target_row *target, bool *same);

/* May the row at hand be updated, or deleted? Fails with 42501 when a policy says no. */
bool sql_modify_check_target(struct sql_run *run, struct modify_state *state, bool deletes);
/* MERGE: what its WHEN clauses do to one row of the join. */
enum outcome sql_merge_row(struct sql_run *run, struct modify_state *state);
/* A target row may not be changed by two source rows. */
enum outcome sql_merge_fail_twice(struct sql_run *run);

#endif
