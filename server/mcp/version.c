#include "server/mcp/version.h"

/* The latest first. */
static const struct mcp_version versions[] = {
    {"2026-07-28", MCP_STATELESS},
    {"2025-11-25",            0},
    {"2025-06-18",0},
    {"2025-03-26", MCP_BATCHES},
    {"2024-11-05",            MCP_BATCHES},
    {0},
};

const struct mcp_version *mcp_version_find(struct slice name)
{
    for (const struct mcp_version *v = versions; v->name; v++)
        if (slice_eq_str(name, v->name))
            return v;
    return NULL;
}

const struct mcp_version *mcp_version_negotiate(struct slice wanted)
{
    const struct mcp_version *v = mcp_version_find(wanted);
    if (v && !(v->flags & MCP_STATELESS))
        return v;
    for (v = versions; v->flags & MCP_STATELESS;)
        v++;
    return v;
}

const struct mcp_version *mcp_version_assumed(void)
{
    return mcp_version_find(slice_str("2025-03-26"));
}

void mcp_versions_write(struct json_writer *w)
{
    json_array(w);
    for (const struct mcp_version *v = versions; v->name; v++)
        json_str(w, v->name);
    json_array_end(w);
}
