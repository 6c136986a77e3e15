#include "server/mcp/mcp_stdio.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/readbuf.h"

#include "server/mcp/message.h"

struct mcp_stdio {
    struct mcp_stdio_options options;
    struct transport *in, *out; /* NULL once closed */
    struct readbuf kept;        /* the line that has begun */
    size_t scanned;             /* of it, without a line's end */
    bool skips;                 /* up to the end of a line that is too long */
    bool ended;
    void (*done)(void *ctx);
};

/* ---- answers */

void mcp_stdio_put(struct mcp_stdio *stdio, struct outq *answer)
{
    if (!stdio->out || (outq_len(answer) == 0 && !answer->failed)) {
        outq_done(answer);
        return;
    }
    outq_append(&stdio->out->out, answer);
    outq_put(&stdio->out->out, "\n", 1);
    transport_wake(stdio->out);
    if (stdio->in && outq_len(&stdio->out->out) >= TRANSPORT_HIGH_WATER)
        transport_pause(stdio->in);
}

static void call_done(struct mcp_stdio *stdio)
{
    void (*done)(void *) = stdio->done;
    stdio->done = NULL;
    if (done)
        done(stdio->options.ctx);
}

void mcp_stdio_finish(struct mcp_stdio *stdio, void (*done)(void *ctx))
{
    stdio->done = done;
    if (!stdio->out || outq_len(&stdio->out->out) == 0) {
        call_done(stdio);
        return;
    }
    stdio->out->high_water = 1; /* to be told when it is empty */
    transport_wake(stdio->out);
}

/* ---- lines */

static void refuse_line(struct mcp_stdio *stdio)
{
    static const struct mcp_field no_id;
    struct mcp_error error;
    struct outq answer = {0};
    struct json_writer w = json_writer_of(&answer);
    mcp_error_say(&error, MCP_PARSE_ERROR, 400, "a line of more than %zu bytes",
                  MCP_STDIO_LINE_MAX);
    mcp_error_write(&w, &no_id, &error);
    mcp_stdio_put(stdio, &answer);
    readbuf_done(&stdio->kept);
    stdio->scanned = 0;
    stdio->skips = true;
}

static void take_line(struct mcp_stdio *stdio, struct slice line)
{
    bool blank = true;
    if (stdio->skips) { /* its rest */
        stdio->skips = false;
        return;
    }
    if (line.len && line.ptr[line.len - 1] == '\r')
        line.len--;
    for (size_t i = 0; i < line.len && blank; i++)
        blank = line.ptr[i] == ' ' || line.ptr[i] == '\t';
    if (!blank)
        stdio->options.line(stdio->options.ctx, line);
}

static void take_lines(struct mcp_stdio *stdio)
{
    for (;;) {
        struct slice rest = readbuf_rest(&stdio->kept);
        struct slice fresh = slice_from(rest, stdio->scanned);
        const uint8_t *end = fresh.len ? memchr(fresh.ptr, '\n', fresh.len) : NULL;
        if (!end) {
            stdio->scanned = rest.len;
            return;
        }
        size_t len = (size_t)(end - rest.ptr);
        take_line(stdio, slice_of(rest.ptr, len));
        readbuf_consume(&stdio->kept, len + 1);
        stdio->scanned = 0;
    }
}

/* ---- the transports */

static void end(struct mcp_stdio *stdio)
{
    if (stdio->ended)
        return;
    stdio->ended = true;
    stdio->options.ended(stdio->options.ctx);
}

static size_t on_input(void *session, struct slice in)
{
    struct mcp_stdio *stdio = session;
    if (!readbuf_append(&stdio->kept, in)) {
        log_message(LOG_ERROR, "mcp: out of memory");
        transport_abort(stdio->in);
        return in.len;
    }
    take_lines(stdio);
    if (readbuf_rest(&stdio->kept).len > MCP_STDIO_LINE_MAX)
        refuse_line(stdio);
    return in.len;
}

static void on_input_closed(void *session)
{
    struct mcp_stdio *stdio = session;
    struct slice rest = readbuf_rest(&stdio->kept);
    stdio->in = NULL;
    if (rest.len)
        take_line(stdio, rest);
    readbuf_done(&stdio->kept);
    end(stdio);
}

static size_t ignore_input(void *session, struct slice in)
{
    (void)session;
    return in.len;
}

static void ignore_close(void *session)
{
    (void)session;
}

static void on_output_closed(void *session)
{
    struct mcp_stdio *stdio = session;
    stdio->out = NULL;
    call_done(stdio);
    end(stdio);
}

static void on_output_drained(void *session)
{
    struct mcp_stdio *stdio = session;
    call_done(stdio);
    if (stdio->in)
        transport_resume(stdio->in);
}

static const struct session_ops in_ops = {.on_input = on_input, .on_close = on_input_closed};
static const struct session_ops out_ops = {
    .on_input = ignore_input, .on_close = on_output_closed, .on_drained = on_output_drained};

/* From here on the transport is the loop's alone. */
static void detach(struct transport *t)
{
    static const struct session_ops ops = {.on_input = ignore_input, .on_close = ignore_close};
    if (!t)
        return;
    transport_attach(t, &ops, NULL);
    transport_close(t);
}

void mcp_stdio_close(struct mcp_stdio *stdio)
{
    if (!stdio)
        return;
    detach(stdio->in);
    detach(stdio->out);
    readbuf_done(&stdio->kept);
    free(stdio);
}

struct mcp_stdio *mcp_stdio_open(const struct mcp_stdio_options *options)
{
    struct mcp_stdio *stdio = calloc(1, sizeof(*stdio));
    if (!stdio)
        return NULL;
    stdio->options = *options;
    if (reactor_adopt_output(options->reactor, options->out, &stdio->out) == 0) {
        transport_attach(stdio->out, &out_ops, stdio);
        if (reactor_adopt_fd(options->reactor, options->in, &stdio->in) == 0) {
            transport_attach(stdio->in, &in_ops, stdio);
            return stdio;
        }
    }
    mcp_stdio_close(stdio);
    return NULL;
}
