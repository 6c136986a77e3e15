#include "server/mcp/tool.h"

#include <stdio.h>

#include "server/control/schema.h"

static const struct {
    const char *name;
    unsigned flag;
} annotations[] = {
    {"readOnlyHint",    CONTROL_READ_ONLY  },
    {"destructiveHint", CONTROL_DESTRUCTIVE},
    {"idempotentHint",  CONTROL_IDEMPOTENT },
    {"openWorldHint",   0                  },
};

static void put_annotations(struct json_writer *w, const struct control_action *action)
{
    json_object(w);
    json_key_str(w, "title");
    json_str(w, action->title);
    for (size_t i = 0; i < sizeof(annotations) / sizeof(annotations[0]); i++) {
        json_key_str(w, annotations[i].name);
        json_bool(w, action->flags & annotations[i].flag);
    }
    json_object_end(w);
}

void mcp_tool_describe(struct json_writer *w, const struct control_action *action)
{
    char name[64];
    snprintf(name, sizeof(name), MCP_TOOL_PREFIX "%s", action->name);
    json_object(w);
    json_key_str(w, "name");
    json_str(w, name);
    json_key_str(w, "title");
    json_str(w, action->title);
    json_key_str(w, "description");
    json_str(w, action->summary);
    json_key_str(w, "inputSchema");
    schema_write_parameters(w, action);
    json_key_str(w, "outputSchema");
    json_raw(w, slice_str(action->result));
    json_key_str(w, "annotations");
    put_annotations(w, action);
    json_object_end(w);
}
