/* Queries as expressions: evaluated once when they read nothing of the queries around them, else for
 * each row; IN without correlation looks into a hash of the rows. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_SUBPLAN_H
#define PARLEL_EMULATORS_SQL_EXEC_SUBPLAN_H

#include "emulators/sql/exec/row_set.h"
#include "emulators/sql/exec/run.h"
#include "emulators/sql/exec/spool.h"

struct sql_subplan_state {
    bool done;             /* value or rows are those of the whole run */
    struct datum value;    /* SCALAR, EXISTS, ARRAY */
    struct datum *row;     /* MULTI, ROW_COMPARE: saved columns; NULL: no row */
    struct sql_spool rows; /* ANY and ALL without correlation and hash */
    struct sql_row_set set;
    bool has_null; /* hashed: some row has a NULL column */
    uint64_t set_rows;
    uint64_t evaluated; /* how often: of an EXISTS with an alternative */
    struct arena arena; /* of what is kept over rows */
};

/* Evaluates a struct sql_subplan: the body of a SQL_OP_GENERAL. */
bool sql_eval_subplan(struct sql_eval *eval, const struct sql_op *op, struct datum *out);
void sql_subplan_close(struct sql_run *run, const struct sql_subplan *subplan);

#endif
