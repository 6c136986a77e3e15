/* Expressions whose values are kept must always be the same ones. */
#include "emulators/postgres/ddl/constraint.h"
#include "emulators/sql/catalog/find.h"

static bool calls_mutable(const struct sql_session *session, uint32_t function)
{
    const struct sql_routine *routine =
        sql_find_routine_id((struct sql_session *)(uintptr_t)session, function);
    return routine && routine->volatility != 'i';
}

static bool is_mutable(struct sql_expr *expr, void *ctx)
{
    switch (expr->kind) {
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_DISTINCT:
    case SQL_EXPR_NULLIF:
    case SQL_EXPR_SCALAR_ARRAY:
        if (calls_mutable(ctx, ((const struct sql_expr_call *)(const void *)expr)->function))
            return true;
        break;
    case SQL_EXPR_NEXT_VALUE:
    case SQL_EXPR_SESSION_VALUE: return true;
    default: break;
    }
    return sql_expr_walk(expr, is_mutable, ctx);
}

bool pg_require_immutable(struct pg_ddl *ddl, struct sql_expr *expr, const char *text)
{
    return !expr || !is_mutable(expr, ddl->session) ||
           sql_fail(ddl->env->error, "42P17", "%s", text);
}
