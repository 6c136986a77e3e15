/* Inside of server/mcp: a request being answered. Nobody else includes it.
 *
 * A method ends its call with exactly one of mcp_result_end and mcp_fail, at once or, when it runs an
 * action, when that ends. */
#ifndef PARLEL_SERVER_MCP_INTERNAL_H
#define PARLEL_SERVER_MCP_INTERNAL_H

#include "server/control/arguments.h"
#include "server/mcp/mcp.h"
#include "server/mcp/message.h"
#include "server/mcp/version.h"

/* One message, or a batch of them, until all of it is answered. */
struct mcp_pending {
    struct mcp mcp;
    struct mcp_session *session;
    struct ring link; /* of the session's */
    struct arena arena;
    struct slice bytes; /* a copy, in the arena */
    struct mcp_call *calls;
    unsigned open; /* calls that are not answered, and one while the message is being read */
    bool batch;
    int status;
    struct outq body;
    struct json_writer w;
    void (*answer)(void *ctx, int status, struct outq *body);
    void *ctx;
};

/* One request. */
struct mcp_call {
    struct mcp_pending *pending;
    struct mcp_call *next;
    struct mcp_message message;
    const struct mcp_version *version;
    /* Of an action that it runs: */
    bool running;
    struct control_request request;
    struct control_arguments arguments;
    struct outq out;
    struct json_writer out_writer;
    void (*ended)(struct mcp_call *call, const struct control_error *error);
};

struct mcp_method {
    const char *name;
    bool legacy, stateless; /* the eras that have it */
    void (*answer)(struct mcp_call *call);
};

/* ---- how calls are answered: mcp.c */

/* Begins the result, an object, and what every result of its version says; its members follow. */
struct json_writer *mcp_result_begin(struct mcp_call *call);
/* The same of a list or what is read, which a client may keep for ttl_ms. */
struct json_writer *mcp_result_begin_cacheable(struct mcp_call *call, int64_t ttl_ms);
void mcp_result_end(struct mcp_call *call);
void mcp_fail(struct mcp_call *call, enum mcp_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends the call with this error. */
void mcp_fail_with(struct mcp_call *call, const struct mcp_error *error);
bool mcp_is_stateless(const struct mcp_call *call);
/* Whether the list may be given: there is but one page, so that any cursor is wrong. */
bool mcp_check_cursor(struct mcp_call *call);

/* NULL when there is no such tool's action. */
const struct control_action *mcp_find_action(const struct mcp *mcp, struct slice name);
/* Runs an action with the arguments that call->arguments holds; call->ended is called when it ends,
 * with its result in call->out. */
void mcp_run(struct mcp_call *call);

/* ---- methods */

void mcp_tools_list(struct mcp_call *call);
void mcp_tools_call(struct mcp_call *call);
void mcp_resources_list(struct mcp_call *call);
void mcp_resources_templates(struct mcp_call *call);
void mcp_resources_read(struct mcp_call *call);
void mcp_prompts_list(struct mcp_call *call);
void mcp_logging_set_level(struct mcp_call *call);
void mcp_completion_complete(struct mcp_call *call);

#endif
