/* All operators by kind. */
#include "emulators/sql/exec/operators.h"

#include "emulators/sql/exec/scan.h"

const struct sql_node_ops *const sql_node_ops[SQL_NODE_KIND_COUNT] = {
    [SQL_NODE_RESULT] = &sql_result_ops,
    [SQL_NODE_SEQ_SCAN] = &sql_seq_scan_ops,
    [SQL_NODE_INDEX_SCAN] = &sql_index_scan_ops,
    [SQL_NODE_ROW_SCAN] = &sql_row_scan_ops,
    [SQL_NODE_SYSTEM_SCAN] = &sql_system_scan_ops,
    [SQL_NODE_FUNCTION_SCAN] = &sql_function_scan_ops,
    [SQL_NODE_XML_TABLE] = &sql_xml_table_ops,
    [SQL_NODE_JSON_TABLE] = &sql_json_table_ops,
    [SQL_NODE_VALUES_SCAN] = &sql_values_scan_ops,
    [SQL_NODE_SPOOL_SCAN] = &sql_spool_scan_ops,
    [SQL_NODE_SAMPLE_SCAN] = &sql_sample_scan_ops,
    [SQL_NODE_NEST_LOOP] = &sql_nest_loop_ops,
    [SQL_NODE_HASH_JOIN] = &sql_hash_join_ops,
    [SQL_NODE_MATERIALIZE] = &sql_materialize_ops,
    [SQL_NODE_SORT] = &sql_sort_ops,
    [SQL_NODE_AGGREGATE] = &sql_aggregate_ops,
    [SQL_NODE_WINDOW] = &sql_window_ops,
    [SQL_NODE_DISTINCT] = &sql_distinct_ops,
    [SQL_NODE_SET_OP] = &sql_set_op_ops,
    [SQL_NODE_LIMIT] = &sql_limit_ops,
    [SQL_NODE_APPEND] = &sql_append_ops,
    [SQL_NODE_RECURSIVE] = &sql_recursive_ops,
    [SQL_NODE_PROJECT_SET] = &sql_project_set_ops,
    [SQL_NODE_LOCK_ROWS] = &sql_lock_rows_ops,
    [SQL_NODE_MODIFY] = &sql_modify_ops,
};
