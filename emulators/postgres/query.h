/* Frames of the query phases: simple and extended protocol, function calls. */
#ifndef PARLEL_EMULATORS_POSTGRES_QUERY_H
#define PARLEL_EMULATORS_POSTGRES_QUERY_H

#include "emulators/postgres/session.h"

/* Handles session->frame when that needs no statement to run; false: it needs a fiber. */
bool pg_query_handle_light_frame(struct pg_session *session);
/* Handles session->frame on the session's fiber. */
void pg_query_handle_frame(struct pg_session *session);

/* statement_timeout is over between two messages of the extended protocol: on the session's fiber. */
void pg_query_time_out(struct pg_session *session);

/* Sends what waits for the client to be ready: notifications, changed settings, ReadyForQuery. */
void pg_query_ready(struct pg_session *session);
/* Sends session->error and rolls back, or fails the open block. */
void pg_query_fail(struct pg_session *session);
/* Sends session->error; when it is fatal the client goes. */
void pg_reply_failure(struct pg_session *session);

#endif
