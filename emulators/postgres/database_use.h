/* Who is connected to a database: leaving it, and waiting for others to leave it.
 *
 * Clients close one connection and drop its database over the next one at once; what they closed may
 * not have been seen yet. So DROP DATABASE and CREATE DATABASE give the others 5 seconds to go. */
#ifndef PARLEL_EMULATORS_POSTGRES_DATABASE_USE_H
#define PARLEL_EMULATORS_POSTGRES_DATABASE_USE_H

#include "emulators/postgres/session.h"

/* The session is connected to its database no longer (or never was). Who waits for that looks again. */
void pg_database_leave(struct pg_session *session);

/* Waits until no other session is connected to the database. *out_others: how many are when the time
 * is over; 0 also when the database is gone meanwhile. false: interrupted, env->error is filled. */
bool pg_database_await_left(struct sql_env *env, uint32_t id, uint32_t *out_others);

#endif
