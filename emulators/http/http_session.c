#include "emulators/http/http_session.h"

#include <stdlib.h>

#include "common/assert.h"
#include "emulators/http/http_internal.h"

#define HEAD_TIMEOUT_MS 10000
#define IDLE_TIMEOUT_MS 75000
/* Timeouts are kept as exactly as this, shorter ones as exactly as they are long. */
#define TICK_MS 500

/* ---- exchanges */

static void begin_exchange(struct http_session *s)
{
    s->x = (struct http_exchange){
        .arena = &s->arena,
        .peer = s->transport->peer,
        .body_max = s->server->options.body_max,
        .session = s,
    };
    s->active = true;
    s->wait = HTTP_WAIT_HANDLER;
}

static void end_exchange(struct http_session *s)
{
    reactor_timer_destroy(s->timeout);
    readbuf_done(&s->body);
    outq_done(&s->fields);
    arena_reset(&s->arena);
    s->timeout = NULL;
    s->on_piece = NULL;
    s->on_timeout = NULL;
    s->active = s->received = s->begun = s->answered = false;
    s->silent = s->chunked = s->held = false;
}

/* Takes the exchange away from the handler. */
static void cancel(struct http_session *s)
{
    void (*on_cancel)(struct http_exchange * x) = s->x.on_cancel;
    if (!s->active || s->answered)
        return;
    s->x.on_cancel = NULL;
    if (on_cancel)
        on_cancel(&s->x);
}

/* Answers what no handler will, and ends the connection. */
static void refuse(struct http_session *s, int status, const char *text)
{
    cancel(s);
    if (s->begun) { /* an answer that breaks off must not look complete */
        transport_abort(s->transport);
        return;
    }
    if (!s->active)
        begin_exchange(s);
    s->held = false;
    s->closing = s->received = true;
    http_fail(&s->x, status, "%s", text);
}

static void settle(struct http_session *s)
{
    if (!s->active || !s->answered || s->upgraded || !(s->received || s->closing))
        return;
    end_exchange(s);
    if (s->closing)
        transport_close(s->transport);
}

/* ---- what is waited for, and how long */

static enum http_wait wait_of(const struct http_session *s)
{
    if (s->active)
        return s->received || s->held ? HTTP_WAIT_HANDLER : HTTP_WAIT_BODY;
    return http_decoder_busy(&s->decoder) ? HTTP_WAIT_HEAD : HTTP_WAIT_REQUEST;
}

/* A head has its time from its first byte on, whatever comes in drips. */
static void set_deadline(struct http_session *s)
{
    const struct http_server_options *options = &s->server->options;
    enum http_wait wait = wait_of(s);
    if (wait == HTTP_WAIT_HEAD && s->wait == wait)
        return;
    const int64_t allowed_ms[] = {
        [HTTP_WAIT_REQUEST] = options->idle_timeout_ms,
        [HTTP_WAIT_HEAD] = options->head_timeout_ms,
        [HTTP_WAIT_BODY] = options->idle_timeout_ms,
        [HTTP_WAIT_HANDLER] = 0,
    };
    s->wait = wait;
    s->deadline_us = allowed_ms[wait] ? reactor_monotonic_us() + allowed_ms[wait] * 1000 : 0;
}

static void time_out(struct http_session *s)
{
    s->deadline_us = 0;
    switch (s->wait) {
    case HTTP_WAIT_REQUEST: transport_close(s->transport); break;
    case HTTP_WAIT_HEAD: refuse(s, HTTP_REQUEST_TIMEOUT, "the header did not come in time"); break;
    case HTTP_WAIT_BODY: refuse(s, HTTP_REQUEST_TIMEOUT, "the body did not come in time"); break;
    case HTTP_WAIT_HANDLER: break;
    }
}

static void check_deadlines(void *ctx)
{
    struct http_server *server = ctx;
    int64_t now_us = reactor_monotonic_us();
    for (struct ring *at = server->sessions.next; at != &server->sessions; at = at->next) {
        struct http_session *s = RING_OWNER(at, struct http_session, link);
        if (s->deadline_us && s->deadline_us <= now_us && s->transport->state == TRANSPORT_OPEN)
            time_out(s);
    }
}

/* ---- input */

static bool takes_input(const struct http_session *s)
{
    bool parked = s->active && s->received && !s->answered;
    return s->transport->state == TRANSPORT_OPEN && !s->held && !s->upgraded && !parked;
}

static void tell_to_continue(struct http_session *s)
{
    const struct http_head *head = &s->x.head;
    bool fits = head->content_length < 0 || (uint64_t)head->content_length <= s->x.body_max;
    if (!head->expects_continue || s->begun || !fits)
        return;
    http_put_status(&s->transport->out, HTTP_CONTINUE);
    http_put_head_end(&s->transport->out);
}

static void take_head(struct http_session *s, struct slice bytes)
{
    const struct http_server_options *options = &s->server->options;
    begin_exchange(s);
    if (!http_head_dup(&s->arena, &s->decoder.head, bytes, &s->x.head)) {
        s->x.head = (struct http_head){0};
        refuse(s, HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return;
    }
    s->x.origin = http_head_field(&s->x.head, "Origin");
    if (!uri_split(s->x.head.target, &s->x.uri))
        s->x.uri = (struct uri){.path = s->x.head.target};
    if (options->handler->head)
        options->handler->head(options->context, &s->x);
    s->decoder.limits.body_max = s->x.body_max;
    tell_to_continue(s);
}

static void take_piece(struct http_session *s, struct slice piece)
{
    if (s->on_piece)
        s->on_piece(&s->x, piece);
    else if (!readbuf_append(&s->body, piece))
        refuse(s, HTTP_SERVICE_UNAVAILABLE, "out of memory");
}

static void take_end(struct http_session *s)
{
    const struct http_server_options *options = &s->server->options;
    s->received = true;
    s->x.body = readbuf_rest(&s->body);
    if (!s->answered && !s->begun)
        options->handler->request(options->context, &s->x);
}

/* False when there is nothing more to be done with what there is. */
static bool take_event(struct http_session *s, struct slice in, size_t *used)
{
    enum http_event event = http_decode(&s->decoder, in, used);
    switch (event) {
    case HTTP_NEED_MORE: return false;
    case HTTP_HEAD: take_head(s, slice_of(in.ptr, *used)); break;
    case HTTP_BODY: take_piece(s, s->decoder.body); break;
    case HTTP_END: take_end(s); break;
    case HTTP_ERROR: refuse(s, s->decoder.error.status, s->decoder.error.text); break;
    }
    settle(s);
    return true;
}

static void session_free(struct http_session *s);

static size_t session_input(void *context, struct slice in)
{
    struct http_session *s = context;
    struct transport *transport = s->transport;
    size_t taken = 0;
    bool more = true;
    s->in_input = true;
    while (more && takes_input(s)) {
        size_t used;
        more = take_event(s, slice_from(in, taken), &used);
        taken += used;
    }
    s->in_input = false;
    if (s->upgraded) {
        session_free(s);
        transport_pause(transport); /* what is left goes to the new session */
        transport_resume(transport);
        return taken;
    }
    if (transport->state != TRANSPORT_OPEN)
        return in.len;
    set_deadline(s);
    if (!takes_input(s))
        transport_pause(transport);
    return taken;
}

void http_session_advance(struct http_session *s)
{
    if (s->in_input)
        return;
    settle(s);
    transport_wake(s->transport);
    if (s->transport->state != TRANSPORT_OPEN)
        return;
    set_deadline(s);
    if (s->transport->paused && takes_input(s))
        transport_resume(s->transport);
}

void http_take_body(struct http_exchange *x,
                    void (*on_piece)(struct http_exchange *x, struct slice piece))
{
    x->session->on_piece = on_piece;
}

void http_hold_body(struct http_exchange *x, bool hold)
{
    x->session->held = hold;
    http_session_advance(x->session);
}

/* ---- timeouts of the handler's own */

static void fire_timeout(void *ctx)
{
    struct http_session *s = ctx;
    void (*fire)(struct http_exchange * x) = s->on_timeout;
    reactor_timer_destroy(s->timeout);
    s->timeout = NULL;
    fire(&s->x);
}

bool http_set_timeout(struct http_exchange *x, int64_t delay_us,
                      void (*fire)(struct http_exchange *x))
{
    struct http_session *s = x->session;
    struct reactor *reactor = s->server->options.reactor;
    reactor_timer_destroy(s->timeout);
    s->timeout = NULL;
    s->on_timeout = fire;
    if (reactor)
        s->timeout = reactor_every(reactor, delay_us, fire_timeout, s);
    return s->timeout != NULL;
}

/* ---- coming and going */

static void session_free(struct http_session *s)
{
    struct http_server *server = s->server;
    end_exchange(s);
    arena_done(&s->arena);
    ring_remove(&s->link);
    server->session_count--;
    if (!server->session_count) {
        reactor_timer_destroy(server->tick);
        server->tick = NULL;
    }
    free(s);
    if (server->retired && !server->session_count)
        free(server);
}

static void session_closed(void *context)
{
    struct http_session *s = context;
    cancel(s);
    session_free(s);
}

static void session_drained(void *context)
{
    struct http_session *s = context;
    if (s->active && s->begun && !s->answered && s->x.on_drained)
        s->x.on_drained(&s->x);
}

static const struct session_ops session_ops = {session_input, session_closed, session_drained};

static int64_t shortest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool start_tick(struct http_server *server)
{
    const struct http_server_options *options = &server->options;
    int64_t timeout_ms = shortest(options->head_timeout_ms, options->idle_timeout_ms);
    if (options->reactor && !server->tick)
        server->tick = reactor_every(options->reactor, shortest(timeout_ms, TICK_MS) * 1000,
                                     check_deadlines, server);
    return server->tick || !options->reactor;
}

bool http_server_open(struct http_server *server, struct transport *transport)
{
    struct http_session *s = start_tick(server) ? calloc(1, sizeof(*s)) : NULL;
    if (!s)
        return false;
    s->server = server;
    s->transport = transport;
    ring_init(&s->link);
    ring_push_back(&server->sessions, &s->link);
    server->session_count++;
    http_decoder_init(&s->decoder, true);
    set_deadline(s);
    transport_attach(transport, &session_ops, s);
    return true;
}

struct http_server *http_server_create(const struct http_server_options *options)
{
    struct http_server *server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    ASSERT(options->handler && options->handler->request);
    server->options = *options;
    if (!options->head_timeout_ms)
        server->options.head_timeout_ms = HEAD_TIMEOUT_MS;
    if (!options->idle_timeout_ms)
        server->options.idle_timeout_ms = IDLE_TIMEOUT_MS;
    if (!options->body_max)
        server->options.body_max = http_default_limits().body_max;
    ring_init(&server->sessions);
    return server;
}

size_t http_server_sessions(const struct http_server *server)
{
    return server->session_count;
}

/* A stream ends here as it might anywhere; whoever waits for an answer gets one. */
static void dismiss(struct http_session *s)
{
    bool waits = s->active && !s->answered;
    if (waits && !s->begun) {
        refuse(s, HTTP_SERVICE_UNAVAILABLE, "the server ends");
        return;
    }
    cancel(s);
    if (waits && s->chunked && !s->silent)
        http_put_last_chunk(&s->transport->out);
    end_exchange(s);
    transport_close(s->transport);
}

void http_server_close(struct http_server *server)
{
    for (struct ring *at = server->sessions.next; at != &server->sessions; at = at->next) {
        struct http_session *s = RING_OWNER(at, struct http_session, link);
        s->deadline_us = 0;
        if (s->transport->state == TRANSPORT_OPEN)
            dismiss(s);
    }
}

void http_server_retire(struct http_server *server)
{
    if (!server)
        return;
    http_server_close(server);
    server->retired = true;
    if (!server->session_count)
        http_server_destroy(server);
}

void http_server_destroy(struct http_server *server)
{
    if (!server)
        return;
    server->retired = false;
    while (!ring_empty(&server->sessions)) {
        struct http_session *s = RING_OWNER(server->sessions.next, struct http_session, link);
        cancel(s);
        session_free(s);
    }
    reactor_timer_destroy(server->tick);
    free(server);
}
