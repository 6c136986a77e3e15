/* LISTEN, UNLISTEN and NOTIFY: messages between sessions of one database, sent when the transaction
 * that made them commits.
 *
 * A notification that a transaction makes twice is sent once. Listening, too, begins and ends with
 * the commit. Sessions that are idle get theirs at once, others before their next ReadyForQuery. */
#ifndef PARLEL_EMULATORS_POSTGRES_NOTIFY_H
#define PARLEL_EMULATORS_POSTGRES_NOTIFY_H

#include "emulators/postgres/utility.h"

pg_utility pg_run_listen, pg_run_unlisten, pg_run_notify;

/* pg_notify(): the running transaction's. */
bool pg_notify_add(struct pg_session *session, struct slice channel, struct slice payload);
/* Sends what waits for the session. */
void pg_notify_deliver(struct pg_session *session);
void pg_notify_unlisten_all(struct pg_session *session);
/* The session goes. */
void pg_notify_forget(struct pg_session *session);
/* The channel that it listens on at that place in the list; ptr NULL: no more. */
struct slice pg_notify_channel(const struct pg_session *session, unsigned at);

#endif
