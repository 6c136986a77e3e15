/* TABLESAMPLE: the method and its arguments. */
#include "emulators/sql/plan/problem.h"

bool sql_plan_sample(struct sql_plan_query *query, struct sql_node_sample_scan *scan)
{
    const struct sql_table *table = scan->scan.table;
    const struct sql_routine *method =
        sql_find_routine_id(query->planner->session, table->sample_method);
    scan->system = method && slice_eq_str(method->object.name, "system");
    return sql_compile_expr(query, table->sample_percent, &scan->percent) &&
           (!table->sample_seed || sql_compile_expr(query, table->sample_seed, &scan->seed));
}
