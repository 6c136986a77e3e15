/* MCP over stdio for a sandbox of another process: each line is sent to its control API's /mcp.
 *
 * Lines are not waited for one after another: each has a connection of its own, so that a request
 * that takes long delays no other and is cancelled by closing it. What cannot be delivered is answered
 * here with an error. */
#ifndef PARLEL_SERVER_MCP_RELAY_H
#define PARLEL_SERVER_MCP_RELAY_H

#include "common/reactor.h"

struct mcp_relay;

struct mcp_relay_options {
    struct reactor *reactor;
    const char *address; /* of the control API; numeric; borrowed */
    uint16_t port;
    int in, out; /* taken */
    /* The client has gone and was told everything. */
    void (*done)(void *ctx);
    void *ctx;
};

/* NULL when out of memory. */
struct mcp_relay *mcp_relay_open(const struct mcp_relay_options *options);
/* Before the reactor goes. NULL is accepted. */
void mcp_relay_close(struct mcp_relay *relay);

#endif
