/* Fault rules and the journal, as clients meet them. */
#include "emulators/rabbitmq/test_session.h"

static struct fault_rule *add(struct test_broker *b, const char *op, const char *key,
                              const char *action)
{
    char problem[FAULT_PROBLEM_MAX];
    struct fault_options options = {.action = slice_str(action)};
    options.match.op = slice_str(op);
    if (key)
        options.match.key = slice_str(key);
    struct fault_rule *rule = fault_add(&b->faults, &options, problem);
    assert_non_null(rule);
    return rule;
}

static void an_error_closes_as_its_code_does(void **state)
{
    struct test_broker b;
    struct amqp_queue_declare declare = {.queue = slice_str("orders")};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    add(&b, "queue.declare", "orders", "error=NOT_FOUND:gone fishing");
    add(&b, "basic.publish", NULL, "error=541:broken");
    test_say(client, 1, AMQP_QUEUE_DECLARE, &declare);
    assert_text(test_hear(client, 1, AMQP_CHANNEL_CLOSE).channel_close.reply_text,
                "NOT_FOUND - gone fishing");
    test_say(client, 1, AMQP_CHANNEL_CLOSE_OK, NULL);
    test_open_channel(client, 1);
    test_declare(client, "other");
    test_publish(client, 1, "", "other", "x");
    assert_text(test_hear(client, 0, AMQP_CONNECTION_CLOSE).connection_close.reply_text,
                "INTERNAL_ERROR - broken");
    test_leave(client);
    test_broker_done(&b);
}

static void a_publish_may_be_nacked(void **state)
{
    struct test_broker b;
    struct amqp_confirm_select select = {0};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_declare(client, "q");
    test_say(client, 1, AMQP_CONFIRM_SELECT, &select);
    test_hear(client, 1, AMQP_CONFIRM_SELECT_OK);
    add(&b, "basic.publish", "q", "error=nack");
    test_publish(client, 1, "", "q", "x");
    assert_int_equal(test_hear(client, 1, AMQP_BASIC_NACK).basic_nack.delivery_tag, 1);
    fault_clear(&b.faults);
    test_publish(client, 1, "", "q", "y");
    assert_int_equal(test_hear(client, 1, AMQP_BASIC_ACK).basic_ack.delivery_tag, 2);
    test_declare(client, "q");
    test_leave(client);
    test_broker_done(&b);
}

static void a_held_method_goes_on_when_released(void **state)
{
    struct test_broker b;
    struct amqp_queue_declare declare = {.queue = slice_str("q")};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    struct fault_rule *rule = add(&b, "queue.declare", NULL, "hold");
    test_say(client, 1, AMQP_QUEUE_DECLARE, &declare);
    test_hear_nothing(client);
    assert_int_equal(fault_release(rule), 1);
    assert_true(memory_transport_turn(client));
    test_hear(client, 1, AMQP_QUEUE_DECLARE_OK);
    test_leave(client);
    test_broker_done(&b);
}

static void publishers_are_blocked_and_told(void **state)
{
    struct test_broker b;
    struct amqp_basic_get get = {.queue = slice_str("q"), .no_ack = true};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_declare(client, "q");
    struct fault_rule *rule = add(&b, "connection.blocked", NULL, "hold");
    test_publish(client, 1, "", "q", "x");
    assert_text(test_hear(client, 0, AMQP_CONNECTION_BLOCKED).connection_blocked.reason,
                "low on memory");
    test_say(client, 1, AMQP_BASIC_GET, &get);
    test_hear_nothing(client);
    fault_release(rule);
    assert_true(memory_transport_turn(client));
    test_hear(client, 0, AMQP_CONNECTION_UNBLOCKED);
    test_hear(client, 1, AMQP_BASIC_GET_OK);
    test_hear_content(client, "x");
    test_leave(client);
    test_broker_done(&b);
}

/* The message is there, its confirm is not. */
static void a_reply_may_be_dropped(void **state)
{
    struct test_broker b;
    struct amqp_confirm_select select = {0};
    struct amqp_basic_get get = {.queue = slice_str("q"), .no_ack = true};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    struct transport *other = test_client(&b, 131072);
    test_declare(client, "q");
    test_say(client, 1, AMQP_CONFIRM_SELECT, &select);
    test_hear(client, 1, AMQP_CONFIRM_SELECT_OK);
    add(&b, "basic.publish", NULL, "drop-reply");
    test_publish(client, 1, "", "q", "x");
    test_hear_nothing(client);
    assert_false(memory_transport_turn(client));
    test_say(other, 1, AMQP_BASIC_GET, &get);
    test_hear(other, 1, AMQP_BASIC_GET_OK);
    test_leave(client);
    test_leave(other);
    test_broker_done(&b);
}

static void expect_record(const struct journal *journal, uint64_t seq, const char *op,
                          const char *key, const char *code)
{
    struct journal_view view;
    journal_read(journal, seq, &view);
    assert_string_equal(view.record->op, op);
    assert_text(view.keys[view.record->key_count - 1], key);
    assert_text(view.code, code);
}

static void commands_and_deliveries_are_recorded(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    uint64_t seq = b.journal.next;
    test_declare(client, "q");
    test_consume(client, "q", "c", true);
    test_publish(client, 1, "", "q", "x");
    test_publish(client, 1, "nope", "key", "x");
    expect_record(&b.journal, seq, "queue.declare", "q", "");
    expect_record(&b.journal, seq + 1, "basic.consume", "q", "");
    expect_record(&b.journal, seq + 2, "basic.deliver", "q", "");
    expect_record(&b.journal, seq + 3, "basic.publish", "q", "");
    expect_record(&b.journal, seq + 4, "basic.publish", "key", "404");
    test_leave(client);
    test_broker_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_closes_as_its_code_does),
        cmocka_unit_test(a_publish_may_be_nacked),
        cmocka_unit_test(a_held_method_goes_on_when_released),
        cmocka_unit_test(publishers_are_blocked_and_told),
        cmocka_unit_test(a_reply_may_be_dropped),
        cmocka_unit_test(commands_and_deliveries_are_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
