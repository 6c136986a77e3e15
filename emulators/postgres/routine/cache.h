/* Compiled functions of a session: by function and the types that it is called with.
 *
 * A function that was changed since is compiled anew; the old tree lives until its last user is done. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROUTINE_CACHE_H
#define PARLEL_EMULATORS_POSTGRES_ROUTINE_CACHE_H

#include "emulators/postgres/plpgsql/compile.h"

/* NULL: the error is filled. Borrowed; count a use in function->users while it runs. */
struct pl_function *pg_routine_cache_get(struct sql_env *env, const struct pl_source *source);
/* One use is over. */
void pg_routine_cache_release(struct sql_env *env, struct pl_function *function);
struct pg_session;
void pg_routine_cache_clear(struct pg_session *session);

#endif
