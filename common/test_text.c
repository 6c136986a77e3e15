#include <math.h>
#include <stdio.h>

#include "common/text.h"
#include "common/unit_test.h"

static struct slice printed_double(char out[TEXT_DOUBLE_MAX], double value)
{
    return slice_of(out, text_from_double(out, value));
}

static void integers_print_and_read_back(void **state)
{
    (void)state;
    char out[TEXT_INT_MAX], expected[32];
    int64_t value;
    for (int bits = 0; bits < 64; bits++) {
        for (int64_t delta = -3; delta <= 3; delta++) {
            int64_t wanted = (int64_t)((UINT64_C(1) << bits) + (uint64_t)delta);
            struct slice text = slice_of(out, text_from_i64(out, wanted));
            snprintf(expected, sizeof(expected), "%lld", (long long)wanted);
            assert_true(slice_eq_str(text, expected));
            assert_true(text_to_i64(text, &value));
            assert_int_equal(value, wanted);
        }
    }
    for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10) {
        for (uint64_t wanted = power - 1; wanted <= power + 1; wanted++) {
            uint64_t read;
            struct slice text = slice_of(out, text_from_u64(out, wanted));
            snprintf(expected, sizeof(expected), "%llu", (unsigned long long)wanted);
            assert_true(slice_eq_str(text, expected));
            assert_true(text_to_u64(text, &read));
            assert_true(read == wanted);
        }
    }
}

/* What INCR refuses: only the one form that printing gives is an integer. */
static void other_texts_are_no_integers(void **state)
{
    (void)state;
    static const char *const refused[] = {"",
                                          "-",
                                          "+1",
                                          "01",
                                          "-0",
                                          "--1",
                                          " 1",
                                          "1 ",
                                          "1.0",
                                          "0x1",
                                          "1a",
                                          "-01",
                                          "00",
                                          "1e3",
                                          "9223372036854775808",
                                          "-9223372036854775809",
                                          "18446744073709551616",
                                          "99999999999999999999",
                                          "123456789012345678901"};
    int64_t value = 7;
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_false(text_to_i64(slice_str(refused[i]), &value));
    assert_false(text_to_i64(slice_of("1\0", 2), &value));
    assert_int_equal(value, 7);
    uint64_t positive;
    assert_true(text_to_u64(slice_str("18446744073709551615"), &positive));
    assert_true(positive == UINT64_MAX);
    assert_false(text_to_u64(slice_str("18446744073709551616"), &positive));
    assert_false(text_to_u64(slice_str("-1"), &positive));
}

/* Expectations are what redis-server 7.0.15 answers to ZSCORE. */
static void doubles_print_as_scores(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0,                      "0"                      },
        {-0.0,                   "-0"                     },
        {3,                      "3"                      },
        {-3.5,                   "-3.5"                   },
        {0.1,                    "0.10000000000000001"    },
        {1e-5,                   "1.0000000000000001e-05" },
        {7353218144645120,       "7353218144645120"       },
        {99999999999999984,      "99999999999999984"      },
        {1e17,                   "1e+17"                  },
        {-1e20,                  "-1e+20"                 },
        {5e-324,                 "4.9406564584124654e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {INFINITY,               "inf"                    },
        {-INFINITY,              "-inf"                   },
        {NAN,                    "nan"                    },
    };
    char out[TEXT_DOUBLE_MAX];
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_true(slice_eq_str(printed_double(out, cases[i].value), cases[i].text));
}

static void doubles_read_as_strtod_does(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } taken[] = {
        {"3",        3        },
        {"-0.5",     -0.5     },
        {"+1",       1        },
        {"1e3",      1000     },
        {".5",       0.5      },
        {"5.",       5        },
        {"0x10",     16       },
        {"inf",      INFINITY },
        {"-inf",     -INFINITY},
        {"Infinity", INFINITY },
        {"5e-324",   5e-324   },
        {"007",      7        }
    };
    static const char *const refused[] = {"",  " 1",   "1 ",     "\t1", "abc", "1e400",
                                          "-", "1e3x", "1e-400", "1,5", "--1", "."};
    double value;
    long double wide;
    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        assert_true(text_to_double(slice_str(taken[i].text), &value));
        assert_true(value == taken[i].value);
        assert_true(text_to_long_double(slice_str(taken[i].text), &wide));
        assert_true((double)wide == taken[i].value);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        assert_false(text_to_double(slice_str(refused[i]), &value));
    assert_false(text_to_double(slice_of("1\0", 2), &value));
    assert_true(text_to_double(slice_str("nan"), &value));
    assert_true(isnan(value));
    assert_false(text_to_long_double(slice_str("1e5000"), &wide));
}

static void doubles_read_loosely_skip_blanks(void **state)
{
    (void)state;
    double value;
    bool out_of_range;
    assert_true(text_to_double_loosely(slice_str(" \t5"), &value, &out_of_range));
    assert_true(value == 5 && !out_of_range);
    assert_true(text_to_double_loosely(slice_of(NULL, 0), &value, &out_of_range));
    assert_true(value == 0 && !out_of_range);
    assert_true(text_to_double_loosely(slice_of("7\0x", 3), &value, &out_of_range));
    assert_true(value == 7 && !out_of_range);
    assert_true(text_to_double_loosely(slice_str("-1e400"), &value, &out_of_range));
    assert_true(value == -INFINITY && out_of_range);
    assert_false(text_to_double_loosely(slice_str("5 "), &value, &out_of_range));
    assert_false(text_to_double_loosely(slice_str("5x"), &value, &out_of_range));
}

/* Expectations are what redis-server 7.0.15 answers to INCRBYFLOAT. */
static void long_doubles_print_without_exponent(void **state)
{
    (void)state;
    static const struct {
        const char *text, *printed;
    } cases[] = {
        {"3.0",   "3"                    },
        {"10.50", "10.5"                 },
        {"5.0e3", "5000"                 },
        {"-0",    "0"                    },
        {"0.1",   "0.1"                  },
        {"1e-17", "0.00000000000000001"  },
        {"1e-18", "0"                    },
        {"1e20",  "100000000000000000000"},
        {"-2.25", "-2.25"                },
    };
    static char out[TEXT_DOUBLE_MAX * 16];
    long double value;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_true(text_to_long_double(slice_str(cases[i].text), &value));
        struct slice text = slice_of(out, text_from_long_double(out, value));
        assert_true(slice_eq_str(text, cases[i].printed));
    }
    assert_true(text_from_long_double(out, 1e4932L) == 4933);
}

/* Expectations are what redis-server 7.0.15 answers to KEYS. */
static void globs_match_as_keys_does(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"",          "",        true },
        {"*",         "",        false},
        {"*",         "a",       true },
        {"**",        "ab",      true },
        {"a*",        "a",       true },
        {"a*b*c",     "aXbYbZc", true },
        {"a*b*c",     "aXbYbZ",  false},
        {"h?llo",     "hello",   true },
        {"h?llo",     "hllo",    false},
        {"h[ae]llo",  "hallo",   true },
        {"h[^e]llo",  "hello",   false},
        {"h[a-c]llo", "hbllo",   true },
        {"h[c-a]llo", "hbllo",   true },
        {"h\\*llo",   "h*llo",   true },
        {"h\\*llo",   "hello",   false},
        {"a\\",       "a\\",     true },
        {"[\\]]",     "]",       true },
        {"[a-",       "a",       true },
        {"[a-",       "-",       true },
        {"[",         "[",       false},
        {"[a",        "a",       true },
        {"[^",        "a",       true },
        {"[^]",       "a",       true },
        {"[]a",       "a",       false},
        {"a[b]*",     "ab",      true },
        {"[a-\xc3]",  "\xff",    true },
        {"[a-\xc3]",  "z",       false},
        {"A",         "a",       false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        assert_int_equal(text_glob(slice_str(cases[i].pattern), slice_str(cases[i].text), false),
                         cases[i].match);
    assert_true(text_glob(slice_str("H[A-C]*O"), slice_str("hbllo"), true));
    assert_true(text_glob(slice_of("a\0*", 3), slice_of("a\0b", 3), false));
    assert_false(text_glob(slice_of("a\0", 2), slice_str("a"), false));
}

/* Sixty stars against a text without the last letter: exponential where each star backtracks. */
static void many_stars_cost_little(void **state)
{
    (void)state;
    static uint8_t pattern[121], text[100000];
    for (size_t i = 0; i < sizeof(pattern); i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[120] = 'b';
    memset(text, 'a', sizeof(text));
    assert_false(
        text_glob(slice_of(pattern, sizeof(pattern)), slice_of(text, sizeof(text)), false));
}

static void hexadecimal_reads_both_cases(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x00, 0x7f, 0xff, 0xa5};
    char hex[8];
    uint8_t back[4];
    text_to_hex(hex, bytes, sizeof(bytes));
    assert_memory_equal(hex, "007fffa5", 8);
    assert_true(text_from_hex(slice_str("007FffA5"), back));
    assert_memory_equal(back, bytes, 4);
    assert_false(text_from_hex(slice_str("0"), back));
    assert_false(text_from_hex(slice_str("0g"), back));
    assert_false(text_from_hex(slice_str("G0"), back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_print_and_read_back),
        cmocka_unit_test(other_texts_are_no_integers),
        cmocka_unit_test(doubles_print_as_scores),
        cmocka_unit_test(doubles_read_as_strtod_does),
        cmocka_unit_test(doubles_read_loosely_skip_blanks),
        cmocka_unit_test(long_doubles_print_without_exponent),
        cmocka_unit_test(globs_match_as_keys_does),
        cmocka_unit_test(many_stars_cost_little),
        cmocka_unit_test(hexadecimal_reads_both_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
