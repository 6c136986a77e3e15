/* What tests of a whole engine share: a Redis on a heap and clock of its own, clients on memory
 * transports, commands as lines. Without a reactor: what is given up is freed at once. */
#ifndef PARLEL_EMULATORS_REDIS_TEST_ENGINE_H
#define PARLEL_EMULATORS_REDIS_TEST_ENGINE_H

#include <stdio.h>

#include "common/transport.h"
#include "common/unit_test.h"
#include "emulators/redis/redis.h"

#define TEST_ENGINE_NOW_US 1900000000000000 /* 2030-03-17T17:46:40Z */

struct test_engine {
    struct heap *heap;
    struct clock clock;
    struct random random;
    struct emulator *redis;
    struct emulator_error error;
};

static inline struct emulator_host test_engine_host(struct test_engine *e)
{
    return (struct emulator_host){e->heap, &e->clock, &e->random, NULL};
}

static inline void test_engine_init(struct test_engine *e, size_t heap_limit)
{
    *e = (struct test_engine){.heap = heap_create(heap_limit)};
    clock_init(&e->clock, TEST_ENGINE_NOW_US);
    random_seed(&e->random, 1);
    struct emulator_host host = test_engine_host(e);
    e->redis = redis_emulator_type.create(&host, &e->error);
    assert_non_null(e->redis);
}

static inline void test_engine_done(struct test_engine *e)
{
    redis_emulator_type.destroy(e->redis);
    clock_done(&e->clock);
    heap_destroy(e->heap);
}

static inline struct transport *test_client(struct emulator *redis)
{
    struct transport *client = memory_transport_create();
    assert_non_null(client);
    assert_true(redis_emulator_type.session_open(redis, client));
    return client;
}

static inline void test_send(struct transport *client, struct slice bytes)
{
    memory_transport_feed(client, bytes);
    memory_transport_turn(client);
}

static inline void test_send_line(struct transport *client, const char *line)
{
    memory_transport_feed(client, slice_str(line));
    test_send(client, slice_str("\r\n"));
}

/* What has come, and nothing else. */
static inline void test_expect(struct transport *client, const char *expected)
{
    char text[4096];
    struct slice out = outq_flatten(&client->out);
    snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(out));
    assert_string_equal(text, expected);
    outq_take(&client->out, out.len);
}

static inline void test_check(struct transport *client, const char *line, const char *expected)
{
    test_send_line(client, line);
    test_expect(client, expected);
}

#endif
