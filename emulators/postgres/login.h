/* Logging in: startup frames, who is it, which database, and what a new client is told.
 *
 * By default everybody is let in (trust); with --set postgres.auth=password, md5 or scram-sha-256
 * roles prove themselves by their passwords. A user or database called NAME@WORLD enters the
 * sandbox's fork of that name. */
#ifndef PARLEL_EMULATORS_POSTGRES_LOGIN_H
#define PARLEL_EMULATORS_POSTGRES_LOGIN_H

#include "emulators/postgres/session.h"

/* False: out of memory. */
bool pg_login_begin(struct pg_session *session);
/* Frees what the login needed. */
void pg_login_end(struct pg_session *session);
/* Is the next frame one without a type byte? */
bool pg_login_wants_startup(const struct pg_session *session);
void pg_login_frame(struct pg_session *session, const struct pg_frame *frame);

/* Connects a session of the server itself (execute, fixtures) as the owner of everything. */
bool pg_login_internal(struct pg_session *session, struct slice database);

#endif
