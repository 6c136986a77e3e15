#include "emulators/sql/exec/operators.h"
#include "emulators/sql/plan/query_plan.h"
static enum sql_next none(struct sql_run *run, const struct sql_node *node, struct sql_state *s){(void)node;(void)s; sql_fail(run->env->error,"0A000","not yet"); return SQL_NEXT_FAILED;}
const struct sql_node_ops sql_window_ops = {"WindowAgg", sizeof(struct sql_state), none, NULL, NULL};
bool sql_plan_windows(struct sql_plan_query *query, struct sql_node **node){(void)node;return sql_fail(query->planner->env->error,"0A000","windows not yet");}
bool sql_explain(struct sql_env *env, const struct sql_plan *plan, const struct sql_run *run,
                 const struct sql_explain_options *options, struct sql_bytes *out){(void)plan;(void)run;(void)options;(void)out;return sql_fail(env->error,"0A000","EXPLAIN not yet");}
