/* tools/list and tools/call: the table of actions as tools. */
#include <stdio.h>

#include "server/mcp/excerpt.h"
#include "server/mcp/mcp_internal.h"
#include "server/mcp/tool.h"
#include "server/suggest.h"

#define TTL_MS 3600000 /* the table is the program's */

void mcp_tools_list(struct mcp_call *call)
{
    if (!mcp_check_cursor(call))
        return;
    struct json_writer *w = mcp_result_begin_cacheable(call, TTL_MS);
    json_key_str(w, "tools");
    json_array(w);
    for (const struct control_action *a = call->pending->mcp.actions; a->name; a++)
        if (!(a->flags & CONTROL_NO_TOOL))
            mcp_tool_describe(w, a);
    json_array_end(w);
    mcp_result_end(call);
}

/* ---- results */

static void put_text(struct json_writer *w, struct slice text)
{
    json_object(w);
    json_key_str(w, "type");
    json_str(w, "text");
    json_key_str(w, "text");
    json_string(w, text);
    json_object_end(w);
}

/* The result twice: for programs, and as the text that older clients read. first: a text before it;
 * ptr NULL: none. json empty: there is only that. */
static void finish(struct mcp_call *call, struct slice first, struct slice json, bool is_error)
{
    struct json_writer *w = mcp_result_begin(call);
    json_key_str(w, "content");
    json_array(w);
    if (first.ptr)
        put_text(w, first);
    if (json.len)
        put_text(w, json);
    json_array_end(w);
    if (json.len) {
        json_key_str(w, "structuredContent");
        json_raw(w, json);
    }
    json_key_str(w, "isError");
    json_bool(w, is_error);
    mcp_result_end(call);
}

/* ---- errors */

static const char *const hints[] = {
    [CONTROL_BAD_REQUEST] = "",
    [CONTROL_NOT_FOUND] = "parlel_list_services, parlel_checkpoint, parlel_fork and parlel_fault "
                          "list what there is",
    [CONTROL_CONFLICT] = "take another name or port, or drop what has it first",
    [CONTROL_REFUSED] = "this is the service's own answer, as the real one gives it; "
                        "parlel_inspect shows its state",
    [CONTROL_TIMED_OUT] = "what had come until then is in the result; parlel_journal shows what "
                          "was sent instead",
    [CONTROL_NO_MEMORY] = "parlel_reset, or dropping forks and checkpoints, gives memory back",
};

static void put_takes(struct outq *text, const struct control_action *action)
{
    const char *separator = " takes ";
    outq_put_slice(text, slice_str(MCP_TOOL_PREFIX));
    outq_put_slice(text, slice_str(action->name));
    for (const struct control_parameter *p = action->parameters; p && p->name; p++) {
        outq_put_slice(text, slice_str(separator));
        outq_put_slice(text, slice_str(p->name));
        outq_put_slice(text, slice_str(p->required ? " (required)" : ""));
        separator = ", ";
    }
    if (action->flags & CONTROL_WORLDS) {
        outq_put_slice(text, slice_str(separator));
        outq_put_slice(text, slice_str("world"));
        separator = "";
    }
    if (strcmp(separator, " takes ") == 0)
        outq_put_slice(text, slice_str(" takes no arguments"));
}

/* "CODE: message", and on a second line what helps. */
static void fail(struct mcp_call *call, const struct control_error *error, struct slice json)
{
    struct outq text = {0};
    outq_put_slice(&text, slice_str(error->code));
    outq_put_slice(&text, slice_str(": "));
    outq_put_slice(&text, slice_str(error->message));
    outq_put_slice(&text, slice_str("\nHint: "));
    if (error->failure == CONTROL_BAD_REQUEST)
        put_takes(&text, call->arguments.action);
    else
        outq_put_slice(&text, slice_str(hints[error->failure]));
    struct slice flat = outq_flatten(&text);
    finish(call, flat.ptr ? flat : slice_str(error->code), json, true);
    outq_done(&text);
}

static void fail_no_memory(struct mcp_call *call)
{
    struct control_error error = {.failure = CONTROL_NO_MEMORY,
                                  .message = "the result is too large"};
    snprintf(error.code, sizeof(error.code), "%s", control_code(CONTROL_NO_MEMORY));
    fail(call, &error, slice_of("", 0));
}

/* ---- the end of an action */

/* Where the caller can say how much is wanted, it is given. */
static bool is_limited_by_caller(const struct control_action *action)
{
    for (const struct control_parameter *p = action->parameters; p && p->name; p++)
        if (strcmp(p->name, "limit") == 0)
            return true;
    return false;
}

static void put_note(struct json_writer *w, const struct mcp_excerpt *excerpt)
{
    char note[256];
    if (excerpt->rows_left_out == 0 && excerpt->texts_cut == 0)
        return;
    snprintf(note, sizeof(note),
             "shortened: %zu elements are left out, %zu texts are cut at %d bytes; ask for a part "
             "(a range, a LIMIT, a cursor) to see the others",
             excerpt->rows_left_out, excerpt->texts_cut, MCP_EXCERPT_TEXT);
    json_key_str(w, "note");
    json_str(w, note);
}

static void finish_excerpt(struct mcp_call *call, struct slice json)
{
    struct outq shown = {0};
    struct json_writer w = json_writer_of(&shown);
    struct mcp_excerpt excerpt;
    json_object(&w);
    bool ok = mcp_excerpt_write(&w, json, &call->pending->arena, &excerpt);
    if (ok) {
        put_note(&w, &excerpt);
        json_object_end(&w);
    }
    struct slice flat = outq_flatten(&shown);
    if (ok && flat.ptr)
        finish(call, slice_of(NULL, 0), flat, false);
    else
        fail_no_memory(call);
    outq_done(&shown);
}

static void tool_ended(struct mcp_call *call, const struct control_error *error)
{
    struct slice json = outq_flatten(&call->out);
    bool partial = error && error->failure == CONTROL_TIMED_OUT;
    if (error)
        fail(call, error, partial && json.ptr ? json : slice_of("", 0));
    else if (!json.ptr)
        fail_no_memory(call);
    else if (is_limited_by_caller(call->arguments.action))
        finish(call, slice_of(NULL, 0), json, false);
    else
        finish_excerpt(call, json);
}

/* ---- calls */

static const struct control_action *find_tool(const struct mcp *mcp, struct slice name)
{
    size_t prefix = sizeof(MCP_TOOL_PREFIX) - 1;
    if (name.len < prefix || memcmp(name.ptr, MCP_TOOL_PREFIX, prefix) != 0)
        return NULL;
    const struct control_action *action = mcp_find_action(mcp, slice_from(name, prefix));
    return action && !(action->flags & CONTROL_NO_TOOL) ? action : NULL;
}

static void unknown_tool(struct mcp_call *call, struct slice name)
{
    struct suggestion near = {NULL, 0};
    size_t prefix = sizeof(MCP_TOOL_PREFIX) - 1;
    struct slice bare = name;
    if (name.len >= prefix && memcmp(name.ptr, MCP_TOOL_PREFIX, prefix) == 0)
        bare = slice_from(name, prefix);
    for (const struct control_action *a = call->pending->mcp.actions; a->name; a++)
        suggest_consider(&near, bare, a->name);
    size_t len = name.len < 64 ? name.len : 64;
    mcp_fail(call, MCP_INVALID_PARAMS, "params.name: there is no tool '%.*s'%s%s%s", (int)len,
             (const char *)name.ptr, near.word ? "; did you mean '" MCP_TOOL_PREFIX : "",
             near.word ? near.word : "", near.word ? "'?" : "");
}

void mcp_tools_call(struct mcp_call *call)
{
    const struct mcp_message *m = &call->message;
    struct control_error error;
    if (!mcp_field_is_text(&m->name)) {
        mcp_fail(call, MCP_INVALID_PARAMS, "params.name: expected a text");
        return;
    }
    const struct control_action *action = find_tool(&call->pending->mcp, m->name.text);
    if (!action) {
        unknown_tool(call, m->name.text);
        return;
    }
    if (m->arguments.given && m->arguments.kind != JSON_OBJECT && m->arguments.kind != JSON_NULL) {
        mcp_fail(call, MCP_INVALID_PARAMS, "params.arguments: expected an object");
        return;
    }
    struct slice json = m->arguments.kind == JSON_OBJECT ? m->arguments.text : slice_str("{}");
    control_arguments_init(&call->arguments, action, &call->pending->arena);
    if (!control_arguments_json(&call->arguments, json, &error) ||
        !control_arguments_check(&call->arguments, &error)) {
        fail(call, &error, slice_of("", 0));
        return;
    }
    call->ended = tool_ended;
    mcp_run(call);
}
