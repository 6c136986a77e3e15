#include "common/unit_test.h"
#include "common/yaml_to_json.h"

static void check(const char *yaml, const char *json)
{
    struct yaml_reader *reader = yaml_open_bytes("test", slice_str(yaml));
    struct yaml_event event;
    struct outq out = {0};
    struct json_writer writer = json_writer_of(&out);
    assert_non_null(reader);
    assert_true(yaml_next(reader, &event));
    assert_true(yaml_to_json(reader, &event, &writer));
    struct slice made = outq_flatten(&out);
    assert_int_equal(made.len, strlen(json));
    assert_memory_equal(made.ptr, json, made.len);
    outq_done(&out);
    yaml_close(reader);
}

static void values_keep_their_kind(void **state)
{
    (void)state;
    check("{a: 1, b: [x, '1', true, null, 1.50], c: {}}",
          "{\"a\":1,\"b\":[\"x\",\"1\",true,null,1.50],\"c\":{}}");
}

static void numbers_that_json_has_no_form_for(void **state)
{
    (void)state;
    check("[0x10, +1, .5, .inf]", "[16,1,0.5,\"inf\"]");
}

static void bytes_are_texts_or_refused(void **state)
{
    (void)state;
    struct outq out = {0};
    struct json_writer writer = json_writer_of(&out);
    struct yaml_event event;
    struct yaml_reader *reader = yaml_open_bytes("test", slice_str("[!!binary /w==]"));
    assert_true(yaml_next(reader, &event));
    assert_false(yaml_to_json(reader, &event, &writer));
    assert_string_equal(yaml_message(reader), "bytes that are no UTF-8 have no form in JSON");
    outq_done(&out);
    yaml_close(reader);
    check("[!!binary w6k=]", "[\"\xc3\xa9\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_keep_their_kind),
        cmocka_unit_test(numbers_that_json_has_no_form_for),
        cmocka_unit_test(bytes_are_texts_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
