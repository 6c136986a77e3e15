/* One aggregate over one group of rows: its state, from the first row to the result. Shared by
 * grouping and by windows. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_AGGREGATE_STATE_H
#define PARLEL_EMULATORS_SQL_EXEC_AGGREGATE_STATE_H

#include "emulators/sql/exec/sorter.h"

struct sql_aggregate_state {
    struct datum value;
    bool empty;      /* strict without an initial value: the first argument becomes the state */
    uint8_t *buffer; /* where a state that is not by value is kept */
    uint32_t room;
    uint64_t taken;      /* values that are in it */
    struct datum **rows; /* ordered and distinct ones: the arguments, until the end */
    uint64_t row_count, row_room;
};

/* What several states have in common. */
struct sql_aggregate_memory {
    struct arena *group; /* lasts as long as the states */
    struct arena *row;   /* of one row */
    struct sql_sorter *sorter;
};

void sql_aggregate_begin(const struct sql_aggregate_call *call, struct sql_aggregate_state *state);
/* Takes in the current row: filter, arguments, transition. */
bool sql_aggregate_advance(struct sql_run *run, const struct sql_aggregate_call *call,
                           struct sql_aggregate_state *state,
                           const struct sql_aggregate_memory *memory);
/* Takes the row out that was taken in first (call->inverse). *out_done false: the aggregate must begin
 * anew, with the rows that are left. */
bool sql_aggregate_retreat(struct sql_run *run, const struct sql_aggregate_call *call,
                           struct sql_aggregate_state *state,
                           const struct sql_aggregate_memory *memory, bool *out_done);
/* The result into call->result; made in memory->row. */
bool sql_aggregate_end(struct sql_run *run, const struct sql_aggregate_call *call,
                       struct sql_aggregate_state *state,
                       const struct sql_aggregate_memory *memory);

#endif
