#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/unit_test.h"
#include "emulators/http/http_internal.h"

/* ---- a service that does a little of everything, by path */

struct service {
    struct http_server *server;
    struct transport *transport;
    struct http_exchange *parked;
    int cancelled, drained, pieces;
    char taken[64]; /* of bodies in pieces */
    size_t taken_len;
    bool holds;
    struct slice upgraded_input;
};

static void note_cancel(struct http_exchange *x)
{
    struct service *service = x->user;
    service->cancelled++;
    service->parked = NULL;
}

static void note_drained(struct http_exchange *x)
{
    struct service *service = x->user;
    service->drained++;
}

static void park(struct service *service, struct http_exchange *x)
{
    service->parked = x;
    x->user = service;
    x->on_cancel = note_cancel;
    x->on_drained = note_drained;
}

static void take_piece(struct http_exchange *x, struct slice piece)
{
    struct service *service = x->user;
    memcpy(service->taken + service->taken_len, piece.ptr, piece.len);
    service->taken_len += piece.len;
    service->pieces++;
    if (service->holds)
        http_hold_body(x, true);
}

static size_t upgraded_input(void *context, struct slice in)
{
    struct service *service = context;
    outq_put_slice(&service->transport->out, in);
    return in.len;
}

static void upgraded_close(void *context)
{
    (void)context;
}

static const struct session_ops upgraded_ops = {upgraded_input, upgraded_close, NULL};

static void upgrade(struct service *service, struct http_exchange *x)
{
    http_add_field(x, "Sec-WebSocket-Accept", slice_str("key"));
    transport_attach(http_upgrade(x, "websocket"), &upgraded_ops, service);
}

static void stream(struct http_exchange *x)
{
    http_stream_begin(x, HTTP_OK, "text/event-stream");
    http_stream_event(x, &(struct http_sse_event){.data = slice_str("one")});
    http_stream_put(x, slice_str("two"));
    http_stream_end(x);
}

static void echo(struct http_exchange *x)
{
    struct outq body = {0};
    outq_put_slice(&body, x->uri.path);
    outq_put(&body, ":", 1);
    outq_put_slice(&body, x->body);
    http_reply_queue(x, HTTP_OK, "text/plain", &body);
}

static void request(void *context, struct http_exchange *x)
{
    struct service *service = context;
    struct slice path = x->uri.path;
    if (slice_eq_str(path, "/park"))
        park(service, x);
    else if (slice_eq_str(path, "/stream"))
        stream(x);
    else if (slice_eq_str(path, "/upgrade"))
        upgrade(service, x);
    else if (slice_eq_str(path, "/drop"))
        http_drop(x);
    else if (slice_eq_str(path, "/none"))
        http_reply(x, HTTP_NO_CONTENT, NULL, slice_of(NULL, 0));
    else if (slice_eq_str(path, "/pieces"))
        http_reply(x, HTTP_OK, NULL, slice_of(service->taken, service->taken_len));
    else
        echo(x);
}

static void head(void *context, struct http_exchange *x)
{
    if (slice_eq_str(x->uri.path, "/refuse"))
        http_fail(x, HTTP_FORBIDDEN, "not for you");
    if (slice_eq_str(x->uri.path, "/small"))
        x->body_max = 4;
    if (slice_eq_str(x->uri.path, "/pieces")) {
        x->user = context;
        http_take_body(x, take_piece);
    }
}

static void fail_json(void *context, struct http_exchange *x, int status, const char *text)
{
    (void)context;
    char body[256];
    int len = snprintf(body, sizeof(body), "{\"%d\":\"%s\"}", status, text);
    http_reply(x, status, "application/json", slice_of(body, (size_t)len));
}

static const struct http_handler handler = {.request = request, .head = head};
static const struct http_handler json_handler = {
    .request = request, .head = head, .fail = fail_json};

static void open_service(struct service *service, const struct http_handler *with)
{
    *service = (struct service){0};
    service->server =
        http_server_create(&(struct http_server_options){.handler = with, .context = service});
    service->transport = memory_transport_create();
    assert_true(http_server_open(service->server, service->transport));
    assert_int_equal(http_server_sessions(service->server), 1);
}

static void close_service(struct service *service)
{
    memory_transport_destroy(service->transport);
    assert_int_equal(http_server_sessions(service->server), 0);
    http_server_destroy(service->server);
}

/* What is queued, and nothing else. */
static void assert_out(struct service *service, const char *expected)
{
    struct outq *out = &service->transport->out;
    struct slice got = outq_flatten(out);
    if (got.len != strlen(expected) || memcmp(got.ptr, expected, got.len) != 0)
        print_error("got: " SLICE_FMT "\n", SLICE_ARG(got));
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.ptr, expected, got.len);
    outq_take(out, got.len);
}

static void feed(struct service *service, const char *bytes)
{
    memory_transport_feed(service->transport, slice_str(bytes));
}

/* The bytes, however cut in two, are answered so; closes says whether the connection ends. */
static void assert_answers_with(const struct http_handler *with, const char *bytes,
                                const char *expected, bool closes)
{
    struct slice in = slice_str(bytes);
    for (size_t cut = 0; cut <= in.len; cut++) {
        struct service service;
        open_service(&service, with);
        memory_transport_feed(service.transport, slice_of(in.ptr, cut));
        memory_transport_feed(service.transport, slice_from(in, cut));
        assert_int_equal(!memory_transport_turn(service.transport), closes);
        assert_out(&service, expected);
        close_service(&service);
    }
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK(length, text) \
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " length "\r\n\r\n" text
#define POST(path, length, body) \
    "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: " length "\r\n\r\n" body

/* ---- tests */

static void answers_in_order(void **state)
{
    (void)state;
    assert_answers_with(&handler, GET("/a") POST("/b", "3", "xyz") GET("/none"),
                        OK("3", "/a:") OK("6", "/b:xyz") "HTTP/1.1 204 No Content\r\n\r\n", false);
    assert_answers_with(&handler, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", OK("3", ""), false);
    assert_answers_with(&handler,
                        "GET http://h/a?q HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
                        "Connection: close\r\n\r\n/a:",
                        true);
    assert_answers_with(&handler, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n"
                        "Connection: keep-alive\r\n\r\n/a:",
                        false);
}

#define STREAM_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

static void streams(void **state)
{
    (void)state;
    assert_answers_with(&handler, GET("/stream") GET("/a"),
                        STREAM_HEAD
                        "Transfer-Encoding: chunked\r\n\r\n"
                        "0000000b\r\ndata: one\n\n\r\n3\r\ntwo\r\n0\r\n\r\n" OK("3", "/a:"),
                        false);
    assert_answers_with(&handler, "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" GET("/a"),
                        STREAM_HEAD "Transfer-Encoding: chunked\r\n\r\n" OK("3", "/a:"), false);
    assert_answers_with(&handler, "GET /stream HTTP/1.0\r\n\r\n" GET("/a"),
                        STREAM_HEAD "Connection: close\r\n\r\ndata: one\n\ntwo", true);
}

static void refuses(void **state)
{
    (void)state;
    assert_answers_with(&handler, "GET /a HTTP/1.1\r\n\r\n" GET("/a"),
                        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        "Content-Length: 33\r\nConnection: close\r\n\r\n"
                        "HTTP/1.1 requires the field Host\n",
                        true);
    assert_answers_with(&json_handler, GET("/a") "GET /a HTTP/3.1\r\n",
                        OK("3", "/a:") "HTTP/1.1 505 HTTP Version Not Supported\r\n"
                                       "Content-Type: application/json\r\nContent-Length: 52\r\n"
                                       "Connection: close\r\n\r\n"
                                       "{\"505\":\"only HTTP/1.0 and HTTP/1.1 are spoken here\"}",
                        true);
    assert_answers_with(&json_handler, POST("/small", "4", "1234") POST("/small", "5", "12345"),
                        OK("11", "/small:1234") "HTTP/1.1 413 Content Too Large\r\n"
                                                "Content-Type: application/json\r\n"
                                                "Content-Length: 41\r\nConnection: close\r\n\r\n"
                                                "{\"413\":\"the body is larger than 4 bytes\"}",
                        true);
}

#define FORBIDDEN(connection)                                                                       \
    "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 21\r\n" connection \
    "\r\n{\"403\":\"not for you\"}"

static void an_early_answer_ends_the_connection(void **state)
{
    (void)state;
    assert_answers_with(&json_handler, GET("/refuse") GET("/refuse"), FORBIDDEN("") FORBIDDEN(""),
                        false);
    assert_answers_with(&json_handler, POST("/refuse", "3", "xyz") GET("/refuse"),
                        FORBIDDEN("Connection: close\r\n"), true);
}

static void tells_to_continue(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &json_handler);
    feed(&service,
         "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_out(&service, "HTTP/1.1 100 Continue\r\n\r\n");
    feed(&service, "xy");
    assert_out(&service, OK("5", "/a:xy"));
    feed(&service,
         "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_out(&service, FORBIDDEN("Connection: close\r\n"));
    assert_false(memory_transport_turn(service.transport));
    close_service(&service);
}

static void a_parked_exchange_is_answered_later(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, GET("/park") GET("/a"));
    assert_out(&service, "");
    assert_true(service.transport->paused);
    http_reply(service.parked, HTTP_OK, "text/plain", slice_str("late"));
    assert_out(&service, OK("4", "late"));
    assert_true(memory_transport_turn(service.transport));
    assert_out(&service, OK("3", "/a:"));
    assert_int_equal(service.cancelled, 0);
    close_service(&service);
    assert_int_equal(service.cancelled, 0);
}

static void a_parked_exchange_is_cancelled(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, GET("/park"));
    assert_non_null(service.parked);
    memory_transport_destroy(service.transport);
    assert_int_equal(service.cancelled, 1);
    service.transport = memory_transport_create();
    assert_true(http_server_open(service.server, service.transport));
    feed(&service, GET("/park"));
    close_service(&service);
    assert_int_equal(service.cancelled, 2);
}

static void the_end_of_the_server_is_told(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &json_handler);
    feed(&service, GET("/park") GET("/a"));
    http_server_close(service.server);
    assert_int_equal(service.cancelled, 1);
    assert_false(memory_transport_turn(service.transport));
    assert_out(&service, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
                         "Content-Length: 25\r\nConnection: close\r\n\r\n"
                         "{\"503\":\"the server ends\"}");
    close_service(&service);
    open_service(&service, &json_handler);
    feed(&service, GET("/park"));
    http_stream_begin(service.parked, HTTP_OK, NULL);
    http_server_close(service.server);
    assert_int_equal(service.cancelled, 1);
    assert_false(memory_transport_turn(service.transport));
    assert_out(&service, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    close_service(&service);
    assert_int_equal(service.cancelled, 1);
}

static void a_dropped_exchange_is_not_answered(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, GET("/drop") GET("/a"));
    assert_false(memory_transport_turn(service.transport));
    assert_out(&service, "");
    close_service(&service);
    open_service(&service, &handler);
    feed(&service, GET("/park"));
    http_drop(service.parked); /* later */
    assert_false(memory_transport_turn(service.transport));
    assert_out(&service, "");
    close_service(&service);
}

static void a_retired_server_goes_with_its_last_session(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, GET("/park"));
    http_server_retire(service.server);
    assert_int_equal(service.cancelled, 1);
    memory_transport_destroy(
        service.transport); /* and the server; leaks are found by the sanitizer */
    http_server_retire(http_server_create(&(struct http_server_options){.handler = &handler}));
    http_server_retire(NULL);
}

static void a_stream_feels_its_reader(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, GET("/park"));
    http_stream_begin(service.parked, HTTP_OK, NULL);
    static uint8_t much[1 << 16];
    int count = 0;
    for (; !http_stream_full(service.parked); count++)
        http_stream_put(service.parked, slice_of(much, sizeof(much)));
    assert_in_range(count, 10, 20);
    assert_true(memory_transport_turn(service.transport));
    assert_int_equal(service.drained, 0);
    outq_take(&service.transport->out, outq_len(&service.transport->out));
    assert_true(memory_transport_turn(service.transport));
    assert_int_equal(service.drained, 1);
    http_stream_end(service.parked);
    assert_out(&service, "0\r\n\r\n");
    close_service(&service);
}

static void hands_over_pieces(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    service.holds = true;
    feed(&service, "POST /pieces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
    assert_int_equal(service.pieces, 1);
    assert_true(service.transport->paused);
    struct http_session *session = service.transport->session;
    http_hold_body(&session->x, false);
    assert_true(memory_transport_turn(service.transport));
    assert_int_equal(service.pieces, 2);
    assert_out(&service, "");
    http_hold_body(&session->x, false);
    assert_true(memory_transport_turn(service.transport));
    assert_out(&service, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde");
    close_service(&service);
}

static void gives_the_connection_away(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, GET("/upgrade") "frames");
    assert_int_equal(http_server_sessions(service.server), 0);
    assert_true(memory_transport_turn(service.transport));
    assert_out(&service, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                         "Upgrade: websocket\r\nSec-WebSocket-Accept: key\r\n\r\nframes");
    close_service(&service);
}

static void knows_host_and_origin(void **state)
{
    (void)state;
    struct service service;
    open_service(&service, &handler);
    feed(&service, "GET /park?x=1 HTTP/1.1\r\nhost: here:1\r\norigin: http://b\r\n\r\n");
    assert_true(slice_eq_str(service.parked->head.host, "here:1"));
    assert_true(slice_eq_str(service.parked->origin, "http://b"));
    assert_true(slice_eq_str(service.parked->uri.query, "x=1"));
    assert_string_equal(service.parked->peer, "memory");
    close_service(&service);
}

/* ---- on the loop */

static void reply_late(struct http_exchange *x)
{
    struct service *service = x->user;
    service->parked = NULL;
    http_reply(x, HTTP_OK, NULL, slice_str("time"));
}

/* A service on one end of a socket pair; the other end. */
static int open_on_loop(struct service *service, struct reactor *reactor)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    *service = (struct service){0};
    service->server = http_server_create(&(struct http_server_options){
        .handler = &json_handler,
        .context = service,
        .reactor = reactor,
        .head_timeout_ms = 1,
        .idle_timeout_ms = 1,
    });
    assert_int_equal(reactor_adopt_fd(reactor, fds[0], &service->transport), 0);
    assert_true(http_server_open(service->server, service->transport));
    return fds[1];
}

/* Sends, turns the loop until the server closes, gives what it said. */
static void assert_conversation(const char *bytes, const char *expected)
{
    struct reactor *reactor = reactor_create();
    struct service service;
    int fd = open_on_loop(&service, reactor);
    char got[512];
    size_t len = 0;
    assert_int_equal(send(fd, bytes, strlen(bytes), 0), strlen(bytes));
    for (ssize_t n = 1; n != 0;) {
        reactor_turn(reactor, 10);
        if (service.parked && !service.parked->session->timeout)
            assert_true(http_set_timeout(service.parked, 1000, reply_late));
        n = recv(fd, got + len, sizeof(got) - len, MSG_DONTWAIT);
        len += n > 0 ? (size_t)n : 0;
    }
    got[len] = 0;
    assert_string_equal(got, expected);
    close(fd);
    while (http_server_sessions(service.server))
        reactor_turn(reactor, 10);
    http_server_destroy(service.server);
    reactor_destroy(reactor);
}

static void does_not_wait_for_ever(void **state)
{
    (void)state;
    assert_conversation("", "");
    assert_conversation("GET /",
                        "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\n"
                        "Content-Length: 41\r\nConnection: close\r\n\r\n"
                        "{\"408\":\"the header did not come in time\"}");
    assert_conversation(POST("/a", "2", "x"),
                        "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\n"
                        "Content-Length: 39\r\nConnection: close\r\n\r\n"
                        "{\"408\":\"the body did not come in time\"}");
    assert_conversation(GET("/park"), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntime");
}

static void a_peer_that_leaves_is_noticed(void **state)
{
    (void)state;
    struct reactor *reactor = reactor_create();
    struct service service;
    int fd = open_on_loop(&service, reactor);
    assert_int_equal(send(fd, GET("/park"), strlen(GET("/park")), 0), strlen(GET("/park")));
    while (!service.parked)
        reactor_turn(reactor, 10);
    close(fd);
    while (!service.cancelled)
        reactor_turn(reactor, 10);
    assert_int_equal(http_server_sessions(service.server), 0);
    http_server_destroy(service.server);
    reactor_destroy(reactor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_in_order),
        cmocka_unit_test(streams),
        cmocka_unit_test(refuses),
        cmocka_unit_test(an_early_answer_ends_the_connection),
        cmocka_unit_test(tells_to_continue),
        cmocka_unit_test(a_parked_exchange_is_answered_later),
        cmocka_unit_test(a_parked_exchange_is_cancelled),
        cmocka_unit_test(the_end_of_the_server_is_told),
        cmocka_unit_test(a_peer_that_leaves_is_noticed),
        cmocka_unit_test(a_dropped_exchange_is_not_answered),
        cmocka_unit_test(a_retired_server_goes_with_its_last_session),
        cmocka_unit_test(a_stream_feels_its_reader),
        cmocka_unit_test(hands_over_pieces),
        cmocka_unit_test(gives_the_connection_away),
        cmocka_unit_test(knows_host_and_origin),
        cmocka_unit_test(does_not_wait_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
