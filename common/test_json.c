#include <math.h>
#include <stdio.h>

#include "common/json.h"
#include "common/unit_test.h"

/* ---- writer */

static void assert_written(struct outq *q, const char *expected)
{
    struct slice all = outq_flatten(q);
    assert_int_equal(all.len, strlen(expected));
    assert_memory_equal(all.ptr, expected, all.len);
    outq_take(q, all.len);
}

static void commas_and_nesting_are_the_writer_s(void **state)
{
    (void)state;
    struct outq q;
    outq_init(&q);
    struct json_writer w = json_writer_of(&q);
    json_object(&w);
    json_key_str(&w, "empty");
    json_array(&w);
    json_array_end(&w);
    json_key_str(&w, "list");
    json_array(&w);
    json_int(&w, -1);
    json_uint(&w, UINT64_MAX);
    json_object(&w);
    json_object_end(&w);
    json_null(&w);
    json_array_end(&w);
    json_key(&w, slice_str("yes"));
    json_bool(&w, true);
    json_key_str(&w, "raw");
    json_raw(&w, slice_str("[1]"));
    json_key_str(&w, "no");
    json_bool(&w, false);
    json_object_end(&w);
    assert_written(&q, "{\"empty\":[],\"list\":[-1,18446744073709551615,{},null],\"yes\":true,"
                       "\"raw\":[1],\"no\":false}");
    assert_int_equal(w.depth, 0);
    outq_done(&q);
}

static void any_bytes_become_valid_strings(void **state)
{
    (void)state;
    struct outq q;
    outq_init(&q);
    struct json_writer w = json_writer_of(&q);
    json_array(&w);
    json_string(&w, slice_of("a\0\"\\\n\r\t\b\f/\x1f\x7f", 12));
    json_str(&w, "z\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80");
    /* not UTF-8: alone, overlong, a surrogate, beyond U+10FFFF, cut short */
    json_str(&w, "\xff|\xc0\x80|\xed\xa0\x80|\xf4\x90\x80\x80|\xe2\x82");
    json_array_end(&w);
    assert_written(&q, "[\"a\\u0000\\\"\\\\\\n\\r\\t\\b\\f/\\u001f\x7f\","
                       "\"z\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80\","
                       "\"\\u00ff|\\u00c0\\u0080|\\u00ed\\u00a0\\u0080|"
                       "\\u00f4\\u0090\\u0080\\u0080|\\u00e2\\u0082\"]");
    outq_done(&q);
}

static void doubles_are_short_and_exact(void **state)
{
    (void)state;
    struct outq q;
    outq_init(&q);
    struct json_writer w = json_writer_of(&q);
    json_array(&w);
    json_double(&w, 3);
    json_double(&w, 0.1);
    json_double(&w, 1e300);
    json_double(&w, 0.1 + 0.2);
    json_double(&w, INFINITY);
    json_double(&w, NAN);
    json_array_end(&w);
    assert_written(&q, "[3,0.1,1e+300,0.30000000000000004,\"inf\",\"nan\"]");
    outq_done(&q);
}

/* ---- reader */

/* One line of what the reader gave: "{ k:a 1 [ ] } ." or "error at L:C: text". */
static void read_all(struct slice in, char *out, size_t room)
{
    static const char *const marks[] = {
        [JSON_END] = ".",       [JSON_OBJECT] = "{", [JSON_OBJECT_END] = "}", [JSON_ARRAY] = "[",
        [JSON_ARRAY_END] = "]", [JSON_KEY] = "k:",   [JSON_STRING] = "s:"};
    struct arena arena = {0};
    struct json_reader r;
    struct json_token token;
    size_t len = 0, at;
    json_reader_init(&r, in, &arena);
    while (json_next(&r, &token)) {
        const char *mark = token.kind <= JSON_STRING ? marks[token.kind] : "";
        bool text = token.kind >= JSON_KEY;
        len += (size_t)snprintf(out + len, room - len, "%s" SLICE_FMT, mark,
                                SLICE_ARG(text ? token.text : slice_str("")));
        if (token.kind == JSON_END)
            break;
        len += (size_t)snprintf(out + len, room - len, " ");
    }
    if (json_error(&r, &at)) {
        struct utf8_position position = json_position(&r, at);
        snprintf(out + len, room - len, "%zu:%zu: %s", position.line, position.column,
                 json_error(&r, &at));
        assert_false(json_next(&r, &token));
    }
    arena_done(&arena);
}

static void assert_reads(const char *in, const char *expected)
{
    char out[4096];
    read_all(slice_str(in), out, sizeof(out));
    assert_string_equal(out, expected);
}

static void reads_every_kind_of_value(void **state)
{
    (void)state;
    assert_reads("{}", "{ } .");
    assert_reads(" [ ] \r\n\t", "[ ] .");
    assert_reads("[1, -0.5e+3,true ,false,null,\"x\"]", "[ 1 -0.5e+3 true false null s:x ] .");
    assert_reads("{\"a\":{\"b\":[{}]},\"c\":1}", "{ k:a { k:b [ { } ] } k:c 1 } .");
    assert_reads("12345678901234567890.000", "12345678901234567890.000 .");
    assert_reads("0", "0 .");
    assert_reads("\"\"", "s: .");
    assert_reads("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s:\"\\/\b\f\n\r\t .");
    assert_reads("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"",
                 "s:A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 .");
    assert_reads("{\"\\u0061\":1}", "{ k:a 1 } .");
}

static void says_what_was_expected_where(void **state)
{
    (void)state;
    assert_reads("", "1:1: expected a value, got the end");
    assert_reads("  \n ", "2:2: expected a value, got the end");
    assert_reads("1 2", "1 1:3: expected the end of the text, got '2'");
    assert_reads("[1,]", "[ 1 1:4: expected a value, got ']'");
    assert_reads("[1 2]", "[ 1 1:4: expected ',' or the end of the object or array, got '2'");
    assert_reads("[1}", "[ 1 1:3: expected ',' or the end of the object or array, got '}'");
    assert_reads("[,", "[ 1:2: expected a value or ']', got ','");
    assert_reads("{\"a\" 1}", "{ k:a 1:6: expected ':', got '1'");
    assert_reads("{\"a\":}", "{ k:a 1:6: expected a value, got '}'");
    assert_reads("{\"a\":1,}", "{ k:a 1 1:8: expected a member's name, got '}'");
    assert_reads("{1:2}", "{ 1:2: expected a member's name or '}', got '1'");
    assert_reads("{", "{ 1:2: expected a member's name or '}', got the end");
    assert_reads("]", "1:1: expected a value, got ']'");
    assert_reads("[\n  \xc3\xa9]", "[ 2:3: expected a value or ']', got byte 0xc3");
    assert_reads("[\"\xc3\xa9\",x]", "[ s:\xc3\xa9 1:6: expected a value, got 'x'");
    assert_reads("\"abc", "1:5: unfinished at the end");
    assert_reads("tru", "1:4: unfinished at the end");
    assert_reads("trux", "1:4: malformed word: expected true, false or null");
    assert_reads("1.", "1:3: unfinished at the end");
    assert_reads("[1.x]", "[ 1:4: malformed number");
    assert_reads("01", "1:2: malformed number");
    assert_reads("-", "1:2: unfinished at the end");
    assert_reads("+1", "1:1: expected a value, got '+'");
    static const char *const strings[] = {"\"\n\"",   "\"\\x\"",      "\"\\u12g4\"",
                                          "\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\""};
    for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        char out[256];
        read_all(slice_str(strings[i]), out, sizeof(out));
        assert_non_null(strstr(out, "malformed string"));
    }
    assert_reads("\"\\ud83d\"", "1:2: half of a surrogate pair");
    assert_reads("\"\\ude00\\ud83d\"", "1:2: half of a surrogate pair");
    assert_reads("\"\\ud83d\\u0041\"", "1:2: half of a surrogate pair");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    char in[JSON_DEPTH_MAX * 2 + 2], out[4096];
    memset(in, '[', JSON_DEPTH_MAX + 1);
    read_all(slice_of(in, JSON_DEPTH_MAX + 1), out, sizeof(out));
    assert_non_null(strstr(out, "1:129: nested too deeply"));
    memset(in + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    read_all(slice_of(in, JSON_DEPTH_MAX * 2), out, sizeof(out));
    assert_null(strstr(out, "nested"));
}

static void skips_values(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct json_reader r;
    struct json_token token;
    json_reader_init(&r, slice_str("[{\"a\":[1,{}],\"b\":2},{\"c\":{\"d\":[]}},7]"), &arena);
    assert_true(json_next(&r, &token));
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_OBJECT);
    assert_true(json_skip(&r, &token));
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_OBJECT);
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_KEY);
    assert_true(json_skip(&r, &token));
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_OBJECT_END);
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_NUMBER);
    assert_true(json_skip(&r, &token));
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_ARRAY_END);
    assert_true(json_next(&r, &token));
    assert_int_equal(token.kind, JSON_END);
    arena_done(&arena);
}

static void positions_go_either_way(void **state)
{
    (void)state;
    struct json_reader r;
    json_reader_init(&r,
                     slice_str("a\nb\xc3\xa9"
                               "c\n\nd"),
                     NULL);
    struct utf8_position last = json_position(&r, 7), first = json_position(&r, 5);
    assert_int_equal(last.line, 3);
    assert_int_equal(last.column, 1);
    assert_int_equal(first.line, 2);
    assert_int_equal(first.column, 3);
    assert_int_equal(json_position(&r, 99).line, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_and_nesting_are_the_writer_s),
        cmocka_unit_test(any_bytes_become_valid_strings),
        cmocka_unit_test(doubles_are_short_and_exact),
        cmocka_unit_test(reads_every_kind_of_value),
        cmocka_unit_test(says_what_was_expected_where),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(skips_values),
        cmocka_unit_test(positions_go_either_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
