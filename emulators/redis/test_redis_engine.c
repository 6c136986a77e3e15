/* The engine as a whole: time that moves, memory that runs out. */
#define _GNU_SOURCE /* memmem */
#include <stdlib.h>

#include "common/json.h"
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

/* ---- time */

static void expect_events(struct transport *listener, const char *const *keys, size_t count)
{
    char expected[4096];
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(expected + len, sizeof(expected) - len,
                                "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$22\r\n"
                                "__keyevent@0__:expired\r\n$%zu\r\n%s\r\n",
                                strlen(keys[i]), keys[i]);
    expected[len] = 0;
    test_expect(listener, expected);
}

/* One move of the clock expires everything that is due, in order of time, each with its event. */
static void test_expires_in_order(void **state)
{
    struct fixture *f = *state;
    struct transport *listener = test_client(f->engine.redis);
    test_check(f->client, "CONFIG SET notify-keyspace-events Ex", "+OK\r\n");
    test_check(f->client, "SET third v PX 3000", "+OK\r\n");
    test_check(f->client, "SET first v PX 1000", "+OK\r\n");
    test_check(f->client, "RPUSH second v", ":1\r\n");
    test_check(f->client, "PEXPIRE second 2000", ":1\r\n");
    test_check(f->client, "SET stays v", "+OK\r\n");
    test_check(listener, "PSUBSCRIBE *", "*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n");
    clock_advance(&f->engine.clock, 999000);
    expect_events(listener, NULL, 0);
    clock_advance(&f->engine.clock, 10000000);
    expect_events(listener, (const char *const[]){"first", "second", "third"}, 3);
    test_check(f->client, "DBSIZE", ":1\r\n");
    memory_transport_destroy(listener);
}

/* Waits end in order with the expiry of keys. */
static void test_timeouts_and_expiry(void **state)
{
    struct fixture *f = *state;
    struct transport *waiter = test_client(f->engine.redis);
    test_check(f->client, "SET k v PX 2500", "+OK\r\n");
    test_check(waiter, "BLPOP q 2", "");
    clock_advance(&f->engine.clock, 1999000);
    test_expect(waiter, "");
    clock_advance(&f->engine.clock, 2000);
    test_expect(waiter, "*-1\r\n");
    test_check(waiter, "PTTL k", ":499\r\n");
    memory_transport_destroy(waiter);
}

/* ---- memory that runs out */

/* Enough for any of the commands but the first use of Lua. */
#define ROOM_MAX 20000
/* Elements of the large values. */
#define LARGE 150

static const char *const preparations[] = {
    "SET s value",
    "SET n 41",
    "SET long 0123456789012345678901234567890123456789012345678901234567890123456789",
    "RPUSH l a b c d",
    "SADD t 1 2 3",
    "SADD u a b c",
    "HSET h f v g w",
    "ZADD z 1 a 2 b 3 c",
    "XADD x 1-1 f v",
    "XGROUP CREATE x g 0",
    "SET e v EX 100",
};

/* Each leaves the state as it was when it fails. */
static const char *const commands[] = {
    "SET new value",
    "SET s another EX 10",
    "SETEX s 10 another",
    "GETSET s other",
    "GETDEL s",
    "GETEX e PERSIST",
    "APPEND s more",
    "APPEND none more",
    "SETRANGE long 5000 x",
    "SETBIT bits 9000 1",
    "BITFIELD bits SET u8 100 255",
    "BITOP AND dest s long",
    "INCR n",
    "INCRBYFLOAT n 0.5",
    "PFADD hll a b c",
    "DEL s l",
    "UNLINK t h",
    "RENAME s renamed",
    "COPY l copied",
    "MOVE s 3",
    "SWAPDB 0 1",
    "EXPIRE s 100",
    "EXPIRE e 50",
    "SET e other",
    "SET e other EX 7",
    "DEL e",
    "GETDEL e",
    "RENAME e renamed",
    "RENAME s e",
    "MOVE e 3",
    "HPEXPIRE h 1000 FIELDS 1 f",
    "PERSIST e",
    "RPUSH l e",
    "LPUSH fresh a",
    "LINSERT l BEFORE b x",
    "LSET l 1 changed",
    "LREM l 0 a",
    "LTRIM l 1 2",
    "LMOVE l other LEFT RIGHT",
    "LMOVE l l LEFT RIGHT",
    "SMOVE u fresh a",
    "HSETNX fresh f v",
    "LPOP l 4",
    "SADD t 4",
    "SADD t notanumber",
    "SADD fresh a",
    "SREM t 1",
    "SPOP u",
    "SMOVE u t a",
    "SUNIONSTORE dest t u",
    "HSET h x y",
    "HSET fresh f v",
    "HINCRBY h count 1",
    "HDEL h f g",
    "ZADD z 4 d",
    "ZADD fresh 1 a",
    "ZINCRBY z 5 a",
    "ZREM z a",
    "ZUNIONSTORE dest 2 z t",
    "ZRANGESTORE dest z 0 -1",
    "ZPOPMIN z",
    "GEOADD geo 13.4 52.5 berlin",
    "XADD x 2-1 a b",
    "XADD fresh * a b",
    "XDEL x 1-1",
    "XTRIM x MAXLEN 0",
    "XGROUP CREATE x other 0",
    "XREADGROUP GROUP g me STREAMS x >",
    "SORT l ALPHA STORE dest",
    "MSET a 1 b 2 s 3 l 4 fresh 5",
    "MSETNX a 1 b 2 c 3",
    "RPUSH l 1 2 3 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 5",
    "LPUSH fresh 1 2 3 4 5",
    "SADD t 4 5 notanumber 7",
    "HSET h a 1 b 2 c 3 d 4",
    "ZADD z 1 x 2 y 3 a",
    "GEOADD geo 13.4 52.5 berlin 2.3 48.8 paris",
    "XADD x 2-1 a b c d e f",
    "PFMERGE hll2 hll",
    "LPOP biglist 40",
    "LTRIM biglist 40 60",
    "LREM biglist 0 5",
    "LREM biglist -3 5",
    "HDEL bighash f1 f50 f99 f7",
    "SREM bigset m1 m50 m99 m7",
    "SPOP bigset 20",
    "SMOVE bigset t m42",
    "ZREM bigzset m1 m50 m99 m7",
    "ZREMRANGEBYRANK bigzset 10 40",
    "ZPOPMAX bigzset 30",
    "SINTERSTORE bigset bigset bigset",
    "FLUSHALL",
    "WATCH s",
    "SUBSCRIBE a b",
    "PSUBSCRIBE a*",
    "CLIENT SETNAME me",
    "CLIENT TRACKING ON BCAST",
    "ACL SETUSER ann on >x ~a* +get",
    "CONFIG SET maxmemory 1000000",
    "SCRIPT LOAD 'return 1'",
    "EVAL 'return redis.call(\"set\", KEYS[1], ARGV[1])' 1 s 2",
    "FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() end)\"",
    "KEYS *",
    "SCAN 0",
    "INFO",
};

static void drop(struct transport *client)
{
    outq_take(&client->out, outq_len(&client->out));
}

/* The state as text, that the caller frees. */
static char *dump_state(struct emulator *redis)
{
    struct outq out;
    outq_init(&out);
    struct json_writer w = json_writer_of(&out);
    redis_emulator_type.dump(redis, &w);
    outq_put(&out, "", 1);
    char *text = strdup((const char *)outq_flatten(&out).ptr);
    outq_done(&out);
    return text;
}

/* Values of many nodes: too large for the compact encodings. */
static void prepare_large(struct transport *client)
{
    char line[160];
    for (int i = 0; i < LARGE; i++) {
        snprintf(line, sizeof(line), "RPUSH biglist %0*d", i % 7 ? 70 : 1, i % 7 ? i : 5);
        test_send_line(client, line);
        snprintf(line, sizeof(line), "HSET bighash f%d %070d", i, i);
        test_send_line(client, line);
        snprintf(line, sizeof(line), "SADD bigset m%d", i);
        test_send_line(client, line);
        snprintf(line, sizeof(line), "ZADD bigzset %d m%d", i / 2, i);
        test_send_line(client, line);
    }
}

static void prepare(struct transport *client, const char *command)
{
    test_send_line(client, "CONFIG SET latency-tracking no");
    if (strstr(command, " big"))
        prepare_large(client);
    for (size_t i = 0; i < sizeof(preparations) / sizeof(preparations[0]); i++)
        test_send_line(client, preparations[i]);
    drop(client);
}

static bool says_no_memory(struct slice reply)
{
    static const char word[] = "memory";
    return reply.len && reply.ptr[0] == '-' &&
           memmem(reply.ptr, reply.len, word, sizeof(word) - 1) != NULL;
}

/* Everything expires in the end, whatever failed before. */
static void check_alive(struct test_engine *engine)
{
    struct transport *other = test_client(engine->redis);
    test_check(other, "PING", "+PONG\r\n");
    clock_advance(&engine->clock, (int64_t)1000000 * 1000);
    test_check(other, "FLUSHALL", "+OK\r\n");
    memory_transport_destroy(other);
}

/* Runs the command with `room` bytes of memory left; on data that a checkpoint shares, if so wanted.
 * True when that was enough. */
static bool run_with(const char *command, size_t room, bool shared)
{
    struct test_engine engine;
    struct emulator_checkpoint *checkpoint = NULL;
    test_engine_init(&engine, 0);
    struct transport *client = test_client(engine.redis);
    prepare(client, command);
    if (shared)
        checkpoint = redis_emulator_type.checkpoint(engine.redis);
    char *before = dump_state(engine.redis);
    heap_set_limit(engine.heap, heap_used(engine.heap) + room);
    test_send_line(client, command);
    heap_set_limit(engine.heap, 0);
    struct slice reply = outq_flatten(&client->out);
    bool enough = reply.len && reply.ptr[0] != '-';
    if (!enough) {
        char *after = dump_state(engine.redis);
        if (!says_no_memory(reply) || strcmp(before, after) != 0)
            fail_msg("%s with %zu bytes: " SLICE_FMT "%s\n%s", command, room, SLICE_ARG(reply),
                     before, after);
        free(after);
    }
    free(before);
    check_alive(&engine);
    memory_transport_destroy(client);
    redis_emulator_type.release(engine.redis, checkpoint);
    test_engine_done(&engine);
    return enough;
}

/* The room grows until the command succeeds, so that every place where it allocates fails once. */
static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        size_t step = strstr(commands[i], " big") ? 80 : 16;
        for (int shared = 0; shared < 2; shared++)
            for (size_t room = 0; room < ROOM_MAX && !run_with(commands[i], room, shared != 0);)
                room += room < 2048 ? step : 512;
    }
}

/* With a reserve, commands are refused before they begin, and what takes away always works. */
static void test_reserve(void **state)
{
    struct fixture *f = *state;
    struct heap *heap = f->engine.heap;
    char line[700];
    int count = 0;
    test_check(f->client, "CONFIG SET latency-tracking no", "+OK\r\n");
    heap_set_reserve(heap, 20000);
    heap_set_limit(heap, heap_used(heap) + 100000);
    for (bool stored = true; stored; count++) {
        snprintf(line, sizeof(line), "SET key:%d %0500d", count, count);
        test_send_line(f->client, line);
        struct slice reply = outq_flatten(&f->client->out);
        stored = slice_eq_str(reply, "+OK\r\n");
        assert_true(stored || says_no_memory(reply));
        drop(f->client);
    }
    assert_in_range(count, 80, 160);
    assert_in_range(heap_room(heap), 20000, 22000);
    test_check(f->client, "RPUSH list a", "-OOM command not allowed: out of memory\r\n");
    test_check(f->client, "DEL key:1 key:2", ":2\r\n");
    test_check(f->client, "RPUSH list a", ":1\r\n");
    heap_set_limit(heap, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_expires_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_timeouts_and_expiry, set_up, tear_down),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test_setup_teardown(test_reserve, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
