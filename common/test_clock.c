#include <stdlib.h>

#include "common/clock.h"
#include "common/unit_test.h"

#define FIRED_MAX 4096

struct record {
    struct clock clock;
    int fired[FIRED_MAX];
    int64_t fired_at[FIRED_MAX];
    size_t count;
    unsigned rearms;
};

struct bell {
    struct clock_timer timer;
    struct record *record;
    int name;
    int64_t period_us;
    int64_t until_us; /* a period is started again while the next time is not after this */
    struct bell *starts;
    int64_t starts_in_us;
    struct bell *stops;
    int64_t moves_clock_by_us;
};

static void ring(struct clock_timer *timer)
{
    struct bell *bell = (struct bell *)timer; /* timer is the first member */
    struct record *record = bell->record;
    struct clock *clock = &record->clock;
    assert_true(record->count < FIRED_MAX);
    assert_false(clock_timer_running(timer));
    record->fired[record->count] = bell->name;
    record->fired_at[record->count++] = clock_now_us(clock);
    if (bell->period_us && clock_now_us(clock) + bell->period_us <= bell->until_us)
        assert_true(clock_timer_start(clock, timer, clock_now_us(clock) + bell->period_us));
    if (bell->starts)
        assert_true(clock_timer_start(clock, &bell->starts->timer,
                                      clock_now_us(clock) + bell->starts_in_us));
    if (bell->stops)
        clock_timer_stop(clock, &bell->stops->timer);
    if (bell->moves_clock_by_us)
        clock_advance(clock, bell->moves_clock_by_us);
}

static void count_rearm(void *ctx)
{
    ((struct record *)ctx)->rearms++;
}

static struct bell bell_of(struct record *record, int name)
{
    struct bell bell = {.record = record, .name = name};
    clock_timer_init(&bell.timer, ring);
    return bell;
}

static int set_up(void **state)
{
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return -1;
    clock_init(&record->clock, 1000000);
    record->clock.rearm = count_rearm;
    record->clock.rearm_ctx = record;
    *state = record;
    return 0;
}

static int tear_down(void **state)
{
    struct record *record = *state;
    clock_done(&record->clock);
    free(record);
    return 0;
}

static void expect(const struct record *record, size_t at, int name, int64_t at_us)
{
    assert_true(at < record->count);
    assert_int_equal(record->fired[at], name);
    assert_int_equal(record->fired_at[at], at_us);
}

static void follows_real_time(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    assert_int_equal(clock_now_us(&r->clock), 1000000);
    assert_int_equal(clock_next_us(&r->clock), -1);
    assert_true(clock_timer_start(&r->clock, &a.timer, 1000500));
    assert_int_equal(r->rearms, 1);
    assert_int_equal(clock_next_us(&r->clock), 500);
    clock_tick(&r->clock, 1000400);
    assert_int_equal(r->count, 0);
    assert_int_equal(clock_next_us(&r->clock), 100);
    clock_tick(&r->clock, 1002999);
    assert_int_equal(r->count, 1);
    expect(r, 0, 1, 1000500);
    assert_int_equal(clock_now_ms(&r->clock), 1002);
    assert_false(clock_timer_running(&a.timer));
}

static void fires_in_order_of_time_then_start(void **state)
{
    struct record *r = *state;
    struct bell late = bell_of(r, 3), first = bell_of(r, 1), second = bell_of(r, 2);
    clock_timer_start(&r->clock, &late.timer, 1000010);
    clock_timer_start(&r->clock, &second.timer, 1000003);
    clock_timer_start(&r->clock, &first.timer, 1000005);
    clock_timer_start(&r->clock, &second.timer, 1000005); /* a restart queues behind */
    clock_advance(&r->clock, 60000000);
    assert_int_equal(r->count, 3);
    expect(r, 0, 1, 1000005);
    expect(r, 1, 2, 1000005);
    expect(r, 2, 3, 1000010);
    assert_int_equal(clock_now_us(&r->clock), 61000000);
}

static void timers_started_while_firing_fire_in_the_same_move(void **state)
{
    struct record *r = *state;
    struct bell tick = bell_of(r, 1), child = bell_of(r, 2), other = bell_of(r, 3);
    tick.period_us = 100;
    tick.until_us = INT64_MAX;
    other.starts = &child;
    other.starts_in_us = 50;
    clock_timer_start(&r->clock, &tick.timer, 1000100);
    clock_timer_start(&r->clock, &other.timer, 1000110);
    clock_set(&r->clock, 1000300);
    assert_int_equal(r->count, 5);
    expect(r, 0, 1, 1000100);
    expect(r, 1, 3, 1000110);
    expect(r, 2, 2, 1000160);
    expect(r, 3, 1, 1000200);
    expect(r, 4, 1, 1000300);
    assert_true(clock_timer_running(&tick.timer));
    clock_tick(&r->clock, 1000150); /* 150 us of real time: a tick does the same */
    assert_int_equal(r->count, 6);
    expect(r, 5, 1, 1000400);
    assert_int_equal(clock_now_us(&r->clock), 1000450);
}

static void restarting_for_now_does_not_hold_the_clock(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    a.starts = &a;
    a.starts_in_us = -5;
    clock_timer_start(&r->clock, &a.timer, 1000000);
    clock_advance(&r->clock, 3);
    assert_int_equal(r->count, 4);
    expect(r, 3, 1, 1000003);
    assert_int_equal(clock_now_us(&r->clock), 1000003);
}

static void a_due_time_in_the_past_fires_at_the_next_tick(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    clock_freeze(&r->clock);
    clock_timer_start(&r->clock, &a.timer, 5);
    assert_int_equal(clock_next_us(&r->clock), 0);
    clock_tick(&r->clock, 1000001);
    assert_int_equal(r->count, 1);
    expect(r, 0, 1, 1000000); /* time does not run backwards for it */
}

static void a_firing_timer_may_stop_another(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1), b = bell_of(r, 2);
    a.stops = &b;
    clock_timer_start(&r->clock, &a.timer, 1000001);
    clock_timer_start(&r->clock, &b.timer, 1000001);
    clock_advance(&r->clock, 10);
    assert_int_equal(r->count, 1);
    clock_timer_stop(&r->clock, &b.timer);
    assert_int_equal(r->clock.timer_count, 0);
}

static void a_firing_timer_may_move_the_clock(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1), b = bell_of(r, 2);
    a.moves_clock_by_us = 500;
    clock_timer_start(&r->clock, &a.timer, 1000010);
    clock_timer_start(&r->clock, &b.timer, 1000300);
    clock_advance(&r->clock, 20);
    assert_int_equal(r->count, 2);
    expect(r, 1, 2, 1000300);
    assert_int_equal(clock_now_us(&r->clock), 1000510);
    clock_tick(&r->clock, 1000001);
    assert_int_equal(clock_now_us(&r->clock), 1000511);
}

static void frozen_time_stands_and_runs_on_from_there(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    clock_timer_start(&r->clock, &a.timer, 1000500);
    clock_freeze(&r->clock);
    assert_int_equal(clock_next_us(&r->clock), -1);
    clock_tick(&r->clock, 9000000);
    assert_int_equal(clock_now_us(&r->clock), 1000000);
    clock_advance(&r->clock, 100);
    assert_int_equal(clock_now_us(&r->clock), 1000100);
    clock_run(&r->clock);
    assert_int_equal(clock_next_us(&r->clock), 400);
    clock_tick(&r->clock, 9000399);
    assert_int_equal(r->count, 0);
    clock_tick(&r->clock, 9000400);
    expect(r, 0, 1, 1000500);
}

static void moving_backwards_fires_nothing(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    clock_timer_start(&r->clock, &a.timer, 1000500);
    unsigned rearms = r->rearms;
    clock_set(&r->clock, 500);
    assert_int_equal(r->rearms, rearms + 1);
    assert_int_equal(r->count, 0);
    assert_int_equal(clock_next_us(&r->clock), 1000000);
    clock_tick(&r->clock, 999000); /* real time may go back as well */
    assert_int_equal(clock_now_us(&r->clock), -500);
}

static void the_ends_of_time_are_safe(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    clock_set(&r->clock, -10);
    clock_timer_start(&r->clock, &a.timer, INT64_MAX);
    assert_true(clock_next_us(&r->clock) == INT64_MAX);
    clock_advance(&r->clock, INT64_MAX);
    assert_int_equal(r->count, 0);
    clock_advance(&r->clock, INT64_MAX);
    assert_int_equal(r->count, 1);
    clock_tick(&r->clock, INT64_MAX);
    clock_set(&r->clock, INT64_MIN);
    assert_true(clock_now_us(&r->clock) == INT64_MIN);
}

static void rearm_follows_the_earliest_timer_alone(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1), b = bell_of(r, 2);
    clock_timer_start(&r->clock, &a.timer, 1000010);
    clock_timer_start(&r->clock, &b.timer, 1000020);
    assert_int_equal(r->rearms, 1);
    clock_timer_stop(&r->clock, &b.timer);
    assert_int_equal(r->rearms, 1);
    clock_timer_start(&r->clock, &b.timer, 1000005);
    assert_int_equal(r->rearms, 2);
    clock_timer_start(&r->clock, &b.timer, 1000030);
    assert_int_equal(r->rearms, 3);
    clock_tick(&r->clock, 1000001);
    assert_int_equal(r->rearms, 3);
    clock_tick(&r->clock, 1000015);
    assert_int_equal(r->rearms, 4);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Random starts, restarts and stops; then everything left must fire in order of (time, start). */
static void random_timers_fire_in_order(void **state)
{
    enum { BELLS = 1000 };
    struct record *r = *state;
    struct bell *bells = calloc(BELLS, sizeof *bells);
    uint32_t random = 7;
    size_t running = 0;
    assert_non_null(bells);
    for (int i = 0; i < BELLS; i++)
        bells[i] = bell_of(r, i);
    for (int step = 0; step < 20000; step++) {
        struct clock_timer *timer = &bells[next_random(&random) % BELLS].timer;
        running -= clock_timer_running(timer);
        if (next_random(&random) % 3 == 0)
            clock_timer_stop(&r->clock, timer);
        else
            clock_timer_start(&r->clock, timer, 1000001 + next_random(&random) % 200);
        running += clock_timer_running(timer);
    }
    assert_int_equal(r->clock.timer_count, running);
    clock_advance(&r->clock, 1000);
    assert_int_equal(r->count, running);
    for (size_t i = 1; i < r->count; i++) {
        const struct clock_timer *a = &bells[r->fired[i - 1]].timer;
        const struct clock_timer *b = &bells[r->fired[i]].timer;
        assert_true(a->due_us < b->due_us || a->sequence < b->sequence);
        assert_true(a->due_us <= b->due_us);
    }
    assert_true(r->clock.timer_room < 64); /* the array has shrunk again */
    free(bells);
}

static void watch(struct clock_timer *timer)
{
    struct bell *bell = (struct bell *)timer;
    struct record *record = bell->record;
    record->fired_at[record->count++] = clock_now_us(&record->clock);
    assert_true(clock_timer_start_period(&record->clock, timer, 10));
}

static void a_move_over_many_periods_fires_at_its_end(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    a.timer.fire = watch;
    assert_true(clock_timer_start_period(&r->clock, &a.timer, 10));
    clock_set(&r->clock, 9000000);
    assert_int_equal(r->count, 2);
    assert_int_equal(r->fired_at[0], 1000010);
    assert_int_equal(r->fired_at[1], 9000000);
    clock_advance(&r->clock, 10);
    assert_int_equal(r->count, 3);
    assert_int_equal(r->fired_at[2], 9000010);
}

static void done_stops_what_runs(void **state)
{
    struct record *r = *state;
    struct bell a = bell_of(r, 1);
    clock_timer_start(&r->clock, &a.timer, 1000010);
    clock_done(&r->clock);
    assert_false(clock_timer_running(&a.timer));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(follows_real_time),
        TEST(fires_in_order_of_time_then_start),
        TEST(timers_started_while_firing_fire_in_the_same_move),
        TEST(restarting_for_now_does_not_hold_the_clock),
        TEST(a_due_time_in_the_past_fires_at_the_next_tick),
        TEST(a_firing_timer_may_stop_another),
        TEST(a_firing_timer_may_move_the_clock),
        TEST(frozen_time_stands_and_runs_on_from_there),
        TEST(moving_backwards_fires_nothing),
        TEST(the_ends_of_time_are_safe),
        TEST(rearm_follows_the_earliest_timer_alone),
        TEST(random_timers_fire_in_order),
        TEST(a_move_over_many_periods_fires_at_its_end),
        TEST(done_stops_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
