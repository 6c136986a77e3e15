#include "emulators/postgres/database_use.h"

#include "emulators/postgres/pause.h"

#define LEAVE_US 5000000 /* as PostgreSQL waits */

void pg_database_leave(struct pg_session *session)
{
    struct sql_database *database = session->core.database;
    if (!database)
        return;
    session->core.database = NULL;
    if (database->sessions)
        database->sessions--;
    for (struct pg_session *at = session->pg->sessions; at; at = at->next_session)
        if (at->waits_for_leaving)
            sql_session_wake(&at->core);
}

/* It is looked up each time: another session may drop it. */
static uint32_t others_in(struct sql_session *session, uint32_t id)
{
    const struct sql_database *database = sql_database_find(session->instance, id);
    return database ? database->sessions - (database == session->database) : 0;
}

static bool wait_for_others(struct sql_env *env, uint32_t id, uint32_t *others)
{
    struct pg_session *session = pg_session_of(env->session);
    struct pg_pause pause;
    bool ok = true;
    if (!pg_pause_begin(&pause, env, LEAVE_US))
        return false;
    session->waits_for_leaving = true;
    while (ok && *others && !pause.over) {
        ok = sql_session_wait(env);
        *others = others_in(&session->core, id);
    }
    session->waits_for_leaving = false;
    pg_pause_end(&pause);
    return ok;
}

bool pg_database_await_left(struct sql_env *env, uint32_t id, uint32_t *out_others)
{
    uint32_t others = others_in(env->session, id);
    if (others && !wait_for_others(env, id, &others))
        return false;
    *out_others = others;
    return true;
}
