#include "emulators/postgres/portal_rows.h"

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

struct pg_portal *pg_portal_for_rows(struct pg_session *session, struct slice name,
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
    portal->state = PG_PORTAL_DONE;
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
