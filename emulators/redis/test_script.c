/* Scripts and functions through a session on a memory transport, the loop turned by hand. */
#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "emulators/redis/redis.h"
#include "emulators/redis/session.h"

struct fixture {
    struct emulator_host host;
    struct clock clock;
    struct random random;
    struct emulator *redis;
    struct transport *client;
};

static struct transport *connect_client(struct emulator *redis)
{
    struct transport *client = memory_transport_create();
    assert_non_null(client);
    assert_true(redis_emulator_type.session_open(redis, client));
    return client;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct emulator_error error;
    clock_init(&fixture->clock, 1700000000000000);
    random_seed(&fixture->random, 1);
    fixture->host = (struct emulator_host){
        .heap = heap_create(0),
        .clock = &fixture->clock,
        .random = &fixture->random,
        .reactor = reactor_create(),
    };
    fixture->redis = redis_emulator_type.create(&fixture->host, &error);
    assert_non_null(fixture->redis);
    fixture->client = connect_client(fixture->redis);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    memory_transport_destroy(fixture->client);
    redis_emulator_type.destroy(fixture->redis);
    reactor_destroy(fixture->host.reactor);
    clock_done(&fixture->clock);
    heap_destroy(fixture->host.heap);
    free(fixture);
    return 0;
}

static void send_line(struct transport *client, const char *line)
{
    memory_transport_feed(client, slice_str(line));
    memory_transport_feed(client, slice_str("\r\n"));
    memory_transport_turn(client);
}

static void expect_output(struct transport *client, const char *expected)
{
    char text[2048];
    struct slice out = outq_flatten(&client->out);
    snprintf(text, sizeof(text), SLICE_FMT, SLICE_ARG(out));
    assert_string_equal(text, expected);
    outq_take(&client->out, out.len);
}

static void check(struct transport *client, const char *line, const char *expected)
{
    send_line(client, line);
    expect_output(client, expected);
}

static void test_values(void **state)
{
    struct transport *client = ((struct fixture *)*state)->client;
    check(client, "EVAL 'return {1,2.9,\"a\",false,true,{KEYS[1],ARGV[1]},nil,5}' 1 k v",
          "*6\r\n:1\r\n:2\r\n$1\r\na\r\n$-1\r\n:1\r\n*2\r\n$1\r\nk\r\n$1\r\nv\r\n");
    check(client, "EVAL 'return {ok=\"fine\"}' 0", "+fine\r\n");
    check(client, "EVAL 'return {err=\"MY way\"}' 0", "-MY way\r\n");
    check(client, "EVAL 'return {double=3.5}' 0", "$3\r\n3.5\r\n");
    check(client, "EVAL 'return redis.call(\"set\",\"a\",1)' 0", "+OK\r\n");
    check(client, "EVAL 'return redis.call(\"incrby\",\"a\",2^40)' 0", ":1099511627777\r\n");
    check(client, "EVAL 'return type(redis.call(\"get\",\"none\"))' 0", "$7\r\nboolean\r\n");
    check(client, "EVAL 'redis.setresp(3) return type(redis.call(\"hgetall\",\"none\").map)' 0",
          "$5\r\ntable\r\n");
}

static void test_errors(void **state)
{
    struct transport *client = ((struct fixture *)*state)->client;
    check(client, "EVAL 'return redis.call(\"foo\")' 0",
          "-ERR Unknown Redis command called from script script: "
          "6c6a69ca11192f3d524585b5d65b8e08d2d8dcc6, on @user_script:1.\r\n");
    check(client, "EVAL 'return redis.pcall(\"multi\")' 0",
          "-ERR This Redis command is not allowed from script\r\n");
    check(client, "EVAL 'return {pcall(redis.call, \"get\")}' 0",
          "*2\r\n$-1\r\n$58\r\nERR Wrong number of args calling Redis command from script\r\n");
    check(client, "EVAL_RO 'return redis.pcall(\"set\",1,2)' 0",
          "-ERR Write commands are not allowed from read-only scripts.\r\n");
    check(client, "EVALSHA 0000000000000000000000000000000000000000 0",
          "-NOSCRIPT No matching script. Please use EVAL.\r\n");
    check(client, "EVAL 'return 1' 2 a",
          "-ERR Number of keys can't be greater than number of args\r\n");
    check(client, "EVAL 'return redis.error_reply(\"x\")' 0", "-ERR x\r\n");
}

static void test_cache(void **state)
{
    struct transport *client = ((struct fixture *)*state)->client;
    check(client, "SCRIPT LOAD 'return 7'", "$40\r\n59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9\r\n");
    check(client, "EVALSHA 59B6AB2FBE0EE4B25733DE0F62E6CDA4899EF8E9 0", ":7\r\n");
    check(client, "SCRIPT EXISTS 59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9 x", "*2\r\n:1\r\n:0\r\n");
    check(client, "SCRIPT FLUSH", "+OK\r\n");
    check(client, "EVALSHA 59b6ab2fbe0ee4b25733de0f62e6cda4899ef8e9 0",
          "-NOSCRIPT No matching script. Please use EVAL.\r\n");
}

static const char library[] =
    "FUNCTION LOAD \"#!lua name=lib\\nlocal n=0 redis.register_function('f',function(k,a) n=n+1 "
    "return {k[1],a[1]} end)\"";

static void test_functions_are_data(void **state)
{
    struct fixture *fixture = *state;
    struct transport *client = fixture->client;
    struct emulator_error error;
    struct emulator_checkpoint *before = redis_emulator_type.checkpoint(fixture->redis);
    check(client, library, "$3\r\nlib\r\n");
    struct emulator_checkpoint *after = redis_emulator_type.checkpoint(fixture->redis);
    check(client, "FCALL F 1 key arg", "*2\r\n$3\r\nkey\r\n$3\r\narg\r\n");
    assert_true(redis_emulator_type.rewind(fixture->redis, before));
    check(client, "FCALL f 0", "-ERR Function not found\r\n");
    assert_true(redis_emulator_type.rewind(fixture->redis, after));
    check(client, "FCALL f 1 key arg", "*2\r\n$3\r\nkey\r\n$3\r\narg\r\n");
    struct emulator *fork = redis_emulator_type.fork(fixture->redis, after, &fixture->host, &error);
    struct transport *other = connect_client(fork);
    check(client, "FUNCTION DELETE lib", "+OK\r\n");
    check(other, "FCALL f 1 key arg", "*2\r\n$3\r\nkey\r\n$3\r\narg\r\n");
    memory_transport_destroy(other);
    redis_emulator_type.destroy(fork);
    redis_emulator_type.release(fixture->redis, before);
    redis_emulator_type.release(fixture->redis, after);
}

/* One turn gives the script one slice of its time. */
static void test_busy_script_is_killed(void **state)
{
    struct fixture *fixture = *state;
    struct transport *other = connect_client(fixture->redis);
    redis_of(fixture->redis)->config.busy_reply_threshold_ms = 1;
    send_line(fixture->client, "EVAL 'while true do end' 0");
    expect_output(fixture->client, "");
    check(other, "GET x",
          "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN "
          "NOSAVE.\r\n");
    check(other, "FUNCTION KILL",
          "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN "
          "NOSAVE.\r\n");
    reactor_turn(fixture->host.reactor, 0);
    check(other, "SCRIPT KILL", "+OK\r\n");
    for (int i = 0; i < 10; i++)
        reactor_turn(fixture->host.reactor, 0);
    expect_output(fixture->client,
                  "-ERR Script killed by user with SCRIPT KILL... script: "
                  "694a5fe1ddb97a4c6a1bf299d9537c7d3d0f84e7, on @user_script:1.\r\n");
    check(fixture->client, "PING", "+PONG\r\n");
    check(other, "SCRIPT KILL", "-NOTBUSY No scripts in execution right now.\r\n");
    memory_transport_destroy(other);
}

/* The client goes, its script writes on to its end. */
static void test_busy_script_outlives_its_client(void **state)
{
    struct fixture *fixture = *state;
    struct transport *other = connect_client(fixture->redis);
    redis_of(fixture->redis)->config.busy_reply_threshold_ms = 1;
    send_line(other, "EVAL 'redis.call(\"set\",\"n\",0) local i=0 while i<4000000 do i=i+1 end "
                     "redis.call(\"set\",\"n\",i)' 0");
    check(fixture->client, "SCRIPT KILL",
          "-UNKILLABLE Sorry the script already executed write commands against the dataset. You "
          "can either wait the script termination or kill the server in a hard way using the "
          "SHUTDOWN NOSAVE command.\r\n");
    memory_transport_destroy(other);
    for (int i = 0; i < 10000 && redis_emulator_type.session_count(fixture->redis) > 1; i++)
        reactor_turn(fixture->host.reactor, 0);
    check(fixture->client, "GET n", "$7\r\n4000000\r\n");
}

/* A transaction waits for its script in the middle; what ends the instance ends the script. */
static void test_busy_script_in_a_transaction(void **state)
{
    struct fixture *fixture = *state;
    redis_of(fixture->redis)->config.busy_reply_threshold_ms = 1;
    send_line(fixture->client, "MULTI");
    send_line(fixture->client, "EVAL 'local i=0 while i<4000000 do i=i+1 end return i' 0");
    send_line(fixture->client, "SET a b");
    expect_output(fixture->client, "+OK\r\n+QUEUED\r\n+QUEUED\r\n");
    send_line(fixture->client, "EXEC");
    for (int i = 0; i < 10000 && outq_len(&fixture->client->out) < 10; i++)
        reactor_turn(fixture->host.reactor, 0);
    expect_output(fixture->client, "*2\r\n:4000000\r\n+OK\r\n");
    send_line(fixture->client,
              "EVAL 'while true do pcall(function() while true do end end) end' 0");
    expect_output(fixture->client, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cache, setup, teardown),
        cmocka_unit_test_setup_teardown(test_functions_are_data, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_script_is_killed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_script_outlives_its_client, setup, teardown),
        cmocka_unit_test_setup_teardown(test_busy_script_in_a_transaction, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
