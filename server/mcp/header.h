/* The headers with which a request of the stateless revisions repeats over HTTP what it is: a proxy
 * reads them instead of the body, so that they must not say anything else. */
#ifndef PARLEL_SERVER_MCP_HEADER_H
#define PARLEL_SERVER_MCP_HEADER_H

#include "server/mcp/mcp.h"
#include "server/mcp/message.h"

/* False with *error when Mcp-Method or Mcp-Name is missing or says something else than the message. */
bool mcp_header_check(const struct mcp_delivery *delivery, const struct mcp_message *message,
                      struct arena *arena, struct mcp_error *error);
/* Fills *error and returns false. */
bool mcp_header_mismatch(struct mcp_error *error, const char *header, const char *what);

/* What Mcp-Name repeats of a message; NULL for methods that have no such header. */
const struct mcp_field *mcp_header_name(const struct mcp_message *message);
/* A value as a header can carry it: itself, or =?base64?...?= of it. ptr NULL when out of memory. */
struct slice mcp_header_encode(struct slice value, struct arena *arena);
/* The other way round; ptr NULL also for wrong base64. */
struct slice mcp_header_decode(struct slice header, struct arena *arena);

#endif
