#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/unit_test.h"
#include "common/yaml.h"

#define OUT_MAX 8192

/* All events in one line: { } [ ], keys as "k=", scalars as "kind:text"; a report of the error. */
static void read_all(struct yaml_reader *r, char out[OUT_MAX])
{
    static const char *const types[] = {[YAML_END] = ".",
                                        [YAML_MAPPING] = "{",
                                        [YAML_MAPPING_END] = "}",
                                        [YAML_SEQUENCE] = "[",
                                        [YAML_SEQUENCE_END] = "]"};
    static const char kinds[] = {[YAML_STRING] = 's',
                                 [YAML_NULL] = 'n',
                                 [YAML_BOOL] = 'b',
                                 [YAML_INT] = 'i',
                                 [YAML_FLOAT] = 'f'};
    struct yaml_event event = {.type = YAML_SCALAR};
    size_t len = 0;
    out[0] = 0;
    while (yaml_next(r, &event)) {
        const char *space = len && !(len && out[len - 1] == '=') ? " " : "";
        if (event.type != YAML_SCALAR)
            len += (size_t)snprintf(out + len, OUT_MAX - len, "%s%s", space, types[event.type]);
        else if (event.is_key)
            len += (size_t)snprintf(out + len, OUT_MAX - len, "%s" SLICE_FMT "=", space,
                                    SLICE_ARG(event.text));
        else
            len += (size_t)snprintf(out + len, OUT_MAX - len, "%s%c:" SLICE_FMT, space,
                                    kinds[event.kind], SLICE_ARG(event.text));
        if (event.type == YAML_END)
            break;
    }
    if (event.type == YAML_END) {
        assert_true(yaml_next(r, &event));
        assert_int_equal(event.type, YAML_END);
        assert_null(yaml_message(r));
    } else {
        len += (size_t)snprintf(out + len, OUT_MAX - len, "%s", len ? " " : "");
        yaml_report(r, NULL, out + len, OUT_MAX - len);
        assert_non_null(yaml_message(r));
        assert_false(yaml_next(r, &event));
    }
}

static void assert_read_as(const char *name, const char *text, const char *expected)
{
    char out[OUT_MAX];
    struct yaml_reader *r = yaml_open_bytes(name, slice_str(text));
    assert_non_null(r);
    read_all(r, out);
    yaml_close(r);
    assert_string_equal(out, expected);
}

static void assert_reads(const char *text, const char *expected)
{
    assert_read_as("t", text, expected);
}

static void reads_mappings_and_sequences(void **state)
{
    (void)state;
    assert_reads("a: 1\nb: [x, 'y', {c: d}]\ne:\n  - f\n  -\n    g: h\n",
                 "{ a=i:1 b=[ s:x s:y { c=s:d } ] e=[ s:f { g=s:h } ] } .");
    assert_reads("", ".");
    assert_reads("# nothing\n", ".");
    assert_reads("---\n...\n", "n: .");
    assert_reads("hello", "s:hello .");
    assert_reads("a:\nb: {}\nc: []\n", "{ a=n: b={ } c=[ ] } .");
    assert_reads("a: |\n  two\n  lines\nb: >\n  one\n  line\n",
                 "{ a=s:two\nlines\n b=s:one line\n } .");
    assert_reads("{\"a\": \"\\u00e9\\ud83d\\ude00\\x01\"}",
                 "{ a=s:\xc3\xa9\xf0\x9f\x98\x80\x01 } .");
}

static void types_scalars_by_the_core_schema(void **state)
{
    (void)state;
    assert_reads("[null, Null, NULL, ~, nUll, '', \"\"]",
                 "[ n:null n:Null n:NULL n:~ s:nUll s: s: ] .");
    assert_reads("[true, True, TRUE, false, tRue, yes, on]",
                 "[ b:true b:True b:TRUE b:false s:tRue s:yes s:on ] .");
    assert_reads("[0, 007, -1, +1, 0x1F, 0o17, 0b1, 1_000, 0x, '1']",
                 "[ i:0 i:007 i:-1 i:+1 i:0x1F i:0o17 s:0b1 s:1_000 s:0x s:1 ] .");
    assert_reads("[1.5, 1., .5, 1e3, -1.5E-3, .inf, -.INF, +.Inf, .nan, ., 1e, .infx, 1.5.0]",
                 "[ f:1.5 f:1. f:.5 f:1e3 f:-1.5E-3 f:.inf f:-.INF f:+.Inf f:.nan s:. s:1e s:.infx "
                 "s:1.5.0 ] .");
    assert_reads("[12:30:00, 2001-01-01, 1 2]", "[ s:12:30:00 s:2001-01-01 s:1 2 ] .");
    assert_reads("1: 2\ntrue: 3\n", "{ 1=i:2 true=i:3 } .");
}

static void tags_say_otherwise(void **state)
{
    (void)state;
    assert_reads("[!!str 5, ! 5, !!str , !!float 5, !!int 5, !!null '', !!bool \"true\"]",
                 "[ s:5 s:5 s: f:5 i:5 n: b:true ] .");
    assert_reads("a: !!binary aGVsbG8=\nb: !!binary |\n  aGVs\n  bG8h\nc: !!binary ''\n",
                 "{ a=s:hello b=s:hello! c=s: } .");
    assert_reads("a: !!map {}\nb: !!seq []\n", "{ a={ } b=[ ] } .");
    assert_reads("a: !!binary a\n", "{ a= t:1:13: expected base64 after !!binary");
    assert_reads("a: !foo 1\n", "{ a= t:1:9: the value does not fit its tag, or the tag is none of "
                                "!!str !!binary !!null !!bool !!int !!float");
    assert_reads("a: !!int x\n",
                 "{ a= t:1:10: the value does not fit its tag, or the tag is none of "
                 "!!str !!binary !!null !!bool !!int !!float");
    assert_reads("a: !!set {}\n", "{ a= t:1:10: unknown tag for a mapping");
}

static void aliases_are_expanded(void **state)
{
    (void)state;
    assert_reads("a: &x 1\nb: *x\n", "{ a=i:1 b=i:1 } .");
    assert_reads("a: &x [1, 'two', {k: !!str 3}]\nb: *x\nc: [*x]\n",
                 "{ a=[ i:1 s:two { k=s:3 } ] b=[ i:1 s:two { k=s:3 } ] "
                 "c=[ [ i:1 s:two { k=s:3 } ] ] } .");
    assert_reads("a: &x {b: &y [1], c: *y}\nd: *x\ne: *y\n",
                 "{ a={ b=[ i:1 ] c=[ i:1 ] } d={ b=[ i:1 ] c=[ i:1 ] } e=[ i:1 ] } .");
    assert_reads("a: &x 1\nb: &x 2\nc: *x\n", "{ a=i:1 b=i:2 c=i:2 } .");
    assert_reads("a: &x k\n*x : v\n", "{ a=s:k k=s:v } .");
    assert_reads("a: &x\nb: *x\n", "{ a=n: b=n: } .");
    assert_reads("a: *x\n", "{ a= t:1:5: alias *x names no anchor before it");
    assert_reads("a: &x [*x]\n", "{ a=[ t:1:9: alias *x stands within its own anchor");
}

/* Ten to the ninth scalars in ten lines. */
static void expansion_is_bounded(void **state)
{
    (void)state;
    char text[1024] = "a0: &a0 x\n";
    size_t len = strlen(text);
    for (int i = 1; i < 10; i++) {
        len += (size_t)snprintf(text + len, sizeof(text) - len, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "*a%d%s", i - 1,
                                    k < 9 ? "," : "]\n");
    }
    struct yaml_reader *r = yaml_open_bytes("t", slice_of(text, len));
    struct yaml_event event;
    size_t count = 0;
    while (yaml_next(r, &event))
        count++;
    assert_string_equal(yaml_message(r), "aliases expand to more than 1000000 values");
    assert_true(count > 500000 && count < YAML_EXPANDED_MAX + 1000);
    yaml_close(r);
}

static void refuses_with_a_position(void **state)
{
    (void)state;
    assert_reads("a: 1\na: 2\n", "{ a=i:1 t:2:1: duplicate key 'a'");
    assert_reads("a: {b: 1, \"b\": 2}\n", "{ a={ b=i:1 t:1:11: duplicate key 'b'");
    assert_reads("[{a: 1}, {a: 2}]", "[ { a=i:1 } { a=i:2 } ] .");
    assert_reads(
        "x: &x {a: 1}\ny:\n  <<: *x\n",
        "{ x={ a=i:1 } y={ t:3:3: merge keys (<<) are not supported: write the members out");
    assert_reads("'<<': 1\n", "{ <<=i:1 } .");
    assert_reads("? [q]\n: 1\n", "{ t:1:3: expected a scalar as key");
    assert_reads("--- 1\n--- 2\n", "i:1 t:2:1: expected one document, got another");
    assert_reads("a: b: c\n", "{ a=s:b t:1:5: invalid nested block mapping on the same line");
    assert_reads("a: \"x", "{ a= t:1:5: double-quoted scalar without closing quote");
    char deep[300];
    memset(deep, '[', sizeof(deep));
    struct yaml_reader *r = yaml_open_bytes("t", slice_of(deep, sizeof(deep)));
    struct yaml_event event;
    while (yaml_next(r, &event))
        assert_int_equal(event.type, YAML_SEQUENCE);
    assert_string_equal(yaml_message(r), "nested too deeply");
    assert_int_equal(yaml_position(r).column, YAML_DEPTH_MAX + 1);
    yaml_close(r);
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    assert_reads("a: \"\xff\"\n", "t:1:5: expected UTF-8 text, got byte 0xff");
    assert_reads("\xc3\xa9: x\n\n\xc3\xa9\x01",
                 "t:3:2: expected UTF-8 text, got control character 0x01");
    /* libfyaml alone would not return from the first, and take the second for "a". */
    assert_reads("%a: \xe4", "t:1:5: expected UTF-8 text, got byte 0xe4");
    struct yaml_reader *r = yaml_open_bytes("t", slice_of("a\0b", 3));
    struct yaml_event event;
    assert_false(yaml_next(r, &event));
    yaml_close(r);
}

static void reads_json_strictly(void **state)
{
    (void)state;
    assert_read_as("t.json", "{\"a\": [1, -2.5e3, \"1\", true, null, {\"b\": {}}]}",
                   "{ a=[ i:1 f:-2.5e3 s:1 b:true n:null { b={ } } ] } .");
    assert_read_as("t.JSON", "[\n\t1,\n\t\"\\ud83d\\ude00\"]", "[ i:1 s:\xf0\x9f\x98\x80 ] .");
    assert_read_as("t.json", "{\n  a: 1}",
                   "{ t.json:2:3: expected a member's name or '}', got 'a'");
    assert_read_as("t.json", "{\"a\":1,\"a\":2}", "{ a=i:1 t.json:1:8: duplicate key 'a'");
    assert_read_as("t.json", "", "t.json:1:1: expected a value, got the end");
}

static struct yaml_event only_value(const char *text, struct yaml_reader **out_reader)
{
    struct yaml_event event;
    *out_reader = yaml_open_bytes("t", slice_str(text));
    assert_true(yaml_next(*out_reader, &event));
    return event;
}

static void scalars_convert(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
        bool ok;
    } integers[] = {
        {"0",                    0,         true },
        {"-9223372036854775808", INT64_MIN, true },
        {"9223372036854775807",  INT64_MAX, true },
        {"9223372036854775808",  0,         false},
        {"+007",                 7,         true },
        {"0xFf",                 255,       true },
        {"0o17",                 15,        true },
        {"0x10000000000000000",  0,         false},
        {"'5'",                  0,         false},
        {"1.0",                  0,         false},
        {"[]",                   0,         false}
    };
    struct yaml_reader *r;
    struct yaml_event event;
    int64_t integer;
    double number;
    bool truth;
    for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++) {
        event = only_value(integers[i].text, &r);
        assert_int_equal(yaml_to_i64(&event, &integer), integers[i].ok);
        if (integers[i].ok)
            assert_int_equal(integer, integers[i].value);
        yaml_close(r);
    }
    static const struct {
        const char *text;
        double value;
    } numbers[] = {
        {"5",                    5                     },
        {"+1.5",                 1.5                   },
        {"-.5e1",                -5                    },
        {".inf",                 INFINITY              },
        {"-.INF",                -INFINITY             },
        {"18446744073709551616", 18446744073709551616.0}
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        event = only_value(numbers[i].text, &r);
        assert_true(yaml_to_double(&event, &number));
        assert_true(number == numbers[i].value);
        yaml_close(r);
    }
    event = only_value(".NaN", &r);
    assert_true(yaml_to_double(&event, &number) && isnan(number));
    assert_false(yaml_to_bool(&event, &truth));
    yaml_close(r);
    event = only_value("True", &r);
    assert_true(yaml_to_bool(&event, &truth) && truth);
    assert_false(yaml_to_double(&event, &number));
    yaml_close(r);
}

static void keys_outlive_their_values(void **state)
{
    (void)state;
    struct yaml_event outer, inner, event;
    struct yaml_reader *r = yaml_open_bytes("t", slice_str("first: {second: [third, fourth]}\n"));
    assert_true(yaml_next(r, &event));
    assert_true(yaml_next(r, &outer));
    assert_true(yaml_next(r, &event));
    assert_true(yaml_next(r, &inner));
    for (int i = 0; i < 3; i++)
        assert_true(yaml_next(r, &event));
    assert_true(slice_eq_str(outer.text, "first"));
    assert_true(slice_eq_str(inner.text, "second"));
    yaml_close(r);
}

static void callers_report_at_the_last_event(void **state)
{
    (void)state;
    char report[128];
    struct yaml_event event;
    struct yaml_reader *r = yaml_open_bytes("seed.yaml", slice_str("a: 1\nbb: x\n"));
    assert_true(yaml_expect(r, YAML_MAPPING, "a mapping of databases", &event));
    assert_true(yaml_next(r, &event));
    assert_true(yaml_skip(r, &event));
    assert_true(yaml_next(r, &event));
    assert_true(slice_eq_str(event.text, "bb"));
    yaml_report(r, "the engine's own words", report, sizeof(report));
    assert_string_equal(report, "seed.yaml:2:1: the engine's own words");
    assert_false(yaml_expect(r, YAML_SEQUENCE, "a list of keys", &event));
    assert_false(yaml_error(r, "a later one"));
    yaml_report(r, NULL, report, sizeof(report));
    assert_string_equal(report, "seed.yaml:2:5: expected a list of keys, got a string");
    yaml_close(r);
}

static void skips_whole_values(void **state)
{
    (void)state;
    struct yaml_event event;
    struct yaml_reader *r =
        yaml_open_bytes("t", slice_str("a: &x {b: [1, {c: 2}], d: 3}\ne: *x\nf: 4\n"));
    assert_true(yaml_next(r, &event));
    for (const char *key = "a"; *key; key = *key == 'a' ? "e" : *key == 'e' ? "f" : "") {
        assert_true(yaml_next(r, &event));
        assert_true(event.is_key && slice_eq_str(event.text, key));
        assert_true(yaml_skip(r, &event));
    }
    assert_true(yaml_next(r, &event));
    assert_int_equal(event.type, YAML_MAPPING_END);
    yaml_close(r);
}

static void reads_files(void **state)
{
    (void)state;
    char path[] = "/tmp/test_yaml_XXXXXX", out[OUT_MAX];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: [1]\n", 7), 7);
    close(fd);
    struct yaml_reader *r = yaml_open_file(path);
    read_all(r, out);
    assert_string_equal(out, "{ a=[ i:1 ] } .");
    yaml_close(r);
    unlink(path);
    r = yaml_open_file("/no/such/file.yaml");
    read_all(r, out);
    assert_string_equal(out, "/no/such/file.yaml: cannot be read: No such file or directory");
    yaml_close(r);
    r = yaml_open_file("/tmp");
    read_all(r, out);
    assert_string_equal(out, "/tmp: cannot be read: Is a directory");
    yaml_close(r);
}

/* Mappings of many keys and sequences of many mappings: what is kept per key stays small, and
 * nothing is paid again for what was large once. */
static void many_keys_cost_linear_time(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    char *text = malloc(COUNT * 40);
    size_t len = 0, events = 0;
    for (int i = 0; i < COUNT; i++)
        len += (size_t)snprintf(text + len, 40, "key%d: value\n", i);
    len += (size_t)snprintf(text + len, 40, "list:\n");
    for (int i = 0; i < COUNT; i++)
        len += (size_t)snprintf(text + len, 40, "- {a: 1}\n");
    struct yaml_reader *r = yaml_open_bytes("t", slice_of(text, len));
    struct yaml_event event;
    while (yaml_next(r, &event) && event.type != YAML_END)
        events++;
    assert_null(yaml_message(r));
    assert_int_equal(events, COUNT * 2 + COUNT * 4 + 5);
    yaml_close(r);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_mappings_and_sequences),
        cmocka_unit_test(types_scalars_by_the_core_schema),
        cmocka_unit_test(tags_say_otherwise),
        cmocka_unit_test(aliases_are_expanded),
        cmocka_unit_test(expansion_is_bounded),
        cmocka_unit_test(refuses_with_a_position),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(reads_json_strictly),
        cmocka_unit_test(scalars_convert),
        cmocka_unit_test(keys_outlive_their_values),
        cmocka_unit_test(callers_report_at_the_last_event),
        cmocka_unit_test(skips_whole_values),
        cmocka_unit_test(reads_files),
        cmocka_unit_test(many_keys_cost_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
