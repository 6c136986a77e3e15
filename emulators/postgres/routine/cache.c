#include "emulators/postgres/routine/cache.h"

#include "emulators/postgres/routine/routine.h"
#include "emulators/postgres/routine/stored_cast.h"
#include "emulators/postgres/session.h"

static bool same_types(const struct pl_function *f, const struct pl_source *source)
{
    if (f->collation != source->collation ||
        (source->result_type && f->return_type != source->result_type))
        return false;
    for (uint32_t i = 0; source->arg_types && i < f->arg_count; i++)
        if (source->arg_types[i] && f->variables[f->args[i]]->type != source->arg_types[i]->id)
            return false;
    return true;
}

struct pl_function *pg_routine_cache_get(struct sql_env *env, const struct pl_source *source)
{
    struct pg_session *session = pg_session_of(env->session);
    struct pl_function **link = &session->routines;
    while (*link) {
        struct pl_function *f = *link;
        bool same = f->id == source->routine->object.id && same_types(f, source);
        if (same && slice_eq(f->source, source->text) &&
            f->catalog_version == sql_catalog_version(env->session))
            return f;
        if (same) {
            *link = f->next;
            f->stale = true;
            if (f->users == 0)
                pl_function_destroy(f);
            continue;
        }
        link = &f->next;
    }
    struct pl_function *made = pl_compile(env, source);
    if (!made)
        return NULL;
    made->catalog_version = sql_catalog_version(env->session);
    made->next = session->routines;
    session->routines = made;
    return made;
}

void pg_routine_cache_release(struct sql_env *env, struct pl_function *function)
{
    (void)env;
    if (--function->users == 0 && function->stale)
        pl_function_destroy(function);
}

void pg_routine_cache_clear(struct pg_session *session)
{
    while (session->routines) {
        struct pl_function *f = session->routines;
        session->routines = f->next;
        pl_function_destroy(f);
    }
    pg_stored_casts_clear(session);
    pg_sql_bodies_clear(session);
}
