/* The extended protocol: Parse, Bind, Describe, Execute, Close; and function calls. */
#ifndef PARLEL_EMULATORS_POSTGRES_EXTENDED_H
#define PARLEL_EMULATORS_POSTGRES_EXTENDED_H

#include "emulators/postgres/session.h"

/* Handles session->frame. False: session->error is filled; what follows is skipped up to Sync. */
bool pg_extended_frame(struct pg_session *session);

#endif
