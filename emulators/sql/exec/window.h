/* Windows: rows of one partition, kept while each of them gets its results. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_WINDOW_H
#define PARLEL_EMULATORS_SQL_EXEC_WINDOW_H

#include "emulators/sql/exec/aggregate_state.h"
#include "emulators/sql/exec/run.h"

struct sql_window_group {
    uint64_t first, end; /* rows of one value of the order */
};

struct sql_window_state {
    struct sql_state state;
    struct sql_spool rows; /* of the partition */
    uint64_t *group_of;    /* by row */
    struct sql_window_group *groups;
    uint64_t group_count, room, group_room;
    uint64_t at; /* the current row */
    uint64_t frame_start, frame_end;
    bool has_next, ended, filled; /* a row of the next partition was read */
    struct datum *next;
    struct arena next_arena, key_arena[2], aggregates, frame_arena, row_arena;
    struct slice partition_key;
    struct sql_window_running *running; /* one a call */
    struct datum start_offset, end_offset;
    bool offsets_known;
    uint64_t range_start, range_end; /* how far earlier rows' searches came */
    struct sql_sorter sorter;
};

/* A window function, bound to a call by its symbol. False: the error is filled. */
typedef bool sql_window_function(struct sql_run *run, const struct sql_node_window *node,
                                 const struct sql_window_call *call, struct sql_window_state *state,
                                 struct datum *out);
/* NULL: there is none of that symbol. */
sql_window_function *sql_window_function_find(struct slice symbol);

/* Loads the registers of a row of the partition. */
void sql_window_load(struct sql_run *run, const struct sql_node_window *node,
                     const struct sql_window_state *state, uint64_t row);
/* Is the row in the current row's frame, exclusion heeded? */
bool sql_window_in_frame(const struct sql_node_window *node, const struct sql_window_state *state,
                         uint64_t row);

#endif
