#include "common/unit_test.h"
#include "emulators/redis/histogram.h"

/* The figures are redis-server's own: what it said of DEBUG SLEEP 0.7 and 1.3. */
static void test_bucket_ends(void **state)
{
    (void)state;
    assert_int_equal(redis_histogram_bucket_end(0), 0);
    assert_int_equal(redis_histogram_bucket_end(255), 255);
    assert_int_equal(redis_histogram_bucket_end(256), 257);
    assert_int_equal(redis_histogram_bucket_end(1024), 1031);
    assert_int_equal(redis_histogram_bucket_end(700100000), 700448767);
    assert_int_equal(redis_histogram_bucket_end(REDIS_HISTOGRAM_MAX), 1002438655);
}

static void test_counts_and_percentiles(void **state)
{
    (void)state;
    struct heap *heap = heap_create(0);
    struct redis_histogram histogram = {0};
    redis_histogram_add(heap, &histogram, 500000);
    redis_histogram_add(heap, &histogram, 700100000);
    redis_histogram_add(heap, &histogram, 5000000000);
    assert_int_equal(histogram.total, 3);
    assert_int_equal(redis_histogram_percentile(&histogram, 50), 700448767);
    assert_int_equal(redis_histogram_percentile(&histogram, 99.9), 1002438655);
    assert_int_equal(redis_histogram_percentile(&histogram, 0), 501759);
    assert_int_equal(redis_histogram_count_to(&histogram, 1024), 0);
    assert_int_equal(redis_histogram_count_to(&histogram, 524288), 1);
    assert_int_equal(redis_histogram_count_to(&histogram, (1u << 30) - 1), 3);
    redis_histogram_clear(heap, &histogram);
    assert_int_equal(histogram.total, 0);
    assert_int_equal(heap_used(heap), 0);
    heap_destroy(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket_ends),
        cmocka_unit_test(test_counts_and_percentiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
