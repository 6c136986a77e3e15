/* The answering half of a session. */
#include <stdarg.h>
#include <stdio.h>

#include "common/assert.h"
#include "emulators/http/http_internal.h"

#define FAIL_TEXT_MAX 512

/* ---- heads */

static bool has_body_to_come(const struct http_session *s)
{
    return !s->received && (s->x.head.chunked || s->x.head.content_length > 0);
}

static void put_connection(struct http_session *s)
{
    struct outq *out = &s->transport->out;
    if (s->closing)
        http_put_field_str(out, "Connection", "close");
    else if (s->x.head.minor == 0)
        http_put_field_str(out, "Connection", "keep-alive");
}

/* All of the head but what frames the body. */
static void begin_answer(struct http_session *s, int status, const char *content_type)
{
    struct outq *out = &s->transport->out;
    ASSERT(s->active && !s->begun);
    s->begun = true;
    s->silent = slice_eq_str(s->x.head.method, "HEAD");
    s->closing = s->closing || !s->x.head.keep_alive || has_body_to_come(s);
    http_put_status(out, status);
    if (s->server->options.clock)
        http_put_date(out, clock_now_ms(s->server->options.clock));
    if (content_type)
        http_put_field_str(out, "Content-Type", content_type);
    outq_append(out, &s->fields);
}

static void end_head(struct http_session *s)
{
    put_connection(s);
    http_put_head_end(&s->transport->out);
}

static void end_answer(struct http_session *s)
{
    s->answered = true;
    http_session_advance(s);
}

void http_add_field(struct http_exchange *x, const char *name, struct slice value)
{
    http_put_field(&x->session->fields, name, value);
}

/* ---- whole answers */

static void begin_whole(struct http_session *s, int status, const char *content_type, size_t len)
{
    begin_answer(s, status, content_type);
    /* RFC 9110 8.6, 15.4.5: these have no length. */
    if (status != HTTP_NO_CONTENT && status != HTTP_NOT_MODIFIED)
        http_put_content_length(&s->transport->out, len);
    else
        s->silent = true;
    end_head(s);
}

void http_reply(struct http_exchange *x, int status, const char *content_type, struct slice body)
{
    struct http_session *s = x->session;
    begin_whole(s, status, content_type, body.len);
    if (!s->silent)
        outq_put_slice(&s->transport->out, body);
    end_answer(s);
}

void http_reply_queue(struct http_exchange *x, int status, const char *content_type,
                      struct outq *body)
{
    struct http_session *s = x->session;
    begin_whole(s, status, content_type, outq_len(body));
    if (s->silent)
        outq_done(body);
    else
        outq_append(&s->transport->out, body);
    end_answer(s);
}

void http_drop(struct http_exchange *x)
{
    struct http_session *s = x->session;
    s->closing = true;
    end_answer(s);
}

void http_fail(struct http_exchange *x, int status, const char *format, ...)
{
    const struct http_server_options *options = &x->session->server->options;
    char text[FAIL_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (options->handler->fail) {
        options->handler->fail(options->context, x, status, text);
        return;
    }
    struct outq body = {0};
    outq_put(&body, text, strlen(text));
    outq_put(&body, "\n", 1);
    http_reply_queue(x, status, "text/plain; charset=utf-8", &body);
}

/* ---- streams */

/* HTTP/1.0 knows no chunks: there the connection's end ends the body (RFC 9112 6.3). */
void http_stream_begin(struct http_exchange *x, int status, const char *content_type)
{
    struct http_session *s = x->session;
    s->chunked = x->head.minor > 0;
    s->closing = s->closing || !s->chunked;
    begin_answer(s, status, content_type);
    if (s->chunked)
        http_put_field_str(&s->transport->out, "Transfer-Encoding", "chunked");
    end_head(s);
    if (!s->in_input)
        transport_wake(s->transport);
}

static bool takes_stream(const struct http_session *s)
{
    ASSERT(s->begun && !s->answered);
    return !s->silent;
}

void http_stream_put(struct http_exchange *x, struct slice bytes)
{
    struct http_session *s = x->session;
    if (!takes_stream(s))
        return;
    if (s->chunked)
        http_put_chunk(&s->transport->out, bytes);
    else
        outq_put_slice(&s->transport->out, bytes);
    if (!s->in_input)
        transport_wake(s->transport);
}

void http_stream_event(struct http_exchange *x, const struct http_sse_event *event)
{
    struct http_session *s = x->session;
    struct outq *out = &s->transport->out;
    if (!takes_stream(s))
        return;
    struct outq_mark mark = {0};
    if (s->chunked)
        mark = http_chunk_begin(out);
    http_put_event(out, event);
    if (s->chunked)
        http_chunk_end(out, mark);
    if (!s->in_input)
        transport_wake(s->transport);
}

void http_stream_end(struct http_exchange *x)
{
    struct http_session *s = x->session;
    if (takes_stream(s) && s->chunked)
        http_put_last_chunk(&s->transport->out);
    end_answer(s);
}

bool http_stream_full(const struct http_exchange *x)
{
    const struct transport *transport = x->session->transport;
    return outq_len(&transport->out) >= transport->high_water;
}

/* ---- another protocol */

struct transport *http_upgrade(struct http_exchange *x, const char *protocol)
{
    struct http_session *s = x->session;
    struct outq *out = &s->transport->out;
    ASSERT(s->in_input && s->received && !s->begun);
    http_put_status(out, HTTP_SWITCHING_PROTOCOLS);
    http_put_field_str(out, "Connection", "Upgrade");
    http_put_field_str(out, "Upgrade", protocol);
    outq_append(out, &s->fields);
    http_put_head_end(out);
    s->begun = s->answered = s->upgraded = true;
    return s->transport;
}
