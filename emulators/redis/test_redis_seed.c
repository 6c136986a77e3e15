/* Fixtures, dumps and commands as text. */
#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"
#include "common/unit_test.h"
#include "common/yaml.h"
#include "emulators/redis/redis.h"

#define NOW_US 1900000000000000 /* 2030-03-17T17:46:40Z */

struct fixture {
    struct heap *heap;
    struct clock clock;
    struct random random;
    struct emulator *redis;
    struct emulator_error error;
    struct outq out;
};

static const struct emulator_type *const type = &redis_emulator_type;

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->heap = heap_create(0);
    clock_init(&f->clock, NOW_US);
    random_seed(&f->random, 1);
    struct emulator_host host = {f->heap, &f->clock, &f->random, NULL};
    f->redis = type->create(&host, &f->error);
    assert_non_null(f->redis);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    type->destroy(f->redis);
    outq_done(&f->out);
    clock_done(&f->clock);
    heap_destroy(f->heap);
    test_free(f);
    return 0;
}

static bool seed_as(struct fixture *f, const char *name, struct slice text)
{
    struct yaml_reader *reader = yaml_open_bytes(name, text);
    f->error = (struct emulator_error){"", ""};
    bool ok = type->seed(f->redis, reader, &f->error);
    yaml_close(reader);
    return ok;
}

static void seed(struct fixture *f, const char *text)
{
    if (!seed_as(f, "test.yaml", slice_str(text)))
        fail_msg("%s", f->error.message);
}

static void seed_fails(struct fixture *f, const char *text, const char *message)
{
    assert_false(seed_as(f, "test.yaml", slice_str(text)));
    assert_string_equal(f->error.message, message);
}

/* The command's reply as JSON, or "CODE message". */
static const char *run(struct fixture *f, const char *command)
{
    outq_done(&f->out);
    outq_init(&f->out);
    struct json_writer w = json_writer_of(&f->out);
    if (!type->execute(f->redis, slice_str(command), &w, &f->error)) {
        outq_put_slice(&f->out, slice_str(f->error.code));
        outq_put(&f->out, " ", 1);
        outq_put_slice(&f->out, slice_str(f->error.message));
    }
    outq_put(&f->out, "", 1);
    return (const char *)outq_flatten(&f->out).ptr;
}

static const char *dump(struct fixture *f)
{
    outq_done(&f->out);
    outq_init(&f->out);
    struct json_writer w = json_writer_of(&f->out);
    type->dump(f->redis, &w);
    outq_put(&f->out, "", 1);
    return (const char *)outq_flatten(&f->out).ptr;
}

/* ---- commands as text */

static void test_execute(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(run(f, "SET greeting \"hello \\\"you\\\"\""), "\"OK\"");
    assert_string_equal(run(f, "get greeting"), "\"hello \\\"you\\\"\"");
    assert_string_equal(run(f, "GET 'no such'"), "null");
    assert_string_equal(run(f, "INCRBY n 41"), "41");
    assert_string_equal(run(f, "HSET h f v"), "1");
    assert_string_equal(run(f, "HGETALL h"), "{\"f\":\"v\"}");
    assert_string_equal(run(f, "ZADD z 1.5 m"), "1");
    assert_string_equal(run(f, "ZSCORE z m"), "1.5");
    assert_string_equal(run(f, "ZRANGE z 0 -1 WITHSCORES"), "[[\"m\",1.5]]");
    assert_string_equal(run(f, "EXISTS a b"), "0");
}

static void test_execute_fails(void **state)
{
    struct fixture *f = *state;
    run(f, "SET s 1");
    assert_string_equal(run(f, "LPUSH s 1"),
                        "WRONGTYPE Operation against a key holding the wrong kind of value");
    assert_string_equal(run(f, "GET"), "ERR wrong number of arguments for 'get' command");
    assert_string_equal(run(f, "GET \"x"), "ERR unbalanced quotes in the command");
    assert_string_equal(run(f, "  "), "ERR expected a command such as GET key");
    /* Nobody waits: the connection would not live to see the answer. */
    assert_string_equal(run(f, "BLPOP none 0"), "null");
    assert_int_equal(type->session_count(f->redis), 0);
}

/* ---- fixtures */

static void test_short_forms(void **state)
{
    struct fixture *f = *state;
    seed(f, "keys:\n"
            "  greeting: hello\n"
            "  number: 42\n"
            "  yes: true\n"
            "  picture: !!binary /wAB\n"
            "  queue: [a, b, 3]\n"
            "  ada: {name: Ada, age: 36}\n");
    assert_string_equal(run(f, "GET greeting"), "\"hello\"");
    assert_string_equal(run(f, "INCR number"), "43");
    assert_string_equal(run(f, "GET yes"), "\"true\"");
    assert_string_equal(run(f, "STRLEN picture"), "3");
    assert_string_equal(run(f, "LRANGE queue 0 -1"), "[\"a\",\"b\",\"3\"]");
    assert_string_equal(run(f, "HGETALL ada"), "{\"name\":\"Ada\",\"age\":\"36\"}");
}

static void test_long_forms(void **state)
{
    struct fixture *f = *state;
    seed(f, "databases:\n"
            "  0:\n"
            "    tags: {type: set, value: [1, 2, x]}\n"
            "    board: {type: zset, value: {ann: 1.5, bob: -.inf}}\n"
            "    odd: {type: hash, value: {type: dog}, ttl: 2h}\n"
            "  3:\n"
            "    session: {type: string, ttl: 10, value: abc}\n"
            "    until: {type: list, value: [1], expire_at: 2030-03-17T17:46:45Z}\n"
            "    late: {type: list, value: [1], expire_at: 2001-01-01T00:00:00Z}\n");
    assert_string_equal(run(f, "SCARD tags"), "3");
    assert_string_equal(run(f, "ZRANGE board 0 -1 WITHSCORES"),
                        "[[\"bob\",\"-inf\"],[\"ann\",1.5]]");
    assert_string_equal(run(f, "HGET odd type"), "\"dog\"");
    assert_string_equal(run(f, "PTTL odd"), "7200000");
    assert_string_equal(run(f, "DBSIZE"), "3");
    assert_string_equal(run(f, "SWAPDB 0 3"), "\"OK\"");
    assert_string_equal(run(f, "TTL session"), "10");
    assert_string_equal(run(f, "PTTL until"), "5000");
    assert_string_equal(run(f, "EXISTS late"), "0");
}

/* What is named is replaced, whatever it was; what is not stays. */
static void test_replaces(void **state)
{
    struct fixture *f = *state;
    run(f, "RPUSH k old old");
    run(f, "EXPIRE k 100");
    run(f, "SET other 1");
    seed(f, "keys: {k: [new]}");
    assert_string_equal(run(f, "LRANGE k 0 -1"), "[\"new\"]");
    assert_string_equal(run(f, "TTL k"), "-1");
    assert_string_equal(run(f, "GET other"), "\"1\"");
}

static void test_streams(void **state)
{
    struct fixture *f = *state;
    seed(f, "keys:\n"
            "  s:\n"
            "    type: stream\n"
            "    value:\n"
            "      - {id: 1-1, fields: {city: Oslo, degrees: 3}}\n"
            "      - {id: 1-2, fields: [city, Oslo, city, Bergen]}\n"
            "      - {fields: {f: v}}\n"
            "    metadata: {last_id: 2000000000000-0, entries_added: 7, max_deleted_id: 1-5}\n"
            "    groups:\n"
            "      readers: 1-1\n"
            "      workers:\n"
            "        last_delivered_id: 1-2\n"
            "        entries_read: 2\n"
            "        consumers:\n"
            "          ann:\n"
            "          bob: {pending: [{id: 1-2, delivered_at: 2030-03-17T17:46:30Z,"
            " deliveries: 3}]}\n"
            "  empty: {type: stream, value: []}\n");
    assert_string_equal(run(f, "XRANGE s - 1-2"),
                        "[[\"1-1\",[\"city\",\"Oslo\",\"degrees\",\"3\"]],"
                        "[\"1-2\",[\"city\",\"Oslo\",\"city\",\"Bergen\"]]]");
    assert_string_equal(run(f, "XRANGE s 2 +"), "[[\"1900000000000-0\",[\"f\",\"v\"]]]");
    assert_string_equal(run(f, "XPENDING s workers - + 9"), "[[\"1-2\",\"bob\",10000,3]]");
    assert_string_equal(run(f, "XADD s 2000000000000-0 a b"),
                        "ERR The ID specified in XADD is equal or smaller than the target stream "
                        "top item");
    assert_string_equal(run(f, "XLEN empty"), "0");
    assert_string_equal(run(f, "TYPE empty"), "\"stream\"");
    seed_fails(f, "keys: {k: {type: stream, groups: {}, value: []}}",
               "key 'k': \"groups\" must stand after value");
    seed_fails(f, "keys: {k: {type: stream, value: [{id: 1-1}]}}",
               "key 'k': an entry needs fields");
}

static void test_code(void **state)
{
    struct fixture *f = *state;
    seed(f, "functions:\n"
            "  - |\n"
            "    #!lua name=lib\n"
            "    redis.register_function('twice', function(keys, args) return args[1] * 2 end)\n"
            "scripts: [\"return ARGV[1]\"]\n");
    assert_string_equal(run(f, "FCALL twice 0 21"), "42");
    assert_string_equal(run(f, "EVALSHA 098e0f0d1448c0a81dafe820f66d460eb09263da 0 x"), "\"x\"");
    seed_fails(f, "functions: [return 1]", "ERR Missing library metadata");
}

static void test_users(void **state)
{
    struct fixture *f = *state;
    seed(f, "users:\n"
            "  ann: on >secret ~cache:* +@read\n"
            "  bob: [\"on\", nopass, allkeys, +get]\n");
    assert_string_equal(run(f, "ACL DRYRUN ann GET cache:1"), "\"OK\"");
    assert_string_equal(run(f, "ACL DRYRUN bob GET x"), "\"OK\"");
    seed_fails(f, "users: {eve: +nonsense}",
               "ERR Error in ACL SETUSER modifier '+nonsense': Unknown command or category name in "
               "ACL");
}

static void test_errors(void **state)
{
    struct fixture *f = *state;
    seed_fails(f, "[]",
               "expected a mapping with keys, databases, functions, scripts or users, got a "
               "sequence");
    seed_fails(f, "key: {}", "expected keys, databases, functions, scripts or users, got \"key\"");
    seed_fails(f, "databases: {16: {}}", "expected a database's number from 0 to 15, got \"16\"");
    seed_fails(f, "scripts: [return ARGV[1]]", "missing comma in flow sequence");
    seed_fails(f, "keys: {k: null}", "key 'k': expected a string, got null");
    seed_fails(f, "keys: {k: []}",
               "key 'k': expected a sequence of elements with at least one of them");
    seed_fails(f, "keys: {k: {}}", "key 'k': expected a mapping with at least one field");
    seed_fails(f, "keys: {k: [[1]]}", "key 'k': expected a string, got a sequence");
    seed_fails(f, "keys: {k: {type: zset, value: {m: high}}}",
               "key 'k': expected a score, a number, got a string");
    seed_fails(f, "keys: {k: {type: dog, name: Rex}}",
               "key 'k': unknown type \"dog\", expected string, list, set, hash, zset or stream (a "
               "hash with a field \"type\" is written {type: hash, value: {...}})");
    seed_fails(f, "keys: {k: {name: Rex, type: dog}}",
               "key 'k': \"type\" must stand first, or for a hash with a field of that name write "
               "{type: hash, value: {...}}");
    seed_fails(f, "keys: {k: {type: list, ttl: soon, value: [1]}}",
               "key 'k': expected a duration such as 250ms, 10s, 5m, 2h, 7d or seconds, got "
               "\"soon\"");
    seed_fails(f, "keys: {k: {type: list}}", "key 'k': expected the member value");
    seed_fails(f, "keys: {k: {type: set, value: {a: b}}}",
               "key 'k': expected a sequence of members, got a mapping");
    seed_fails(f, "keys: {k: {type: set, values: [a]}}",
               "key 'k': expected value, ttl, expire_at or base64, got \"values\" (a hash with a "
               "field \"type\" is written {type: hash, value: {...}})");
}

/* ---- dumps */

static void test_dump(void **state)
{
    struct fixture *f = *state;
    seed(f, "keys: {s: {type: string, value: x, ttl: 5s}, l: [a, b], h: {f: v}}\n"
            "databases: {2: {z: {type: zset, value: {m: 1.5}}, b: !!binary /wAB}}\n");
    assert_string_equal(
        dump(f),
        "{\"databases\":{\"0\":{"
        "\"h\":{\"type\":\"hash\",\"value\":{\"f\":\"v\"}},"
        "\"l\":{\"type\":\"list\",\"value\":[\"a\",\"b\"]},"
        "\"s\":{\"type\":\"string\",\"expire_at\":\"2030-03-17T17:46:45.000Z\",\"value\":\"x\"}},"
        "\"2\":{\"Yg==\":{\"type\":\"string\",\"base64\":true,\"value\":\"/wAB\"},"
        "\"z\":{\"type\":\"zset\",\"value\":{\"m\":1.5}}}},"
        "\"users\":{\"default\":\"on nopass ~* &* +@all\"}}");
}

/* Large ones of every kind, binary too: a dump seeded elsewhere dumps the same. */
static void test_dump_seeds(void **state)
{
    struct fixture *f = *state;
    char command[128];
    for (int i = 0; i < 600; i++) {
        const char *formats[] = {"SET s%d %d",
                                 "RPUSH l %d%d",
                                 "SADD t m%d%d",
                                 "SADD ints %d%d",
                                 "HSET h f%d %d",
                                 "ZADD z %d.25 m%d",
                                 "HSET b \"\\xff\\x00%d\" \"\\xfe%d\""};
        for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]); k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(command, sizeof(command), formats[k], i, i);
#pragma GCC diagnostic pop
            assert_int_not_equal(run(f, command)[0], 'E');
        }
    }
    run(f, "ZADD z inf top");
    for (int i = 1; i < 300; i++) {
        snprintf(command, sizeof(command), "XADD x %d-1 f %d", i, i);
        run(f, command);
    }
    run(f, "XDEL x 7-1 299-1");
    run(f, "XGROUP CREATE x g 0");
    run(f, "XGROUP CREATE x g2 $");
    run(f, "XREADGROUP GROUP g ann COUNT 20 STREAMS x >");
    run(f, "XREADGROUP GROUP g \"\\xffbob\" COUNT 20 STREAMS x >");
    run(f, "XADD e 5-5 a b");
    run(f, "XTRIM e MAXLEN 0");
    run(f, "SCRIPT LOAD 'return 1'");
    run(f, "FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() end)\"");
    run(f, "PEXPIREAT l 1900000001500");
    run(f, "SET nul \"a\\x00b\"");
    run(f, "SET \"\\x80key\" \"\"");
    run(f,
        "ACL SETUSER default reset on nopass ~* &* +@all"); /* sanitize-payload comes with reset */
    run(f, "ACL SETUSER ann reset on >x (~a* +get) ~b*");
    char *before = strdup(dump(f));
    type->reset(f->redis);
    assert_string_equal(dump(f),
                        "{\"databases\":{},\"users\":{\"default\":\"on nopass ~* &* +@all\"}}");
    if (!seed_as(f, "dump.json", slice_str(before)))
        fail_msg("%s", f->error.message);
    assert_string_equal(dump(f), before);
    free(before);
}

static void test_statistics(void **state)
{
    struct fixture *f = *state;
    run(f, "SET a 1");
    run(f, "SET b 1 EX 100");
    outq_done(&f->out);
    outq_init(&f->out);
    struct json_writer w = json_writer_of(&f->out);
    json_object(&w);
    type->stats(f->redis, &w);
    json_object_end(&w);
    outq_put(&f->out, "", 1);
    const char *text = (const char *)outq_flatten(&f->out).ptr;
    assert_memory_equal(text, "{\"keys\":2,\"expiring_keys\":1,", 28);
    assert_non_null(strstr(text, "\"commands\":2,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_execute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_execute_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_forms, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_streams, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_users, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dump, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dump_seeds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_statistics, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
