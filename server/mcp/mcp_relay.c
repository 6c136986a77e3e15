#include "server/mcp/mcp_relay.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/ring.h"
#include "protocols/http/http_decode.h"
#include "protocols/http/http_encode.h"

#include "server/mcp/header.h"
#include "server/mcp/mcp_stdio.h"
#include "server/probe.h"

#define CONNECT_MS   2000
#define ANSWER_MAX   ((uint64_t)1 << 30)
#define LAST_WAIT_US 500000 /* for what is unanswered when the client has gone */

struct mcp_relay {
    struct mcp_relay_options options;
    struct mcp_stdio *stdio;
    struct ring errands;
    struct reactor_timer *last_wait;
    bool ended;
};

/* A line on its way, and its answer. */
struct errand {
    struct ring link;
    struct mcp_relay *relay;
    struct transport *transport;
    struct arena arena;
    struct mcp_message message; /* its id, where it has one */
    struct http_decoder decoder;
    struct outq answer;
    int status; /* of HTTP, of the answer */
    bool answered;
};

/* ---- the end of an errand */

static void done(void *ctx)
{
    struct mcp_relay *relay = ctx;
    relay->options.done(relay->options.ctx);
}

static void destroy(struct errand *errand)
{
    struct mcp_relay *relay = errand->relay;
    ring_remove(&errand->link);
    outq_done(&errand->answer);
    arena_done(&errand->arena);
    free(errand);
    if (relay->ended && ring_empty(&relay->errands))
        mcp_stdio_finish(relay->stdio, done);
}

/* An answer of our own; notifications get none. */
static void complain(struct errand *errand, const char *what)
{
    struct mcp_error error;
    struct outq answer = {0};
    struct json_writer w = json_writer_of(&answer);
    if (errand->message.kind != MCP_REQUEST)
        return;
    mcp_error_say(&error, MCP_INTERNAL_ERROR, 500, "the control API at %s:%u %s",
                  errand->relay->options.address, (unsigned)errand->relay->options.port, what);
    mcp_error_write(&w, &errand->message.id, &error);
    mcp_stdio_put(errand->relay->stdio, &answer);
}

/* ---- responses */

static bool begins_with(struct slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.ptr, prefix, len) == 0;
}

/* Errors of MCP have a status of their own; the control API's errors are JSON, too. */
static bool is_message(struct slice body)
{
    return begins_with(body, "{\"jsonrpc\"") || begins_with(body, "[{\"jsonrpc\"");
}

/* The whole response is there. */
static void deliver(struct errand *errand)
{
    char what[40];
    errand->answered = true;
    if (errand->status == HTTP_ACCEPTED)
        return;
    if (is_message(outq_flatten(&errand->answer))) {
        mcp_stdio_put(errand->relay->stdio, &errand->answer);
        return;
    }
    snprintf(what, sizeof(what), "answered with status %d", errand->status);
    complain(errand, what);
}

static size_t on_input(void *session, struct slice in)
{
    struct errand *errand = session;
    size_t at = 0;
    for (;;) {
        size_t used = 0;
        enum http_event event = http_decode(&errand->decoder, slice_from(in, at), &used);
        at += used;
        switch (event) {
        case HTTP_NEED_MORE: return at;
        case HTTP_HEAD: errand->status = errand->decoder.head.status; break;
        case HTTP_BODY: outq_put_slice(&errand->answer, errand->decoder.body); break;
        case HTTP_END:
            deliver(errand);
            transport_close(errand->transport);
            return in.len;
        case HTTP_ERROR: transport_abort(errand->transport); return in.len;
        }
    }
}

static void on_close(void *session)
{
    struct errand *errand = session;
    if (!errand->answered)
        complain(errand, "closed the connection");
    destroy(errand);
}

static const struct session_ops ops = {.on_input = on_input, .on_close = on_close};

/* ---- requests */

/* Headers that say again what the message says of itself. */
static bool put_headers(struct errand *errand, struct outq *out)
{
    const struct mcp_message *m = &errand->message;
    if (m->kind != MCP_REQUEST || !mcp_field_is_text(&m->meta_version))
        return true;
    const struct mcp_field *name = mcp_header_name(m);
    struct slice method = mcp_header_encode(m->method.text, &errand->arena);
    struct slice version = mcp_header_encode(m->meta_version.text, &errand->arena);
    if (!method.ptr || !version.ptr)
        return false;
    http_put_field(out, "MCP-Protocol-Version", version);
    http_put_field(out, "Mcp-Method", method);
    if (!name || !mcp_field_is_text(name))
        return true;
    struct slice encoded = mcp_header_encode(name->text, &errand->arena);
    if (encoded.ptr)
        http_put_field(out, "Mcp-Name", encoded);
    return encoded.ptr;
}

static bool put_request(struct errand *errand, struct slice line)
{
    const struct mcp_relay_options *options = &errand->relay->options;
    struct outq *out = &errand->transport->out;
    char host[80];
    snprintf(host, sizeof(host), strchr(options->address, ':') ? "[%s]:%u" : "%s:%u",
             options->address, (unsigned)options->port);
    http_put_request(out, slice_str("POST"), slice_str("/mcp"));
    http_put_field_str(out, "Host", host);
    http_put_field_str(out, "Accept", "application/json, text/event-stream");
    http_put_field_str(out, "Content-Type", "application/json");
    http_put_field_str(out, "Connection", "close");
    if (!put_headers(errand, out))
        return false;
    http_put_content_length(out, line.len);
    http_put_head_end(out);
    outq_put_slice(out, line);
    transport_wake(errand->transport);
    return true;
}

static bool connect_errand(struct errand *errand)
{
    const struct mcp_relay_options *options = &errand->relay->options;
    int fd = probe_open(options->address, options->port, CONNECT_MS);
    if (fd < 0 || reactor_adopt_fd(options->reactor, fd, &errand->transport) < 0)
        return false;
    transport_attach(errand->transport, &ops, errand);
    return true;
}

static void send_line(struct mcp_relay *relay, struct errand *errand, struct slice line)
{
    errand->relay = relay;
    ring_init(&errand->link);
    ring_push_back(&relay->errands, &errand->link);
    http_decoder_init(&errand->decoder, false);
    errand->decoder.limits.body_max = ANSWER_MAX;
    if (!connect_errand(errand)) {
        complain(errand, "does not answer");
        destroy(errand);
        return;
    }
    if (!put_request(errand, line))
        transport_abort(errand->transport);
}

/* The connection's end is what cancels a request. */
static void cancel(struct mcp_relay *relay, const struct mcp_field *id)
{
    for (struct ring *at = relay->errands.next; at != &relay->errands; at = at->next) {
        struct errand *errand = RING_OWNER(at, struct errand, link);
        if (mcp_id_equal(&errand->message.id, id)) {
            errand->answered = true;
            transport_abort(errand->transport);
            return;
        }
    }
}

static void on_line(void *ctx, struct slice line)
{
    struct mcp_relay *relay = ctx;
    struct mcp_error error;
    struct errand *errand = calloc(1, sizeof(*errand));
    if (!errand)
        return;
    /* What is no message is the server's to refuse. */
    struct slice copy = arena_dup(&errand->arena, line);
    struct mcp_message *m = &errand->message;
    if (copy.ptr && mcp_message_read(copy, &errand->arena, m, &error) &&
        m->kind == MCP_NOTIFICATION && slice_eq_str(m->method.text, "notifications/cancelled"))
        cancel(relay, &m->request_id);
    send_line(relay, errand, line);
}

/* ---- the relay */

static void abandon(struct mcp_relay *relay)
{
    for (struct ring *at = relay->errands.next; at != &relay->errands; at = at->next) {
        struct errand *errand = RING_OWNER(at, struct errand, link);
        errand->answered = true;
        transport_abort(errand->transport);
    }
}

static void on_last_wait(void *ctx)
{
    abandon(ctx);
}

static void on_ended(void *ctx)
{
    struct mcp_relay *relay = ctx;
    relay->ended = true;
    if (ring_empty(&relay->errands))
        mcp_stdio_finish(relay->stdio, done);
    else
        relay->last_wait = reactor_every(relay->options.reactor, LAST_WAIT_US, on_last_wait, relay);
}

struct mcp_relay *mcp_relay_open(const struct mcp_relay_options *options)
{
    struct mcp_relay *relay = calloc(1, sizeof(*relay));
    if (!relay)
        return NULL;
    relay->options = *options;
    ring_init(&relay->errands);
    struct mcp_stdio_options stdio = {.reactor = options->reactor,
                                      .in = options->in,
                                      .out = options->out,
                                      .line = on_line,
                                      .ended = on_ended,
                                      .ctx = relay};
    relay->stdio = mcp_stdio_open(&stdio);
    if (relay->stdio)
        return relay;
    free(relay);
    return NULL;
}

void mcp_relay_close(struct mcp_relay *relay)
{
    if (!relay)
        return;
    abandon(relay);
    while (!ring_empty(&relay->errands))
        reactor_turn(relay->options.reactor, 0);
    reactor_timer_destroy(relay->last_wait);
    mcp_stdio_close(relay->stdio);
    free(relay);
}
