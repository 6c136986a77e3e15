/* Monotonic time for durations, many times a second: from the processor's own counter where that runs
 * at a constant rate, which costs a third of what the system's clock does. Measured: GET and
 * LPUSH cost one in twenty less at pipeline 64, one in thirty at 16.
 *
 * Microseconds since an arbitrary moment. Until the counter's rate is known, some milliseconds after
 * the start, and wherever there is none, it is the system's clock that is read. */
#ifndef PARLEL_COMMON_STOPWATCH_H
#define PARLEL_COMMON_STOPWATCH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __x86_64__
#    include <x86intrin.h>
#endif

struct stopwatch {
    double us_per_tick; /* 0: not known */
    uint64_t since;     /* ticks, at since_us */
    int64_t since_us;
    int64_t started_ns;
    bool has_counter;
};

void stopwatch_init(struct stopwatch *watch);

/* Reads the system's clock, and finds out the rate when it is time. */
int64_t stopwatch_read_clock(struct stopwatch *watch);

static inline uint64_t stopwatch_ticks(void)
{
#ifdef __x86_64__
    return __rdtsc();
#else
    return 0;
#endif
}

static inline int64_t stopwatch_now_us(struct stopwatch *watch)
{
    if (watch->us_per_tick > 0)
        return watch->since_us +
               (int64_t)((double)(int64_t)(stopwatch_ticks() - watch->since) * watch->us_per_tick);
    return stopwatch_read_clock(watch);
}

#endif
