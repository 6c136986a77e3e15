/* The columns of a row-valued expression, as far as analysis can know them. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_ROWSHAPE_H
#define PARLEL_EMULATORS_SQL_ANALYZE_ROWSHAPE_H

#include "emulators/sql/analyze/analysis.h"

struct row_shape {
    uint32_t count; /* 0: not known, or no row */
    struct slice *names;
    uint32_t *types;
    int32_t *typmods;
    uint32_t *collations;
    bool *dropped;
};

bool row_shape_room(struct analysis *a, struct row_shape *shape, uint32_t count);
void row_shape_add(struct analysis *a, struct row_shape *shape, struct slice name, uint32_t type,
                   int32_t typmod);
/* false: failed. Follows columns into subqueries. */
bool row_shape_of(struct analysis *a, struct sql_expr *expr, struct row_shape *out);
/* Those of a composite type. */
bool row_shape_composite(struct analysis *a, uint32_t type, struct row_shape *out);
/* Those of a function with several OUT parameters. */
bool row_shape_out(struct analysis *a, const struct sql_expr_call *call,
                   const struct sql_routine *routine, struct row_shape *out);
uint32_t routine_out_count(const struct sql_routine *routine);
struct slice routine_only_out_name(const struct sql_routine *routine);

#endif
