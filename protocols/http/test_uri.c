#include "common/unit_test.h"
#include "protocols/http/uri.h"

static void assert_text(struct slice got, const char *expected)
{
    if (!expected) {
        assert_null(got.ptr);
        return;
    }
    assert_non_null(got.ptr);
    assert_int_equal(got.len, strlen(expected));
    assert_memory_equal(got.ptr, expected, got.len);
}

static void splits_targets(void **state)
{
    (void)state;
    static const struct {
        const char *target, *authority, *path, *query;
    } cases[] = {
        {"/",                 NULL,         "/",    NULL     },
        {"/a/b",              NULL,         "/a/b", NULL     },
        {"/a?",               NULL,         "/a",   ""       },
        {"/a?b=c?d/e",        NULL,         "/a",   "b=c?d/e"},
        {"//a?b",             NULL,         "//a",  "b"      },
        {"http://h:1/a?b",    "h:1",        "/a",   "b"      },
        {"http://[::1]:4600", "[::1]:4600", "/",    NULL     },
        {"http://h?b",        "h",          "/",    "b"      },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct uri uri;
        assert_true(uri_split(slice_str(cases[i].target), &uri));
        assert_text(uri.authority, cases[i].authority);
        assert_text(uri.path, cases[i].path);
        assert_text(uri.query, cases[i].query);
    }
    static const char *const others[] = {"", "*", "a", "a:1", "http:/a", "?a"};
    struct uri uri;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(uri_split(slice_str(others[i]), &uri));
}

static void walks_segments(void **state)
{
    (void)state;
    struct slice path = slice_str("/a//b%2Fc/"), segment;
    static const char *const expected[] = {"a", "", "b%2Fc", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_true(uri_next_segment(&path, &segment));
        assert_text(segment, expected[i]);
    }
    assert_false(uri_next_segment(&path, &segment));
    path = slice_str("/");
    assert_true(uri_next_segment(&path, &segment));
    assert_text(segment, "");
    assert_false(uri_next_segment(&path, &segment));
    path = slice_str("a");
    assert_false(uri_next_segment(&path, &segment));
}

static void decodes_escapes(void **state)
{
    (void)state;
    uint8_t out[32];
    size_t len;
    assert_true(uri_decode(slice_str("a+b%2f%C3%bc%00"), out, &len));
    assert_int_equal(len, 7);
    assert_memory_equal(out, "a+b/\xc3\xbc\0", 7);
    assert_true(uri_decode(slice_str(""), out, &len));
    assert_int_equal(len, 0);
    static const char *const bad[] = {"%", "%1", "%g0", "%0g", "a%%20", "%u0041"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(uri_decode(slice_str(bad[i]), out, &len));
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    uint8_t all[256], back[768];
    char text[768];
    size_t len;
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    size_t encoded = uri_encode(slice_of(all, 256), text);
    assert_true(uri_decode(slice_of(text, encoded), back, &len));
    assert_int_equal(len, 256);
    assert_memory_equal(back, all, 256);
    assert_int_equal(uri_encode(slice_str("a b~/"), text), 9);
    assert_memory_equal(text, "a%20b~%2F", 9);
}

static void parses_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        const char *pairs[4][2];
    } cases[] = {
        {"",                                                           0, {{0}}                                                                          },
        {"&&",                                                         0, {{0}}                                                                          },
        {"Action=Describe&Filter.1.Name=a%26b+c&Filter.1.Value.1=%2B",
         3,                                                               {{"Action", "Describe"}, {"Filter.1.Name", "a&b c"}, {"Filter.1.Value.1", "+"}}},
        {"b=2&a=1&b=3&",                                               3, {{"b", "2"}, {"a", "1"}, {"b", "3"}}                                           },
        {"a&=&=b&c=d=e",                                               4, {{"a", ""}, {"", ""}, {"", "b"}, {"c", "d=e"}}                                 },
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct uri_form form;
        assert_int_equal(uri_parse_form(&arena, slice_str(cases[i].text), &form), URI_OK);
        assert_int_equal(form.count, cases[i].count);
        for (size_t at = 0; at < form.count; at++) {
            assert_text(form.pairs[at].name, cases[i].pairs[at][0]);
            assert_text(form.pairs[at].value, cases[i].pairs[at][1]);
        }
    }
    struct uri_form form;
    assert_int_equal(uri_parse_form(&arena, slice_of(NULL, 0), &form), URI_OK);
    assert_int_equal(form.count, 0);
    assert_int_equal(uri_parse_form(&arena, slice_str("b=2&a=1&b=3"), &form), URI_OK);
    assert_text(uri_form_find(&form, "b"), "2");
    assert_text(uri_form_find(&form, "B"), NULL);
    arena_done(&arena);
}

static void refuses_bad_forms(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct uri_form form;
    static const char *const bad[] = {"a=%", "%=1", "a=1&b%4=2", "a=%zz&b=1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(uri_parse_form(&arena, slice_str(bad[i]), &form), URI_MALFORMED);
    static char many[URI_PAIRS_MAX];
    memset(many, '&', sizeof(many));
    assert_int_equal(uri_parse_form(&arena, slice_of(many, sizeof(many) - 1), &form), URI_OK);
    assert_int_equal(uri_parse_form(&arena, slice_of(many, sizeof(many)), &form), URI_TOO_MANY);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_targets),  cmocka_unit_test(walks_segments),
        cmocka_unit_test(decodes_escapes), cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(parses_forms),    cmocka_unit_test(refuses_bad_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
