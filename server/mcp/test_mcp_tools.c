#include "server/mcp/excerpt.h"
#include "server/mcp/shape.h"
#include "server/mcp/test_mcp.h"

#define ASK(method, params) \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":{" params "}}"
#define CALL(name, arguments) ASK("tools/call", "\"name\":\"" name "\",\"arguments\":" arguments)
#define RESULT(members)       "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{" members "}}"

static void test_list(void **state)
{
    struct fixture *f = *state;
    const char *answer = fixture_ask(f, ASK("tools/list", ""));
    assert_non_null(
        strstr(answer,
               "{\"name\":\"parlel_echo\",\"title\":\"Echo\",\"description\":\"Says the text.\","
               "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\","
               "\"description\":\"what to say\"},\"world\":{\"type\":\"string\",\"description\":"));
    assert_non_null(strstr(answer,
                           "\"required\":[\"text\"],\"additionalProperties\":false},"
                           "\"outputSchema\":{\"type\":\"object\"},\"annotations\":{\"title\":"
                           "\"Echo\",\"readOnlyHint\":true,\"destructiveHint\":false,"
                           "\"idempotentHint\":false,\"openWorldHint\":false}}"));
    assert_non_null(strstr(answer, "\"enum\":[\"softly\",\"loudly\"]"));
    assert_null(strstr(answer, "hidden"));
    assert_says(f, ASK("tools/list", "\"cursor\":\"x\""), 200,
                "-32602,\"message\":\"params.cursor");
}

static void test_call(void **state)
{
    struct fixture *f = *state;
    assert_answer(
        f, CALL("parlel_echo", "{\"text\":\"a\\\"b\"}"), 200,
        RESULT("\"content\":[{\"type\":\"text\",\"text\":\"{\\\"result\\\":\\\"a\\\\\\\"b\\\"}"
               "\"}],\"structuredContent\":{\"result\":\"a\\\"b\"},\"isError\":false"));
    assert_says(f, ASK("tools/call", "\"name\":\"parlel_journal\""), 200, "{\"limit\":-1}");
}

static void test_wrong_calls(void **state)
{
    struct fixture *f = *state;
    assert_answer(
        f, CALL("parlel_ecko", "{}"), 200,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"params.name: "
        "there is no tool 'parlel_ecko'; did you mean 'parlel_echo'?\"}}");
    assert_says(f, CALL("echo", "{}"), 200, "-32602");
    assert_says(f, CALL("parlel_hidden", "{}"), 200, "-32602");
    assert_says(f, ASK("tools/call", "\"name\":5"), 200,
                "-32602,\"message\":\"params.name: expected");
    assert_says(f, CALL("parlel_echo", "[]"), 200,
                "-32602,\"message\":\"params.arguments: expected");
}

/* What a model can put right by itself is the tool's result, not the protocol's error. */
static void test_wrong_arguments(void **state)
{
    struct fixture *f = *state;
    assert_answer(
        f, CALL("parlel_echo", "{}"), 200,
        RESULT("\"content\":[{\"type\":\"text\",\"text\":\"bad_request: text is missing: what "
               "to say\\nHint: parlel_echo takes text (required), world\"}],"
               "\"isError\":true"));
    assert_says(f, CALL("parlel_echo", "{\"txt\":1}"), 200, "echo takes no argument 'txt'");
    assert_says(f, CALL("parlel_rows", "{\"count\":\"x\"}"), 200, "count: expected an integer");
    assert_says(f, CALL("parlel_refuse", "{\"how\":\"so\"}"), 200,
                "how: expected one of softly|loudly, got 'so'");
    assert_says(f, CALL("parlel_wait", "{\"x\":1}"), 200, "parlel_wait takes no arguments");
    assert_says(f, CALL("parlel_echo", "{\"text\":\"\",\"world\":\"mars\"}"), 200,
                "not_found: there is no world 'mars'\\nHint: parlel_list_services");
}

static void test_the_services_own_error(void **state)
{
    struct fixture *f = *state;
    assert_says(f, CALL("parlel_refuse", "{}"), 200,
                "\"text\":\"WRONGTYPE: it is no list\\nHint: this is the service's own answer");
    assert_non_null(strstr(f->body, "\"isError\":true"));
}

static void test_timeout_shows_what_came(void **state)
{
    struct fixture *f = *state;
    assert_non_null(fixture_say(f, CALL("parlel_wait", "{}")));
    json_raw(f->waiting->out, slice_str("{\"records\":[]}"));
    control_fail(f->waiting, CONTROL_TIMED_OUT, "only 0 of 1 came");
    assert_non_null(strstr(f->body, "\"text\":\"timeout: only 0 of 1 came\\nHint: "));
    assert_non_null(strstr(f->body, "\"structuredContent\":{\"records\":[]},\"isError\":true"));
}

static void test_long_results_are_cut(void **state)
{
    struct fixture *f = *state;
    assert_says(f, CALL("parlel_rows", "{\"count\":200}"), 200, "198,199]}");
    assert_null(strstr(f->body, "note"));
    assert_says(f, CALL("parlel_rows", "{\"count\":1000}"), 200,
                "198,199],\"note\":\"shortened: 800 elements are left out, 0 texts are cut");
}

/* ---- excerpts */

static void assert_excerpt(struct slice json, size_t rows_left_out, size_t texts_cut,
                           const char *expected)
{
    struct arena arena = {0};
    struct outq out = {0};
    struct json_writer w = json_writer_of(&out);
    struct mcp_excerpt excerpt;
    json_array(&w);
    assert_true(mcp_excerpt_write(&w, json, &arena, &excerpt));
    json_array_end(&w);
    assert_int_equal(excerpt.rows_left_out, rows_left_out);
    assert_int_equal(excerpt.texts_cut, texts_cut);
    struct slice flat = outq_flatten(&out);
    if (expected)
        assert_true(slice_eq_str(flat, expected));
    assert_true(flat.len < 2 * MCP_EXCERPT_BYTES);
    outq_done(&out);
    arena_done(&arena);
}

static void test_excerpt_keeps_what_is_short(void **state)
{
    (void)state;
    assert_excerpt(slice_str("[1,{\"a\":[true,null,{}],\"b\":\"\\u00e4\"},[]]"), 0, 0,
                   "[[1,{\"a\":[true,null,{}],\"b\":\"\xc3\xa4\"},[]]]");
}

static void test_excerpt_cuts_texts_between_characters(void **state)
{
    (void)state;
    struct outq text = {0};
    outq_put(&text, "\"x", 2);
    for (int i = 0; i < MCP_EXCERPT_TEXT; i++)
        outq_put(&text, "\xc3\xa4", 2);
    outq_put(&text, "\"", 1);
    assert_excerpt(outq_flatten(&text), 0, 1, NULL);
    outq_done(&text);
}

/* Many rows of many bytes: rows are left out, members of a row that stays are not. */
static void test_excerpt_has_a_size(void **state)
{
    (void)state;
    struct outq text = {0};
    struct json_writer w = json_writer_of(&text);
    char long_text[1000];
    memset(long_text, 'x', sizeof(long_text));
    json_array(&w);
    for (int i = 0; i < 100; i++) {
        json_object(&w);
        json_key_str(&w, "a");
        json_string(&w, slice_of(long_text, sizeof(long_text)));
        json_key_str(&w, "b");
        json_int(&w, i);
        json_object_end(&w);
    }
    json_array_end(&w);
    assert_excerpt(outq_flatten(&text), 34, 0, NULL);
    outq_done(&text);
}

static void test_excerpt_of_a_large_map(void **state)
{
    (void)state;
    struct outq text = {0};
    struct json_writer w = json_writer_of(&text);
    json_object(&w);
    json_key_str(&w, "map");
    json_object(&w);
    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        json_key_str(&w, name);
        json_array(&w);
        json_array_end(&w);
    }
    json_object_end(&w);
    json_object_end(&w);
    struct arena arena = {0};
    struct outq out = {0};
    struct json_writer to = json_writer_of(&out);
    struct mcp_excerpt excerpt;
    json_object(&to);
    assert_true(mcp_excerpt_write(&to, outq_flatten(&text), &arena, &excerpt));
    json_object_end(&to);
    assert_int_equal(excerpt.rows_left_out, 100);
    assert_int_equal(to.depth, 0);
    outq_done(&out);
    outq_done(&text);
    arena_done(&arena);
}

/* ---- shapes */

static void assert_shape(const char *json, const char *expected)
{
    struct arena arena = {0};
    struct outq out = {0};
    struct json_writer w = json_writer_of(&out);
    assert_true(mcp_shape_write(&w, slice_str(json), &arena));
    struct slice flat = outq_flatten(&out);
    if (!slice_eq_str(flat, expected))
        fail_msg("%s: " SLICE_FMT, json, SLICE_ARG(flat));
    outq_done(&out);
    arena_done(&arena);
}

static void test_shapes(void **state)
{
    (void)state;
    assert_shape("7", "\"number\"");
    assert_shape("[]", "{\"count\":0}");
    assert_shape("[{\"a\":true},{}]", "{\"each\":{\"a\":\"true or false\"},\"count\":2}");
    assert_shape("{\"a\":{\"b\":\"x\",\"c\":null}}", "{\"a\":{\"b\":\"text\",\"c\":\"null\"}}");
    assert_shape(
        "[[[[[[[1,2],3]]]]]]",
        "{\"each\":{\"each\":{\"each\":{\"each\":{\"each\":{\"each\":\"list\",\"count\":2},"
        "\"count\":1},\"count\":1},\"count\":1},\"count\":1},\"count\":1}");
}

static void test_shape_of_many_members(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct outq text = {0}, out = {0};
    struct json_writer w = json_writer_of(&text), to = json_writer_of(&out);
    json_object(&w);
    for (int i = 0; i < MCP_SHAPE_MEMBERS + 5; i++) {
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        json_key_str(&w, name);
        json_int(&w, i);
    }
    json_object_end(&w);
    assert_true(mcp_shape_write(&to, outq_flatten(&text), &arena));
    outq_put(&out, "", 1);
    assert_non_null(
        strstr((const char *)outq_flatten(&out).ptr, "\"99\":\"number\",\"...\":\"5 more\"}"));
    outq_done(&text);
    outq_done(&out);
    arena_done(&arena);
}

/* ---- resources */

static void test_resources_list(void **state)
{
    struct fixture *f = *state;
    const char *answer = fixture_ask(f, ASK("resources/list", ""));
    assert_non_null(strstr(answer, "{\"uri\":\"parlel://journal\",\"name\":\"journal\""));
    assert_non_null(strstr(answer,
                           "{\"uri\":\"parlel://apple/state\",\"name\":\"apple/state\",\"title\":"
                           "\"apple: state\","));
    assert_non_null(strstr(answer, "{\"uri\":\"parlel://apple/schema\""));
    assert_says(f, ASK("resources/list", "\"cursor\":\"\""), 200, "-32602");
    assert_says(f, ASK("resources/templates/list", ""), 200,
                "{\"uriTemplate\":\"parlel://{service}/state\",\"name\":\"{service}/state\"");
    assert_says(f, ASK("resources/templates/list", "\"cursor\":\"\""), 200, "-32602");
}

static void test_resources_read(void **state)
{
    struct fixture *f = *state;
    assert_answer(
        f, ASK("resources/read", "\"uri\":\"parlel://journal\""), 200,
        RESULT("\"contents\":[{\"uri\":\"parlel://journal\",\"mimeType\":\"application/json\","
               "\"text\":\"{\\\"limit\\\":100}\"}]"));
    assert_says(f, ASK("resources/read", "\"uri\":\"parlel://apple/state\""), 200,
                "\"text\":\"{\\\"state\\\":{\\\"number\\\":7,");
    assert_says(
        f, ASK("resources/read", "\"uri\":\"parlel://apple/schema\""), 200,
        "\"text\":\"{\\\"service\\\":\\\"apple\\\",\\\"title\\\":\\\"apple\\\",\\\"protocol\\\":"
        "\\\"fake\\\",\\\"version\\\":\\\"1.0\\\",\\\"state\\\":{\\\"number\\\":\\\"number\\\","
        "\\\"list\\\":{\\\"each\\\":{\\\"a\\\":\\\"text\\\"},\\\"count\\\":2},\\\"no\\\":"
        "\\\"null\\\"}}\"");
}

static void test_resources_not_found(void **state)
{
    static const char *const uris[] = {
        "parlel://",      "parlel://nothing", "parlel://pear/state", "parlel://apple/core",
        "http://journal", "parlel://apple/",  "parlel://status"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        char text[512], expected[512];
        snprintf(text, sizeof(text), ASK("resources/read", "\"uri\":\"%s\""), uris[i]);
        snprintf(expected, sizeof(expected),
                 "\"code\":-32002,\"message\":\"params.uri: there is no resource '%s'; "
                 "resources/list has them\",\"data\":{\"uri\":\"%s\"}",
                 uris[i], uris[i]);
        assert_says(f, text, 200, expected);
    }
    assert_says(f, ASK("resources/read", "\"uri\":7"), 200,
                "-32602,\"message\":\"params.uri: expected");
    assert_says(f,
                ASK("resources/read",
                    "\"uri\":\"parlel://x\",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"
                    "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}"),
                200, "\"code\":-32602,");
}

/* ---- utilities */

#define COMPLETE(name, value)                                                       \
    ASK("completion/complete",                                                      \
        "\"ref\":{\"type\":\"ref/resource\",\"uri\":\"parlel://{service}/state\"}," \
        "\"argument\":{\"name\":" name ",\"value\":" value "}")

static void test_completion(void **state)
{
    struct fixture *f = *state;
    assert_answer(f, COMPLETE("\"service\"", "\"ap\""), 200,
                  RESULT("\"completion\":{\"values\":[\"apple\"],\"hasMore\":false}"));
    assert_says(f, COMPLETE("\"service\"", "\"x\""), 200, "\"values\":[]");
    assert_says(f, COMPLETE("\"colour\"", "\"\""), 200, "\"values\":[]");
    assert_says(f, COMPLETE("\"service\"", "7"), 200, "-32602,\"message\":\"params.argument");
    assert_says(f, ASK("completion/complete", ""), 200, "-32602");
}

static void test_what_some_clients_ask_anyway(void **state)
{
    struct fixture *f = *state;
    assert_answer(f, ASK("prompts/list", ""), 200, RESULT("\"prompts\":[]"));
    assert_says(f, ASK("prompts/list", "\"cursor\":\"x\""), 200, "-32602");
    assert_answer(f, ASK("logging/setLevel", "\"level\":\"info\""), 200, RESULT(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_list),
        CASE(test_call),
        CASE(test_wrong_calls),
        CASE(test_wrong_arguments),
        CASE(test_the_services_own_error),
        CASE(test_timeout_shows_what_came),
        CASE(test_long_results_are_cut),
        cmocka_unit_test(test_excerpt_keeps_what_is_short),
        cmocka_unit_test(test_excerpt_cuts_texts_between_characters),
        cmocka_unit_test(test_excerpt_has_a_size),
        cmocka_unit_test(test_excerpt_of_a_large_map),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_shape_of_many_members),
        CASE(test_resources_list),
        CASE(test_resources_read),
        CASE(test_resources_not_found),
        CASE(test_completion),
        CASE(test_what_some_clients_ask_anyway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
