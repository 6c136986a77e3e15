/* MCP's stdio transport: one message a line, in and out.
 *
 * It splits lines and writes answers; who answers is its owner: mcp_local.h, mcp_relay.h. Ends of
 * lines may be CRLF, empty lines mean nothing, the last line needs no end. Input is not read on while
 * the client does not read its answers.
 *
 * Ownership: the descriptors are taken. Both functions of the owner are called from the loop. */
#ifndef PARLEL_SERVER_MCP_STDIO_H
#define PARLEL_SERVER_MCP_STDIO_H

#include "common/outq.h"
#include "common/reactor.h"

/* Longer lines are refused. */
#define MCP_STDIO_LINE_MAX ((size_t)64 << 20)

struct mcp_stdio;

struct mcp_stdio_options {
    struct reactor *reactor;
    int in, out;
    /* A line, without its end; valid during the call. */
    void (*line)(void *ctx, struct slice line);
    /* There will be no more lines: the client has closed, or cannot be written to. */
    void (*ended)(void *ctx);
    void *ctx;
};

/* NULL when out of memory or one is no descriptor. */
struct mcp_stdio *mcp_stdio_open(const struct mcp_stdio_options *options);
/* NULL is accepted. Before the reactor is destroyed. */
void mcp_stdio_close(struct mcp_stdio *stdio);

/* Writes an answer as a line, and empties the queue. Nothing for an empty one. */
void mcp_stdio_put(struct mcp_stdio *stdio, struct outq *answer);
/* Calls `done` once everything is written, or nobody reads it: now, or from the loop. */
void mcp_stdio_finish(struct mcp_stdio *stdio, void (*done)(void *ctx));

#endif
