#include "emulators/sql/exec/modify.h"
#include "emulators/sql/exec/operators.h"
#include "emulators/sql/exec/scan.h"
#include "emulators/sql/exec/trigger.h"
#include "emulators/sql/plan/query_plan.h"
#include "emulators/sql/plan/register_set.h"
bool sql_modify_finish(struct sql_run *run) { (void)run; return true; }
static enum sql_next none(struct sql_run *run, const struct sql_node *node, struct sql_state *s){(void)node;(void)s; sql_fail(run->env->error,"0A000","not yet"); return SQL_NEXT_FAILED;}
const struct sql_node_ops sql_modify_ops = {"Modify", sizeof(struct sql_state), none, NULL, NULL};
const struct sql_node_ops sql_lock_rows_ops = {"LockRows", sizeof(struct sql_state), none, NULL, NULL};
const struct sql_node_ops sql_window_ops = {"WindowAgg", sizeof(struct sql_state), none, NULL, NULL};
const struct sql_node_ops sql_sample_scan_ops = {"Sample Scan", sizeof(struct sql_state), none, NULL, NULL};
struct sql_spool *sql_trigger_table(const struct sql_trigger_data *data, struct slice name){(void)data;(void)name;return NULL;}
bool sql_plan_windows(struct sql_plan_query *query, struct sql_node **node){(void)node;return sql_fail(query->planner->env->error,"0A000","windows not yet");}
bool sql_plan_marks(struct sql_plan_query *query){(void)query;return true;}
bool sql_plan_lock_rows(struct sql_plan_query *query, struct sql_node **node){(void)node;(void)query;return true;}
bool sql_plan_modification(struct sql_plan_query *query, struct sql_node **out){(void)out;return sql_fail(query->planner->env->error,"0A000","changes not yet");}
void sql_modify_reads(const struct sql_node *node, struct sql_register_set *set){(void)node;(void)set;}
void sql_modify_defines(const struct sql_node *node, struct sql_register_set *set){(void)node;(void)set;}
bool sql_explain(struct sql_env *env, const struct sql_plan *plan, const struct sql_run *run,
                 const struct sql_explain_options *options, struct sql_bytes *out){(void)plan;(void)run;(void)options;(void)out;return sql_fail(env->error,"0A000","EXPLAIN not yet");}
