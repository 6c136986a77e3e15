/* The Model Context Protocol, whatever carries it: one message in, its answer out, at once or later.
 *
 * Tools are the actions of server/control, each as "parlel_" + its name; resources are the state of
 * what runs. The server keeps nothing of its clients: every message stands for itself (version.h).
 *
 *   static void answer(void *ctx, int status, struct outq *body);
 *   struct mcp_delivery delivery = {.bytes = line, .answer = answer, .ctx = session};
 *   struct mcp_pending *pending = mcp_handle(&mcp, &delivery);
 *   ... mcp_cancel(pending) when the asker has gone before it was answered
 *
 * Ownership: a delivery is borrowed for the call; the answer's body is the callee's to empty. A pending
 * is valid until it was answered or cancelled. Errors: all are answers. Out of memory is one too, or
 * an answer whose queue has failed. */
#ifndef PARLEL_SERVER_MCP_H
#define PARLEL_SERVER_MCP_H

#include "common/ring.h"

#include "server/control/control.h"

/* Messages of a batch; more are refused. */
#define MCP_BATCH_MAX 64

struct mcp_pending;
struct mcp_version;

/* What is served; copied by those who keep it. */
struct mcp {
    struct control *control;
    const struct control_action *actions; /* the tools: control_actions(), or a test's own */
};

/* One client's conversation, where the transport knows of such: stdio. Embedded in its owner. */
struct mcp_session {
    struct ring pendings;
    const struct mcp_version *version; /* what initialize settled; NULL before */
};

void mcp_session_init(struct mcp_session *session);
/* Cancels what is unanswered. */
void mcp_session_done(struct mcp_session *session);

struct mcp_delivery {
    struct slice bytes;
    /* Of HTTP: what its headers say of the message; ptr NULL where there is no such header. */
    bool over_http;
    struct slice protocol_version, method, name;
    struct mcp_session *session; /* of stdio; NULL of HTTP */
    /* Called once: the status is HTTP's. 202 comes with an empty body, all others with JSON in one
     * line without its end. */
    void (*answer)(void *ctx, int status, struct outq *body);
    void *ctx;
};

/* NULL: it has been answered already. */
struct mcp_pending *mcp_handle(const struct mcp *mcp, const struct mcp_delivery *delivery);
/* The asker has gone: there is no answer any more. */
void mcp_cancel(struct mcp_pending *pending);

#endif
