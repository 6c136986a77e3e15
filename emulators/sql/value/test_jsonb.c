#include "common/unit_test.h"
#include "emulators/sql/value/call.h"
#include "emulators/sql/value/json_text.h"
#include "emulators/sql/value/jsonb.h"

struct fixture {
    struct arena arena;
    struct sql_error error;
    struct sql_env env;
    struct sql_call call;
};

static void begin(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    arena_init(&f->arena);
    sql_error_begin(&f->error, &f->arena);
    f->env = (struct sql_env){.arena = &f->arena, .error = &f->error};
    f->call = (struct sql_call){.env = &f->env, .arena = &f->arena};
}

static void check_printed(const char *in, const char *expected)
{
    struct fixture f;
    struct datum value;
    begin(&f);
    struct sql_bytes text = sql_bytes_begin(&f.call);
    assert_true(sql_jsonb_ops.input(&f.call, NULL, slice_str(in), -1, &value));
    assert_true(sql_jsonb_ops.output(&f.call, NULL, value, &text));
    sql_bytes_add_char(&text, '\0');
    assert_string_equal((const char *)text.ptr, expected);
    arena_done(&f.arena);
}

static void test_round_trip(void **state)
{
    (void)state;
    check_printed("{\"bb\":1,\"a\":[1,2,{}],\"c\":null,\"a\":2.50}",
                  "{\"a\": 2.50, \"c\": null, \"bb\": 1}");
    check_printed(" [ ] ", "[]");
    check_printed("\"a\\u0041\\n\\\"\"", "\"aA\\n\\\"\"");
    check_printed("1e2", "100");
    check_printed("[true,false,null,[[]],{\"x\":{\"y\":[0]}}]",
                  "[true, false, null, [[]], {\"x\": {\"y\": [0]}}]");
    check_printed("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
}

static void check_refused(const char *in, const char *sqlstate, const char *detail,
                          const char *context)
{
    struct fixture f;
    struct datum value;
    begin(&f);
    assert_false(sql_jsonb_ops.input(&f.call, NULL, slice_str(in), -1, &value));
    assert_string_equal(f.error.sqlstate, sqlstate);
    assert_true(slice_eq_str(f.error.detail, detail));
    assert_true(slice_eq_str(f.error.context, context));
    arena_done(&f.arena);
}

/* Texts as PostgreSQL 15 has them. */
static void test_errors(void **state)
{
    (void)state;
    check_refused("{\"a\":1", "22P02", "The input string ended unexpectedly.",
                  "JSON data, line 1: {\"a\":1");
    check_refused("{\"a\" 1}", "22P02", "Expected \":\", but found \"1\".",
                  "JSON data, line 1: {\"a\" 1...");
    check_refused("[1,]", "22P02", "Expected JSON value, but found \"]\".",
                  "JSON data, line 1: [1,]");
    check_refused("[1 2]", "22P02", "Expected \",\" or \"]\", but found \"2\".",
                  "JSON data, line 1: [1 2...");
    check_refused("{a:1}", "22P02", "Token \"a\" is invalid.", "JSON data, line 1: {a...");
    check_refused("\"abc", "22P02", "Token \"\"abc\" is invalid.", "JSON data, line 1: \"abc");
    check_refused("\"a\\q\"", "22P02", "Escape sequence \"\\q\" is invalid.",
                  "JSON data, line 1: \"a\\q...");
    check_refused("\"\\u00\"", "22P02", "\"\\u\" must be followed by four hexadecimal digits.",
                  "JSON data, line 1: \"\\u00\"");
    check_refused("{\"a\":1,}", "22P02", "Expected string, but found \"}\".",
                  "JSON data, line 1: {\"a\":1,}");
    check_refused("", "22P02", "The input string ended unexpectedly.", "JSON data, line 1: ");
    check_refused("\"a\tb\"", "22P02", "Character with value 0x09 must be escaped.",
                  "JSON data, line 1: \"a...");
    check_refused("{\"a\":[1,2,{\"b\":oops}]}", "22P02", "Token \"oops\" is invalid.",
                  "JSON data, line 1: {\"a\":[1,2,{\"b\":oops...");
    check_refused("\"\\u0000\"", "22P05", "\\u0000 cannot be converted to text.",
                  "JSON data, line 1: \"\\u0000...");
}

static void test_order(void **state)
{
    (void)state;
    static const char *const ascending[] = {"[]",     "null", "\"a\"",  "1",  "false",     "true",
                                            "[null]", "[1]",  "[1, 1]", "{}", "{\"a\": 1}"};
    struct fixture f;
    begin(&f);
    for (size_t i = 0; i + 1 < sizeof(ascending) / sizeof(ascending[0]); i++) {
        struct datum a, b;
        struct sql_bytes key_a = sql_bytes_begin(&f.call), key_b = sql_bytes_begin(&f.call);
        assert_true(sql_jsonb_ops.input(&f.call, NULL, slice_str(ascending[i]), -1, &a));
        assert_true(sql_jsonb_ops.input(&f.call, NULL, slice_str(ascending[i + 1]), -1, &b));
        assert_true(sql_jsonb_ops.compare(&f.call, NULL, a, b) < 0);
        assert_true(sql_jsonb_ops.encode_key(&f.call, NULL, a, &key_a));
        assert_true(sql_jsonb_ops.encode_key(&f.call, NULL, b, &key_b));
        assert_true(slice_compare(sql_bytes_slice(&key_a), sql_bytes_slice(&key_b)) < 0);
    }
    arena_done(&f.arena);
}

static void test_depth(void **state)
{
    (void)state;
    struct fixture f;
    struct datum value;
    begin(&f);
    char deep[SQL_JSON_DEPTH_MAX + 2];
    memset(deep, '[', sizeof(deep));
    assert_false(sql_jsonb_ops.input(&f.call, NULL, slice_of(deep, sizeof(deep)), -1, &value));
    assert_string_equal(f.error.sqlstate, "54001");
    arena_done(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
