#include "emulators/postgres/pause.h"

#include "emulators/sql/instance.h"

static void wake(struct clock_timer *timer)
{
    struct pg_pause *pause = (struct pg_pause *)(void *)timer;
    pause->over = true;
    sql_session_wake(pause->session);
}

static struct clock *clock_of(const struct sql_session *session)
{
    return session->instance->host->clock;
}

bool pg_pause_begin(struct pg_pause *pause, struct sql_env *env, int64_t us)
{
    struct clock *clock = clock_of(env->session);
    pause->session = env->session;
    pause->over = false;
    clock_timer_init(&pause->timer, wake);
    return clock_timer_start(clock, &pause->timer, clock_now_us(clock) + us) ||
           sql_fail_memory(env->error);
}

void pg_pause_end(struct pg_pause *pause)
{
    clock_timer_stop(clock_of(pause->session), &pause->timer);
}
