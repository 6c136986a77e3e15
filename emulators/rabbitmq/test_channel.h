/* Channels without a wire, for tests of the engine: they write down what they are given. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TEST_CHANNEL_H
#define PARLEL_EMULATORS_RABBITMQ_TEST_CHANNEL_H

#include <stdlib.h>

#include "emulators/rabbitmq/channel.h"
#include "emulators/rabbitmq/peer.h"
#include "emulators/rabbitmq/test_broker.h"

#define TEST_GOT_MAX 64

/* A channel and what came over it: "body" of deliveries, in order. */
struct test_channel {
    struct rabbit_channel channel; /* FIRST */
    struct rabbit_peer peer;
    char got[TEST_GOT_MAX][16];
    uint64_t tags[TEST_GOT_MAX];
    unsigned count, cancelled, closed, timed_out;
    bool slow;
};

static inline void test_deliver(struct rabbit_channel *channel,
                                const struct rabbit_consumer *consumer, uint64_t tag,
                                const struct rabbit_entry *entry)
{
    struct test_channel *c = (void *)channel;
    struct slice body = rabbit_message_body(entry->message);
    (void)consumer;
    assert_true(c->count < TEST_GOT_MAX && body.len < 15);
    c->tags[c->count] = tag;
    snprintf(c->got[c->count++], 16, SLICE_FMT "%s", SLICE_ARG(body),
             entry->redelivered ? "!" : "");
}

static inline void test_cancelled(struct rabbit_channel *channel,
                                  const struct rabbit_consumer *consumer)
{
    (void)consumer;
    ((struct test_channel *)(void *)channel)->cancelled++;
}

static inline void test_timed_out(struct rabbit_channel *channel, int64_t timeout_ms)
{
    (void)timeout_ms;
    ((struct test_channel *)(void *)channel)->timed_out++;
    rabbit_channel_recover(channel);
}

static inline bool test_is_writable(const struct rabbit_channel *channel)
{
    return !((const struct test_channel *)(const void *)channel)->slow;
}

static inline void test_peer_close(struct rabbit_peer *peer, enum rabbit_reply_code code,
                                   const char *text)
{
    (void)code;
    (void)text;
    RING_OWNER(peer, struct test_channel, peer)->closed++;
}

static inline void test_channel_open(struct test_broker *t, struct test_channel *c, uint64_t id)
{
    static const struct rabbit_channel_ops ops = {test_deliver, test_cancelled, test_is_writable,
                                                  test_timed_out};
    *c = (struct test_channel){.peer.close = test_peer_close};
    rabbit_peer_enter(&c->peer, t->vhost, id);
    rabbit_channel_init(&c->channel, t->vhost, &ops, id);
}

static inline void test_channel_close(struct test_broker *t, struct test_channel *c)
{
    rabbit_channel_done(&c->channel);
    rabbit_peer_leave(&c->peer);
    rabbit_deliver(rabbit_of(t->emulator));
}

/* A queue with arguments as an even list of names and integers (value "#5") or texts, NULL at its end. */
static inline struct rabbit_queue *test_queue(struct test_broker *t, const char *name,
                                              const char *const *arguments)
{
    struct outq out = {0};
    struct amqp_table_writer w;
    amqp_table_writer_init(&w, &out);
    for (; arguments && arguments[0]; arguments += 2)
        if (arguments[1][0] == '#')
            amqp_table_put_integer(&w, slice_str(arguments[0]), 'l',
                                   strtol(arguments[1] + 1, NULL, 10));
        else
            amqp_table_put_bytes(&w, slice_str(arguments[0]), 'S', slice_str(arguments[1]));
    struct rabbit_queue_options options = {
        .name = slice_str(name),
        .durable = true,
        .arguments = outq_len(&out) ? outq_flatten(&out) : slice_str(""),
    };
    struct rabbit_queue *queue = rabbit_queue_declare(t->vhost, &options, &t->error);
    outq_done(&out);
    return queue;
}

/* Publishes through the default exchange; ttl_ms -1: none. */
static inline enum rabbit_publish_result test_publish_body(struct test_broker *t, const char *queue,
                                                           const char *body, uint8_t priority,
                                                           int64_t ttl_ms)
{
    static const uint8_t none[2] = {0, 0};
    struct rabbit_message_options options = {
        .exchange = slice_str(""),
        .routing_key = slice_str(queue),
        .properties = slice_of(none, 2),
        .body_len = strlen(body),
        .ttl_ms = ttl_ms,
        .priority = priority,
        .published_ms = rabbit_now_ms(rabbit_of(t->emulator)),
    };
    struct rabbit_message *message = rabbit_message_create(t->heap, &options);
    assert_non_null(message);
    assert_true(rabbit_message_fill(t->heap, &message, 0, slice_str(body)));
    enum rabbit_publish_result result = rabbit_publish(t->vhost, message, &t->error);
    rabbit_message_release(t->heap, message);
    rabbit_deliver(rabbit_of(t->emulator));
    return result;
}

static inline struct rabbit_consumer *test_consume(struct test_broker *t, struct test_channel *c,
                                                   struct rabbit_queue *queue, const char *tag,
                                                   bool no_ack)
{
    struct rabbit_consume_options options = {
        .tag = slice_str(tag), .arguments = slice_str(""), .no_ack = no_ack};
    struct rabbit_consumer *consumer = rabbit_consume(&c->channel, queue, &options, &t->error);
    rabbit_deliver(rabbit_of(t->emulator));
    return consumer;
}

static inline void test_settle(struct test_broker *t, struct test_channel *c, uint64_t tag,
                               enum rabbit_settlement how)
{
    assert_true(rabbit_channel_settle(&c->channel, tag, false, how, &t->error));
    rabbit_deliver(rabbit_of(t->emulator));
}

/* What the channel was given since it was asked last: "a b c!". */
static inline void test_expect(struct test_channel *c, const char *expected)
{
    char all[TEST_GOT_MAX * 17] = "";
    size_t len = 0;
    for (unsigned i = 0; i < c->count; i++)
        len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? " " : "", c->got[i]);
    c->count = 0;
    assert_string_equal(all, expected);
}

#endif
