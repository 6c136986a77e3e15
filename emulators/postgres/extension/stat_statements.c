/* pg_stat_statements: the server counts only when it was started with the library, which is never so
 * here. */
#include "emulators/postgres/extension/functions.h"

static bool refuse(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args, (void)out;
    return sql_fail(call->env->error, "55000",
                    "pg_stat_statements must be loaded via shared_preload_libraries");
}

const struct sql_builtin pg_stat_statements_functions[] = {
    {"pg_stat_statements_1_10",      refuse},
    {"pg_stat_statements_info",      refuse},
    {"pg_stat_statements_reset_1_7", refuse},
    {NULL,                           NULL  },
};
