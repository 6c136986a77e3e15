#include "common/stopwatch.h"

#include <time.h>

#ifdef __x86_64__
#    include <cpuid.h>
#endif

/* The clock is read to some 50 ns, so that the rate is off by no more than one in 100,000. */
#define TUNE_NS 5000000

/* The counter runs at one rate, whatever the processor's frequency and sleep. */
static bool counter_is_constant(void)
{
#ifdef __x86_64__
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && edx & 1u << 8;
#else
    return false;
#endif
}

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void stopwatch_init(struct stopwatch *watch)
{
    *watch = (struct stopwatch){
        .has_counter = counter_is_constant(), .started_ns = clock_ns(), .since = stopwatch_ticks()};
}

int64_t stopwatch_read_clock(struct stopwatch *watch)
{
    int64_t now_ns = clock_ns();
    uint64_t ticks = stopwatch_ticks();
    int64_t passed_ns = now_ns - watch->started_ns;
    if (watch->has_counter && passed_ns >= TUNE_NS && ticks > watch->since) {
        watch->us_per_tick = (double)passed_ns / 1e3 / (double)(ticks - watch->since);
        watch->since = ticks;
        watch->since_us = now_ns / 1000;
    }
    return now_ns / 1000;
}
