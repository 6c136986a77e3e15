/* The revisions of MCP that are served, and which of their two eras a request is of.
 *
 * Up to 2025-11-25 a client says initialize first and then just asks. From 2026-07-28 on every
 * request says in its _meta which revision it is of and what its client can do; over HTTP its
 * headers repeat what it is. One endpoint serves both: a request is of the later era when its _meta or
 * its header names a revision of it. */
#ifndef PARLEL_SERVER_MCP_VERSION_H
#define PARLEL_SERVER_MCP_VERSION_H

#include "common/json.h"

#define MCP_META_VERSION      "io.modelcontextprotocol/protocolVersion"
#define MCP_META_CAPABILITIES "io.modelcontextprotocol/clientCapabilities"
#define MCP_META_CLIENT       "io.modelcontextprotocol/clientInfo"
#define MCP_META_SERVER       "io.modelcontextprotocol/serverInfo"

enum mcp_version_flag {
    MCP_STATELESS = 1, /* the later era */
    MCP_BATCHES = 2    /* an array of messages is taken */
};

struct mcp_version {
    const char *name;
    unsigned flags;
};

/* NULL when it is not served. */
const struct mcp_version *mcp_version_find(struct slice name);
/* What initialize answers to one who asks for this: the same, or the latest that has initialize. */
const struct mcp_version *mcp_version_negotiate(struct slice wanted);
/* What a request over HTTP without a header is of. */
const struct mcp_version *mcp_version_assumed(void);
/* An array of their names, the latest first. */
void mcp_versions_write(struct json_writer *w);

#endif
