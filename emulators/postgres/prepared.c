#include "emulators/postgres/prepared.h"

struct pg_prepared *pg_prepared_find(struct pg_session *session, struct slice name)
{
    return (struct pg_prepared *)(void *)pg_named_find(&session->prepared, name);
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
    if (!prepared || !pg_session_set_field(session, &prepared->named.name, name)) {
        heap_free(heap, prepared, sizeof(*prepared));
        pg_statement_release(statement);
        return sql_fail_memory(&session->error);
    }
    if (old)
        pg_prepared_remove(session, old);
    prepared->statement = statement;
    prepared->from_sql = from_sql;
    prepared->prepared_us = session->env.statement_time;
    if (pg_named_add(&session->prepared, heap, &prepared->named))
        return true;
    pg_prepared_remove(session, prepared);
    return sql_fail_memory(&session->error);
}

void pg_prepared_remove(struct pg_session *session, struct pg_prepared *prepared)
{
    pg_named_remove(&session->prepared, session->pg->host.heap, &prepared->named);
    pg_statement_release(prepared->statement);
    pg_session_set_field(session, &prepared->named.name, slice_of(NULL, 0));
    heap_free(session->pg->host.heap, prepared, sizeof(*prepared));
}

void pg_prepared_forget_all(struct pg_session *session)
{
    while (session->prepared.newest)
        pg_prepared_remove(session, (struct pg_prepared *)(void *)session->prepared.newest);
}
