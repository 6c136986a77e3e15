/* Ordered-set and hypothetical-set aggregates: what their final functions get as their first argument
 * (type internal): the group's rows in order. */
#ifndef PARLEL_EMULATORS_SQL_EXEC_ORDERED_SET_H
#define PARLEL_EMULATORS_SQL_EXEC_ORDERED_SET_H

#include "emulators/sql/exec/sorter.h"

struct sql_ordered_set {
    struct sql_run *run;
    const struct sql_aggregate_call *call;
    struct sql_sorter *sorter; /* sorted; a tuple is the aggregated arguments */
    struct arena *arena;       /* of the result */
};

/* percentile_cont_float8_final and the others, by symbol. */
extern const struct sql_builtin sql_ordered_set_builtins[];

#endif
