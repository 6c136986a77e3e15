#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/resp/resp_reply.h"

static struct resp_item read_one(const char *text)
{
    struct resp_reader reader = resp_reader_of(slice_str(text));
    struct resp_item item;
    assert_int_equal(resp_read(&reader, &item), RESP_REPLY_ITEM);
    assert_ptr_equal(reader.at, reader.end);
    return item;
}

static void reads_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
        int64_t number;
        enum resp_kind kind;
        bool null;
    } cases[] = {
        {"+OK\r\n",           "OK",      0,  RESP_SIMPLE,     false},
        {"+\r\n",             "",        0,  RESP_SIMPLE,     false},
        {"-ERR x\r\n",        "ERR x",   0,  RESP_ERROR,      false},
        {":-5\r\n",           "-5",      -5, RESP_INT,        false},
        {"$3\r\na\r\n\r\n",   "a\r\n",   3,  RESP_BULK,       false},
        {"$0\r\n\r\n",        "",        0,  RESP_BULK,       false},
        {"$-1\r\n",           "",        -1, RESP_BULK,       true },
        {"*2\r\n",            NULL,      2,  RESP_ARRAY,      false},
        {"*-1\r\n",           NULL,      0,  RESP_ARRAY,      true },
        {"_\r\n",             "",        0,  RESP_NULL,       true },
        {"#t\r\n",            NULL,      1,  RESP_BOOL,       false},
        {"#f\r\n",            NULL,      0,  RESP_BOOL,       false},
        {",1.5\r\n",          "1.5",     0,  RESP_DOUBLE,     false},
        {"(123\r\n",          "123",     0,  RESP_BIG_NUMBER, false},
        {"=7\r\ntxt:abc\r\n", "txt:abc", 7,  RESP_VERBATIM,   false},
        {"!3\r\nERR\r\n",     "ERR",     3,  RESP_BULK_ERROR, false},
        {"%2\r\n",            NULL,      4,  RESP_MAP,        false},
        {"~2\r\n",            NULL,      2,  RESP_SET,        false},
        {">2\r\n",            NULL,      2,  RESP_PUSH,       false},
        {"|1\r\n",            NULL,      2,  RESP_ATTRIBUTE,  false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct resp_item item = read_one(cases[i].text);
        assert_int_equal(item.kind, cases[i].kind);
        assert_int_equal(item.null, cases[i].null);
        assert_int_equal(item.number, cases[i].number);
        if (cases[i].bytes)
            assert_true(slice_eq_str(item.bytes, cases[i].bytes));
    }
}

static void refuses_what_is_no_reply(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "x\r\n",   ":\r\n",   ":1.5\r\n", ":+1\r\n",         "$-2\r\n", "$x\r\n",
        "*-2\r\n", "#x\r\n",  "_x\r\n",   "*2147483648\r\n", "+OK\rx",  "$?\r\n",
        "*?\r\n",  "$ 1\r\n", "\r\n",     "%01\r\n",         "~1a\r\n", "|\r\n",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct resp_reader reader = resp_reader_of(slice_str(cases[i]));
        struct resp_item item;
        assert_int_equal(resp_read(&reader, &item), RESP_REPLY_MALFORMED);
        assert_int_equal(resp_reply_length(slice_str(cases[i])), -1);
    }
}

static void measures_a_whole_reply_at_every_cut(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "+OK\r\n",
        "$5\r\nhello\r\n",
        "*0\r\n",
        "*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n%1\r\n+k\r\n#t\r\n",
        "|1\r\n+ttl\r\n:3600\r\n*2\r\n|0\r\n:1\r\n_\r\n",
        "$9223372036854775807\r\n",
    };
    for (size_t i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
        struct slice whole = slice_str(replies[i]);
        for (size_t len = 0; len <= whole.len; len++) {
            uint8_t *copy = malloc(len ? len : 1);
            memcpy(copy, whole.ptr, len);
            bool complete = len == whole.len && !strstr(replies[i], "$92");
            assert_int_equal(resp_reply_length(slice_of(copy, len)), complete ? len : 0);
            free(copy);
        }
    }
    assert_int_equal(resp_reply_length(slice_str("+a\r\n+b\r\n")), 4);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char reply[(RESP_DEPTH_MAX + 1) * 4 + 4];
    for (size_t i = 0; i <= RESP_DEPTH_MAX; i++)
        memcpy(reply + i * 4, "*1\r\n", 4);
    memcpy(reply + RESP_DEPTH_MAX * 4, ":1\r\n", 4);
    assert_int_equal(resp_reply_length(slice_of(reply, RESP_DEPTH_MAX * 4 + 4)),
                     RESP_DEPTH_MAX * 4 + 4);
    memcpy(reply + RESP_DEPTH_MAX * 4, "*1\r\n:1\r\n", 8);
    assert_int_equal(resp_reply_length(slice_of(reply, sizeof(reply))), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind),
        cmocka_unit_test(refuses_what_is_no_reply),
        cmocka_unit_test(measures_a_whole_reply_at_every_cut),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
