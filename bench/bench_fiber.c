/* What a fiber costs, in nanoseconds of CPU time: one there and back, one from create to end. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/fiber.h"

#define ROUNDS 2000000

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void yield_forever(void *arg)
{
    const bool *stop = arg;
    while (!*stop)
        fiber_yield();
}

static void do_nothing(void *arg)
{
    (void)arg;
}

int main(void)
{
    bool stop = false;
    struct fiber_pool *pool = fiber_pool_create(65536, 4);
    struct fiber *fiber = pool ? fiber_create(pool, yield_forever, &stop) : NULL;
    if (!fiber)
        return 1;
    double from = cpu_ns();
    for (int i = 0; i < ROUNDS; i++)
        fiber_resume(fiber);
    printf("resume and yield    %6.1f ns\n", (cpu_ns() - from) / ROUNDS);
    stop = true;
    fiber_resume(fiber);
    from = cpu_ns();
    for (int i = 0; i < ROUNDS; i++)
        fiber_resume(fiber_create(pool, do_nothing, NULL));
    printf("create, run and end %6.1f ns\n", (cpu_ns() - from) / ROUNDS);
    fiber_pool_destroy(pool);
    return 0;
}
