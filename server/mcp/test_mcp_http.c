#include "server/mcp/mcp_http.h"
#include "server/mcp/test_mcp.h"

static void handle(void *context, struct http_exchange *x)
{
    assert_true(mcp_http_post(context, x));
}

/* The response to one request with these fields and this body. */
static void assert_posted(struct fixture *f, const char *fields, const char *body,
                          const char *expected)
{
    static const struct http_handler handler = {.request = handle};
    struct http_server_options options = {.handler = &handler, .context = &f->control};
    struct http_server *server = http_server_create(&options);
    struct transport *t = memory_transport_create();
    char request[1024];
    assert_true(server && t && http_server_open(server, t));
    snprintf(request, sizeof(request),
             "POST /mcp HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s", fields,
             strlen(body), body);
    memory_transport_feed(t, slice_str(request));
    struct slice answer = outq_flatten(&t->out);
    if (!slice_eq_str(answer, expected))
        fail_msg("expected %s, got " SLICE_FMT, expected, SLICE_ARG(answer));
    memory_transport_destroy(t);
    http_server_destroy(server);
}

#define JSON         "Content-Type: application/json; charset=utf-8\r\n"
#define PING         "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"
#define IS_JSON(len) "Content-Type: application/json\r\nContent-Length: " len "\r\n\r\n"

static void test_answers(void **state)
{
    struct fixture *f = *state;
    assert_posted(
        f, JSON, PING,
        "HTTP/1.1 200 OK\r\n" IS_JSON("36") "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    assert_posted(
        f, "", PING,
        "HTTP/1.1 200 OK\r\n" IS_JSON("36") "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
    assert_posted(f, JSON, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
                  "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    assert_posted(
        f, "Content-Type: text/plain\r\n", PING,
        "HTTP/1.1 415 Unsupported Media Type\r\n" IS_JSON(
            "103") "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
                   "\"Content-Type: expected application/json\"}}");
}

static void test_headers(void **state)
{
    struct fixture *f = *state;
    assert_posted(
        f, JSON "MCP-Protocol-Version: 2026-07-28\r\n",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server/discover\",\"params\":{\"_meta\":{"
        "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
        "\"io.modelcontextprotocol/clientCapabilities\":{}}}}",
        "HTTP/1.1 400 Bad Request\r\n" IS_JSON(
            "105") "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32020,\"message\":"
                   "\"header Mcp-Method: expected what method says\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(test_answers), CASE(test_headers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
