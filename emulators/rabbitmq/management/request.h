/* Requests to management, from the route to the journal.
 *
 * Fault rules are asked for each request, as for every command: error, delay, hold, drop and drop-reply do what
 * they do elsewhere; cut drops the reply, and drip does nothing, since an answer of HTTP is not a stream
 * here. */
#ifndef PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_REQUEST_H
#define PARLEL_EMULATORS_RABBITMQ_MANAGEMENT_REQUEST_H

#include "emulators/http/http_session.h"

/* Its context is the broker. */
extern const struct http_handler management_handler;

#endif
