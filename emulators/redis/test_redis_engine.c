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

/* Each leaves the state as it was when it fails. Those that add several elements one by one are
 * not among them: what was added before stays. */
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

static void prepare(struct transport *client)
{
    test_send_line(client, "CONFIG SET latency-tracking no");
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
    prepare(client);
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
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        for (int shared = 0; shared < 2; shared++)
            for (size_t room = 0; room < ROOM_MAX && !run_with(commands[i], room, shared != 0);)
                room += room < 2048 ? 16 : 512;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_expires_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_timeouts_and_expiry, set_up, tear_down),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
