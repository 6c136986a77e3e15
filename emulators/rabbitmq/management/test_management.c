/* The management API over memory: answers, changes, pages, columns, what a rewind takes back. */
#include <stdlib.h>

#include "common/fault.h"
#include "common/text.h"
#include "emulators/rabbitmq/management/management.h"
#include "emulators/rabbitmq/test_broker.h"

struct test {
    struct test_broker broker;
    struct transport *transport;
    char answer[16384]; /* status and body: "200 {...}" */
};

static int setup(void **state)
{
    struct test *t = calloc(1, sizeof(*t));
    test_broker_init(&t->broker);
    t->transport = memory_transport_create();
    assert_true(rabbit_management_open(rabbit_of(t->broker.emulator), t->transport));
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct test *t = *state;
    memory_transport_destroy(t->transport);
    test_broker_done(&t->broker);
    free(t);
    return 0;
}

/* Makes "200 {...}" of the answer that has been sent, and takes it. */
static void read_answer(struct test *t)
{
    struct slice sent = outq_flatten(&t->transport->out);
    char text[sizeof(t->answer)];
    snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(sent));
    const char *body = strstr(text, "\r\n\r\n");
    assert_non_null(body);
    snprintf(t->answer, sizeof(t->answer), "%.3s%s%s", text + strlen("HTTP/1.1 "),
             body[4] ? " " : "", body + 4);
    outq_take(&t->transport->out, sent.len);
}

static const char *ask_as(struct test *t, const char *user, const char *method, const char *path,
                          const char *body)
{
    char request[4096], base64[128] = "";
    text_to_base64(base64, (const uint8_t *)user, strlen(user));
    snprintf(request, sizeof(request),
             "%s /api/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n"
             "Content-Length: %zu\r\n\r\n%s",
             method, path, base64, strlen(body), body);
    memory_transport_feed(t->transport, slice_str(request));
    read_answer(t);
    return t->answer;
}

static const char *ask(struct test *t, const char *method, const char *path, const char *body)
{
    return ask_as(t, "guest:guest", method, path, body);
}

static void test_users_are_asked_for(void **state)
{
    struct test *t = *state;
    assert_string_equal(ask(t, "GET", "whoami", ""),
                        "200 {\"name\":\"guest\",\"tags\":[\"administrator\"]}");
    const char *refused = "401 {\"error\":\"not_authorized\",\"reason\":\"Login failed\"}";
    assert_string_equal(ask_as(t, "guest:wrong", "GET", "whoami", ""), refused);
    assert_string_equal(ask_as(t, "nobody:x", "GET", "whoami", ""), refused);
    assert_string_equal(ask(t, "PUT", "users/u", "{\"password\":\"p\",\"tags\":\"\"}"), "201");
    assert_string_equal(ask_as(t, "u:p", "GET", "whoami", ""),
                        "401 {\"error\":\"not_authorised\",\"reason\":\"Not management user\"}");
}

static void test_a_user_may_change_itself(void **state)
{
    struct test *t = *state;
    assert_string_equal(
        ask(t, "PUT", "users/guest", "{\"password\":\"new\",\"tags\":\"administrator\"}"), "204");
    assert_string_equal(ask_as(t, "guest:new", "DELETE", "users/guest", ""), "204");
    assert_string_equal(ask_as(t, "parlel:parlel", "GET", "users/guest", ""),
                        "404 {\"error\":\"Object Not Found\",\"reason\":\"Not Found\"}");
}

static void test_queues_are_made_listed_and_rewound(void **state)
{
    struct test *t = *state;
    struct emulator_checkpoint *before = test_checkpoint(&t->broker);
    assert_string_equal(ask(t, "PUT", "queues/%2F/q", "{\"arguments\":{\"x-max-length\":5}}"),
                        "201");
    assert_string_equal(
        ask(t, "PUT", "queues/%2F/q", "{\"durable\":true}"),
        "400 {\"error\":\"bad_request\",\"reason\":\"inequivalent arg 'durable' for "
        "queue 'q' in vhost '/': received 'true' but current is 'false'\"}");
    assert_string_equal(ask(t, "GET", "queues?columns=name,arguments.x,messages", ""),
                        "200 [{\"arguments\":{\"x-max-length\":5},\"name\":\"q\",\"messages\":0}]");
    test_rewind(&t->broker, before);
    assert_string_equal(ask(t, "GET", "queues", ""), "200 []");
    rabbitmq_emulator_type.release(t->broker.emulator, before);
}

static void test_lists_come_in_pages(void **state)
{
    struct test *t = *state;
    char path[64];
    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof(path), "queues/%%2F/q%d", i);
        assert_string_equal(ask(t, "PUT", path, ""), "201");
    }
    assert_string_equal(
        ask(t, "GET", "queues?page=2&page_size=2&name=Q&sort=name&sort_reverse=true&columns=name",
            ""),
        "200 {\"filtered_count\":5,\"item_count\":2,\"items\":[{\"name\":\"q2\"},{\"name\":\"q1\"}],"
        "\"page\":2,\"page_count\":3,\"page_size\":2,\"total_count\":5}");
    assert_string_equal(
        ask(t, "GET", "queues?page=9", ""),
        "400 {\"error\":\"page_out_of_range\",\"reason\":\"Page out of range, page: "
        "9 page size: 100, len: 5\"}");
}

static void test_messages_keep_their_properties(void **state)
{
    struct test *t = *state;
    assert_string_equal(ask(t, "PUT", "queues/%2F/q", ""), "201");
    assert_string_equal(
        ask(t, "POST", "exchanges/%2F/amq.default/publish",
            "{\"properties\":{\"headers\":{\"a\":[1,\"x\",[true]],\"o\":{\"n\":-2}},\"priority\":3},"
            "\"routing_key\":\"q\",\"payload\":\"/wA=\",\"payload_encoding\":\"base64\"}"),
        "200 {\"routed\":true}");
    assert_string_equal(
        ask(t, "POST", "queues/%2F/q/get",
            "{\"count\":5,\"ackmode\":\"ack_requeue_false\",\"encoding\":\"auto\"}"),
        "200 [{\"payload_bytes\":2,\"redelivered\":false,\"exchange\":\"\",\"routing_key\":\"q\","
        "\"message_count\":0,\"properties\":{\"priority\":3,\"headers\":{\"a\":[1,\"x\",[true]],"
        "\"o\":{\"n\":-2}}},\"payload\":\"/wA=\",\"payload_encoding\":\"base64\"}]");
    assert_string_equal(ask(t, "GET", "queues/%2F/q?columns=messages,message_stats.get", ""),
                        "200 {\"message_stats\":{\"get\":1},\"messages\":0}");
}

static void test_an_operators_policy_limits_beside_the_users(void **state)
{
    struct test *t = *state;
    assert_string_equal(ask(t, "PUT", "queues/%2F/q", ""), "201");
    assert_string_equal(
        ask(t, "PUT", "policies/%2F/p",
            "{\"pattern\":\"q\",\"definition\":{\"max-length\":9,\"expires\":900}}"),
        "201");
    assert_string_equal(
        ask(t, "PUT", "operator-policies/%2F/o",
            "{\"pattern\":\"q\",\"definition\":{\"max-length\":4,\"message-ttl\":7}}"),
        "201");
    assert_string_equal(
        ask(t, "GET", "queues/%2F/q?columns=policy,operator_policy,effective_policy_definition",
            ""),
        "200 {\"effective_policy_definition\":{\"max-length\":4,\"expires\":900,\"message-ttl\":7},"
        "\"policy\":\"p\",\"operator_policy\":\"o\"}");
    const struct rabbit_queue *queue = rabbit_queue_find(t->broker.vhost, slice_str("q"));
    assert_int_equal(queue->state->limits.max_length, 4);
    assert_int_equal(queue->state->limits.message_ttl_ms, 7);
}

static void test_definitions_come_back(void **state)
{
    struct test *t = *state;
    char exported[sizeof(t->answer)];
    assert_string_equal(ask(t, "PUT", "vhosts/v", ""), "201");
    assert_string_equal(ask(t, "PUT", "queues/v/q", "{\"durable\":true}"), "201");
    assert_string_equal(ask(t, "PUT", "exchanges/v/x", "{\"type\":\"topic\"}"), "201");
    assert_string_equal(
        ask(t, "POST", "bindings/v/e/x/q/q", "{\"routing_key\":\"a.#\",\"arguments\":{\"k\":1}}"),
        "201");
    snprintf(exported, sizeof(exported), "%s", ask(t, "GET", "definitions", "") + strlen("200 "));
    assert_string_equal(ask(t, "DELETE", "vhosts/v", ""), "204");
    assert_string_equal(ask(t, "POST", "definitions", exported), "204");
    assert_string_equal(ask(t, "GET", "definitions", "") + strlen("200 "), exported);
}

static void test_malformed_bodies_are_refused(void **state)
{
    struct test *t = *state;
    const char *const bodies[] = {"{", "[]", "\"x\"", "{} {}", "{\"a\":}"};
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_string_equal(ask(t, "PUT", "queues/%2F/q", bodies[i]),
                            "400 {\"error\":\"bad_request\",\"reason\":\"not_json\"}");
}

static struct fault_rule *add_rule(struct fault_rules *rules, const char *action)
{
    struct fault_options options = {.match.op = slice_str("management.GET whoami"),
                                    .action = slice_str(action)};
    char problem[FAULT_PROBLEM_MAX];
    struct fault_rule *rule = fault_add(rules, &options, problem);
    assert_non_null(rule);
    return rule;
}

static void test_rules_apply_to_requests(void **state)
{
    struct test *t = *state;
    struct fault_rules rules;
    fault_rules_init(&rules, &t->broker.random);
    rabbit_of(t->broker.emulator)->host.faults = &rules;
    struct fault_rule *rule = add_rule(&rules, "error=503:not now");
    assert_string_equal(ask(t, "GET", "whoami", ""),
                        "503 {\"error\":\"fault\",\"reason\":\"not now\"}");
    fault_remove(&rules, rule);
    rule = add_rule(&rules, "hold");
    memory_transport_feed(t->transport, slice_str("GET /api/whoami HTTP/1.1\r\nHost: x\r\n"
                                                  "Authorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n"));
    assert_int_equal(outq_len(&t->transport->out), 0);
    assert_int_equal(fault_release(rule), 1);
    read_answer(t);
    assert_string_equal(t->answer, "200 {\"name\":\"guest\",\"tags\":[\"administrator\"]}");
    fault_rules_done(&rules);
    rabbit_of(t->broker.emulator)->host.faults = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_users_are_asked_for),
        TEST(test_a_user_may_change_itself),
        TEST(test_queues_are_made_listed_and_rewound),
        TEST(test_lists_come_in_pages),
        TEST(test_messages_keep_their_properties),
        TEST(test_an_operators_policy_limits_beside_the_users),
        TEST(test_definitions_come_back),
        TEST(test_malformed_bodies_are_refused),
        TEST(test_rules_apply_to_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
