/* An action as the tool that MCP describes, with JSON Schemas (2020-12) made from its table. */
#ifndef PARLEL_SERVER_MCP_TOOL_H
#define PARLEL_SERVER_MCP_TOOL_H

#include "server/control/control.h"

/* What a tool's name begins with. */
#define MCP_TOOL_PREFIX "parlel_"

/* {"name", "title", "description", "inputSchema", "outputSchema", "annotations"} */
void mcp_tool_describe(struct json_writer *w, const struct control_action *action);

#endif
