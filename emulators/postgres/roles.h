/* Roles as sessions use them: who logs in, SET ROLE, SET SESSION AUTHORIZATION. */
#ifndef PARLEL_EMULATORS_POSTGRES_ROLES_H
#define PARLEL_EMULATORS_POSTGRES_ROLES_H

#include "emulators/postgres/session.h"

/* The session becomes that role's. False: it may not, session->error is filled. */
bool pg_roles_login(struct pg_session *session, struct slice name);
/* The session becomes the bootstrap superuser's. */
void pg_roles_become_owner(struct pg_session *session);
/* May it be in its database, and are there not too many already? Else session->error is filled. */
bool pg_roles_may_connect(struct pg_session *session);
/* What ALTER ROLE and ALTER DATABASE ... SET say; a value that does not fit any more is warned of. */
bool pg_roles_take_settings(struct pg_session *session, struct arena *arena);
/* The stored password; ptr NULL: no such role, or it has none, or none that is still valid. */
struct slice pg_roles_password(struct pg_session *session, struct slice name, struct arena *arena);

/* For the settings `role` and `session_authorization`. */
bool pg_roles_check(void *session, struct slice name, struct sql_error *error);
bool pg_roles_check_authorization(void *session, struct slice name, struct sql_error *error);
void pg_roles_apply(void *session, bool session_authorization, struct slice name);

/* May the role that counts now set what only superusers may? */
bool pg_roles_is_superuser(struct pg_session *session);
/* Has it been granted to set this one? */
bool pg_roles_may_set(struct pg_session *session, struct slice name);
/* Fails with 42501 for `role` and `session_authorization` while the role is borrowed. */
bool pg_roles_may_switch(struct pg_session *session, struct slice setting, struct sql_error *error);

#endif
