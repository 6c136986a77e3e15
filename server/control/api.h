/* The control API: actions over HTTP, JSON in and out, on a port of its own.
 *
 * For the listeners it is a service like the others, with a row in the contract's form of which only
 * what concerns connections is there. Browsers of other sites are kept out: a request whose Host or Origin
 * is not this machine's is answered with 403, unless parlel was told to listen on other than loopback
 * addresses (then the Origin has to be the Host). */
#ifndef PARLEL_SERVER_CONTROL_API_H
#define PARLEL_SERVER_CONTROL_API_H

#include "emulators/http/http_route.h"

#include "server/control/control.h"

struct control_api;

extern const struct emulator_type control_api_type;

/* control is borrowed. NULL when out of memory. */
struct control_api *control_api_create(struct control *control);
/* After its listeners were closed and the loop has turned. NULL is accepted. */
void control_api_destroy(struct control_api *api);
/* Cancels every request and closes every connection; they go when the loop turns. */
void control_api_close(struct control_api *api);

/* The API as a service that listens; its emulator is the API. */
struct service control_api_service(struct control_api *api);

/* The one handler behind all routes. context is the API. */
void api_handle(void *context, struct http_exchange *x, const struct http_match *match);

/* Answers with what is in the queue as JSON. */
void api_reply(struct http_exchange *x, int status, struct outq *body);
/* Answers {"error": {"code", "message"}}. */
void api_fail(struct http_exchange *x, int status, const char *code, const char *message);

#endif
