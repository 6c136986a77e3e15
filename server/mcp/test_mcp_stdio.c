#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/mcp/mcp_local.h"
#include "server/mcp/mcp_stdio.h"
#include "server/mcp/test_mcp.h"

#define PING(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"ping\"}"
#define PONG(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{}}\n"
#define CALL_WAIT \
    "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"tools/call\",\"params\":{\"name\":\"parlel_wait\"}}"

/* A client at the other ends of two pipes. */
struct client {
    struct reactor *reactor;
    struct mcp_local *local;
    int to, from;
    bool done;
};

static void note_done(void *ctx)
{
    ((struct client *)ctx)->done = true;
}

static void client_open(struct client *c, struct fixture *f)
{
    int in[2], out[2];
    *c = (struct client){.reactor = reactor_create()};
    assert_non_null(c->reactor);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    assert_int_equal(fcntl(out[0], F_SETFL, O_NONBLOCK), 0);
    c->to = in[1];
    c->from = out[0];
    struct mcp_local_options options = {.mcp = f->mcp,
                                        .reactor = c->reactor,
                                        .in = in[0],
                                        .out = out[1],
                                        .done = note_done,
                                        .ctx = c};
    c->local = mcp_local_open(&options);
    assert_non_null(c->local);
}

static void client_close(struct client *c)
{
    mcp_local_close(c->local);
    reactor_destroy(c->reactor);
    if (c->to >= 0)
        close(c->to);
    if (c->from >= 0)
        close(c->from);
}

static void client_put(struct client *c, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(c->to, bytes.ptr, bytes.len < 4096 ? bytes.len : 4096);
        assert_true(n > 0);
        bytes = slice_from(bytes, (size_t)n);
        reactor_turn(c->reactor, 0);
    }
    reactor_turn(c->reactor, 10);
}

/* Everything that comes, up to what is expected. */
static void client_expect(struct client *c, const char *expected)
{
    char text[4096] = "";
    size_t len = 0;
    for (int turns = 0; turns < 50 && len < strlen(expected); turns++) {
        ssize_t n = read(c->from, text + len, sizeof(text) - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        text[len] = '\0';
        reactor_turn(c->reactor, n > 0 ? 0 : 10);
    }
    assert_string_equal(text, expected);
}

static void test_lines(void **state)
{
    struct client c;
    client_open(&c, *state);
    client_put(&c, slice_str(PING("1") "\n" PING("2") "\r\n\r\n  \n" PING("3") "\n"));
    client_expect(&c, PONG("1") PONG("2") PONG("3"));
    client_put(&c, slice_str("{\n"));
    client_expect(&c,
                  "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":"
                  "\"malformed JSON at byte 1: expected a member's name or '}', got the end\"}}\n");
    client_put(&c, slice_str("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"));
    client_put(&c, slice_str(PING("4") "\n"));
    client_expect(&c, PONG("4"));
    client_close(&c);
}

static void test_lines_in_pieces(void **state)
{
    static const char text[] = PING("1") "\r\n" PING("2") "\n";
    for (size_t cut = 1; cut < sizeof(text) - 1; cut++) {
        struct client c;
        client_open(&c, *state);
        client_put(&c, slice_of(text, cut));
        client_put(&c, slice_of(text + cut, sizeof(text) - 1 - cut));
        client_expect(&c, PONG("1") PONG("2"));
        client_close(&c);
    }
}

static void test_end_of_input(void **state)
{
    struct fixture *f = *state;
    struct client c;
    client_open(&c, f);
    client_put(&c, slice_str(CALL_WAIT "\n" PING("1") "\n" PING("2")));
    assert_non_null(f->waiting);
    close(c.to);
    c.to = -1;
    client_expect(&c, PONG("1") PONG("2"));
    for (int i = 0; i < 20 && !c.done; i++)
        reactor_turn(c.reactor, 10);
    assert_true(c.done);
    assert_int_equal(f->cancelled, 1);
    client_close(&c);
}

static void test_nobody_reads(void **state)
{
    struct client c;
    client_open(&c, *state);
    close(c.from);
    c.from = -1;
    client_put(&c, slice_str(PING("1") "\n"));
    for (int i = 0; i < 20 && !c.done; i++)
        reactor_turn(c.reactor, 10);
    assert_true(c.done);
    client_close(&c);
}

/* Answers that are not read stop the input, and nothing is lost. */
static void test_backpressure(void **state)
{
    struct client c;
    struct outq text = {0};
    size_t lines = 0, asked = 60000;
    client_open(&c, *state);
    for (size_t i = 0; i < asked; i++)
        outq_put_slice(&text, slice_str(PING("1") "\n"));
    struct slice rest = outq_flatten(&text);
    assert_int_equal(fcntl(c.to, F_SETFL, O_NONBLOCK), 0);
    bool stopped = false;
    for (int turn = 0; lines < asked && turn < 100000; turn++) {
        static char buffer[65536];
        ssize_t n = rest.len ? write(c.to, rest.ptr, rest.len) : 0;
        rest = slice_from(rest, n > 0 ? (size_t)n : 0);
        reactor_turn(c.reactor, 0);
        if (n < 0)
            stopped = true;
        if (!stopped && rest.len)
            continue; /* not read yet */
        n = read(c.from, buffer, sizeof(buffer));
        for (ssize_t i = 0; i < n; i++)
            lines += buffer[i] == '\n';
    }
    assert_true(stopped);
    assert_int_equal(lines, asked);
    outq_done(&text);
    client_close(&c);
}

static void test_a_line_has_a_limit(void **state)
{
    struct client c;
    static char spaces[1 << 20];
    memset(spaces, 'x', sizeof(spaces));
    client_open(&c, *state);
    for (size_t sent = 0; sent <= MCP_STDIO_LINE_MAX + sizeof(spaces); sent += sizeof(spaces))
        client_put(&c, slice_of(spaces, sizeof(spaces)));
    client_put(&c, slice_str("\n" PING("1") "\n"));
    client_expect(
        &c, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"a line "
            "of more than 67108864 bytes\"}}\n" PONG("1"));
    client_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_lines),        CASE(test_lines_in_pieces), CASE(test_end_of_input),
        CASE(test_nobody_reads), CASE(test_backpressure),    CASE(test_a_line_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
