/* MCP over stdio for a sandbox of the same process. */
#ifndef PARLEL_SERVER_MCP_LOCAL_H
#define PARLEL_SERVER_MCP_LOCAL_H

#include "server/mcp/mcp.h"

struct mcp_local;

struct mcp_local_options {
    struct mcp mcp;
    struct reactor *reactor;
    int in, out; /* taken */
    /* The client has gone and was told everything. */
    void (*done)(void *ctx);
    void *ctx;
};

/* NULL when out of memory. */
struct mcp_local *mcp_local_open(const struct mcp_local_options *options);
/* Before the control and the reactor go. NULL is accepted. */
void mcp_local_close(struct mcp_local *local);

#endif
