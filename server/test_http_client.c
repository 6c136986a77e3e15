/* The client against the project's own server, and against canned answers, each in a child process. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/unit_test.h"
#include "emulators/http/http_session.h"

#include "server/http_client.h"

#define TIMEOUT_MS 10000

static int listen_anywhere(uint16_t *out_port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
    } at = {
        .v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}
    };
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, &at.any, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, &at.any, &len), 0);
    *out_port = ntohs(at.v4.sin_port);
    return fd;
}

/* ---- the server: one connection, then it is gone */

struct upload {
    uint64_t bytes;
};

static void count_piece(struct http_exchange *x, struct slice piece)
{
    struct upload *upload = x->user;
    upload->bytes += piece.len;
}

static void head(void *context, struct http_exchange *x)
{
    (void)context;
    if (slice_eq_str(x->uri.path, "/refuse"))
        http_reply(x, HTTP_FORBIDDEN, NULL, slice_str("no"));
    if (!slice_eq_str(x->uri.path, "/upload"))
        return;
    x->user = arena_zalloc(x->arena, sizeof(struct upload));
    x->body_max = UINT64_MAX;
    http_take_body(x, count_piece);
}

static void request(void *context, struct http_exchange *x)
{
    (void)context;
    struct upload *upload = x->user;
    if (slice_eq_str(x->uri.path, "/upload")) {
        struct slice text = arena_printf(x->arena, "%llu", (unsigned long long)upload->bytes);
        http_reply(x, HTTP_CREATED, "text/plain", text);
    } else if (slice_eq_str(x->uri.path, "/events")) {
        http_stream_begin(x, HTTP_OK, "text/event-stream");
        http_stream_event(x, &(struct http_sse_event){.data = slice_str("1")});
        http_stream_put(x, slice_str("a\r"));
        http_stream_put(x, slice_str("\nrest"));
        http_stream_end(x);
    } else {
        http_add_field(x, "X-Method", x->head.method);
        http_reply(x, HTTP_OK, "text/plain", x->body);
    }
}

static void serve(int fd)
{
    static const struct http_handler handler = {.request = request, .head = head};
    struct reactor *reactor = reactor_create();
    struct http_server *server =
        http_server_create(&(struct http_server_options){.handler = &handler, .reactor = reactor});
    struct transport *transport;
    if (reactor_adopt_fd(reactor, accept(fd, NULL, NULL), &transport) == 0 &&
        http_server_open(server, transport))
        while (http_server_sessions(server))
            reactor_turn(reactor, 1000);
    http_server_destroy(server);
    reactor_destroy(reactor);
}

/* ---- canned answers: the request's first bytes are read, the text is written, in pieces */

static void answer(int fd, const char *text)
{
    char request_bytes[4096];
    int peer = accept(fd, NULL, NULL);
    if (recv(peer, request_bytes, sizeof(request_bytes), 0) > 0)
        for (; *text; text++)
            (void)!send(peer, text, 1, MSG_NOSIGNAL);
    close(peer);
}

struct fixture {
    uint16_t port;
    pid_t pid;
    struct http_client *client;
};

/* canned NULL: the project's own server. */
static void begin(struct fixture *f, const char *canned)
{
    struct problem problem;
    int fd = listen_anywhere(&f->port);
    f->pid = fork();
    if (f->pid == 0) {
        if (canned)
            answer(fd, canned);
        else
            serve(fd);
        _exit(0);
    }
    close(fd);
    f->client = http_client_open("127.0.0.1", f->port, TIMEOUT_MS, &problem);
    assert_non_null(f->client);
}

static void end(struct fixture *f)
{
    http_client_close(f->client);
    assert_int_equal(waitpid(f->pid, NULL, 0), f->pid);
}

static void assert_exchange(struct http_client *client, const struct http_client_request *request,
                            int status, const char *body)
{
    struct problem problem = {.text = ""};
    struct slice got;
    if (!http_client_send(client, request, &problem) ||
        !http_client_read_all(client, &got, &problem))
        fail_msg("%s", problem.text);
    assert_int_equal(http_client_status(client), status);
    assert_int_equal(got.len, strlen(body));
    assert_memory_equal(got.ptr ? (const char *)got.ptr : "", body, got.len);
}

static void assert_fails(struct http_client *client, const char *method, const char *expected)
{
    struct problem problem = {.text = ""};
    struct slice body;
    assert_false(http_client_send(client,
                                  &(struct http_client_request){.method = method, .target = "/"},
                                  &problem) &&
                 http_client_read_all(client, &body, &problem));
    if (!strstr(problem.text, expected))
        fail_msg("%s", problem.text);
}

/* ---- tests */

static void asks_again_and_again(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, NULL);
    for (int i = 0; i < 3; i++) {
        assert_exchange(f.client,
                        &(struct http_client_request){.method = "POST",
                                                      .target = "/x",
                                                      .content_type = "application/json",
                                                      .body = slice_str("{\"a\":1}")},
                        HTTP_OK, "{\"a\":1}");
        assert_true(slice_eq_str(http_client_field(f.client, "x-method"), "POST"));
        assert_exchange(f.client, &(struct http_client_request){.method = "HEAD", .target = "/"},
                        HTTP_OK, "");
    }
    end(&f);
}

static void sends_a_file(void **state)
{
    (void)state;
    struct fixture f;
    FILE *file = tmpfile();
    static char piece[1 << 16];
    for (int i = 0; i < 64; i++)
        assert_int_equal(fwrite(piece, 1, sizeof(piece), file), sizeof(piece));
    fflush(file);
    struct http_client_request upload = {
        .method = "POST", .target = "/upload", .from_file = true, .file = fileno(file)};
    begin(&f, NULL);
    rewind(file);
    assert_exchange(f.client, &upload, HTTP_CREATED, "4194304");
    rewind(file);
    upload.target = "/refuse";
    assert_exchange(f.client, &upload, HTTP_FORBIDDEN, "no");
    end(&f);
    fclose(file);
}

static void reads_lines(void **state)
{
    (void)state;
    static const char *const lines[] = {"data: 1", "", "a", "rest"};
    struct fixture f;
    struct problem problem;
    struct slice line;
    begin(&f, NULL);
    struct http_client_request events = {.method = "GET", .target = "/events"};
    for (int again = 0; again < 2; again++) {
        assert_true(http_client_send(f.client, &events, &problem));
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
            assert_int_equal(http_client_read_line(f.client, &line, &problem), HTTP_CLIENT_LINE);
            assert_true(slice_eq_str(line, lines[i]));
        }
        assert_int_equal(http_client_read_line(f.client, &line, &problem), HTTP_CLIENT_END);
    }
    end(&f);
}

static void takes_what_servers_send(void **state)
{
    (void)state;
    static const struct {
        const char *canned;
        int status;
        const char *body;
    } cases[] = {
        {"HTTP/1.0 200 OK\r\n\r\nuntil close",                                                         200, "until close"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 x\r\nContent-Length: 2\r\n\r\nno",                 404, "no"         },
        {"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n2\r\nbc\r\n0\r\nT: u\r\n\r\n",
         200,                                                                                               "abc"        },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        begin(&f, cases[i].canned);
        assert_exchange(f.client, &(struct http_client_request){.method = "GET", .target = "/"},
                        cases[i].status, cases[i].body);
        end(&f);
    }
}

static void says_what_went_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *canned, *problem;
    } cases[] = {
        {"",                                               "closed the connection before its answer was complete"    },
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nno", "before its answer was complete"                          },
        {"-ERR unknown command\r\n",                       "does not answer in HTTP: malformed status line at byte 0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture f;
        begin(&f, cases[i].canned);
        assert_fails(f.client, "GET", cases[i].problem);
        end(&f);
    }
}

static void nobody_answers(void **state)
{
    (void)state;
    uint16_t port;
    struct problem problem;
    char expected[64];
    int fd = listen_anywhere(&port);
    struct http_client *client = http_client_open("127.0.0.1", port, 50, &problem);
    assert_non_null(client);
    assert_fails(client, "GET", "does not answer");
    http_client_close(client);
    close(fd);
    assert_null(http_client_open("127.0.0.1", port, TIMEOUT_MS, &problem));
    snprintf(expected, sizeof(expected), "nothing listens at 127.0.0.1:%u", port);
    assert_string_equal(problem.text, expected);
    assert_null(http_client_open("nowhere", port, TIMEOUT_MS, &problem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_again_and_again), cmocka_unit_test(sends_a_file),
        cmocka_unit_test(reads_lines),          cmocka_unit_test(takes_what_servers_send),
        cmocka_unit_test(says_what_went_wrong), cmocka_unit_test(nobody_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
