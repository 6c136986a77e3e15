/* The parts of a query's plan above its joins. Each takes the node so far and puts its own on top. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_QUERY_PLAN_H
#define PARLEL_EMULATORS_SQL_PLAN_QUERY_PLAN_H

#include "emulators/sql/plan/planner.h"

/* From now on, the expression's value is in that register. */
bool sql_plan_computed(struct sql_plan_query *query, const struct sql_expr *expr, uint32_t reg);
/* The target that a sort key or group means. */
const struct sql_target *sql_plan_target_of(const struct sql_query *query, uint32_t sort_group,
                                            uint32_t *index);
/* Keys over the targets' registers. */
bool sql_plan_sort_keys(struct sql_plan_query *query, const struct sql_sort_key *keys,
                        uint32_t count, struct sql_keys *out);
/* LIMIT with a constant; false: it is none, or NULL. */
bool sql_plan_known_limit(struct sql_plan_query *query, int64_t *out);
/* Direction, NULLs and operator class of a sort key. */
void sql_plan_key_order(struct sql_planner *planner, const struct sql_sort_key *from,
                        struct sql_key *key);
/* Fails with 0A000 when the keys can neither be sorted nor, if `hash` allows it, hashed. */
bool sql_plan_can_group(struct sql_planner *planner, const struct sql_sort_key *keys,
                        uint32_t count, bool hash, const char *construct);
bool sql_plan_sort(struct sql_planner *planner, const struct sql_keys *keys,
                   struct sql_node **node);

/* On top of a query that has WITH queries in spools of their own (cte.c). */
bool sql_plan_with_top(struct sql_plan_query *query, struct sql_node **node);
bool sql_plan_grouping(struct sql_plan_query *query, struct sql_node **node); /* grouping.c */
/* The call of one aggregate; arguments and filter are in the terms of `query`. moves: rows leave it in the
 * order in which they came, so its moving form is used if it has one. */
bool sql_plan_aggregate_call(struct sql_plan_query *query, const struct sql_expr_aggregate *expr,
                             bool moves, struct sql_aggregate_call *out);
bool sql_plan_windows(struct sql_plan_query *query, struct sql_node **node); /* windows.c */
/* Set-returning functions that no node below computes yet (sets.c): those of some targets. */
enum sql_plan_sets_of {
    SQL_PLAN_SETS_OF_GROUPS,
    SQL_PLAN_SETS_OF_WINDOWS,
    SQL_PLAN_SETS_EARLY,
    SQL_PLAN_SETS_LATE,
};
bool sql_plan_sets(struct sql_plan_query *query, enum sql_plan_sets_of which,
                   struct sql_node **node);
/* Computes the targets (targets.c): those that wait for no sort, and behind it the rest. */
bool sql_plan_early_targets(struct sql_plan_query *query, bool own, struct sql_node **node);
bool sql_plan_late_targets(struct sql_plan_query *query, bool own, struct sql_node **node);
bool sql_plan_set_query(struct sql_plan_query *query, struct sql_node **out); /* set_op.c */
/* ORDER BY and LIMIT of a UNION and the like, whose target_registers are set. */
bool sql_plan_finish_set_query(struct sql_plan_query *query, struct sql_node **out);
/* FOR UPDATE: which tables give their rows' handles; then the node that locks (modify_plan.c). */
bool sql_plan_marks(struct sql_plan_query *query);
bool sql_plan_lock_rows(struct sql_plan_query *query, struct sql_node **node);
/* At the end of planning: the columns that these nodes load themselves. */
bool sql_plan_modify_rows(struct sql_planner *planner, struct sql_node *node);
bool sql_plan_modify_columns(struct sql_planner *planner, struct sql_node *node);
bool sql_plan_lock_columns(struct sql_planner *planner, struct sql_node *node);
/* INSERT, UPDATE, DELETE, MERGE: target_registers are those of RETURNING. */
bool sql_plan_modification(struct sql_plan_query *query, struct sql_node **out);

/* A query inside an expression (sublink.c): room for its plan; the plan, its columns kept. */
struct sql_subplan *sql_plan_subplan(struct sql_planner *planner);
bool sql_plan_subquery(struct sql_plan_query *query, const struct sql_query *inner,
                       struct sql_subplan *subplan, struct sql_plan_query **out);
/* Gives a correlated EXISTS, planned as `subplan`, its alternative where there is one (exists.c). */
bool sql_plan_exists_hash(struct sql_plan_query *inner, struct sql_subplan *subplan);

/* The type of a table's whole rows: the shape of its columns when `type`, which the query has, is no
 * composite (seal.c). */
uint32_t sql_plan_row_type(struct sql_planner *planner, const struct sql_table *table,
                           uint32_t type);
/* The program that makes a table's row of its columns (seal.c). */
bool sql_plan_whole_row(struct sql_planner *planner, struct sql_plan_query *query,
                        struct sql_plan_table *table, const struct sql_program **out);

#endif
