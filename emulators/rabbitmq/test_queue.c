#include "emulators/rabbitmq/test_channel.h"

static void consumers_take_turns(void **state)
{
    struct test_broker t;
    struct test_channel a, b;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    test_channel_open(&t, &b, 2);
    struct rabbit_queue *queue = test_queue(&t, "q", NULL);
    test_consume(&t, &a, queue, "a", true);
    test_consume(&t, &b, queue, "b", true);
    for (const char *const *m = (const char *const[]){"1", "2", "3", "4", NULL}; *m; m++)
        test_publish_body(&t, "q", *m, 0, -1);
    test_expect(&a, "1 3");
    test_expect(&b, "2 4");
    test_channel_close(&t, &b);
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

static void prefetch_holds_back_and_requeued_come_first(void **state)
{
    struct test_broker t;
    struct test_channel a, b;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    test_channel_open(&t, &b, 2);
    struct rabbit_queue *queue = test_queue(&t, "q", NULL);
    rabbit_channel_qos(&a.channel, 2, false);
    test_consume(&t, &a, queue, "a", false);
    for (const char *const *m = (const char *const[]){"1", "2", "3", "4", NULL}; *m; m++)
        test_publish_body(&t, "q", *m, 0, -1);
    test_expect(&a, "1 2");
    test_settle(&t, &a, 2, RABBIT_ACK);
    test_expect(&a, "3");
    test_channel_close(&t, &a); /* 1 and 3 return to where they were */
    assert_int_equal(queue->state->ready.count, 3);
    assert_int_equal(queue->state->unacked_count, 0);
    test_consume(&t, &b, queue, "b", false);
    test_expect(&b, "1! 3! 4");
    assert_int_equal(queue->state->unacked_count, 3);
    test_channel_close(&t, &b);
    test_broker_done(&t);
}

static void priorities_come_first_within_their_bounds(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    struct rabbit_queue *queue =
        test_queue(&t, "q", (const char *const[]){"x-max-priority", "#5", NULL});
    test_publish_body(&t, "q", "low", 0, -1);
    test_publish_body(&t, "q", "high", 9, -1);
    test_publish_body(&t, "q", "mid", 3, -1);
    test_publish_body(&t, "q", "high2", 5, -1);
    test_consume(&t, &a, queue, "a", true);
    test_expect(&a, "high high2 mid low");
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

static void what_expires_is_dead_lettered_at_the_head(void **state)
{
    struct test_broker t;
    (void)state;
    test_broker_init(&t);
    struct rabbit_queue *dead = test_queue(&t, "dead", NULL);
    struct rabbit_queue *queue =
        test_queue(&t, "q",
                   (const char *const[]){"x-dead-letter-exchange", "", "x-dead-letter-routing-key",
                                         "dead", NULL});
    test_publish_body(&t, "q", "long", 0, 5000);
    test_publish_body(&t, "q", "short", 0, 1000);
    clock_advance(&t.clock, 2000000);
    assert_int_equal(queue->state->ready.count, 2); /* the short one waits for its turn */
    clock_advance(&t.clock, 4000000);
    rabbit_deliver(rabbit_of(t.emulator));
    assert_int_equal(queue->state->ready.count, 0);
    assert_int_equal(dead->state->ready.count, 2);
    test_broker_done(&t);
}

static void limits_drop_the_head_or_refuse(void **state)
{
    struct test_broker t;
    (void)state;
    test_broker_init(&t);
    struct rabbit_queue *drops =
        test_queue(&t, "drops", (const char *const[]){"x-max-length", "#2", NULL});
    test_queue(&t, "refuses",
               (const char *const[]){"x-max-length", "#1", "x-overflow", "reject-publish", NULL});
    for (int i = 0; i < 5; i++)
        assert_int_equal(test_publish_body(&t, "drops", "m", 0, -1), RABBIT_PUBLISHED);
    assert_int_equal(drops->state->ready.count, 2);
    assert_int_equal(drops->state->ready_bytes, 2);
    assert_int_equal(test_publish_body(&t, "refuses", "m", 0, -1), RABBIT_PUBLISHED);
    assert_int_equal(test_publish_body(&t, "refuses", "m", 0, -1), RABBIT_PUBLISH_REFUSED);
    assert_int_equal(test_publish_body(&t, "nowhere", "m", 0, -1), RABBIT_UNROUTED);
    test_broker_done(&t);
}

static void an_unused_queue_expires(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    struct rabbit_queue *queue =
        test_queue(&t, "q", (const char *const[]){"x-expires", "#1000", NULL});
    test_consume(&t, &a, queue, "a", true);
    clock_advance(&t.clock, 5000000);
    assert_non_null(rabbit_queue_find(t.vhost, slice_str("q"))); /* it is used */
    test_channel_close(&t, &a);
    clock_advance(&t.clock, 900000);
    assert_non_null(rabbit_queue_find(t.vhost, slice_str("q")));
    clock_advance(&t.clock, 200000);
    assert_null(rabbit_queue_find(t.vhost, slice_str("q")));
    test_broker_done(&t);
}

/* The Java client's QosTests.fairness. */
static void a_limit_of_the_channel_serves_queues_in_turn(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    struct rabbit_queue *p = test_queue(&t, "p", NULL), *q = test_queue(&t, "q", NULL);
    rabbit_channel_qos(&a.channel, 1, true);
    test_consume(&t, &a, p, "p", false);
    test_consume(&t, &a, q, "q", false);
    for (const char *const *m = (const char *const[]){"1", "2", "3", NULL}; *m; m++) {
        test_publish_body(&t, "p", *m, 0, -1);
        test_publish_body(&t, "q", *m, 0, -1);
    }
    for (uint64_t tag = 1; tag < 4; tag++)
        test_settle(&t, &a, tag, RABBIT_ACK);
    assert_int_equal(p->state->ready.count, 1);
    assert_int_equal(q->state->ready.count, 1);
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

static void what_is_not_acknowledged_in_time_returns(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    rabbit_of(t.emulator)->config.consumer_timeout_ms = 60000;
    test_channel_open(&t, &a, 1);
    struct rabbit_queue *queue = test_queue(&t, "q", NULL);
    test_consume(&t, &a, queue, "a", false);
    test_publish_body(&t, "q", "1", 0, -1);
    clock_advance(&t.clock, 50000000);
    test_publish_body(&t, "q", "2", 0, -1);
    test_settle(&t, &a, 1, RABBIT_ACK);
    clock_advance(&t.clock, 50000000);
    assert_int_equal(a.timed_out, 0);
    a.slow = true;
    clock_advance(&t.clock, 10000000);
    assert_int_equal(a.timed_out, 1);
    assert_int_equal(queue->state->ready.count, 1);
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

static void a_slow_consumer_holds_nobody_back(void **state)
{
    struct test_broker t;
    struct test_channel slow, fast;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &slow, 1);
    test_channel_open(&t, &fast, 2);
    struct rabbit_queue *queue = test_queue(&t, "q", NULL);
    test_consume(&t, &slow, queue, "s", true);
    test_consume(&t, &fast, queue, "f", true);
    slow.slow = true;
    test_publish_body(&t, "q", "1", 0, -1);
    test_publish_body(&t, "q", "2", 0, -1);
    test_expect(&fast, "1 2");
    slow.slow = false;
    rabbit_channel_resume(&slow.channel);
    test_publish_body(&t, "q", "3", 0, -1);
    test_publish_body(&t, "q", "4", 0, -1);
    test_expect(&slow, "4");
    test_expect(&fast, "3");
    test_channel_close(&t, &slow);
    test_channel_close(&t, &fast);
    test_broker_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(consumers_take_turns),
        cmocka_unit_test(prefetch_holds_back_and_requeued_come_first),
        cmocka_unit_test(priorities_come_first_within_their_bounds),
        cmocka_unit_test(what_expires_is_dead_lettered_at_the_head),
        cmocka_unit_test(limits_drop_the_head_or_refuse),
        cmocka_unit_test(an_unused_queue_expires),
        cmocka_unit_test(a_limit_of_the_channel_serves_queues_in_turn),
        cmocka_unit_test(what_is_not_acknowledged_in_time_returns),
        cmocka_unit_test(a_slow_consumer_holds_nobody_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
