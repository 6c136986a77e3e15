/* The time, as the sandbox's clock has it; sleeping. */
#include "emulators/postgres/functions/functions.h"

static bool now(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_int(out, call->env->transaction_time);
}

static bool statement_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_int(out, call->env->statement_time);
}

static bool clock_timestamp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args;
    return sql_give_int(out, pg_now_us(pg_call_session(call)->pg));
}

static bool postmaster_start_time(struct sql_call *call, const struct datum *args,
                                  struct datum *out)
{
    (void)args;
    return sql_give_int(out, pg_call_session(call)->pg->started_us - PG_EPOCH_US);
}

/* ---- pg_sleep: until the sandbox's clock says so */

struct sleeper {
    struct clock_timer timer; /* FIRST */
    struct sql_session *session;
    bool over;
};

static void wake(struct clock_timer *timer)
{
    struct sleeper *sleeper = (struct sleeper *)(void *)timer;
    sleeper->over = true;
    sql_session_wake(sleeper->session);
}

static bool sleep_for(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const double max_seconds = 1e12;
    struct clock *clock = pg_call_session(call)->pg->host.clock;
    struct sleeper sleeper = {.session = call->env->session};
    double seconds = args[0].d;
    *out = (struct datum){.null = false};
    if (!(seconds > 0))
        return true;
    if (seconds > max_seconds)
        seconds = max_seconds;
    clock_timer_init(&sleeper.timer, wake);
    if (!clock_timer_start(clock, &sleeper.timer, clock_now_us(clock) + (int64_t)(seconds * 1e6)))
        return sql_fail_memory(call->env->error);
    bool ok = true;
    while (ok && !sleeper.over)
        ok = sql_session_wait(call->env);
    clock_timer_stop(clock, &sleeper.timer);
    return ok;
}

const struct sql_builtin pg_time_functions[] = {
    {"clock_timestamp",          clock_timestamp      },
    {"now",                      now                  },
    {"pg_conf_load_time",        postmaster_start_time},
    {"pg_postmaster_start_time", postmaster_start_time},
    {"pg_sleep",                 sleep_for            },
    {"statement_timestamp",      statement_timestamp  },
    {NULL,                       NULL                 },
};
