/* Loading rows of tables into registers; the operators that scan. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_SCAN_H
#define PARLEL_EMULATORS_SQL_EXEC_SCAN_H

#include "emulators/sql/exec/run.h"
#include "emulators/sql/storage/table.h"

/* Registers behind a scan's row_reg: which row it was, for those who change or lock it. */
enum {
    SQL_HANDLE_ROW_ID,
    SQL_HANDLE_VERSION,  /* the struct sql_row that was seen */
    SQL_HANDLE_RELATION, /* which of the tables it is of: the scan's child number */
    SQL_HANDLE_COUNT,
};

struct sql_scan_row {
    const struct sql_relation *relation;
    const struct sql_row *row;
    uint64_t row_id;
};

bool sql_scan_load(struct sql_run *run, struct sql_table_rows *table,
                   const struct sql_scan_row *row, const struct sql_scan_column *columns,
                   uint32_t count);

/* The run's spool of that number, made when it is not there; NULL: out of memory. */
struct sql_spool *sql_run_spool(struct sql_run *run, uint32_t number);

extern const struct sql_node_ops sql_seq_scan_ops, sql_index_scan_ops, sql_row_scan_ops,
    sql_system_scan_ops, sql_function_scan_ops, sql_values_scan_ops, sql_spool_scan_ops,
    sql_sample_scan_ops, sql_result_ops, sql_xml_table_ops, sql_json_table_ops;

#endif
