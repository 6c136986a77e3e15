/* maxmemory, maxmemory-clients and what counts against them. */
#include <stdlib.h>

#include "emulators/redis/client_memory.h"
#include "emulators/redis/evict.h"
#include "emulators/redis/test_engine.h"

#define CLIENTS 6

struct fixture {
    struct test_engine engine;
    struct redis *redis;
    struct transport *client[CLIENTS];
};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    test_engine_init(&f->engine, 0);
    f->redis = redis_of(f->engine.redis);
    for (int i = 0; i < CLIENTS; i++)
        f->client[i] = test_client(f->engine.redis);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < CLIENTS; i++)
        memory_transport_destroy(f->client[i]);
    assert_int_equal(redis_clients_memory(f->redis), 0);
    test_engine_done(&f->engine);
    test_free(f);
    return 0;
}

/* The running totals are what a sum over all clients gives. */
static void assert_totals(const struct fixture *f)
{
    size_t transports = 0, sessions = 0;
    for (const struct redis_session *s = f->redis->first_session; s; s = s->next) {
        if (!s->counted)
            continue;
        transports += outq_memory(&s->transport->out) + s->transport->kept.room;
        sessions += s->heap_bytes;
    }
    assert_int_equal(f->redis->transport_memory, transports);
    assert_int_equal(f->redis->session_memory, sessions);
}

static void send_part(struct transport *client, size_t len)
{
    char head[64];
    uint8_t *bytes = calloc(1, len);
    snprintf(head, sizeof(head), "*2\r\n$%zu\r\n", len + 1000);
    test_send(client, slice_str(head));
    test_send(client, slice_of(bytes, len));
    free(bytes);
}

static void totals_follow_every_client(void **state)
{
    struct fixture *f = *state;
    assert_totals(f);
    send_part(f->client[0], 5000);
    test_send_line(f->client[1], "MULTI");
    test_send_line(f->client[1], "SET a 123456789");
    test_send_line(f->client[2], "WATCH x y z");
    test_send_line(f->client[3], "SUBSCRIBE one two");
    test_send_line(f->client[3], "PSUBSCRIBE t*");
    test_send_line(f->client[4], "CLIENT SETNAME somebody");
    test_send_line(f->client[4], "CLIENT TRACKING ON BCAST PREFIX a PREFIX b");
    test_send_line(f->client[5], "PUBLISH two message");
    assert_totals(f);
    assert_true(redis_clients_memory(f->redis) > CLIENTS * sizeof(struct redis_session) + 5000);
    test_send_line(f->client[1], "EXEC");
    test_send_line(f->client[2], "UNWATCH");
    test_send_line(f->client[3], "RESET");
    test_send_line(f->client[4], "CLIENT SETNAME x");
    test_send_line(f->client[4], "CLIENT TRACKING OFF");
    assert_totals(f);
    for (struct redis_session *s = f->redis->first_session->next; s; s = s->next) {
        outq_take(&s->transport->out, outq_len(&s->transport->out));
        assert_in_range(redis_client_memory(s), sizeof(*s), sizeof(*s) + 1);
    }
    assert_totals(f);
}

static void a_client_that_is_cut_off_counts_no_longer(void **state)
{
    struct fixture *f = *state;
    send_part(f->client[1], 100000);
    size_t before = redis_clients_memory(f->redis);
    test_check(f->client[0], "CLIENT KILL ID 2", ":1\r\n");
    assert_true(redis_clients_memory(f->redis) < before - 100000);
    assert_totals(f);
    test_check(f->client[0], "CLIENT LIST ID 2", "$0\r\n\r\n");
    assert_false(memory_transport_turn(f->client[1]));
}

static void largest_clients_are_evicted_first(void **state)
{
    struct fixture *f = *state;
    static const size_t parts[CLIENTS] = {0, 40000, 300000, 150000, 600000, 10000};
    test_check(f->client[4], "CLIENT NO-EVICT on", "+OK\r\n");
    for (int i = 1; i < CLIENTS; i++)
        send_part(f->client[i], parts[i]);
    test_check(f->client[0], "CONFIG SET maxmemory-clients 720000", "+OK\r\n");
    assert_int_equal(f->redis->stats.evicted_clients, 2);
    assert_false(memory_transport_turn(f->client[2]));
    assert_false(memory_transport_turn(f->client[3]));
    for (int i = 0; i < CLIENTS; i++)
        if (i != 2 && i != 3)
            assert_true(memory_transport_turn(f->client[i]));
    assert_true(redis_clients_memory(f->redis) < 720000);
    test_check(f->client[0], "CONFIG SET maxmemory-clients 5%", "+OK\r\n"); /* of none: no limit */
    test_check(f->client[0], "CONFIG SET maxmemory 13mb", "+OK\r\n");
    assert_int_equal(f->redis->stats.evicted_clients, 2);
    test_check(f->client[0], "CLIENT NO-EVICT on", "+OK\r\n");
    test_check(f->client[0], "CONFIG SET maxmemory 12mb", "+OK\r\n");
    assert_int_equal(f->redis->stats.evicted_clients, 3); /* 600 KB of the one that stays, 40 KB */
    assert_totals(f);
}

static void set_numbered(struct transport *client, const char *prefix, int count)
{
    char line[512];
    for (int i = 0; i < count; i++) {
        snprintf(line, sizeof(line), "SET %s:%d %0400d", prefix, i, i);
        test_check(client, line, "+OK\r\n");
    }
}

static void set_maxmemory(struct fixture *f, size_t bytes)
{
    char line[64];
    snprintf(line, sizeof(line), "CONFIG SET maxmemory %zu", bytes);
    test_check(f->client[0], "CONFIG SET maxmemory-policy allkeys-lru", "+OK\r\n");
    test_check(f->client[0], line, "+OK\r\n");
}

static void output_counts_against_maxmemory(void **state)
{
    struct fixture *f = *state;
    test_check(f->client[0], "CLIENT NO-EVICT on", "+OK\r\n");
    set_numbered(f->client[0], "key", 200);
    set_maxmemory(f, redis_used_memory(f->redis) + 20000);
    for (int i = 0; i < 200; i++)
        test_send_line(f->client[1], "GET key:199");
    test_check(f->client[0], "PING", "+PONG\r\n");
    assert_in_range(f->redis->stats.evicted_keys, 50, 199);
}

/* What a checkpoint shares is not freed by evicting it: the keys that have to go are those that would
 * have to without the checkpoint, and no more. */
static void a_checkpoint_does_not_empty_the_database(void **state)
{
    struct fixture *f = *state;
    set_numbered(f->client[0], "old", 1000);
    set_maxmemory(f, redis_used_memory(f->redis) + 20000);
    struct emulator_checkpoint *checkpoint = redis_emulator_type.checkpoint(f->engine.redis);
    set_numbered(f->client[0], "new", 500);
    assert_in_range(redis_db_size(&f->redis->dbs[0]), 700, 1200);
    assert_true(f->redis->evicted_shared > 0);
    redis_emulator_type.rewind(f->engine.redis, checkpoint);
    assert_int_equal(redis_db_size(&f->redis->dbs[0]), 1000);
    set_numbered(f->client[0], "new", 500);
    redis_emulator_type.release(f->engine.redis, checkpoint);
    assert_int_equal(f->redis->evicted_shared, 0);
    set_numbered(f->client[0], "more", 1);
    assert_in_range(redis_db_size(&f->redis->dbs[0]), 700, 1200);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(totals_follow_every_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_is_cut_off_counts_no_longer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(largest_clients_are_evicted_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(output_counts_against_maxmemory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_checkpoint_does_not_empty_the_database, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
