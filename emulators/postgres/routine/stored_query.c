#include "emulators/postgres/routine/stored_query.h"

#include "emulators/postgres/session.h"
#include "emulators/sql/exec/trigger.h"
#include "emulators/sql/txn/txn.h"

struct sql_env pg_stored_env(const struct sql_env *env, struct arena *arena)
{
    struct sql_env inner = *env;
    inner.arena = arena;
    return inner;
}

/* The trigger that has transition tables in sight; 0: none. */
static uint32_t trigger_in_sight(const struct pg_stored_query *query)
{
    const struct sql_trigger *trigger = query->trigger ? query->trigger->trigger : NULL;
    return trigger && (trigger->old_table.len || trigger->new_table.len) ? trigger->object.id : 0;
}

bool pg_stored_query_is_current(const struct sql_env *env, const struct pg_stored_query *query)
{
    struct pg_session *session = pg_session_of(env->session);
    return query->planned && query->catalog_version == sql_catalog_version(env->session) &&
           query->path_version == session->settings.now.path_version &&
           query->role == env->session->role && query->planned_trigger == trigger_in_sight(query) &&
           query->row_security == session->settings.now.row_security;
}

static bool plan_all(struct sql_env *env, struct pg_stored_query *query)
{
    query->plans = arena_zalloc(&query->arena, (query->count + 1) * sizeof(*query->plans));
    if (!query->plans)
        return sql_fail_memory(env->error);
    for (uint32_t i = 0; i < query->count; i++) {
        if (query->queries[i]->command == SQL_UTILITY)
            continue;
        if (!sql_plan_make(env, &query->arena, query->queries[i], query->params, &query->plans[i]))
            return false;
    }
    return true;
}

static bool plan(struct sql_env *outer, struct pg_stored_query *query)
{
    struct pg_session *session = pg_session_of(outer->session);
    arena_reset(&query->arena);
    struct sql_env env = pg_stored_env(outer, &query->arena);
    query->catalog_version = sql_catalog_version(outer->session);
    query->path_version = session->settings.now.path_version;
    query->role = outer->session->role;
    query->planned_trigger = trigger_in_sight(query);
    query->row_security = session->settings.now.row_security;
    if (query->given)
        query->query = sql_query_copy(&query->arena, query->given);
    else if (!sql_analyze(&env, query->tree, query->params, query->scope, &query->query))
        return false;
    if (!query->query)
        return sql_fail_memory(outer->error);
    if (query->query->command == SQL_UTILITY) {
        query->queries = &query->query;
        query->count = 1;
        query->tag_query = 0;
    } else if (!sql_query_rewrite(&env, query->query, &query->queries, &query->count,
                                  &query->tag_query)) {
        return false;
    }
    return plan_all(&env, query);
}

bool pg_stored_query_lock(struct sql_env *env, const struct pg_stored_query *query)
{
    for (uint32_t i = 0; query->planned && i < query->count; i++)
        if (query->plans[i] && !sql_plan_lock(env, query->plans[i]))
            return false;
    return true;
}

bool pg_stored_query_plan(struct sql_env *env, struct pg_stored_query *query, bool *changed)
{
    *changed = !pg_stored_query_is_current(env, query);
    if (!*changed && !pg_stored_query_lock(env, query))
        return false;
    *changed = *changed || !pg_stored_query_is_current(env, query);
    if (!*changed)
        return true;
    query->planned = false;
    if (!plan(env, query))
        return false;
    query->planned = true;
    return true;
}

const struct sql_result_column *pg_stored_query_columns(const struct pg_stored_query *query,
                                                        uint32_t *count)
{
    *count = 0;
    if (query->tag_query < 0 || !query->plans[query->tag_query])
        return NULL;
    return sql_plan_columns(query->plans[query->tag_query], count);
}

static bool run_plan(struct sql_env *env, const struct sql_plan *plan,
                     const struct sql_run_options *options, struct sql_sink *sink, uint64_t max,
                     uint64_t *rows)
{
    struct arena arena;
    struct sql_run *run;
    bool done;
    arena_init(&arena);
    struct sql_env inner = pg_stored_env(env, &arena);
    bool ok = sql_run_open(&inner, &arena, plan, options, &run);
    if (ok) {
        ok = sql_run_rows(run, &inner, sink, max, &done);
        *rows = sql_run_count(run);
        sql_run_close(run);
    }
    arena_done(&arena);
    return ok;
}

/* ---- utility statements: what they name of the code around them is put into them as constants */

struct binding {
    struct arena *arena;
    const struct datum *params;
    uint32_t count;
};

static struct sql_expr *bind_param(const struct sql_expr *expr, uint32_t depth, void *ctx)
{
    const struct binding *binding = ctx;
    const struct sql_expr_param *param = (const void *)expr;
    (void)depth;
    if (expr->kind != SQL_EXPR_PARAM || param->param_kind != SQL_PARAM_EXTERNAL ||
        param->number == 0 || param->number > binding->count)
        return NULL;
    struct sql_expr_const *constant = arena_zalloc(binding->arena, sizeof(*constant));
    if (!constant)
        return NULL;
    constant->expr = *expr;
    constant->expr.kind = SQL_EXPR_CONST;
    constant->value = binding->params[param->number - 1];
    return &constant->expr;
}

static bool run_utility(struct sql_env *env, const struct sql_query *query, struct slice text,
                        const struct datum *params, uint32_t param_count, struct sql_sink *sink)
{
    struct arena arena;
    struct binding binding = {&arena, params, param_count};
    struct sql_query bound = *query;
    arena_init(&arena);
    struct sql_env inner = pg_stored_env(env, &arena);
    if (query->utility_query)
        bound.utility_query = sql_query_change(&arena, query->utility_query, bind_param, &binding);
    bool ok = (bound.utility_query || !query->utility_query) ? true : sql_fail_memory(env->error);
    ok = ok && env->session->owner->utility(env->session, &inner, &bound, text, sink);
    arena_done(&arena);
    return ok;
}

bool pg_stored_query_run(struct sql_env *env, struct pg_stored_query *query,
                         const struct datum *params, uint32_t param_count, struct sql_sink *sink,
                         uint64_t max, uint64_t *rows)
{
    struct sql_sink nowhere = sql_no_sink;
    const struct sql_run_options options = {
        .params = params, .param_count = param_count, .trigger = query->trigger};
    *rows = 0;
    for (uint32_t i = 0; i < query->count; i++) {
        bool result = (int)i == query->tag_query;
        uint64_t count = 0;
        struct sql_sink *to = result ? sink : &nowhere;
        sql_txn_next_command(env->session->txn);
        bool ok = query->plans[i]
                      ? run_plan(env, query->plans[i], &options, to, max, &count)
                      : run_utility(env, query->queries[i], query->text, params, param_count, to);
        if (!ok)
            return false;
        if (result)
            *rows = count;
    }
    sql_txn_next_command(env->session->txn);
    return true;
}

void pg_stored_query_done(struct pg_stored_query *query)
{
    arena_done(&query->arena);
    query->planned = false;
}
