/* What surrounds every statement: fault rules before it, statement_timeout over it, the journal after
 * it; and what idle sessions are watched for. */
#ifndef PARLEL_EMULATORS_POSTGRES_GUARD_H
#define PARLEL_EMULATORS_POSTGRES_GUARD_H

#include "common/outq.h"
#include "emulators/postgres/statement.h"

/* A statement under way. */
struct pg_guard {
    const char *op;
    struct slice table;
    int64_t began_us; /* of the stopwatch */
    struct outq_place place;
    bool captured; /* its reply is for a fault rule */
};

/* Asks the fault rules, starts the timer. False: the statement is not to run, the error is filled
 * or the connection ends. */
bool pg_guard_enter(struct pg_session *session, struct pg_statement *statement,
                    struct pg_guard *guard);
/* The statement is over. False: the connection is being closed. */
bool pg_guard_leave(struct pg_session *session, struct pg_guard *guard, bool ok);

/* A message of the extended protocol has come: the time of statement_timeout runs from the first one
 * on, also while the client keeps the next one back, and until a statement is over. */
void pg_guard_watch(struct pg_session *session);
void pg_guard_unwatch(struct pg_session *session);

/* Keeps the text for pg_stat_activity. */
void pg_guard_note_activity(struct pg_session *session, struct slice text);
/* The client has nothing to run: its idle timers start. */
void pg_guard_idle(struct pg_session *session);

/* Frees what it keeps. */
void pg_guard_forget(struct pg_session *session);

#endif
