/* completion/complete, and what some clients ask whatever a server says it can: prompts/list,
 * logging/setLevel. There are no prompts, and nothing is logged to clients. */
#include "server/mcp/mcp_internal.h"

void mcp_prompts_list(struct mcp_call *call)
{
    if (!mcp_check_cursor(call))
        return;
    struct json_writer *w = mcp_result_begin_cacheable(call, 0);
    json_key_str(w, "prompts");
    json_array(w);
    json_array_end(w);
    mcp_result_end(call);
}

void mcp_logging_set_level(struct mcp_call *call)
{
    mcp_result_begin(call);
    mcp_result_end(call);
}

/* Services that run, for the templates of resources. */
static void put_services(struct json_writer *w, struct sandbox *sandbox, struct slice prefix)
{
    for (size_t i = 0; i < sandbox_service_count(sandbox); i++) {
        struct slice name = slice_str(sandbox_service(sandbox, i)->type->name);
        if (name.len >= prefix.len && slice_eq(slice_of(name.ptr, prefix.len), prefix))
            json_string(w, name);
    }
}

void mcp_completion_complete(struct mcp_call *call)
{
    const struct mcp_message *m = &call->message;
    if (!mcp_field_is_text(&m->argument_name) || !mcp_field_is_text(&m->argument_value)) {
        mcp_fail(call, MCP_INVALID_PARAMS, "params.argument: expected a name and a value, texts");
        return;
    }
    struct json_writer *w = mcp_result_begin(call);
    json_key_str(w, "completion");
    json_object(w);
    json_key_str(w, "values");
    json_array(w);
    if (slice_eq_str(m->argument_name.text, "service"))
        put_services(w, call->pending->mcp.control->sandbox, m->argument_value.text);
    json_array_end(w);
    json_key_str(w, "hasMore");
    json_bool(w, false);
    json_object_end(w);
    mcp_result_end(call);
}
