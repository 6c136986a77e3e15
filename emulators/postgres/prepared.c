#include "emulators/postgres/prepared.h"

struct pg_prepared *pg_prepared_find(struct pg_session *session, struct slice name)
{
    for (struct pg_prepared *prepared = session->prepared; prepared; prepared = prepared->next)
        if (slice_eq(prepared->name, name))
            return prepared;
    return NULL;
}

struct pg_prepared *pg_prepared_require(struct pg_session *session, struct slice name)
{
    struct pg_prepared *prepared = pg_prepared_find(session, name);
    if (prepared)
        return prepared;
    if (name.len)
        sql_fail(&session->error, "26000", "prepared statement \"" SLICE_FMT "\" does not exist",
                 SLICE_ARG(name));
    else
        sql_fail(&session->error, "26000", "unnamed prepared statement does not exist");
    return NULL;
}

bool pg_prepared_add(struct pg_session *session, struct slice name, struct pg_statement *statement,
                     bool from_sql)
{
    struct heap *heap = session->pg->host.heap;
    struct pg_prepared *old = pg_prepared_find(session, name);
    if (old && name.len) {
        sql_fail(&session->error, "42P05", "prepared statement \"" SLICE_FMT "\" already exists",
                 SLICE_ARG(name));
        pg_statement_release(statement); /* the name may be in it */
        return false;
    }
    struct pg_prepared *prepared = heap_zalloc(heap, sizeof(*prepared));
    if (!prepared || !pg_session_set_field(session, &prepared->name, name)) {
        heap_free(heap, prepared, sizeof(*prepared));
        pg_statement_release(statement);
        return sql_fail_memory(&session->error);
    }
    if (old)
        pg_prepared_remove(session, old);
    prepared->statement = statement;
    prepared->from_sql = from_sql;
    prepared->prepared_us = session->env.statement_time;
    prepared->next = session->prepared;
    session->prepared = prepared;
    return true;
}

void pg_prepared_remove(struct pg_session *session, struct pg_prepared *prepared)
{
    struct pg_prepared **link = &session->prepared;
    while (*link != prepared)
        link = &(*link)->next;
    *link = prepared->next;
    pg_statement_release(prepared->statement);
    pg_session_set_field(session, &prepared->name, slice_of(NULL, 0));
    heap_free(session->pg->host.heap, prepared, sizeof(*prepared));
}

void pg_prepared_forget_all(struct pg_session *session)
{
    while (session->prepared)
        pg_prepared_remove(session, session->prepared);
}
