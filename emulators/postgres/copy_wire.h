/* COPY between the client and a table: the statement, and the protocol while it runs. */
#ifndef PARLEL_EMULATORS_POSTGRES_COPY_WIRE_H
#define PARLEL_EMULATORS_POSTGRES_COPY_WIRE_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_copy;

/* A frame that came while a COPY FROM STDIN takes them. */
void pg_copy_input_frame(struct pg_session *session, const struct pg_frame *frame);
/* May another one come? */
bool pg_copy_input_has_room(const struct pg_session *session);
void pg_copy_input_destroy(struct pg_session *session);

#endif
