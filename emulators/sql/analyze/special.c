/* JSON expressions with words of their own. */
#include "emulators/sql/analyze/analysis.h"

struct sql_expr *analyze_special(struct analysis *a, const struct ast_node *node)
{
    fail_at(a, node->location, "0A000", "this expression is not supported");
    return NULL;
}
