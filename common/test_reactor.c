#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/reactor.h"
#include "common/unit_test.h"

/* What happened, one letter each, in order. */
struct diary {
    struct reactor *reactor;
    char text[256];
    size_t len;
};

struct errand {
    struct reactor_task task; /* FIRST */
    struct diary *diary;
    char letter;
    struct errand *defers, *cancels;
};

struct chore {
    struct reactor_idle idle; /* FIRST */
    struct diary *diary;
    char letter;
    int pieces;
    struct chore *stops;
};

static int set_up(void **state)
{
    struct diary *diary = calloc(1, sizeof *diary);
    if (!diary)
        return -1;
    diary->reactor = reactor_create();
    *state = diary;
    return diary->reactor ? 0 : -1;
}

static int tear_down(void **state)
{
    struct diary *diary = *state;
    reactor_destroy(diary->reactor);
    free(diary);
    return 0;
}

static void note(struct diary *diary, char letter)
{
    assert_true(diary->len + 1 < sizeof diary->text);
    diary->text[diary->len++] = letter;
}

static void run_errand(struct reactor_task *task)
{
    struct errand *errand = (struct errand *)task;
    note(errand->diary, errand->letter);
    if (errand->defers)
        reactor_defer(errand->diary->reactor, &errand->defers->task);
    if (errand->cancels)
        reactor_cancel(errand->diary->reactor, &errand->cancels->task);
}

static struct errand errand_of(struct diary *diary, char letter)
{
    return (struct errand){.task = {.run = run_errand}, .diary = diary, .letter = letter};
}

static bool run_chore(struct reactor_idle *idle)
{
    struct chore *chore = (struct chore *)idle;
    note(chore->diary, chore->letter);
    if (chore->stops)
        reactor_idle_stop(chore->diary->reactor, &chore->stops->idle);
    return --chore->pieces > 0;
}

static struct chore chore_of(struct diary *diary, char letter, int pieces)
{
    return (struct chore){
        .idle = {.run = run_chore}, .diary = diary, .letter = letter, .pieces = pieces};
}

static void tasks_run_once_in_order(void **state)
{
    struct diary *diary = *state;
    struct errand a = errand_of(diary, 'a'), b = errand_of(diary, 'b');
    reactor_defer(diary->reactor, &a.task);
    reactor_defer(diary->reactor, &b.task);
    reactor_defer(diary->reactor, &a.task);
    reactor_turn(diary->reactor, 0);
    reactor_turn(diary->reactor, 0);
    assert_string_equal(diary->text, "ab");
    reactor_defer(diary->reactor, &a.task);
    reactor_turn(diary->reactor, 0);
    assert_string_equal(diary->text, "aba");
}

static void a_cancelled_task_does_not_run(void **state)
{
    struct diary *diary = *state;
    struct errand a = errand_of(diary, 'a'), b = errand_of(diary, 'b'), c = errand_of(diary, 'c');
    a.cancels = &b; /* taken for this round already */
    reactor_defer(diary->reactor, &a.task);
    reactor_defer(diary->reactor, &b.task);
    reactor_defer(diary->reactor, &c.task);
    reactor_cancel(diary->reactor, &c.task);
    reactor_cancel(diary->reactor, &c.task);
    struct errand d = errand_of(diary, 'd');
    reactor_defer(diary->reactor, &d.task);
    reactor_turn(diary->reactor, 0);
    assert_string_equal(diary->text, "ad");
    reactor_defer(diary->reactor, &b.task);
    reactor_turn(diary->reactor, 0);
    assert_string_equal(diary->text, "adb");
}

/* A task that always defers itself lets the loop go on, and the loop does not wait for it. */
static void a_task_that_defers_itself_does_not_hold_the_turn(void **state)
{
    struct diary *diary = *state;
    struct errand a = errand_of(diary, 'a');
    a.defers = &a;
    reactor_defer(diary->reactor, &a.task);
    int64_t from_us = reactor_monotonic_us();
    for (int i = 0; i < 10; i++)
        reactor_turn(diary->reactor, 10000);
    assert_true(reactor_monotonic_us() - from_us < 5000000);
    assert_in_range(diary->len, 10, 40);
    reactor_cancel(diary->reactor, &a.task);
}

static void idle_work_takes_turns_until_it_is_done(void **state)
{
    struct diary *diary = *state;
    struct chore x = chore_of(diary, 'x', 3), y = chore_of(diary, 'y', 2);
    struct errand a = errand_of(diary, 'a');
    reactor_idle_start(diary->reactor, &x.idle);
    reactor_idle_start(diary->reactor, &y.idle);
    reactor_idle_start(diary->reactor, &x.idle);
    reactor_turn(diary->reactor, 10000);
    reactor_defer(diary->reactor, &a.task);
    for (int i = 0; i < 4; i++)
        reactor_turn(diary->reactor, 10000);
    assert_string_equal(diary->text, "xayxyx"); /* deferred work comes first */
    assert_false(x.idle.queued);
    assert_false(y.idle.queued);
}

static void idle_work_may_be_stopped_from_within(void **state)
{
    struct diary *diary = *state;
    struct chore x = chore_of(diary, 'x', 100), y = chore_of(diary, 'y', 100);
    x.stops = &x;
    y.stops = &y;
    reactor_idle_start(diary->reactor, &x.idle);
    reactor_idle_start(diary->reactor, &y.idle);
    reactor_idle_stop(diary->reactor, &y.idle);
    for (int i = 0; i < 3; i++)
        reactor_turn(diary->reactor, 0);
    assert_string_equal(diary->text, "x");
}

struct bell {
    struct clock_timer timer; /* FIRST */
    struct diary *diary;
    struct clock *removes;
    char letter;
};

static void ring_bell(struct clock_timer *timer)
{
    struct bell *bell = (struct bell *)timer;
    note(bell->diary, bell->letter);
    if (bell->removes)
        reactor_remove_clock(bell->diary->reactor, bell->removes);
}

static struct bell bell_of(struct diary *diary, char letter)
{
    struct bell bell = {.diary = diary, .letter = letter};
    clock_timer_init(&bell.timer, ring_bell);
    return bell;
}

static void clocks_wake_the_loop(void **state)
{
    struct diary *diary = *state;
    struct clock near, far;
    struct bell a = bell_of(diary, 'a'), b = bell_of(diary, 'b');
    clock_init(&near, reactor_now_us(diary->reactor));
    clock_init(&far, reactor_now_us(diary->reactor));
    assert_int_equal(reactor_add_clock(diary->reactor, &far), 0);
    assert_int_equal(reactor_add_clock(diary->reactor, &near), 0);
    clock_timer_start(&far, &b.timer, clock_now_us(&far) + 3600000000LL);
    clock_timer_start(&near, &a.timer, clock_now_us(&near) + 20000);
    int64_t from_us = reactor_monotonic_us();
    while (diary->len == 0)
        reactor_turn(diary->reactor, 20000);
    assert_in_range(reactor_monotonic_us() - from_us, 10000, 10000000);
    assert_string_equal(diary->text, "a");
    /* Moving a clock from outside fires at once. */
    clock_advance(&far, 3600000000LL);
    assert_string_equal(diary->text, "ab");
    /* A timer started later has the loop wake earlier than it meant to. */
    clock_timer_start(&far, &b.timer, clock_now_us(&far) + 5000);
    while (diary->len == 2)
        reactor_turn(diary->reactor, 20000);
    assert_string_equal(diary->text, "abb");
    reactor_remove_clock(diary->reactor, &near);
    reactor_remove_clock(diary->reactor, &far);
    assert_null(near.rearm);
    clock_done(&near);
    clock_done(&far);
}

static void a_frozen_clock_wakes_nobody(void **state)
{
    struct diary *diary = *state;
    struct clock clock;
    struct bell a = bell_of(diary, 'a');
    clock_init(&clock, reactor_now_us(diary->reactor));
    reactor_add_clock(diary->reactor, &clock);
    clock_timer_start(&clock, &a.timer, clock_now_us(&clock) + 1000);
    clock_freeze(&clock);
    reactor_turn(diary->reactor, 5);
    reactor_turn(diary->reactor, 5);
    assert_string_equal(diary->text, "");
    clock_run(&clock);
    while (diary->len == 0)
        reactor_turn(diary->reactor, 20000);
    reactor_remove_clock(diary->reactor, &clock);
    clock_done(&clock);
}

static void a_timer_may_remove_clocks(void **state)
{
    struct diary *diary = *state;
    enum { CLOCKS = 5 };
    struct clock clocks[CLOCKS];
    struct bell bells[CLOCKS];
    for (int i = 0; i < CLOCKS; i++) {
        clock_init(&clocks[i], reactor_now_us(diary->reactor));
        reactor_add_clock(diary->reactor, &clocks[i]);
        bells[i] = bell_of(diary, (char)('0' + i));
        clock_timer_start(&clocks[i], &bells[i].timer, clock_now_us(&clocks[i]));
    }
    bells[0].removes = &clocks[0];
    bells[2].removes = &clocks[1];
    bells[3].removes = &clocks[4];
    reactor_turn(diary->reactor, 0);
    assert_string_equal(diary->text, "0123");
    for (int i = 0; i < CLOCKS; i++) {
        reactor_remove_clock(diary->reactor, &clocks[i]);
        clock_done(&clocks[i]);
    }
}

static void note_signal(void *ctx)
{
    note(ctx, 's');
}

static void stop_soon(void *ctx)
{
    struct diary *diary = ctx;
    note(diary, 't');
    if (diary->len == 3)
        reactor_stop(diary->reactor);
}

static void signals_are_handled_in_the_loop(void **state)
{
    struct diary *diary = *state;
    assert_int_equal(reactor_on_signal(diary->reactor, SIGUSR1, note_signal, diary), 0);
    kill(getpid(), SIGUSR1);
    assert_string_equal(diary->text, "");
    while (diary->len == 0)
        reactor_turn(diary->reactor, 20000);
    assert_string_equal(diary->text, "s");
}

static void timers_repeat_and_the_loop_stops(void **state)
{
    struct diary *diary = *state;
    struct reactor_timer *timer = reactor_every(diary->reactor, 1000, stop_soon, diary);
    assert_non_null(timer);
    reactor_run(diary->reactor);
    assert_string_equal(diary->text, "ttt");
    reactor_timer_destroy(timer);
    reactor_timer_destroy(NULL);
    assert_non_null(
        reactor_every(diary->reactor, 1000, stop_soon, diary)); /* left to the reactor */
}

static void a_stop_before_the_run_is_not_lost(void **state)
{
    struct diary *diary = *state;
    reactor_stop(diary->reactor);
    reactor_run(diary->reactor);
}

static void time_goes_on(void **state)
{
    struct diary *diary = *state;
    int64_t now_us = reactor_now_us(diary->reactor);
    assert_true(now_us > 1600000000000000LL);
    reactor_turn(diary->reactor, 2);
    assert_in_range(reactor_now_us(diary->reactor) - now_us, 500, 60000000);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tasks_run_once_in_order),
        TEST(a_cancelled_task_does_not_run),
        TEST(a_task_that_defers_itself_does_not_hold_the_turn),
        TEST(idle_work_takes_turns_until_it_is_done),
        TEST(idle_work_may_be_stopped_from_within),
        TEST(clocks_wake_the_loop),
        TEST(a_frozen_clock_wakes_nobody),
        TEST(a_timer_may_remove_clocks),
        TEST(signals_are_handled_in_the_loop),
        TEST(timers_repeat_and_the_loop_stops),
        TEST(a_stop_before_the_run_is_not_lost),
        TEST(time_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
