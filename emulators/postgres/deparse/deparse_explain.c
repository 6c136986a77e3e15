/* Expressions of a plan. */
#include "emulators/postgres/deparse/deparse_context.h"
#include "emulators/sql/plan/explain.h"

bool pg_put_explain_link(struct pg_deparse *d, const struct sql_expr_sublink *link)
{
    for (uint32_t i = 0; d->explain && i < d->explain->link_count; i++)
        if (d->explain->links[i].link == link ||
            (link->sublink_kind == SQL_SUBLINK_MULTI &&
             d->explain->links[i].link->query == link->query)) {
            sql_bytes_add_slice(d->out, d->explain->links[i].name);
            return true;
        }
    return false;
}

/* PARAM_EXEC number n is column n of the subquery that was joined. */
bool pg_put_explain_param(struct pg_deparse *d, uint32_t number, bool *done)
{
    const struct sql_query *query = d->explain ? d->explain->parameters : NULL;
    struct pg_deparse inner = *d;
    struct pg_scope scope;
    *done = false;
    if (!query)
        return true;
    if (!pg_scope_of_query(d, query, &scope))
        return false;
    inner.scope = &scope;
    for (uint32_t i = 0; i < query->target_count; i++) {
        if (query->targets[i].hidden || number-- > 0)
            continue;
        *done = true;
        return pg_put_expr(&inner, query->targets[i].expr, false);
    }
    return true;
}

bool pg_deparse_explain(struct sql_env *env, const struct sql_explain_expr *what,
                        struct sql_bytes *out)
{
    struct pg_deparse d = {.env = env, .out = out, .prefix = what->prefix, .explain = what};
    struct pg_scope *scopes = arena_zalloc(out->arena, (what->level_count + 1) * sizeof(*scopes));
    if (!scopes)
        return sql_fail_memory(env->error);
    for (uint32_t i = what->level_count; i-- > 0;) {
        if (!pg_scope_of_query(&d, what->levels[i], &scopes[i]))
            return false;
        d.scope = &scopes[i];
    }
    return pg_put_expr(&d, what->expr, false) && (!out->failed || sql_fail_memory(env->error));
}
