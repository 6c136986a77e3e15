/* Requests decoded ahead of their execution: what an earlier one changes holds for the later ones. */
#include "emulators/redis/test_engine.h"

struct fixture {
    struct test_engine engine;
    struct transport *client;
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    test_engine_init(&f->engine, 0);
    f->client = test_client(f->engine.redis);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    memory_transport_destroy(f->client);
    test_engine_done(&f->engine);
    test_free(f);
    return 0;
}

/* Eleven arguments are more than a client may send before it is authenticated. */
#define ELEVEN                                                                               \
    "*11\r\n$3\r\nDEL\r\n$1\r\n0\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n" \
    "$1\r\n6\r\n$1\r\n7\r\n$1\r\n8\r\n$1\r\n9\r\n"

static void test_auth_raises_the_limits(void **state)
{
    struct fixture *f = *state;
    test_check(f->client, "CONFIG SET requirepass p", "+OK\r\n");
    struct transport *client = test_client(f->engine.redis);
    test_send(client, slice_str("AUTH p\r\n" ELEVEN "PING\r\n"));
    test_expect(client, "+OK\r\n:0\r\n+PONG\r\n");
    memory_transport_destroy(client);
}

static void test_reset_lowers_them(void **state)
{
    struct fixture *f = *state;
    test_check(f->client, "CONFIG SET requirepass p", "+OK\r\n");
    struct transport *client = test_client(f->engine.redis);
    test_check(client, "AUTH p", "+OK\r\n");
    test_send(client, slice_str("PING\r\n*1\r\n$5\r\nRESET\r\n" ELEVEN "PING\r\n"));
    test_expect(client, "+PONG\r\n+RESET\r\n"
                        "-ERR Protocol error: unauthenticated multibulk length\r\n");
    memory_transport_destroy(client);
}

/* What comes behind a blocking command waits, an unfinished request at the end included. */
static void test_blocking_stops(void **state)
{
    struct fixture *f = *state;
    struct transport *client = test_client(f->engine.redis);
    test_send(client, slice_str("*1\r\n$4\r\nPING\r\n*3\r\n$5\r\nBLPOP\r\n$1\r\nl\r\n$1\r\n0\r\n"
                                "*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n*2\r\n$4\r\nEC"));
    test_expect(client, "+PONG\r\n");
    test_send(client, slice_str("HO\r\n$1\r\ny\r\n"));
    test_check(f->client, "RPUSH l v", ":1\r\n");
    memory_transport_turn(client);
    test_expect(client, "*2\r\n$1\r\nl\r\n$1\r\nv\r\n$1\r\nx\r\n$1\r\ny\r\n");
    memory_transport_destroy(client);
}

static void test_errors_come_last(void **state)
{
    struct fixture *f = *state;
    struct transport *client = test_client(f->engine.redis);
    test_send(client, slice_str("*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n*1\r\n?\r\n"));
    test_expect(client, "+PONG\r\n$1\r\nx\r\n-ERR Protocol error: expected '$', got '?'\r\n");
    memory_transport_destroy(client);
}

/* More requests, and more arguments, than are kept at once; inline ones and empty ones between. */
static void test_long_pipelines(void **state)
{
    static const char *const requests[] = {
        "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n", ELEVEN, "ECHO \"a\\x62c\"\r\n", "\r\n", "*0\r\n",
    };
    static const char *const replies[] = {"$3\r\nabc\r\n", ":0\r\n", "$3\r\nabc\r\n", "", ""};
    struct fixture *f = *state;
    char in[8192], expected[4096];
    for (unsigned step = 1; step < 5; step++) {
        size_t len = 0, expected_len = 0;
        for (unsigned i = 0; i < 100; i++) {
            unsigned which = i * step % 5;
            len += (size_t)snprintf(in + len, sizeof(in) - len, "%s", requests[which]);
            expected_len += (size_t)snprintf(expected + expected_len,
                                             sizeof(expected) - expected_len, "%s", replies[which]);
        }
        test_send(f->client, slice_of(in, len));
        test_expect(f->client, expected);
    }
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_auth_raises_the_limits), TEST(test_reset_lowers_them), TEST(test_blocking_stops),
        TEST(test_errors_come_last),       TEST(test_long_pipelines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
