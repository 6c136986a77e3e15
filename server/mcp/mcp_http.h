/* MCP over Streamable HTTP, without sessions: each POST carries one message, or a batch, and is answered
 * with JSON, or with 202 where there is nothing to say. A client that hangs up cancels what it asked. */
#ifndef PARLEL_SERVER_MCP_HTTP_H
#define PARLEL_SERVER_MCP_HTTP_H

#include "emulators/http/http_session.h"

#include "server/control/control.h"

/* Answers a POST whose body has come, now or later. True always: a function of a route. */
bool mcp_http_post(struct control *control, struct http_exchange *x);

#endif
