/* Undo: checkpoints, rewinds and forks of a million keys and of values of a million members. Costs
 * are asserted in bytes, which do not depend on the machine; times are printed. */
#include "common/sanitizer.h"
#include "emulators/redis/test_engine.h"

#if SANITIZER_ADDRESS
#    define COUNT 50000
#else
#    define COUNT 1000000
#endif

/* Bytes that one change may copy: a path through a tree, a chunk of a list. The values below have
 * megabytes. */
#define CHANGE_BYTES_MAX (64 << 10)

struct fixture {
    struct test_engine engine;
    struct transport *client;
    struct emulator_checkpoint *checkpoint;
};

static const struct emulator_type *const type = &redis_emulator_type;

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    test_engine_init(&f->engine, 0);
    f->client = test_client(f->engine.redis);
    /* What is kept about slow commands would disturb the counting of bytes. */
    test_check(f->client, "CONFIG SET latency-tracking no slowlog-log-slower-than -1", "+OK\r\n");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    type->release(f->engine.redis, f->checkpoint);
    memory_transport_destroy(f->client);
    test_engine_done(&f->engine);
    test_free(f);
    return 0;
}

static void check(struct fixture *f, const char *line, const char *expected)
{
    test_check(f->client, line, expected);
}

static void checkpoint(struct fixture *f)
{
    type->release(f->engine.redis, f->checkpoint);
    f->checkpoint = type->checkpoint(f->engine.redis);
    assert_non_null(f->checkpoint);
}

static void rewind_to_it(struct fixture *f)
{
    assert_true(type->rewind(f->engine.redis, f->checkpoint));
}

static size_t used(const struct fixture *f)
{
    return heap_used(f->engine.heap);
}

static double elapsed_us(int64_t since_us)
{
    return (double)(reactor_monotonic_us() - since_us);
}

/* ---- filling */

static void drop_output(struct transport *client)
{
    memory_transport_turn(client);
    outq_take(&client->out, outq_len(&client->out));
    memory_transport_turn(client);
}

/* Commands that each get a number, many to a packet. */
static void fill(struct fixture *f, const char *const formats[], size_t format_count, int count)
{
    char packet[16384];
    size_t len = 0;
    for (int i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        len += (size_t)snprintf(packet + len, sizeof(packet) - len,
                                formats[(size_t)i % format_count], i, i, i);
#pragma GCC diagnostic pop
        if (len > sizeof(packet) - 256 || i == count - 1) {
            memory_transport_feed(f->client, slice_of(packet, len));
            drop_output(f->client);
            len = 0;
        }
    }
}

static void fill_all_types(struct fixture *f, int count)
{
    static const char *const formats[] = {
        "SET key:%d value:%d\r\n",         "SET key:%d %d\r\n",
        "HSET key:%d name n%d age %d\r\n", "RPUSH key:%d a%d b%d\r\n",
        "SADD key:%d m%d %d\r\n",          "ZADD key:%d 1 a%d 2 b%d\r\n",
        "XADD key:%d %d-1 f v%d\r\n",      "SET key:%d v%d EX 10%d\r\n",
    };
    fill(f, formats, sizeof(formats) / sizeof(formats[0]), count);
}

/* ---- costs */

static size_t checkpoint_bytes(struct fixture *f, double *out_us)
{
    size_t before = used(f);
    int64_t started_us = reactor_monotonic_us();
    checkpoint(f);
    *out_us = elapsed_us(started_us);
    return used(f) - before;
}

/* A checkpoint of a million keys takes the bytes of one of none; a rewind gives back what the changes
 * took, and every key is as it was. */
static void test_million_keys(void **state)
{
    struct fixture *f = *state;
    double empty_us, full_us;
    char line[64], size[32];
    size_t empty_bytes = checkpoint_bytes(f, &empty_us);
    fill_all_types(f, COUNT);
    type->release(f->engine.redis, f->checkpoint);
    f->checkpoint = NULL;
    size_t full_bytes = checkpoint_bytes(f, &full_us);
    assert_int_equal(full_bytes, empty_bytes);
    size_t at_checkpoint = used(f);
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof(line), "DEL key:%d\r\nSET new:%d x\r\n", i * 37, i);
        memory_transport_feed(f->client, slice_str(line));
    }
    drop_output(f->client);
    size_t changed = used(f) - at_checkpoint;
    assert_in_range(changed, 1, 200 * 4096);
    int64_t started_us = reactor_monotonic_us();
    rewind_to_it(f);
    double rewind_us = elapsed_us(started_us);
    assert_int_equal(used(f), at_checkpoint);
    snprintf(size, sizeof(size), ":%d\r\n", COUNT);
    check(f, "DBSIZE", size);
    check(f, "GET key:0", "$7\r\nvalue:0\r\n");
    check(f, "EXISTS key:37 new:1", ":1\r\n");
    print_message("%d keys: checkpoint %zu bytes, %.0f us (empty: %.0f); 200 changes %zu bytes; "
                  "rewind %.0f us\n",
                  COUNT, full_bytes, full_us, empty_us, changed, rewind_us);
}

struct large_value {
    const char *name, *fill, *change, *reply, *length;
};

/* The first change of a large value after a checkpoint copies a path, not the value; the rewind makes
 * it what it was. */
static void test_large_values(void **state)
{
    struct fixture *f = *state;
    static const struct large_value values[] = {
        {"zset",   "ZADD k %d member:%d\r\n", "ZADD k 0.5 new",         ":1\r\n",  "ZCARD k"},
        {"hash",   "HSET k field:%d %d\r\n",  "HSET k field:7 changed", ":0\r\n",  "HLEN k" },
        {"set",    "SADD k member:%d\r\n",    "SREM k member:7",        ":1\r\n",  "SCARD k"},
        {"list",   "RPUSH k element:%d\r\n",  "LSET k 4711 changed",    "+OK\r\n", "LLEN k" },
        {"stream", "XADD k 1%d-1 f v\r\n",    "XDEL k 14711-1",         ":1\r\n",  "XLEN k" },
    };
    char size[32];
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const struct large_value *v = &values[i];
        size_t empty = used(f);
        fill(f, &v->fill, 1, COUNT + 1);
        snprintf(size, sizeof(size), ":%d\r\n", COUNT + 1);
        check(f, v->length, size);
        checkpoint(f);
        size_t at_checkpoint = used(f);
        heap_reset_peak(f->engine.heap);
        int64_t started_us = reactor_monotonic_us();
        check(f, v->change, v->reply);
        double change_us = elapsed_us(started_us);
        size_t change_peak = heap_peak(f->engine.heap) - at_checkpoint;
        assert_true(change_peak < CHANGE_BYTES_MAX);
        rewind_to_it(f);
        check(f, v->length, size);
        assert_int_equal(used(f), at_checkpoint);
        print_message("%s of %d, %zu bytes: first change %zu bytes, %.0f us\n", v->name, COUNT,
                      at_checkpoint - empty, change_peak, change_us);
        checkpoint(f);
        check(f, "FLUSHALL", "+OK\r\n");
        checkpoint(f);
    }
}

/* ---- what is connected */

static void test_sessions_survive(void **state)
{
    struct fixture *f = *state;
    check(f, "SELECT 3", "+OK\r\n");
    check(f, "SET k 1", "+OK\r\n");
    check(f, "SUBSCRIBE news", "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    checkpoint(f);
    struct transport *late = test_client(f->engine.redis);
    test_check(late, "SELECT 3", "+OK\r\n");
    test_check(late, "SET k 2", "+OK\r\n");
    rewind_to_it(f);
    test_check(late, "GET k", "$1\r\n1\r\n");
    test_check(late, "PUBLISH news x", ":1\r\n");
    test_expect(f->client, "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n");
    memory_transport_destroy(late);
}

static void test_watch_breaks(void **state)
{
    struct fixture *f = *state;
    check(f, "SET k 1", "+OK\r\n");
    checkpoint(f);
    check(f, "SET k 2", "+OK\r\n");
    check(f, "WATCH k", "+OK\r\n");
    rewind_to_it(f);
    check(f, "MULTI", "+OK\r\n");
    check(f, "GET k", "+QUEUED\r\n");
    check(f, "EXEC", "*-1\r\n");
    check(f, "WATCH none", "+OK\r\n"); /* neither there before nor after */
    rewind_to_it(f);
    check(f, "MULTI", "+OK\r\n");
    check(f, "GET k", "+QUEUED\r\n");
    check(f, "EXEC", "*1\r\n$1\r\n1\r\n");
}

static void test_waiter_is_served(void **state)
{
    struct fixture *f = *state;
    struct transport *waiter = test_client(f->engine.redis);
    check(f, "RPUSH q a b", ":2\r\n");
    checkpoint(f);
    check(f, "DEL q", ":1\r\n");
    test_check(waiter, "BLPOP q 0", "");
    rewind_to_it(f);
    test_expect(waiter, "*2\r\n$1\r\nq\r\n$1\r\na\r\n");
    check(f, "LRANGE q 0 -1", "*1\r\n$1\r\nb\r\n");
    memory_transport_destroy(waiter);
}

static void test_expiry_after_rewind(void **state)
{
    struct fixture *f = *state;
    struct transport *listener = test_client(f->engine.redis);
    check(f, "CONFIG SET notify-keyspace-events Ex", "+OK\r\n");
    check(f, "SET soon v PX 1000", "+OK\r\n");
    check(f, "SET later v PX 5000", "+OK\r\n");
    checkpoint(f);
    check(f, "PERSIST later", ":1\r\n");
    clock_advance(&f->engine.clock, 2000000);
    check(f, "DBSIZE", ":1\r\n");
    test_send_line(listener, "PSUBSCRIBE *");
    drop_output(listener);
    rewind_to_it(f); /* the clock does not go back: soon is due at once */
    check(f, "GET soon", "$-1\r\n");
    check(f, "PTTL later", ":3000\r\n");
    clock_advance(&f->engine.clock, 3000000);
    check(f, "DBSIZE", ":0\r\n");
    test_expect(listener,
                "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$22\r\n__keyevent@0__:expired\r\n$4\r\n"
                "soon\r\n*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$22\r\n"
                "__keyevent@0__:expired\r\n$5\r\nlater\r\n");
    memory_transport_destroy(listener);
}

/* ---- forks */

static void test_fork_is_independent(void **state)
{
    struct fixture *f = *state;
    struct random random;
    struct emulator_host host = test_engine_host(&f->engine);
    random_seed(&random, 2);
    host.random = &random;
    fill_all_types(f, 10000);
    check(f, "ACL SETUSER ann on nopass", "+OK\r\n");
    checkpoint(f);
    size_t before = used(f);
    check(f, "SET key:0 origin", "+OK\r\n");
    struct emulator *child = type->fork(f->engine.redis, f->checkpoint, &host, &f->engine.error);
    assert_non_null(child);
    print_message("fork of 10000 keys: %zu bytes\n", used(f) - before);
    struct transport *client = test_client(child);
    test_check(client, "GET key:0", "$7\r\nvalue:0\r\n");
    test_check(client, "SET key:0 child", "+OK\r\n");
    test_check(client, "HSET key:2 name changed", ":0\r\n");
    test_check(client, "DBSIZE", ":10000\r\n");
    test_check(client, "ACL DELUSER ann", ":1\r\n");
    check(f, "GET key:0", "$6\r\norigin\r\n");
    check(f, "HGET key:2 name", "$2\r\nn2\r\n");
    check(f, "FLUSHALL", "+OK\r\n");
    check(f, "ACL USERS", "*2\r\n$3\r\nann\r\n$7\r\ndefault\r\n");
    test_check(client, "GET key:0", "$5\r\nchild\r\n");
    memory_transport_destroy(client);
    type->destroy(child);
    rewind_to_it(f);
    check(f, "GET key:0", "$7\r\nvalue:0\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_million_keys, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sessions_survive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watch_breaks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waiter_is_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_expiry_after_rewind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fork_is_independent, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
