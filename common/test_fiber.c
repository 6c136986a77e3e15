#include <fcntl.h>
#include <fenv.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fiber.h"
#include "common/unit_test.h"

#define STACK_BYTES 65536

struct trip {
    struct fiber_pool *pool;
    char text[64];
    size_t len;
    int steps;
    uint64_t sum;
    size_t depth;
};

static int set_up(void **state)
{
    struct trip *trip = calloc(1, sizeof *trip);
    if (!trip)
        return -1;
    trip->pool = fiber_pool_create(STACK_BYTES, 8);
    *state = trip;
    return trip->pool ? 0 : -1;
}

static int tear_down(void **state)
{
    struct trip *trip = *state;
    fiber_pool_destroy(trip->pool);
    free(trip);
    return 0;
}

static void note(struct trip *trip, char letter)
{
    assert_true(trip->len + 1 < sizeof trip->text);
    trip->text[trip->len++] = letter;
}

static void walk(void *arg)
{
    struct trip *trip = arg;
    for (int i = 0; i < trip->steps; i++) {
        note(trip, (char)('a' + i));
        fiber_yield();
    }
    note(trip, '.');
}

static void a_fiber_runs_from_yield_to_yield(void **state)
{
    struct trip *trip = *state;
    trip->steps = 2;
    struct fiber *fiber = fiber_create(trip->pool, walk, trip);
    assert_non_null(fiber);
    assert_string_equal(trip->text, "");
    assert_true(fiber_resume(fiber));
    note(trip, '1');
    assert_true(fiber_resume(fiber));
    note(trip, '2');
    assert_false(fiber_resume(fiber));
    assert_string_equal(trip->text, "a1b2.");
}

static void look_around(void *arg)
{
    struct trip *trip = arg;
    assert_non_null(fiber_current());
    size_t left = fiber_stack_left();
    assert_in_range(left, STACK_BYTES / 2, STACK_BYTES + 8192);
    fiber_yield();
    assert_int_equal(fiber_stack_left(), left);
    trip->steps = 1;
}

static void a_fiber_knows_itself_and_its_stack(void **state)
{
    struct trip *trip = *state;
    struct fiber *fiber = fiber_create(trip->pool, look_around, trip);
    assert_null(fiber_current());
    assert_true(fiber_stack_left() == SIZE_MAX);
    assert_true(fiber_resume(fiber));
    assert_null(fiber_current());
    assert_false(fiber_resume(fiber));
    assert_int_equal(trip->steps, 1);
}

/* Uses the stack down to a rest, yields at the bottom, and comes back up. */
static uint64_t descend(struct trip *trip, uint64_t level)
{
    volatile uint64_t frame[32];
    for (uint64_t i = 0; i < 32; i++)
        frame[i] = level * i;
    trip->depth++;
    uint64_t below = 0;
    if (fiber_stack_left() > 8192)
        below = descend(trip, level + 1);
    else
        fiber_yield();
    for (uint64_t i = 0; i < 32; i++)
        assert_true(frame[i] == level * i);
    return below + level;
}

static void dive(void *arg)
{
    struct trip *trip = arg;
    trip->sum = descend(trip, 0);
}

static void a_deep_stack_survives_a_yield(void **state)
{
    struct trip *trip = *state;
    struct fiber *fiber = fiber_create(trip->pool, dive, trip);
    assert_true(fiber_resume(fiber));
    assert_true(trip->depth > 50);
    struct fiber *other = fiber_create(trip->pool, walk, trip); /* writes on another stack */
    assert_false(fiber_resume(other));
    assert_false(fiber_resume(fiber));
    assert_true(trip->sum == trip->depth * (trip->depth - 1) / 2);
}

static void compute(void *arg)
{
    struct trip *trip = arg;
    double x = 0.5, y = 0.25, z = 1.0;
    uint64_t a = 1, b = 2, c = 3, d = 5, e = 7, f = 11;
    for (int i = 0; i < 100; i++) {
        fiber_yield();
        x += y, y += z, z += 1.0;
        a += b, b += c, c += d, d += e, e += f, f += a;
    }
    assert_true(x > 0 && y > 0);
    trip->sum = a ^ b ^ c ^ d ^ e ^ f ^ (uint64_t)x ^ (uint64_t)y ^ (uint64_t)z;
}

static void registers_survive_a_yield(void **state)
{
    struct trip *trip = *state;
    struct trip other = {0};
    struct fiber *one = fiber_create(trip->pool, compute, trip);
    struct fiber *two = fiber_create(trip->pool, compute, &other);
    while (fiber_resume(one))
        if (!fiber_resume(two))
            break;
    assert_false(fiber_resume(two));
    assert_true(trip->sum != 0 && trip->sum == other.sum);
}

static void round_up(void *arg)
{
    (void)arg;
    fesetround(FE_UPWARD);
    fiber_yield();
    assert_int_equal(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
}

static void many_fibers_live_at_once(void **state)
{
    enum { MANY = 10000 };
    struct trip *trip = *state;
    struct trip *trips = calloc(MANY, sizeof *trips);
    struct fiber **fibers = calloc(MANY, sizeof(struct fiber *));
    assert_non_null(trips);
    assert_non_null(fibers);
    for (int i = 0; i < MANY; i++) {
        trips[i].steps = 3;
        fibers[i] = fiber_create(trip->pool, walk, &trips[i]);
        assert_non_null(fibers[i]);
    }
    for (int step = 0; step < 3; step++)
        for (int i = 0; i < MANY; i++)
            assert_true(fiber_resume(fibers[i]));
    for (int i = 0; i < MANY; i++) {
        assert_false(fiber_resume(fibers[i]));
        assert_string_equal(trips[i].text, "abc.");
    }
    free(fibers);
    free(trips);
}

static void stacks_are_used_again(void **state)
{
    struct trip *trip = *state;
    struct fiber *first = fiber_create(trip->pool, walk, trip);
    assert_false(fiber_resume(first));
    for (int i = 0; i < 1000; i++) {
        trip->len = 0;
        trip->depth = 0;
        struct fiber *fiber = fiber_create(trip->pool, i % 2 ? dive : walk, trip);
        assert_ptr_equal(fiber, first);
        while (fiber_resume(fiber))
            continue;
    }
}

static void an_impossible_pool_is_refused(void **state)
{
    (void)state;
    assert_null(fiber_pool_create(SIZE_MAX / 2, 1));
    struct fiber_pool *pool = fiber_pool_create((size_t)1 << 50, 1);
    assert_non_null(pool);
    assert_null(fiber_create(pool, walk, NULL));
    fiber_pool_destroy(pool);
    fiber_pool_destroy(NULL);
}

/* ---- mistakes: made in a child, which must not survive them */

static void assert_dies(void (*mistake)(struct fiber_pool *pool), struct fiber_pool *pool)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        /* cmocka's own handlers would have the child go on with the other tests. */
        signal(SIGABRT, SIG_DFL);
#if !defined(__SANITIZE_ADDRESS__)
        signal(SIGSEGV, SIG_DFL);
#endif
        mistake(pool);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

static void resume_another(void *arg)
{
    fiber_resume(arg);
}

static void nest(struct fiber_pool *pool)
{
    struct trip trip = {0};
    struct fiber *inner = fiber_create(pool, walk, &trip);
    fiber_resume(fiber_create(pool, resume_another, inner));
}

static int overflow(volatile int *sink)
{
    volatile char frame[1024];
    frame[0] = (char)*sink;
    if (*sink == 0) /* never */
        return 0;
    *sink += overflow(sink) + frame[0];
    return *sink;
}

static void run_overflow(void *arg)
{
    overflow(arg);
}

static void overrun(struct fiber_pool *pool)
{
    volatile int sink = 1;
    fiber_resume(fiber_create(pool, run_overflow, (void *)(uintptr_t)&sink));
}

static void yield_on_the_loop(struct fiber_pool *pool)
{
    (void)pool;
    fiber_yield();
}

static void leave_one_suspended(struct fiber_pool *pool)
{
    struct trip trip = {.steps = 1};
    fiber_resume(fiber_create(pool, walk, &trip));
    fiber_pool_destroy(pool);
}

static void mistakes_end_the_program(void **state)
{
    struct trip *trip = *state;
    assert_dies(nest, trip->pool);
    assert_dies(overrun, trip->pool);
    assert_dies(yield_on_the_loop, trip->pool);
    assert_dies(leave_one_suspended, trip->pool);
}

static void floating_point_modes_are_each_fibers_own(void **state)
{
    struct trip *trip = *state;
    struct fiber *fiber = fiber_create(trip->pool, round_up, NULL);
    assert_true(fiber_resume(fiber));
    assert_int_equal(fegetround(), FE_TONEAREST);
    assert_false(fiber_resume(fiber));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_fiber_runs_from_yield_to_yield),
        TEST(a_fiber_knows_itself_and_its_stack),
        TEST(a_deep_stack_survives_a_yield),
        TEST(registers_survive_a_yield),
        TEST(floating_point_modes_are_each_fibers_own),
        TEST(many_fibers_live_at_once),
        TEST(stacks_are_used_again),
        TEST(mistakes_end_the_program),
        cmocka_unit_test(an_impossible_pool_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
