/* One value on its way into one column (assign.c). */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_ASSIGN_H
#define PARLEL_EMULATORS_SQL_ANALYZE_ASSIGN_H

#include "emulators/sql/analyze/analysis.h"

struct assign_target {
    struct slice name; /* the column's */
    uint32_t type;
    int32_t typmod;
    uint32_t collation;
    const struct ast_list *indirection; /* .field, [1]; NULL or empty: the column as a whole */
    struct sql_expr *base;              /* what a part is put into; NULL: a NULL of the type */
    int32_t location;
};

/* A value on its way into a column that gets more parts: without its domain, which is for the whole. */
struct sql_expr *assign_unchecked(struct sql_expr *expr);
struct sql_expr *assign_value(struct analysis *a, const struct assign_target *target,
                              struct sql_expr *value);

#endif
