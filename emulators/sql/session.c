#include "emulators/sql/session.h"

#include "emulators/sql/instance.h"

/* How long a statement runs before others have their turn. */
#define SLICE_US 1000

static bool fail_interrupt(struct sql_env *env)
{
    struct sql_session *session = env->session;
    enum sql_interrupt why = session->interrupt;
    if (session->owner && session->owner->fail_interrupt)
        return session->owner->fail_interrupt(session, why, env->error);
    return sql_fail(env->error, "57014", "canceling statement due to user request");
}

/* Appends the session to the queue of those whose fibers may go on. */
static void make_ready(struct sql_session *session)
{
    struct sql_instance *instance = session->instance;
    if (session->ready)
        return;
    session->ready = true;
    session->next_ready = NULL;
    *instance->ready_end = session;
    instance->ready_end = &session->next_ready;
    if (instance->host->reactor)
        reactor_idle_start(instance->host->reactor, &instance->run_idle);
}

void sql_session_pause(struct sql_session *session)
{
    if (!session->fiber || fiber_current() != session->fiber)
        return;
    int64_t now = reactor_monotonic_us();
    if (session->slice_end == 0)
        session->slice_end = now + SLICE_US;
    if (now < session->slice_end)
        return;
    make_ready(session);
    fiber_yield();
    session->slice_end = reactor_monotonic_us() + SLICE_US;
}

bool sql_session_check(struct sql_env *env)
{
    struct sql_session *session = env->session;
    if (session->interrupt == SQL_NOT_INTERRUPTED)
        sql_session_pause(session);
    return session->interrupt == SQL_NOT_INTERRUPTED || fail_interrupt(env);
}

bool sql_session_wait(struct sql_env *env)
{
    struct sql_session *session = env->session;
    if (session->interrupt != SQL_NOT_INTERRUPTED)
        return fail_interrupt(env);
    if (!session->fiber || fiber_current() != session->fiber)
        return sql_fail(env->error, "55P03", "could not obtain lock: the statement cannot wait");
    session->parked = true;
    while (session->parked)
        fiber_yield();
    session->slice_end = 0;
    return session->interrupt == SQL_NOT_INTERRUPTED || fail_interrupt(env);
}

void sql_session_wake(struct sql_session *session)
{
    if (!session->parked)
        return;
    session->parked = false;
    make_ready(session);
}

void sql_session_interrupt(struct sql_session *session, enum sql_interrupt why)
{
    session->interrupt = why;
    sql_session_wake(session);
}

/* ---- the instance's sessions */

void sql_session_attach(struct sql_session *session, struct sql_instance *instance)
{
    session->instance = instance;
    session->id = ++instance->last_session;
    session->next = instance->sessions;
    instance->sessions = session;
}

static void leave_ready(struct sql_session *session)
{
    struct sql_instance *instance = session->instance;
    struct sql_session **at = &instance->ready;
    if (!session->ready)
        return;
    while (*at != session)
        at = &(*at)->next_ready;
    *at = session->next_ready;
    if (instance->ready_end == &session->next_ready)
        instance->ready_end = at;
    session->ready = false;
}

void sql_session_detach(struct sql_session *session)
{
    struct sql_instance *instance = session->instance;
    struct sql_session **at = &instance->sessions;
    sql_txn_rollback(session);
    sql_advisory_unlock_all(session);
    leave_ready(session);
    while (*at != session)
        at = &(*at)->next;
    *at = session->next;
    session->next = NULL;
}

struct sql_session *sql_session_find(struct sql_instance *instance, uint32_t id)
{
    struct sql_session *session = instance->sessions;
    while (session && session->id != id)
        session = session->next;
    return session;
}

static void resume(struct sql_session *session)
{
    if (session->owner && session->owner->resume) {
        session->owner->resume(session);
        return;
    }
    if (session->fiber && !fiber_resume(session->fiber))
        session->fiber = NULL;
}

static void resume_first(struct sql_instance *instance)
{
    struct sql_session *session = instance->ready;
    leave_ready(session);
    resume(session);
}

void sql_instance_run(struct sql_instance *instance)
{
    while (instance->ready)
        resume_first(instance);
}

bool sql_instance_run_some(struct reactor_idle *idle)
{
    struct sql_instance *instance =
        (struct sql_instance *)((uint8_t *)idle - offsetof(struct sql_instance, run_idle));
    int64_t end = reactor_monotonic_us() + SLICE_US;
    while (instance->ready) {
        resume_first(instance);
        if (reactor_monotonic_us() >= end)
            break;
    }
    return instance->ready != NULL;
}
