/* Channels: contents in and out, confirms, transactions, direct replies, what ends them. */
#include "emulators/rabbitmq/reply_to.h"
#include "emulators/rabbitmq/test_session.h"

static void a_mistake_ends_its_channel_alone(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_open_channel(client, 2);
    test_publish(client, 1, "nope", "", "x");
    struct amqp_channel_close close = test_hear(client, 1, AMQP_CHANNEL_CLOSE).channel_close;
    assert_text(close.reply_text, "NOT_FOUND - no exchange 'nope' in vhost '/'");
    assert_int_equal(close.method_id, AMQP_METHOD_OF(AMQP_BASIC_PUBLISH));
    test_publish(client, 1, "", "q", "ignored"); /* until close-ok has come */
    test_hear_nothing(client);
    test_say(client, 1, AMQP_CHANNEL_CLOSE_OK, NULL);
    test_open_channel(client, 1);
    test_publish(client, 2, "", "q", "x");
    test_hear_nothing(client);
    test_leave(client);
    test_broker_done(&b);
}

static void contents_have_an_order(void **state)
{
    struct test_broker b;
    struct amqp_basic_publish publish = {.routing_key = slice_str("q")};
    struct amqp_basic_qos qos = {0};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_say(client, 1, AMQP_BASIC_PUBLISH, &publish);
    test_say(client, 1, AMQP_BASIC_QOS, &qos);
    struct amqp_connection_close close =
        test_hear(client, 0, AMQP_CONNECTION_CLOSE).connection_close;
    assert_text(close.reply_text, "UNEXPECTED_FRAME - expected content header for class 60, got "
                                  "non content header frame instead");
    test_leave(client);
    test_broker_done(&b);
}

static void a_mistake_may_end_the_connection(void **state)
{
    struct test_broker b;
    struct amqp_basic_publish publish = {.routing_key = slice_str("q"), .immediate = true};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_say(client, 1, AMQP_BASIC_PUBLISH, &publish);
    assert_text(test_hear(client, 0, AMQP_CONNECTION_CLOSE).connection_close.reply_text,
                "NOT_IMPLEMENTED - immediate=true");
    test_say(client, 1, AMQP_BASIC_PUBLISH, &publish);
    test_hear_nothing(client);
    test_leave(client);
    test_broker_done(&b);
}

/* What one client says from its header on: declares, consumes, publishes. */
static void put_session(struct outq *out)
{
    struct amqp_connection_start_ok start = {.mechanism = slice_str("PLAIN"),
                                             .response = slice_of("\0guest\0guest", 12),
                                             .locale = slice_str("en_US")};
    struct amqp_connection_tune_ok tune = {.channel_max = 4, .frame_max = 16384};
    struct amqp_connection_open open = {.virtual_host = slice_str("/")};
    struct amqp_channel_open channel = {0};
    struct amqp_queue_declare declare = {.queue = slice_str("q")};
    struct amqp_basic_consume consume = {.consumer_tag = slice_str("c"), .no_ack = true};
    char body[20000]; /* its first frame is long enough to be read apart */
    memset(body, 'b', sizeof(body) - 1);
    body[sizeof(body) - 1] = 0;
    outq_put(out, "AMQP\0\0\x09\x01", 8);
    amqp_method_put(out, 0, AMQP_CONNECTION_START_OK, &start);
    amqp_method_put(out, 0, AMQP_CONNECTION_TUNE_OK, &tune);
    amqp_method_put(out, 0, AMQP_CONNECTION_OPEN, &open);
    amqp_method_put(out, 1, AMQP_CHANNEL_OPEN, &channel);
    amqp_method_put(out, 1, AMQP_QUEUE_DECLARE, &declare);
    amqp_method_put(out, 1, AMQP_BASIC_CONSUME, &consume);
    struct amqp_basic_publish publish = {.routing_key = slice_str("q")};
    amqp_method_put(out, 1, AMQP_BASIC_PUBLISH, &publish);
    amqp_put_content(out, 1, slice_of("\0\0", 2), slice_str(body), 16384);
}

/* Feeds the session cut at one place, or byte by byte (cut 0); returns what came back. */
static struct slice replay(struct test_broker *b, struct slice said, size_t cut,
                           struct transport **out_client)
{
    struct transport *client = *out_client = test_connect(b);
    if (cut) {
        memory_transport_feed(client, slice_of(said.ptr, cut));
        memory_transport_feed(client, slice_from(said, cut));
    } else {
        for (size_t i = 0; i < said.len; i++)
            memory_transport_feed(client, slice_of(said.ptr + i, 1));
    }
    return outq_flatten(&client->out);
}

static void input_may_be_cut_anywhere(void **state)
{
    struct test_broker whole, cut;
    struct transport *client, *other;
    struct outq said = {0};
    (void)state;
    put_session(&said);
    struct slice bytes = outq_flatten(&said);
    test_broker_init(&whole);
    struct slice expected = replay(&whole, bytes, bytes.len, &client);
    for (size_t at = 0; at < bytes.len; at += at < 600 ? 1 : 61) {
        test_broker_init(&cut);
        assert_true(slice_eq(replay(&cut, bytes, at, &other), expected));
        test_leave(other);
        test_broker_done(&cut);
    }
    test_leave(client);
    test_broker_done(&whole);
    outq_done(&said);
}

/* A body's memory goes while the body is being read to it. */
static void a_connection_may_end_within_a_body(void **state)
{
    struct test_broker b;
    struct outq out = {0};
    char body[20000];
    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = 0;
    for (size_t heard = 10000; heard < 20060; heard += 10000) {
        test_broker_init(&b);
        struct transport *client = test_client(&b, 131072);
        test_put_publish(&out, 1, "", "q", body);
        struct slice said = outq_flatten(&out);
        memory_transport_feed(client, slice_of(said.ptr, heard));
        rabbit_connection_force(client->session, "enough");
        assert_text(test_hear(client, 0, AMQP_CONNECTION_CLOSE).connection_close.reply_text,
                    "CONNECTION_FORCED - enough");
        memory_transport_feed(client, slice_from(said, heard));
        test_hear_nothing(client);
        test_say(client, 0, AMQP_CONNECTION_CLOSE_OK, NULL);
        assert_false(memory_transport_turn(client));
        memory_transport_destroy(client);
        outq_done(&out);
        test_broker_done(&b);
    }
}

static void deliveries_fit_the_frame_size(void **state)
{
    struct test_broker b;
    uint8_t room[4096];
    char body[5001];
    (void)state;
    memset(body, 'x', sizeof(body) - 1);
    body[sizeof(body) - 1] = 0;
    test_broker_init(&b);
    struct transport *publisher = test_client(&b, 131072);
    struct transport *consumer = test_client(&b, 4096);
    test_declare(consumer, "q");
    test_consume(consumer, "q", "c", true);
    test_publish(publisher, 1, "", "q", body);
    test_hear(consumer, 1, AMQP_BASIC_DELIVER);
    assert_int_equal(test_take_frame(consumer, room, sizeof(room)).type, AMQP_FRAME_HEADER);
    assert_int_equal(test_take_frame(consumer, room, sizeof(room)).payload.len, 4088);
    assert_int_equal(test_take_frame(consumer, room, sizeof(room)).payload.len, 5000 - 4088);
    test_leave(publisher);
    test_leave(consumer);
    test_broker_done(&b);
}

static void confirms_come_together(void **state)
{
    struct test_broker b;
    struct amqp_confirm_select select = {0};
    struct outq out = {0};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_say(client, 1, AMQP_CONFIRM_SELECT, &select);
    test_hear(client, 1, AMQP_CONFIRM_SELECT_OK);
    for (unsigned i = 0; i < 3; i++)
        test_put_publish(&out, 1, "", "nowhere", "x");
    test_feed(client, &out);
    struct amqp_basic_ack ack = test_hear(client, 1, AMQP_BASIC_ACK).basic_ack;
    assert_int_equal(ack.delivery_tag, 3);
    assert_true(ack.multiple);
    test_hear_nothing(client);
    test_leave(client);
    test_broker_done(&b);
}

static void transactions_hold(void **state)
{
    struct test_broker b;
    struct amqp_basic_get get = {.queue = slice_str("q")};
    struct amqp_basic_ack ack = {.delivery_tag = 1};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_declare(client, "q");
    test_say(client, 1, AMQP_TX_SELECT, NULL);
    test_hear(client, 1, AMQP_TX_SELECT_OK);
    test_publish(client, 1, "", "q", "one");
    test_say(client, 1, AMQP_BASIC_GET, &get);
    test_hear(client, 1, AMQP_BASIC_GET_EMPTY);
    test_say(client, 1, AMQP_TX_COMMIT, NULL);
    test_hear(client, 1, AMQP_TX_COMMIT_OK);
    test_publish(client, 1, "", "q", "two");
    test_say(client, 1, AMQP_TX_ROLLBACK, NULL);
    test_hear(client, 1, AMQP_TX_ROLLBACK_OK);
    test_say(client, 1, AMQP_BASIC_GET, &get);
    assert_int_equal(test_hear(client, 1, AMQP_BASIC_GET_OK).basic_get_ok.message_count, 0);
    test_hear_content(client, "one");
    test_say(client, 1, AMQP_BASIC_ACK, &ack);
    test_say(client, 1, AMQP_BASIC_ACK, &ack);
    assert_text(test_hear(client, 1, AMQP_CHANNEL_CLOSE).channel_close.reply_text,
                "PRECONDITION_FAILED - unknown delivery tag 1");
    test_leave(client);
    test_broker_done(&b);
}

/* Publishes a request with reply-to; the server gets the address in *out. */
static void ask(struct transport *client, struct transport *server, char out[64])
{
    static const uint8_t properties[] = "\x02\x00\x15" RABBIT_REPLY_TO;
    uint8_t room[256];
    struct outq said = {0};
    struct amqp_basic_publish publish = {.routing_key = slice_str("rpc")};
    struct amqp_content_header header;
    struct amqp_properties read;
    amqp_method_put(&said, 1, AMQP_BASIC_PUBLISH, &publish);
    amqp_put_content(&said, 1, slice_of(properties, sizeof(properties) - 1), slice_str("2+2"), 0);
    test_feed(client, &said);
    test_hear(server, 1, AMQP_BASIC_DELIVER);
    struct amqp_frame frame = test_take_frame(server, room, sizeof(room));
    assert_true(amqp_content_header_decode(frame.payload, &header));
    assert_true(amqp_properties_decode(header.properties, &read));
    snprintf(out, 64, SLICE_FMT, SLICE_ARG(read.reply_to));
    test_take_frame(server, room, sizeof(room));
}

static void replies_come_directly(void **state)
{
    struct test_broker b;
    char address[64];
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    struct transport *server = test_client(&b, 131072);
    test_declare(server, "rpc");
    test_consume(server, "rpc", "s", true);
    test_consume(client, RABBIT_REPLY_TO, "answers", true);
    ask(client, server, address);
    test_publish(server, 1, "", address, "4");
    assert_text(test_hear(client, 1, AMQP_BASIC_DELIVER).basic_deliver.consumer_tag, "answers");
    test_hear_content(client, "4");
    test_leave(client);
    test_publish(server, 1, "", address, "too late");
    test_hear_nothing(server);
    test_leave(server);
    test_broker_done(&b);
}

static void consumers_learn_of_their_queue(void **state)
{
    struct test_broker b;
    struct amqp_queue_delete delete = {.queue = slice_str("q")};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    struct transport *other = test_client(&b, 131072);
    test_declare(client, "q");
    test_consume(client, "q", "c", false);
    test_say(other, 1, AMQP_QUEUE_DELETE, &delete);
    test_hear(other, 1, AMQP_QUEUE_DELETE_OK);
    struct amqp_basic_cancel cancel = test_hear(client, 1, AMQP_BASIC_CANCEL).basic_cancel;
    assert_text(cancel.consumer_tag, "c");
    assert_true(cancel.nowait);
    test_leave(client);
    test_leave(other);
    test_broker_done(&b);
}

/* The peer reads nothing: what is over the mark waits in its queue until it has. */
static void slow_consumers_are_waited_for(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    struct transport *publisher = test_client(&b, 131072);
    struct transport *consumer = test_client(&b, 131072);
    consumer->high_water = 1000;
    test_declare(consumer, "q");
    test_consume(consumer, "q", "c", true);
    for (unsigned i = 0; i < 100; i++)
        test_publish(publisher, 1, "", "q", "0123456789012345678901234567890123456789");
    size_t waiting = outq_len(&consumer->out);
    assert_in_range(waiting, 1000, 1200);
    memory_transport_turn(consumer);
    outq_take(&consumer->out, waiting);
    memory_transport_turn(consumer);
    assert_in_range(outq_len(&consumer->out), 1000, 1200);
    test_leave(publisher);
    test_leave(consumer);
    test_broker_done(&b);
}

static void a_rewind_brings_back_what_was_owed(void **state)
{
    struct test_broker b;
    struct amqp_basic_ack ack = {.delivery_tag = 1};
    struct amqp_basic_recover recover = {.requeue = true};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    test_declare(client, "q");
    test_publish(client, 1, "", "q", "x");
    test_consume(client, "q", "c", false);
    test_hear(client, 1, AMQP_BASIC_DELIVER);
    test_hear_content(client, "x");
    struct emulator_checkpoint *checkpoint = rabbitmq_emulator_type.checkpoint(b.emulator);
    test_say(client, 1, AMQP_BASIC_ACK, &ack);
    assert_true(rabbitmq_emulator_type.rewind(b.emulator, checkpoint));
    test_say(client, 1, AMQP_BASIC_RECOVER, &recover);
    test_hear(client, 1, AMQP_BASIC_RECOVER_OK);
    assert_true(test_hear(client, 1, AMQP_BASIC_DELIVER).basic_deliver.redelivered);
    rabbitmq_emulator_type.release(b.emulator, checkpoint);
    test_leave(client);
    test_broker_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistake_ends_its_channel_alone),
        cmocka_unit_test(a_mistake_may_end_the_connection),
        cmocka_unit_test(contents_have_an_order),
        cmocka_unit_test(input_may_be_cut_anywhere),
        cmocka_unit_test(a_connection_may_end_within_a_body),
        cmocka_unit_test(deliveries_fit_the_frame_size),
        cmocka_unit_test(confirms_come_together),
        cmocka_unit_test(transactions_hold),
        cmocka_unit_test(replies_come_directly),
        cmocka_unit_test(consumers_learn_of_their_queue),
        cmocka_unit_test(slow_consumers_are_waited_for),
        cmocka_unit_test(a_rewind_brings_back_what_was_owed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
