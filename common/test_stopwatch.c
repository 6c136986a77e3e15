#include "common/reactor.h"
#include "common/stopwatch.h"
#include "common/unit_test.h"

/* It agrees with the system's clock before, while and after the rate is found, and never goes back. */
static void it_keeps_time(void **state)
{
    (void)state;
    struct stopwatch watch;
    stopwatch_init(&watch);
    int64_t began_us = reactor_monotonic_us(), clock_us, last_us = 0;
    do {
        int64_t before_us = reactor_monotonic_us();
        int64_t now_us = stopwatch_now_us(&watch);
        clock_us = reactor_monotonic_us();
        assert_in_range(now_us, before_us - 100, clock_us + 100);
        assert_true(now_us >= last_us);
        last_us = now_us;
    } while (clock_us - began_us < 30000);
    assert_true(watch.us_per_tick > 0 || !watch.has_counter);
}

static void without_a_counter_it_is_the_clock(void **state)
{
    (void)state;
    struct stopwatch watch;
    stopwatch_init(&watch);
    watch.has_counter = false;
    watch.started_ns -= 1000000000;
    int64_t before_us = reactor_monotonic_us();
    int64_t now_us = stopwatch_now_us(&watch);
    assert_in_range(now_us, before_us, reactor_monotonic_us());
    assert_true(watch.us_per_tick == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_time),
        cmocka_unit_test(without_a_counter_it_is_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
