/* From an analysed query to those that are run: defaults filled in, views expanded, rules and row
 * security applied. */
#include "emulators/sql/analyze/rewrite.h"

bool sql_query_rewrite(struct sql_env *env, struct sql_query *query, struct sql_query ***out,
                       uint32_t *out_count, int *can_set_tag)
{
    struct analysis_shared shared = {0};
    struct analysis a = analysis_of(env, &shared);
    *out = analysis_alloc(&a, sizeof **out);
    if (!*out || !rewrite_query(&a, &query))
        return false;
    (*out)[0] = query;
    *out_count = 1;
    *can_set_tag = 0;
    return true;
}
