#include "common/unit_test.h"
#include "emulators/redis/reply_command.h"
#include "protocols/resp/resp_reply.h"

typedef void putter(struct redis_reply *reply, const struct redis_command_info *info);

static void assert_reply(putter *put, const char *name, int resp, const char *expected)
{
    struct outq out;
    outq_init(&out);
    struct redis_reply reply = {.out = &out, .resp = resp};
    put(&reply, redis_command_by_name(name));
    struct slice found = outq_flatten(&out);
    assert_int_equal(found.len, strlen(expected));
    assert_memory_equal(found.ptr, expected, found.len);
    outq_done(&out);
}

/* Recorded from redis-server 7.0.15. */
static void test_info(void **state)
{
    (void)state;
    assert_reply(
        redis_reply_command_info, "get", 3,
        "*10\r\n$3\r\nget\r\n:2\r\n"
        "~2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n"
        "~3\r\n+@read\r\n+@string\r\n+@fast\r\n~0\r\n"
        "~1\r\n%3\r\n$5\r\nflags\r\n~2\r\n+RO\r\n+access\r\n"
        "$12\r\nbegin_search\r\n%2\r\n$4\r\ntype\r\n$5\r\nindex\r\n"
        "$4\r\nspec\r\n%1\r\n$5\r\nindex\r\n:1\r\n"
        "$9\r\nfind_keys\r\n%2\r\n$4\r\ntype\r\n$5\r\nrange\r\n"
        "$4\r\nspec\r\n%3\r\n$7\r\nlastkey\r\n:0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n"
        "~0\r\n");
    assert_reply(redis_reply_command_info, "nosuch", 2, "$-1\r\n");
    assert_reply(redis_reply_command_info, "nosuch", 3, "_\r\n");
}

static void test_docs(void **state)
{
    (void)state;
    assert_reply(
        redis_reply_command_docs, "incr", 2,
        "*10\r\n"
        "$7\r\nsummary\r\n$43\r\nIncrement the integer value of a key by one\r\n"
        "$5\r\nsince\r\n$5\r\n1.0.0\r\n$5\r\ngroup\r\n$6\r\nstring\r\n"
        "$10\r\ncomplexity\r\n$4\r\nO(1)\r\n"
        "$9\r\narguments\r\n*1\r\n*6\r\n$4\r\nname\r\n$3\r\nkey\r\n$4\r\ntype\r\n$3\r\nkey\r\n"
        "$14\r\nkey_spec_index\r\n:0\r\n");
}

/* Every command's answers are one whole value. */
static void test_every_answer_is_whole(void **state)
{
    (void)state;
    static putter *const putters[] = {redis_reply_command_info, redis_reply_command_docs};
    for (uint32_t i = 0; i < 4 * redis_command_count(); i++) {
        struct outq out;
        outq_init(&out);
        struct redis_reply reply = {.out = &out, .resp = 2 + (i & 1)};
        putters[i >> 1 & 1](&reply, redis_command_at(i >> 2));
        struct slice found = outq_flatten(&out);
        assert_int_equal(resp_reply_length(found), found.len);
        outq_done(&out);
    }
}

static void put_flags(struct redis_reply *reply, const struct redis_command_info *info)
{
    redis_reply_key_flags(reply, info->key_specs[0].flags | REDIS_CHANNEL_PUBLISH);
}

static void test_key_flags(void **state)
{
    (void)state;
    assert_reply(put_flags, "set", 2, "*4\r\n+RW\r\n+access\r\n+update\r\n+variable_flags\r\n");
    assert_reply(put_flags, "get", 3, "~2\r\n+RO\r\n+access\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_docs),
        cmocka_unit_test(test_every_answer_is_whole),
        cmocka_unit_test(test_key_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
