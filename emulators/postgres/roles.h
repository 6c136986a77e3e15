/* Roles as sessions use them: who logs in, SET ROLE, SET SESSION AUTHORIZATION. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROLES_H
#define PARLEL_EMULATORS_POSTGRES_ROLES_H

#include "emulators/postgres/session.h"

/* The session becomes that role's. False: it may not, session->error is filled. */
bool pg_roles_login(struct pg_session *session, struct slice name);
/* The session becomes the bootstrap superuser's. */
void pg_roles_become_owner(struct pg_session *session);
/* The stored password; ptr NULL: no such role, or it has none. */
struct slice pg_roles_password(struct pg_session *session, struct slice name, struct arena *arena);

/* For the settings `role` and `session_authorization`. */
bool pg_roles_check(void *session, struct slice name, struct sql_error *error);
void pg_roles_apply(void *session, bool session_authorization, struct slice name);

#endif
