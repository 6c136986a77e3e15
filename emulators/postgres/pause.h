/* Waits that end by themselves: a session's fiber parks until the sandbox's clock says so.
 *
 * The pause lies on the fiber's stack; pg_pause_end takes its timer back, however the wait ended. */
#ifndef PARLEL_EMULATORS_POSTGRES_PAUSE_H
#define PARLEL_EMULATORS_POSTGRES_PAUSE_H

#include "common/clock.h"
#include "emulators/sql/session.h"

struct pg_pause {
    struct clock_timer timer; /* FIRST */
    struct sql_session *session;
    bool over; /* its time has come: the session was woken */
};

/* false: out of memory, env->error is filled; nothing is to be ended. */
bool pg_pause_begin(struct pg_pause *pause, struct sql_env *env, int64_t us);
void pg_pause_end(struct pg_pause *pause);

#endif
