/* The protocol's FunctionCall: one function by its id, as libpq's large objects use it. */
#ifndef PARLEL_EMULATORS_POSTGRES_FUNCTION_CALL_H
#define PARLEL_EMULATORS_POSTGRES_FUNCTION_CALL_H

#include "emulators/postgres/session.h"

/* Handles session->frame, answers with the result and ReadyForQuery. */
void pg_function_call_frame(struct pg_session *session);

#endif
