#include "emulators/postgres/databases.h"

#include "emulators/postgres/catalog/dialect.h"
#include "emulators/postgres/catalog/seed.h"
#include "emulators/postgres/session.h"

/* What every new server has. */
static const struct first {
    const char *name;
    uint32_t id;
} firsts[] = {
    {"template1", 1},
    {"template0", 4},
    {"postgres",  5},
};

struct sql_database *pg_database_find(struct pg *pg, struct slice name)
{
    const struct sql_object *object =
        sql_object_find_name(pg->sql->shared, NULL, pg_dialect.classes_of.database, 0, name);
    if (object)
        return sql_database_find(pg->sql, object->id);
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        if (slice_eq_str(name, firsts[i].name))
            return sql_database_find(pg->sql, firsts[i].id);
    return NULL;
}

/* Roles and databases, and what the template has, in one transaction of the server's own. */
static bool fill(struct pg *pg, struct sql_database *template)
{
    struct pg_session *session = pg_session_create(pg, NULL);
    if (!session)
        return false;
    session->core.database = template;
    struct sql_env *env = pg_session_env(session, &session->frame_arena);
    const struct sql_txn_options options = {.isolation = SQL_READ_COMMITTED};
    bool ok = sql_txn_begin(&session->core, &options, env->error) && pg_seed_shared(env) &&
              pg_seed_database(env) && sql_txn_commit(env);
    if (session->core.txn)
        sql_txn_rollback(&session->core);
    session->core.database = NULL;
    pg_session_destroy(session);
    return ok;
}

bool pg_databases_create(struct pg *pg)
{
    const struct sql_database *template = NULL;
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        struct sql_database *made = sql_database_create(pg->sql, firsts[i].id, template);
        if (!made || (!template && !fill(pg, made)))
            return false;
        template = template ? template : made;
    }
    return true;
}
