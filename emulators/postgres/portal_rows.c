#include "emulators/postgres/portal_rows.h"

#include "emulators/postgres/routine/stored_query.h"

/* An analysis of nothing: its columns are set when the rows come. */
static bool make_analysis(struct pg_session *session, struct pg_statement *statement)
{
    struct heap *heap = session->pg->host.heap;
    struct pg_analysis *analysis = heap_zalloc(heap, sizeof(*analysis));
    if (!analysis)
        return sql_fail_memory(&session->error);
    analysis->refs = 1;
    analysis->heap = heap;
    analysis->tag_query = -1;
    arena_init(&analysis->arena);
    statement->analysis = analysis;
    return true;
}

static struct pg_portal *make_portal(struct pg_session *session, struct slice name,
                                     struct slice text)
{
    struct pg_statement *statement = pg_statement_create(session, text, NULL);
    struct pg_portal *portal = NULL;
    if (!statement)
        return NULL;
    statement->text = statement->shown = arena_dup(&statement->arena, text);
    if (make_analysis(session, statement))
        portal = pg_portal_create(session, name, statement, true);
    pg_statement_release(statement);
    if (!portal)
        return NULL;
    portal->is_cursor = true;
    return portal;
}

struct pg_portal *pg_portal_for_rows(struct pg_session *session, struct slice name,
                                     struct slice text)
{
    struct pg_portal *portal = make_portal(session, name, text);
    if (portal)
        portal->state = PG_PORTAL_DONE;
    return portal;
}

bool pg_portal_gives_portions(const struct pg_stored_query *query)
{
    return query->count == 1 && query->queries[0]->command == SQL_SELECT &&
           !query->queries[0]->has_modifying_cte && !query->planned_trigger;
}

static bool copy_query(struct pg_session *session, struct pg_analysis *analysis,
                       const struct pg_stored_query *query)
{
    struct arena *arena = &analysis->arena;
    const struct sql_params *params = query->params;
    analysis->query = sql_query_copy(arena, query->queries[0]);
    analysis->queries = arena_alloc(arena, sizeof(struct sql_query *));
    analysis->params = (struct sql_params){NULL, params ? params->count : 0, false};
    analysis->params.types = arena_array(arena, analysis->params.count + 1, sizeof(uint32_t));
    if (!analysis->query || !analysis->queries || !analysis->params.types)
        return sql_fail_memory(&session->error);
    if (analysis->params.count)
        memcpy(analysis->params.types, params->types, params->count * sizeof(uint32_t));
    analysis->queries[0] = analysis->query;
    analysis->query_count = 1;
    analysis->tag_query = 0;
    analysis->for_cursor = true;
    return true;
}

static struct pg_portal *begin(struct pg_session *session, struct pg_portal *portal,
                               const struct pg_stored_query *query, const struct datum *params,
                               uint32_t count)
{
    struct pg_analysis *analysis = portal->analysis;
    if (copy_query(session, analysis, query) &&
        pg_portal_copy_params(session, portal, params, count) && pg_portal_start(session, portal)) {
        analysis->columns = sql_plan_columns(analysis->plans[0], &analysis->column_count);
        return portal;
    }
    pg_portal_close(session, portal);
    return NULL;
}

struct pg_portal *pg_portal_for_query(struct pg_session *session, struct slice name,
                                      const struct pg_stored_query *query,
                                      const struct datum *params, uint32_t count)
{
    struct pg_portal *portal = make_portal(session, name, query->text);
    return portal ? begin(session, portal, query, params, count) : NULL;
}

struct pg_portal *pg_portal_of_query(struct pg_session *session, struct slice name,
                                     struct pg_stored_query *query, struct arena *parsed,
                                     const struct datum *params, uint32_t count)
{
    struct pg_portal *portal = make_portal(session, name, query->text);
    if (!portal)
        return NULL;
    portal->parsed = *parsed;
    arena_init(parsed);
    portal->analysis->arena = query->arena; /* was empty */
    arena_init(&query->arena);
    return begin(session, portal, query, params, count);
}

struct pg_portal *pg_portal_for_analysed(struct pg_session *session, struct slice name,
                                         struct slice text, const struct sql_query *query)
{
    struct pg_stored_query stored = {.text = text, .given = query};
    struct pg_portal *portal = NULL;
    bool changed;
    arena_init(&stored.arena);
    if (pg_stored_query_plan(&session->env, &stored, &changed))
        portal = pg_portal_for_query(session, name, &stored, NULL, 0);
    pg_stored_query_done(&stored);
    return portal;
}

bool pg_portal_keep_rows(struct sql_session *session, struct sql_env *env, struct pg_portal *portal,
                         const struct sql_result_column *columns, uint32_t column_count,
                         struct datum *const *rows, uint64_t count)
{
    portal->store = arena_alloc(&portal->arena, sizeof(*portal->store));
    if (!portal->store)
        return sql_fail_memory(env->error);
    pg_row_store_init(portal->store, session);
    struct sql_sink *sink = &portal->store->sink;
    if (!sink->begin(sink, columns, column_count))
        return sql_fail_memory(env->error);
    for (uint64_t i = 0; i < count; i++)
        if (!sink->row(sink, env, rows[i], column_count))
            return false;
    portal->analysis->columns = portal->store->columns;
    portal->analysis->column_count = column_count;
    return true;
}
