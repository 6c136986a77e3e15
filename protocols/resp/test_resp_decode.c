#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/resp/resp_decode.h"

/* ---- what was decoded, as text: "[SET key value]", "empty", "error: ..." */

#define LOG_MAX 8192

struct log {
    char text[LOG_MAX];
    size_t len;
};

static void add(struct log *log, struct slice bytes)
{
    assert_true(log->len + bytes.len < LOG_MAX);
    memcpy(log->text + log->len, bytes.ptr, bytes.len);
    log->len += bytes.len;
    log->text[log->len] = 0;
}

static void add_command(struct log *log, const struct resp_decoder *d)
{
    for (uint32_t i = 0; i < d->argc; i++) {
        add(log, slice_str(i ? " " : "["));
        add(log, d->argv[i]);
    }
    add(log, slice_str("]"));
}

/* Decodes what `in` holds from *at on; false once a request was malformed. */
static bool take_requests(struct resp_decoder *d, struct slice in, size_t *at, struct log *log)
{
    for (;;) {
        /* A copy of its own each time: a byte read too far is found, and so is a kept pointer. */
        size_t len = in.len - *at, used = SIZE_MAX;
        uint8_t *copy = malloc(len ? len : 1);
        memcpy(copy, in.ptr + *at, len);
        enum resp_status status = resp_decode(d, slice_of(copy, len), &used);
        assert_true(used <= len);
        if (status == RESP_COMMAND)
            add_command(log, d);
        else if (status == RESP_EMPTY)
            add(log, slice_str("empty "));
        else if (status == RESP_MALFORMED)
            add(log, slice_str(d->error));
        free(copy);
        if (status == RESP_NEED_MORE || status == RESP_MALFORMED)
            return status == RESP_NEED_MORE;
        *at += used;
    }
}

/* Feeds `in` up to each of the cuts, then whole. */
static void decode_cut(struct slice in, const size_t *cuts, size_t count, struct log *log)
{
    struct resp_decoder d;
    size_t at = 0;
    log->len = 0;
    log->text[0] = 0;
    resp_decoder_init(&d);
    for (size_t i = 0; i <= count; i++)
        if (!take_requests(&d, slice_of(in.ptr, i < count ? cuts[i] : in.len), &at, log))
            break;
    resp_decoder_done(&d);
}

static void assert_decodes(struct slice in, const char *expected)
{
    struct log log;
    decode_cut(in, NULL, 0, &log);
    assert_string_equal(log.text, expected);
}

#define ASSERT_DECODES(bytes, expected) assert_decodes(slice_of(bytes, sizeof(bytes) - 1), expected)

/* ---- tests */

static const struct {
    const char *bytes, *decoded;
} streams[] = {
    {"*1\r\n$4\r\nPING\r\n",                                                            "[PING]"                                                 },
    {"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n",
     "[SET key value][GET key]"                                                                                                                  },
    {"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*2\r\n$4\r\nECHO\r\n$2\r\n\r\n\r\n",                "[ECHO ][ECHO \r\n]"                                     },
    {"*2\r\n$4\r\nECHO\r\n$12\r\nabcdefghijkl\r\n",                                     "[ECHO abcdefghijkl]"                                    },
    {"*11\r\n$1\r\n0\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n$1\r\n4\r\n$1\r\n5\r\n$1\r\n6\r\n$1\r\n7\r\n"
     "$1\r\n8\r\n$1\r\n9\r\n$1\r\nx\r\n",                                          "[0 1 2 3 4 5 6 7 8 9 x]"                                },
    {"*0\r\n*-1\r\n*-10\r\n\r\n\n   \r\nPING\r\nSET a 'b c'\n",
     "empty empty empty empty empty empty "
     "[PING][SET a b c]"                                                                                                                         },
 /* Only CR is looked at. */
    {"*1\rx$4\rxPINGab*1\r\n$1\r\nx\r\n",                                               "[PING][x]"                                              },
    {"*1\r\n$4\r\nPING\r\n*1\r\nfoo\r\n",                                               "[PING]expected '$', got 'f'"                            },
    {"ECHO \"a\\x41\\n\\q\" 'it\\'s \\n'\r\nECHO 'x\r\n",                               "[ECHO aA\nq it's \\n]"
                                                          "unbalanced quotes in request"},
};

static void decodes_however_it_is_split(void **state)
{
    (void)state;
    struct log log;
    for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
        struct slice in = slice_str(streams[i].bytes);
        for (size_t first = 0; first <= in.len; first++) {
            for (size_t second = first; second <= in.len; second++) {
                decode_cut(in, (size_t[]){first, second}, 2, &log);
                assert_string_equal(log.text, streams[i].decoded);
            }
        }
        size_t every[256];
        for (size_t at = 0; at < in.len; at++)
            every[at] = at;
        decode_cut(in, every, in.len, &log);
        assert_string_equal(log.text, streams[i].decoded);
    }
}

/* Texts are what redis-server 7.0.15 answers behind "-ERR Protocol error: ". */
static void refuses_what_the_server_refuses(void **state)
{
    (void)state;
    ASSERT_DECODES("*3000000000\r\n", "invalid multibulk length");
    ASSERT_DECODES("*2147483648\r\n", "invalid multibulk length");
    ASSERT_DECODES("*x\r\n", "invalid multibulk length");
    ASSERT_DECODES("*\r\n", "invalid multibulk length");
    ASSERT_DECODES("*1x\r\n", "invalid multibulk length");
    ASSERT_DECODES("*01\r\n", "invalid multibulk length");
    ASSERT_DECODES("*+1\r\n", "invalid multibulk length");
    ASSERT_DECODES("*-0\r\n", "invalid multibulk length");
    ASSERT_DECODES("*-9223372036854775809\r\n", "invalid multibulk length");
    ASSERT_DECODES("*18446744073709551617\r\n", "invalid multibulk length");
    ASSERT_DECODES("*1\r\n$-1\r\n", "invalid bulk length");
    ASSERT_DECODES("*1\r\n$abc\r\n", "invalid bulk length");
    ASSERT_DECODES("*1\r\n$\r\n", "invalid bulk length");
    ASSERT_DECODES("*1\r\n$04\r\n", "invalid bulk length");
    ASSERT_DECODES("*1\r\n$536870913\r\n", "invalid bulk length");
    ASSERT_DECODES("*1\r\n$18446744073709551617\r\n", "invalid bulk length");
    ASSERT_DECODES("*1\r\nfoo\r\n", "expected '$', got 'f'");
    ASSERT_DECODES("*1\r\n\xff\r\n", "expected '$', got '\xff'");
    ASSERT_DECODES("*1\r\n\roo\r\n", "expected '$', got ' '");
    ASSERT_DECODES("*1\r\n\noo\r\n", "expected '$', got ' '");
    ASSERT_DECODES("*1\r\n\0oo\r\n", "expected '$', got ' '");
    ASSERT_DECODES("*1\r\n*1\r\n", "expected '$', got '*'");
    ASSERT_DECODES("*2\r\n$1\r\nx\r\nx\r\n", "expected '$', got 'x'");
}

/* A line is judged when it is complete, with the byte behind its CR. */
static void waits_for_the_end_of_a_line(void **state)
{
    (void)state;
    ASSERT_DECODES("*x\r", "");
    ASSERT_DECODES("*1\r\nfoo", "");
    ASSERT_DECODES("*1\r\nfoo\r", "");
    ASSERT_DECODES("*1\r\n$-1\r", "");
    ASSERT_DECODES("ECHO 'x", "");
}

/* What an inline command becomes; expectations are redis-server 7.0.15's. */
static void splits_inline_commands(void **state)
{
    (void)state;
    ASSERT_DECODES("  PING  \r\n", "[PING]");
    ASSERT_DECODES("PING\r\r\n", "[PING]");
    ASSERT_DECODES("ECHO\ta\r\n", "[ECHO a]");
    ASSERT_DECODES("ECHO a\x0b"
                   "b\r\n",
                   "[ECHO a\x0b"
                   "b]");
    ASSERT_DECODES("ECHO \x0c"
                   "b\r\n",
                   "[ECHO b]");
    ASSERT_DECODES("ECHO \"\\t\\b\\a\\r\\\\\\\"\"\r\n", "[ECHO \t\b\a\r\\\"]");
    ASSERT_DECODES("ECHO \"\\xg1\\x4\"\r\n", "[ECHO xg1x4]");
    ASSERT_DECODES("ECHO \"\" ''\r\n", "[ECHO  ]");
    ASSERT_DECODES("ECHO a\"b\"\r\n", "[ECHO ab]");
    ASSERT_DECODES("ECHO \"a\"\x0b\r\n", "[ECHO a]");
    ASSERT_DECODES("ECHO \"abc\"d\r\n", "unbalanced quotes in request");
    ASSERT_DECODES("ECHO 'a'b\r\n", "unbalanced quotes in request");
    ASSERT_DECODES("ECHO \"a\\\n", "unbalanced quotes in request");
    ASSERT_DECODES("ECHO a\"b\r\n", "unbalanced quotes in request");
}

static void assert_limit(const char *head, size_t len, const char *error)
{
    struct resp_decoder d;
    size_t used;
    uint8_t *line = malloc(len);
    memset(line, '1', len);
    memcpy(line, head, strlen(head));
    resp_decoder_init(&d);
    enum resp_status status = resp_decode(&d, slice_of(line, len), &used);
    assert_int_equal(status, error ? RESP_MALFORMED : RESP_NEED_MORE);
    if (error)
        assert_string_equal(d.error, error);
    resp_decoder_done(&d);
    free(line);
}

static void lines_do_not_grow_for_ever(void **state)
{
    (void)state;
    const size_t max = RESP_INLINE_BYTES_MAX;
    assert_limit("", max, NULL);
    assert_limit("", max + 1, "too big inline request");
    assert_limit("*", max, NULL);
    assert_limit("*", max + 1, "too big mbulk count string");
    assert_limit("*1\r\n$", max + 4, NULL);
    assert_limit("*1\r\n$", max + 5, "too big bulk count string");
    assert_limit("*1\r\nx", max + 5, "too big bulk count string");
    assert_limit("*1\r\n$100000\r\n", max + 100, NULL);
}

static void limits_are_the_session_s(void **state)
{
    (void)state;
    struct resp_decoder d;
    size_t used;
    static const struct {
        const char *bytes, *error;
        bool authenticated;
    } cases[] = {
        {"*11\r\n",             "unauthenticated multibulk length", false},
        {"*1\r\n$16385\r\n",    "unauthenticated bulk length",      false},
        {"*10\r\n$16384\r\n",   NULL,                               false},
        {"*1\r\n$1048577\r\n",  "invalid bulk length",              true },
        {"*11\r\n$1048576\r\n", NULL,                               true },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        resp_decoder_init(&d);
        d.authenticated = cases[i].authenticated;
        d.bulk_max = 1048576;
        enum resp_status status = resp_decode(&d, slice_str(cases[i].bytes), &used);
        assert_int_equal(status, cases[i].error ? RESP_MALFORMED : RESP_NEED_MORE);
        if (cases[i].error)
            assert_string_equal(d.error, cases[i].error);
        resp_decoder_done(&d);
    }
}

static void says_what_is_missing(void **state)
{
    (void)state;
    struct resp_decoder d;
    size_t used;
    struct slice in = slice_str("*1\r\n$10\r\nabc");
    resp_decoder_init(&d);
    assert_int_equal(resp_decoder_missing(&d), 0);
    assert_int_equal(resp_decode(&d, in, &used), RESP_NEED_MORE);
    assert_int_equal(resp_decoder_missing(&d), 9);
    resp_decoder_done(&d);
}

/* Memory follows what came, not what was announced, and is given back after a large request. */
static void memory_follows_the_arguments(void **state)
{
    (void)state;
    enum { ARGS = 5000, ARG_LEN = 7 };
    struct resp_decoder d;
    size_t used, len;
    uint8_t *in = malloc(16 + ARGS * ARG_LEN);
    resp_decoder_init(&d);
    assert_int_equal(resp_decode(&d, slice_str("*2147483647\r\n$1\r\nx\r\n"), &used),
                     RESP_NEED_MORE);
    assert_true(d.room < 16);
    resp_decoder_done(&d);

    resp_decoder_init(&d);
    len = (size_t)snprintf((char *)in, 16, "*%d\r\n", ARGS);
    for (size_t i = 0; i < ARGS; i++, len += ARG_LEN)
        memcpy(in + len, "$1\r\nx\r\n", ARG_LEN);
    assert_int_equal(resp_decode(&d, slice_of(in, len), &used), RESP_COMMAND);
    assert_int_equal(d.argc, ARGS);
    assert_true(d.room >= ARGS);
    assert_int_equal(resp_decode(&d, slice_str("*1\r\n$1\r\nx\r\n"), &used), RESP_COMMAND);
    assert_true(d.room < 16);
    resp_decoder_done(&d);
    free(in);
}

static void nul_is_a_byte_like_any_other(void **state)
{
    (void)state;
    struct log log;
    decode_cut(slice_of("*1\r\n$3\r\na\0b\r\n", 13), NULL, 0, &log);
    assert_int_equal(log.len, 5);
    assert_memory_equal(log.text, "[a\0b]", 5);
    decode_cut(slice_of("a\0b\r\n", 5), NULL, 0, &log);
    assert_memory_equal(log.text, "[a\0b]", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_however_it_is_split),
        cmocka_unit_test(refuses_what_the_server_refuses),
        cmocka_unit_test(waits_for_the_end_of_a_line),
        cmocka_unit_test(splits_inline_commands),
        cmocka_unit_test(lines_do_not_grow_for_ever),
        cmocka_unit_test(limits_are_the_session_s),
        cmocka_unit_test(says_what_is_missing),
        cmocka_unit_test(memory_follows_the_arguments),
        cmocka_unit_test(nul_is_a_byte_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
