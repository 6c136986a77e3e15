/* COPY's sub-protocol: the frames that come while a COPY FROM STDIN takes them. */
#ifndef PARLEL_EMULATORS_POSTGRES_COPY_WIRE_H
#define PARLEL_EMULATORS_POSTGRES_COPY_WIRE_H

#include "emulators/postgres/session.h"

/* A frame that came while a COPY FROM STDIN takes them. */
void pg_copy_input_frame(struct pg_session *session, const struct pg_frame *frame);
/* May another one come? */
bool pg_copy_input_has_room(const struct pg_session *session);
void pg_copy_input_destroy(struct pg_session *session);

/* CopyInResponse; from now on frames are the copy's, until the end. */
bool pg_copy_input_begin(struct pg_session *session, bool binary, uint32_t columns);
void pg_copy_input_end(struct pg_session *session);
/* Moves the bytes that came into `out`, waiting for some; *ended: there will be no more. False: the
 * client gave up, or was interrupted. */
bool pg_copy_input_take(struct pg_session *session, struct outq *out, bool *ended);

#endif
