/* The operators that work on rows of others. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_OPERATORS_H
#define PARLEL_EMULATORS_SQL_EXEC_OPERATORS_H

#include "emulators/sql/exec/run.h"

extern const struct sql_node_ops sql_nest_loop_ops, sql_hash_join_ops, sql_materialize_ops,
    sql_sort_ops, sql_aggregate_ops, sql_window_ops, sql_distinct_ops, sql_set_op_ops,
    sql_limit_ops, sql_append_ops, sql_recursive_ops, sql_project_set_ops, sql_lock_rows_ops,
    sql_modify_ops;

/* Of a sort that was run: how many kilobytes it holds, and whether only the first rows. */
uint64_t sql_sort_memory(const struct sql_state *state, bool *out_top_n);

/* Of an append: how many inputs parameters leave out, which a run finds out when first asked; whether one
 * of them has a state already; and whether it is left. */
bool sql_append_removed(struct sql_run *run, const struct sql_node *node, uint32_t *out);
bool sql_append_has_state(const struct sql_run *run, const struct sql_node *node, uint32_t input);
bool sql_append_reads(const struct sql_run *run, const struct sql_node *node, uint32_t input);

#endif
