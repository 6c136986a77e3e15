#include "common/regex.h"
#include "common/unit_test.h"

static bool matches(const char *pattern, const char *text)
{
    return regex_matches(slice_str(pattern), slice_str(text));
}

static void test_matches(void **state)
{
    (void)state;
    assert_true(matches(".*", ""));
    assert_true(matches("", "any"));
    assert_true(matches("^ha\\.\\d+$", "ha.12"));
    assert_false(matches("^ha\\.\\d+$", "ha.x"));
    assert_true(matches("(?i)^ABC", "abcd"));
    assert_false(matches("^$", "a"));
    assert_false(matches("(", "("));
}

static void test_check(void **state)
{
    char problem[REGEX_PROBLEM_MAX];
    size_t at;
    (void)state;
    assert_true(regex_check(slice_str("a|b"), problem, &at));
    assert_false(regex_check(slice_str("a(b"), problem, &at));
    assert_int_equal(at, 3);
    assert_true(problem[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
