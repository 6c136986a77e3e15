/* When the value that a key is compared with is known. */
#include "emulators/sql/plan/prune.h"
#include "emulators/sql/session.h"

struct contents {
    struct sql_session *session;
    bool unusable, columns, params, stable;
};

/* Does a query read columns of those around it? depth: of queries that are walked. */
struct outside {
    uint32_t depth;
    bool found;
};

static bool find_outside_query(struct sql_query *query, void *ctx);

static bool find_outside(struct sql_expr *expr, void *ctx)
{
    struct outside *outside = ctx;
    if (expr->kind == SQL_EXPR_COLUMN)
        outside->found |= ((const struct sql_expr_column *)(void *)expr)->up >= outside->depth;
    if (expr->kind == SQL_EXPR_SUBLINK)
        find_outside_query(((const struct sql_expr_sublink *)(void *)expr)->query, ctx);
    return outside->found || sql_expr_walk(expr, find_outside, ctx);
}

static bool find_outside_query(struct sql_query *query, void *ctx)
{
    struct outside *outside = ctx;
    outside->depth++;
    sql_query_walk(query, find_outside, find_outside_query, outside);
    outside->depth--;
    return outside->found;
}

/* Has the query one value for the whole run? */
static bool is_constant(const struct sql_expr_sublink *link)
{
    struct outside outside = {0, false};
    return link->sublink_kind == SQL_SUBLINK_SCALAR && !find_outside_query(link->query, &outside);
}

static bool look(struct sql_expr *expr, void *ctx)
{
    struct contents *contents = ctx;
    const struct sql_expr_call *call = (const void *)expr;
    const struct sql_routine *routine;
    switch (expr->kind) {
    case SQL_EXPR_CONST:
    case SQL_EXPR_RELABEL:
    case SQL_EXPR_COLLATE:
    case SQL_EXPR_ARRAY: break;
    case SQL_EXPR_COLUMN: contents->columns = true; break;
    case SQL_EXPR_PARAM:
        contents->params = true;
        contents->unusable |=
            ((const struct sql_expr_param *)(const void *)expr)->param_kind != SQL_PARAM_EXTERNAL;
        break;
    case SQL_EXPR_FUNCTION:
    case SQL_EXPR_SCALAR_ARRAY:
        routine = sql_find_routine_id(contents->session, call->function);
        contents->unusable |= !routine || routine->volatility == 'v' || call->returns_set;
        contents->stable |= routine && (routine->volatility != 'i' || !routine->call);
        break;
    case SQL_EXPR_SUBLINK:
        contents->columns = true; /* not to be asked for by EXPLAIN */
        contents->unusable |= !is_constant((const void *)expr);
        return contents->unusable;
    case SQL_EXPR_CASE_TEST:
    case SQL_EXPR_NEXT_VALUE:
    case SQL_EXPR_CURRENT_OF:
    case SQL_EXPR_AGGREGATE:
    case SQL_EXPR_GROUPING:
    case SQL_EXPR_WINDOW: contents->unusable = true; break;
    default: contents->stable = true; break;
    }
    return contents->unusable || sql_expr_walk(expr, look, ctx);
}

bool sql_prune_known_when(struct sql_session *session, const struct sql_expr *expr,
                          enum sql_prune_known *out)
{
    struct contents contents = {.session = session};
    look((struct sql_expr *)(uintptr_t)expr, &contents);
    *out = contents.columns                     ? SQL_PRUNE_RUNNING
           : contents.params || contents.stable ? SQL_PRUNE_STARTED
                                                : SQL_PRUNE_PLANNED;
    return !contents.unusable;
}
