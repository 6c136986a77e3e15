#include <stdlib.h>

#include "common/unit_test.h"

#include "server/cli/answer.h"
#include "server/cli/quote.h"
#include "server/cli/remote.h"

/* What a function prints of a JSON value. */
static char *printed(void (*print)(struct slice value, FILE *out), const char *json)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    print(slice_str(json), out);
    fclose(out);
    return text;
}

static void expect(void (*print)(struct slice value, FILE *out), const char *json,
                   const char *wanted)
{
    char *text = printed(print, json);
    assert_string_equal(text, wanted);
    free(text);
}

static void members_are_found(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct slice object = slice_str("{\"a\": {\"b\": 1}, \"b\": \"x\\ny\", \"c\": [1, 2]}");
    assert_true(slice_eq_str(answer_member(&arena, object, "a"), "{\"b\": 1}"));
    assert_true(slice_eq_str(answer_member(&arena, object, "b"), "x\ny"));
    assert_true(slice_eq_str(answer_value(&arena, object, "b"), "\"x\\ny\""));
    assert_true(slice_eq_str(answer_value(&arena, object, "c"), "[1, 2]"));
    assert_null(answer_member(&arena, object, "d").ptr);
    assert_null(answer_member(&arena, slice_str("[]"), "d").ptr);
    assert_null(answer_member(&arena, slice_str("not JSON"), "d").ptr);
    arena_done(&arena);
}

static void json_is_indented(void **state)
{
    (void)state;
    expect(
        answer_print_json, "{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}",
        "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}\n");
    expect(answer_print_json, "[]", "[]\n");
    expect(answer_print_json, "\"a\\n\"", "\"a\\n\"\n");
}

static void results_are_readable(void **state)
{
    (void)state;
    expect(answer_print_result, "\"a\\nb\"", "a\nb\n");
    expect(answer_print_result, "12", "12\n");
    expect(answer_print_result, "null", "null\n");
    expect(answer_print_result, "[]", "");
    expect(answer_print_result, "[\"a\",2,null]", "a\n2\nnull\n");
    expect(answer_print_result, "[[1]]", "[\n  [\n    1\n  ]\n]\n");
    expect(answer_print_result, "{\"columns\":[\"id\",\"name\"],\"rows\":[[1,\"Ada\"],[20,null]]}",
           "id  name\n1   Ada\n20  null\n");
    expect(answer_print_result, "{\"rows\":[1]}", "{\n  \"rows\": [\n    1\n  ]\n}\n");
}

static void print_rows(struct slice list, FILE *out)
{
    static const struct answer_column columns[] = {
        {"id",   "#", NULL, false},
        {"keys",  NULL, NULL, false},
        {"key",      NULL, NULL, true, "keys"},
        {"spent", NULL, NULL, false},
        {"us", NULL, " us", true},
        {0 },
    };
    assert_int_equal(answer_cells(columns), 3);
    answer_print_list(columns, list, out);
}

static void objects_are_rows(void **state)
{
    (void)state;
    expect(print_rows,
           "[{\"id\":1,\"key\":\"a\",\"spent\":false,\"us\":5},"
           "{\"keys\":[\"a\",\"b\"],\"key\":\"a\",\"spent\":true,\"id\":22},{\"key\":null}]",
           "#1   a    5 us\n#22  a b  spent\n\n");
    expect(print_rows, "[]", "");
}

/* ---- what is sent */

static void expect_quoted(const char *const *words, size_t count, const char *wanted)
{
    struct arena arena = {0};
    struct slice line = quote_command(&arena, words, count);
    assert_true(slice_eq_str(line, wanted));
    arena_done(&arena);
}

static void commands_are_quoted(void **state)
{
    (void)state;
    expect_quoted((const char *const[]){"SELECT 'a b'"}, 1, "SELECT 'a b'");
    expect_quoted((const char *const[]){"GET", "a"}, 2, "GET a");
    expect_quoted((const char *const[]){"SET", "a", "hello world", ""}, 4,
                  "SET a \"hello world\" \"\"");
    expect_quoted((const char *const[]){"SET", "it's", "a\"b\\\n"}, 3,
                  "SET \"it's\" \"a\\\"b\\\\\\x0a\"");
}

static void urls_name_an_address(void **state)
{
    (void)state;
    static const struct {
        const char *url, *address;
        unsigned port;
    } urls[] = {
        {"http://127.0.0.1:4600",    "127.0.0.1", 4600 },
        {"http://127.0.0.1:4600/",   "127.0.0.1", 4600 },
        {"http://[::1]:65535",       "::1",       65535},
        {"http://localhost:1",       "127.0.0.1", 1    },
        {"http://127.0.0.1",         NULL,        0    },
        {"http://127.0.0.1:",        NULL,        0    },
        {"http://127.0.0.1:0",       NULL,        0    },
        {"http://127.0.0.1:65536",   NULL,        0    },
        {"http://127.0.0.1:80/path", NULL,        0    },
        {"https://127.0.0.1:80",     NULL,        0    },
        {"http://example.com:80",    NULL,        0    },
        {"127.0.0.1:80",             NULL,        0    },
        {"http://:80",               NULL,        0    },
        {"",                         NULL,        0    },
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        char address[LISTEN_ADDRESS_BYTES];
        uint16_t port = 0;
        assert_int_equal(remote_parse_url(urls[i].url, address, &port), urls[i].address != NULL);
        assert_int_equal(port, urls[i].port);
        if (urls[i].address)
            assert_string_equal(address, urls[i].address);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found),    cmocka_unit_test(json_is_indented),
        cmocka_unit_test(results_are_readable), cmocka_unit_test(objects_are_rows),
        cmocka_unit_test(commands_are_quoted),  cmocka_unit_test(urls_name_an_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
