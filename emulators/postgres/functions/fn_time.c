/* The time, as the sandbox's clock has it; sleeping. */
#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/pause.h"

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

static bool sleep_for(struct sql_call *call, const struct datum *args, struct datum *out)
{
    const double max_seconds = 1e12;
    struct pg_pause pause;
    double seconds = args[0].d;
    *out = (struct datum){.null = false};
    if (!(seconds > 0))
        return true;
    if (seconds > max_seconds)
        seconds = max_seconds;
    if (!pg_pause_begin(&pause, call->env, (int64_t)(seconds * 1e6)))
        return false;
    bool ok = true;
    while (ok && !pause.over)
        ok = sql_session_wait(call->env);
    pg_pause_end(&pause);
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
