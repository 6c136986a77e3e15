#include "server/mcp/test_mcp.h"

/* ---- messages */

static void test_malformed(void **state)
{
    static const struct {
        const char *text;
        const char *answer;
    } cases[] = {
        {"",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"malformed JSON at "
         "byte 0: expected a value, got the end\"}}"                               },
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"malformed JSON at "
         "byte 39: expected ',' or the end of the object or array, got the end\"}}"},
        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} x",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"malformed JSON at "
         "byte 41: expected the end of the text, got 'x'\"}}"                      },
        {"7",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"expected a "
         "JSON-RPC message, an object\"}}"                                         },
        {"{\"id\":1,\"method\":\"ping\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32600,\"message\":\"jsonrpc: expected "
         "\\\"2.0\\\"\"}}"                                                         },
        {"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"id: expected a "
         "text or an integer\"}}"                                                  },
        {"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"id: expected a "
         "text or an integer\"}}"                                                  },
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\"}",
         "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32600,\"message\":\"method: expected "
         "a text\"}}"                                                              },
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":5}",
         "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32600,\"message\":\"method: expected "
         "a text\"}}"                                                              },
        {"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\",\"params\":[1]}",
         "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32602,\"message\":\"params: expected "
         "an object\"}}"                                                           },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_answer(f, cases[i].text, 400, cases[i].answer);
}

static void test_ids_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    assert_answer(f, "{\"jsonrpc\":\"2.0\",\"id\":-12345678901234567890,\"method\":\"ping\"}", 200,
                  "{\"jsonrpc\":\"2.0\",\"id\":-12345678901234567890,\"result\":{}}");
    assert_answer(f, "{\"method\":\"ping\",\"id\":\"\\u00e4\\n1\",\"jsonrpc\":\"2.0\"}", 200,
                  "{\"jsonrpc\":\"2.0\",\"id\":\"\xc3\xa4\\n1\",\"result\":{}}");
}

static void test_what_needs_no_answer(void **state)
{
    struct fixture *f = *state;
    assert_answer(f, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}", 202, "");
    assert_answer(f, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unheard\"}", 202, "");
    assert_answer(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", 202, "");
    assert_answer(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"\"}}", 202,
                  "");
}

static void test_unknown_method(void **state)
{
    struct fixture *f = *state;
    assert_answer(
        f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"roots/list\"}", 200,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"there is no "
        "method 'roots/list' in 2025-03-26\"}}");
}

/* ---- initialize */

#define INITIALIZE(version)                                                                            \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":" version \
    ",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}"
#define INITIALIZED(version)                                                          \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":" version          \
    ",\"serverInfo\":{\"name\":\"parlel\",\"title\":\"parlel\",\"version\":\"0.9\"}," \
    "\"capabilities\":{\"tools\":{},\"resources\":{},\"completions\":{}},\"instructions\":\"parlel emulates"

static void test_initialize(void **state)
{
    struct fixture *f = *state;
    assert_says(f, INITIALIZE("\"2024-11-05\""), 200, INITIALIZED("\"2024-11-05\""));
    assert_says(f, INITIALIZE("\"2025-03-26\""), 200, INITIALIZED("\"2025-03-26\""));
    assert_says(f, INITIALIZE("\"2025-06-18\""), 200, INITIALIZED("\"2025-06-18\""));
    assert_says(f, INITIALIZE("\"2025-11-25\""), 200, INITIALIZED("\"2025-11-25\""));
    assert_says(f, INITIALIZE("\"2099-01-01\""), 200, INITIALIZED("\"2025-11-25\""));
    assert_says(f, INITIALIZE("\"2026-07-28\""), 200, INITIALIZED("\"2025-11-25\""));
    assert_says(f, INITIALIZE("7"), 200, "-32602,\"message\":\"params.protocolVersion: expected");
}

static void test_header_of_the_sessions_version(void **state)
{
    struct fixture *f = *state;
    f->headers.over_http = true;
    f->headers.protocol_version = slice_str("2025-06-18");
    assert_says(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"nothing\"}", 200, "in 2025-06-18");
    f->headers.protocol_version = slice_str("2019-01-01");
    assert_answer(
        f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", 400,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32022,\"message\":\"unsupported "
        "protocol version\",\"data\":{\"supported\":[\"2026-07-28\",\"2025-11-25\","
        "\"2025-06-18\",\"2025-03-26\",\"2024-11-05\"],\"requested\":\"2019-01-01\"}}}");
}

/* ---- batches */

#define PING(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"ping\"}"
#define PONG(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":{}}"
#define NOTE     "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}"

static void test_batch(void **state)
{
    struct fixture *f = *state;
    assert_answer(f, " [" PING("1") "," NOTE "," PING("\"2\"") "]", 200,
                  "[" PONG("1") "," PONG("\"2\"") "]");
    assert_answer(f, "[" NOTE "," NOTE "]", 202, "");
    assert_answer(f, "[" PING("1") ",5]", 200,
                  "[" PONG("1") ",{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
                                "\"message\":\"expected a JSON-RPC message, an object\"}}]");
    assert_says(f, "[" INITIALIZE("\"2025-03-26\"") "]", 200, "not within a batch");
    assert_says(f, "[]", 400, "-32600,\"message\":\"an empty batch");
    assert_says(f, "[" PING("1") ",", 400,
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700");
}

static void test_batches_are_of_old_revisions(void **state)
{
    struct fixture *f = *state;
    f->headers.protocol_version = slice_str("2025-03-26");
    assert_answer(f, "[" PING("1") "]", 200, "[" PONG("1") "]");
    f->headers.protocol_version = slice_str("2025-06-18");
    assert_says(f, "[" PING("1") "]", 400, "-32600");
    f->headers.protocol_version = slice_str("2026-07-28");
    assert_says(f, "[" PING("1") "]", 400, "-32600");
}

static void test_batch_has_a_limit(void **state)
{
    char text[8192] = "[";
    struct fixture *f = *state;
    for (int i = 0; i <= MCP_BATCH_MAX; i++)
        strncat(text, i ? "," NOTE : NOTE, sizeof(text) - strlen(text) - 1);
    strncat(text, "]", sizeof(text) - strlen(text) - 1);
    assert_says(f, text, 400, "more than 64 messages");
}

/* ---- the stateless revision */

#define VERSION_OF(version) "\"io.modelcontextprotocol/protocolVersion\":" version
#define CAPABILITIES        "\"io.modelcontextprotocol/clientCapabilities\":{}"
#define META(members)       "\"_meta\":{" members "}"
#define META_FULL           META(VERSION_OF("\"2026-07-28\"") "," CAPABILITIES)
#define MODERN(method, params) \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" params "}}"

static void test_discover(void **state)
{
    struct fixture *f = *state;
    assert_says(
        f, MODERN("server/discover", META_FULL), 200,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"complete\",\"_meta\":{"
        "\"io.modelcontextprotocol/serverInfo\":{\"name\":\"parlel\",\"title\":\"parlel\","
        "\"version\":\"0.9\"}},\"ttlMs\":3600000,\"cacheScope\":\"private\","
        "\"supportedVersions\":[\"2026-07-28\",\"2025-11-25\",\"2025-06-18\",\"2025-03-26\","
        "\"2024-11-05\"],\"capabilities\":{\"tools\":{},\"resources\":{},\"completions\":{}},"
        "\"instructions\":\"parlel emulates");
}

static void test_stateless_request_says_what_it_is(void **state)
{
    struct fixture *f = *state;
    assert_says(f, MODERN("server/discover", ""), 400,
                "-32602,\"message\":\"params._meta[\\\"io.modelcontextprotocol/protocolVersion");
    assert_says(f, MODERN("tools/list", META(VERSION_OF("7") "," CAPABILITIES)), 400, "-32602");
    assert_says(f, MODERN("tools/list", META(VERSION_OF("\"2026-07-28\""))), 400,
                "-32602,\"message\":\"params._meta[\\\"io.modelcontextprotocol/clientCapabilities");
    assert_says(
        f,
        MODERN("tools/list",
               META(VERSION_OF("\"2026-07-28\"") "," CAPABILITIES
                                                 ",\"io.modelcontextprotocol/clientInfo\":5")),
        400, "clientInfo");
    assert_says(
        f, MODERN("tools/list", META(VERSION_OF("\"2030-01-01\"") "," CAPABILITIES)), 400,
        "\"code\":-32022,\"message\":\"unsupported protocol version\",\"data\":{\"supported\":["
        "\"2026-07-28\",");
    assert_says(f, MODERN("tools/list", META(VERSION_OF("\"2025-11-25\"") "," CAPABILITIES)), 400,
                "\"requested\":\"2025-11-25\"");
}

static void test_stateless_methods(void **state)
{
    struct fixture *f = *state;
    assert_says(f, MODERN("initialize", META_FULL), 404, "-32601");
    assert_says(f, MODERN("ping", META_FULL), 404, "there is no method 'ping' in 2026-07-28");
    assert_says(f, MODERN("tools/list", META_FULL), 200, "\"ttlMs\":3600000");
    assert_says(f, MODERN("resources/list", META_FULL), 200, "\"ttlMs\":0");
    assert_says(f, MODERN("resources/templates/list", META_FULL), 200,
                "\"cacheScope\":\"private\"");
}

static void test_stateless_headers(void **state)
{
    struct fixture *f = *state;
    const char *call = MODERN("tools/call", META_FULL ",\"name\":\"parlel_echo\",\"arguments\":{"
                                                      "\"text\":\"hi\"}");
    f->headers.over_http = true;
    assert_says(f, call, 400, "-32020,\"message\":\"header MCP-Protocol-Version");
    f->headers.protocol_version = slice_str("2025-11-25");
    assert_says(f, call, 400, "-32020,\"message\":\"header MCP-Protocol-Version");
    f->headers.protocol_version = slice_str("2026-07-28");
    assert_says(f, call, 400, "-32020,\"message\":\"header Mcp-Method");
    f->headers.method = slice_str("tools/list");
    assert_says(f, call, 400, "-32020,\"message\":\"header Mcp-Method");
    f->headers.method = slice_str("tools/call");
    assert_says(f, call, 400, "-32020,\"message\":\"header Mcp-Name");
    f->headers.name = slice_str("parlel_rows");
    assert_says(f, call, 400, "-32020,\"message\":\"header Mcp-Name");
    f->headers.name = slice_str("parlel_echo");
    assert_says(f, call, 200, "\"structuredContent\":{\"result\":\"hi\"}");
    f->headers.name = slice_str("=?base64?cGFybGVsX2VjaG8=?=");
    assert_says(f, call, 200, "\"structuredContent\":{\"result\":\"hi\"}");
    f->headers.name = slice_str("=?base64?cGFyb?=");
    assert_says(f, call, 400, "-32020");
    /* The header alone makes it a stateless one; what is missing then is its _meta. */
    assert_says(f, MODERN("tools/list", ""), 400, "-32602");
    /* Notifications are only taken. */
    assert_answer(f, NOTE, 202, "");
}

/* ---- what ends later */

#define CALL_WAIT(id)                 \
    "{\"jsonrpc\":\"2.0\",\"id\":" id \
    ",\"method\":\"tools/call\",\"params\":{\"name\":\"parlel_wait\"}}"

static void finish_wait(struct fixture *f)
{
    json_raw(f->waiting->out, slice_str("{\"came\":1}"));
    control_succeed(f->waiting);
}

static void test_answer_later(void **state)
{
    struct fixture *f = *state;
    assert_non_null(fixture_say(f, CALL_WAIT("5")));
    assert_int_equal(f->answers, 0);
    finish_wait(f);
    assert_int_equal(f->answers, 1);
    assert_string_equal(f->body,
                        "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{\"content\":[{\"type\":\"text\","
                        "\"text\":\"{\\\"came\\\":1}\"}],\"structuredContent\":{\"came\":1},"
                        "\"isError\":false}}");
}

static void test_batch_answers_when_all_are_done(void **state)
{
    struct fixture *f = *state;
    assert_non_null(fixture_say(f, "[" CALL_WAIT("5") "," PING("6") "]"));
    finish_wait(f);
    assert_int_equal(f->answers, 1);
    assert_non_null(strstr(f->body, "[" PONG("6") ",{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":"));
}

static void test_cancel(void **state)
{
    struct fixture *f = *state;
    mcp_cancel(fixture_say(f, CALL_WAIT("5")));
    assert_int_equal(f->cancelled, 1);
    assert_int_equal(f->answers, 0);
}

static void test_cancelled_by_a_notification(void **state)
{
    struct fixture *f = *state;
    struct mcp_session session;
    mcp_session_init(&session);
    f->headers.session = &session;
    assert_non_null(fixture_say(f, CALL_WAIT("5")));
    struct control_request *first = f->waiting;
    assert_non_null(fixture_say(f, CALL_WAIT("\"5\"")));
    assert_null(fixture_say(f, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                               "\"params\":{\"requestId\":\"5\"}}"));
    assert_int_equal(f->cancelled, 1);
    assert_int_equal(f->answers, 2); /* both with nothing to say */
    f->waiting = first;
    mcp_session_done(&session);
    assert_int_equal(f->cancelled, 2);
    assert_int_equal(f->answers, 2);
}

static void test_session_keeps_what_was_settled(void **state)
{
    struct fixture *f = *state;
    struct mcp_session session;
    mcp_session_init(&session);
    f->headers.session = &session;
    assert_says(f, INITIALIZE("\"2025-06-18\""), 200, INITIALIZED("\"2025-06-18\""));
    assert_says(f, "[" PING("1") "]", 400, "-32600");
    assert_says(f, MODERN("nothing", ""), 200, "in 2025-06-18");
    mcp_session_done(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_malformed),
        CASE(test_ids_come_back_as_they_were),
        CASE(test_what_needs_no_answer),
        CASE(test_unknown_method),
        CASE(test_initialize),
        CASE(test_header_of_the_sessions_version),
        CASE(test_batch),
        CASE(test_batches_are_of_old_revisions),
        CASE(test_batch_has_a_limit),
        CASE(test_discover),
        CASE(test_stateless_request_says_what_it_is),
        CASE(test_stateless_methods),
        CASE(test_stateless_headers),
        CASE(test_answer_later),
        CASE(test_batch_answers_when_all_are_done),
        CASE(test_cancel),
        CASE(test_cancelled_by_a_notification),
        CASE(test_session_keeps_what_was_settled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
