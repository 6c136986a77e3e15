#include "emulators/rabbitmq/test_channel.h"

static struct rabbit_queue *find(struct test_broker *t, const char *name)
{
    return rabbit_queue_find(t->vhost, slice_str(name));
}

static void open_channels_owe_again_what_they_owed(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    struct rabbit_queue *queue = test_queue(&t, "q", NULL);
    rabbit_channel_qos(&a.channel, 1, false);
    test_consume(&t, &a, queue, "a", false);
    test_publish_body(&t, "q", "1", 0, -1);
    test_publish_body(&t, "q", "2", 0, -1);
    test_expect(&a, "1");
    struct emulator_checkpoint *kept = test_checkpoint(&t);

    test_settle(&t, &a, 1, RABBIT_ACK);
    test_expect(&a, "2");
    test_settle(&t, &a, 2, RABBIT_ACK);
    test_publish_body(&t, "q", "3", 0, -1);
    test_expect(&a, "3");
    test_rewind(&t, kept);

    test_expect(&a, ""); /* 1 is owed, 2 is ready, 3 has never been */
    assert_int_equal(queue->state->unacked_count, 1);
    assert_int_equal(queue->state->ready.count, 1);
    test_settle(&t, &a, 3, RABBIT_ACK); /* what the rewind took back is forgiven */
    test_expect(&a, "");
    test_settle(&t, &a, 1, RABBIT_ACK);
    test_expect(&a, "2");
    assert_int_equal(a.tags[0], 4); /* tags go on */
    assert_false(rabbit_channel_settle(&a.channel, 9, false, RABBIT_ACK, &t.error));
    test_release(&t, kept);
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

static void what_closed_channels_owed_is_ready_again(void **state)
{
    struct test_broker t;
    struct test_channel a, b;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    test_channel_open(&t, &b, 2);
    struct rabbit_queue *queue = test_queue(&t, "q", NULL);
    test_consume(&t, &a, queue, "a", false);
    test_publish_body(&t, "q", "1", 0, -1);
    struct emulator_checkpoint *kept = test_checkpoint(&t);
    test_settle(&t, &a, 1, RABBIT_ACK);
    test_channel_close(&t, &a);
    test_consume(&t, &b, queue, "b", true);
    test_rewind(&t, kept);
    test_expect(&b, "1!");
    test_release(&t, kept);
    test_channel_close(&t, &b);
    test_broker_done(&t);
}

static void entities_come_and_go(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    test_queue(&t, "old", NULL);
    test_publish_body(&t, "old", "1", 0, -1);
    struct emulator_checkpoint *first = test_checkpoint(&t);
    assert_true(rabbit_queue_drop(find(&t, "old"), &t.error));
    struct rabbit_queue *queue = test_queue(&t, "new", NULL);
    test_consume(&t, &a, queue, "a", true);
    struct emulator_checkpoint *second = test_checkpoint(&t);

    test_rewind(&t, first);
    assert_null(find(&t, "new"));
    assert_int_equal(a.cancelled, 1);
    assert_int_equal(find(&t, "old")->state->ready.count, 1);
    test_queue(&t, "other", NULL); /* its number is nobody's in the second checkpoint */

    test_rewind(&t, second);
    assert_null(find(&t, "old"));
    assert_null(find(&t, "other"));
    assert_non_null(find(&t, "new"));
    test_publish_body(&t, "new", "2", 0, -1);
    assert_int_equal(find(&t, "new")->state->ready.count, 1);
    test_release(&t, first);
    test_release(&t, second);
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

static void bindings_are_rewound(void **state)
{
    struct test_broker t;
    struct rabbit_binding_options bind = {
        .source = slice_str("amq.topic"),
        .destination = slice_str("q"),
        .routing_key = slice_str("a.#"),
        .arguments = slice_str(""),
    };
    (void)state;
    test_broker_init(&t);
    test_queue(&t, "q", NULL);
    assert_true(rabbit_bind(t.vhost, &bind, &t.error));
    struct emulator_checkpoint *kept = test_checkpoint(&t);
    assert_true(rabbit_unbind(t.vhost, &bind, &t.error));
    assert_int_equal(find(&t, "q")->state->bindings.count, 0);
    test_rewind(&t, kept);
    assert_int_equal(find(&t, "q")->state->bindings.count, 1);
    struct rabbit_routing routing = {.routing_key = slice_str("a.b")};
    struct rabbit_routed routed;
    assert_true(rabbit_route(t.vhost, bind.source, &routing, &routed, &t.error));
    assert_int_equal(routed.count, 1);
    assert_ptr_equal(routed.queues[0], find(&t, "q"));
    test_release(&t, kept);
    test_broker_done(&t);
}

static void exclusive_queues_follow_their_owners(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 7);
    struct rabbit_queue_options options = {
        .name = slice_str("x"), .arguments = slice_str(""), .exclusive = true, .connection = 7};
    assert_non_null(rabbit_queue_declare(t.vhost, &options, &t.error));
    struct emulator_checkpoint *kept = test_checkpoint(&t);
    test_rewind(&t, kept);
    assert_non_null(find(&t, "x"));
    test_channel_close(&t, &a);
    assert_null(find(&t, "x"));
    test_rewind(&t, kept);
    assert_null(find(&t, "x")); /* nobody could ever use it */
    test_release(&t, kept);
    test_broker_done(&t);
}

static void a_fork_goes_its_own_way(void **state)
{
    struct test_broker t;
    struct emulator_error error;
    (void)state;
    test_broker_init(&t);
    test_queue(&t, "q", NULL);
    test_publish_body(&t, "q", "1", 0, -1);
    struct emulator_checkpoint *kept = test_checkpoint(&t);
    struct emulator_host host = {.heap = t.heap, .clock = &t.clock, .random = &t.random};
    struct emulator *fork = rabbitmq_emulator_type.fork(t.emulator, kept, &host, &error);
    assert_non_null(fork);
    struct test_broker child = {.heap = t.heap, .emulator = fork};
    child.vhost = rabbit_vhost_find(rabbit_of(fork), slice_str("/"));
    test_publish_body(&child, "q", "2", 0, -1);
    test_publish_body(&child, "q", "3", 0, -1);
    assert_int_equal(find(&child, "q")->state->ready.count, 3);
    assert_int_equal(find(&t, "q")->state->ready.count, 1);
    rabbitmq_emulator_type.destroy(fork);
    test_release(&t, kept);
    test_broker_done(&t);
}

static void a_reset_empties_everything(void **state)
{
    struct test_broker t;
    struct test_channel a;
    (void)state;
    test_broker_init(&t);
    test_channel_open(&t, &a, 1);
    test_consume(&t, &a, test_queue(&t, "q", NULL), "a", false);
    test_publish_body(&t, "q", "1", 0, -1);
    rabbitmq_emulator_type.reset(t.emulator);
    assert_null(find(&t, "q"));
    assert_int_equal(a.cancelled, 1);
    assert_int_equal(a.closed, 0);
    test_settle(&t, &a, 1, RABBIT_ACK);
    assert_non_null(test_queue(&t, "q", NULL));
    test_channel_close(&t, &a);
    test_broker_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_channels_owe_again_what_they_owed),
        cmocka_unit_test(what_closed_channels_owed_is_ready_again),
        cmocka_unit_test(entities_come_and_go),
        cmocka_unit_test(bindings_are_rewound),
        cmocka_unit_test(exclusive_queues_follow_their_owners),
        cmocka_unit_test(a_fork_goes_its_own_way),
        cmocka_unit_test(a_reset_empties_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
