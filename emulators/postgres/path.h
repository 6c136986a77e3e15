/* The search path: from the setting's names to schemas that exist. */
#ifndef PARLEL_EMULATORS_POSTGRES_PATH_H
#define PARLEL_EMULATORS_POSTGRES_PATH_H

#include "emulators/postgres/session.h"

/* Brings core.path up to date with search_path and the catalog. False: out of memory. */
bool pg_path_refresh(struct pg_session *session);
void pg_path_done(struct pg_session *session);

#endif
