#include "emulators/rabbitmq/test_broker.h"

static const struct slice no_headers = {NULL, 0};

static bool declare(struct test_broker *b, const char *name, const char *type)
{
    return rabbit_exchange_declare(
        b->vhost,
        &(struct rabbit_exchange_options){.name = slice_str(name), .type = slice_str(type)},
        &b->error);
}

static bool declare_auto_delete(struct test_broker *b, const char *name)
{
    return rabbit_exchange_declare(b->vhost,
                                   &(struct rabbit_exchange_options){.name = slice_str(name),
                                                                     .type = slice_str("fanout"),
                                                                     .auto_delete = true},
                                   &b->error);
}

/* With one argument, a text. */
static bool declare_with(struct test_broker *b, const char *name, const char *type,
                         const char *argument, const char *value)
{
    struct outq out;
    struct amqp_table_writer writer;
    outq_init(&out);
    amqp_table_writer_init(&writer, &out);
    amqp_table_put_bytes(&writer, slice_str(argument), 'S', slice_str(value));
    struct rabbit_exchange_options options = {
        .name = slice_str(name), .type = slice_str(type), .arguments = outq_flatten(&out)};
    bool ok = rabbit_exchange_declare(b->vhost, &options, &b->error);
    outq_done(&out);
    return ok;
}

static bool unbind(struct test_broker *b, const char *source, const char *queue, const char *key)
{
    struct rabbit_binding_options options = {.source = slice_str(source),
                                             .destination = slice_str(queue),
                                             .routing_key = slice_str(key)};
    return rabbit_unbind(b->vhost, &options, &b->error);
}

static bool exists(struct test_broker *b, const char *name)
{
    return rabbit_exchange_find(b->vhost, slice_str(name));
}

/* ---- declaring */

static void declarations_are_compared(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    assert_true(declare(&b, "x", "topic"));
    assert_true(declare(&b, "x", "topic"));
    test_refused(&b, declare(&b, "x", "direct"),
                 "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': "
                 "received 'direct' but current is 'topic'");
    test_refused(&b, declare_auto_delete(&b, "amq.fanout"),
                 "PRECONDITION_FAILED - inequivalent arg 'durable' for exchange 'amq.fanout' in "
                 "vhost '/': received 'false' but current is 'true'");
    test_refused(&b, declare_with(&b, "x", "topic", "alternate-exchange", "a"),
                 "PRECONDITION_FAILED - inequivalent arg 'alternate-exchange' for exchange 'x' "
                 "in vhost '/': received the value 'a' of type 'longstr' but current is none");
    test_refused(&b, declare(&b, "x", "bogus"), "COMMAND_INVALID - unknown exchange type 'bogus'");
    test_refused(&b, declare(&b, "amq.x", "topic"),
                 "ACCESS_REFUSED - exchange name 'amq.x' contains reserved prefix 'amq.*'");
    test_refused(&b, declare(&b, "", "topic"),
                 "ACCESS_REFUSED - operation not permitted on the default exchange");
    test_broker_done(&b);
}

/* ---- bindings */

static void bindings_count_once(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    assert_true(test_declare_queue(&b, "q"));
    for (unsigned i = 0; i < 2; i++)
        assert_true(test_bind(&b, "amq.direct", "q", "k"));
    assert_true(test_bind(&b, "amq.direct", "q", "other"));
    assert_int_equal(test_publish(&b, "amq.direct", "k", no_headers), RABBIT_PUBLISHED);
    assert_int_equal(test_ready(&b, "q"), 1);
    assert_true(unbind(&b, "amq.direct", "q", "k"));
    assert_true(unbind(&b, "amq.direct", "q", "k"));
    assert_int_equal(test_publish(&b, "amq.direct", "k", no_headers), RABBIT_UNROUTED);
    assert_int_equal(test_publish(&b, "amq.direct", "other", no_headers), RABBIT_PUBLISHED);
    test_refused(&b, test_bind(&b, "nope", "nope", ""),
                 "NOT_FOUND - no exchange 'nope' in vhost '/'");
    test_refused(&b, test_bind(&b, "amq.direct", "nope", ""),
                 "NOT_FOUND - no queue 'nope' in vhost '/'");
    assert_true(unbind(&b, "nope", "nope", ""));
    test_broker_done(&b);
}

static void deletion_takes_bindings_of_both_ends(void **state)
{
    struct test_broker b;
    uint64_t count;
    (void)state;
    test_broker_init(&b);
    assert_true(declare(&b, "x", "fanout") && declare(&b, "y", "fanout"));
    assert_true(test_declare_queue(&b, "q"));
    assert_true(test_bind_exchange(&b, "x", "y", "") && test_bind(&b, "y", "q", ""));
    test_refused(&b, rabbit_exchange_delete(b.vhost, slice_str("x"), true, &b.error),
                 "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use");
    assert_true(rabbit_exchange_delete(b.vhost, slice_str("y"), false, &b.error));
    assert_true(rabbit_exchange_delete(b.vhost, slice_str("y"), false, &b.error));
    assert_true(rabbit_exchange_delete(b.vhost, slice_str("x"), true, &b.error));
    assert_int_equal(rabbit_queue_find(b.vhost, slice_str("q"))->state->bindings.count, 0);
    assert_true(test_bind(&b, "amq.fanout", "q", ""));
    assert_true(rabbit_queue_delete(b.vhost, slice_str("q"), 0, false, false, &count, &b.error));
    assert_int_equal(test_publish(&b, "amq.fanout", "", no_headers), RABBIT_UNROUTED);
    test_broker_done(&b);
}

/* A chain of exchanges goes with the queue at its end, one that is bound elsewhere stays. */
static void auto_delete_goes_along(void **state)
{
    struct test_broker b;
    char name[16], next[16];
    uint64_t count;
    (void)state;
    test_broker_init(&b);
    assert_true(test_declare_queue(&b, "q") && test_declare_queue(&b, "other"));
    assert_true(declare_auto_delete(&b, "stays"));
    assert_true(declare_auto_delete(&b, "x0"));
    for (unsigned i = 1; i < 2000; i++) {
        snprintf(name, sizeof(name), "x%u", i - 1);
        snprintf(next, sizeof(next), "x%u", i);
        assert_true(declare_auto_delete(&b, next) && test_bind_exchange(&b, name, next, ""));
    }
    assert_true(test_bind(&b, "x1999", "q", ""));
    assert_true(test_bind_exchange(&b, "x1999", "x1999", "itself"));
    assert_true(test_bind(&b, "stays", "q", "") && test_bind(&b, "stays", "other", ""));
    assert_true(rabbit_queue_delete(b.vhost, slice_str("q"), 0, false, false, &count, &b.error));
    assert_true(exists(&b, "x1999")); /* it is bound to itself */
    assert_true(rabbit_exchange_delete(b.vhost, slice_str("x1999"), false, &b.error));
    assert_false(exists(&b, "x1999"));
    assert_false(exists(&b, "x0"));
    assert_true(exists(&b, "stays"));
    assert_true(unbind(&b, "stays", "other", ""));
    assert_false(exists(&b, "stays"));
    test_broker_done(&b);
}

/* ---- routing */

static void exchanges_lead_on_in_circles(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    assert_true(declare(&b, "x", "fanout") && declare(&b, "y", "direct"));
    assert_true(test_declare_queue(&b, "q") && test_declare_queue(&b, "r"));
    assert_true(test_bind_exchange(&b, "x", "y", "") && test_bind_exchange(&b, "y", "x", "k") &&
                test_bind_exchange(&b, "x", "x", ""));
    assert_true(test_bind(&b, "x", "q", "") && test_bind(&b, "y", "q", "k") &&
                test_bind(&b, "y", "r", "k"));
    assert_int_equal(test_publish(&b, "x", "k", no_headers), RABBIT_PUBLISHED);
    assert_int_equal(test_ready(&b, "q"), 1);
    assert_int_equal(test_ready(&b, "r"), 1);
    assert_int_equal(test_publish(&b, "y", "other", no_headers), RABBIT_UNROUTED);
    test_broker_done(&b);
}

static void alternates_take_what_matches_nothing(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    assert_true(test_declare_queue(&b, "q") && test_declare_queue(&b, "rest"));
    assert_true(declare_with(&b, "x", "direct", "alternate-exchange", "y"));
    assert_true(test_bind(&b, "x", "q", "k"));
    assert_int_equal(test_publish(&b, "x", "z", no_headers), RABBIT_UNROUTED); /* no y yet */
    assert_true(declare_with(&b, "y", "direct", "alternate-exchange", "amq.fanout"));
    assert_true(test_bind(&b, "amq.fanout", "rest", ""));
    assert_int_equal(test_publish(&b, "x", "z", no_headers), RABBIT_PUBLISHED);
    assert_int_equal(test_publish(&b, "x", "k", no_headers), RABBIT_PUBLISHED);
    assert_int_equal(test_ready(&b, "q"), 1);
    assert_int_equal(test_ready(&b, "rest"), 1);
    test_broker_done(&b);
}

/* A table with an array of texts, or with a text, and a number. */
static struct slice make_headers(struct outq *out, const char *name, const char *const *texts,
                                 const char *text, int64_t delay)
{
    struct amqp_table_writer writer;
    outq_init(out);
    amqp_table_writer_init(&writer, out);
    if (texts) {
        amqp_table_begin_array(&writer, slice_str(name));
        for (; *texts; texts++)
            amqp_table_put_bytes(&writer, (struct slice){0}, 'S', slice_str(*texts));
        amqp_table_end(&writer);
    } else if (text) {
        amqp_table_put_bytes(&writer, slice_str(name), 'S', slice_str(text));
    } else {
        amqp_table_put_integer(&writer, slice_str(name), 'I', delay);
    }
    return outq_flatten(out);
}

static void further_keys_are_routed(void **state)
{
    static const char *const keys[] = {"b", "c", "b", NULL};
    struct test_broker b;
    struct outq out;
    (void)state;
    test_broker_init(&b);
    assert_true(test_declare_queue(&b, "a") && test_declare_queue(&b, "b") &&
                test_declare_queue(&b, "c"));
    struct slice headers = make_headers(&out, "CC", keys, NULL, 0);
    assert_int_equal(test_publish(&b, "", "a", headers), RABBIT_PUBLISHED);
    outq_done(&out);
    for (const char *name = "abc"; *name; name++)
        assert_int_equal(test_ready(&b, (const char[]){*name, '\0'}), 1);
    headers = make_headers(&out, "BCC", NULL, "b", 0);
    assert_int_equal(test_publish(&b, "", "a", headers), RABBIT_PUBLISH_FAILED);
    assert_string_equal(b.error.text, "PRECONDITION_FAILED - invalid message: "
                                      "{unacceptable_type_in_header,\"BCC\",longstr}");
    outq_done(&out);
    test_broker_done(&b);
}

/* ---- delayed messages */

static void delayed_messages_wait(void **state)
{
    struct test_broker b;
    struct outq out;
    (void)state;
    test_broker_init(&b);
    assert_true(test_declare_queue(&b, "q"));
    assert_true(declare_with(&b, "x", "x-delayed-message", "x-delayed-type", "fanout"));
    assert_true(test_bind(&b, "x", "q", ""));
    struct slice headers = make_headers(&out, "x-delay", NULL, NULL, 5000);
    test_publish(&b, "x", "", headers);
    test_publish(&b, "x", "", no_headers);
    assert_int_equal(test_ready(&b, "q"), 1);
    clock_advance(&b.clock, 4000000);
    struct emulator_checkpoint *checkpoint = test_checkpoint(&b);
    test_publish(&b, "x", "", headers);
    clock_advance(&b.clock, 1000000);
    assert_int_equal(test_ready(&b, "q"), 2);
    clock_advance(&b.clock, 4000000);
    assert_int_equal(test_ready(&b, "q"), 3);
    /* Rewound, the first waits again and the second never was. */
    clock_set(&b.clock, TEST_BROKER_NOW_US + 4000000);
    test_rewind(&b, checkpoint);
    assert_int_equal(test_ready(&b, "q"), 1);
    clock_advance(&b.clock, 999000);
    assert_int_equal(test_ready(&b, "q"), 1);
    clock_advance(&b.clock, 10000000);
    assert_int_equal(test_ready(&b, "q"), 2);
    test_release(&b, checkpoint);
    outq_done(&out);
    test_broker_done(&b);
}

/* ---- undo, and short memory */

static void rewinds_bring_routes_back(void **state)
{
    static const char *const types[] = {"direct", "fanout", "topic", "headers"};
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct test_broker b;
        test_broker_init(&b);
        assert_true(declare(&b, "x", types[i]) && declare(&b, "e", "fanout"));
        assert_true(test_declare_queue(&b, "q") && test_declare_queue(&b, "r"));
        assert_true(test_bind(&b, "x", "q", "k") && test_bind_exchange(&b, "x", "e", "k"));
        struct emulator_checkpoint *checkpoint = test_checkpoint(&b);
        assert_true(unbind(&b, "x", "q", "k") && test_bind(&b, "x", "r", "k") &&
                    test_bind(&b, "e", "r", ""));
        test_publish(&b, "x", "k", no_headers);
        assert_int_equal(test_ready(&b, "q"), 0);
        assert_int_equal(test_ready(&b, "r"), 1);
        assert_true(rabbit_exchange_delete(b.vhost, slice_str("e"), false, &b.error));
        for (unsigned times = 0; times < 2; times++) {
            test_rewind(&b, checkpoint);
            test_publish(&b, "x", "k", no_headers);
            assert_int_equal(test_ready(&b, "q"), 1);
            assert_int_equal(test_ready(&b, "r"), 0);
            assert_true(exists(&b, "e"));
        }
        test_release(&b, checkpoint);
        assert_true(rabbit_exchange_delete(b.vhost, slice_str("x"), false, &b.error));
        test_broker_done(&b);
    }
}

/* Whatever allocation fails, a binding is there with all that belongs to it, or nothing of it is. */
static void short_memory_leaves_nothing_half_done(void **state)
{
    static const char *const types[] = {"direct", "fanout", "topic", "headers"};
    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct test_broker b;
        bool bound = false, unbound = false;
        test_broker_init(&b);
        assert_true(declare(&b, "x", types[i]) && test_declare_queue(&b, "q"));
        for (size_t more = 0; !bound; more += 16) {
            struct emulator_checkpoint *checkpoint = test_checkpoint(&b);
            heap_set_limit(b.heap, heap_used(b.heap) + more);
            bound = test_bind(&b, "x", "q", "a.b.c");
            heap_set_limit(b.heap, 0);
            assert_int_equal(rabbit_exchange_find(b.vhost, slice_str("x"))->state->bindings.count,
                             bound);
            assert_int_equal(rabbit_queue_find(b.vhost, slice_str("q"))->state->bindings.count,
                             bound);
            assert_int_equal(test_publish(&b, "x", "a.b.c", no_headers),
                             bound ? RABBIT_PUBLISHED : RABBIT_UNROUTED);
            test_release(&b, checkpoint);
        }
        for (size_t more = 0; !unbound; more += 16) {
            struct emulator_checkpoint *checkpoint = test_checkpoint(&b);
            heap_set_limit(b.heap, heap_used(b.heap) + more);
            unbound = unbind(&b, "x", "q", "a.b.c");
            heap_set_limit(b.heap, 0);
            assert_int_equal(rabbit_exchange_find(b.vhost, slice_str("x"))->state->bindings.count,
                             !unbound);
            assert_int_equal(rabbit_queue_find(b.vhost, slice_str("q"))->state->bindings.count,
                             !unbound);
            assert_int_equal(test_publish(&b, "x", "a.b.c", no_headers),
                             unbound ? RABBIT_UNROUTED : RABBIT_PUBLISHED);
            test_release(&b, checkpoint);
        }
        test_broker_done(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declarations_are_compared),
        cmocka_unit_test(bindings_count_once),
        cmocka_unit_test(deletion_takes_bindings_of_both_ends),
        cmocka_unit_test(auto_delete_goes_along),
        cmocka_unit_test(exchanges_lead_on_in_circles),
        cmocka_unit_test(alternates_take_what_matches_nothing),
        cmocka_unit_test(further_keys_are_routed),
        cmocka_unit_test(delayed_messages_wait),
        cmocka_unit_test(rewinds_bring_routes_back),
        cmocka_unit_test(short_memory_leaves_nothing_half_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
