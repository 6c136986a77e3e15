/* What undo costs a sandbox whose Redis holds a million keys: checkpoint, fork, drop, rewind of a
 * hundred changes, in CPU time, as the server pays for it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/json.h"

#include "server/registry.h"
#include "server/sandbox.h"

#define KEYS   1000000
#define ROUNDS 200

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void report(const char *what, double *us)
{
    qsort(us, ROUNDS, sizeof(*us), compare);
    printf("%-28s median %8.2f us   p99 %8.2f us   max %8.2f us\n", what, us[ROUNDS / 2],
           us[ROUNDS * 99 / 100], us[ROUNDS - 1]);
}

static void run(struct service *service, const char *format, int number)
{
    char command[128];
    struct outq out;
    struct emulator_error error;
    outq_init(&out);
    struct json_writer writer = json_writer_of(&out);
    int len = snprintf(command, sizeof(command), format, number);
    if (!service->type->execute(service->emulator, slice_of(command, (size_t)len), &writer, &error))
        exit((fprintf(stderr, "%s: %s\n", command, error.message), 1));
    outq_done(&out);
}

static void measure_checkpoints(struct sandbox *sandbox)
{
    static double take[ROUNDS], drop[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double start = now_us();
        struct sandbox_checkpoint *made = sandbox_checkpoint(sandbox, slice_str("it"));
        double taken = now_us();
        sandbox_release(sandbox, made);
        take[i] = taken - start;
        drop[i] = now_us() - taken;
    }
    report("checkpoint", take);
    report("drop of a checkpoint", drop);
}

static void measure_forks(struct sandbox *sandbox)
{
    static double make[ROUNDS], drop[ROUNDS];
    struct problem why;
    for (int i = 0; i < ROUNDS; i++) {
        double start = now_us();
        struct sandbox *made = sandbox_fork(sandbox, slice_str("it"), &why);
        double taken = now_us();
        sandbox_drop(made);
        make[i] = taken - start;
        drop[i] = now_us() - taken;
    }
    report("fork", make);
    report("drop of a fork", drop);
}

static void measure_rewinds(struct sandbox *sandbox, struct service *service)
{
    static double first[ROUNDS], rewind[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct sandbox_checkpoint *made = sandbox_checkpoint(sandbox, slice_str("it"));
        double start = now_us();
        run(service, "SET key:%d changed", i * 7919 % KEYS);
        first[i] = now_us() - start;
        for (int k = 1; k < 100; k++)
            run(service, "SET key:%d changed", (i * 100 + k) * 7919 % KEYS);
        start = now_us();
        sandbox_rewind(sandbox, made);
        rewind[i] = now_us() - start;
        sandbox_release(sandbox, made);
    }
    report("first write after it", first);
    report("rewind of 100 changes", rewind);
}

int main(void)
{
    struct sandbox_options options = {.seed = 1, .journal_records = JOURNAL_RECORDS};
    struct sandbox *sandbox = sandbox_create(&options);
    struct registry registry = registry_builtin();
    struct problem why;
    const struct emulator_type *redis = registry_find(&registry, slice_str("redis"));
    if (!sandbox || !redis || !sandbox_add(sandbox, redis, &why))
        return 1;
    struct service *service = sandbox_find(sandbox, slice_str("redis"));
    run(service, "DEBUG POPULATE %d", KEYS);
    measure_checkpoints(sandbox);
    measure_forks(sandbox);
    measure_rewinds(sandbox, service);
    sandbox_destroy(sandbox);
    return 0;
}
