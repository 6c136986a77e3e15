#include "common/time_text.h"
#include "common/unit_test.h"

static int64_t duration(const char *text)
{
    int64_t ms = -1;
    return time_parse_duration(slice_str(text), &ms) ? ms : INT64_MIN;
}

static int64_t instant(const char *text)
{
    int64_t ms = -1;
    return time_parse_instant(slice_str(text), &ms) ? ms : INT64_MIN;
}

static void test_durations(void **state)
{
    (void)state;
    assert_int_equal(duration("250ms"), 250);
    assert_int_equal(duration("10s"), 10000);
    assert_int_equal(duration("1.5"), 1500);
    assert_int_equal(duration("2m"), 120000);
    assert_int_equal(duration("3h"), 3 * 3600000);
    assert_int_equal(duration("7d"), 7 * 86400000LL);
    assert_int_equal(duration("-1s"), -1000);
    const char *wrong[] = {"",   "s", "1 s", "ten", "1w", "1e9s", "1..2s", "99999999999999999d",
                           "nan"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_true(duration(wrong[i]) == INT64_MIN);
}

static void test_instants(void **state)
{
    (void)state;
    assert_int_equal(instant("0"), 0);
    assert_int_equal(instant("1.25"), 1250);
    assert_int_equal(instant("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(instant("2000-02-29T12:30:15.5+02:00"), 951820215500);
    assert_int_equal(instant("2031-05-06t07:08:09.123456-00:30"), 1935819489123);
    const char *wrong[] = {"",
                           "2031-05-06",
                           "2031-02-29T00:00:00Z",
                           "2031-05-06T24:00:00Z",
                           "2031-05-06T07:08:09",
                           "2031-05-06T07:08:09.Z",
                           "2031-05-06T07:08:09Zx",
                           "2031-13-06T07:08:09Z"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_true(instant(wrong[i]) == INT64_MIN);
}

/* What is written reads back the same, over leap years and centuries. */
static void test_writing(void **state)
{
    (void)state;
    char text[TIME_TEXT_MAX];
    time_to_text(text, 951820215500);
    assert_string_equal(text, "2000-02-29T10:30:15.500Z");
    time_to_text(text, -1);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    for (int64_t ms = -60000000000000; ms < 250000000000000; ms += 86399999999) {
        time_to_text(text, ms);
        assert_int_equal(instant(text), ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_instants),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
