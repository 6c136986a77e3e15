#include "server/mcp/mcp_local.h"

#include <stdlib.h>

#include "server/mcp/mcp_stdio.h"

struct mcp_local {
    struct mcp_local_options options;
    struct mcp_session session;
    struct mcp_stdio *stdio;
};

static void answer(void *ctx, int status, struct outq *body)
{
    struct mcp_local *local = ctx;
    (void)status;
    mcp_stdio_put(local->stdio, body);
}

static void on_line(void *ctx, struct slice line)
{
    struct mcp_local *local = ctx;
    struct mcp_delivery delivery = {
        .bytes = line, .session = &local->session, .answer = answer, .ctx = local};
    mcp_handle(&local->options.mcp, &delivery);
}

static void done(void *ctx)
{
    struct mcp_local *local = ctx;
    local->options.done(local->options.ctx);
}

/* Nobody waits any more for what is still to come. */
static void on_ended(void *ctx)
{
    struct mcp_local *local = ctx;
    mcp_session_done(&local->session);
    mcp_stdio_finish(local->stdio, done);
}

struct mcp_local *mcp_local_open(const struct mcp_local_options *options)
{
    struct mcp_local *local = calloc(1, sizeof(*local));
    if (!local)
        return NULL;
    local->options = *options;
    mcp_session_init(&local->session);
    struct mcp_stdio_options stdio = {.reactor = options->reactor,
                                      .in = options->in,
                                      .out = options->out,
                                      .line = on_line,
                                      .ended = on_ended,
                                      .ctx = local};
    local->stdio = mcp_stdio_open(&stdio);
    if (local->stdio)
        return local;
    free(local);
    return NULL;
}

void mcp_local_close(struct mcp_local *local)
{
    if (!local)
        return;
    mcp_session_done(&local->session);
    mcp_stdio_close(local->stdio);
    free(local);
}
