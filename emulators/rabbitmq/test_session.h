/* A broker and clients that talk to it over memory: what the tests of sessions are written in.
 *
 * A client says methods and contents; `test_hear` takes the next frame that the broker has answered. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TEST_SESSION_H
#define PARLEL_EMULATORS_RABBITMQ_TEST_SESSION_H

#include <stdio.h>

#include "common/fault.h"
#include "common/journal.h"
#include "common/reader.h"
#include "common/unit_test.h"
#include "emulators/rabbitmq/rabbitmq.h"
#include "emulators/rabbitmq/session.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

struct test_broker {
    struct clock clock;
    struct random random;
    struct journal journal;
    struct fault_rules faults;
    struct heap *heap;
    struct emulator *emulator;
};

static inline void test_broker_init(struct test_broker *b)
{
    struct emulator_error error;
    memset(b, 0, sizeof(*b));
    clock_init(&b->clock, 1900000000000000);
    random_seed(&b->random, 1);
    fault_rules_init(&b->faults, &b->random);
    assert_true(journal_resize(&b->journal, 256, 4096));
    b->heap = heap_create(0);
    struct emulator_host host = {.heap = b->heap,
                                 .clock = &b->clock,
                                 .random = &b->random,
                                 .journal = &b->journal,
                                 .faults = &b->faults};
    b->emulator = rabbitmq_emulator_type.create(&host, &error);
    assert_non_null(b->emulator);
}

/* Everything is given back. */
static inline void test_broker_done(struct test_broker *b)
{
    rabbitmq_emulator_type.destroy(b->emulator);
    assert_int_equal(heap_used(b->heap), 0);
    heap_destroy(b->heap);
    fault_rules_done(&b->faults);
    journal_done(&b->journal);
    clock_done(&b->clock);
}

static inline struct transport *test_connect(struct test_broker *b)
{
    struct transport *client = memory_transport_create();
    assert_non_null(client);
    assert_true(rabbitmq_emulator_type.session_open(b->emulator, client));
    return client;
}

/* ---- what a client says */

static inline void test_feed(struct transport *client, struct outq *out)
{
    memory_transport_feed(client, outq_flatten(out));
    outq_done(out);
}

static inline void test_say(struct transport *client, uint16_t channel, enum amqp_method_id id,
                            const void *fields)
{
    struct outq out = {0};
    amqp_method_put(&out, channel, id, fields);
    test_feed(client, &out);
}

/* basic.publish with its content; nothing is fed yet. */
static inline void test_put_publish(struct outq *out, uint16_t channel, const char *exchange,
                                    const char *routing_key, const char *body)
{
    struct amqp_basic_publish publish = {.exchange = slice_str(exchange),
                                         .routing_key = slice_str(routing_key)};
    amqp_method_put(out, channel, AMQP_BASIC_PUBLISH, &publish);
    amqp_put_content(out, channel, slice_of("\0\0", 2), slice_str(body), 0);
}

static inline void test_publish(struct transport *client, uint16_t channel, const char *exchange,
                                const char *routing_key, const char *body)
{
    struct outq out = {0};
    test_put_publish(&out, channel, exchange, routing_key, body);
    test_feed(client, &out);
}

/* ---- what it hears */

/* Takes the next frame; type 0: there is none. Its payload lies in `room`. */
static inline struct amqp_frame test_take_frame(struct transport *client, uint8_t *room,
                                                size_t size)
{
    struct slice all = outq_flatten(&client->out);
    struct reader reader = reader_of(all);
    struct amqp_frame frame = {.type = read_u8(&reader)};
    frame.channel = read_u16(&reader);
    struct slice payload = read_bytes(&reader, read_u32(&reader));
    uint8_t end = read_u8(&reader);
    if (!reader.ok)
        return (struct amqp_frame){0};
    assert_int_equal(end, AMQP_FRAME_END);
    assert_true(payload.len <= size);
    memcpy(room, payload.ptr, payload.len);
    frame.payload = slice_of(room, payload.len);
    outq_take(&client->out, payload.len + AMQP_FRAME_OVERHEAD);
    return frame;
}

/* The next frame has to be this method of this channel; its texts stay valid until the next one. */
static inline union amqp_method test_hear(struct transport *client, uint16_t channel,
                                          enum amqp_method_id id)
{
    static uint8_t room[65536];
    const struct amqp_method_info *info = NULL;
    union amqp_method method;
    struct amqp_frame frame = test_take_frame(client, room, sizeof(room));
    assert_int_equal(frame.type, AMQP_FRAME_METHOD);
    assert_int_equal(amqp_method_decode(frame.payload, &info, &method), AMQP_METHOD_OK);
    assert_string_equal(info->name, amqp_method_find(AMQP_CLASS_OF(id), AMQP_METHOD_OF(id))->name);
    assert_int_equal(frame.channel, channel);
    return method;
}

/* The next two frames have to be a content of this body. */
static inline void test_hear_content(struct transport *client, const char *body)
{
    uint8_t room[1024];
    struct amqp_content_header header;
    struct amqp_frame frame = test_take_frame(client, room, sizeof(room));
    assert_int_equal(frame.type, AMQP_FRAME_HEADER);
    assert_true(amqp_content_header_decode(frame.payload, &header));
    assert_int_equal(header.body_size, strlen(body));
    frame = test_take_frame(client, room, sizeof(room));
    assert_int_equal(frame.type, AMQP_FRAME_BODY);
    assert_true(slice_eq_str(frame.payload, body));
}

static inline void test_hear_nothing(struct transport *client)
{
    assert_int_equal(outq_len(&client->out), 0);
}

static inline void assert_text(struct slice got, const char *expected)
{
    char text[512];
    snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(got));
    assert_string_equal(text, expected);
}

/* ---- the usual beginnings */

/* capable: with the capabilities that matter to the broker. */
static inline void test_start(struct transport *client, const char *password, bool capable)
{
    struct outq table = {0};
    struct amqp_table_writer w;
    char response[64];
    int len = snprintf(response, sizeof(response), "%cguest%c%s", 0, 0, password);
    amqp_table_writer_init(&w, &table);
    amqp_table_begin_table(&w, slice_str("capabilities"));
    amqp_table_put_bool(&w, slice_str("authentication_failure_close"), capable);
    amqp_table_put_bool(&w, slice_str("connection.blocked"), capable);
    amqp_table_put_bool(&w, slice_str("consumer_cancel_notify"), capable);
    amqp_table_end(&w);
    struct amqp_connection_start_ok ok = {.client_properties = outq_flatten(&table),
                                          .mechanism = slice_str("PLAIN"),
                                          .response = slice_of(response, (size_t)len),
                                          .locale = slice_str("en_US")};
    memory_transport_feed(client, slice_of("AMQP\0\0\x09\x01", 8));
    test_hear(client, 0, AMQP_CONNECTION_START);
    test_say(client, 0, AMQP_CONNECTION_START_OK, &ok);
    outq_done(&table);
}

static inline void test_tune(struct transport *client, uint32_t frame_max)
{
    struct amqp_connection_tune_ok ok = {.channel_max = 16, .frame_max = frame_max, .heartbeat = 1};
    test_hear(client, 0, AMQP_CONNECTION_TUNE);
    test_say(client, 0, AMQP_CONNECTION_TUNE_OK, &ok);
}

static inline void test_open(struct transport *client, const char *vhost)
{
    struct amqp_connection_open open = {.virtual_host = slice_str(vhost)};
    test_say(client, 0, AMQP_CONNECTION_OPEN, &open);
}

static inline void test_open_channel(struct transport *client, uint16_t channel)
{
    struct amqp_channel_open open = {0};
    test_say(client, channel, AMQP_CHANNEL_OPEN, &open);
    test_hear(client, channel, AMQP_CHANNEL_OPEN_OK);
}

/* An open connection with channel 1. */
static inline struct transport *test_client(struct test_broker *b, uint32_t frame_max)
{
    struct transport *client = test_connect(b);
    test_start(client, "guest", true);
    test_tune(client, frame_max);
    test_open(client, "/");
    test_hear(client, 0, AMQP_CONNECTION_OPEN_OK);
    test_open_channel(client, 1);
    return client;
}

static inline void test_declare(struct transport *client, const char *queue)
{
    struct amqp_queue_declare declare = {.queue = slice_str(queue)};
    test_say(client, 1, AMQP_QUEUE_DECLARE, &declare);
    test_hear(client, 1, AMQP_QUEUE_DECLARE_OK);
}

static inline void test_consume(struct transport *client, const char *queue, const char *tag,
                                bool no_ack)
{
    struct amqp_basic_consume consume = {
        .queue = slice_str(queue), .consumer_tag = slice_str(tag), .no_ack = no_ack};
    test_say(client, 1, AMQP_BASIC_CONSUME, &consume);
    test_hear(client, 1, AMQP_BASIC_CONSUME_OK);
}

/* The connection ends. */
static inline void test_leave(struct transport *client)
{
    memory_transport_destroy(client);
}

#endif
