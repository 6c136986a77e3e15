/* Plans of INSERT, UPDATE, DELETE and MERGE: the node on top of the rows that they are about. */
#ifndef PARLEL_EMULATORS_SQL_PLAN_MODIFY_H
#define PARLEL_EMULATORS_SQL_PLAN_MODIFY_H

#include "emulators/sql/exec/writer.h"
#include "emulators/sql/plan/plan.h"

/* New values of some columns: a program computes them into these registers. */
struct sql_modify_set {
    const struct sql_program *program;
    uint32_t *columns; /* of the relation, from 1 */
    uint32_t *registers;
    uint32_t count;
};

struct sql_modify_action {    /* of MERGE */
    int match;                /* SQL_MERGE_MATCHED ... */
    enum sql_command command; /* SQL_SELECT: nothing */
    const struct sql_program *condition;
    struct sql_modify_set set;
};

struct sql_modify_check {              /* WITH CHECK OPTION, row security: over the new row */
    const struct sql_program *program; /* NULL: nothing to test */
    const struct sql_with_check *source;
};

/* The relation itself, and those below it whose rows the input may give. */
struct sql_modify_member {
    const struct sql_relation *relation;
    const int32_t *map; /* its column for each of the relation's; NULL: the same */
    const struct sql_writer_plan *writer; /* NULL: it holds no rows */
};

struct sql_node_modify {
    struct sql_node node;
    enum sql_command command;
    const struct sql_query *query;
    const struct sql_relation *relation;
    const struct sql_table *table;
    struct sql_modify_member *members;
    uint32_t member_count;
    uint32_t row_reg;               /* handle of the row; SQL_NO_REGISTER: INSERT, or a view's */
    const uint32_t *view_registers; /* of a view's row that is changed or deleted; NULL: no view */
    struct sql_modify_set set;
    struct sql_scan_column *old_columns; /* of the row's last version: read anew before a recheck */
    uint32_t old_count;
    const struct sql_program *recheck;   /* WHERE; NULL: nothing */
    struct sql_scan_column *new_columns; /* loaded for RETURNING and checks: the row as it is now */
    uint32_t new_count;
    const struct sql_program *new_row; /* the row as one value; NULL: nobody asks */
    struct sql_modify_check *checks;
    uint32_t check_count;
    bool has_policies; /* some of them are tested before the row is stored */
    const struct sql_program *returning;
    bool returns;
    /* ON CONFLICT */
    bool on_conflict, conflict_update;
    const uint32_t *arbiters;
    uint32_t arbiter_count;
    struct sql_modify_set conflict_set;
    const struct sql_program *conflict_where;
    const struct sql_program *conflict_rows[2]; /* the old row and EXCLUDED as one value each */
    struct sql_scan_column *excluded;           /* the row that was not inserted */
    uint32_t excluded_count;
    struct sql_modify_action *actions;
    uint32_t action_count;
    const struct sql_program *has_source;  /* of MERGE: is there a row of it? NULL: always */
    struct sql_plan_query *before, *after; /* the planner's: terms of the old and the new row */
};

#endif
