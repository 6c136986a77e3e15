/* What the core asks of the session that it runs statements for (struct sql_session_owner). */
#ifndef PARLEL_EMULATORS_POSTGRES_OWNER_H
#define PARLEL_EMULATORS_POSTGRES_OWNER_H

#include "emulators/postgres/session.h"

void pg_owner_init(struct pg_session *session);
void pg_owner_done(struct pg_session *session);
const struct sql_type *pg_owner_find_type(struct sql_env *env, uint32_t id);
/* What functions of values ask: a type's name in messages, words that names must not be. */
struct slice pg_owner_show_type(struct sql_env *env, const struct sql_type *type);
bool pg_owner_is_reserved(struct sql_env *env, struct slice word);
bool pg_owner_is_running(struct sql_env *env, uint32_t xid);
bool pg_owner_check_domain(struct sql_env *env, const struct sql_type *domain, struct datum value);
/* session.c: a fiber of the session may go on. */
void pg_session_resume(struct sql_session *core);

#endif
