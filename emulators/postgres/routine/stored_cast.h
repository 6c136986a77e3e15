/* Casts of stored code's assignments.
 *
 * How a type becomes another is found once a session and kept, with the open run that computes it, until
 * the catalog changes. A cast in use (its function assigns, too) is made another time for the inner use. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROUTINE_STORED_CAST_H
#define PARLEL_EMULATORS_POSTGRES_ROUTINE_STORED_CAST_H

#include "emulators/sql/session.h"

struct pg_session;

/* A value as another type: as an assignment does, and through its text where there is no such cast.
 * typmod -1: none is asked for. *out is borrowed of `value` or in env->arena. False: env->error is
 * filled. */
bool pg_stored_cast(struct sql_env *env, struct datum value, uint32_t from, uint32_t to,
                    int32_t typmod, struct datum *out);
/* Forgets what the session keeps. */
void pg_stored_casts_clear(struct pg_session *session);

#endif
