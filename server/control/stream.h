/* The journal as a stream of server-sent events. */
#ifndef PARLEL_SERVER_CONTROL_STREAM_H
#define PARLEL_SERVER_CONTROL_STREAM_H

#include "emulators/http/http_session.h"

#include "server/control/control.h"

/* Follows the journal when the query says follow=1, else false. Each record is an event "record" with the
 * record as data and its number as id; it begins after `since` or the field Last-Event-ID, without
 * them with what comes from now on. */
bool stream_journal(struct control *control, struct http_exchange *x);

#endif
