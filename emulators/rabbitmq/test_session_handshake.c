/* From the protocol header to connection.close. */
#include "emulators/rabbitmq/heartbeat.h"
#include "emulators/rabbitmq/test_session.h"

static struct rabbit_connection *connection_of(const struct transport *client)
{
    return client->session;
}

static void start_tells_of_the_server(void **state)
{
    struct test_broker b;
    struct amqp_value value;
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_connect(&b);
    memory_transport_feed(client, slice_of("AMQP\0\0\x09\x01", 8));
    struct amqp_connection_start start =
        test_hear(client, 0, AMQP_CONNECTION_START).connection_start;
    assert_int_equal(start.version_minor, 9);
    assert_text(start.mechanisms, "PLAIN AMQPLAIN");
    assert_true(amqp_table_get(start.server_properties, slice_str("product"), &value));
    assert_text(value.bytes, "RabbitMQ");
    assert_true(amqp_table_get(start.server_properties, slice_str("capabilities"), &value));
    assert_true(amqp_table_get(value.bytes, slice_str("publisher_confirms"), &value));
    assert_true(value.boolean);
    test_leave(client);
    test_broker_done(&b);
}

static void other_protocols_learn_of_this_one(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_connect(&b);
    memory_transport_feed(client, slice_str("GET / HTTP/1.1\r\n\r\n"));
    assert_true(slice_eq(outq_flatten(&client->out), slice_of("AMQP\0\0\x09\x01", 8)));
    assert_false(memory_transport_turn(client));
    test_leave(client);
    test_broker_done(&b);
}

static void refuse(bool capable)
{
    struct test_broker b;
    struct emulator_error error;
    test_broker_init(&b);
    assert_true(
        rabbitmq_emulator_type.set(b.emulator, slice_str("auth"), slice_str("strict"), &error));
    struct transport *client = test_connect(&b);
    test_start(client, "wrong", capable);
    if (capable) {
        struct amqp_connection_close close =
            test_hear(client, 0, AMQP_CONNECTION_CLOSE).connection_close;
        assert_text(close.reply_text,
                    "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. "
                    "For details see the broker logfile.");
        test_say(client, 0, AMQP_CONNECTION_CLOSE_OK, NULL);
    } else {
        test_hear_nothing(client);
        assert_true(memory_transport_turn(client));
        rabbit_heartbeats_look((struct rabbit *)(void *)b.emulator,
                               reactor_monotonic_us() + RABBIT_PATIENCE_US);
    }
    assert_false(memory_transport_turn(client));
    test_leave(client);
    test_broker_done(&b);
}

static void who_can_is_told_of_a_refused_login(void **state)
{
    (void)state;
    refuse(true);
}

static void who_cannot_waits_in_silence(void **state)
{
    (void)state;
    refuse(false);
}

static void an_unknown_virtual_host_is_named(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_connect(&b);
    test_start(client, "guest", true);
    test_tune(client, 131072);
    test_open(client, "nope");
    struct amqp_connection_close close =
        test_hear(client, 0, AMQP_CONNECTION_CLOSE).connection_close;
    assert_int_equal(close.reply_code, RABBIT_NOT_ALLOWED);
    assert_text(close.reply_text, "NOT_ALLOWED - vhost nope not found");
    assert_int_equal(close.class_id, AMQP_CLASS_CONNECTION);
    test_leave(client);
    test_broker_done(&b);
}

static void an_offer_is_not_to_be_raised(void **state)
{
    struct test_broker b;
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_connect(&b);
    test_start(client, "guest", true);
    test_tune(client, 131073);
    test_open(client, "/");
    test_hear_nothing(client);
    assert_int_equal(connection_of(client)->phase, RABBIT_PHASE_CLOSED);
    test_leave(client);
    test_broker_done(&b);
}

/* Each beat a second apart; what is said keeps the other side quiet. */
static void hearts_beat(void **state)
{
    struct test_broker b;
    uint8_t room[16];
    (void)state;
    test_broker_init(&b);
    struct rabbit *rabbit = (struct rabbit *)(void *)b.emulator;
    struct transport *client = test_client(&b, 131072);
    int64_t now_us = reactor_monotonic_us();
    rabbit_heartbeats_look(rabbit, now_us);
    test_hear_nothing(client);
    rabbit_heartbeats_look(rabbit, now_us + 500000);
    assert_int_equal(test_take_frame(client, room, sizeof(room)).type, AMQP_FRAME_HEARTBEAT);
    struct outq out = {0};
    amqp_put_heartbeat(&out);
    test_feed(client, &out);
    rabbit_heartbeats_look(rabbit, now_us + 1000000);
    rabbit_heartbeats_look(rabbit, now_us + 2000000);
    rabbit_heartbeats_look(rabbit, now_us + 2900000);
    assert_true(memory_transport_turn(client));
    rabbit_heartbeats_look(rabbit, now_us + 3000000);
    assert_false(memory_transport_turn(client));
    test_leave(client);
    test_broker_done(&b);
}

static void close_gives_back_everything(void **state)
{
    struct test_broker b;
    struct amqp_connection_close close = {.reply_code = 200};
    (void)state;
    test_broker_init(&b);
    struct transport *client = test_client(&b, 131072);
    struct transport *other = test_client(&b, 131072);
    struct amqp_queue_declare exclusive = {.queue = slice_str("mine"), .exclusive = true};
    struct amqp_queue_declare passive = {.queue = slice_str("mine"), .passive = true};
    test_say(client, 1, AMQP_QUEUE_DECLARE, &exclusive);
    test_hear(client, 1, AMQP_QUEUE_DECLARE_OK);
    test_say(client, 0, AMQP_CONNECTION_CLOSE, &close);
    test_hear(client, 0, AMQP_CONNECTION_CLOSE_OK);
    test_say(other, 1, AMQP_QUEUE_DECLARE, &passive);
    assert_int_equal(test_hear(other, 1, AMQP_CHANNEL_CLOSE).channel_close.reply_code,
                     RABBIT_NOT_FOUND);
    test_leave(client);
    test_leave(other);
    test_broker_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_tells_of_the_server),
        cmocka_unit_test(other_protocols_learn_of_this_one),
        cmocka_unit_test(who_can_is_told_of_a_refused_login),
        cmocka_unit_test(who_cannot_waits_in_silence),
        cmocka_unit_test(an_unknown_virtual_host_is_named),
        cmocka_unit_test(an_offer_is_not_to_be_raised),
        cmocka_unit_test(hearts_beat),
        cmocka_unit_test(close_gives_back_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
