/* What tests of the engine share: a broker on a heap and a clock of its own, without connections. */
#ifndef PARLEL_EMULATORS_RABBITMQ_TEST_BROKER_H
#define PARLEL_EMULATORS_RABBITMQ_TEST_BROKER_H

#include <stdio.h>

#include "common/unit_test.h"
#include "emulators/rabbitmq/exchange.h"
#include "emulators/rabbitmq/publish.h"
#include "emulators/rabbitmq/queue.h"
#include "emulators/rabbitmq/rabbitmq.h"
#include "protocols/amqp/amqp_properties.h"
#include "protocols/amqp/amqp_table.h"

#define TEST_BROKER_NOW_US 1900000000000000 /* 2030-03-17T17:46:40Z */

struct test_broker {
    struct heap *heap;
    struct clock clock;
    struct random random;
    struct emulator *emulator;
    struct rabbit_vhost *vhost; /* "/" */
    struct rabbit_error error;  /* of what was refused last */
};

static inline void test_broker_init(struct test_broker *b)
{
    struct emulator_error error;
    *b = (struct test_broker){.heap = heap_create(0)};
    clock_init(&b->clock, TEST_BROKER_NOW_US);
    random_seed(&b->random, 1);
    struct emulator_host host = {.heap = b->heap, .clock = &b->clock, .random = &b->random};
    b->emulator = rabbitmq_emulator_type.create(&host, &error);
    assert_non_null(b->emulator);
    b->vhost = rabbit_vhost_find(rabbit_of(b->emulator), slice_str("/"));
    assert_non_null(b->vhost);
}

/* Everything is given back. */
static inline void test_broker_done(struct test_broker *b)
{
    rabbitmq_emulator_type.destroy(b->emulator);
    assert_int_equal(heap_used(b->heap), 0);
    clock_done(&b->clock);
    heap_destroy(b->heap);
}

static inline struct emulator_checkpoint *test_checkpoint(struct test_broker *b)
{
    struct emulator_checkpoint *checkpoint = rabbitmq_emulator_type.checkpoint(b->emulator);
    assert_non_null(checkpoint);
    return checkpoint;
}

static inline void test_rewind(struct test_broker *b, const struct emulator_checkpoint *checkpoint)
{
    assert_true(rabbitmq_emulator_type.rewind(b->emulator, checkpoint));
    b->vhost = rabbit_vhost_find(rabbit_of(b->emulator), slice_str("/"));
}

static inline void test_release(struct test_broker *b, struct emulator_checkpoint *checkpoint)
{
    rabbitmq_emulator_type.release(b->emulator, checkpoint);
}

/* Fails the test unless it was refused with that text. */
static inline void test_refused(const struct test_broker *b, bool done, const char *text)
{
    assert_false(done);
    assert_string_equal(b->error.text, text);
}

static inline bool test_declare_queue(struct test_broker *b, const char *name)
{
    return rabbit_queue_declare(b->vhost, &(struct rabbit_queue_options){.name = slice_str(name)},
                                &b->error);
}

/* Messages that are ready in it; -1: there is no such queue. */
static inline int test_ready(struct test_broker *b, const char *name)
{
    const struct rabbit_queue *queue = rabbit_queue_find(b->vhost, slice_str(name));
    return queue ? (int)queue->state->ready.count : -1;
}

static inline bool test_bind(struct test_broker *b, const char *source, const char *queue,
                             const char *key)
{
    struct rabbit_binding_options options = {.source = slice_str(source),
                                             .destination = slice_str(queue),
                                             .routing_key = slice_str(key)};
    return rabbit_bind(b->vhost, &options, &b->error);
}

static inline bool test_bind_exchange(struct test_broker *b, const char *source,
                                      const char *destination, const char *key)
{
    struct rabbit_binding_options options = {.source = slice_str(source),
                                             .destination = slice_str(destination),
                                             .routing_key = slice_str(key),
                                             .to_exchange = true};
    return rabbit_bind(b->vhost, &options, &b->error);
}

/* headers: a table, ptr NULL without one. */
static inline enum rabbit_publish_result test_publish(struct test_broker *b, const char *exchange,
                                                      const char *key, struct slice headers)
{
    struct outq out;
    struct amqp_properties properties = {.flags = headers.ptr ? AMQP_HEADERS : 0,
                                         .headers = headers};
    outq_init(&out);
    amqp_properties_put(&out, &properties);
    struct rabbit_message_options options = {.exchange = slice_str(exchange),
                                             .routing_key = slice_str(key),
                                             .properties = outq_flatten(&out),
                                             .ttl_ms = -1,
                                             .has_cc = headers.ptr != NULL};
    struct rabbit_message *message = rabbit_message_create(b->heap, &options);
    assert_non_null(message);
    enum rabbit_publish_result result = rabbit_publish(b->vhost, message, &b->error);
    rabbit_message_release(b->heap, message);
    outq_done(&out);
    return result;
}

#endif
