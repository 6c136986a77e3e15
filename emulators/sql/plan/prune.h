/* Partitions that the conditions of a query leave: exec/prune.h has the steps. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_PRUNE_H
#define PARLEL_EMULATORS_SQL_PLAN_PRUNE_H

#include "emulators/sql/exec/prune.h"
#include "emulators/sql/plan/problem.h"

/* The ids of the children of a partitioned table, in the order of their bounds, that the problem's
 * conditions on `rel` leave as far as these are about constants. relation: rel's table or one below it;
 * map: its column for each of the table's, NULL: the same. */
bool sql_plan_prune_planned(struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                            const struct sql_relation *relation, const int32_t *map, uint32_t **out,
                            uint32_t *count);
/* What the run has to find out, when the registers of `available` leaves are loaded. inputs: the append's
 * input for each member of the table's family, UINT32_MAX: none. *out NULL: nothing. */
bool sql_plan_prune_later(struct sql_plan_problem *problem, const struct sql_plan_rel *rel,
                          const struct sql_leaf_set *available, const uint32_t *inputs,
                          const struct sql_prune **out);

/* When is the value of an expression known, its columns apart? False: it is not the same each time, or of
 * a kind that is not looked into. */
bool sql_prune_known_when(struct sql_session *session, const struct sql_expr *expr,
                          enum sql_prune_known *out);

#endif
