/* Does one condition follow from another, as far as their words tell? Used for the predicates of partial
 * indexes. What is not found to follow may follow all the same.
 *
 * A parameter may stand where the wanted condition has a constant: then it follows for that value of the
 * parameter, which is noted. */
#ifndef PARLEL_EMULATORS_SQL_ANALYZE_IMPLY_H
#define PARLEL_EMULATORS_SQL_ANALYZE_IMPLY_H

#include "emulators/sql/analyze/analysis.h"

/* What the parameters must be; `index` of those that are noted. The items are in env->arena. */
struct param_needs {
    struct sql_arbiter_need *items;
    uint32_t count, index;
};

/* Sets *out; false: out of memory. Without *out nothing is noted. */
bool condition_implies(struct analysis *a, const struct sql_expr *given,
                       const struct sql_expr *wanted, struct param_needs *needs, bool *out);

#endif
