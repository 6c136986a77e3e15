#include "common/unit_test.h"
#include "common/utf8.h"

static void every_code_point_is_one_character(void **state)
{
    (void)state;
    uint8_t bytes[UTF8_MAX];
    for (uint32_t code = 0; code < 0x110000; code++) {
        size_t len = utf8_put(bytes, code);
        bool surrogate = code >= 0xd800 && code < 0xe000;
        assert_int_equal(utf8_width(slice_of(bytes, len)), surrogate ? 0 : len);
        assert_int_equal(utf8_width(slice_of(bytes, len - 1)), 0);
    }
}

static void other_bytes_are_none(void **state)
{
    (void)state;
    static const char *const cases[] = {"\x80",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x9f\xbf",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xff",
                                        "\xc3(",
                                        "\xe2\x82(",
                                        "\xf0\x9f\x98("};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(utf8_width(slice_str(cases[i])), 0);
    assert_int_equal(utf8_width(slice_str("")), 0);
}

static void only_low_bytes_are_ascii(void **state)
{
    (void)state;
    assert_true(utf8_is_ascii(slice_str("")));
    assert_true(utf8_is_ascii(slice_of("a\0\x7f", 3)));
    assert_false(utf8_is_ascii(slice_str("a\x80")));
    assert_false(utf8_is_ascii(slice_str("\xc3\xa9")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_one_character),
        cmocka_unit_test(other_bytes_are_none),
        cmocka_unit_test(only_low_bytes_are_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
