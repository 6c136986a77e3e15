/* Waiting.
 *
 * Who waits stands in one list, longest first. Who has waited for a while (or before it waits, when its
 * session says so) looks for a circle that it stands in. Those that want the same row stand in line: the first waits for the
 * transaction that has it, the others for the first, so that the end of a transaction wakes one. */
#include "emulators/sql/txn/lock_internal.h"

static struct sql_lock_manager *manager_of(const struct sql_session *session)
{
    return session->instance->locks;
}

bool sql_waiter_is_head(const struct sql_lock_manager *manager, const struct sql_waiter *waiter)
{
    const struct sql_waiter *at = manager->first;
    while (at != waiter && (at->table != waiter->table || at->row_id != waiter->row_id))
        at = at->next;
    return at == waiter;
}

static void link_waiter(struct sql_lock_manager *manager, struct sql_waiter *waiter,
                        struct sql_waiter *before)
{
    waiter->next = before;
    waiter->previous = before ? before->previous : manager->last;
    *(waiter->previous ? &waiter->previous->next : &manager->first) = waiter;
    *(before ? &before->previous : &manager->last) = waiter;
}

static void unlink_waiter(struct sql_lock_manager *manager, struct sql_waiter *waiter)
{
    *(waiter->previous ? &waiter->previous->next : &manager->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &manager->last) = waiter->previous;
}

void sql_waiter_move(struct sql_lock_manager *manager, struct sql_waiter *waiter,
                     struct sql_waiter *before)
{
    unlink_waiter(manager, waiter);
    link_waiter(manager, waiter, before);
}

void sql_waiter_done(struct sql_waiter *waiter)
{
    waiter->done = true;
    sql_session_wake(waiter->session);
}

/* ---- waiting */

static void lock_timed_out(struct clock_timer *timer)
{
    struct sql_waiter *waiter =
        (struct sql_waiter *)((uint8_t *)timer - offsetof(struct sql_waiter, timeout));
    sql_session_interrupt(waiter->session, SQL_LOCK_TIMEOUT);
}

static void look_is_due(struct clock_timer *timer)
{
    struct sql_waiter *waiter =
        (struct sql_waiter *)((uint8_t *)timer - offsetof(struct sql_waiter, look));
    waiter->look_due = true;
    sql_session_wake(waiter->session);
}

/* 0 ms: never. */
static bool start_timer(struct sql_env *env, struct clock_timer *timer, uint32_t ms)
{
    struct clock *clock = env->session->instance->host->clock;
    return !ms || clock_timer_start(clock, timer, clock_now_us(clock) + (int64_t)ms * 1000) ||
           sql_fail_memory(env->error);
}

static bool park(struct sql_env *env, struct sql_waiter *waiter)
{
    struct sql_session *session = env->session;
    struct clock *clock = session->instance->host->clock;
    clock_timer_init(&waiter->timeout, lock_timed_out);
    clock_timer_init(&waiter->look, look_is_due);
    bool ok = start_timer(env, &waiter->timeout, session->lock_timeout_ms) &&
              start_timer(env, &waiter->look, session->deadlock_timeout_ms);
    while (ok && !waiter->done) {
        ok = sql_session_wait(env);
        if (!ok || waiter->done || !waiter->look_due)
            continue;
        waiter->look_due = false;
        ok = sql_deadlock_check(env, waiter);
    }
    clock_timer_stop(clock, &waiter->timeout);
    clock_timer_stop(clock, &waiter->look);
    return ok;
}

/* It is linked already. */
static bool wait_in_line(struct sql_env *env, struct sql_waiter *waiter)
{
    struct sql_session *session = env->session;
    waiter->session = session;
    waiter->since_us = clock_now_us(session->instance->host->clock);
    waiter->done = waiter->look_due = false;
    session->waiting = waiter;
    bool looks = waiter->look_first || session->deadlock_timeout_ms == 0;
    bool ok = (!looks || sql_deadlock_check(env, waiter)) && park(env, waiter);
    session->waiting = NULL;
    return ok;
}

bool sql_wait(struct sql_env *env, struct sql_waiter *waiter, struct sql_waiter *before)
{
    struct sql_lock_manager *manager = manager_of(env->session);
    link_waiter(manager, waiter, before);
    bool ok = wait_in_line(env, waiter);
    unlink_waiter(manager, waiter);
    return ok;
}

/* The next one in line for the row looks again. */
static void wake_next(struct sql_lock_manager *manager, const struct sql_waiter *gone)
{
    for (struct sql_waiter *at = manager->first; at; at = at->next) {
        if (at->table == gone->table && at->row_id == gone->row_id) {
            sql_waiter_done(at);
            return;
        }
    }
}

void sql_row_wait_done(struct sql_env *env, struct sql_waiter *waiter)
{
    struct sql_lock_manager *manager = manager_of(env->session);
    if (!waiter->session)
        return;
    unlink_waiter(manager, waiter);
    waiter->session = NULL;
    wake_next(manager, waiter);
}

bool sql_row_wait(struct sql_env *env, struct sql_waiter *waiter, struct sql_table_rows *table,
                  uint64_t row_id, uint32_t xid)
{
    if (waiter->table != table || waiter->row_id != row_id)
        sql_row_wait_done(env, waiter);
    if (!waiter->session) {
        *waiter = (struct sql_waiter){.table = table, .row_id = row_id};
        link_waiter(manager_of(env->session), waiter, NULL);
    }
    waiter->xid = xid;
    bool ok = wait_in_line(env, waiter);
    if (!ok)
        sql_row_wait_done(env, waiter);
    return ok;
}

bool sql_txn_wait(struct sql_env *env, uint32_t xid)
{
    if (!sql_txn_active(env->session->instance->txns, xid))
        return true;
    struct sql_waiter waiter = {.xid = xid};
    return sql_wait(env, &waiter, NULL);
}

void sql_wait_ended(struct sql_instance *instance, uint32_t xid)
{
    struct sql_lock_manager *manager = instance->locks;
    for (struct sql_waiter *at = manager->first; at; at = at->next)
        if (at->xid == xid && (!at->table || sql_waiter_is_head(manager, at)))
            sql_waiter_done(at);
}

/* ---- who waits for whom */

static struct sql_waiter *head_of_row(const struct sql_lock_manager *manager,
                                      const struct sql_waiter *waiter)
{
    struct sql_waiter *at = manager->first;
    while (at->table != waiter->table || at->row_id != waiter->row_id)
        at = at->next;
    return at;
}

/* Holders of the lock, and those that wait for it longer, whose modes exclude the waiter's. */
static bool lock_blockers(const struct sql_instance *instance, const struct sql_waiter *waiter,
                          bool (*visit)(void *ctx, struct sql_session *session), void *ctx)
{
    for (const struct sql_lock_hold *hold = waiter->lock->holds; hold; hold = hold->next) {
        bool excludes = false;
        if (hold->owner->session == waiter->session)
            continue;
        for (int mode = 1; mode < SQL_LOCK_MODES; mode++)
            excludes |= hold->counts[mode] &&
                        sql_lock_modes_conflict(waiter->mode, (enum sql_lock_mode)mode);
        if (excludes && visit(ctx, hold->owner->session))
            return true;
    }
    for (struct sql_waiter *at = instance->locks->first; at != waiter; at = at->next)
        if (at->lock == waiter->lock && !at->done &&
            sql_lock_modes_conflict(at->mode, waiter->mode) && visit(ctx, at->session))
            return true;
    return false;
}

bool sql_waiter_blockers(const struct sql_instance *instance, const struct sql_waiter *waiter,
                         bool (*visit)(void *ctx, struct sql_session *session), void *ctx)
{
    if (waiter->lock)
        return lock_blockers(instance, waiter, visit, ctx);
    if (waiter->table) {
        struct sql_waiter *head = head_of_row(instance->locks, waiter);
        if (head != waiter)
            return visit(ctx, head->session);
    }
    const struct sql_txn *txn = sql_txn_active(instance->txns, waiter->xid);
    return txn && visit(ctx, txn->session);
}
