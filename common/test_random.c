#include "common/random.h"
#include "common/unit_test.h"

static void same_seed_same_run(void **state)
{
    (void)state;
    struct random a, b, c;
    random_seed(&a, 0);
    random_seed(&b, 0);
    random_seed(&c, 1);
    unsigned equal = 0;
    for (unsigned i = 0; i < 1000; i++) {
        uint64_t x = random_u64(&a);
        assert_int_equal(x, random_u64(&b));
        equal += x == random_u64(&c);
    }
    assert_int_equal(equal, 0);
}

/* The first numbers of the authors' xoshiro256** from the state 1, 2, 3, 4. */
static void is_xoshiro(void **state)
{
    (void)state;
    static const uint64_t expected[] = {11520, 0, 1509978240, 1215971899390074240};
    struct random random = {
        {1, 2, 3, 4}
    };
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(random_u64(&random), expected[i]);
}

static void below_is_even(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    unsigned seen[7] = {0};
    for (unsigned i = 0; i < 70000; i++)
        seen[random_below(&random, 7)]++;
    for (unsigned i = 0; i < 7; i++)
        assert_in_range(seen[i], 9500, 10500);
    assert_int_equal(random_below(&random, 1), 0);
    for (unsigned i = 0; i < 100; i++)
        assert_true(random_below(&random, UINT64_MAX) < UINT64_MAX);
}

static void doubles_stay_below_one(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    double sum = 0;
    for (unsigned i = 0; i < 100000; i++) {
        double x = random_double(&random);
        assert_true(x >= 0 && x < 1);
        sum += x;
    }
    assert_true(sum > 49000 && sum < 51000);
}

static void fills_exactly(void **state)
{
    (void)state;
    struct random random;
    random_seed(&random, 1);
    for (size_t len = 0; len < 60; len++) {
        uint8_t bytes[64];
        char digits[64];
        memset(bytes, 0, sizeof bytes);
        memset(digits, '-', sizeof digits);
        random_bytes(&random, bytes, len);
        random_hex(&random, digits, len);
        assert_int_equal(strspn(digits, "0123456789abcdef"), len);
        assert_int_equal(digits[len], '-');
        for (size_t i = len; i < 64; i++)
            assert_int_equal(bytes[i], 0);
    }
}

static void system_seeds_differ(void **state)
{
    (void)state;
    assert_int_not_equal(random_system_seed(), random_system_seed());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_run), cmocka_unit_test(is_xoshiro),
        cmocka_unit_test(below_is_even),      cmocka_unit_test(doubles_stay_below_one),
        cmocka_unit_test(fills_exactly),      cmocka_unit_test(system_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
