#include <fcntl.h>
#include <unistd.h>

#include "emulators/http/http_session.h"

#include "server/mcp/mcp_relay.h"
#include "server/mcp/test_mcp.h"

#define TURNS_MAX 100
#define SAID      "{\"jsonrpc\" "

/* A control API that says what it was sent, and a client at the other ends of two pipes. */
struct world {
    struct reactor *reactor;
    struct http_server *server;
    struct listener *listener;
    struct mcp_relay *relay;
    int to, from;
    int held, cancelled;
    bool done;
};

static void on_cancel(struct http_exchange *x)
{
    ((struct world *)x->user)->cancelled++;
}

static void put_field(struct outq *out, const struct http_exchange *x, const char *name)
{
    struct slice value = http_head_field(&x->head, name);
    outq_put_slice(out, slice_str(" "));
    outq_put_slice(out, value.ptr ? value : slice_str("-"));
}

static bool asks(const struct http_exchange *x, const char *word)
{
    char body[512];
    snprintf(body, sizeof(body), SLICE_FMT, SLICE_ARG(x->body));
    return strstr(body, word) != NULL;
}

static void handle(void *context, struct http_exchange *x)
{
    struct world *world = context;
    struct outq out = {0};
    if (asks(x, "hold")) {
        world->held++;
        x->user = world;
        x->on_cancel = on_cancel;
        return;
    }
    if (asks(x, "quiet")) {
        http_reply(x, HTTP_ACCEPTED, NULL, slice_of("", 0));
        return;
    }
    if (asks(x, "plain")) {
        http_reply(x, HTTP_OK, "text/plain", slice_str("hello"));
        return;
    }
    outq_put_slice(&out, slice_str("{\"jsonrpc\" "));
    outq_put_slice(&out, x->uri.path);
    put_field(&out, x, "MCP-Protocol-Version");
    put_field(&out, x, "Mcp-Method");
    put_field(&out, x, "Mcp-Name");
    http_reply_queue(x, asks(x, "wrong") ? HTTP_BAD_REQUEST : HTTP_OK, "application/json", &out);
}

static bool on_accept(void *ctx, struct transport *t)
{
    return http_server_open(((struct world *)ctx)->server, t);
}

static void note_done(void *ctx)
{
    ((struct world *)ctx)->done = true;
}

static int setup(void **state)
{
    static const struct http_handler handler = {.request = handle};
    struct world *w = calloc(1, sizeof(*w));
    int in[2], out[2];
    assert_non_null(w);
    w->reactor = reactor_create();
    w->server = http_server_create(
        &(struct http_server_options){.handler = &handler, .context = w, .reactor = w->reactor});
    struct listener_options listening = {.address = "127.0.0.1", .on_accept = on_accept, .ctx = w};
    assert_int_equal(listener_open(w->reactor, &listening, &w->listener), 0);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(fcntl(out[0], F_SETFL, O_NONBLOCK), 0);
    w->to = in[1];
    w->from = out[0];
    struct mcp_relay_options options = {.reactor = w->reactor,
                                        .address = "127.0.0.1",
                                        .port = listener_port(w->listener),
                                        .in = in[0],
                                        .out = out[1],
                                        .done = note_done,
                                        .ctx = w};
    w->relay = mcp_relay_open(&options);
    assert_non_null(w->relay);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    mcp_relay_close(w->relay);
    listener_close(w->listener, true);
    http_server_close(w->server);
    reactor_turn(w->reactor, 0);
    http_server_destroy(w->server);
    reactor_destroy(w->reactor);
    if (w->to >= 0)
        close(w->to);
    close(w->from);
    free(w);
    return 0;
}

static void say(struct world *w, const char *text)
{
    assert_int_equal(write(w->to, text, strlen(text)), strlen(text));
}

static void expect(struct world *w, const char *expected)
{
    char text[2048] = "";
    size_t len = 0;
    for (int turn = 0; turn < TURNS_MAX && len < strlen(expected); turn++) {
        ssize_t n = read(w->from, text + len, sizeof(text) - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        text[len] = '\0';
        reactor_turn(w->reactor, n > 0 ? 0 : 10);
    }
    assert_string_equal(text, expected);
}

static void until(struct world *w, const int *counter, int wanted)
{
    for (int turn = 0; turn < TURNS_MAX && *counter < wanted; turn++)
        reactor_turn(w->reactor, 10);
    assert_int_equal(*counter, wanted);
}

static void test_a_line_is_posted(void **state)
{
    struct world *w = *state;
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
    expect(w, SAID "/mcp - - -\n");
    say(w, "{\"wrong\":1}\n");
    expect(w, SAID "/mcp - - -\n");
    say(w, "not JSON\n");
    expect(w, SAID "/mcp - - -\n");
}

#define META "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}"

static void test_headers_repeat_what_a_request_is(void **state)
{
    struct world *w = *state;
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" META "}}\n");
    expect(w, SAID "/mcp 2026-07-28 tools/list -\n");
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{" META
           ",\"name\":\"parlel_reset\"}}\n");
    expect(w, SAID "/mcp 2026-07-28 tools/call parlel_reset\n");
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{" META
           ",\"uri\":\"a\\nb\"}}\n");
    expect(w, SAID "/mcp 2026-07-28 resources/read =?base64?YQpi?=\n");
}

static void test_notifications_have_no_answer(void **state)
{
    struct world *w = *state;
    say(w,
        "{\"jsonrpc\":\"2.0\",\"method\":\"quiet\"}\n{\"jsonrpc\":\"2.0\",\"method\":\"plain\"}\n");
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
    expect(w, SAID "/mcp - - -\n");
}

static void test_what_is_held_delays_no_other_and_can_be_cancelled(void **state)
{
    struct world *w = *state;
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"hold\"}\n");
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"ping\"}\n");
    expect(w, SAID "/mcp - - -\n");
    until(w, &w->held, 1);
    say(w,
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":7,"
        "\"reason\":\"quiet\"}}\n");
    until(w, &w->cancelled, 1);
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"ping\"}\n");
    expect(w, SAID "/mcp - - -\n");
}

static void complaint(const struct world *w, const char *what, char out[256])
{
    snprintf(
        out, 256,
        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32603,\"message\":\"the control "
        "API at 127.0.0.1:%u %s\"}}\n",
        (unsigned)listener_port(w->listener), what);
}

static void test_no_answer(void **state)
{
    struct world *w = *state;
    char expected[256];
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"plain\"}\n");
    complaint(w, "answered with status 200", expected);
    expect(w, expected);
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"hold\"}\n");
    until(w, &w->held, 1);
    http_server_close(w->server);
    complaint(w, "answered with status 503", expected);
    expect(w, expected);
    complaint(w, "does not answer", expected);
    listener_close(w->listener, true);
    w->listener = NULL;
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}\n"
           "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n");
    expect(w, expected);
}

static void test_end_of_input(void **state)
{
    struct world *w = *state;
    say(w, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"hold\"}\n"
           "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
    close(w->to);
    w->to = -1;
    expect(w, SAID "/mcp - - -\n");
    for (int turn = 0; turn < TURNS_MAX && !w->done; turn++)
        reactor_turn(w->reactor, 20);
    assert_true(w->done);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(test_a_line_is_posted),
        IN_WORLD(test_headers_repeat_what_a_request_is),
        IN_WORLD(test_notifications_have_no_answer),
        IN_WORLD(test_what_is_held_delays_no_other_and_can_be_cancelled),
        IN_WORLD(test_no_answer),
        IN_WORLD(test_end_of_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
